"""``cs231n.gradient_check``: gradients from differences.

The notebooks' functions may ignore their argument and look at an array that is theirs already, such as
``lambda _: model.loss(X, y)[0]``. So what is varied is the very array that was given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from captioning import layers


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], Any], x: np.ndarray, df: np.ndarray | float, h: float = 1e-5
) -> np.ndarray:
    """Return the gradient of ``sum(df * f(x))`` from central differences, of the shape of ``x``.

    Args:
        f: from ``x`` to an array or a number.
        x: float64; it is as it was afterwards.
        df: upstream gradient, of the shape of ``f(x)``.
        h: the step.
    """
    before = x.copy()

    def varied(values: np.ndarray) -> Any:
        x[...] = values
        # The array that comes out may be one that the next call writes into.
        return np.array(f(x))

    try:
        gradient: np.ndarray = layers.numeric_gradient(varied, before.copy(), df, h)
    finally:
        x[...] = before
    return gradient


def eval_numerical_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, verbose: bool = True, h: float = 1e-5
) -> np.ndarray:
    """Return the gradient of a number ``f(x)`` from central differences, of the shape of ``x``.

    Args:
        f, x, h: as in ``eval_numerical_gradient_array``.
        verbose: print each entry.
    """
    gradient = eval_numerical_gradient_array(f, x, 1.0, h)
    if verbose:
        for index in np.ndindex(x.shape):
            print(index, gradient[index])
    return gradient


def grad_check_sparse(
    f: Callable[[np.ndarray], Any],
    x: np.ndarray,
    analytic_grad: np.ndarray,
    num_checks: int = 10,
    h: float = 1e-5,
) -> None:
    """Print the numeric and the derived gradient of some entries, drawn by ``np.random``."""
    for _ in range(num_checks):
        index = tuple(int(np.random.randint(size)) for size in x.shape)
        direction = np.zeros_like(x)
        direction[index] = 1.0
        before, numbers = x.copy(), []
        for sign in (1, -1):
            x[...] = before + sign * h * direction
            numbers.append(float(f(x)))
        x[...] = before
        numeric, derived = (numbers[0] - numbers[1]) / (2 * h), float(analytic_grad[index])
        error = layers.relative_error(np.array(numeric), np.array(derived))
        print(f"numerical: {numeric:f} analytic: {derived:f}, relative error: {error:e}")
