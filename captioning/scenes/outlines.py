"""The vector language of the pictures: filled outlines in a unit box, made of a few curves.

A shape is a closed polygon with the name of its paint. Things are drawn in the box -0.5 <= x <= 0.5,
0 <= y <= 1 (y upwards), facing right.
"""

from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Shape:
    """A closed polygon, `points` (n, 2) float64, and the name of its paint."""

    paint: str
    points: np.ndarray


def path(paint: str, *knots: tuple[float, ...]) -> Shape:
    """Join the knots: (x, y) by a straight line, (cx, cy, x, y) by a quadratic Bézier curve."""
    points = [np.array(knots[0][-2:])]
    for knot in knots[1:]:
        end = np.array(knot[-2:])
        if len(knot) == 2:
            points.append(end)
            continue
        start, control = points[-1], np.array(knot[:2])
        for t in np.linspace(0, 1, 9)[1:]:
            points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
    return Shape(paint, np.array(points))


def bar(paint: str, left: float, bottom: float, right: float, top: float) -> Shape:
    """Make an upright rectangle."""
    return path(paint, (left, bottom), (right, bottom), (right, top), (left, top))


def disc(paint: str, x: float, y: float, rx: float, ry: float | None = None, turn: float = 0) -> Shape:
    """Make an ellipse around (x, y) with radii rx and ry (rx where not given), turned by `turn` degrees."""
    t = np.linspace(0, 2 * np.pi, 25)[:-1]
    circle = np.stack([rx * np.cos(t), (rx if ry is None else ry) * np.sin(t)], axis=1)
    return Shape(paint, rotated(circle, turn) + np.array([x, y]))


def stroke(paint: str, width: float, *knots: Point) -> Shape:
    """Make a smooth line through the knots, with round ends."""
    line = _spline(np.array(knots), closed=False) if len(knots) > 2 else np.array(knots)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * width / 2
    t = np.linspace(0, np.pi, 7)[1:-1, None]
    head = line[-1] + np.cos(t) * side[-1] + np.sin(t) * along[-1] * width / 2
    tail = line[0] - np.cos(t) * side[0] - np.sin(t) * along[0] * width / 2
    return Shape(paint, np.concatenate([line + side, head, (line - side)[::-1], tail]))


def blob(paint: str, *knots: Point) -> Shape:
    """Make the smooth closed curve (Catmull-Rom) through the knots."""
    return Shape(paint, _spline(np.array(knots), closed=True))


def rotated(points: np.ndarray, degrees: float) -> np.ndarray:
    """Turn points (n, 2) around the origin, counter-clockwise where y points up."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def outset(points: np.ndarray, distance: float) -> np.ndarray:
    """Move the edges of a closed polygon (n, 2) outwards; a sharp corner moves at most twice as far."""
    following = np.roll(points, -1, axis=0)
    area = np.sum(points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0])
    edge = following - points
    edge = edge / np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-9)
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1) * np.sign(area)
    corner = normal + np.roll(normal, 1, axis=0)
    corner /= np.maximum(np.sum(corner**2, axis=1, keepdims=True) / 2, 0.5)
    return points + distance * corner


def _spline(knots: np.ndarray, closed: bool, steps: int = 6) -> np.ndarray:
    """Return points of the Catmull-Rom spline through the knots (n, 2)."""
    n = len(knots)
    around = np.arange(-1, n + 2)
    around = around % n if closed else np.clip(around, 0, n - 1)
    k = knots[around]
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (k[i : n + i if closed else n + i - 1][:, None] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])
