"""Asking a student's function: two calls, and what came of them."""

import copy
import linecache
import re
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.verdict import Finding, Kind
from captioning.errors import InputError

_OURS = Path(__file__).resolve().parents[1]
_LIBRARIES = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_GIVEN = ("solutions", "captioning")
_LONGEST = 300
# What Python says of a call with too many arguments, too few, or others.
_CALL = re.compile(r"\S+\(\) (takes |missing |got )")


@dataclass(frozen=True)
class Answer:
    """What came of calling the student's function on one case.

    Attributes:
        outputs: what ``exercise.run`` returned, arrays as they were before the second call; None after a
            failure.
        again: what a second call with equal arguments returned.
        changed: the arguments that the call changed in place.
        aliased: pairs of an output and an argument that share memory.
        failure: that it raised, or is not written.
    """

    outputs: tuple[Any, ...] | None
    again: tuple[Any, ...] | None
    changed: tuple[str, ...] = ()
    aliased: tuple[tuple[str, str], ...] = ()
    failure: Finding | None = None


def ask(exercise: Exercise, layers: Any, arguments: Arguments) -> Answer:
    """Call the student's function twice, each time with fresh copies of the arguments.

    NumPy's warnings are silenced: what overflows shows in the outputs.

    Args:
        exercise: what was asked.
        layers: has every layer as an attribute, the student's among them.
        arguments: of one case; they are not changed.
    """
    given = copy.deepcopy(arguments)
    again_given = copy.deepcopy(arguments)
    prefix = ""
    try:
        with np.errstate(all="ignore"):
            returned = exercise.run(layers, given)
            outputs = tuple(value.copy() if isinstance(value, np.ndarray) else value for value in returned)
            prefix = "the first call went well, the second with equal arguments did not: "
            again = exercise.run(layers, again_given)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's lines raise)
        return Answer(None, None, failure=_failure(exercise, error, prefix))
    return Answer(
        outputs,
        tuple(again),
        tuple(name for name, value in arguments.items() if _differs(value, given[name])),
        tuple(
            (output, name)
            for output, value in zip(exercise.outputs, returned, strict=False)
            for name, argument in given.items()
            if _share_memory(value, argument)
        ),
    )


def call(exercise: Exercise, layers: Any, arguments: Arguments) -> tuple[Any, ...] | None:
    """Call a function once, with fresh copies of the arguments; return its outputs, None if it raises."""
    try:
        with np.errstate(all="ignore"):
            return exercise.run(layers, copy.deepcopy(arguments))
    except (Exception, SystemExit):  # noqa: BLE001  (whatever the student's lines raise)
        return None


def _failure(exercise: Exercise, error: BaseException, prefix: str) -> Finding:
    """Say what was raised, and in which line of the student's."""
    numbers: dict[str, Any] = {"exception": type(error).__name__}
    try:
        message = " ".join(str(error).split())[:_LONGEST]
    except Exception:  # noqa: BLE001  (an exception of the student's own may fail to print)
        message = ""
    frame = _student_frame(error.__traceback__)
    if isinstance(error, NotImplementedError):
        sentence = message or f"{exercise.name} is not written yet"
        return Finding(Kind.NOT_WRITTEN, "", f"{sentence.rstrip('.')}.", numbers=numbers)
    if frame is None and "NoneType" in message:
        return Finding(
            Kind.RETURNED_NONE,
            "",
            f"{prefix}{exercise.name}, or what it builds on, returns None. Does the function end with a "
            "return, and are all names in it filled in?",
            numbers=numbers,
        )
    message = message.rstrip(".")
    if frame is None and isinstance(error, InputError):
        # The exercise is run with more than the answer, and that is not there.
        sentence = f"{prefix}{exercise.name} cannot be tried: {message}."
        return Finding(Kind.RAISED, "", sentence, numbers=numbers)
    if frame is None and isinstance(error, TypeError) and _CALL.match(message):
        return Finding(
            Kind.RAISED,
            "",
            f"{prefix}{exercise.name} cannot be called as its docstring says: {message}. Are its arguments "
            "those that it was given with, in their order?",
            numbers=numbers,
        )
    if frame is None and isinstance(error, TypeError | ValueError | IndexError | AttributeError | KeyError):
        return Finding(
            Kind.COUNT,
            "",
            f"{prefix}what {exercise.name} returns is not built as its docstring says: {message}.",
            numbers=numbers,
        )
    if isinstance(error, SystemExit):
        message = "it stops whoever calls it; `return` ends a function"
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    where = ""
    if frame is not None:
        where = f" It was in {line_in_words(frame.filename, frame.lineno or 0, frame.name)}"
        numbers["line"] = frame.lineno
    if isinstance(error, NameError) and error.name:
        numbers["name"] = error.name
    sentence = f"{prefix}{exercise.name} raised {text}.{where}"
    return Finding(Kind.RAISED, "", sentence, numbers=numbers)


def _student_frame(trace: TracebackType | None) -> traceback.FrameSummary | None:
    """Return the innermost frame of the student's; else one of the layers that were given; else None."""
    frames = [frame for frame in traceback.extract_tb(trace)[::-1] if not _is_ours_or_library(frame)]
    own = [frame for frame in frames if not _is_given(frame)]
    return next(iter([*own, *frames]), None)


def _is_ours_or_library(frame: traceback.FrameSummary) -> bool:
    if frame.filename.startswith("<frozen"):
        return True
    path = Path(frame.filename).resolve()
    is_temporary = not path.is_file() or frame.filename.startswith("<")
    return not is_temporary and any(folder in path.parents for folder in (_OURS, *_LIBRARIES))


def _is_given(frame: traceback.FrameSummary) -> bool:
    return Path(frame.filename).parent in {_OURS.parent / name for name in _GIVEN}


def line_in_words(filename: str, number: int, function: str) -> str:
    """Write where a line stands, and the line: ``line 3 of lstm_gates (layers.py): return gates``.

    The file is left out where it is a notebook's cell: Jupyter calls that by a number.
    """
    is_cell = "ipykernel" in filename or filename.startswith("<")
    file = "" if is_cell else f" ({Path(filename).name})"
    line = linecache.getline(filename, number).strip()
    return f"line {number} of {function}{file}" + (f": {line}" if line else ".")


def _differs(before: Any, after: Any) -> bool:
    """Tell whether arrays, or dictionaries and lists of them, are not what they were; NaN is equal to NaN."""
    if isinstance(before, np.ndarray):
        return not (
            isinstance(after, np.ndarray)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and (before.tobytes() == after.tobytes() if before.dtype != object else before is after)
        )
    if isinstance(before, Mapping):
        return list(before) != list(after) or any(_differs(before[key], after[key]) for key in before)
    if isinstance(before, list | tuple):
        return len(before) != len(after) or any(
            _differs(one, other) for one, other in zip(before, after, strict=True)
        )
    if isinstance(before, int | float | str | bool | np.generic):
        return str(before) != str(after)
    return False  # a random generator moves on, a model is asked for its arrays by the exercise


def _share_memory(value: Any, argument: Any) -> bool:
    if isinstance(argument, Mapping):
        return any(_share_memory(value, part) for part in argument.values())
    if isinstance(argument, list | tuple):
        return any(_share_memory(value, part) for part in argument)
    if not (isinstance(value, np.ndarray) and isinstance(argument, np.ndarray)):
        return False
    return np.may_share_memory(value, argument)
