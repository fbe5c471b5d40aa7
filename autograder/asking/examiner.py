"""The stairs that every answer climbs, whichever oracle is asked: its cases, linearity, float32."""

import time
from typing import Protocol

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.arguments import as_float32
from autograder.exercises.exercise import Arguments, Exercise, Spec
from autograder.judge.findings import find, with_case
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Verdict

# The factor by which another upstream gradient is larger: what is cut off or squared then shows.
LOUDER = 100


class Oracle(Protocol):
    """Knows what is right for one answer to one exercise, or how to tell.

    Attributes:
        cases: the arguments of each call.
        rng: draws what else is needed.
    """

    cases: list[Arguments]
    rng: np.random.Generator

    def before(self) -> list[Finding]:
        """Return what must be mended before the answer itself can be judged."""
        ...

    def values(self, number: int, outcome: Outcome) -> list[Finding]:
        """Return what is wrong with the outcome of a case."""
        ...

    def linear(
        self, arguments: Arguments, outcome: Outcome, other: Arguments
    ) -> tuple[Arguments, list[Finding]]:
        """Return what is wrong when the upstream gradient is louder by far, and the arguments that show it.

        Args:
            arguments, outcome: of a case whose values are right.
            other: other upstream gradients, as large as those of the case; to be made ``LOUDER``.
        """
        ...

    def in_float32(self, finding: Finding) -> Finding:
        """Put into words that it came up with float32, and not before."""
        ...

    def mistake(self, arguments: Arguments) -> str | None:
        """Return the sentence of the catalogued mistake that a wrong answer makes, None if it makes none.

        Args:
            arguments: of the case that something is wrong with.
        """
        ...


@np.errstate(all="ignore")  # what overflows shows in the outputs
def examine(exercise: Exercise, respondent: Respondent, oracle: Oracle) -> Verdict:
    """Judge an answer; the first thing that is wrong decides."""
    began = time.perf_counter()
    arguments, findings = _first_wrong(exercise, respondent, oracle)
    mistake = oracle.mistake(arguments) if findings else None
    return Verdict(
        exercise.name,
        not findings,
        0.0 if findings else float(exercise.points),
        float(exercise.points),
        tuple(findings),
        mistake,
        time.perf_counter() - began,
    )


def _first_wrong(
    exercise: Exercise, respondent: Respondent, oracle: Oracle
) -> tuple[Arguments, list[Finding]]:
    """Return the first arguments that something is wrong with, and what it is."""
    cases, outcomes = oracle.cases, []
    findings = oracle.before()
    if findings:
        return cases[0], findings
    for number, arguments in enumerate(cases):
        outcome = respondent.ask(exercise, arguments)
        findings = oracle.values(number, outcome)
        if findings:
            return arguments, with_case(exercise, arguments, findings)
        outcomes.append(outcome)
    for arguments, outcome in zip(cases, outcomes, strict=True):
        other = _other_upstream(exercise, arguments, oracle.rng)
        louder, findings = oracle.linear(arguments, outcome, other) if other else ({}, [])
        if findings:
            return louder, with_case(exercise, louder, findings)
    for arguments, outcome in zip(cases, outcomes, strict=True):
        narrow = as_float32(arguments)
        findings = [
            oracle.in_float32(finding) for finding in _wrong_in_float32(exercise, respondent, narrow, outcome)
        ]
        if findings:
            return narrow, findings
    return cases[0], []


def _other_upstream(exercise: Exercise, arguments: Arguments, rng: np.random.Generator) -> Arguments:
    """Draw upstream gradients like those of a case; {} where there are none."""
    names = exercise.gradients.upstream.values() if exercise.gradients is not None else ()
    return {name: rng.standard_normal(np.shape(arguments[name])) for name in names}


def _wrong_in_float32(
    exercise: Exercise, respondent: Respondent, narrow: Arguments, outcome: Outcome
) -> list[Finding]:
    """Hold an answer in float32 against what it answered in float64, which was right."""
    if exercise.tolerance_float32 is None:
        return []
    assert outcome.outputs is not None
    expected = tuple(
        np.asarray(value, dtype=np.float32 if Spec.parse(text).kind == "float" else None)
        for value, text in zip(outcome.outputs, exercise.outputs.values(), strict=True)
    )
    answer = respondent.ask(exercise, narrow)
    return find(exercise, narrow, expected, answer, tolerance=exercise.tolerance_float32)
