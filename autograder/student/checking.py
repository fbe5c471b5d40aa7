"""``check(lstm_step_forward)``: from a function to a verdict, and into the student's library."""

import contextlib
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.student.checked import Checked
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.hints import note_try
from autograder.student.lookup import exercise_named, exercise_of
from autograder.student.one_change import with_slip
from autograder.student.oracle import judge
from autograder.student.patching import Names, numpy_now, put_back
from autograder.student.printing import few_lines
from autograder.student.public import public_inputs
from autograder.student.respondents import respondent_of
from autograder.student.saving import Judge, save
from autograder.student.stopped import out_of_time
from captioning import layers as captioning_layers
from captioning.answers import library
from captioning.answers.sources import definition, home_of, method_sources
from captioning.course.machine import machine
from captioning.errors import InputError

SECONDS = 10.0
# Seconds of computing, whatever else the machine does; nine checks in ten need less than half of one.
SLOW = 4.0
# Of the time that a check may take, for looking at a wrong answer once more; and for what is worth it.
_SHARE = 0.25


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


def check_thing(
    exercise: Exercise,
    thing: Any,
    *,
    seconds: float = SECONDS,
    judged: Callable[[], object] = lambda: None,
    numpy_before: Names | None = None,
) -> Checked:
    """Check an answer, and save it.

    Args:
        exercise: what was asked.
        thing: a function, or for a method its class.
        seconds: after which it is stopped.
        judged: is called between the two.
        numpy_before: NumPy's names before the answer was loaded; None for those of now.
    """
    numpy_before = numpy_before or numpy_now()
    own = _own_functions(exercise, thing)
    # An answer that changes the folder must not move the library, nor the notebook.
    with library.working_in(library.working_folder()), contextlib.chdir("."), few_lines():
        again = partial(_judge, seconds=seconds)
        before = time.process_time()
        verdict = _on_true_numpy(partial(_judge_and_look, seconds=seconds), exercise, own, numpy_before)
        computing = time.process_time() - before
        judged()
        source = _source_of(exercise, thing)
        changes = any(finding.kind == Kind.MUTATED for finding in verdict.findings)
        # Later chapters would find their arrays changed.
        if not verdict.works or changes:
            return Checked(**vars(verdict), note=_note_failure(verdict, source), source=source)
        compare = partial(_compare, seconds=seconds)
        note = save(exercise, thing, own, again, compare, is_open=not verdict.passed)
        is_kept = verdict.passed and library.library_folder() is not None
        picture = machine(exercise.chapter) if is_kept else None
        return Checked(**vars(verdict), note=note, source=source, machine=picture, is_slow=computing > SLOW)


def _on_true_numpy(judge: Judge, exercise: Exercise, own: Mapping[str, Any], before: Names) -> Verdict:
    """Judge an answer, and put NumPy back; of an answer that has changed it the verdict says that."""
    stumbled = None
    try:
        verdict = judge(exercise, own)
    except Exception as error:  # noqa: BLE001  (the judge computes with NumPy too; raised again if it was as ever)
        verdict, stumbled = Verdict(exercise.name, False, 0.0, float(exercise.points)), error
    finally:
        changed = put_back(before)
    if not changed:
        if stumbled is not None:
            raise stumbled
        return verdict
    finding = Finding(
        Kind.MUTATED,
        "NumPy",
        f"{exercise.name} changes NumPy itself: {', '.join(changed)}. Every other function would compute "
        "with that. Give what you make a name of its own.",
    )
    return replace(verdict, passed=False, points=0.0, findings=(finding, *verdict.findings), mistake=None)


def _source_of(exercise: Exercise, thing: Any) -> str:
    """Return the source of an answer, of a method that method's; "" where it cannot be found."""
    try:
        source = definition(thing)
    except InputError:
        return ""
    top, _, method = exercise.name.partition(".")
    return method_sources(source, top).get(method, "") if method else source


def _note_failure(verdict: Verdict, source: str) -> str:
    """Count an answer that is not right, and say where more help is, where there is any."""
    if verdict.findings[0].kind == Kind.NOT_WRITTEN:
        return ""
    try:
        note_try(verdict.exercise, library.digest(source))
    except InputError as error:
        return f"This try could not be counted: {error}"
    if library.course_folder() is None or not library.is_checkout():
        return ""
    return f"Stuck? check({verdict.exercise}).hint() says more."


def _judge_and_look(exercise: Exercise, own: Mapping[str, Any], *, seconds: float) -> Verdict:
    """Judge an answer; of a wrong one say which line is to be looked at, if that can soon be found out."""
    verdict = _judge(exercise, own, seconds=seconds)
    if verdict.seconds > _SHARE * seconds:
        return verdict
    return with_slip(verdict, exercise, own, _SHARE * seconds)


def _judge(exercise: Exercise, own: Mapping[str, Any], *, seconds: float) -> Verdict:
    """Judge an answer with the functions that it needs, and stop it when the time is up."""
    began = time.monotonic()
    respondent = respondent_of(own)
    try:
        return call_within(seconds, partial(judge, exercise, respondent))
    except OutOfTime as error:
        home = home_of(own[exercise.name.partition(".")[0]])
        finding = out_of_time(exercise, error, home, seconds, is_slow=respondent.is_slow)
        taken = time.monotonic() - began
        return Verdict(exercise.name, False, 0.0, float(exercise.points), (finding,), seconds=taken)


def _compare(exercise: Exercise, own: Mapping[str, Any], other: Mapping[str, Any], *, seconds: float) -> str:
    """Say what functions do otherwise than those that passed, on the public inputs; "" if nothing."""

    def compare() -> str:
        for arguments in public_inputs(exercise).cases:
            first, second = (respondent_of(each).ask(exercise, arguments) for each in (own, other))
            if second.failure is not None:
                return second.failure.sentence
            if not _is_same(first.outputs, second.outputs):
                return "What it returns is something else then."
        return ""

    try:
        return call_within(seconds, compare)
    except OutOfTime:
        return f"It was stopped after {seconds:g} seconds."


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether outputs are equal but for rounding: sums may be added up in another order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray | np.generic | float) and np.asarray(one).dtype.kind in "fc":
        a, b = np.asarray(one), np.asarray(other)
        is_alike = (a.shape, a.dtype) == (b.shape, b.dtype)
        return is_alike and np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    return str(one) == str(other)


def _own_functions(exercise: Exercise, thing: Any) -> dict[str, Any]:
    """Return the answer, and what it requires as far as it is defined beside it."""
    own = {exercise.name.partition(".")[0]: thing}
    home = home_of(thing)
    for top in required_by(exercise):
        if top in home and callable(home[top]):
            own.setdefault(top, home[top])
    return own


def required_by(exercise: Exercise) -> list[str]:
    """Return the functions and classes that an exercise is run with, in however many steps."""
    required, seen = list(exercise.requires), []
    while required:
        name = required.pop()
        if name not in seen:
            seen.append(name)
            if name in all_exercises():
                required += all_exercises()[name].requires
    return list(dict.fromkeys(name.partition(".")[0] for name in seen))
