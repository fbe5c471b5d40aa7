"""Experiments that need no reference: of which parts of its arguments a wrong output does not depend."""

import time
from collections.abc import Iterator

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise, Spec
from autograder.judge.naming import thing_of

SECONDS = 0.5  # for all of them: a check answers at once
_LONGEST_AXIS = 7


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
    began = time.monotonic()
    said: dict[str, str] = {}
    for name, value, axis, symbol in _axes(exercise, arguments):
        without_effect: dict[str, list[int]] = {output: [] for output in wrong}
        size = value.shape[axis]
        for index in (0, size - 1, *range(1, size - 1)):
            if index not in {0, size - 1} and not any(without_effect.values()):
                break  # both ends count
            if time.monotonic() - began > SECONDS:
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
            if end is not None and output not in said:
                said[output] = (
                    f"It depends on the {end} {thing_of(symbol)} of {name} alone. Are all added up, or is "
                    "one written over the other?"
                )
    return said


def _axes(exercise: Exercise, arguments: Arguments) -> Iterator[tuple[str, np.ndarray, int, str]]:
    """Yield the axes of the arguments that are arrays of floats, of upstream gradients first."""
    for name, text in reversed(exercise.arguments.items()):
        value, spec = arguments.get(name), Spec.parse(text)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim == len(spec.axes):
            for axis, symbol in enumerate(spec.axes):
                if 2 <= value.shape[axis] <= _LONGEST_AXIS:
                    yield name, value, axis, symbol
