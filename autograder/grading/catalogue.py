"""Which catalogued mistake an answer makes: the one that answers the same, in numbers and in manners."""

from functools import cache
from typing import Any

import numpy as np

from autograder.asking.respondent import InProcess, Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.compare import relative_error
from autograder.judge.outcome import Outcome
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes

_SAME = {"float32": 1e-4}
_SAME_OTHERWISE = 1e-9


def made_mistake(exercise: Exercise, respondent: Respondent, arguments: Arguments) -> str | None:
    """Return the sentence of the mistake that gives the same answers, None if there is none.

    A wrong answer that is equal on the failing case only is not enough: two mistakes may differ elsewhere. So
    the answers to some fixed cases are compared first. What the mistakes answer there does not depend on the
    student, and is computed once.

    Args:
        exercise: what was asked; one that is not in the registry has no mistakes.
        respondent: who answers.
        arguments: of the failing case.
    """
    if all_exercises().get(exercise.name) is not exercise:
        return None
    own = [respondent.ask(exercise, case) for case in _fixed_cases(exercise)]
    failing = respondent.ask(exercise, arguments)
    for mistake in all_mistakes():
        if (
            mistake.exercise == exercise.name
            and all(map(_same, own, _fixed_outcomes(mistake)))
            and _same(failing, InProcess(mistake.layers()).ask(exercise, arguments))
        ):
            return mistake.sentence
    return None


def _fixed_cases(exercise: Exercise) -> list[Arguments]:
    return exercise.cases(np.random.default_rng(0))


@cache
def _fixed_outcomes(mistake: Mistake) -> list[Outcome]:
    exercise = all_exercises()[mistake.exercise]
    respondent = InProcess(mistake.layers())
    return [respondent.ask(exercise, case) for case in _fixed_cases(exercise)]


def _same(one: Outcome, other: Outcome) -> bool:
    """Tell whether two outcomes are the same in numbers and in manners."""
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
        and _all_equal(one.outputs, other.outputs)
        and _repeats(one) == _repeats(other)
    )


def _repeats(outcome: Outcome) -> bool:
    assert outcome.outputs is not None
    assert outcome.again is not None
    return _all_equal(outcome.outputs, outcome.again)


def _all_equal(some: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    return len(some) == len(others) and all(map(_equal, some, others))


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or not isinstance(one, np.ndarray | np.generic | int | float | str):
        return one is other
    mine, theirs = np.asarray(one), np.asarray(other)
    if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
        return False
    if mine.dtype.kind != "f":
        return np.array_equal(mine, theirs)
    return relative_error(mine, theirs) <= _SAME.get(str(mine.dtype), _SAME_OTHERWISE)
