"""How far an array is from another: relative to the largest entry, with nothing absolute."""

from typing import Any

import numpy as np

# A hypothesis must leave no more than this of an error, else it does not explain it.
UNEXPLAINED = 1e-2


def relative_error(expected: Any, actual: Any) -> float:
    """Return ``max |actual - expected| / max |expected|``.

    Where both are NaN, or the same infinity, there is no error, and infinity is not a scale.

    Returns:
        0 for empty arrays and for equal ones; infinity where all expected is 0 and something came, and where
        only one of the two is finite.
    """
    expected, actual = np.broadcast_arrays(
        np.asarray(expected, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    )
    finite = np.isfinite(expected)
    if not np.array_equal(expected[~finite], actual[~finite], equal_nan=True):
        return np.inf
    if not np.isfinite(actual[finite]).all():
        return np.inf
    if np.array_equal(actual[finite], expected[finite]):
        return 0.0
    scale = largest(expected[finite])
    halves = largest(actual[finite] / 2 - expected[finite] / 2)  # these do not overflow
    return 2 * (halves / scale) if scale else np.inf


def explains(
    hypothesis: np.ndarray, expected: np.ndarray, actual: np.ndarray, tolerance: float = 1e-9
) -> bool:
    """Tell whether a changed ``expected`` is what came, so nearly that hardly any error is left."""
    before = largest(actual - expected)
    after = largest(actual - hypothesis)
    scale = max(largest(actual), largest(expected))
    return bool(after <= 10 * tolerance * scale and after <= UNEXPLAINED * before and before > 0)


def largest(array: np.ndarray) -> float:
    """Return the largest size of an entry, 0 for no entries."""
    return float(np.abs(array).max(initial=0.0))
