"""A check in a process of its own: an answer that ends or changes its process costs itself, and no other.

It is not a sandbox: the process may do what the student may.
"""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import time
import warnings
from enum import Enum, auto
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Kind
from autograder.student.checked import Checked
from autograder.student.course import Task
from autograder.student.deadline import starved
from autograder.student.files import AnswerFile
from autograder.student.public import shipped_mistakes, shipped_outputs
from captioning.answers.library import working_in
from captioning.answers.resolver import layer_names
from captioning.errors import InputError

# An answer is stopped after its seconds from inside, which can say where it was. So much later its process is
# killed: nothing comes up inside a sum without end, or a product of NumPy's.
GRACE = 2.0
SAVING = 4  # the answer is tried once more, and its partners with it
MEMORY = 4 << 30  # bytes, beyond those that a process begins with
_POLL = 0.1
_PR_SET_PDEATHSIG = 1
if sys.platform == "linux":  # a process begins as a copy of this one, with everything loaded
    _CONTEXT = multiprocessing.get_context("fork")
else:
    _CONTEXT = multiprocessing.get_context("spawn")


class _Stage(Enum):
    LOADING = auto()
    CHECKING = auto()
    SAVING = auto()
    DONE = auto()


def check_apart(task: Task, seconds: float) -> Checked:
    """Check an answer in a process of its own, its loading included.

    Args:
        task: the exercise, and the file with the answer.
        seconds: for each statement that is loaded, and for the check.

    Returns:
        The verdict; also where the process ended, or had to be killed.
    """
    if task.file is None or not task.is_answered:
        return task.check(seconds)
    # Read once, where a process begins as a copy: what is shipped, and which layers there are.
    shipped_outputs(), shipped_mistakes()
    with (
        working_in(task.file.path.parent),
        contextlib.suppress(InputError),
    ):  # the answer that meets it says it
        layer_names()
    told, tell = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_check, args=(tell, task.exercise.name, task.file.path, seconds))
    with told:
        with tell, warnings.catch_warnings():
            # Python warns of threads, which are not copied. None of ours holds what a copy would wait for.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        try:
            return _verdict(task, seconds, told, process)
        finally:
            _kill(process)


def _verdict(task: Task, seconds: float, told: Connection, process: BaseProcess) -> Checked:
    """Wait for what a process says of an answer, and no longer than it may take."""
    name, stage, where = task.exercise.name, _Stage.LOADING, ""
    while True:
        if not _says(told, process, (SAVING if stage == _Stage.SAVING else 1) * seconds + GRACE):
            what = f"had not come to an end after {seconds:g} s, and its process was stopped"
            return task.not_passed(Kind.TIMEOUT, _sentence(name, stage, where, what))
        try:
            stage, said = told.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            process.join(GRACE)
            what = f"ended the program that called it{_how(process.exitcode)}"
            return task.not_passed(Kind.RAISED, _sentence(name, stage, where, what))
        if stage == _Stage.DONE:
            assert isinstance(said, Checked)
            return said
        where = said


def _says(told: Connection, process: BaseProcess, seconds: float) -> bool:
    """Wait until a process says something, or ends; return whether it did in its time."""
    assert process.pid is not None
    began, starved_before = time.monotonic(), starved(process.pid)
    while not told.poll(_POLL):
        if time.monotonic() - began - (starved(process.pid) - starved_before) > seconds:
            return False
    return True


def _sentence(name: str, stage: _Stage, where: str, what: str) -> str:
    if stage == _Stage.LOADING:
        return f"{name} could not be loaded: {where or 'its process'} {what}."
    return f"{name} {what}{' when it was saved' if stage == _Stage.SAVING else ''}."


def _how(code: int | None) -> str:
    """Say how a process ended."""
    if code is None:
        return ""
    if code >= 0:
        return f" (exit code {code})"
    with contextlib.suppress(ValueError):
        return f" ({signal.Signals(-code).name})"
    return f" (signal {-code})"


def _kill(process: BaseProcess) -> None:
    """End a process, and where it leads a group those that it started."""
    if hasattr(os, "killpg") and process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    process.close()


def _check(tell: Connection, name: str, path: Path, seconds: float) -> None:
    """Check an answer: what the process does."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _limit()
    task = Task(all_exercises()[name], AnswerFile.read(path))
    # What answers print is not part of the result, however they do it.
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    with contextlib.redirect_stdout(sys.stderr):
        try:
            verdict = task.check(
                seconds,
                loading=lambda where: tell.send((_Stage.LOADING, where)),
                checking=lambda: tell.send((_Stage.CHECKING, "")),
                saving=lambda: tell.send((_Stage.SAVING, "")),
            )
        except BaseException as error:  # noqa: BLE001  (a KeyboardInterrupt of the answer's own, say)
            what = f"{name} raised {type(error).__name__}, which ends the program that calls it."
            verdict = task.not_passed(Kind.RAISED, what)
    tell.send((_Stage.DONE, verdict))


def _limit() -> None:
    """Bound the memory of this process, and have it leave no core dump."""
    import resource  # noqa: PLC0415  (Windows has none)

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    for kind, limit in (
        (resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (limit, most))
