"""Warm-up: three small array computations that the layers need, done without a loop."""

import numpy as np

from solutions.shapes import shapes


@shapes(x="N D")
def standardize(x, epsilon=1e-8):
    """Shift and scale each column to mean 0 and variance 1.

    Args:
        x: ``(N, D)``, an example per row.
        epsilon: added to the variance, so that a constant column becomes 0 and not 0 / 0.

    Returns:
        ``(x - mean) / sqrt(variance + epsilon)``, ``(N, D)``.
    """
    ### BEGIN SOLUTION
    from_first = x - x[0]  # the mean of equal numbers is rounded, that of zeros is not
    centred = from_first - from_first.mean(axis=0)
    standardized = centred / np.sqrt((centred**2).mean(axis=0) + epsilon)
    ### END SOLUTION
    return standardized


@shapes(x="N D")
def log_sum_exp(x):
    """Compute ``log(sum over d of exp(x[n, d]))`` without overflow.

    The largest number of each row is taken out first: ``exp`` then sees nothing above 0.

    Args:
        x: ``(N, D)``.

    Returns:
        ``(N,)``.
    """
    ### BEGIN SOLUTION
    largest = x.max(axis=1)
    total = largest + np.log(np.exp(x - largest[:, None]).sum(axis=1))
    ### END SOLUTION
    return total


@shapes(x="N D", y="M D")
def pairwise_squared_distances(x, y):
    """Compute the squared Euclidean distance between every row of ``x`` and every row of ``y``.

    With ``|x - y|^2 = |x|^2 - 2 x.y + |y|^2`` the work is one matrix product.

    Args:
        x: ``(N, D)``.
        y: ``(M, D)``.

    Returns:
        ``(N, M)``; rounding never makes an entry negative.
    """
    ### BEGIN SOLUTION
    distances = (x**2).sum(axis=1)[:, None] - 2 * (x @ y.T) + (y**2).sum(axis=1)
    distances = np.maximum(distances, 0)
    ### END SOLUTION
    return distances
