"""The grader's side: fresh inputs, held against the reference.

Here the reference may be asked, so errors may be near machine precision, and two directions that happen to be
right are not enough. Differences and complex steps of one's own forward function come within 1e-9 of a
derived gradient in several exercises; what they cost tells these apart.
"""

import dataclasses
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from autograder.asking import cost
from autograder.asking.examiner import LOUDER, examine
from autograder.asking.probe import probe
from autograder.asking.respondent import InProcess, Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.large import large_case
from autograder.grading.catalogue import made_mistakes
from autograder.judge.findings import find, wrong_outputs
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind, Verdict
from captioning.layers import reference

Seed = int | Sequence[int]


@cache
def the_reference() -> InProcess:
    """Return the reference, as one who is asked like a student."""
    return InProcess(reference())


def right_outputs(exercise: Exercise, arguments: Arguments) -> tuple[Any, ...]:
    """Return what the reference answers.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    outputs = the_reference().call(exercise, arguments)
    if outputs is None:
        failure = the_reference().ask(exercise, arguments).failure
        raise ValueError(f"the reference fails at {exercise.name}: {failure}")
    return outputs


def grade(exercise: Exercise, respondent: Respondent, seed: Seed) -> Verdict:
    """Judge an answer on inputs drawn from a seed.

    Args:
        exercise: what was asked.
        respondent: who answers.
        seed: of the inputs; equal seeds give equal verdicts, but for the time.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    return examine(exercise, respondent, ReferenceOracle(exercise, respondent, seed))


class ReferenceOracle:
    """Knows what the reference answers."""

    def __init__(self, exercise: Exercise, respondent: Respondent, seed: Seed) -> None:
        self._exercise = exercise
        self._respondent = respondent
        self.rng = np.random.default_rng(seed)
        self.cases = exercise.cases(self.rng)
        self.varied = exercise.varied(self.rng)
        self._large = np.random.default_rng([*np.atleast_1d(seed), 1])

    def before(self) -> list[Finding]:
        return []

    def values(self, number: int, outcome: Outcome) -> list[Finding]:
        arguments = self.cases[number]
        findings = self._find(arguments, outcome)
        if not findings:
            return []
        return probe(self._exercise, arguments, findings, self._respondent, the_reference())

    def wrong(self, number: int, outcome: Outcome) -> set[str]:
        arguments = [*self.cases, *self.varied][number]
        expected = right_outputs(self._exercise, arguments)
        return wrong_outputs(self._exercise, arguments, expected, outcome, tolerance=self._exercise.tolerance)

    def linear(
        self, arguments: Arguments, outcome: Outcome, other: Arguments
    ) -> tuple[Arguments, list[Finding]]:
        louder = arguments | {name: LOUDER * value for name, value in other.items()}
        findings = self._find(louder, self._respondent.ask(self._exercise, louder))
        return louder, [_not_linear(self._exercise, finding) for finding in findings]

    def cost(self) -> list[Finding]:
        arguments = large_case(self._exercise, self._large)
        if arguments is None:
            return []
        expected = right_outputs(self._exercise, arguments)
        return cost.find_in_large(
            self._exercise, arguments, self._respondent, expected=expected, within=cost.limit()
        )

    def in_float32(self, finding: Finding) -> Finding:
        sentence = f"With float32 inputs: {finding.sentence}"
        if finding.kind != Kind.DTYPE:
            sentence += " In float64 it is right."
        return dataclasses.replace(finding, sentence=sentence)

    def mistakes(self, outcomes: list[Outcome], wrong: list[set[str]]) -> dict[str, str]:
        return made_mistakes(self._exercise, self._respondent, the_reference())

    def _find(self, arguments: Arguments, outcome: Outcome) -> list[Finding]:
        expected = right_outputs(self._exercise, arguments)
        return find(self._exercise, arguments, expected, outcome, tolerance=self._exercise.tolerance)


def _not_linear(exercise: Exercise, finding: Finding) -> Finding:
    """Say of numbers that were right before what it means that they are wrong for larger ones."""
    assert exercise.gradients is not None
    if finding.argument not in exercise.gradients.wrt:
        return finding
    upstream = " and ".join(exercise.gradients.upstream.values())
    sentence = (
        f"{finding.argument} is right for small {upstream}, and wrong when it is {LOUDER} times as large: "
        f"a gradient is linear in the upstream gradient. Is something cut off or added? {finding.sentence}"
    )
    return dataclasses.replace(finding, kind=Kind.NOT_LINEAR, sentence=sentence)
