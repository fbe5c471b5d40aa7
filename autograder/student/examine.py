"""The student's side of judging: no reference, but public values and the student's own forward function."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.asking.answer import Answer, ask
from autograder.exercises.exercise import Arguments, Exercise, Gradients, Spec
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import find, with_case
from autograder.judge.verdict import Finding, Kind
from autograder.student.fingerprints import as_float32
from autograder.student.numeric import (
    TOLERANCE,
    Function,
    Slope,
    agrees,
    gradient_by_coordinates,
    unit_direction,
)
from autograder.student.public import Inputs, generator, public_inputs

DIRECTIONS = 2  # for each argument and case
POINTS = 4  # to try, where there are kinks
SAMPLE = 100  # entries of an argument to try where there are kinks at all points
ENTRIES = 2000  # of an argument to measure at most, to say where it is wrong
LINEARITY = 1e-8
LOUDER = 100  # a gradient that is cut off shows only when the upstream gradient is large


@np.errstate(all="ignore")  # as the judge does: what overflows shows in the outputs
def examine(
    exercise: Exercise, layers: Any, inputs_of: Callable[[Exercise], Inputs] = public_inputs
) -> list[Finding]:
    """Return what is wrong with an answer, nothing if it passes.

    Args:
        exercise: what was asked.
        layers: the student's functions, and what else is needed.
        inputs_of: what to try an exercise on.
    """
    gradients = exercise.gradients
    if gradients is not None and gradients.of != exercise.name:
        findings = _forward_is_wrong(exercise, all_exercises()[gradients.of], layers, inputs_of)
        if findings:
            return findings
    inputs = inputs_of(exercise)
    cases = inputs.cases
    answers = []
    for number, (arguments, values) in enumerate(zip(cases, inputs.expected, strict=True)):
        answer = ask(exercise, layers, arguments)
        findings = _find(exercise, arguments, values, answer, exercise.tolerance)
        if not findings and gradients is not None:
            rng = generator(exercise, inputs.seed, 1 + number)
            findings = _Numeric(exercise, gradients, layers, rng).findings(arguments, values, answer, number)
        if findings:
            return with_case(exercise, arguments, findings)
        answers.append(answer)
    if exercise.tolerance_float32 is not None:
        for number in {0, len(cases) - 1}:
            arguments = as_float32(cases[number])
            expected = _outputs(exercise, answers[number])
            findings = _find_float32(exercise, arguments, expected, ask(exercise, layers, arguments))
            if findings:
                return with_case(exercise, arguments, findings)
    return []


def _forward_is_wrong(
    exercise: Exercise, forward: Exercise, layers: Any, inputs_of: Callable[[Exercise], Inputs]
) -> list[Finding]:
    """Say so if the forward function is wrong: a gradient of something else is no use."""
    inputs = inputs_of(forward)
    for arguments, values in zip(inputs.cases, inputs.expected, strict=True):
        answer = ask(forward, layers, arguments)
        for finding in _find(forward, arguments, values, answer, forward.tolerance)[:1]:
            return [
                Finding(
                    finding.kind,
                    forward.name,
                    f"{exercise.name} is held against the numeric gradient of your "
                    f"{forward.name}, and that is not right yet; check({forward.name}) first. "
                    f"{finding.sentence}",
                )
            ]
    return []


def _find(
    exercise: Exercise,
    arguments: Arguments,
    values: Mapping[str, np.ndarray],
    answer: Answer,
    tolerance: float | dict[str, float],
) -> list[Finding]:
    """Compare with the values that are known; of a gradient see only that it can be one."""
    own = _outputs(exercise, answer)
    wrt = exercise.gradients.wrt if exercise.gradients is not None else {}
    expected = tuple(
        values[name] if name in values else _stand_in(np.asarray(arguments[wrt[name]]), own.get(name))
        for name in exercise.outputs
    )
    return find(exercise, arguments, expected, answer, tolerance=tolerance)


def _find_float32(
    exercise: Exercise, arguments: Arguments, values: Mapping[str, Any], answer: Answer
) -> list[Finding]:
    expected = {name: np.asarray(value) for name, value in values.items()}
    narrow = {
        name: value.astype(np.float32) if value.dtype == np.float64 else value
        for name, value in expected.items()
    }
    assert exercise.tolerance_float32 is not None
    return find(exercise, arguments, tuple(narrow.values()), answer, tolerance=exercise.tolerance_float32)


def _outputs(exercise: Exercise, answer: Answer) -> dict[str, Any]:
    """Return the outputs by name, none if there are not as many as there should be."""
    outputs = answer.outputs or ()
    return dict(zip(exercise.outputs, outputs, strict=True)) if len(outputs) == len(exercise.outputs) else {}


def _stand_in(argument: np.ndarray, actual: Any) -> np.ndarray:
    """Return what a gradient is compared with before its numbers are looked at: itself, if it can be one."""
    possible = (
        isinstance(actual, np.ndarray)
        and actual.shape == argument.shape
        and actual.dtype == argument.dtype
        and bool(np.isfinite(actual).all())
    )
    return actual.copy() if possible else np.zeros_like(argument)


class _Numeric:
    """Holds gradients against differences of the function that they are of."""

    def __init__(
        self, exercise: Exercise, gradients: Gradients, layers: Any, rng: np.random.Generator
    ) -> None:
        self.exercise = exercise
        self.gradients = gradients
        self.layers = layers
        self.rng = rng
        self.of = all_exercises()[gradients.of]

    def findings(
        self, arguments: Arguments, values: Mapping[str, np.ndarray], answer: Answer, number: int
    ) -> list[Finding]:
        """Return what is wrong with the gradients of one case."""
        for _ in range(POINTS):
            own = _outputs(self.exercise, answer)
            wrong, kinked = self._wrong(arguments, own)
            if wrong:
                found = self._diagnose(arguments, values, answer, wrong)
                if found:
                    return found
            if not kinked:
                return self._not_linear(arguments, own)
            arguments = self.exercise.cases(self.rng)[number]
            answer = ask(self.exercise, self.layers, arguments)
            if answer.failure is not None:
                return [answer.failure]
            # The public values belong to the public point.
            values = {name: np.asarray(_outputs(self.exercise, answer)[name]) for name in values}
        # Kinks wherever one looks, such as the ties of a maximum: the entries that have none must be right.
        names = list(self.gradients.wrt)
        if self._diagnose(arguments, values, answer, names, SAMPLE):
            return self._diagnose(arguments, values, answer, names)
        return []

    def _wrong(self, arguments: Arguments, own: Mapping[str, Any]) -> tuple[list[str], bool]:
        """Return the gradients that disagree with a slope, and whether some slope could not be had."""
        wrong, kinked = [], False
        here, size = self._value_and_size(arguments)
        for output, argument in self.gradients.wrt.items():
            x = np.asarray(arguments[argument])
            f = self._objective(arguments, argument)
            for _ in range(DIRECTIONS):
                direction = unit_direction(self.rng, x.shape)
                slope = Slope(f, x, direction, here, size)
                if slope.is_kink:
                    kinked = True
                elif not agrees(slope, np.asarray(own[output]), direction):
                    wrong.append(output)
                    break
        return wrong, kinked

    def _diagnose(
        self,
        arguments: Arguments,
        values: Mapping[str, np.ndarray],
        answer: Answer,
        wrong: list[str],
        most: int = ENTRIES,
    ) -> list[Finding]:
        """Find out by coordinates which entries are wrong, and leave it to the judge to say how."""
        expected = {name: np.asarray(value) for name, value in _outputs(self.exercise, answer).items()}
        expected |= values
        here, size = self._value_and_size(arguments)
        for output in wrong:
            argument = self.gradients.wrt[output]
            x = np.asarray(arguments[argument])
            entries = range(x.size) if x.size <= most else self.rng.choice(x.size, most, replace=False)
            f = self._objective(arguments, argument)
            expected[output] = gradient_by_coordinates(f, x, here, size, expected[output], entries)
        tolerance = {name: TOLERANCE if name in wrong else self.exercise.tolerance for name in expected}
        return find(self.exercise, arguments, tuple(expected.values()), answer, tolerance=tolerance)

    def _objective(self, arguments: Arguments, argument: str) -> Function:
        """Return the number that is differentiated, as a function of one argument."""
        return lambda x: float(sum(term.sum() for term in self._terms(arguments | {argument: x})))

    def _value_and_size(self, arguments: Arguments) -> tuple[float, float]:
        """Return that number, and the sum of the sizes of all that is added up for it."""
        terms = self._terms(arguments)
        return float(sum(term.sum() for term in terms)), float(sum(np.abs(term).sum() for term in terms))

    def _terms(self, arguments: Arguments) -> list[np.ndarray]:
        """Return the outputs that are differentiated, each times its upstream gradient."""
        upstream = self.gradients.upstream
        # Generators among the arguments must begin anew; the arrays are known not to be changed.
        given = {
            name: value if isinstance(value, np.ndarray) else copy.deepcopy(value)
            for name, value in arguments.items()
            if name not in upstream.values()
        }
        outputs = dict(zip(self.of.outputs, self.of.run(self.layers, given), strict=False))
        return [
            np.asarray(outputs[output]) * (arguments[upstream[output]] if output in upstream else 1.0)
            for output, text in self.of.outputs.items()
            if output in upstream or (output not in self.gradients.wrt and not Spec.parse(text).axes)
        ]

    def _not_linear(self, arguments: Arguments, own: Mapping[str, Any]) -> list[Finding]:
        """Hold gradients to being linear in the upstream gradient: g(u + 100 v) = g(u) + 100 g(v)."""
        names = list(self.gradients.upstream.values())
        if not names:
            return []
        other = {name: self.rng.standard_normal(np.shape(arguments[name])) for name in names}
        both = {name: arguments[name] + LOUDER * other[name] for name in names}
        outputs = []
        for upstream in (other, both):
            answer = ask(self.exercise, self.layers, arguments | upstream)
            if answer.failure is not None:
                return [answer.failure]
            outputs.append(_outputs(self.exercise, answer))
        of_other, of_both = outputs
        for name in self.gradients.wrt:
            expected = own[name] + LOUDER * of_other[name]
            scale = float(np.abs(expected).max(initial=0.0))
            error = float(np.abs(of_both[name] - expected).max(initial=0.0))
            if error > LINEARITY * scale:
                upstream_names = " and ".join(names)
                return [
                    Finding(
                        Kind.NOT_LINEAR,
                        name,
                        f"{name} is not linear in {upstream_names}: for u + {LOUDER} v it must be what it is "
                        f"for u, plus {LOUDER} times what it is for v. Is a product with {upstream_names} "
                        "missing, or made twice? Is something cut off, or added that does not depend on it?",
                        numbers={"error": error / scale if scale else error},
                    )
                ]
        return []
