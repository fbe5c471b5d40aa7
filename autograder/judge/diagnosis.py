"""From two arrays that differ to a finding: what, where, by how much, and what it suggests."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judge.compare import relative_error
from autograder.judge.evidence import Cause, Evidence, Labelled
from autograder.judge.hypotheses import HYPOTHESES
from autograder.judge.naming import case_of, place, two_numbers
from autograder.judge.verdict import Finding, Kind, Residual

_MOST_CELLS = 32
# Of these the hint names several causes.
_GUESSED = {Kind.FLOAT32, Kind.NEARLY, Kind.NOT_CARRIED}


def diagnose(
    expected: np.ndarray,
    actual: np.ndarray,
    axes: tuple[str, ...] = (),
    *,
    name: str = "the result",
    arguments: Mapping[str, Labelled] | None = None,
    others: Mapping[str, Labelled] | None = None,
    upstream: tuple[str, ...] = (),
    is_gradient: bool = False,
    blocks: Mapping[str, tuple[str, ...]] | None = None,
    sizes: Mapping[str, int] | None = None,
    scalars: Mapping[str, float] | None = None,
    tolerance: float = 1e-9,
) -> Finding:
    """Say what is wrong with an output whose shape, type and finiteness are right.

    Nothing is known of the layer but the names of its arrays and of their axes.

    Args:
        expected, actual: arrays of one shape, of floats, integers, bools or strings; they differ.
        name: of the output.
        axes, arguments, others, upstream, is_gradient, blocks, sizes, scalars, tolerance: as in ``Evidence``.
    """
    evidence = Evidence(
        expected,
        actual,
        axes if len(axes) == expected.ndim else tuple(f"axis {k}" for k in range(expected.ndim)),
        arguments or {},
        others or {},
        upstream,
        is_gradient,
        blocks or {},
        sizes or {},
        scalars or {},
        tolerance,
    )
    causes = (hypothesis(evidence) for hypothesis in HYPOTHESES)
    with np.errstate(all="ignore"):
        cause = next((cause for cause in causes if cause is not None), None) or _unexplained(evidence)
    worst = tuple(int(k) for k in np.unravel_index(evidence.error.argmax(), expected.shape))
    numbers = _numbers(evidence, worst)
    sentence = f"{name}: {cause.words}; {_both(evidence, worst)}."
    return Finding(
        cause.kind,
        name,
        f"{sentence} {cause.hint}".strip(),
        worst if worst else None,
        numbers | cause.numbers,
        case_of(evidence.sizes),
        picture(evidence),
        guess=cause.hint if cause.kind in _GUESSED else "",
    )


def _unexplained(evidence: Evidence) -> Cause:
    count, size = int(evidence.wrong.sum()), evidence.expected.size
    if size == 1:
        return Cause(Kind.VALUE, "is another number")
    if count == size:
        return Cause(Kind.VALUE, f"is wrong in all of its {size} entries")
    return Cause(Kind.VALUE, f"is wrong in {count} of its {size} entries")


def _both(evidence: Evidence, worst: tuple[int, ...]) -> str:
    """Give both numbers at the place where they differ most."""
    theirs, ours = two_numbers(evidence.actual[worst], evidence.expected[worst])
    return f"{place(worst, evidence.axes)} you give {theirs}, it is {ours}".strip()


def _numbers(evidence: Evidence, worst: tuple[int, ...]) -> dict[str, Any]:
    ours, theirs = evidence.expected[worst], evidence.actual[worst]
    numbers: dict[str, Any] = {
        "wrong": int(evidence.wrong.sum()),
        "of": evidence.expected.size,
        "expected": ours.item(),
        "actual": theirs.item(),
    }
    if evidence.is_numeric:
        error = relative_error(evidence.expected, evidence.actual)
        numbers["error"] = error if math.isfinite(error) else "inf"
    return numbers


def picture(evidence: Evidence) -> Residual | None:
    """Draw where the error sits: along the two axes along which it differs most, the largest along others."""
    error = evidence.error / (evidence.scale if evidence.is_numeric else 1.0)
    if error.size < 2:
        return None
    axes = list(evidence.axes)
    while error.ndim > 2:
        varies = [
            float(np.ptp(error, axis=k).mean()) if error.shape[k] > 1 else -1.0 for k in range(error.ndim)
        ]
        dropped = int(np.argmin(varies))
        error = error.max(axis=dropped)
        del axes[dropped]
    if error.ndim == 1:
        error, axes = error[None, :], ["", *axes]
    for k in range(2):
        if error.shape[k] > _MOST_CELLS:
            pieces = np.array_split(error, _MOST_CELLS, axis=k)
            error = np.stack([piece.max(axis=k) for piece in pieces], axis=k)
    rows = tuple(tuple(float(f"{value:.3g}") for value in row) for row in error)
    return Residual(rows, axes[0], axes[1])
