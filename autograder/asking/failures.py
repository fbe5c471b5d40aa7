"""What a function raised, and in which line of the student's."""

import linecache
import re
import sysconfig
import traceback
from functools import cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from autograder.asking.advice import advice
from autograder.exercises.caches import CacheError
from autograder.exercises.exercise import Exercise
from autograder.judge.verdict import Finding, Kind
from captioning.errors import InputError

_OURS = Path(__file__).resolve().parents[1]
_GIVEN = ("solutions", "captioning")
_LONGEST = 300
# What Python says of a call with too many arguments, too few, or others.
_CALL = re.compile(r"\S+\(\) (takes |missing |got )")


def failure_of(  # noqa: PLR0911
    exercise: Exercise, error: BaseException, prefix: str
) -> Finding:
    """Say what was raised, and in which line of the student's."""
    numbers: dict[str, Any] = {"exception": type(error).__name__}
    try:
        message = " ".join(str(error).split())[:_LONGEST]
    except Exception:  # noqa: BLE001  (an exception of the student's own may fail to print)
        message = ""
    frame = _student_frame(error.__traceback__)
    if isinstance(error, CacheError):
        return Finding(Kind.RAISED, "", f"{prefix}{message}", numbers=numbers)
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
    if frame is None and isinstance(error, KeyError):
        is_memory = any(name.startswith("config[") for name in exercise.outputs)
        asked = (
            "What is kept there is needed later, at the next step."
            if is_memory
            else "Is every key filled in before the `return`?"
        )
        return Finding(
            Kind.COUNT,
            "",
            f"{prefix}{exercise.name} returns a dictionary without the key {message}. {asked}",
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
        message = "it stops the program that calls it; `return` ends a function"
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    where, line = "", ""
    if frame is not None and not _is_given(frame):
        where = f" It was in {line_in_words(frame.filename, frame.lineno or 0, frame.name)}"
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        numbers["line"] = frame.lineno
    if isinstance(error, NameError) and error.name:
        numbers["name"] = error.name
    advised = advice(error, message, _living(error.__traceback__, frame), line)
    # The line comes last, since it may end in anything.
    sentence = f"{prefix}{exercise.name} raised {text}.{f' {advised}' if advised else ''}{where}"
    return Finding(Kind.RAISED, "", sentence, numbers=numbers)


def _living(trace: TracebackType | None, frame: traceback.FrameSummary | None) -> FrameType | None:
    """Return the frame that a summary is of, with its names."""
    found = None
    while trace is not None and frame is not None:
        code = trace.tb_frame.f_code
        if (code.co_filename, trace.tb_lineno) == (frame.filename, frame.lineno):
            found = trace.tb_frame
        trace = trace.tb_next
    return found


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
    return not is_temporary and any(folder in path.parents for folder in (_OURS, *_libraries()))


@cache
def _libraries() -> tuple[Path, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    # In a sandbox NumPy lies where Python does not expect it.
    numpy = Path(np.__file__).resolve().parent
    return (numpy, *(Path(sysconfig.get_path(name)).resolve() for name in names))


def _is_given(frame: traceback.FrameSummary) -> bool:
    folder = Path(frame.filename).parent
    return folder.name == "prerequisites" or folder in {_OURS.parent / name for name in _GIVEN}


def line_in_words(filename: str, number: int, function: str) -> str:
    """Write where a line stands, and the line: ``line 3 of lstm_gates (layers.py): return gates``.

    The file is left out where it is a notebook's cell: Jupyter calls that by a number.
    """
    is_cell = "ipykernel" in filename or filename.startswith("<")
    file = "" if is_cell else f" ({Path(filename).name})"
    line = linecache.getline(filename, number).strip()
    return f"line {number} of {function}{file}" + (f": {line}" if line else ".")
