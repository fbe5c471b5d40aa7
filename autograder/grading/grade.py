"""The grader's side: fresh inputs, held against the reference.

Here the reference may be asked, so errors may be near machine precision: a derivative by differences is off
by more than that, and two directions that happen to be right are not enough.
"""

import dataclasses
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.asking.answer import Answer, ask, call
from autograder.asking.probe import probe
from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.compare import relative_error
from autograder.judge.findings import find
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from autograder.student.fingerprints import as_float32
from captioning.layers import Reference

# The factor by which another upstream gradient is larger: what is cut off or squared then shows.
_LOUDER = 100.0
_SAME = 1e-9

Seed = int | Sequence[int]


def grade(exercise: Exercise, layers: Any, seed: Seed) -> Verdict:
    """Judge an answer on inputs drawn from a seed.

    Args:
        exercise: what was asked.
        layers: has every layer as an attribute, the student's among them.
        seed: of the inputs; equal seeds give equal verdicts, but for the time.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    began = time.perf_counter()
    arguments, findings = _examine(exercise, layers, seed)
    mistake = _made_mistake(exercise, layers, arguments) if findings and arguments is not None else None
    return Verdict(
        exercise.name,
        not findings,
        0.0 if findings else float(exercise.points),
        float(exercise.points),
        tuple(findings),
        mistake.sentence if mistake is not None else None,
        time.perf_counter() - began,
    )


def _examine(exercise: Exercise, layers: Any, seed: Seed) -> tuple[Arguments | None, list[Finding]]:
    """Return the first case that something is wrong with, and what it is."""
    rng = np.random.default_rng(seed)
    cases = exercise.cases(rng)
    for arguments in cases:
        findings = _compare(exercise, layers, arguments, exercise.tolerance)
        if findings:
            student, reference = partial(call, exercise, layers), partial(call, exercise, Reference())
            return arguments, probe(exercise, arguments, findings, student, reference)
    for arguments in cases:
        louder = _with_louder_upstream(exercise, arguments, rng)
        if louder is None:
            break
        findings = _compare(exercise, layers, louder, exercise.tolerance)
        if findings:
            return louder, [_not_linear(exercise, finding) for finding in findings]
    if exercise.tolerance_float32 is not None:
        for arguments in map(as_float32, cases):
            findings = _compare(exercise, layers, arguments, exercise.tolerance_float32)
            if findings:
                return arguments, [_in_float32(finding) for finding in findings]
    return None, []


def _compare(exercise: Exercise, layers: Any, arguments: Arguments, tolerance: float) -> list[Finding]:
    expected = _reference_outputs(exercise, arguments)
    return find(exercise, arguments, expected, ask(exercise, layers, arguments), tolerance=tolerance)


def _reference_outputs(exercise: Exercise, arguments: Arguments) -> tuple[Any, ...]:
    answer = ask(exercise, Reference(), arguments)
    if answer.failure is not None or answer.outputs is None:
        raise ValueError(f"the reference fails at {exercise.name}: {answer.failure}")
    return answer.outputs


def _with_louder_upstream(
    exercise: Exercise, arguments: Arguments, rng: np.random.Generator
) -> Arguments | None:
    """Return arguments with another, larger upstream gradient; None if there is none."""
    names = list(exercise.gradients.upstream.values()) if exercise.gradients is not None else []
    if not names:
        return None
    return arguments | {name: _LOUDER * rng.standard_normal(np.shape(arguments[name])) for name in names}


def _not_linear(exercise: Exercise, finding: Finding) -> Finding:
    """Say of numbers that were right before what it means that they are wrong for larger ones."""
    assert exercise.gradients is not None
    if finding.argument not in exercise.gradients.wrt:
        return finding
    upstream = " and ".join(exercise.gradients.upstream.values())
    sentence = (
        f"{finding.argument} is right for small {upstream}, and wrong when it is {_LOUDER:g} times as large: "
        f"a gradient is linear in the upstream gradient. Is something cut off or added? {finding.sentence}"
    )
    return dataclasses.replace(finding, kind=Kind.NOT_LINEAR, sentence=sentence)


def _in_float32(finding: Finding) -> Finding:
    """Say that the same was right in float64."""
    sentence = f"With float32 inputs: {finding.sentence}"
    if finding.kind != Kind.DTYPE:
        sentence += " In float64 it is right."
    return dataclasses.replace(finding, sentence=sentence)


def _made_mistake(exercise: Exercise, layers: Any, arguments: Arguments) -> Mistake | None:
    """Return the mistake in the catalogue that gives the same answers, None if there is none.

    A wrong answer that is equal on the failing case only is not enough: two mistakes may differ elsewhere.
    """
    cases = [arguments, *exercise.cases(np.random.default_rng(0))]
    answers = [ask(exercise, layers, case) for case in cases]
    for mistake in _mistakes_of(exercise.name):
        made = mistake.layers()
        if all(_same(answer, ask(exercise, made, case)) for answer, case in zip(answers, cases, strict=True)):
            return mistake
    return None


def _mistakes_of(name: str) -> list[Mistake]:
    return [mistake for mistake in all_mistakes() if mistake.exercise == name]


def _same(one: Answer, other: Answer) -> bool:
    """Tell whether two answers are the same in numbers and in manners."""
    if one.failure is not None or other.failure is not None:
        return (
            one.failure is not None
            and other.failure is not None
            and one.failure.kind == other.failure.kind
            and one.failure.numbers.get("exception") == other.failure.numbers.get("exception")
        )
    assert one.outputs is not None
    assert other.outputs is not None
    return (
        one.changed == other.changed
        and len(one.outputs) == len(other.outputs)
        and all(_equal(mine, theirs) for mine, theirs in zip(one.outputs, other.outputs, strict=True))
        and _repeats(one) == _repeats(other)
    )


def _repeats(answer: Answer) -> bool:
    assert answer.outputs is not None
    assert answer.again is not None
    return len(answer.outputs) == len(answer.again) and all(
        _equal(first, second) for first, second in zip(answer.outputs, answer.again, strict=True)
    )


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or not isinstance(one, np.ndarray | np.number | int | float | bool):
        return bool(one is other or (isinstance(one, str) and one == other))
    mine, theirs = np.asarray(one), np.asarray(other)
    if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
        return False
    if mine.dtype.kind != "f":
        return np.array_equal(mine, theirs)
    return relative_error(mine, theirs) <= (1e-4 if mine.dtype == np.float32 else _SAME)
