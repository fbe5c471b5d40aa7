"""Which catalogued mistakes an answer makes: those that give the same numbers on the public inputs."""

from functools import cache
from typing import Any

from autograder.asking.respondent import InProcess, Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import wrong_outputs
from autograder.student.fingerprints import Look, look_at, recognise
from autograder.student.public import public_cases, shipped_mistakes


def made_mistakes(exercise: Exercise, respondent: Respondent, reference: InProcess) -> dict[str, str]:
    """Return for each wrong output the sentence of the mistake that gives the same numbers, if one does.

    The fingerprints are those that the student's side knows, so the public inputs are tried too. A wrong
    answer that is equal on the failing case only would not be enough: two mistakes may differ elsewhere.

    Args:
        exercise: what was asked; one that is not in the registry has no mistakes.
        respondent: who answers.
        reference: who answers right.
    """
    if all_exercises().get(exercise.name) is not exercise or exercise.name not in shipped_mistakes():
        return {}
    looks, wrong = [], []
    for number, (arguments, expected) in enumerate(_answered(exercise.name, reference)):
        outcome = respondent.ask(exercise, arguments)
        looks.append(look_at(exercise, outcome, number))
        wrong.append(wrong_outputs(exercise, arguments, expected, outcome, tolerance=exercise.tolerance))
    return recognise(shipped_mistakes()[exercise.name], looks, wrong)


@cache
def _answered(name: str, reference: InProcess) -> list[tuple[Arguments, tuple[Any, ...]]]:
    """Return the public inputs of an exercise, which stay as they are, with the right outputs."""
    exercise, answered = all_exercises()[name], []
    for arguments in public_cases(exercise):
        outputs = reference.call(exercise, arguments)
        assert outputs is not None
        answered.append((arguments, outputs))
    return answered


def looks_of(exercise: Exercise, respondent: Respondent, cases: list[Arguments]) -> list[Look]:
    """Return how an answer looks in some cases."""
    return [
        look_at(exercise, respondent.ask(exercise, arguments), number)
        for number, arguments in enumerate(cases)
    ]
