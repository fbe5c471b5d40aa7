"""The student's side of judging: no reference, but public values and the student's own forward function."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.asking.cost import find_in_large, limit, too_dear
from autograder.asking.examiner import LOUDER, examine
from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.large import large_case
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import find, wrong_outputs
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.differences import Differences, Slopes, disagreeing
from autograder.student.experiments import one_sided, without_effect
from autograder.student.fingerprints import look_at, recognise
from autograder.student.public import Inputs, generator, public_inputs, shipped_mistakes

LINEARITY = 1e-8
# What the numbers of an output show no cause of, or not of which step.
_UNEXPLAINED = {Kind.VALUE, Kind.NOT_CARRIED}


def judge(
    exercise: Exercise, respondent: Respondent, inputs_of: Callable[[Exercise], Inputs] = public_inputs
) -> Verdict:
    """Judge an answer without the reference.

    Args:
        exercise: what was asked.
        respondent: who answers.
        inputs_of: what to try an exercise on.

    Raises:
        InputError: as ``public_inputs``.
    """
    return examine(exercise, respondent, PublicOracle(exercise, respondent, inputs_of))


class PublicOracle:
    """Knows the shipped values, and measures gradients at the student's own forward function."""

    def __init__(
        self, exercise: Exercise, respondent: Respondent, inputs_of: Callable[[Exercise], Inputs]
    ) -> None:
        self._exercise = exercise
        self._respondent = respondent
        self._inputs_of = inputs_of
        self._inputs = inputs_of(exercise)
        self.cases = self._inputs.cases[: len(exercise.sizes)]
        self.varied = self._inputs.cases[len(exercise.sizes) :]
        self.rng = generator(exercise, self._inputs.seed, 1 + len(self.cases))
        self._measured: dict[int, Slopes] = {}

    def before(self) -> list[Finding]:
        """Say so if the forward function is wrong: the gradient of something else is of no use."""
        gradients = self._exercise.gradients
        if gradients is None or gradients.of == self._exercise.name:
            return []
        forward = all_exercises()[gradients.of]
        inputs = self._inputs_of(forward)
        graded = len(forward.sizes)
        for arguments, values in zip(inputs.cases[:graded], inputs.expected, strict=False):
            findings = _find(forward, arguments, values, self._respondent.ask(forward, arguments))
            for finding in [finding for finding in findings if not finding.is_contract][:1]:
                sentence = (
                    f"{self._exercise.name} is held against the numeric gradient of your "
                    f"{forward.name}, and that is not right yet; check({forward.name}) first. "
                    f"{finding.sentence}"
                )
                return [Finding(finding.kind, forward.name, sentence)]
        return []

    def values(self, number: int, outcome: Outcome) -> list[Finding]:
        return self._tried_again(self.cases[number], outcome, self._found(number, outcome))

    def _tried_again(self, arguments: Arguments, outcome: Outcome, findings: list[Finding]) -> list[Finding]:
        """Say more of outputs that are wrong, and for no reason that their numbers show."""
        silent = {finding.argument for finding in findings if finding.kind in _UNEXPLAINED}
        if self._exercise.gradients is not None:
            silent &= set(self._exercise.gradients.wrt)
        own = self._exercise.named(outcome.outputs)
        wrong = {
            name: own[name]
            for name in silent
            if isinstance(own.get(name), np.ndarray) and own[name].dtype.kind == "f"
        }
        if not wrong:
            return findings
        said = one_sided(self._exercise, self._respondent, arguments, wrong)
        if self._exercise.gradients is None and len(self._exercise.outputs) == 1 and not said:
            ((name, values),) = wrong.items()
            other = without_effect(self._exercise, self._respondent, arguments, values)
            said = {name: f"It does not depend on {other}: is it left out?"} if other else {}
        return [
            replace(
                finding,
                kind=Kind.MISSING_TERM,
                sentence=f"{_without_guess(finding)} {said[finding.argument]}",
                guess="",
            )
            if finding.argument in said and finding.kind in _UNEXPLAINED
            else finding
            for finding in findings
        ]

    def _found(self, number: int, outcome: Outcome) -> list[Finding]:
        arguments, values = self.cases[number], self._inputs.expected[number]
        findings = _find(self._exercise, arguments, values, outcome)
        numbers = [finding for finding in findings if not finding.is_contract]
        if self._exercise.gradients is None or not _has_gradients(self._exercise, numbers):
            return findings
        # Of points where no difference is a gradient nothing needs to be said if others are wrong already.
        wrong = self._differences(number).findings(arguments, values, outcome, number)
        wrong = self._independent(arguments, outcome, wrong)
        contract = [finding for finding in findings if finding.is_contract]
        return [*([finding for finding in wrong if not finding.is_contract] or numbers), *contract]

    def _independent(self, arguments: Arguments, outcome: Outcome, findings: list[Finding]) -> list[Finding]:
        """Say of wrong gradients that they do not depend on the upstream gradient, where that is so."""
        assert self._exercise.gradients is not None
        upstream = list(self._exercise.gradients.upstream.values())
        if not findings or len(upstream) != 1:
            return findings
        other = {upstream[0]: self.rng.standard_normal(np.shape(arguments[upstream[0]]))}
        again = self._exercise.named(self._respondent.call(self._exercise, arguments | other))
        own = self._exercise.named(outcome.outputs)
        same = {
            name
            for name in set(own) & set(again)
            if isinstance(own[name], np.ndarray)
            and np.array_equal(own[name], again[name], equal_nan=True)
            and own[name].any()
        }
        words = f"does not depend on {upstream[0]}: is it left out?"
        return [
            replace(finding, kind=Kind.MISSING_TERM, sentence=f"{finding.sentence} It {words}")
            if finding.argument in same and not finding.is_contract
            else finding
            for finding in findings
        ]

    def wrong(self, number: int, outcome: Outcome) -> set[str]:
        arguments, values = self._inputs.cases[number], self._inputs.expected[number]
        expected = _expected(self._exercise, arguments, values, outcome)
        names = wrong_outputs(
            self._exercise, arguments, expected, outcome, tolerance=self._exercise.tolerance
        )
        if self._exercise.gradients is None or "" in names:
            return names
        return names | set(disagreeing(self._slopes(number), self._exercise.named(outcome.outputs)))

    def _slopes(self, number: int) -> Slopes:
        """Return the slopes of a case, which are measured once."""
        if number not in self._measured:
            self._measured[number] = self._differences(number).slopes(self._inputs.cases[number])
        return self._measured[number]

    def _differences(self, number: int) -> Differences:
        assert self._exercise.gradients is not None
        rng = generator(self._exercise, self._inputs.seed, 1 + number)
        return Differences(self._exercise, self._exercise.gradients, self._respondent, rng)

    def linear(
        self, arguments: Arguments, outcome: Outcome, other: Arguments
    ) -> tuple[Arguments, list[Finding]]:
        """Hold gradients to being linear in the upstream gradient: g(u + 100 v) = g(u) + 100 g(v)."""
        both = {name: arguments[name] + LOUDER * value for name, value in other.items()}
        outputs = [self._exercise.named(outcome.outputs)]
        for upstream in (other, both):
            loud = self._respondent.ask(self._exercise, arguments | upstream)
            if loud.failure is not None:
                return arguments, [loud.failure]
            outputs.append(self._exercise.named(loud.outputs))
        return arguments, self._not_linear(" and ".join(other), *outputs)

    def _not_linear(
        self, upstream: str, own: dict[str, Any], of_other: dict[str, Any], of_both: dict[str, Any]
    ) -> list[Finding]:
        assert self._exercise.gradients is not None
        for name in self._exercise.gradients.wrt:
            u, v, both = (np.asarray(outputs.get(name)) for outputs in (own, of_other, of_both))
            if u.shape == v.shape == both.shape and "O" not in {v.dtype.kind, both.dtype.kind}:
                expected = u + LOUDER * v
                scale = float(np.abs(expected).max(initial=0.0))
                error = float(np.abs(both - expected).max(initial=0.0))
            else:
                scale, error = 1.0, np.inf
            if not error <= LINEARITY * scale:
                return [
                    Finding(
                        Kind.NOT_LINEAR,
                        name,
                        f"{name} is not linear in {upstream}: for u + {LOUDER} v it must be what it is "
                        f"for u, plus {LOUDER} times what it is for v. Is a product with {upstream} "
                        "missing, or made twice? Is something cut off, or added that does not depend on it?",
                        numbers={"error": error / scale if scale else error},
                    )
                ]
        return []

    def cost(self) -> list[Finding]:
        rng = generator(self._exercise, self._inputs.seed, 2 + len(self.cases))
        arguments = large_case(self._exercise, rng)
        if arguments is None:
            return []
        within = limit()
        look = partial(
            find_in_large, self._exercise, arguments, self._respondent, expected=None, within=within
        )
        try:
            return call_within(2 * within, look)
        except OutOfTime:
            return [too_dear(self._exercise, arguments)]

    def in_float32(self, finding: Finding) -> Finding:
        return finding

    def mistakes(self, outcomes: list[Outcome], wrong: list[set[str]]) -> dict[str, str]:
        looks = [look_at(self._exercise, outcome, number) for number, outcome in enumerate(outcomes)]
        return recognise(shipped_mistakes().get(self._exercise.name, []), looks, wrong)


def _without_guess(finding: Finding) -> str:
    return finding.sentence.removesuffix(finding.guess).rstrip()


def _find(
    exercise: Exercise, arguments: Arguments, values: Mapping[str, np.ndarray], outcome: Outcome
) -> list[Finding]:
    """Compare with the values that are known; of a gradient see only that it can be one."""
    expected = _expected(exercise, arguments, values, outcome)
    return find(exercise, arguments, expected, outcome, tolerance=exercise.tolerance)


def _expected(
    exercise: Exercise, arguments: Arguments, values: Mapping[str, np.ndarray], outcome: Outcome
) -> tuple[np.ndarray, ...]:
    """Return the values that are known, and for a gradient what it is compared with at first."""
    own = exercise.named(outcome.outputs)
    wrt = exercise.gradients.wrt if exercise.gradients is not None else {}
    return tuple(
        values[name] if name in values else _stand_in(np.asarray(arguments[wrt[name]]), own.get(name))
        for name in exercise.outputs
    )


def _stand_in(argument: np.ndarray, actual: Any) -> np.ndarray:
    """Return what a gradient is compared with before its numbers are looked at: itself, if it can be one."""
    possible = (
        isinstance(actual, np.ndarray)
        and actual.shape == argument.shape
        and actual.dtype.kind in "fiub"
        and bool(np.isfinite(actual).all())
    )
    return actual.astype(argument.dtype) if possible else np.zeros_like(argument)


def _has_gradients(exercise: Exercise, findings: list[Finding]) -> bool:
    """Tell whether gradients can be measured in spite of findings: the function that they are of is right."""
    assert exercise.gradients is not None
    names = {finding.argument for finding in findings}
    return not names or (
        exercise.gradients.of != exercise.name
        and names <= set(exercise.outputs) - set(exercise.gradients.wrt)
    )
