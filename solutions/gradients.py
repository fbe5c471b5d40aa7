"""Measuring a gradient, to compare with the one that was derived.

Every function here takes ``f``, from an array to an array or a number, and the upstream gradient of
its output: what is differentiated is the number ``sum(upstream * f(x))``.
"""

import numpy as np


def relative_error(x, y):
    """Return the largest ``|x - y| / (|x| + |y|)`` over all entries; 0 where both are 0.

    Args:
        x, y: arrays of one shape.

    Raises:
        ValueError: the shapes differ.
    """
    if np.shape(x) != np.shape(y):
        raise ValueError(f"x has shape {np.shape(x)}, y has shape {np.shape(y)}; they must be equal")
    ### BEGIN SOLUTION
    size = np.abs(x) + np.abs(y)
    error = np.max(np.abs(x - y) / np.where(size == 0, 1, size), initial=0.0)
    ### END SOLUTION
    return float(error)


def _require_float64(x):
    if x.dtype != np.float64:
        raise TypeError(
            f"x has dtype {x.dtype}, expected float64: a difference quotient loses half of the digits"
        )


def numeric_gradient(f, x, upstream=1.0, h=1e-5):
    """Measure the gradient entry by entry with central differences.

    ``gradient[k] = sum(upstream * (f(x + h e_k) - f(x - h e_k))) / (2 h)``, with an error of order
    ``h^2`` from the formula and ``1e-16 / h`` from rounding.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        gradient: of the shape of ``x``.

    Raises:
        TypeError: ``x`` is not float64.
    """
    _require_float64(x)
    gradient = np.zeros_like(x)
    ### BEGIN SOLUTION
    for k in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[k] = h
        gradient[k] = np.sum(upstream * (f(x + step) - f(x - step))) / (2 * h)
    ### END SOLUTION
    return gradient


def directional_derivative(f, x, direction, upstream=1.0, h=1e-5):
    """Measure how fast ``sum(upstream * f)`` grows along one direction, with two calls of ``f``.

    A correct gradient agrees for every direction: ``sum(gradient * direction)``.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        direction: of the shape of ``x``.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        A float.

    Raises:
        TypeError: ``x`` is not float64.
    """
    _require_float64(x)
    ### BEGIN SOLUTION
    slope = np.sum(upstream * (f(x + h * direction) - f(x - h * direction))) / (2 * h)
    ### END SOLUTION
    return float(slope)


def complex_step_gradient(f, x, upstream=1.0, h=1e-30):
    """Compute the gradient to machine precision with an imaginary step.

    ``f(x + i h) = f(x) + i h f'(x) + O(h^2)``: the imaginary part holds the derivative, and nothing
    is subtracted, so ``h`` may be as small as one likes. ``f`` must accept complex numbers and be
    analytic: no ``abs``, no conjugate, no real output array.

    Source: W. Squire and G. Trapp, “Using Complex Variables to Estimate Derivatives of Real
    Functions”, SIAM Review 40, 1998.

    Args:
        f: a function of one array.
        x: where, float64, of any shape.
        upstream: gradient of the output of ``f``, of its shape.
        h: the step.

    Returns:
        gradient: of the shape of ``x``.

    Raises:
        TypeError: ``x`` is not float64.
    """
    _require_float64(x)
    gradient = np.zeros_like(x)
    ### BEGIN SOLUTION
    z = x.astype(np.complex128)
    for k in np.ndindex(x.shape):
        z[k] += 1j * h
        gradient[k] = np.sum(upstream * f(z).imag) / h
        z[k] = x[k]
    ### END SOLUTION
    return gradient
