"""What several figures say in words: the words of a caption, the names of gates."""

from collections.abc import Iterable, Sequence

import numpy as np

from captioning.data.coco_layout import END_WORD, NULL_WORD

GATE_NAMES: dict[str, str] = {
    "i": "input i",
    "f": "forget f",
    "o": "output o",
    "g": "candidate g",
    "r": "reset r",
    "z": "update z",
    "n": "candidate n",
}
# These lie between -1 and 1, all others between 0 and 1.
TANH_GATES = frozenset({"g", "n"})


def spoken(words: np.ndarray, idx_to_word: Sequence[str]) -> list[str]:
    """Return the words of a caption `(L,)` up to `<END>`, that one included."""
    said = [idx_to_word[word] for word in words]
    return [word for word in said if word != NULL_WORD]


def caption_text(words: Iterable[str]) -> str:
    """Return the words of a caption as a text, without ``<END>``."""
    return " ".join(word for word in words if word != END_WORD)


def split_gates(gates: np.ndarray, blocks: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Split the columns of gates `(T, G * H)` into one array `(T, H)` for each of the `G` blocks."""
    return dict(zip(blocks, np.split(gates, len(blocks), axis=1), strict=True))


def percent(probability: float) -> str:
    """Return a probability as a short percentage that is never rounded to what it is not: “< 1 %”."""
    if probability < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= probability < 1 else f"{100 * probability:.0f} %"


def fine_percent(probability: float) -> str:
    """Return a probability as a percentage: “43 %”, “1.3 %”, “under 0.1 %”."""
    if probability < 0.001:
        return "under 0.1 %"
    if 0.9995 <= probability < 1:
        return "over 99.9 %"
    has_decimal = probability < 0.0995 or 0.995 <= probability < 1
    return f"{100 * probability:.{1 if has_decimal else 0}f} %"


def number(value: float) -> str:
    """Return a number with two decimals and a real minus sign."""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
