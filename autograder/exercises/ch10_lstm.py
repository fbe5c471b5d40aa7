"""Chapter 10: the LSTM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.exercise import Arguments, Sizes, backward_exercise, forward_exercise
from autograder.exercises.models import moderate_weights

CHAPTER = 10
WEIGHTS = {"Wx": "D 4H", "Wh": "H 4H", "b": "4H"}
BLOCKS = {"4H": ("input gate", "forget gate", "output gate", "candidate")}


def _saturate(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the first unit's gates be driven so far that the exponential of the pre-activation overflows."""
    arguments["b"].reshape(4, -1)[:, 0] = [800, -800, 800, -800]
    return arguments


lstm_gates = replace(
    forward_exercise(
        "lstm_gates",
        CHAPTER,
        2,
        {"x": "N D", "prev_h": "N H", **WEIGHTS},
        {"gates": "N 4H"},
        has_cache=False,
        blocks=BLOCKS,
    ),
    prepare=_saturate,
    no_overflow=True,
)
lstm_step_forward = replace(
    forward_exercise(
        "lstm_step_forward",
        CHAPTER,
        3,
        {"x": "N D", "prev_h": "N H", "prev_c": "N H", **WEIGHTS},
        {"next_h": "N H", "next_c": "N H"},
        blocks=BLOCKS,
    ),
    prepare=moderate_weights,
)
lstm_step_backward = backward_exercise("lstm_step_backward", 5, lstm_step_forward)
lstm_forward = replace(
    forward_exercise(
        "lstm_forward", CHAPTER, 3, {"x": "N T D", "h0": "N H", **WEIGHTS}, {"h": "N T H"}, blocks=BLOCKS
    ),
    prepare=moderate_weights,
)
lstm_backward = backward_exercise("lstm_backward", 4, lstm_forward)

EXERCISES = [lstm_gates, lstm_step_forward, lstm_step_backward, lstm_forward, lstm_backward]
