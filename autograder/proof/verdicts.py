"""What is said of every answer that we have: of the reference, of two empty stubs and of all mistakes.

``python -m autograder.proof --verdicts FILE`` writes it as JSON. Two such files, made before and after a
change of the autograder, show what it does to verdicts. Answers that are random by themselves differ anyway.
"""

from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import grade
from autograder.judge.render import as_json
from autograder.judge.verdict import Verdict
from autograder.mistakes.registry import all_mistakes
from autograder.proof.false_alarms import fresh_inputs
from autograder.student import oracle, public
from autograder.student.public import Inputs
from captioning.layers import reference

SEED = 1


def stubbed(name: str, *, returns_none: bool) -> SimpleNamespace:
    """Return the reference layers with one exercise not written: it raises, or returns None."""
    top, _, method = name.partition(".")

    def stub(*arguments: Any, **options: Any) -> None:
        if not returns_none:
            raise NotImplementedError(f"{name} is yours to write")

    layers = SimpleNamespace(**vars(reference()))
    original = getattr(layers, top)
    setattr(layers, top, type(top, (original,), {method: stub}) if method else stub)
    return layers


def as_float64(exercise: Exercise, layers: Any) -> Any:
    """Return layers of which a function gives float64 whatever it gets, as with ``np.zeros`` in it."""
    if "." in exercise.name:
        return layers
    answer = getattr(layers, exercise.name)

    def widened(*arguments: Any, **options: Any) -> Any:
        returned = answer(*arguments, **options)
        if not isinstance(returned, tuple):
            return _widened(returned)
        return tuple(
            value if exercise.has_cache and k == len(returned) - 1 else _widened(value)
            for k, value in enumerate(returned)
        )

    return SimpleNamespace(**vars(layers) | {exercise.name: widened})


def _widened(value: Any) -> Any:
    is_narrow = isinstance(value, np.ndarray) and value.dtype == np.float32
    return value.astype(np.float64) if is_narrow else value


@cache
def _public_inputs(exercise_name: str) -> Inputs:
    """Return the public inputs with what the reference answers now, whatever was shipped."""
    return fresh_inputs(all_exercises()[exercise_name], public.SEED)


def by_student(exercise: Exercise, layers: Any) -> Verdict:
    """Judge as the student's side does."""
    return oracle.judge(exercise, InProcess(layers), lambda asked: _public_inputs(asked.name))


def by_grader(exercise: Exercise, layers: Any, seed: int = SEED) -> Verdict:
    """Judge as the grader does."""
    return grade(exercise, InProcess(layers), seed)


def verdicts(exercise: Exercise) -> dict[str, Any]:
    """Return what both sides say of each answer, ready for JSON: keys such as ``relu_forward|reference``."""
    return {
        f"{exercise.name}|{answer}": {
            "grader": _as_json(by_grader(exercise, layers)),
            "student": _as_json(by_student(exercise, layers)),
        }
        for answer, layers in _answers(exercise.name)
    }


def _answers(name: str) -> Iterator[tuple[str, Any]]:
    yield "reference", reference()
    yield "stub that raises", stubbed(name, returns_none=False)
    yield "stub that returns None", stubbed(name, returns_none=True)
    for mistake in all_mistakes():
        if mistake.exercise == name:
            yield f"mistake: {mistake.name}", mistake.layers()


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {key: value for key, value in as_json(verdict).items() if key != "seconds"}
