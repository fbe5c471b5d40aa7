"""``check(lstm_step_forward)``: from a function to a verdict, and into the student's library."""

import contextlib
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Kind, Verdict
from autograder.student.checked import Checked
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.lookup import exercise_named, exercise_of
from autograder.student.oracle import judge
from autograder.student.printing import few_lines
from autograder.student.saving import save
from autograder.student.stopped import out_of_time
from captioning import layers as captioning_layers
from captioning.answers import library
from captioning.answers.sources import home_of

SECONDS = 10.0


def check(function: Callable[..., Any] | str, *, seconds: float = SECONDS) -> Checked:
    """Check an answer, and save it to the library of the course if its arithmetic is right.

    Args:
        function: what you wrote, ``check(lstm_forward)``, ``check(CaptioningRNN.loss)``; or its name, and
            then it is looked up where ``check`` is called, and after that among your saved answers.
        seconds: after which it is stopped.

    Returns:
        A verdict that shows itself at the end of a notebook's cell; in a script, print it.

    Raises:
        InputError: it is not an exercise; the message names those with similar names.
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


def check_thing(exercise: Exercise, thing: Any, *, seconds: float = SECONDS) -> Checked:
    """Check an answer: a function, or for a method its class."""
    began = time.monotonic()
    own = _own_functions(exercise, thing)
    respondent = InProcess(_StudentLayers(own))
    # An answer that changes the folder must not move the library, nor the notebook.
    with library.working_in(library.working_folder()), contextlib.chdir("."), few_lines():
        try:
            verdict = call_within(seconds, partial(judge, exercise, respondent))
        except OutOfTime as error:
            finding = out_of_time(exercise, error, home_of(thing), seconds)
            taken = time.monotonic() - began
            return Checked(exercise.name, False, 0.0, float(exercise.points), (finding,), seconds=taken)
        return Checked(**vars(verdict), note=_save(exercise, thing, own, verdict))


def _save(exercise: Exercise, thing: Any, own: Mapping[str, Any], verdict: Verdict) -> str:
    """Save what computes rightly, unless later chapters would find their arrays changed; say so."""
    changes = any(finding.kind == Kind.MUTATED for finding in verdict.findings)
    if not verdict.works or changes:
        return ""
    return save(exercise, thing, own, is_open=not verdict.passed)


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
