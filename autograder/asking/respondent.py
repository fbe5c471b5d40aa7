"""The one seam around a student's code: two verbs, and nothing else calls a student's function."""

import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from autograder.asking.crossing import crossing
from autograder.asking.failures import failure_of
from autograder.exercises.arguments import given
from autograder.exercises.caches import WithCache
from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.outcome import Outcome

# Of what goes in and comes out, in bytes; and what Python itself takes.
_MOST_TIMES, _MOST_BESIDE = 4, 1 << 16
# A call that takes so many times as long as any before it, and as so many seconds, may have no end.
_ENDLESS, _SHORT = 10, 0.1


class Respondent(Protocol):
    """Answers exercises, in this process or in another.

    An exercise is known by its name on either side; arguments, outcomes and outputs are values that can cross
    (``autograder.asking.crossing``), never a function or an object that is alive.
    """

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        """Call the function twice with equal arguments, and tell what came of it; the arguments are kept."""
        ...

    def call(
        self, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> tuple[Any, ...] | None:
        """Call the function once; return its outputs, None if it raises. The arguments are kept.

        Args:
            exercise, arguments: what is asked.
            within: so many seconds of computing; None for as long as any call may take.

        Raises:
            TimeoutError: it took longer than ``within``.
        """
        ...


class InProcess:
    """Answers with functions of this process.

    NumPy's warnings are silenced: what overflows shows in the outputs.
    """

    def __init__(self, layers: Any) -> None:
        """Take a namespace that has every layer as an attribute, the student's among them."""
        self._layers = layers
        self._began, self._longest, self._finished = time.monotonic(), 0.0, 0

    @property
    def is_slow(self) -> bool:
        """Whether calls came to an end, and the last that was made has not been at work far longer."""
        taken = time.monotonic() - self._began
        return self._finished > 0 and taken < _ENDLESS * max(self._longest, _SHORT)

    def _run(self, exercise: Exercise, arguments: Arguments) -> tuple[Any, ...]:
        self._began = time.monotonic()
        returned = exercise.run(self._layers, arguments)
        self._longest = max(self._longest, time.monotonic() - self._began)
        self._finished += 1
        return returned

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        first, second = given(arguments), given(arguments)
        prefix = ""
        overflows: list[str] = []
        peak = 0
        try:
            with np.errstate(all="ignore", over="call", call=lambda kind, flag: overflows.append(kind)):
                if exercise.frugal:
                    returned, peak = _with_peak(lambda: self._run(exercise, first))
                else:
                    returned = self._run(exercise, first)
                outputs = tuple(map(crossing, returned))
                prefix = "the first call went well, the second with equal arguments did not: "
                again = tuple(map(crossing, self._run(exercise, second)))
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
            sprawls=peak > _MOST_TIMES * _bytes_of((arguments, outputs)) + _MOST_BESIDE,
            **_cache_of(returned),
        )

    def call(
        self, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> tuple[Any, ...] | None:
        began = 0.0 if within is None else time.thread_time()
        try:
            with np.errstate(all="ignore"):
                outputs = tuple(map(crossing, self._run(exercise, given(arguments))))
        except (Exception, SystemExit):  # noqa: BLE001  (whatever the student's lines raise)
            return None
        if within is not None and time.thread_time() - began > within:
            raise TimeoutError
        return outputs


def _cache_of(returned: tuple[Any, ...]) -> dict[str, Any]:
    """Return what an outcome says of a cache that is odd."""
    if not isinstance(returned, WithCache):
        return {}
    mended = None if returned.mended is None else tuple(map(crossing, returned.mended))
    return {"odd_cache": returned.sentence, "mended": mended}


def _with_peak(function: Callable[[], tuple[Any, ...]]) -> tuple[tuple[Any, ...], int]:
    """Return what a function returns, and how many bytes more there were on the way than before."""
    traced = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        returned = function()
        return returned, tracemalloc.get_traced_memory()[1] - before
    finally:
        if not traced:
            tracemalloc.stop()


def _bytes_of(value: Any) -> int:
    """Return how many bytes the arrays in a value have."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(map(_bytes_of, value.values()))
    return sum(map(_bytes_of, value)) if isinstance(value, list | tuple) else 0


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
