"""Chapter 8: words and embeddings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise, Sizes, backward_exercise, forward_exercise
from autograder.exercises.models import END, NULL, START, UNKNOWN, make_vocabulary

CHAPTER = 8


def _as_strings(name: str, value: Any) -> Any:
    """Return a list of strings as an array; an array, and None, as they are, to be judged.

    Raises:
        TypeError: it is something else, or not of strings.
    """
    if value is None or isinstance(value, np.ndarray):
        return value
    if not isinstance(value, list):
        raise TypeError(f"{name} is of type {type(value).__name__}, expected a list of strings")
    others = {type(item).__name__ for item in value if not isinstance(item, str)}
    if others:
        raise TypeError(f"{name} holds items of type {' and '.join(sorted(others))}, expected strings")
    return np.array(value, dtype=str)


# Capitals, digits, one letter alone, and what stands between words in sentences that people write.
TOKENS = ["A", "Dog's", "well-known", "Bus", "no", "2nd", "THE", "i", "x1", "42", "left_hand", "tv"]
SEPARATORS = [" ", ", ", " - ", ": ", "... ", "/"]


def _prepare_text(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    tokens = [*rng.permutation(TOKENS), *rng.choice(TOKENS, 4)][: sizes["M"]]
    separators = [*rng.permutation(SEPARATORS), *rng.choice(SEPARATORS, len(tokens))]
    text = "".join(f"{token}{separator}" for token, separator in zip(tokens, separators, strict=False))
    # One begins and ends with a word, the others with what is dropped.
    return {"text": text.rstrip("".join(SEPARATORS)) if len(tokens) == len(TOKENS) else f'"{text}!'}


def _run_tokenize(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (_as_strings("words", layers.tokenize(arguments["text"])),)


tokenize = Exercise(
    "tokenize",
    CHAPTER,
    1,
    {},
    {"words": "str L"},
    _run_tokenize,
    sizes=({"M": 16}, {"M": 12}, {"M": 1}),
    prepare=_prepare_text,
    tolerance_float32=None,
)


def _prepare_sentences(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw captions in which words are tied, and one occurs twice in one caption and nowhere else."""
    words = [f"{chr(ord('a') + n % 26)}{n}" for n in rng.permutation(40)[: sizes["W"]]]
    often = [*words[: sizes["W"] // 2], *words[: sizes["W"] // 4], *words[: sizes["W"] // 4]]
    captions = [sorted(words, reverse=True), ["twice", "and", "twice"]]
    captions += [[word, *rng.choice(words, 1).tolist()] for word in rng.permutation(often).tolist()]
    return {"captions": captions, "min_count": sizes["K"], "max_words": sizes["M"] or None}


def _run_build_vocabulary(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    returned = layers.build_vocabulary(*arguments.values())
    if not (isinstance(returned, tuple) and len(returned) == 2):
        return returned if isinstance(returned, tuple) else (returned,)
    idx_to_word, word_to_idx = returned
    if not isinstance(word_to_idx, dict):
        came = " and a ".join(type(value).__name__ for value in returned)
        raise TypeError(f"it is a {came}, expected a list, idx_to_word, and a dictionary, word_to_idx")
    numbered = np.array(sorted(f"{word}: {idx}" for word, idx in word_to_idx.items()), dtype=str)
    return _as_strings("idx_to_word", idx_to_word), numbered


build_vocabulary = Exercise(
    "build_vocabulary",
    CHAPTER,
    2,
    {},
    {"idx_to_word": "str V", "word_to_idx": "str V"},
    _run_build_vocabulary,
    # W words, of which those count that occur K times, and at most M (0 for all).
    sizes=({"W": 12, "K": 1, "M": 0}, {"W": 16, "K": 2, "M": 0}, {"W": 12, "K": 2, "M": 8}),
    prepare=_prepare_sentences,
    tolerance_float32=None,
)


def _prepare_to_encode(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw captions: the first too long, the last short, in each a word that the vocabulary lacks."""
    idx_to_word, max_length = make_vocabulary(sizes["V"]), sizes["T"] - 2
    known = idx_to_word[4:]
    lengths = rng.integers(1, max_length + 1, sizes["N"])
    lengths[0] = max_length + 2
    if len(lengths) > 1:
        lengths[-1] = max(1, max_length - 1)
    captions = [rng.choice(known, length).tolist() for length in lengths]
    for caption in captions:
        caption[rng.integers(min(len(caption), max_length))] = "zebra"
    return {
        "captions": captions,
        "word_to_idx": {word: n for n, word in enumerate(idx_to_word)},
        "max_length": max_length,
    }


def _run_encode(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (layers.encode_captions(*arguments.values()),)


encode_captions = Exercise(
    "encode_captions",
    CHAPTER,
    2,
    {},
    {"encoded": "int:V N T"},
    _run_encode,
    sizes=({"N": 4, "T": 8, "V": 11}, {"N": 1, "T": 5, "V": 6}, {"N": 3, "T": 4, "V": 7}),
    prepare=_prepare_to_encode,
    tolerance_float32=None,
)


def _prepare_to_decode(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw rows with and without <END>, with words behind it, and with <NULL> and <UNK> before it."""
    captions = rng.integers(END + 1, sizes["V"], (sizes["N"], sizes["T"]))
    captions[:, 0] = START
    if sizes["T"] > 3:
        captions[0, -3] = END
        captions[0, 1] = UNKNOWN
        captions[-1, 2] = NULL
    return {"captions": captions, "idx_to_word": make_vocabulary(sizes["V"])}


def _run_decode(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (_as_strings("sentences", layers.decode_captions(*arguments.values())),)


decode_captions = Exercise(
    "decode_captions",
    CHAPTER,
    2,
    {},
    {"sentences": "str N"},
    _run_decode,
    sizes=({"N": 4, "T": 8, "V": 11}, {"N": 1, "T": 7, "V": 6}, {"N": 3, "T": 2, "V": 7}),
    prepare=_prepare_to_decode,
    tolerance_float32=None,
)


def _with_first_word(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let word 0 occur: it is a word like others."""
    arguments["x"][0, 0] = 0
    return arguments


word_embedding_forward = replace(
    forward_exercise("word_embedding_forward", CHAPTER, 1, {"x": "int:V N T", "W": "V D"}, {"out": "N T D"}),
    prepare=_with_first_word,
)
word_embedding_backward = backward_exercise("word_embedding_backward", 3, word_embedding_forward)

EXERCISES = [
    tokenize,
    build_vocabulary,
    encode_captions,
    decode_captions,
    word_embedding_forward,
    word_embedding_backward,
]
