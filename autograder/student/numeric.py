"""Gradients by finite differences of a student's own forward function, in float64.

Random unit directions first: they cost a few calls, and their error is near 1e-11. Coordinates only where a
direction disagrees, to say which entries are wrong. A slope that is not the same on both sides, or not
the same at h and at h/2, is a kink; nothing is concluded from it.
"""

from collections.abc import Callable, Iterable

import numpy as np

H = 1e-5
# Errors of a difference are some 1e-10 of the slope; wrong gradients are wrong by more than this.
TOLERANCE = 1e-6
_NEARLY_STRAIGHT = 1e-4  # bends of smooth functions are some 1e-5 of the slope, those at a corner as large
_EPS = np.finfo(np.float64).eps

Function = Callable[[np.ndarray], float]


class Slope:
    """The slope of a function of an array along a direction, and whether there is one.

    Attributes:
        value: the central difference at h/2.
        uncertainty: how far it may be off.
        is_kink: whether left and right, or h and h/2, disagree.
    """

    def __init__(self, f: Function, x: np.ndarray, direction: np.ndarray, here: float, size: float) -> None:
        """Measure it.

        Args:
            f: of an array like ``x``.
            x: the point.
            direction: of norm 1, of the shape of ``x``.
            here: ``f(x)``.
            size: of the terms that ``f`` adds up: its rounding error is some 1e-16 of this.
        """
        right, left = f(x + H * direction), f(x - H * direction)
        right_half, left_half = f(x + H / 2 * direction), f(x - H / 2 * direction)
        noise = 50 * _EPS * (size + abs(here)) / H
        coarse, self.value = (right - left) / (2 * H), (right_half - left_half) / H
        # Right slope minus left: for a smooth function h times its second derivative, so half as much at
        # half the h. What is left of twice the half is the corner of a kink.
        bend, bend_half = (right - 2 * here + left) / H, 2 * (right_half - 2 * here + left_half) / H
        corner = 2 * bend_half - bend
        self.uncertainty = noise + abs(coarse - self.value)
        allowed = noise + TOLERANCE * max(abs(coarse), abs(self.value))
        values = [here, right, left, right_half, left_half]
        self.is_kink = bool(
            abs(coarse - self.value) > allowed or abs(corner) > 4 * allowed or not np.isfinite(values).all()
        )


def unit_direction(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a direction of norm 1."""
    direction = rng.standard_normal(shape)
    return direction / np.sqrt(np.vdot(direction, direction))


def agrees(slope: Slope, gradient: np.ndarray, direction: np.ndarray) -> bool:
    """Tell whether a gradient has a measured slope."""
    claimed = float(np.vdot(gradient, direction))
    # A direction of norm 1 sees a typical entry: that is the size to compare with.
    scale = max(abs(slope.value), float(np.sqrt(np.mean(np.square(gradient)))) if gradient.size else 0.0)
    return bool(abs(claimed - slope.value) <= TOLERANCE * scale + 2 * slope.uncertainty)


def gradient_by_coordinates(
    f: Function,
    x: np.ndarray,
    here: float,
    size: float,
    otherwise: np.ndarray,
    entries: Iterable[int],
    *,
    quickly: bool = False,
) -> np.ndarray:
    """Return the gradient of a function, entry by entry.

    Args:
        f, x, here, size: as for ``Slope``.
        otherwise: what to take for other entries, and where there is a kink.
        entries: which to measure, numbered as in ``x.ravel()``.
        quickly: measure once where left and right nearly agree: enough to say where a gradient is wrong.

    Returns:
        An array like ``x``.
    """
    gradient = np.array(otherwise, dtype=np.float64)
    largest = float(np.abs(gradient).max(initial=0.0))
    for entry in entries:
        direction = np.zeros(x.shape)
        direction.flat[entry] = 1
        if quickly:
            right, left = f(x + H * direction), f(x - H * direction)
            central, bend = (right - left) / (2 * H), (right - 2 * here + left) / H
            if abs(bend) <= _NEARLY_STRAIGHT * max(abs(central), largest):
                gradient.flat[entry] = central
                continue
        slope = Slope(f, x, direction, here, size)
        if not slope.is_kink:
            gradient.flat[entry] = slope.value
    return gradient
