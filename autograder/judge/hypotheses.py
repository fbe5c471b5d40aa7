"""What may have gone wrong, from the most specific to the least; each a small function of the evidence.

A hypothesis is named only where it explains the error almost fully; else it returns None.
"""

import re
from collections.abc import Callable, Iterator
from itertools import combinations, permutations

import numpy as np

from autograder.judge.evidence import Cause, Evidence
from autograder.judge.factors import best_ratio, factor_name, in_times, summed_over, sure_name
from autograder.judge.naming import block_names, listing, number
from autograder.judge.places import where, wrong_place
from autograder.judge.verdict import Kind

Hypothesis = Callable[[Evidence], Cause | None]

_MOST_AXES = 5
_MOST = 0.7  # of the later steps must be wrong to call them wrong
_NEARLY_ALL = 0.9  # of the entries are rounded, where there is rounding
_FEWEST_FOR_A_FACTOR, _APART, _FAR_FROM_0 = 6, 0.02, 1e-3
_NEARLY = 2e-4  # of the largest number: an error that no wrong formula makes
_IMAGINARY = 1e-20  # steps as small as that are imaginary
_FEWEST = 8  # numbers that a cause with several free numbers is concluded from


def zero(evidence: Evidence) -> Cause | None:
    """Nothing was computed, or it was added to something else."""
    if evidence.is_numeric and evidence.actual.size > 1 and not evidence.actual.any():
        hint = "Is it filled in before it is returned, or is all of it multiplied by 0?"
        if "h" in evidence.scalars:
            hint = (
                "A difference is 0 if f gets the same array twice, an imaginary part if it gets real numbers."
            )
        return Cause(Kind.MISSING_TERM, "is 0 everywhere", {"factor": 0.0}, hint)
    return None


def sign(evidence: Evidence) -> Cause | None:
    """Everything is negated."""
    if evidence.is_numeric and evidence.explained_by(-evidence.expected):
        return Cause(Kind.SIGN, "has the sign turned, everywhere", {"factor": -1.0})
    return None


def transposed(evidence: Evidence) -> Cause | None:
    """The numbers are right, and two axes are exchanged."""
    expected, shape = evidence.expected, evidence.expected.shape
    if not 1 < expected.ndim <= _MOST_AXES:
        return None
    for order in permutations(range(expected.ndim)):
        moved = expected.transpose(order)
        if order != tuple(range(expected.ndim)) and moved.shape == shape and evidence.explained_by(moved):
            exchanged = [evidence.axes[k] for k in range(expected.ndim) if order[k] != k]
            return Cause(Kind.TRANSPOSED, f"is transposed: {listing(exchanged)} are exchanged")
    for order in permutations(range(expected.ndim)):
        moved = expected.transpose(order)
        for reshaped in (moved.reshape(shape), _scattered(expected, order)):
            if evidence.explained_by(reshaped):
                hint = "reshape keeps the order of the numbers in memory; transpose is what exchanges axes."
                words = "holds the right numbers in other places, as if reshaped instead of transposed"
                return Cause(Kind.TRANSPOSED, words, hint=hint)
    return None


def _scattered(expected: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """Return what comes of reshaping to the transposed shape, and transposing back."""
    shape = tuple(expected.shape[k] for k in order)
    return expected.reshape(shape).transpose(np.argsort(order))


def reversed_along(evidence: Evidence) -> Cause | None:
    """The numbers are right, but in reverse order along one axis or two."""
    long = [k for k, size in enumerate(evidence.expected.shape) if size > 1]
    for count in (1, 2):
        for chosen in combinations(long, count):
            if evidence.explained_by(np.flip(evidence.expected, chosen)):
                names = listing(evidence.axes[k] for k in chosen)
                return Cause(Kind.TRANSPOSED, f"holds the right numbers in reverse order along {names}")
    return None


def shifted(evidence: Evidence) -> Cause | None:
    """The numbers are right, but one place too late or too early along an axis."""
    for k, axis in enumerate(evidence.axes):
        if evidence.expected.shape[k] < 3 or evidence.expected.size < 6:
            continue
        expected, actual = (np.moveaxis(array, k, 0) for array in (evidence.expected, evidence.actual))
        for direction, came, should, there in (
            ("late", actual[1:], expected[:-1], expected[1:]),
            ("early", actual[:-1], expected[1:], expected[:-1]),
        ):
            if _same_but_not_trivially(evidence, came, should, there):
                words = f"holds the right numbers one place too {direction} along {axis}"
                return Cause(Kind.TRANSPOSED, words)
    return None


def _same_but_not_trivially(
    evidence: Evidence, came: np.ndarray, should: np.ndarray, there: np.ndarray
) -> bool:
    part = Evidence(there, came, tolerance=evidence.tolerance)
    distinct = len(np.unique(came))
    return distinct > 3 and bool(part.wrong.mean() > 0.5) and part.explained_by(should)


def gate_order(evidence: Evidence) -> Cause | None:
    """The blocks of an axis are right, and stand in another order."""
    for k, axis in enumerate(evidence.axes):
        names = block_names(axis, evidence.blocks)
        if not 1 < len(names) <= _MOST_AXES or evidence.expected.shape[k] % len(names):
            continue
        pieces = np.split(evidence.expected, len(names), axis=k)
        for order in permutations(range(len(names))):
            if order == tuple(range(len(names))):
                continue
            if evidence.explained_by(np.concatenate([pieces[j] for j in order], axis=k)):
                came = ", ".join(names[j] for j in order)
                words = f"has the blocks of {axis} in another order: {came}; it must be {', '.join(names)}"
                return Cause(Kind.GATE_ORDER, words)
    return None


def not_carried(evidence: Evidence) -> Cause | None:
    """Right at the step that needs no other, wrong at all the others."""
    if "T" not in evidence.axes:
        return None
    k = evidence.axes.index("T")
    steps = np.moveaxis(evidence.wrong, k, 0)
    wrong = [bool(step.any()) for step in steps]
    # A few wrong entries are not all that follows.
    if len(wrong) < 3 or steps.sum() < _MOST * (steps.size - steps[0].size):
        return None
    right = -1 if evidence.is_gradient else 0
    came = np.moveaxis(evidence.actual, k, 0)
    # Where all are alike they are right for want of a choice.
    are_alike = came[right].size > 1 and bool((came[right] == came[right].flat[0]).all())
    if wrong.count(False) != 1 or wrong[right] or are_alike:
        return None
    if evidence.is_numeric and not np.delete(came, right, axis=0).any():
        words = f"is 0 at every time step but the {'last' if evidence.is_gradient else 'first'}"
        hint = "Does the loop come to its end too early, at a `return` inside of it, say?"
        return Cause(Kind.MISSING_TERM, words, hint=hint)
    return Cause(Kind.NOT_CARRIED, *_OF_STEPS[evidence.is_gradient])


# In words, without numbers, and what to look at.
_OF_STEPS: dict[bool, tuple[str, dict[str, object], str]] = {
    True: (
        "is right at the last time step and wrong at every one before",
        {},
        "Look at what the last step does not need: what each step hands back to the one before it, and that "
        "each takes its own upstream gradient and its own cache.",
    ),
    False: (
        "is right at the first time step and wrong at every later one",
        {},
        "Look at what the first step does not need: what each step hands on to the next, and that each reads "
        "its own input.",
    ),
}


def unfilled(evidence: Evidence) -> Cause | None:
    """Nothing stands at the first time step, or at the last."""
    if not evidence.is_numeric or "T" not in evidence.axes or not evidence.actual.any():
        return None
    k = evidence.axes.index("T")
    for index, which in ((0, "first"), (-1, "last")):
        came, right = (array.take(index, axis=k) for array in (evidence.actual, evidence.expected))
        if evidence.expected.shape[k] > 1 and came.size > 1 and right.all() and not came.any():
            words = f"is 0 at the {which} time step, and wrong elsewhere too"
            return Cause(Kind.PLACE, words, hint="What is that step computed from?")
    return None


def complement(evidence: Evidence) -> Cause | None:
    """What is a share of one is what is left of it."""
    expected = evidence.expected
    if not evidence.is_numeric or expected.size < 3 or expected.min() < 0 or expected.max() > 1:
        return None
    if not evidence.explained_by(1 - expected):
        return None
    return Cause(Kind.SIGN, "is 1 minus what it should be, everywhere")


def often(evidence: Evidence) -> Cause | None:
    """An argument is added more often than it should be, and not everywhere equally often."""
    if not evidence.is_numeric or evidence.expected.size < _FEWEST:
        return None
    residual = evidence.actual - evidence.expected
    for name, array in evidence.floats.items():
        values = evidence.spread(array)
        if values is None or not values.all() or not 0 < len(array.axes) < len(evidence.axes):
            continue
        along = tuple(k for k, axis in enumerate(evidence.axes) if axis in array.axes)
        times = np.rint((residual / values).mean(axis=along, keepdims=True))
        if times.any() and evidence.explained_by(evidence.expected + times * values):
            left = [axis for axis in evidence.axes if axis not in array.axes]
            words = f"has {name} in it another number of times than once, which differs along {listing(left)}"
            return Cause(Kind.EXTRA_TERM, words, hint=f"Where in the loops is {name} added?")
    return None


def factor(evidence: Evidence) -> Cause | None:
    """Everything is multiplied by the same number."""
    if not evidence.is_numeric:
        return None
    ratio = best_ratio(evidence.expected, evidence.actual)
    if ratio is None or not evidence.explained_by(ratio * evidence.expected):
        return None
    name = sure_name(factor_name(abs(ratio), evidence))
    if evidence.expected.size == 1 and name is None:
        return None
    turned = ", with the sign turned" if ratio < 0 else ""
    words = f"is {in_times(ratio, name)} what it should be{turned}"
    return Cause(Kind.FACTOR, words, {"factor": ratio, "name": name}, _hint_of_factor(name, evidence))


def _hint_of_factor(name: str | None, evidence: Evidence) -> str:
    if name == "1/N" and evidence.is_gradient:
        return "Is it averaged over the examples here, though the upstream gradient already carries that?"
    summed = {f"1/({sizes})" for sizes, _ in summed_over(evidence)} if evidence.is_gradient else set()
    if name in {"1/N", "1/T", "1/(N*T)", *summed}:
        return "Is it averaged where it should be added up?"
    if name in {"N", "T", "N*T"}:
        return "Is it added up where it should be averaged?"
    return _HINTS.get(name or "", "")


_HINTS = {
    "2": "Is something counted twice, or the 1/2 in front of a square missing?",
    "h^2": "`/ 2 * h` divides by 2 and multiplies by h; brackets make it one divisor.",
    "1/2": "Is the 2 of a square's derivative missing, or one of two equal parts?",
}


def term(evidence: Evidence) -> Cause | None:
    """Something that we know is added or left out, as it is or multiplied by a number."""
    if not evidence.is_numeric or evidence.expected.size < 3:
        return None
    residual = evidence.actual - evidence.expected
    for name, values in _terms(evidence):
        ratio = best_ratio(values, residual)
        if ratio is None or not evidence.explained_by(evidence.expected + ratio * values):
            continue
        known = _of_these_axes(sure_name(factor_name(abs(ratio), evidence)), evidence)
        times = "" if abs(abs(ratio) - 1) < 1e-6 else f"{known or number(abs(ratio))} times "
        much = times.removesuffix(" times ") if times and name == "1" else f"{times}{name}"
        if ratio < 0:
            words = f"lacks a term: it comes out too small by {much}"
            return Cause(Kind.MISSING_TERM, words, {"factor": ratio, "term": name})
        words = f"has a term too many: it comes out too large by {much}"
        return Cause(Kind.EXTRA_TERM, words, {"factor": ratio, "term": name})
    return None


def _of_these_axes(name: str | None, evidence: Evidence) -> str | None:
    """Return the name of a factor; None if it is of a size that no term of this output is counted along."""
    axes = {*evidence.axes, *(axis for one in evidence.upstream for axis in _axes_of(one, evidence))}
    letters = set(re.findall(r"\b[A-Z]\b", name or ""))
    return name if letters <= axes else None


def _axes_of(argument: str, evidence: Evidence) -> tuple[str, ...]:
    return evidence.arguments[argument].axes if argument in evidence.arguments else ()


def _terms(evidence: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    yield "1", np.ones(evidence.expected.shape)
    floats = evidence.floats
    for name, array in [*floats.items(), *evidence.others.items()]:
        if array.values.dtype.kind != "f":
            continue
        values = evidence.collect(array)
        if values is None:
            values = evidence.spread(array)
        if values is not None:
            summed = [axis for axis in array.axes if axis not in evidence.axes]
            yield f"{name}{f' summed over {listing(summed)}' if summed else ''}", values
    for one in evidence.upstream:
        for name, array in floats.items():
            if one not in floats:
                continue
            values = evidence.collect(floats[one], array)
            if values is not None:
                yield f"the product of {one} and {name}", values


def same_along(evidence: Evidence) -> Cause | None:
    """What is too much, or too little, is the same along an axis."""
    if not evidence.is_numeric:
        return None
    expected, residual = evidence.expected, evidence.actual - evidence.expected
    same = [
        k
        for k, size in enumerate(expected.shape)
        if size > 1
        and evidence.explained_by(expected + residual.mean(axis=k, keepdims=True))
        and not np.allclose(expected, expected.mean(axis=k, keepdims=True))
    ]
    if not same or expected.size < _FEWEST or len(same) == expected.ndim:
        return None
    along = listing(evidence.axes[k] for k in same)
    words = f"is off by something that is the same along {along}: a term that does not vary there"
    left = tuple(axis for k, axis in enumerate(evidence.axes) if k not in same)
    alike = [name for name, array in evidence.floats.items() if array.axes == left]
    hint = f"{listing(alike)} does not: how does it come in?" if len(alike) == 1 else ""
    return Cause(Kind.MISSING_TERM, words, hint=hint or "Is one left out, or added that should not be?")


def factor_along(evidence: Evidence) -> Cause | None:
    """The factor is a number for each index of an axis."""
    expected, actual = evidence.expected, evidence.actual
    if not evidence.is_numeric or expected.ndim < 2:
        return None
    for k, axis in enumerate(evidence.axes):
        size = expected.shape[k]
        if size < 2 or expected.size < 2 * size:
            continue
        ours, theirs = (np.moveaxis(array, k, 0).reshape(size, -1) for array in (expected, actual))
        squares = (ours**2).sum(axis=1)
        if not squares.all() or (np.count_nonzero(ours, axis=1) < 2).any():
            continue
        ratios = (ours * theirs).sum(axis=1) / squares
        shape = [size if j == k else 1 for j in range(expected.ndim)]
        if evidence.explained_by(ratios.reshape(shape) * expected):
            few = ", ".join(number(float(ratio)) for ratio in ratios[:6])
            more = ", ..." if size > 6 else ""
            words = f"is multiplied by a number that differs along {axis}: {few}{more}"
            return Cause(Kind.FACTOR, words, {"factors": [float(ratio) for ratio in ratios[:6]]})
    return None


def factor_of_argument(evidence: Evidence) -> Cause | None:
    """An argument is multiplied with once too often, or once too few."""
    if not evidence.is_numeric or evidence.expected.size < 3:
        return None
    for name, array in evidence.floats.items():
        values = evidence.spread(array)
        if values is None or not values.all():
            continue
        kind = Kind.NOT_LINEAR if name in evidence.upstream else Kind.FACTOR
        if evidence.explained_by(evidence.expected * values):
            return Cause(kind, f"is multiplied by {name} once too often")
        if evidence.explained_by(evidence.expected / values):
            return Cause(kind, f"should be multiplied by {name} once more")
    return None


def is_something_else(evidence: Evidence) -> Cause | None:
    """What came is an argument, or what another output should be."""
    if not evidence.is_numeric or evidence.expected.size < 3:
        return None
    for name, array in [*evidence.floats.items(), *evidence.others.items()]:
        values = evidence.collect(array) if array.values.dtype.kind == "f" else None
        if values is None or not values.any():
            continue
        ratio = best_ratio(values, evidence.actual)
        if ratio is None or not evidence.explained_by(ratio * values):
            continue
        summed = [axis for axis in array.axes if axis not in evidence.axes]
        whole = f"{name}{f' summed over {listing(summed)}' if summed else ''}"
        known = sure_name(factor_name(abs(ratio), evidence)) or number(abs(ratio))
        times = "" if abs(ratio - 1) < 1e-6 else f"{'-' if ratio < 0 else ''}{known} times "
        return Cause(Kind.MISSING_TERM, f"is {times}{whole} and nothing else: a part is missing")
    return None


def float32(evidence: Evidence) -> Cause | None:
    """Right to the digits of float32, in an array of float64."""
    if evidence.expected.dtype != np.float64 or evidence.actual.dtype.kind != "f":
        return None
    error = float(evidence.error.max(initial=0.0)) / evidence.scale
    if not 1e-8 <= error <= 1e-5:
        return None
    narrow = np.array_equal(evidence.actual.astype(np.float32), evidence.actual)
    if not narrow and not _looks_like_rounding(evidence):
        return None
    words = f"is right to some {round(-np.log10(error))} digits only"
    if narrow:
        return Cause(Kind.FLOAT32, f"{words}, as if computed in float32", {"error": error})
    hint = (
        "It looks like rounding: does an array on the way get a dtype of its own, float32 say, or come "
        "from a difference quotient?"
    )
    return Cause(Kind.FLOAT32, words, {"error": error}, hint)


def _looks_like_rounding(evidence: Evidence) -> bool:
    """Rounding goes up and down, and has nothing to do with what is rounded."""
    residual = (evidence.actual - evidence.expected).ravel()
    if residual.size < 8 or np.count_nonzero(residual) < _NEARLY_ALL * residual.size:
        return False
    lopsided = abs(float(np.sign(residual).mean()))
    expected = evidence.expected.ravel()
    likeness = abs(float(residual @ expected)) / float(np.linalg.norm(residual) * np.linalg.norm(expected))
    return lopsided < 0.8 and likeness < 0.9


def nearly(evidence: Evidence) -> Cause | None:
    """Right to some digits: no step of the formula is wrong, something small is added, or cut off."""
    if not evidence.is_numeric:
        return None
    error = float(evidence.error.max(initial=0.0)) / (evidence.scale or 1.0)
    if not 0 < error <= _NEARLY:
        return None
    words = f"is right to some {max(1, round(-np.log10(error)))} digits only"
    hint = (
        "The formula is right, then. Is something small added that is not in it, as under a logarithm or a "
        "root, is something computed in float32, or is it a difference quotient?"
    )
    return Cause(Kind.NEARLY, words, {"error": error}, hint)


def nearly_factor(evidence: Evidence) -> Cause | None:
    """All entries are wrong by nearly the same factor: something small is wrong besides."""
    if not evidence.is_numeric or evidence.expected.size < _FEWEST_FOR_A_FACTOR:
        return None
    large = np.abs(evidence.expected) > _FAR_FROM_0 * evidence.scale
    if not large.any():
        return None
    ratio = float(np.median(evidence.actual[large] / evidence.expected[large]))
    if not ratio or not abs(ratio - 1) >= _APART:
        return None
    left = np.abs(evidence.actual - ratio * evidence.expected) / (abs(ratio) * evidence.scale)
    # One entry that is off is another matter.
    if not left.max() <= _NEARLY or np.count_nonzero(left > evidence.tolerance) < left.size / 2:
        return None
    names = [
        f"sqrt(({symbol} - 1)/{symbol})"
        for symbol, size in evidence.sizes.items()
        if size > 1 and abs(ratio - (1 - 1 / size) ** 0.5) < _NEARLY
    ]
    name = names[0] if len(names) == 1 else None
    return Cause(Kind.FACTOR, f"is nearly {in_times(ratio, name)} what it should be", {"factor": ratio})


def same_everywhere(evidence: Evidence) -> Cause | None:
    """One number in all places, where there should be many."""
    expected, actual = evidence.expected, evidence.actual
    if actual.dtype == bool and actual.size > 1 and len(set(expected.ravel().tolist())) > 1:
        first = bool(actual.flat[0])
        kind = Kind.EXTRA_TERM if first else Kind.MISSING_TERM
        if (actual == first).all():
            return Cause(kind, f"is {first} everywhere", {"everywhere": first})
        return None
    if not evidence.is_numeric or expected.size < _FEWEST_FOR_A_FACTOR or not actual.any():
        return None
    if np.ptp(actual) > 1e-12 * np.abs(actual).max() or np.ptp(expected) <= 1e-6 * evidence.scale:
        return None
    hint = ""
    if evidence.scalars.get("h", 1) < _IMAGINARY:
        hint = "That is f itself, divided by h: the derivative is in the imaginary part."
    return Cause(Kind.VALUE, "is the same number everywhere", hint=hint)


HYPOTHESES: tuple[Hypothesis, ...] = (
    zero,
    sign,
    complement,
    transposed,
    reversed_along,
    shifted,
    gate_order,
    factor,
    same_everywhere,
    term,
    float32,
    not_carried,
    nearly_factor,
    where,
    wrong_place,
    often,
    same_along,
    factor_along,
    factor_of_argument,
    is_something_else,
    unfilled,
    nearly,
)
