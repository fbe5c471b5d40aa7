"""What several figures say in words: the words of a caption, the names of gates."""

from collections.abc import Sequence

import numpy as np

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
    return [word for word in said if word != "<NULL>"]


def split_gates(gates: np.ndarray, blocks: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Split the columns of gates `(T, G * H)` into one array `(T, H)` for each of the `G` blocks."""
    return dict(zip(blocks, np.split(gates, len(blocks), axis=1), strict=True))


def percent(probability: float) -> str:
    """Return a probability as a percentage that is never rounded to what it is not."""
    if probability < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= probability < 1 else f"{100 * probability:.0f} %"


def number(value: float) -> str:
    """Return a number with two decimals and a real minus sign."""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
