"""Gradients held against differences of the function that they are of: the student's own."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise, Gradients, Spec
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import find
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding
from autograder.student.numeric import (
    TOLERANCE,
    Function,
    Slope,
    agrees,
    gradient_by_coordinates,
    unit_direction,
)

DIRECTIONS = 2  # for each argument and case
POINTS = 4  # to try, where there are kinks
SAMPLE = 100  # entries of an argument to try where there are kinks at all points
ENTRIES = 2000  # of an argument to measure at most, to say where it is wrong

# For each gradient some slopes that it must have, with their directions.
Slopes = list[tuple[str, Slope, np.ndarray]]


class Differences:
    """Measures the slopes of a forward function, and compares."""

    def __init__(
        self, exercise: Exercise, gradients: Gradients, respondent: Respondent, rng: np.random.Generator
    ) -> None:
        self._exercise = exercise
        self._gradients = gradients
        self._respondent = respondent
        self._rng = rng
        self._of = all_exercises()[gradients.of]

    def findings(
        self, arguments: Arguments, values: Mapping[str, np.ndarray], outcome: Outcome, number: int
    ) -> list[Finding]:
        """Return what is wrong with the gradients of one case.

        Args:
            arguments, outcome: of the case.
            values: the outputs that are not gradients, by name.
            number: of the case; where there are kinks it is drawn again.
        """
        for _ in range(POINTS):
            slopes = self.slopes(arguments)
            wrong = disagreeing(slopes, self._exercise.named(outcome.outputs))
            if wrong:
                found = self._diagnose(arguments, values, outcome, wrong)
                if found:
                    return found
            if not any(slope.is_kink for _, slope, _ in slopes):
                return []
            arguments = self._exercise.cases(self._rng)[number]
            outcome = self._respondent.ask(self._exercise, arguments)
            if outcome.failure is not None:
                return [outcome.failure]
            # The public values belong to the public point.
            own = self._exercise.named(outcome.outputs)
            values = {name: np.asarray(own[name]) for name in values}
        # Kinks wherever one looks, such as the ties of a maximum: the entries that have none must be right.
        names = list(self._gradients.wrt)
        if self._diagnose(arguments, values, outcome, names, SAMPLE):
            return self._diagnose(arguments, values, outcome, names)
        return []

    def slopes(self, arguments: Arguments) -> Slopes:
        """Return for each gradient some slopes that it must have, with their directions.

        Args:
            arguments: of the case.
        """
        here, size = self._value_and_size(arguments)
        slopes = []
        for output, argument in self._gradients.wrt.items():
            x = np.asarray(arguments[argument])
            f = self._objective(arguments, argument)
            for _ in range(DIRECTIONS):
                direction = unit_direction(self._rng, x.shape)
                slopes.append((output, Slope(f, x, direction, here, size), direction))
        return slopes

    def _diagnose(
        self,
        arguments: Arguments,
        values: Mapping[str, np.ndarray],
        outcome: Outcome,
        wrong: list[str],
        most: int = ENTRIES,
    ) -> list[Finding]:
        """Find out by coordinates which entries are wrong, and leave it to the judge to say how."""
        own = self._exercise.named(outcome.outputs)
        expected = {name: np.asarray(value) for name, value in own.items()} | dict(values)
        here, size = self._value_and_size(arguments)
        for output in wrong:
            argument = self._gradients.wrt[output]
            x = np.asarray(arguments[argument])
            entries = range(x.size) if x.size <= most else self._rng.choice(x.size, most, replace=False)
            f = self._objective(arguments, argument)
            expected[output] = gradient_by_coordinates(
                f, x, here, size, expected[output], entries, quickly=most > SAMPLE
            )
        tolerance = {name: TOLERANCE if name in wrong else self._exercise.tolerance for name in expected}
        return find(self._exercise, arguments, tuple(expected.values()), outcome, tolerance=tolerance)

    def _objective(self, arguments: Arguments, argument: str) -> Function:
        """Return the number that is differentiated, as a function of one argument."""
        return lambda x: self._value_and_size(arguments | {argument: x})[0]

    def _value_and_size(self, arguments: Arguments) -> tuple[float, float]:
        """Return that number, NaN where it raises, and the sum of the sizes of what is added up for it."""
        terms = self._terms(arguments)
        return float(sum(term.sum() for term in terms)), float(sum(np.abs(term).sum() for term in terms))

    def _terms(self, arguments: Arguments) -> list[np.ndarray]:
        """Return the outputs that are differentiated, each times its upstream gradient."""
        upstream = self._gradients.upstream
        given = {name: value for name, value in arguments.items() if name not in upstream.values()}
        outputs = self._of.named(self._respondent.call(self._of, given))
        if not all(np.asarray(value).dtype.kind in "fiub" for value in outputs.values()) or not outputs:
            return [np.array(np.nan)]
        return [
            np.asarray(outputs[output]) * (arguments[upstream[output]] if output in upstream else 1.0)
            for output, text in self._of.outputs.items()
            if output in upstream or (output not in self._gradients.wrt and not Spec.parse(text).axes)
        ]


def disagreeing(slopes: Slopes, own: Mapping[str, Any]) -> list[str]:
    """Return the outputs that are not gradients, or do not have their slopes; a kink tells nothing.

    Args:
        slopes: of a case.
        own: the outputs that came.
    """
    wrong = (
        output
        for output, slope, direction in slopes
        if not slope.is_kink and not _has(slope, np.asarray(own[output]), direction)
    )
    return list(dict.fromkeys(wrong))


def _has(slope: Slope, gradient: np.ndarray, direction: np.ndarray) -> bool:
    is_one = gradient.shape == direction.shape and gradient.dtype.kind in "fiub"
    return is_one and agrees(slope, gradient, direction)
