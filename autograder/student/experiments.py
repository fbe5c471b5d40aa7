"""Experiments that need no reference: of which parts of its arguments a wrong output does not depend."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise, Spec
from autograder.judge.naming import thing_of

SECONDS = 0.5  # of computing, for all of them: a check answers at once
_LONGEST_AXIS = 7
_DRAWS = 5


def one_sided(
    exercise: Exercise, respondent: Respondent, arguments: Arguments, wrong: dict[str, np.ndarray]
) -> dict[str, str]:
    """Say which of the outputs depend on one end of an axis of an argument alone, its last channel say.

    That happens where a sum over the axis is written over again and again, or is never taken.

    Args:
        exercise: what was asked.
        respondent: who answered.
        arguments: of the case.
        wrong: what came, of the outputs that are looked at.

    Returns:
        A sentence for each output of which that is so.
    """
    rng = np.random.default_rng(0)
    began = time.process_time()
    seconds = SECONDS if exercise.gradients is not None else SECONDS / 4
    said: dict[str, str] = {}
    for name, value, axis, symbol in _axes(exercise, arguments):
        without_effect: dict[str, list[int]] = {output: [] for output in wrong}
        size = value.shape[axis]
        for index in (0, size - 1, *range(1, size - 1)):
            if index not in {0, size - 1} and not any(without_effect.values()):
                break  # both ends count
            if time.process_time() - began > seconds:
                return said
            changed = value.copy()
            place = (slice(None),) * axis + (index,)
            changed[place] = rng.standard_normal(value.shape[:axis] + value.shape[axis + 1 :])
            answer = exercise.named(respondent.call(exercise, arguments | {name: changed}))
            for output, own in wrong.items():
                if output in answer and np.array_equal(own, np.asarray(answer[output]), equal_nan=True):
                    without_effect[output].append(index)
        every = list(range(size))
        for output, indices in without_effect.items():
            end = {tuple(every[:-1]): "last", tuple(every[1:]): "first"}.get(tuple(sorted(indices)))
            if end is None or output in said:
                continue
            answers = partial(_answer, exercise, respondent, arguments, name, output)
            others = np.array(sorted(indices))
            if _is_without_effect(answers, value, axis, others, wrong[output]):
                said[output] = (
                    f"It depends on the {end} {thing_of(symbol)} of {name} alone. Are all read, and "
                    "added up, or is one written over the other?"
                )
    return said


def without_effect(
    exercise: Exercise, respondent: Respondent, arguments: Arguments, own: np.ndarray
) -> str | None:
    """Return an argument that an exercise's one output does not depend on; None if there is none.

    Args:
        exercise, respondent, arguments: as in ``one_sided``.
        own: what came.
    """
    (output,) = exercise.outputs
    for name, value in arguments.items():
        if name in exercise.arguments and isinstance(value, np.ndarray) and value.dtype.kind == "f":
            answers = partial(_answer, exercise, respondent, arguments, name, output)
            if value.ndim and _is_without_effect(answers, value, 0, np.arange(len(value)), own):
                return name
    return None


def _answer(
    exercise: Exercise,
    respondent: Respondent,
    arguments: Arguments,
    name: str,
    output: str,
    changed: np.ndarray,
) -> Any:
    """Return an output after an argument is changed; None if there is none."""
    return exercise.named(respondent.call(exercise, arguments | {name: changed})).get(output)


def _is_without_effect(
    answers: Callable[[np.ndarray], Any], value: np.ndarray, axis: int, indices: np.ndarray, own: np.ndarray
) -> bool:
    """Tell whether an output stays as it is, whatever stands at some indices of an argument.

    One draw is not enough: which of a few numbers is the largest may stay as it is by chance.
    """
    rng = np.random.default_rng(1)
    place = (slice(None),) * axis + (indices,)
    for _ in range(_DRAWS):
        changed = value.copy()
        changed[place] = 3 * rng.standard_normal(changed[place].shape)
        answer = answers(changed)
        if answer is None or not np.array_equal(own, np.asarray(answer), equal_nan=True):
            return False
    return True


def _axes(exercise: Exercise, arguments: Arguments) -> Iterator[tuple[str, np.ndarray, int, str]]:
    """Yield the axes of the arguments that are arrays of floats, of upstream gradients first."""
    for name, text in reversed(exercise.arguments.items()):
        value, spec = arguments.get(name), Spec.parse(text)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim == len(spec.axes):
            for axis, symbol in enumerate(spec.axes):
                if 2 <= value.shape[axis] <= _LONGEST_AXIS:
                    yield name, value, axis, symbol
