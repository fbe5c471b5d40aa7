"""How far an array is from another: relative to the largest entry, with nothing absolute."""

from typing import Any

import numpy as np


def relative_error(expected: Any, actual: Any) -> float:
    """Return ``max |actual - expected| / max |expected|``.

    Where both are NaN, or the same infinity, there is no error, and infinity is not a scale.

    Returns:
        0 for empty arrays and for equal ones; infinity where all expected is 0 and something came, and where
        only one of the two is finite.
    """
    expected, actual = np.asarray(expected, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if expected.shape != actual.shape:
        expected, actual = np.broadcast_arrays(expected, actual)
    finite = np.isfinite(expected)
    if not finite.all():  # seldom so, and a judge compares thousands of small arrays
        if not np.array_equal(expected[~finite], actual[~finite], equal_nan=True):
            return np.inf
        expected, actual = expected[finite], actual[finite]
    if not np.isfinite(actual).all():
        return np.inf
    if (actual == expected).all():
        return 0.0
    scale = largest(expected)
    halves = largest(actual / 2 - expected / 2)  # these do not overflow
    return 2 * (halves / scale) if scale else np.inf


def largest(array: np.ndarray) -> float:
    """Return the largest size of an entry, 0 for no entries."""
    return float(np.abs(array).max(initial=0.0))
