"""Chapter 4: the softmax and its loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.exercise import Arguments, Gradients, Sizes, forward_exercise

CHAPTER = 4


def _with_large_logits(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the exponentials of one row overflow, and those of another vanish.

    The numbers are rounded, so that float32 holds them exactly.
    """
    x = np.round(1024 * arguments["x"]) / 1024
    x[0] += 800
    x[-1] -= 800 if len(x) > 1 else 0
    return arguments | {"x": x}


softmax_loss = replace(
    forward_exercise(
        "softmax_loss",
        CHAPTER,
        4,
        {"x": "N V", "y": "int:V N"},
        {"loss": "", "dx": "N V"},
        has_cache=False,
        gradients=Gradients("softmax_loss", {}, {"dx": "x"}),
    ),
    prepare=_with_large_logits,
)

EXERCISES = [softmax_loss]
