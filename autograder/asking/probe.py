"""Asking again, otherwise: what the numbers of one case do not tell, those of a changed case may.

An answer is tried without an argument, with two of them exchanged, with one upstream gradient at a time, with
one example only. Each function below is one such experiment; it names a cause where the experiment makes an
output right that was wrong, and right for more than nothing.
"""

import dataclasses
from collections.abc import Callable, Iterator
from itertools import combinations, permutations

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise, Spec
from autograder.judge.compare import relative_error
from autograder.judge.findings import find, most_telling_first
from autograder.judge.naming import block_names, listing, symbol_of
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind

_UNCLEAR = {Kind.VALUE, Kind.PLACE}
_MOST_NUMBERS = 20_000  # in all arguments together: larger cases would take long
_MOST_BLOCKS = 4
_MOST_GUILTY = 2

Causes = dict[str, tuple[Kind, str]]


class Laboratory:
    """A case that is wrong, and the means to change it.

    Attributes:
        exercise, arguments: what was asked.
        unclear: the outputs that are wrong without a cause.
        wrong: all that are wrong.
    """

    def __init__(
        self,
        exercise: Exercise,
        arguments: Arguments,
        findings: list[Finding],
        student: Respondent,
        reference: Respondent,
    ) -> None:
        self.exercise = exercise
        self.arguments = arguments
        self.wrong = {finding.argument for finding in findings}
        self.unclear = {f.argument for f in findings if f.kind in _UNCLEAR and f.argument in exercise.outputs}
        self._student = student
        self._reference = reference
        self._rng = np.random.default_rng(0)
        self.own = self._outputs(student, {})
        self.expected = self._outputs(reference, {})

    def _outputs(self, respondent: Respondent, changed: Arguments) -> dict[str, np.ndarray]:
        outputs = respondent.call(self.exercise, self.arguments | changed)
        return {name: np.asarray(value) for name, value in self.exercise.named(outputs).items()}

    def right(self, changed: Arguments, like: dict[str, np.ndarray] | None = None) -> set[str]:
        """Return the unclear outputs that are right when asked for other arguments.

        Args:
            changed: what is other than in the case.
            like: what is right; by default what the reference answers to the same.
        """
        own = self._outputs(self._student, changed)
        right = self._outputs(self._reference, changed) if like is None else like
        return {name for name in self.unclear if name in own and self._agree(right.get(name), own[name])}

    def changes(self, changed: Arguments) -> tuple[set[str], set[str]]:
        """Return the outputs that other arguments change: the student's, and the reference's."""
        own, right = self._outputs(self._student, changed), self._outputs(self._reference, changed)
        return (
            {name for name in self.unclear if not self._equal(self.own.get(name), own.get(name))},
            {name for name in self.unclear if not self._agree(self.expected.get(name), right.get(name))},
        )

    def vanishing(self, changed: Arguments) -> set[str]:
        """Return the unclear outputs that other arguments make all 0 where they should not be."""
        own = self._outputs(self._student, changed)
        return {
            name
            for name in self.unclear
            if name in own and not own[name].any() and self.is_something(changed, name)
        }

    def findings(self, changed: Arguments) -> dict[str, Finding]:
        """Return what is found on other arguments, by output; nothing where the reference has no answer."""
        given = self.arguments | changed
        expected, own = (who.call(self.exercise, given) for who in (self._reference, self._student))
        if expected is None or own is None:
            return {}
        found = find(self.exercise, given, expected, Outcome(own, own), tolerance=self.exercise.tolerance)
        return {finding.argument: finding for finding in found}

    def is_something(self, changed: Arguments, name: str) -> bool:
        """Tell whether an output is more than zeros for other arguments: to be right then means something."""
        right = self._outputs(self._reference, changed).get(name)
        return right is not None and int(np.count_nonzero(right)) > right.size // 2

    def _agree(self, right: np.ndarray | None, own: np.ndarray | None) -> bool:
        if right is None or own is None or right.shape != own.shape:
            return False
        if right.dtype.kind == "f" == own.dtype.kind:
            return relative_error(right, own) <= self.exercise.tolerance
        return np.array_equal(right, own)

    def _equal(self, one: np.ndarray | None, other: np.ndarray | None) -> bool:
        return one is not None and other is not None and np.array_equal(one, other)

    @property
    def upstream(self) -> list[str]:
        gradients = self.exercise.gradients
        return list(gradients.upstream.values()) if gradients is not None else []

    def axes(self, name: str) -> tuple[str, ...]:
        """Return the axes of an argument or output; () for what is not declared."""
        text = self.exercise.arguments.get(name, self.exercise.outputs.get(name, ""))
        return Spec.parse(text).axes

    def arrays(self, kinds: str = "f") -> dict[str, np.ndarray]:
        """Return the declared arrays among the arguments."""
        return {
            name: value
            for name, value in self.arguments.items()
            if isinstance(value, np.ndarray)
            and value.dtype.kind in kinds
            and value.ndim == len(self.axes(name)) > 0
        }

    def another(self, name: str) -> np.ndarray:
        """Draw an array of floats like an argument."""
        like: np.ndarray = self.arguments[name]
        return self._rng.standard_normal(like.shape).astype(like.dtype)


Experiment = Callable[[Laboratory], Iterator[tuple[str, Kind, str]]]


def probe(
    exercise: Exercise,
    arguments: Arguments,
    findings: list[Finding],
    student: Respondent,
    reference: Respondent,
) -> list[Finding]:
    """Name causes that the numbers of one case alone do not.

    Args:
        exercise: what was asked.
        arguments: of the case that is wrong.
        findings: what was found there.
        student: who answered.
        reference: who answers right.

    Returns:
        The findings; those with a cause come first.
    """
    numbers = sum(np.size(value) for value in arguments.values() if isinstance(value, np.ndarray))
    # Who chooses words often chooses the same ones for other arguments: that means nothing.
    chooses = any(Spec.parse(text).kind != "float" for text in exercise.outputs.values())
    if numbers > _MOST_NUMBERS or chooses or all(finding.kind not in _UNCLEAR for finding in findings):
        return findings
    laboratory = Laboratory(exercise, arguments, findings, student, reference)
    causes: Causes = {}
    for experiment in EXPERIMENTS:
        for name, kind, sentence in experiment(laboratory):
            causes.setdefault(name, (kind, sentence))
        if laboratory.unclear <= set(causes):
            break
    # A cause first, then a place, then a condition; mere wrong numbers last.
    ranks = {Kind.PLACE: 1, Kind.WHERE: 2, Kind.VALUE: 3}
    return most_telling_first([_with_cause(finding, causes) for finding in findings], ranks)


def _with_cause(finding: Finding, causes: Causes) -> Finding:
    if finding.kind not in _UNCLEAR or finding.argument not in causes:
        return finding
    kind, sentence = causes[finding.argument]
    if finding.kind == Kind.PLACE and kind == Kind.WHERE:
        kind = Kind.PLACE  # which gate it is tells more
    return dataclasses.replace(finding, kind=kind, sentence=f"{finding.sentence} {sentence}")


def not_used(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """An argument makes no difference, though it should."""
    for argument in laboratory.arrays():
        own, right = laboratory.changes({argument: laboratory.another(argument)})
        for name in right - own:
            yield name, Kind.MISSING_TERM, f"{name} does not depend on {argument}: is it left out?"


def path_beside(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Where an argument is 0 nothing is left, though there should be."""
    for argument, value in laboratory.arrays().items():
        if argument in laboratory.upstream:
            continue
        for name in laboratory.vanishing({argument: np.zeros_like(value)}):
            words = (
                f"Where {argument} is 0 all of {name} is 0, and should not be: is there no other way to it?"
            )
            yield name, Kind.MISSING_TERM, words


def one_upstream(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Only what comes from one of several upstream gradients is wrong."""
    if len(laboratory.upstream) < 2:
        return
    found = {}
    for argument in laboratory.upstream:
        others = [other for other in laboratory.upstream if other != argument]
        found[argument] = laboratory.findings(
            {other: np.zeros_like(laboratory.arguments[other]) for other in others}
        )
    for name in laboratory.unclear:
        guilty = [argument for argument, findings in found.items() if name in findings]
        if len(guilty) != 1:
            continue
        finding = found[guilty[0]][name]
        if finding.numbers.get("factor") == 0:
            words = f"What comes from {guilty[0]} is missing altogether; the rest is right."
            yield name, Kind.MISSING_TERM, words
        elif finding.kind not in _UNCLEAR:
            yield name, finding.kind, f"Only what comes from {guilty[0]} is wrong: {finding.sentence}"


def exchanged(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Two arguments of one shape are taken for each other."""
    arrays = laboratory.arrays()
    for one, other in combinations(arrays, 2):
        if laboratory.axes(one) == laboratory.axes(other):
            changed = {one: arrays[other], other: arrays[one]}
            for name in laboratory.right(changed, laboratory.expected):
                yield (
                    name,
                    Kind.ORDER,
                    f"With {one} and {other} exchanged it is right: where are they confused?",
                )


def transposed_argument(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """A square matrix is used transposed."""
    for argument, value in laboratory.arrays().items():
        if value.ndim == 2 and value.shape[0] == value.shape[1] > 1:
            for name in laboratory.right({argument: value.T.copy()}, laboratory.expected):
                words = f"With {argument} transposed it is right: on which side of the product does it stand?"
                yield name, Kind.TRANSPOSED, words


def blocks_of_arguments(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """The blocks of an axis, such as the gates of an LSTM, are taken in another order."""
    arrays = laboratory.arrays()
    axes = {axis for name in arrays for axis in laboratory.axes(name) if symbol_of(axis)[0] > 1}
    for axis in sorted(axes):
        names = block_names(axis, laboratory.exercise.blocks)
        if len(names) > _MOST_BLOCKS:
            continue
        for order in permutations(range(len(names))):
            if order == tuple(range(len(names))):
                continue
            changed = {
                name: _in_order(value, laboratory.axes(name).index(axis), order)
                for name, value in arrays.items()
                if axis in laboratory.axes(name)
            }
            for name in laboratory.right(changed, laboratory.expected):
                moved = listing(names[k] for k in range(len(names)) if order[k] != k)
                words = f"With the blocks of {axis} in another order it is right: {moved} are confused."
                yield name, Kind.GATE_ORDER, words


def _in_order(value: np.ndarray, axis: int, order: tuple[int, ...]) -> np.ndarray:
    pieces = np.split(value, len(order), axis=axis)
    return np.concatenate([pieces[k] for k in order], axis=axis)


def scaled(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """An argument has the wrong sign, or is multiplied by something."""
    for argument, value in laboratory.arrays().items():
        for name in laboratory.right({argument: -value}, laboratory.expected):
            yield name, Kind.SIGN, f"With -{argument} for {argument} it is right: look for a sign."
        factors = {"2": 2.0}
        if value.shape[-1] > 1:
            symbol = laboratory.axes(argument)[-1]
            factors |= {symbol: float(value.shape[-1]), f"sqrt({symbol})": value.shape[-1] ** 0.5}
        for words, factor in factors.items():
            for name in laboratory.right({argument: factor * value}, laboratory.expected):
                yield name, Kind.FACTOR, f"With {words} times {argument} it is right: is that factor missing?"
            for name in laboratory.right({argument: value / factor}, laboratory.expected):
                guess = "does it count twice" if factor == 2 else "is that missing"
                yield name, Kind.FACTOR, f"With {argument} divided by {words} it is right: {guess}?"


def nothing_masked(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Right as long as a mask is True everywhere."""
    for argument, value in laboratory.arrays("b").items():
        changed = {argument: np.ones_like(value)}
        for name in laboratory.right(changed):
            if laboratory.is_something(changed, name):
                words = (
                    f"With {argument} True everywhere it is right: what is to become of where it is False?"
                )
                yield name, Kind.WHERE, words


def nothing_repeated(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Right as long as no index occurs twice."""
    for argument, value in laboratory.arrays("i").items():
        below = Spec.parse(laboratory.exercise.arguments[argument]).below
        size = next(
            (
                other.shape[laboratory.axes(name).index(below)]
                for name, other in laboratory.arrays().items()
                if below in laboratory.axes(name)
            ),
            0,
        )
        if not value.size <= size or len(np.unique(value)) == value.size:
            continue
        changed = {argument: np.arange(value.size, dtype=value.dtype).reshape(value.shape)}
        for name in laboratory.right(changed):
            if laboratory.is_something(changed, name):
                yield name, Kind.WHERE, f"Where no number occurs twice in {argument} it is right."


def first_upstream_only(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """A gradient is right as long as one time step, or one example, has an upstream gradient."""
    for axis, thing in (("N", "example"), ("T", "time step")):
        changed = _first_only(laboratory, axis)
        for name in laboratory.right(changed) if changed else ():
            alone = f"With an upstream gradient at the first {thing} alone it is right"
            if _is_sum(laboratory, name, axis):
                yield name, Kind.MISSING_TERM, f"{alone}: {_added_up(name, thing)}"
            elif axis == "T" and _is_gradient(laboratory, name):
                yield name, Kind.NOT_CARRIED, f"{alone}: what comes back from later steps is not."


def _is_gradient(laboratory: Laboratory, name: str) -> bool:
    gradients = laboratory.exercise.gradients
    return gradients is not None and name in gradients.wrt


def _is_sum(laboratory: Laboratory, name: str, axis: str) -> bool:
    """Tell whether a gradient adds up over an axis, and all that have the axis are right."""
    gradients = laboratory.exercise.gradients
    if gradients is None or name not in gradients.wrt or axis in laboratory.axes(name):
        return False
    carriers = {other for other in gradients.wrt if axis in laboratory.axes(other)}
    return bool(carriers) and not laboratory.wrong & carriers


def _added_up(name: str, thing: str) -> str:
    return f"is {name} added up over the {thing}s, or is each written over the last?"


def _first_only(laboratory: Laboratory, axis: str) -> Arguments:
    """Return upstream gradients that are 0 but at the first index of an axis; {} if one has no such axis."""
    changed: Arguments = {}
    for argument in laboratory.upstream:
        axes, value = laboratory.axes(argument), laboratory.arguments[argument]
        if axis not in axes or value.ndim != len(axes) or value.shape[axes.index(axis)] < 2:
            return {}
        first = tuple(slice(0, 1) if other == axis else slice(None) for other in axes)
        changed[argument] = np.zeros_like(value)
        changed[argument][first] = value[first]
    return changed


def one_only(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Right for every time step on its own, or for every example on its own."""
    for axis, thing, kind, hint in (
        ("T", "time step", Kind.NOT_CARRIED, "look at what one hands on to the next."),
        ("N", "example", Kind.WHERE, "with several, their numbers are mixed."),
    ):
        right = set(laboratory.unclear)
        for changed in _alone(laboratory, axis):
            right &= {name for name in laboratory.right(changed) if laboratory.is_something(changed, name)}
        for name in right:
            alone = f"For a single {thing} it is right"
            if _is_sum(laboratory, name, axis):
                yield name, Kind.MISSING_TERM, f"{alone}: {_added_up(name, thing)}"
            else:
                yield name, kind, f"{alone}: {hint}"


def _alone(laboratory: Laboratory, axis: str) -> Iterator[Arguments]:
    """Yield the arguments of each index of an axis; of the whole, which is wrong, if there is just one."""
    having = {
        name: (value, laboratory.axes(name).index(axis))
        for name, value in laboratory.arrays("fib").items()
        if axis in laboratory.axes(name)
    }
    size = min((value.shape[k] for value, k in having.values()), default=0)
    if size < 2:
        yield {}
    for index in range(size):
        yield {
            name: value.take([min(index, value.shape[k] - 1)], axis=k) for name, (value, k) in having.items()
        }


def without(laboratory: Laboratory) -> Iterator[tuple[str, Kind, str]]:
    """Right where an argument is 0, so what is made of that argument is wrong."""
    guilty: dict[str, list[str]] = {}
    for argument, value in laboratory.arrays().items():
        if argument in laboratory.upstream:
            continue
        changed = {argument: np.zeros_like(value)}
        for name in laboratory.right(changed):
            if laboratory.is_something(changed, name):
                guilty.setdefault(name, []).append(argument)
    for name, arguments in guilty.items():
        if len(arguments) <= _MOST_GUILTY:
            them = "it" if len(arguments) == 1 else "them"
            words = f"Where {' or '.join(arguments)} is 0 it is right"
            yield name, Kind.WHERE, f"{words}: is what comes of {them} left out, or wrong?"


EXPERIMENTS: tuple[Experiment, ...] = (
    not_used,
    path_beside,
    one_upstream,
    exchanged,
    transposed_argument,
    blocks_of_arguments,
    scaled,
    nothing_masked,
    nothing_repeated,
    first_upstream_only,
    one_only,
    without,
)
