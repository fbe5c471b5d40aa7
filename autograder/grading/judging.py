"""A notebook judged, on this machine or on another: all that it takes is one piece that can be sent there."""

import hashlib
import platform
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.exercises.registry import all_exercises
from autograder.grading.runtime import ROOT
from autograder.grading.submission import Asked, verdicts
from autograder.grading.workers import Cell
from autograder.judge.verdict import Verdict

# Read while this is imported, which one thread does: of two registries that two threads have made, exercises
# of the one are strangers to the other, and a catalogued mistake would not be named.
_EXERCISES = all_exercises()


@dataclass(frozen=True)
class Task:
    """What a notebook is judged by.

    Attributes:
        notebook: its name, "10_lstm.ipynb".
        code: of it, in the order of its cells.
        prerequisites: what earlier chapters give, by the name of its file.
        seeds: of the inputs, for each exercise by its name.
    """

    notebook: str
    code: tuple[Cell, ...]
    prerequisites: dict[str, str]
    seeds: dict[str, list[int]]


@dataclass(frozen=True)
class Place:
    """Where something is judged, as far as a verdict may depend on it.

    Attributes:
        isolation: of the worker.
        versions: of Python and NumPy, and the kind of processor.
    """

    isolation: str
    versions: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Return this as JSON has it."""
        return {"isolation": self.isolation, "versions": list(self.versions)}


@dataclass(frozen=True)
class Judged:
    """What came of a task.

    Attributes:
        verdicts: one for each exercise that it has a seed of, in that order.
        place: where they were reached.
    """

    verdicts: tuple[Verdict, ...]
    place: Place


def this_place(isolation: str) -> Place:
    """Return where we are, with workers of this isolation."""
    return Place(isolation, (platform.python_version(), np.__version__, platform.machine()))


def judge(task: Task, isolation: str) -> Judged:
    """Judge a notebook here.

    Raises:
        NoWorkerError: there can be no worker of this isolation.
    """
    exercises = tuple(_EXERCISES[name] for name in task.seeds)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in task.prerequisites.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        asked = Asked(task.notebook, exercises, Path(folder))
        found = verdicts(isolation, task.code, asked, lambda name: task.seeds[name])
    return Judged(tuple(found), this_place(isolation))


@cache
def checks_key() -> str:
    """Return a digest of all that a verdict is reached by: the checks, the reference, the mistakes."""
    rooms = ("autograder", "solutions", "captioning/answers", "captioning/source")
    # Of what students have the sentences of mistakes, and the outputs by which they are known.
    files = sorted(
        path
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".bpf", ".json", ".npz"}
    )
    return digest(f"{path.relative_to(ROOT)} {path.read_bytes().hex()}" for path in files)


def digest(texts: Iterable[str]) -> str:
    """Return one digest of texts."""
    found = hashlib.sha256()
    for text in texts:
        found.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return found.hexdigest()
