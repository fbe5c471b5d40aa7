"""Chapter 17: attention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    DEFAULT_SIZES,
    Arguments,
    Exercise,
    Gradients,
    Sizes,
    backward_exercise,
    forward_exercise,
)
from autograder.exercises.models import (
    PARAMETERS,
    draw_captions,
    loss_and_gradients,
    make_attention_captioner,
    moderate_weights,
)

CHAPTER = 17
# A grid of R rows and C columns: higher than wide, wider than high, one column, one row.
SIZES = tuple(sizes | {"R": R} for sizes, R in zip(DEFAULT_SIZES, (3, 2, 3, 1), strict=True))
WEIGHTS = {"Wx": "D 4H", "Wh": "H 4H", "Wattn": "H 4H", "b": "4H"}
BLOCKS = {"4H": ("input gate", "forget gate", "output gate", "candidate")}


def _prepare_scores(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the scores of the first image be so large that their exponential overflows."""
    arguments["h"][0, 0] = 1024
    arguments["A"][0, 0] = 2
    return arguments


dot_product_attention_forward = replace(
    forward_exercise(
        "dot_product_attention_forward",
        CHAPTER,
        3,
        {"h": "N H", "A": "N H R C"},
        {"attended": "N H", "weights": "N R C"},
        sizes=SIZES,
        tolerance_float32=1e-3,  # a score of 1000 has an error of 1e-4, and so has its exponential
    ),
    prepare=_prepare_scores,
)
dot_product_attention_backward = backward_exercise(
    "dot_product_attention_backward",
    4,
    # The weights are looked at, not learned from: they have no upstream gradient.
    replace(dot_product_attention_forward, outputs={"attended": "N H"}),
    prepare=None,
)
attention_lstm_step_forward = replace(
    forward_exercise(
        "attention_lstm_step_forward",
        CHAPTER,
        2,
        {"x": "N D", "prev_h": "N H", "prev_c": "N H", "attended": "N H", **WEIGHTS},
        {"next_h": "N H", "next_c": "N H"},
        blocks=BLOCKS,
    ),
    prepare=moderate_weights,
)
attention_lstm_step_backward = backward_exercise(
    "attention_lstm_step_backward", 3, attention_lstm_step_forward
)
attention_lstm_forward = replace(
    forward_exercise(
        "attention_lstm_forward",
        CHAPTER,
        3,
        {"x": "N T D", "A": "N H R C", **WEIGHTS},
        {"h": "N T H"},
        sizes=SIZES,
        blocks=BLOCKS,
    ),
    prepare=moderate_weights,
)
attention_lstm_backward = backward_exercise("attention_lstm_backward", 5, attention_lstm_forward)

CAPTIONER_PARAMETERS = PARAMETERS | {"Wattn": "H G"}


def _prepare_captions(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    arguments = moderate_weights(rng, arguments, sizes)
    return arguments | {"captions": draw_captions(rng, sizes["N"], sizes["T"], sizes["V"])}


def _run_loss(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return loss_and_gradients(make_attention_captioner(layers, arguments), arguments)


loss = Exercise(
    "AttentionCaptioner.loss",
    CHAPTER,
    4,
    {"features": "N D R C", "captions": "int:V N T", **CAPTIONER_PARAMETERS},
    {"loss": "", **{f"grads[{name!r}]": text for name, text in CAPTIONER_PARAMETERS.items()}},
    _run_loss,
    sizes=(
        {"N": 3, "T": 5, "D": 4, "E": 5, "H": 2, "G": 8, "V": 9, "R": 2, "C": 3},
        {"N": 1, "T": 4, "D": 2, "E": 3, "H": 4, "G": 16, "V": 6, "R": 3, "C": 1},
        {"N": 2, "T": 2, "D": 5, "E": 2, "H": 3, "G": 12, "V": 7, "R": 1, "C": 2},
    ),
    prepare=_prepare_captions,
    gradients=Gradients(
        "AttentionCaptioner.loss", {}, {f"grads[{name!r}]": name for name in CAPTIONER_PARAMETERS}
    ),
)

EXERCISES = [
    dot_product_attention_forward,
    dot_product_attention_backward,
    attention_lstm_step_forward,
    attention_lstm_step_backward,
    attention_lstm_forward,
    attention_lstm_backward,
    loss,
]
