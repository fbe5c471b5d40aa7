"""What is said of an answer that was stopped, since it did not come to an end."""

from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any

from autograder.asking.failures import line_in_words
from autograder.exercises.exercise import Exercise
from autograder.judge.verdict import Finding, Kind
from autograder.student.deadline import OutOfTime


def out_of_time(
    exercise: Exercise, error: OutOfTime, home: Mapping[str, Any], seconds: float, *, is_slow: bool
) -> Finding:
    """Say in which line of the student's it was; the line comes last, since it may end in anything.

    Args:
        exercise, error, seconds: what was stopped, by what, and after how long.
        home: the names among which the answer was defined.
        is_slow: whether calls had come to an end, and there were only more to come.
    """
    frames = _stack(error.frame) if error.frame is not None else _frames(error.__traceback__)
    where = ""
    for frame, line in frames:
        if frame.f_globals is home:
            code = frame.f_code
            where = f"It was in {line_in_words(code.co_filename, line, code.co_name)}"
            break
    more_time = f"check({exercise.name}, seconds={6 * seconds:g})"
    if is_slow:
        said = (
            f"{exercise.name} is slow: its calls come to an end, but after {seconds:g} s more were left to "
            f"make. Whether it is right shows with more time: {more_time}. Which loop over single numbers "
            f"could be one operation on arrays?"
        )
    else:
        said = (
            f"{exercise.name} was stopped: after {seconds:g} s it had not come to an end. Is there a loop "
            f"whose condition never becomes false? If it is only slow, give it time: {more_time}."
        )
    return Finding(Kind.TIMEOUT, "", f"{said} {where}".strip(), numbers={"seconds": seconds})


def _stack(frame: FrameType | None) -> list[tuple[FrameType, int]]:
    """Return a frame and its callers, the innermost first, with the line of each."""
    frames = []
    while frame is not None:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return frames


def _frames(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    """Return the frames of a traceback, the innermost first, with the line of each."""
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[::-1]
