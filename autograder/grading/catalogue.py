"""Which catalogued mistakes an answer makes: those that answer the same numbers."""

from functools import cache

import numpy as np

from autograder.asking.respondent import InProcess, Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.findings import find
from autograder.judge.outcome import Outcome
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from autograder.student.fingerprints import Entry, Look, are_alike, entry_of, look_at, recognise


def made_mistakes(exercise: Exercise, respondent: Respondent, reference: InProcess) -> dict[str, str]:
    """Return for each wrong output the sentence of the mistake that gives the same numbers, if one does.

    Answers are compared on some fixed cases. What the mistakes answer there does not depend on the student,
    and is computed once.

    Args:
        exercise: what was asked; one that is not in the registry has no mistakes.
        respondent: who answers.
        reference: who answers right.
    """
    if all_exercises().get(exercise.name) is not exercise:
        return {}
    looks, wrong = [], []
    for number, arguments in enumerate(_fixed_cases(exercise)):
        outcome = respondent.ask(exercise, arguments)
        looks.append(look_at(exercise, outcome, number))
        wrong.append(_wrong(exercise, arguments, outcome, reference))
    return recognise(_entries(exercise.name, reference), looks, wrong)


def sentence_of(mistake: Mistake, reference: InProcess) -> str:
    """Return what is said of a mistake: of several that give the same numbers the first one's sentence."""
    return _known(mistake.exercise, reference)[1].get(mistake.name, mistake.sentence)


def _fixed_cases(exercise: Exercise) -> list[Arguments]:
    return exercise.cases(np.random.default_rng(0))


def _wrong(exercise: Exercise, arguments: Arguments, outcome: Outcome, reference: Respondent) -> set[str]:
    expected = reference.ask(exercise, arguments).outputs
    assert expected is not None
    findings = find(exercise, arguments, expected, outcome, tolerance=exercise.tolerance)
    return {finding.argument for finding in findings if not finding.is_contract}


def _entries(name: str, reference: InProcess) -> list[Entry]:
    return _known(name, reference)[0]


@cache
def _known(name: str, reference: InProcess) -> tuple[list[Entry], dict[str, str]]:
    """Return how the mistakes of an exercise look, if their arithmetic tells, and what is said of each."""
    exercise = all_exercises()[name]
    right = looks_of(exercise, reference)
    entries: list[Entry] = []
    sentences = {}
    for mistake in all_mistakes():
        cases = None
        if mistake.exercise == name:
            cases = entry_of(
                looks_of(exercise, InProcess(mistake.layers())), right, fine_print=exercise.fine_print
            )
        if cases is None:
            continue
        same = next((entry for entry in entries if are_alike(cases, entry["cases"])), None)
        if same is None:
            same = {"name": mistake.name, "sentence": mistake.sentence, "cases": cases}
            entries.append(same)
        sentences[mistake.name] = same["sentence"]
    return entries, sentences


def looks_of(exercise: Exercise, respondent: Respondent, cases: list[Arguments] | None = None) -> list[Look]:
    """Return how an answer looks in the fixed cases, or in others."""
    return [
        look_at(exercise, respondent.ask(exercise, arguments), number)
        for number, arguments in enumerate(_fixed_cases(exercise) if cases is None else cases)
    ]
