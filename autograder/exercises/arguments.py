"""Arguments that can go to another process, and what a function is given for them.

They are arrays, numbers, texts, bools and None, and lists, tuples and dictionaries of these. Two things that
are not values are stood for by one: a random generator by its seed, and a function that is an argument
(chapter 2) by its name, which the exercise looks up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments


@dataclass(frozen=True)
class Seeded:
    """A random generator at its beginning.

    Attributes:
        seed: a function is given ``np.random.default_rng(seed)``.
        first: numbers of ``[0, 1)`` that its ``random`` draws before all others, such as exactly 0.
    """

    seed: int
    first: tuple[float, ...] = ()


def _loaded(seed: int, first: tuple[float, ...]) -> np.random.Generator:
    """Return a generator whose ``random`` begins with given numbers."""

    # In here, since NumPy loads its random numbers when they are first asked for, and most workers never do.
    class Loaded(np.random.Generator):
        left: list[float]

        def random(self, size: Any = None, *args: Any, **kwargs: Any) -> Any:
            drawn = super().random(size, *args, **kwargs)
            if size is None:
                return self.left.pop(0) if self.left else drawn
            n = min(drawn.size, len(self.left))
            drawn.flat[:n], self.left = self.left[:n], self.left[n:]
            return drawn

    made = Loaded(np.random.PCG64(seed))
    made.left = list(first)
    return made


def given(arguments: Arguments) -> Arguments:
    """Return copies of arguments as a function is given them: a generator for its seed, all else as it is."""
    return {name: _given(value) for name, value in arguments.items()}


def _given(value: Any) -> Any:
    match value:
        case np.ndarray():
            return value.copy(order="K")
        case Seeded():
            return _loaded(value.seed, value.first) if value.first else np.random.default_rng(value.seed)
        case dict():
            return {key: _given(item) for key, item in value.items()}
        case list():
            return [_given(item) for item in value]
        case tuple():
            return tuple(map(_given, value))
        case _:
            return value


def as_float32(arguments: Arguments) -> Arguments:
    """Return arguments whose arrays of float64 are float32; other values are the same objects."""
    return {name: _as_float32(value) for name, value in arguments.items()}


def _as_float32(value: Any) -> Any:
    match value:
        case np.ndarray() if value.dtype == np.float64:
            return value.astype(np.float32)
        case dict():
            return {key: _as_float32(item) for key, item in value.items()}
        case _:
            return value
