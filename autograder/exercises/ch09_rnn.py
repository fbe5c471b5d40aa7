"""Chapter 9: the vanilla recurrent network."""

from dataclasses import replace

from autograder.exercises.exercise import backward_exercise, forward_exercise
from autograder.exercises.models import moderate_weights

CHAPTER = 9
WEIGHTS = {"Wx": "D H", "Wh": "H H", "b": "H"}

rnn_step_forward = replace(
    forward_exercise(
        "rnn_step_forward", CHAPTER, 2, {"x": "N D", "prev_h": "N H", **WEIGHTS}, {"next_h": "N H"}
    ),
    prepare=moderate_weights,
)
rnn_step_backward = backward_exercise("rnn_step_backward", 4, rnn_step_forward)
rnn_forward = replace(
    forward_exercise("rnn_forward", CHAPTER, 3, {"x": "N T D", "h0": "N H", **WEIGHTS}, {"h": "N T H"}),
    prepare=moderate_weights,
)
rnn_backward = backward_exercise("rnn_backward", 4, rnn_forward)

EXERCISES = [rnn_step_forward, rnn_step_backward, rnn_forward, rnn_backward]
