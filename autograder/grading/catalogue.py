"""Which catalogued mistakes an answer makes: those that give the same numbers on the public inputs."""

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import find
from autograder.student.fingerprints import Look, look_at, recognise
from autograder.student.public import public_cases, shipped_mistakes


def made_mistakes(exercise: Exercise, respondent: Respondent, reference: Respondent) -> dict[str, str]:
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
    for number, arguments in enumerate(public_cases(exercise)):
        outcome = respondent.ask(exercise, arguments)
        expected = reference.ask(exercise, arguments).outputs
        assert expected is not None
        findings = find(exercise, arguments, expected, outcome, tolerance=exercise.tolerance)
        looks.append(look_at(exercise, outcome, number))
        wrong.append({finding.argument for finding in findings if not finding.is_contract})
    return recognise(shipped_mistakes()[exercise.name], looks, wrong)


def looks_of(exercise: Exercise, respondent: Respondent, cases: list[Arguments]) -> list[Look]:
    """Return how an answer looks in some cases."""
    return [
        look_at(exercise, respondent.ask(exercise, arguments), number)
        for number, arguments in enumerate(cases)
    ]
