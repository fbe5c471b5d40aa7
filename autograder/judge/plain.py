"""Plain things first: how many outputs, of which type and shape, whether finite, whether inputs are kept.

Each function looks at one of these and yields a finding for each output that fails.
"""

import dataclasses
import math
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import permutations
from typing import Any

import numpy as np

from autograder.exercises.exercise import Spec
from autograder.judge.case import Case, sizes_of
from autograder.judge.compare import relative_error
from autograder.judge.diagnosis import picture
from autograder.judge.evidence import Evidence
from autograder.judge.naming import listing, number, place, symbol_of, two_numbers, with_article
from autograder.judge.outcome import Opaque
from autograder.judge.places import where, wrong_place
from autograder.judge.verdict import Finding, Kind

_FEW = 3
_FAR = 700  # exp of more than that below 0 is 0, or nearly
_KINDS = {
    "f": "floats",
    "i": "integers",
    "u": "integers",
    "b": "bools",
    "U": "strings",
    "c": "complex numbers",
}
_MOST_EXCHANGED = 6
# Two equal calls may round differently where a library shares the work among threads.
_ROUNDING = {"float64": 1e-12, "float32": 1e-5}


def count(case: Case) -> Iterator[Finding]:
    outputs, function = case.outputs, case.exercise.name
    # The function returns the cache too, though it is not among the outputs.
    cache = ["cache"] if case.exercise.has_cache else []
    names = [*case.names, *cache]
    returned = len(outputs) + len(cache)
    is_alone = len(outputs) == returned == 1
    if is_alone and outputs[0] is None:
        yield Finding(
            Kind.RETURNED_NONE,
            "",
            f"{function} returns None, expected {listing(names)}. Does it end with "
            f"`return {', '.join(names)}`?",
        )
    elif is_alone and len(names) > 1 and isinstance(outputs[0], list | tuple):
        yield Finding(
            Kind.COUNT,
            "",
            f"{function} returns a {type(outputs[0]).__name__}; expected are {len(names)} outputs, "
            f"{listing(names)}: `return {', '.join(names)}`.",
        )
    elif returned != len(names):
        yield Finding(
            Kind.COUNT,
            "",
            f"{function} returns {returned} output{'s' if returned != 1 else ''}, expected "
            f"{len(names)}: {listing(names)}{', in this order' if len(names) > 1 else ''}.",
            numbers={"expected": len(names), "actual": returned},
        )


def types(case: Case) -> Iterator[Finding]:
    for name, value in zip(case.names, case.outputs, strict=True):
        expected = case.expected[name]
        if value is None:
            yield Finding(Kind.RETURNED_NONE, name, f"{name} is None. Is it filled in before it is returned?")
        elif expected.ndim == 0:
            if not isinstance(value, int | float | str | bool | np.generic) and not (
                isinstance(value, np.ndarray) and value.ndim == 0
            ):
                came = _what(value)
                yield Finding(Kind.TYPE, name, f"{name} is {came}, expected a number.")
        elif type(value) is not np.ndarray:
            shape = f"of shape {expected.shape}"
            if isinstance(value, int | float | np.generic) and expected.dtype.kind in "fiub":
                axes = case.axes[name]
                kept = f": only over those that {name} has not; it has {', '.join(axes)}" if axes else ""
                asked = f"Is something added up over all axes{kept}?"
                yield Finding(Kind.SHAPE, name, f"{name} is one number, expected an array {shape}. {asked}")
                continue
            hint = f" np.array({name}) makes one, np.stack if it holds arrays." if _is_list(value) else ""
            yield Finding(Kind.TYPE, name, f"{name} is {_what(value)}, expected a NumPy array.{hint}")


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _what(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, Opaque):
        shape = f" of shape {value.shape}" if value.shape is not None else ""
        return with_article(value.type_name) + shape
    return with_article(type(value).__name__) + (f" of {len(value)}" if _is_list(value) else "")


def dtypes(case: Case) -> Iterator[Finding]:
    for name, expected, actual in case.values():
        ours, theirs = expected.dtype, actual.dtype
        if ours == theirs or {ours.kind, theirs.kind} <= {"i", "u"} or ours.kind == theirs.kind == "U":
            continue
        if ours.kind == "f" == theirs.kind and expected.ndim == 0:
            continue  # what becomes of a lone number's type does not matter to those who use it
        if ours.kind == "f" and theirs.kind in "iu" and expected.ndim == 0:
            continue
        yield Finding(
            Kind.DTYPE,
            name,
            f"{name} is of {theirs}, expected {ours}. {_dtype_hint(ours, theirs)}".strip(),
            numbers={"expected": str(ours), "actual": str(theirs)},
            is_contract=ours.kind in "fiub" and theirs.kind in "fiub",
        )


def _dtype_hint(ours: np.dtype[Any], theirs: np.dtype[Any]) -> str:
    if ours == np.float32 and theirs == np.float64:
        return (
            "float32 in, float32 out: np.zeros(shape) is of float64, so give arrays that you make the dtype "
            "of an input, and keep NumPy's float64 scalars out of the sums."
        )
    if ours == np.float64 and theirs.kind == "f":
        return "Is there an astype, or an array made with a dtype of its own? It loses digits."
    if ours.kind == "f" and theirs.kind in "iu":
        return "Integers cut off what comes after the point; make arrays with the dtype of an input."
    expected = _KINDS.get(ours.kind, str(ours))
    return f"These are {_KINDS.get(theirs.kind, 'objects')}; wanted are {expected}."


def shapes(case: Case) -> Iterator[Finding]:
    wrong = [name for name, expected, actual in case.values() if expected.shape != actual.shape]
    if not wrong:
        return
    actual = case.actual
    order = _order_by_shape(case, wrong) if len(wrong) > 1 else None
    if order is not None:
        yield Finding(
            Kind.ORDER,
            "",
            f"the outputs are in another order: to go by their shapes, you return {listing(order)}; expected "
            f"is {listing(case.names)}.",
        )
        return
    for name in wrong:
        sizes = sizes_of(case.exercise, case.arguments)
        finding = _shape_finding(name, case.expected[name], actual[name], case.axes[name], sizes)
        alike = [other for other in case.names if case.expected[other].shape == actual[name].shape]
        if alike and actual[name].ndim:
            hint = f" That is the shape of {' and '.join(alike)}: are they taken for each other?"
            finding = dataclasses.replace(finding, sentence=finding.sentence + hint)
        yield finding


def _shape_finding(
    name: str, expected: np.ndarray, actual: np.ndarray, axes: tuple[str, ...], sizes: dict[str, int]
) -> Finding:
    ours, theirs = expected.shape, actual.shape
    named = f" ({', '.join(axes)})" if axes and len(axes) == len(ours) else ""
    sentence = f"{name} has shape {theirs}, expected {ours}{named}"
    numbers = {"expected": list(ours), "actual": list(theirs)}
    if sorted(ours) == sorted(theirs):
        return Finding(Kind.TRANSPOSED, name, f"{sentence}: it is transposed.", numbers=numbers)
    if expected.ndim == actual.ndim == 1 and expected.dtype.kind != "f":
        return Finding(Kind.SHAPE, name, f"{sentence}. {_items_hint(expected, actual)}", numbers=numbers)
    if 0 in theirs and 0 not in ours:
        guess = "An axis of length 0 comes of an empty slice; `[pad:-pad]` is one where pad is 0."
        return Finding(Kind.SHAPE, name, f"{sentence}. {guess}", numbers=numbers, guess=guess)
    hint = _shape_hint(ours, theirs, axes, sizes)
    return Finding(Kind.SHAPE, name, f"{sentence}{hint}{'' if hint.endswith('?') else '.'}", numbers=numbers)


def _items_hint(expected: np.ndarray, actual: np.ndarray) -> str:
    """Say of lists of words or indices what is missing and what is too many."""
    ours, theirs = expected.tolist(), actual.tolist()
    missing: list[str] = []
    extra: list[str] = []
    for what, i, k, j, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if what != "equal":
            missing += map(repr, ours[i:k])
            extra += map(repr, theirs[j:m])
    parts = [
        f"{words} {listing(items) if len(items) <= _FEW else ', '.join(items[:_FEW]) + ', ...'}"
        for words, items in (("it lacks", missing), ("it has", extra))
        if items
    ]
    sentence = f"{' and '.join(parts)}{' instead' if missing and extra else ' too many' if extra else ''}"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _shape_hint(
    ours: tuple[int, ...], theirs: tuple[int, ...], axes: tuple[str, ...], sizes: dict[str, int]
) -> str:
    if [size for size in ours if size != 1] == [size for size in theirs if size != 1]:
        return (
            ": an axis of length 1 is missing"
            if len(theirs) < len(ours)
            else ": an axis of length 1 too many"
        )
    if len(ours) == len(theirs) == len(axes):
        hint = _hint_of_axis(ours, theirs, axes, sizes)
        if hint:
            return hint
    if np.prod(ours) == np.prod(theirs):
        return ": as many numbers, but not in this shape; a reshape is missing, or one too many"
    if len(theirs) == len(ours) - 1 and len(axes) == len(ours):
        for k, axis in enumerate(axes):
            if ours[:k] + ours[k + 1 :] == theirs:
                return f": the axis {axis} is missing; is something summed over it, or taken at one index?"
    if len(theirs) > len(ours) and _is_within(ours, theirs):
        extra = len(theirs) - len(ours)
        return (
            ": one axis too many; is a sum over it missing?"
            if extra == 1
            else f": {extra} axes too many; is a sum over them missing?"
        )
    return ""


def _hint_of_axis(
    ours: tuple[int, ...], theirs: tuple[int, ...], axes: tuple[str, ...], sizes: dict[str, int]
) -> str:
    """Say which axis is of another length, if only one is, or that blocks are joined along another."""
    if _is_stacked(ours, theirs, axes):
        return ": the blocks stand below each other; they belong side by side, along the last axis"
    others = [k for k, size in enumerate(ours) if size != theirs[k]]
    if len(others) != 1:
        return ""
    (k,) = others
    much = theirs[k] - ours[k]
    if axes[k] == "T" and much == 1:
        return ": one too many along T; is the state before the first step among them?"
    if abs(much) == 1:
        return f": one too {'many' if much > 0 else 'few'} along {axes[k]}"
    like = [symbol for symbol, size in sizes.items() if size == theirs[k]]
    return f": another number along {axes[k]}{f'; {like[0]} is {theirs[k]}' if len(like) == 1 else ''}"


def _is_stacked(ours: tuple[int, ...], theirs: tuple[int, ...], axes: tuple[str, ...]) -> bool:
    """Tell whether the blocks of the last axis are joined along the first one."""
    count, _ = symbol_of(axes[-1])
    return count > 1 and theirs == (count * ours[0], *ours[1:-1], ours[-1] // count)


def _is_within(some: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Tell whether sizes are among others, in their order."""
    left = iter(others)
    return all(size in left for size in some)


def _order_by_shape(case: Case, wrong: list[str]) -> tuple[str, ...] | None:
    """Return the names of the outputs in the order in which they came, if only the order is wrong."""
    actual = case.actual
    for order in permutations(wrong) if len(wrong) <= _MOST_EXCHANGED else ():
        if all(case.expected[new].shape == actual[old].shape for old, new in zip(wrong, order, strict=True)):
            came = dict(zip(wrong, order, strict=True))
            return tuple(came.get(name, name) for name in case.names)
    return None


def not_finite(case: Case) -> Iterator[Finding]:
    """NaN or infinity, where it should not be, or missing where it should."""
    for name, expected, actual in case.values():
        if expected.dtype.kind != "f":
            continue
        usual = np.isfinite(expected)
        bad = np.where(usual, ~np.isfinite(actual), (actual != expected) & ~(np.isnan(actual) & ~usual))
        if not bad.any():
            continue
        first = tuple(int(k) for k in np.argwhere(bad)[0])
        # Only which entries it is counts here, so they are compared as bools.
        evidence = Evidence(np.zeros(bad.shape, dtype=bool), bad, **case.evidence(name))
        cause = where(evidence) or wrong_place(evidence)
        drawn = picture(evidence)
        if drawn is not None:
            cells = tuple(tuple(math.nan if cell else 0.0 for cell in row) for row in drawn.values)
            drawn = dataclasses.replace(drawn, values=cells)
        parts = [
            f"{name} is {_not_finite_in_words(expected[bad], actual[bad])}",
            f" in {'all' if bad.all() else f'{bad.sum()} of {bad.size}'} entries" if bad.size > 1 else "",
            f", {cause.words.removeprefix('is wrong ')}" if cause is not None else "",
            f", first {place(first, case.axes[name])}" if first else "",
            f". {_looked_for(case, bad)}",
        ]
        numbers = {"wrong": int(bad.sum()), "of": bad.size}
        yield Finding(Kind.NON_FINITE, name, "".join(parts), first or None, numbers, residual=drawn)


def _looked_for(case: Case, bad: np.ndarray) -> str:
    """Say what to look for: in rows that lie far below another row, what is taken out of all of them."""
    for value in case.arguments.values():
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or value.ndim < 2:
            continue
        if bad.ndim == 0 or not 1 < len(value) == len(bad):
            continue
        # A row goes along the last axis, where both have the same; else all that belongs to an example.
        n_rows = bad[..., 0].size if bad.shape == value.shape else len(bad)
        rows = np.asarray(bad.reshape(n_rows, -1).any(axis=1))
        largest = np.where(np.isfinite(value), value, -np.inf).reshape(n_rows, -1).max(axis=1)
        if not rows.all() and (largest[rows] < largest.max() - _FAR).all() and not rows[largest.argmax()]:
            return (
                "There the numbers lie far below the largest of all rows, and their exponentials are all "
                "0: is the largest number of each row taken out of that row, or one number out of all?"
            )
    return "Look for an exp of something large, a log or a division by 0, a root of something negative."


def _not_finite_in_words(expected: np.ndarray, actual: np.ndarray) -> str:
    if not np.isfinite(expected).all():
        return f"{number(actual[0])} where it is {number(expected[0])}"
    if np.isnan(actual).all():
        return "NaN"
    return "infinite" if np.isinf(actual).all() else "NaN or infinite"


def changed(case: Case) -> Iterator[Finding]:
    for name in case.outcome.changed:
        yield Finding(
            Kind.MUTATED,
            name,
            f"{name} is changed by the call; the caller still needs it as it was. `{name} += ...`, "
            f"`{name}[...] = ...` and out={name} write into the caller's array, and so does a view of it "
            "(a reshape, a slice); compute a new one.",
            is_contract=True,
        )


def ruled_out(case: Case) -> Iterator[Finding]:
    """What the text rules out, though the numbers are right but for rounding."""
    if case.exercise.no_overflow and case.outcome.overflows:
        yield Finding(
            Kind.NON_FINITE,
            "",
            "an exponential overflows on the way, at a pre-activation of -800: what comes out is "
            "right all the same, but NumPy warns. A tanh never overflows.",
            is_contract=True,
        )
    if case.exercise.frugal and case.outcome.sprawls:
        axes = dict.fromkeys(a for text in case.exercise.arguments.values() for a in Spec.parse(text).axes)
        yield Finding(
            Kind.MEMORY,
            "",
            "on the way there is an array far larger than all that goes in and comes out. Has one of yours "
            f"all of the axes {listing(axes)}? The text asks to do without.",
            is_contract=True,
        )
    for name, expected, actual in case.values():
        negative = (
            actual < 0 if case.exercise.not_negative and expected.shape == actual.shape else np.zeros(0)
        )
        if negative.any() and case.is_right(name, actual):
            index = tuple(int(k) for k in np.argwhere(negative)[0])
            yield Finding(
                Kind.WHERE,
                name,
                f"{name} is never negative, but rounding does not know that: {place(index, case.axes[name])} "
                f"you give {number(actual[index])}.",
                index,
                is_contract=True,
            )


def not_repeatable(case: Case) -> Iterator[Finding]:
    again = case.outcome.again or ()
    if len(again) != len(case.outputs):
        yield Finding(
            Kind.NOT_REPEATABLE,
            "",
            f"a second call with equal arguments returns {len(again)} outputs, the first "
            f"{len(case.outputs)}.",
        )
        return
    for (name, first), second in zip(
        case.named(case.outputs).items(), case.named(again).values(), strict=True
    ):
        if first.shape != second.shape:
            yield Finding(
                Kind.NOT_REPEATABLE,
                name,
                f"{name} has shape {first.shape} after one call, and {second.shape} after another with equal "
                "arguments. Is something kept between calls?",
            )
        elif not _repeats(first, second):
            yield _repeat_finding(name, case.expected[name], first, second)


def _repeats(first: np.ndarray, second: np.ndarray) -> bool:
    if first.dtype.kind != "f" or second.dtype.kind != "f":
        return np.array_equal(first, second)
    return relative_error(first, second) <= _ROUNDING.get(str(first.dtype), 1e-5)


def _repeat_finding(name: str, expected: np.ndarray, first: np.ndarray, second: np.ndarray) -> Finding:
    if first.dtype.kind == second.dtype.kind == "f":
        growth = second - first
        error = relative_error(first, growth)
        # What is right is in a later call added to what earlier calls have left.
        if min(error, relative_error(expected, growth)) <= 1e-6:
            return Finding(
                Kind.ACCUMULATED,
                name,
                f"{name} grows with every call: a second one with equal arguments gives the first's numbers "
                "once more on top. It is added up in something that outlives the call, a global array or a "
                "default argument; begin with zeros each time.",
            )
    place_of = np.unravel_index(int((first != second).argmax()), first.shape)
    one, other = two_numbers(first[place_of], second[place_of])
    return Finding(
        Kind.NOT_REPEATABLE,
        name,
        f"{name} is not the same after two calls with equal arguments: {one}, then {other}. Is something "
        "kept between calls, or drawn at random without the generator that was given?",
        tuple(int(k) for k in place_of) or None,
    )


def aliased(case: Case) -> Iterator[Finding]:
    for output, argument in case.outcome.aliased:
        shared = f"{output} is {argument} itself, or a part of it: they share memory, and "
        if argument in case.outcome.changed:
            so = f"what was written into {output} has changed {argument}. Begin with a copy."
        else:
            so = "what is written into one changes the other. Is the computation left out?"
        yield Finding(Kind.ALIASED, output, shared + so)
