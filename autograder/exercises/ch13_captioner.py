"""Chapter 13: the captioning model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise, Gradients, Sizes
from autograder.exercises.models import (
    END,
    NULL,
    PARAMETERS,
    START,
    UNKNOWN,
    draw_captions,
    loss_and_gradients,
    make_captioner,
    moderate_weights,
)

CHAPTER = 13


def _prepare_captions(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    arguments = moderate_weights(rng, arguments, sizes)
    return arguments | {"captions": draw_captions(rng, sizes["N"], sizes["T"], sizes["V"])}


def _run_loss(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return loss_and_gradients(make_captioner(layers, arguments), arguments)


loss = Exercise(
    "CaptioningRNN.loss",
    CHAPTER,
    5,
    {"features": "N D", "captions": "int:V N T", **PARAMETERS},
    {"loss": "", **{f"grads[{name!r}]": text for name, text in PARAMETERS.items()}},
    _run_loss,
    sizes=(  # an RNN, an LSTM, a GRU, and captions of no words at all: <START> <END>
        {"N": 3, "T": 6, "D": 4, "E": 5, "H": 3, "G": 3, "V": 9},
        {"N": 2, "T": 5, "D": 5, "E": 3, "H": 2, "G": 8, "V": 7},
        {"N": 1, "T": 4, "D": 2, "E": 4, "H": 3, "G": 9, "V": 6},
        {"N": 4, "T": 2, "D": 3, "E": 2, "H": 5, "G": 20, "V": 8},
    ),
    prepare=_prepare_captions,
    gradients=Gradients("CaptioningRNN.loss", {}, {f"grads[{name!r}]": name for name in PARAMETERS}),
)


def _prepare_sampling(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    if sizes["D"] == sizes["V"]:
        arguments = _chain(rng, arguments, sizes)
    return arguments | {"max_length": sizes["T"]}


def _chain(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Return a network in which one word leads to the next, up to <END>; the image says where to begin.

    So captions surely end, at different steps, one of them too late; and a network that goes on behind
    <END>, or starts from the image again, says other words.
    """
    n_words = sizes["V"]
    following = {START: UNKNOWN, END: UNKNOWN + 1, NULL: UNKNOWN + 2, n_words - 1: END}
    following |= {word: word + 1 for word in range(UNKNOWN, n_words - 1)}
    noise = {name: 0.02 * array for name, array in arguments.items()}
    one_hot = np.eye(n_words)
    words = noise["W_embed"] + 1.5 * one_hot
    words[START] = noise["W_embed"][START]
    next_words = 4 * one_hot[[following[word] for word in range(n_words)]]
    # <NULL> drowns whatever the state holds, and says its word aloud.
    words[NULL] = 20 * one_hot[NULL] - 10
    next_words[NULL] *= 3
    # Images whose first word is the last of the chain but 0, 1, 3 and 4.
    first = rng.permutation(n_words - 1 - np.array([0, 1, 3, 4]))
    return noise | {
        "features": noise["features"] + 8 * one_hot[first - 1],
        "W_embed": words,
        "W_proj": noise["W_proj"] + one_hot,
        "Wx": noise["Wx"] + one_hot,
        "Wh": noise["Wh"] + 0.5 * one_hot,
        "W_vocab": noise["W_vocab"] + next_words,
    }


def _run_sample(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (make_captioner(layers, arguments).sample(arguments["features"], arguments["max_length"]),)


sample = Exercise(
    "CaptioningRNN.sample",
    CHAPTER,
    4,
    {"features": "N D", **PARAMETERS},
    {"captions": "int:V N T"},
    _run_sample,
    sizes=(
        {"N": 4, "T": 5, "D": 9, "E": 9, "H": 9, "G": 9, "V": 9},
        {"N": 10, "T": 7, "D": 4, "E": 5, "H": 3, "G": 12, "V": 8},
        {"N": 1, "T": 6, "D": 2, "E": 4, "H": 3, "G": 9, "V": 7},
        {"N": 5, "T": 1, "D": 3, "E": 2, "H": 4, "G": 4, "V": 6},
    ),
    prepare=_prepare_sampling,
    # The words are compared, and two that are nearly as likely may change places when rounded.
    tolerance_float32=math.inf,
)

EXERCISES = [loss, sample]
