"""The program of a worker: confines itself, loads a student's cells, and answers until it is killed.

It is told how by JSON on its command line (``autograder.grading.isolation``). What it says is believed of
nobody: a student's code shares this process.
"""

import gc
import json
import os
import sys
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
    """Confine this process, say so, and answer."""
    settings = json.loads(sys.argv[1])
    # What an answer prints goes nowhere, and what it reads is empty; the pipes get other numbers.
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.set_blocking(asked, False)
    all_exercises()
    gc.freeze()
    gc.enable()
    if sys.platform == "linux":
        confinement.end_with_parent()
    confinement.limit_resources(settings["memory"], settings["cpu_seconds"])
    if settings["landlock"]:
        confinement.restrict_files(map(Path, settings["landlock"]))
    if settings["seccomp"]:
        confinement.restrict_system_calls()
    stand_ins.install()
    worker = _Worker(settings["notebook"])
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
