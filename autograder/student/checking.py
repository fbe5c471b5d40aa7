"""``check(lstm_step_forward)``: from a function to a verdict, and into the student's library."""

import contextlib
import difflib
import inspect
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from types import FrameType, MethodType, TracebackType
from typing import Any

from autograder.asking.answer import line_in_words
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.naming import with_article
from autograder.judge.render import as_html, as_json, as_text
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.examine import examine
from autograder.student.fingerprints import known_mistake
from autograder.student.public import public_cases
from captioning import layers as captioning_layers
from captioning.answers import library
from captioning.answers.sources import home_of, served_from
from captioning.errors import InputError

SECONDS = 10.0


class NotYet(Exception):
    """An answer did not pass, in a place where it had to: a graded cell of a notebook.

    What is wrong was shown above it, so a notebook shows no traceback, only this sentence.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Checked(Verdict):
    """A verdict that shows itself, in a notebook and in a terminal.

    Attributes:
        note: where an answer that passed was saved, or why it was not; of one that did not, where another is.
    """

    note: str = ""

    def __str__(self) -> str:
        return as_text(self) + (f"\n{self.note}" if self.note else "")

    __repr__ = __str__

    def require(self) -> None:
        """Show the verdict in a notebook; for the graded cells, which count as solved unless they fail.

        Raises:
            NotYet: the answer did not pass.
        """
        from IPython.display import display  # noqa: PLC0415  (scripts and graders have no notebook)

        display(self)
        if not self.passed:
            raise NotYet(f"{self.exercise}: not yet, {self.points:g} of {self.max_points:g} points.")

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return as_json(self) | {"note": self.note}

    def _repr_html_(self) -> str:
        return as_html(self) + (f"<p>{escape(self.note)}</p>" if self.note else "")


def check(function: Callable[..., Any] | str, *, seconds: float = SECONDS) -> Checked:
    """Check an answer, and save it to the library of the course if it passes.

    Args:
        function: what you wrote, ``check(lstm_forward)``, ``check(CaptioningRNN.loss)``; or its name, and
            then it is looked up where ``check`` is called, and after that among your saved answers.
        seconds: after which it is stopped.

    Returns:
        A verdict that shows itself at the end of a notebook's cell; in a script, print it.

    Raises:
        InputError: it is no exercise; the message names those that are called nearly so.
    """
    if isinstance(function, str):
        caller = sys._getframe(1)
        while caller.f_globals.get("__name__", "").startswith("autograder.student") and caller.f_back:
            caller = caller.f_back
        return check_in(function, caller.f_globals, seconds=seconds)
    exercise, thing = exercise_of(function)
    return check_thing(exercise, thing, seconds=seconds)


def check_in(name: str, namespace: Mapping[str, Any], *, seconds: float = SECONDS) -> Checked:
    """Check the answer to an exercise that is defined among some names, else the one that was saved."""
    exercise = exercise_named(name)
    top = name.partition(".")[0]
    thing = namespace[top] if top in namespace else getattr(captioning_layers, top)
    return check_thing(exercise, thing, seconds=seconds)


def exercise_named(name: str) -> Exercise:
    """Return an exercise.

    Raises:
        InputError: there is none of this name.
    """
    exercises = all_exercises()
    if name in exercises:
        return exercises[name]
    methods = [other for other in exercises if other.startswith(f"{name}.")]
    if methods:
        calls = " and ".join(f"check({method})" for method in methods)
        raise InputError(f"{name} is a class; what you write are its methods: {calls}.")
    near = difflib.get_close_matches(name, exercises, n=3, cutoff=0.5)
    hint = f" Do you mean {' or '.join(near)}?" if near else " `captioning progress --exercises` lists all."
    raise InputError(f"there is no exercise {name!r}.{hint}")


def exercise_of(function: Any) -> tuple[Exercise, Any]:
    """Return the exercise that a function answers, and the function, or the class that it is a method of."""
    if isinstance(function, MethodType):
        function = function.__func__
    name = getattr(inspect.unwrap(function) if callable(function) else function, "__qualname__", None)
    if name is None:
        raise InputError(
            "check takes a function or the name of one, and this is "
            f"{with_article(type(function).__name__)}: check(lstm_forward), without calling it, or "
            "check('lstm_forward')."
        )
    name = name.rpartition("<locals>.")[2]
    if name == "<lambda>":
        raise InputError("a lambda has no name that says which exercise it answers. Write it with def.")
    exercise = exercise_named(name)
    top, _, method = exercise.name.partition(".")
    if not method:
        return exercise, function
    home = home_of(function)
    if top not in home:
        raise InputError(f"the class {top} of {exercise.name} is not there. Run the cell that defines it.")
    return exercise, home[top]


def check_thing(exercise: Exercise, thing: Any, *, seconds: float = SECONDS) -> Checked:
    """Check an answer: a function, or for a method its class."""
    began = time.monotonic()
    own = _own_functions(exercise, thing)
    layers = _StudentLayers(own)
    # An answer that changes the folder must not move the library, nor the notebook.
    with library.working_in(library.working_folder()), contextlib.chdir("."):
        try:
            findings, mistake = call_within(seconds, partial(_judge, exercise, layers))
        except OutOfTime as error:
            findings, mistake = [_out_of_time(exercise, error, home_of(thing), seconds)], None
        passed = not findings
        return Checked(
            exercise.name,
            passed,
            float(exercise.points if passed else 0),
            float(exercise.points),
            tuple(findings),
            mistake,
            time.monotonic() - began,
            note=_save(exercise, thing, own) if passed else "",
        )


def _judge(exercise: Exercise, layers: Any) -> tuple[list[Finding], str | None]:
    findings = examine(exercise, layers)
    return findings, known_mistake(exercise, layers, public_cases(exercise)) if findings else None


class _StudentLayers:
    """The layers that an exercise is run with: the student's own, the rest from ``captioning.layers``."""

    def __init__(self, own: Mapping[str, Any]) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(captioning_layers, name)


def _own_functions(exercise: Exercise, thing: Any) -> dict[str, Any]:
    """Return the answer, and what it requires as far as it is defined beside it."""
    own = {exercise.name.partition(".")[0]: thing}
    home = home_of(thing)
    required, seen = list(exercise.requires), set()
    while required:
        name = required.pop()
        if name in seen:
            continue
        seen.add(name)
        top = name.partition(".")[0]
        if top in home and callable(home[top]):
            own.setdefault(top, home[top])
        if name in all_exercises():
            required += all_exercises()[name].requires
    return own


def _out_of_time(exercise: Exercise, error: OutOfTime, home: Mapping[str, Any], seconds: float) -> Finding:
    """Say in which line of the student's it was; the line comes last, since it may end in anything."""
    frames = _stack(error.frame) if error.frame is not None else _frames(error.__traceback__)
    where = ""
    for frame, line in frames:
        if frame.f_globals is home:
            code = frame.f_code
            where = f"It was in {line_in_words(code.co_filename, line, code.co_name)}"
            break
    return Finding(
        Kind.TIMEOUT,
        "",
        f"{exercise.name} was stopped: after {seconds:g} s it had not come to an end. Is there a loop "
        "whose condition never becomes false? If it is only slow, give it time: "
        f"check({exercise.name}, seconds={6 * seconds:g}). {where}".strip(),
        numbers={"seconds": seconds},
    )


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


def _save(exercise: Exercise, thing: Any, own: Mapping[str, Any]) -> str:
    """Save what passed; return a sentence about it."""
    if served_from(thing) is not None:
        return ""
    of = exercise.gradients.of if exercise.gradients is not None else exercise.name
    forward = {}
    if of != exercise.name:
        function = own.get(of) or getattr(captioning_layers, of)
        file = served_from(function)
        is_given = file is not None and file.parent != library.library_folder()
        forward[of] = None if is_given else function
    sharing = [
        name
        for name, other in all_exercises().items()
        if name == of or (other.gradients is not None and other.gradients.of == of)
    ]
    try:
        path = library.save_answer(
            thing,
            exercise.name,
            forward=forward,
            partners=[name for name in sharing if name != exercise.name and "." not in name],
        )
    except InputError as error:
        return f"It passed, but could not be saved for later chapters: {error}"
    return f"Saved for later chapters: {path.parent.name}/{path.name}." if path is not None else ""
