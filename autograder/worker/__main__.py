"""The program that workers are forked from: what most of a worker's start takes, to load NumPy, is done once.

It is told how by JSON on its command line (``autograder.grading.isolation``). A worker confines itself, loads
a student's cells, and answers until it is killed. What it says is believed of nobody: a student's code shares
its process. The program itself never meets any, and ends as soon as a worker has left something behind.
"""

import gc
import json
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from autograder.asking.failures import failure_of
from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind
from autograder.student.files import AnswerFile
from autograder.student.loading import Definitions, answered_names, load_code, make_up, nothing_yet
from autograder.worker import confinement, stand_ins, wire
from captioning import layers as given_layers
from captioning.source.code import Code


class _Layers:
    """The layers of a chapter: what the student defines of its exercises, and what was given for the rest."""

    def __init__(self, definitions: Definitions, chapter: int) -> None:
        self._names = definitions.names
        self._asked = {
            exercise.name.partition(".")[0]
            for exercise in all_exercises().values()
            if exercise.chapter == chapter
        }

    def __getattr__(self, name: str) -> Any:
        if name in self._asked and name in self._names:
            return self._names[name]
        return getattr(given_layers, name)


class _Worker:
    def __init__(self, notebook: str) -> None:
        self._file = AnswerFile(Path(notebook), ())
        self._definitions = nothing_yet(self._file.path)

    def load(self, title: str, source: str) -> dict[str, Any]:
        """Load a cell; return the names that there are, and why others are not."""
        code = Code.of(title, source)
        load_code(code, self._definitions)
        self._file = AnswerFile(self._file.path, (*self._file.code, code))
        defined = [name for name in self._definitions.names if isinstance(name, str)]
        return {"names": defined, "lost": self._definitions.lost}

    def ask(self, name: str, arguments: dict[str, Any]) -> Outcome:
        exercise = all_exercises()[name]
        return self._respondent(exercise).ask(exercise, arguments)

    def call(self, name: str, arguments: dict[str, Any]) -> tuple[Any, ...] | None:
        exercise = all_exercises()[name]
        return self._respondent(exercise).call(exercise, arguments)

    def _respondent(self, exercise: Exercise) -> InProcess:
        if self._definitions.skipped:
            make_up(self._definitions, self._file, answered_names())
        return InProcess(_Layers(self._definitions, exercise.chapter))


def _answered(worker: _Worker, verb: str, *parts: Any) -> bytes:
    """Return the frame that answers a question."""
    try:
        return wire.pack(getattr(worker, verb)(*parts))
    except wire.WireError as error:
        if verb != "ask":
            return wire.pack(None)
        finding = Finding(Kind.RAISED, "", f"What {parts[0]} returns cannot be looked at: {error}.")
        return wire.pack(Outcome(None, None, failure=finding))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a student's objects may raise anything, anywhere)
        if verb != "ask":
            return wire.pack(None)
        return wire.pack(Outcome(None, None, failure=failure_of(all_exercises()[parts[0]], error, "")))


def main() -> NoReturn:
    """Load what a worker needs, and fork one after another as they are asked for."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=0)
    all_exercises()
    gc.freeze()
    if sys.platform == "linux":
        confinement.end_with_parent()
    before = _state_of(settings["writable"])
    while True:
        said, pipes, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not said:
            sys.exit()
        if not pipes:  # asked whether it can fork
            control.send(wire.READY)
            continue
        # Elsewhere the libraries that NumPy is built on may not outlive a fork: there, this is the worker.
        if sys.platform != "linux" or os.fork() == 0:
            control.send(wire.FORKED)
            control.detach()  # closed below, where something else takes its number
            _be_worker(settings, os.fsdecode(said), *pipes)
        for pipe in pipes:
            os.close(pipe)
        os.wait()
        if _state_of(settings["writable"]) != before:
            sys.exit()


def _state_of(folders: Iterable[str]) -> list[tuple[int, ...]]:
    """Return what becomes another when a folder is written to, or listed; the kernel keeps it."""
    return [(stat.st_atime_ns, stat.st_mtime_ns, stat.st_ctime_ns) for stat in map(os.stat, folders)]


def _be_worker(settings: dict[str, Any], notebook: str, asked: int, answers: int) -> NoReturn:
    """Confine this process, say so, and answer."""
    # What an answer prints goes nowhere, and what it reads is empty.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.set_blocking(asked, False)
    gc.enable()
    if sys.platform == "linux":
        confinement.end_with_parent()
    confinement.limit_resources(settings["memory"], settings["cpu_seconds"])
    if settings["landlock"]:
        confinement.restrict_files(map(Path, settings["landlock"]))
    if settings["seccomp"]:
        confinement.restrict_system_calls()
    stand_ins.install()
    worker = _Worker(notebook)
    os.dup2(nowhere, 2)  # only now: what goes wrong before is told there
    os.close(nowhere)
    os.write(answers, wire.pack("ready"))
    while True:
        question = wire.read(asked, lambda: 3600.0)
        frame = memoryview(_answered(worker, *question))
        while frame:
            frame = frame[os.write(answers, frame) :]


if __name__ == "__main__":
    main()
