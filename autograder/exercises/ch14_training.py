"""Chapter 14: training and measuring."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise, Sizes

CHAPTER = 14


def _prepare_schedule(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    return {"n_steps": sizes["K"], "peak": float(rng.uniform(1e-3, 1e-1)), "n_warm_up": sizes["M"]}


def _run_schedule(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    rates = [layers.cosine_learning_rate(step, **arguments) for step in range(arguments["n_steps"])]
    return (np.array(rates),)


cosine_learning_rate = Exercise(
    "cosine_learning_rate",
    CHAPTER,
    2,
    {},
    {"rates": "K"},
    _run_schedule,
    sizes=({"K": 20, "M": 5}, {"K": 7, "M": 0}, {"K": 9, "M": 1}, {"K": 1, "M": 0}),
    prepare=_prepare_schedule,
    tolerance_float32=None,
)


def _prepare_words(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw few words often, so that runs of them occur again."""
    words = rng.choice(["a", "cat", "boat", "sees"][: sizes["V"]], sizes["L"]).tolist()
    return {"words": words, "n": sizes["K"]}


def _run_ngrams(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    counts = layers.ngram_counts(**arguments)
    if counts is None:
        return (None,)
    if not isinstance(counts, dict):
        raise TypeError(f"it is of type {type(counts).__name__}, expected a Counter")
    # Runs may be counted as strings, too: the words and their number matter.
    runs = sorted(
        f"{run if isinstance(run, str) else ' '.join(run)}: {count}" for run, count in counts.items()
    )
    return (np.array(runs, dtype=str),)


ngram_counts = Exercise(
    "ngram_counts",
    CHAPTER,
    1,
    {},
    {"counts": "str M"},
    _run_ngrams,
    # L words of V different ones, in runs of K; the last has fewer words than a run.
    sizes=(
        {"L": 12, "V": 2, "K": 2},
        {"L": 9, "V": 4, "K": 1},
        {"L": 3, "V": 3, "K": 3},
        {"L": 2, "V": 3, "K": 4},
    ),
    prepare=_prepare_words,
    tolerance_float32=None,
)

WORDS = ("a", "the", "red", "boat", "cat", "sails", "sleeps", "left", "of", "small")


def _prepare_captions(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw references, and candidates that are one of them with words exchanged, cut or said twice.

    The references have 10, 6 and 12 words: one is nearest to a candidate in length, or two equally near.
    """
    candidates, references = [], []
    for _ in range(sizes["N"]):
        base = rng.choice(WORDS, 10).tolist()
        others = [base, [*base[:3], *rng.choice(WORDS, 3).tolist()], [*base, *rng.choice(WORDS, 2).tolist()]]
        candidate = list(base[: 10 + min(sizes["M"], 0)])
        candidate[-1] = str(rng.choice(WORDS))
        candidate += [candidate[-1]] * max(sizes["M"], 0)
        candidates.append(candidate)
        references.append([others[n] for n in rng.permutation(3)[: sizes["R"]]])
    # Beginnings are shared for certain.
    references[0][0] = [*candidates[0][:6], *references[0][0][6:]]
    return {"candidates": candidates, "references": references, "max_n": sizes["K"]}


def _run_bleu(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (layers.bleu(**arguments),)


bleu = Exercise(
    "bleu",
    CHAPTER,
    5,
    {},
    {"score": ""},
    _run_bleu,
    # Candidates too short (M < 0), too long, of equal length; with nothing to share in runs of 12.
    sizes=(
        {"N": 4, "M": -2, "R": 3, "K": 4},
        {"N": 3, "M": 3, "R": 2, "K": 2},
        {"N": 1, "M": 0, "R": 1, "K": 4},
        {"N": 5, "M": -1, "R": 3, "K": 1},
        {"N": 2, "M": 2, "R": 3, "K": 12},
    ),
    prepare=_prepare_captions,
    requires=("ngram_counts",),
    tolerance_float32=None,
)

EXERCISES = [cosine_learning_rate, ngram_counts, bleu]
