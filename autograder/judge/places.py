"""Where an output is wrong: where a condition on an argument holds, at an index, in a block, at a border."""

from collections.abc import Iterator
from math import comb, log2

import numpy as np

from autograder.judge.evidence import Cause, Evidence, Labelled
from autograder.judge.factors import best_ratio, factor_name, in_times, sure_name
from autograder.judge.naming import indices, listing
from autograder.judge.verdict import Kind

_FULL = 0.75  # of a box must be wrong to call it the place
_COVERAGE = 0.9  # of a region must be wrong to call it wrong where a condition holds
_MOST = 0.7
_BITS = 5.0  # a region that is one of fewer than 2**5 proves nothing
_MOST_VALUES = 40
_SMALLEST = 4  # rows or columns that a border is told from


def where(evidence: Evidence) -> Cause | None:
    """Wrong exactly where a condition on an argument holds."""
    wrong = evidence.wrong
    if not wrong.any() or wrong.all():
        return None
    silent = _silent(evidence)
    fits = [
        (float(wrong.sum() / (region & ~silent).sum()), words, region)
        for words, region, units in conditions(evidence)
        if _fits(wrong, region, silent, units)
    ]
    if not fits:
        return None
    coverage, words, region = max(fits, key=lambda fit: fit[0])
    boxed = _box(evidence)
    # A gate's own columns are a reason; that they are those where a bias is negative, an accident.
    if boxed is not None and (boxed[1] > coverage or (boxed[1] == coverage and _is_block(boxed[0]))):
        return None
    return Cause(Kind.WHERE, f"is wrong only {words}{_there(evidence, region)}")


def conditions(evidence: Evidence) -> Iterator[tuple[str, np.ndarray, int]]:
    """Yield conditions on arguments, where they hold, and how many entries the argument has for that."""
    for name, argument in evidence.arguments.items():
        values = argument.values
        spread = evidence.spread(argument)
        if spread is not None and values.dtype == bool:
            yield f"where {name} is False", ~spread, values.size
            yield f"where {name} is True", spread, values.size
        elif spread is not None and values.dtype.kind == "f":
            for sign_words, region in _signs(spread):
                yield f"where {name} {sign_words}", region, values.size
        elif values.dtype.kind in "iu":
            if spread is not None:
                for value in np.unique(values)[:_MOST_VALUES]:
                    yield f"where {name} is {value}", spread == value, values.size
            yield from _indexed(evidence, name, argument)
    if evidence.is_numeric:
        for sign_words, region in _signs(evidence.expected):
            if region.mean() < _MOST:  # of all that is negative anyway it says nothing
                yield f"where the right value {sign_words}", region, evidence.expected.size
    elif evidence.expected.dtype.kind in "iu":
        for value in np.unique(evidence.expected)[:_MOST_VALUES]:
            yield f"where {value} is right", evidence.expected == value, evidence.expected.size


def _signs(values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "is at most 0" if (values == 0).any() else "<= 0", values <= 0
    yield "> 0", values > 0
    if (values == 0).any():
        yield "< 0", values < 0
        yield ">= 0", values >= 0
        yield "is 0", values == 0


def _indexed(evidence: Evidence, name: str, argument: Labelled) -> Iterator[tuple[str, np.ndarray, int]]:
    """Yield conditions of integers that say which index of one of the output's axes is meant."""
    axis = argument.below
    if not axis or evidence.axes.count(axis) != 1:
        return
    k = evidence.axes.index(axis)
    size = evidence.expected.shape[k]
    values = argument.values
    if values.size == 0 or values.min() < 0 or values.max() >= size:
        return
    shape = [size if j == k else 1 for j in range(evidence.expected.ndim)]
    counts = np.bincount(values.ravel(), minlength=size).reshape(shape)
    many = "words" if axis == "V" else f"indices of {axis}"
    for words, chosen in (
        (f"for {many} that occur more than once in {name}", counts > 1),
        (f"for {many} that occur in {name}", counts > 0),
        (f"for {many} that do not occur in {name}", counts == 0),
        (f"for {many} that occur exactly once in {name}", counts == 1),
    ):
        yield words, np.broadcast_to(chosen, evidence.expected.shape), size
    spread = _without_axis(evidence, axis).spread(argument)
    if spread is not None:
        here = np.expand_dims(spread, k) == np.arange(size).reshape(shape)
        yield f"at the entries that {name} names", here, evidence.expected.size
        yield f"at the entries that {name} does not name", ~here, evidence.expected.size


def _without_axis(evidence: Evidence, axis: str) -> Evidence:
    k = evidence.axes.index(axis)
    part = evidence.expected.take(0, axis=k)
    return Evidence(part, part, tuple(other for other in evidence.axes if other != axis))


def _silent(evidence: Evidence) -> np.ndarray:
    """Return the entries that are 0, as they should be: they cannot tell whether a condition matters.

    Where what is wrong should be 0 too, they can: the condition is met there.
    """
    if not evidence.is_numeric or not evidence.expected[evidence.wrong].any():
        return np.zeros(evidence.expected.shape, dtype=bool)
    return np.asarray((evidence.expected == 0) & (evidence.actual == 0))


def _fits(wrong: np.ndarray, region: np.ndarray, silent: np.ndarray, units: int) -> bool:
    inside = int(region.sum())
    if inside in {0, region.size} or (wrong & ~region).any():
        return False
    chosen = round(units * inside / region.size)
    if not 0 < chosen < units or log2(comb(units, chosen)) < _BITS:
        return False
    return bool(wrong.sum() >= _COVERAGE * (region & ~silent).sum())


def wrong_place(evidence: Evidence) -> Cause | None:
    """Wrong only at some index of an axis, in a block, or at a border."""
    if not evidence.is_numeric and evidence.expected.ndim == 1:
        return None  # which words of a list are wrong says little about why
    boxed = _box(evidence)
    if boxed is not None:
        words, _, region = boxed
        only = "" if words.startswith(("at all but", "in all blocks")) else "only "
        there = _there(evidence, region)
        hint = "Is it filled in there, or does a loop end before?" if there == ", and 0 there" else ""
        return Cause(Kind.PLACE, f"is wrong {only}{words}{there}", hint=hint)
    return _border(evidence)


def _box(evidence: Evidence) -> tuple[str, float, np.ndarray] | None:
    """Return the words for the box that holds all wrong entries, how full it is, and the box."""
    wrong = evidence.wrong
    if not wrong.any():
        return None
    if wrong.sum() == 1 and wrong.size > 1:
        return ("in this one entry", 1.0, wrong) if evidence.is_numeric else None
    words, region = [], np.ones(wrong.shape, dtype=bool)
    for k, (axis, size) in enumerate(zip(evidence.axes, wrong.shape, strict=True)):
        hit = np.flatnonzero(wrong.any(axis=tuple(j for j in range(wrong.ndim) if j != k)))
        said = indices(axis, hit.tolist(), size, evidence.blocks) if len(hit) < size else None
        if said:
            words.append(f"{'in' if _is_block(said) else 'at'} {said}")
            chosen = np.isin(np.arange(size), hit)
            region = region & chosen.reshape([-1 if j == k else 1 for j in range(wrong.ndim)])
    if not words:
        return None
    coverage = float(wrong.sum() / region.sum())
    # Who chooses words goes wrong here and there; only what is wrong throughout is a place.
    least = _FULL if evidence.is_numeric else 1.0
    return (", ".join(words), coverage, region) if coverage >= least else None


def _is_block(words: str) -> bool:
    """Tell whether the words for indices name blocks, such as gates."""
    return "(" in words or "blocks" in words


def _border(evidence: Evidence) -> Cause | None:
    """Wrong only at some of the four sides of the last two axes."""
    wrong = evidence.wrong
    if wrong.ndim < 2 or min(wrong.shape[-2:]) < _SMALLEST or not wrong.any():
        return None
    if not set(evidence.axes[-2:]) <= set("HWIJ"):
        return None  # only images have a border
    rows, columns = evidence.axes[-2:]
    flat = wrong.reshape(-1, *wrong.shape[-2:])
    for width in range(1, (min(wrong.shape[-2:]) - 1) // 2 + 1):
        sides = {
            f"the first of {rows}": np.s_[:, :width, :],
            f"the last of {rows}": np.s_[:, -width:, :],
            f"the first of {columns}": np.s_[:, :, :width],
            f"the last of {columns}": np.s_[:, :, -width:],
        }
        hit = {name: side for name, side in sides.items() if flat[side].mean() >= _COVERAGE}
        region = np.zeros(flat.shape, dtype=bool)
        for side in hit.values():
            region[side] = True
        if hit and not (flat & ~region).any():
            which = "all four sides" if len(hit) == 4 else listing(hit)
            pixels = f"{width} wide" if width > 1 else "one entry wide"
            words = f"is wrong only at the border, {pixels}, at {which}"
            return Cause(Kind.PLACE, words + _there(evidence, region.reshape(wrong.shape)))
    return None


def _there(evidence: Evidence, region: np.ndarray) -> str:  # noqa: PLR0911
    """Say what is the matter in a region, in a few words; "" if nothing simple is."""
    if not evidence.is_numeric:
        return ""
    expected, actual = evidence.expected[region], evidence.actual[region]
    if not actual.any():
        return ", and 0 there"
    if expected.any():
        ratio = best_ratio(expected, actual)
        part = Evidence(expected, actual, tolerance=evidence.tolerance)
        if (
            expected.size > 2
            and 0 <= expected.min() <= expected.max() <= 1
            and part.explained_by(1 - expected)
        ):
            return ", and 1 minus what it should be there"
        if ratio is None or not part.explained_by(ratio * expected) or expected.size == 1 != abs(ratio):
            return ""
        if abs(ratio + 1) < 1e-6:
            return ", with the sign turned"
        turned = ", with the sign turned" if ratio < 0 else ""
        return f", {in_times(ratio, sure_name(factor_name(abs(ratio), evidence)))} what it should be{turned}"
    for name, argument in evidence.floats.items():
        spread = evidence.spread(argument)
        if spread is not None and np.array_equal(spread[region], actual):
            return f": there it must be 0, and you give {name}"
    return ": there it must be 0"
