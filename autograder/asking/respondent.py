"""The one seam around a student's code: two verbs, and nothing else calls a student's function."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from autograder.asking.crossing import crossing
from autograder.asking.failures import failure_of
from autograder.exercises.arguments import given
from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.outcome import Outcome


class Respondent(Protocol):
    """Answers exercises, in this process or in another.

    An exercise is known by its name on either side; arguments, outcomes and outputs are values that can cross
    (``autograder.asking.crossing``), never a function or an object that is alive.
    """

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        """Call the function twice with equal arguments, and tell what came of it; the arguments are kept."""
        ...

    def call(self, exercise: Exercise, arguments: Arguments) -> tuple[Any, ...] | None:
        """Call the function once; return its outputs, None if it raises. The arguments are kept."""
        ...


class InProcess:
    """Answers with functions of this process.

    NumPy's warnings are silenced: what overflows shows in the outputs.
    """

    def __init__(self, layers: Any) -> None:
        """Take a namespace that has every layer as an attribute, the student's among them."""
        self._layers = layers

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        first, second = given(arguments), given(arguments)
        prefix = ""
        overflows: list[str] = []
        try:
            with np.errstate(all="ignore", over="call", call=lambda kind, flag: overflows.append(kind)):
                returned = exercise.run(self._layers, first)
                outputs = tuple(map(crossing, returned))
                prefix = "the first call went well, the second with equal arguments did not: "
                again = tuple(map(crossing, exercise.run(self._layers, second)))
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's lines raise)
            return Outcome(None, None, failure=failure_of(exercise, error, prefix))
        return Outcome(
            outputs,
            again,
            tuple(name for name, value in arguments.items() if _differs(value, first[name])),
            tuple(
                (output, name)
                for output, value in zip(exercise.outputs, returned, strict=False)
                for name, argument in first.items()
                if _share_memory(value, argument)
            ),
            overflows=bool(overflows),
        )

    def call(self, exercise: Exercise, arguments: Arguments) -> tuple[Any, ...] | None:
        try:
            with np.errstate(all="ignore"):
                return tuple(map(crossing, exercise.run(self._layers, given(arguments))))
        except (Exception, SystemExit):  # noqa: BLE001  (whatever the student's lines raise)
            return None


def _differs(before: Any, after: Any) -> bool:
    """Tell whether arrays, or dictionaries and lists of them, are not what they were; NaN is equal to NaN."""
    if isinstance(before, np.ndarray):
        return not (
            isinstance(after, np.ndarray)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and before.tobytes() == after.tobytes()
        )
    if isinstance(before, Mapping):
        return (
            not isinstance(after, Mapping)
            or list(before) != list(after)
            or any(_differs(before[key], after[key]) for key in before)
        )
    if isinstance(before, list | tuple):
        return (
            type(before) is not type(after)
            or len(before) != len(after)
            or any(_differs(one, other) for one, other in zip(before, after, strict=True))
        )
    if isinstance(before, int | float | str | bool | np.generic):
        return str(before) != str(after)
    return False  # a random generator moves on


def _share_memory(value: Any, argument: Any) -> bool:
    if isinstance(argument, Mapping):
        return any(_share_memory(value, part) for part in argument.values())
    if isinstance(argument, list | tuple):
        return any(_share_memory(value, part) for part in argument)
    if not (isinstance(value, np.ndarray) and isinstance(argument, np.ndarray)):
        return False
    return np.may_share_memory(value, argument)
