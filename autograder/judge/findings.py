"""From an outcome to findings: plain things first, then the numbers."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograder.exercises.exercise import INFINITE, Arguments, Exercise
from autograder.judge import plain
from autograder.judge.case import Case, settings_of, sizes_of
from autograder.judge.diagnosis import diagnose
from autograder.judge.naming import case_of, listing
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind

_MOST_EXCHANGED = 6

# From a case and the name of an output whose numbers are wrong to a finding.
Diagnosis = Callable[[Case, str], Finding]


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
    case = Case(exercise, arguments, expected, outcome, tolerance)
    return with_case(exercise, arguments, _find(case, _diagnose))


def wrong_outputs(
    exercise: Exercise,
    arguments: Arguments,
    expected: tuple[Any, ...],
    outcome: Outcome,
    *,
    tolerance: float | Mapping[str, float],
) -> set[str]:
    """Return the outputs that ``find`` has findings of, other than of manners.

    To diagnose an output takes some hundred times as long as to see that it is wrong.

    Args:
        exercise, arguments, expected, outcome, tolerance: as in ``find``.
    """
    case = Case(exercise, arguments, expected, outcome, tolerance)
    return {finding.argument for finding in _find(case, _undiagnosed) if not finding.is_contract}


def with_case(exercise: Exercise, arguments: Arguments, findings: list[Finding]) -> list[Finding]:
    """Add to findings the sizes that they came up with, where they matter and are not there."""
    if not findings:
        return []
    case = case_of(sizes_of(exercise, arguments) | settings_of(arguments))
    return [
        finding
        if finding.case or finding.kind == Kind.NOT_WRITTEN
        else dataclasses.replace(finding, case=case)
        for finding in findings
    ]


def _find(case: Case, diagnosis: Diagnosis) -> list[Finding]:
    if case.outcome.failure is not None:
        return [case.outcome.failure]
    for look in (plain.count, plain.types):
        findings = list(look(case))
        if findings:
            return findings
    types = list(plain.dtypes(case))
    if not all(finding.is_contract for finding in types):
        return types  # nothing that numbers can be compared with
    numbers = _wrong_numbers(case, diagnosis)
    if numbers and any(case.actual[finding.argument].dtype.kind in "iub" for finding in types):
        return [dataclasses.replace(finding, is_contract=False) for finding in types]  # cut off at the point
    # Numbers first, then manners: a student who changes an input wants to know whether the rest is right.
    return [*numbers, *types, *plain.changed(case), *plain.ruled_out(case)]


def _wrong_numbers(case: Case, diagnosis: Diagnosis) -> list[Finding]:
    for look in (plain.shapes, plain.not_finite, plain.not_repeatable):
        findings = list(look(case))
        if findings:
            return findings
    wrong = case.wrong()
    if not wrong:
        return []
    exchanged = _exchanged(case, wrong)
    if exchanged is not None:
        return [exchanged]
    # Where infinity belongs comes before the numbers beside it.
    findings = [diagnosis(case, name) for name in sorted(wrong, key=lambda name: name != INFINITE)]
    shared = [finding for finding in plain.aliased(case) if finding.argument in wrong]
    # That memory is shared comes first, mere wrong numbers last.
    return most_telling_first([*shared, *findings], {Kind.ALIASED: -1, Kind.VALUE: 1})


def _diagnose(case: Case, name: str) -> Finding:
    expected, actual = case.expected[name], case.actual[name]
    if expected.dtype != actual.dtype and expected.dtype.kind in "fiub":
        actual = actual.astype(expected.dtype)
    if expected.dtype.kind == "f":
        # Where infinity belongs, it came: plain things are right.
        usual = np.isfinite(expected)
        expected, actual = np.where(usual, expected, 0), np.where(usual, actual, 0)
    finding = diagnose(expected, actual, name=name, **case.evidence(name))
    return dataclasses.replace(finding, case="")  # the settings belong to it, too


def _undiagnosed(_: Case, name: str) -> Finding:
    return Finding(Kind.VALUE, name, "")


def same_together(findings: Iterable[Finding]) -> list[Finding]:
    """Let findings that say the same of several outputs, or inputs, be one that names the others."""
    together: dict[tuple[Kind, str], Finding] = {}
    for finding in findings:
        key = (finding.kind, _said(finding))
        first = together.get(key)
        if first is None:
            together[key] = finding
        elif finding.argument not in {first.argument, *first.also}:
            together[key] = dataclasses.replace(first, also=(*first.also, finding.argument))
    return [_naming_others(finding) for finding in together.values()]


def _said(finding: Finding) -> str:
    """Return what a finding says, whatever output it is about, and without its numbers."""
    if not finding.argument:
        return finding.sentence
    words, _, hint = finding.sentence.partition("; at [")
    said = f"{words} {hint.partition('. ')[2]}"
    return re.sub(r"[\d(), ]+", " ", re.sub(rf"\b{re.escape(finding.argument)}\b", "it", said))


def _naming_others(finding: Finding) -> Finding:
    if not finding.also:
        return finding
    return dataclasses.replace(
        finding, sentence=f"{finding.sentence} The same goes for {listing(finding.also)}."
    )


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
