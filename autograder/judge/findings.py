"""From an outcome to findings: plain things first, then the numbers."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge import plain
from autograder.judge.case import Case, sizes_of
from autograder.judge.diagnosis import diagnose
from autograder.judge.naming import case_of, listing
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind

_MOST_EXCHANGED = 6


def find(
    exercise: Exercise,
    arguments: Arguments,
    expected: tuple[Any, ...],
    outcome: Outcome,
    *,
    tolerance: float | Mapping[str, float],
) -> list[Finding]:
    """Return what is wrong with the outcome of one case, the most telling first; nothing if it is right.

    Args:
        exercise: what was asked.
        arguments: of the case.
        expected: the outputs that are right, in their order.
        outcome: what came of it.
        tolerance: the relative error that is right, for all outputs or for each by name.
    """
    return with_case(exercise, arguments, _find(Case(exercise, arguments, expected, outcome, tolerance)))


def with_case(exercise: Exercise, arguments: Arguments, findings: list[Finding]) -> list[Finding]:
    """Add to findings the sizes that they came up with, where they matter and are not there."""
    case = case_of(sizes_of(exercise, arguments))
    return [
        finding
        if finding.case or finding.kind == Kind.NOT_WRITTEN
        else dataclasses.replace(finding, case=case)
        for finding in findings
    ]


def _find(case: Case) -> list[Finding]:
    if case.outcome.failure is not None:
        return [case.outcome.failure]
    for look in (
        plain.count,
        plain.types,
        plain.dtypes,
        plain.shapes,
        plain.not_finite,
        plain.changed,
        plain.not_repeatable,
    ):
        findings = list(look(case))
        if findings:
            return findings
    wrong = [name for name, _, actual in case.values() if not case.is_right(name, actual)]
    if not wrong:
        return []
    exchanged = _exchanged(case, wrong)
    if exchanged is not None:
        return [exchanged]
    findings = [_diagnose(case, name) for name in wrong]
    shared = [finding for finding in plain.aliased(case) if finding.argument in wrong]
    # That memory is shared comes first, mere wrong numbers last.
    return most_telling_first([*shared, *findings], {Kind.ALIASED: -1, Kind.VALUE: 1})


def _diagnose(case: Case, name: str) -> Finding:
    expected, actual = case.expected[name], case.actual[name]
    if expected.dtype.kind == "f":
        # Where infinity belongs, it came: plain things are right.
        usual = np.isfinite(expected)
        expected, actual = np.where(usual, expected, 0), np.where(usual, actual, 0)
    return diagnose(expected, actual, name=name, **case.evidence(name))


def most_telling_first(findings: list[Finding], ranks: Mapping[Kind, int]) -> list[Finding]:
    """Sort findings by the rank of their kind, which is 0 by default; equal ones stay in their order."""
    return sorted(findings, key=lambda finding: ranks.get(finding.kind, 0))


def _exchanged(case: Case, wrong: list[str]) -> Finding | None:
    """Return a finding if wrong outputs are each other's numbers."""
    if not 1 < len(wrong) <= _MOST_EXCHANGED:
        return None
    actual = case.actual
    holds = {
        name: other
        for name in wrong
        for other in wrong
        if other != name
        and actual[name].shape == case.expected[other].shape
        and case.is_right(other, actual[name])
    }
    if len(holds) != len(wrong) or sorted(holds.values()) != sorted(wrong):
        return None
    came = listing(holds.get(name, name) for name in case.names)
    return Finding(
        Kind.ORDER,
        wrong[0],
        f"the outputs are in another order: their numbers say that you return {came}; expected is "
        f"{listing(case.names)}.",
    )
