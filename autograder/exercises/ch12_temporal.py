"""Chapter 12: from hidden states to words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.exercise import Arguments, Gradients, Sizes, backward_exercise, forward_exercise

CHAPTER = 12

temporal_affine_forward = forward_exercise(
    "temporal_affine_forward",
    CHAPTER,
    2,
    {"x": "N T D", "w": "D M", "b": "M"},
    {"out": "N T M"},
)
temporal_affine_backward = backward_exercise("temporal_affine_backward", 2, temporal_affine_forward)


def _prepare_logits(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the logits of one position be so large that their exponential overflows.

    They are rounded, so that float32 holds them exactly. The words that count are never as many as the
    captions, so that the one average is not the other.
    """
    x, mask = arguments["x"], arguments["mask"]
    if mask.size > len(mask) == mask.sum():
        mask[0, -1] = not mask[0, -1]
    x[0, 0] = 800 + np.round(1024 * x[0, 0]) / 1024
    return arguments


temporal_softmax_loss = replace(
    forward_exercise(
        "temporal_softmax_loss",
        CHAPTER,
        5,
        {"x": "N T V", "y": "int:V N T", "mask": "bool N T"},
        {"loss": "", "dx": "N T V"},
        has_cache=False,
        gradients=Gradients("temporal_softmax_loss", {}, {"dx": "x"}),
    ),
    prepare=_prepare_logits,
)

EXERCISES = [temporal_affine_forward, temporal_affine_backward, temporal_softmax_loss]
