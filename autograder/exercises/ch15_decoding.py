"""Chapter 15: decoding."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.arguments import Seeded
from autograder.exercises.exercise import INFINITE, Arguments, Exercise, Sizes, forward_exercise
from autograder.exercises.models import END, PARAMETERS, UNKNOWN, make_captioner

CHAPTER = 15


def _finite(returned: Any) -> tuple[Any, Any]:
    """Return what is finite of an array that may hold minus infinity, and where it is not."""
    if not isinstance(returned, np.ndarray) or returned.dtype.kind != "f":
        return returned, returned
    forbidden = np.isneginf(returned)
    return np.where(forbidden, returned.dtype.type(0), returned), forbidden


def _prepare_log_softmax(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the first row be far above all others, one logit far below its row, and one at minus infinity."""
    logits = arguments["logits"]
    logits[0] = 800 + np.round(1024 * logits[0]) / 1024
    if sizes["N"] > 3:
        logits[0, 0] = 0
    logits[-1, 1] = -np.inf
    return arguments


log_softmax = Exercise(
    "log_softmax",
    CHAPTER,
    2,
    {"logits": "N V"},
    {"log_probs": "N V", INFINITE: "bool N V"},
    lambda layers, arguments: _finite(layers.log_softmax(**arguments)),
    prepare=_prepare_log_softmax,
)


def _prepare_top_k(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw rounded logits, many of them equal; in the first row the k-th and the one behind it are."""
    logits, k = np.round(4 * arguments["logits"]) / 4, sizes["K"]
    if k < sizes["V"]:
        order = np.argsort(-logits[0], kind="stable")
        logits[0, order[k]] = logits[0, order[k - 1]]
    return {"logits": logits, "k": k}


top_k_filter = Exercise(
    "top_k_filter",
    CHAPTER,
    2,
    {"logits": "N V"},
    {"filtered": "N V", INFINITE: "bool N V"},
    lambda layers, arguments: _finite(layers.top_k_filter(**arguments)),
    sizes=({"N": 3, "V": 11, "K": 4}, {"N": 7, "V": 6, "K": 1}, {"N": 1, "V": 5, "K": 7}),
    prepare=_prepare_top_k,
)


def _prepare_top_p(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw logits of which no sum of probabilities is so near p that rounding could decide."""
    p = sizes["P"] / 100
    if sizes["V"] == 3:  # one word is certain, and has reached p before the next
        return {"logits": np.array([[0.0, -800.0, -900.0], [-900.0, 0.0, -800.0]]), "p": p}
    while True:
        logits = rng.standard_normal((sizes["N"], sizes["V"]))
        exps = -np.sort(-np.exp(logits), axis=1)
        sums = np.cumsum(exps / exps.sum(axis=1, keepdims=True), axis=1)[:, :-1]
        if np.abs(sums - p).min() > 1e-3:
            return {"logits": logits, "p": p}


top_p_filter = Exercise(
    "top_p_filter",
    CHAPTER,
    3,
    {"logits": "N V"},
    {"filtered": "N V", INFINITE: "bool N V"},
    lambda layers, arguments: _finite(layers.top_p_filter(**arguments)),
    # P is p in hundredths: one that several words reach, one that the likeliest word reaches alone, all.
    sizes=(
        {"N": 3, "V": 11, "P": 80},
        {"N": 7, "V": 6, "P": 5},
        {"N": 1, "V": 5, "P": 50},
        {"N": 2, "V": 4, "P": 100},
        {"N": 2, "V": 3, "P": 100},
    ),
    fine_print={4: "With one word certain and p = 1, which it reaches alone"},
    prepare=_prepare_top_p,
)


def _prepare_sampling(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the first row be far above all others and one word be forbidden; add a generator's seed.

    With K darts are thrown at the ends of the line: K at 0, where the first words are forbidden, the others
    just below 1, which rounding leaves some sums of probabilities below.
    """
    logits = arguments["logits"]
    if sizes.get("K"):
        logits[: sizes["K"], :2] = -np.inf
        first = [0.0] * sizes["K"] + [1 - 2.0**-53] * (len(logits) - sizes["K"])
        return {"logits": logits, "rng": Seeded(int(rng.integers(2**32)), tuple(first))}
    logits[0] += 800
    logits[-1, 0] = -np.inf
    return {"logits": logits, "rng": Seeded(int(rng.integers(2**32)))}


sample_words = replace(
    forward_exercise(
        "sample_words",
        CHAPTER,
        2,
        {"logits": "N V"},
        {"words": "int:V N"},
        has_cache=False,
        sizes=({"N": 12, "V": 7}, {"N": 6, "V": 11}, {"N": 1, "V": 5}, {"N": 44, "V": 60, "K": 4}),
        fine_print={3: "With darts at exactly 0, and just below 1"},
        # A word is drawn or not; where a random number is near the border of two, rounding decides.
        tolerance_float32=math.inf,
    ),
    prepare=_prepare_sampling,
)


def _prepare_beams(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let words be alike, so that beams change places, and <END> likely, so that captions end.

    Some begin with words that are given; with one beam the last of these has ended already.
    """
    arguments["W_vocab"] /= 3
    arguments["b_vocab"] /= 4
    arguments["b_vocab"][END] += 1
    prefix = None
    if sizes["P"]:
        prefix = rng.integers(UNKNOWN, sizes["V"], (sizes["N"], sizes["P"]))
        if sizes["K"] == 1:
            prefix[-1, -1] = END
    return arguments | {
        "beam_width": sizes["K"],
        "length_penalty": 1.0 if sizes["P"] else 0.7,
        "max_length": sizes["T"],
        "prefix": prefix,
    }


def _run_beam_search(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    options = ("beam_width", "length_penalty", "max_length", "prefix")
    returned = layers.beam_search(
        make_captioner(layers, arguments),
        arguments["features"],
        **{name: arguments[name] for name in options},
    )
    if not (isinstance(returned, tuple) and len(returned) == 2):
        return returned if isinstance(returned, tuple) else (returned,)
    decoded, beams = returned
    length = arguments["max_length"]
    parents, totals = _stack(beams.steps, beams.scores)
    return (
        _fill(decoded.words, length),
        _fill(decoded.log_probs, length),
        _fill(beams.words, length),
        beams.scores,
        _fill(parents, length, axis=0),
        _fill(totals, length, axis=0),
    )


def _fill(array: Any, length: int, axis: int = -1) -> Any:
    """Return an array with zeros behind it up to a length, so that searches of any length compare."""
    if not isinstance(array, np.ndarray) or array.ndim == 0 or array.shape[axis] >= length:
        return array
    width = [(0, 0)] * array.ndim
    width[axis] = (0, length - array.shape[axis])
    return np.pad(array, width)


def _stack(steps: Any, scores: Any) -> tuple[Any, Any]:
    """Return parents and log-probabilities of the beams at all steps; what are not steps, unchanged."""
    if not isinstance(steps, list) or not all(isinstance(step, tuple) and len(step) == 3 for step in steps):
        return steps, steps
    if not steps:
        none = np.zeros_like(scores, shape=(0, *np.shape(scores)))
        return none.astype(np.int64), none
    parents, _, totals = zip(*steps, strict=True)
    return np.stack(parents), np.stack(totals)


beam_search = Exercise(
    "beam_search",
    CHAPTER,
    6,
    {"features": "N D", **PARAMETERS},
    {
        "words": "int:V N T",
        "log_probs": "N T",
        "beams.words": "int:V N K T",
        "beams.scores": "N K",
        "parents in beams.steps": "int:K T N K",
        "scores in beams.steps": "T N K",
    },
    _run_beam_search,
    sizes=(
        {"N": 16, "T": 8, "K": 4, "P": 0, "D": 4, "E": 3, "H": 5, "G": 5, "V": 9},
        {"N": 16, "T": 9, "K": 3, "P": 1, "D": 2, "E": 6, "H": 4, "G": 16, "V": 8},
        {"N": 3, "T": 6, "K": 1, "P": 2, "D": 5, "E": 2, "H": 3, "G": 9, "V": 8},
        {"N": 1, "T": 1, "K": 2, "P": 0, "D": 3, "E": 4, "H": 2, "G": 2, "V": 5},
    ),
    prepare=_prepare_beams,
    # Beams are compared word by word, and two that are nearly as likely may change places when rounded.
    tolerance_float32=math.inf,
)

EXERCISES = [log_softmax, top_k_filter, top_p_filter, sample_words, beam_search]
