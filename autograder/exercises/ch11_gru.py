"""Chapter 11: the GRU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.exercise import Arguments, Sizes, backward_exercise, forward_exercise
from autograder.exercises.models import moderate_weights

CHAPTER = 11
WEIGHTS = {"Wx": "D 3H", "Wh": "H 3H", "b": "3H"}
BLOCKS = {"3H": ("reset gate", "update gate", "candidate")}


def _saturate(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the first unit's gates be driven so far that the exponential of the pre-activation overflows."""
    arguments["b"].reshape(3, -1)[:, 0] = [800, -800, 800]
    return arguments


gru_gates = replace(
    forward_exercise(
        "gru_gates",
        CHAPTER,
        3,
        {"x": "N D", "prev_h": "N H", **WEIGHTS},
        {"gates": "N 3H"},
        has_cache=False,
        blocks=BLOCKS,
    ),
    prepare=_saturate,
    no_overflow=True,
)
gru_step_forward = replace(
    forward_exercise(
        "gru_step_forward",
        CHAPTER,
        2,
        {"x": "N D", "prev_h": "N H", **WEIGHTS},
        {"next_h": "N H"},
        blocks=BLOCKS,
    ),
    prepare=moderate_weights,
)
gru_step_backward = backward_exercise("gru_step_backward", 5, gru_step_forward)
gru_forward = replace(
    forward_exercise(
        "gru_forward", CHAPTER, 3, {"x": "N T D", "h0": "N H", **WEIGHTS}, {"h": "N T H"}, blocks=BLOCKS
    ),
    prepare=moderate_weights,
)
gru_backward = backward_exercise("gru_backward", 4, gru_forward)

EXERCISES = [gru_gates, gru_step_forward, gru_step_backward, gru_forward, gru_backward]
