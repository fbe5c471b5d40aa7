"""How an answer comes out on another processor: the last digits differ, and so do the signs of eigenvectors.

BLAS adds up in another order on each kind of processor. What hangs on such digits, such as an argmax of near
ties or a direction of no variance, must not be shipped, checked or graded. Other digits are made by changing
those of the inputs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest import mock

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.outcome import Outcome

# Of the size of a number: some hundred times the rounding error of one operation.
NOISE = 1e-13


class OnAnotherProcessor:
    """Answers as a respondent would on another processor: one for each seed."""

    def __init__(self, respondent: Respondent, seed: int, noise: float = NOISE) -> None:
        self._respondent = respondent
        self._seed = seed
        self._noise = noise

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        with _other_signs(self._seed):
            return self._respondent.ask(exercise, self._with_other_digits(arguments))

    def call(
        self, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> tuple[Any, ...] | None:
        with _other_signs(self._seed):
            return self._respondent.call(exercise, self._with_other_digits(arguments), within)

    def _with_other_digits(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._with_other_digits(item) for key, item in value.items()}
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            return value * (1 + self._noise * _hashed(np.abs(value), self._seed))
        return value


def _hashed(values: np.ndarray, seed: int) -> np.ndarray:
    """Return a number between -1 and 1 for each value, equal ones for equal values: ties remain ties."""
    bits = np.ascontiguousarray(values).view(np.uint64) + np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return (bits ^ (bits >> np.uint64(31))) / 2.0**63 - 1


@contextmanager
def _other_signs(seed: int) -> Iterator[None]:
    """Let NumPy's decompositions return some of their vectors with the sign turned: it is free."""
    rng = np.random.default_rng(seed)

    def eigenvectors(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def turned(*arguments: Any, **options: Any) -> Any:
            values, vectors = function(*arguments, **options)
            return values, vectors * rng.choice([-1, 1], vectors.shape[-1]).astype(vectors.dtype)

        return turned

    def svd(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def turned(*arguments: Any, **options: Any) -> Any:
            returned = function(*arguments, **options)
            if not isinstance(returned, tuple):  # singular values alone
                return returned
            left, values, right = returned
            signs = rng.choice([-1, 1], max(left.shape[-1], right.shape[-2])).astype(left.dtype)
            return left * signs[: left.shape[-1]], values, right * signs[: right.shape[-2], None]

        return turned

    with (
        mock.patch("numpy.linalg.eigh", eigenvectors(np.linalg.eigh)),
        mock.patch("numpy.linalg.svd", svd(np.linalg.svd)),
    ):
        yield
