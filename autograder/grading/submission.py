"""From a notebook that was handed in to verdicts: a pure function of it, of the checks and of a seed."""

import dataclasses
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from autograder.exercises.exercise import Exercise
from autograder.grading.reference import Seed, grade
from autograder.grading.workers import Cell, NoWorkerError, Worker
from autograder.judge.verdict import Finding, Kind, Verdict
from captioning.errors import InputError
from captioning.source import notebook as source
from captioning.source.code import as_python, is_python

# What a person writes and runs stays far below these; what is above would take memory and time to no end.
MOST_BYTES, MOST_CODE, MOST_CELLS = 50 << 20, 1 << 20, 2_000
# What is all brackets takes 25 times its size as Python's objects: such files are read one at a time.
_LARGE, _ONE_LARGE = 4 << 20, threading.Lock()
# As it is called; some browsers add an ending when they save one.
IS_NOTEBOOK = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)
# IPython goes over a cell once for each of its magics. No more than this is given it, of all cells together:
# lines with a sign that may be one, times the length of their cell; that takes some seconds at most.
_MOST_MAGIC = 300_000


def read(path: Path) -> list[source.Cell]:
    """Return the cells of a notebook that was handed in, outputs left out.

    Raises:
        InputError: it cannot be read, is too large, or is a link, which may lead to somebody else's work.
    """
    if any(place.is_symlink() for place in (path, *path.parents[:2])):
        raise InputError(
            f"{path} is a link, and what it leads to was not handed in. Ask for the notebook itself."
        )
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a file.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if size > MOST_BYTES:
        raise InputError(
            f"{path.name} has {size / 1e6:.0f} MB, and at most {MOST_BYTES / 1e6:.0f} are read. Most of it "
            "will be outputs: clear them (in Jupyter: Edit, Clear Outputs of All Cells), and hand it in "
            "again."
        )
    with _ONE_LARGE if size > _LARGE else nullcontext():
        cells = source.read_cells(path)
    code = sum(len(cell.source) for cell in cells if cell.kind == "code")
    if code > MOST_CODE or len(cells) > MOST_CELLS:
        raise InputError(
            f"{path.name} has {len(cells):,} cells and {code / 1e6:.1f} MB of code; at most {MOST_CELLS:,} "
            f"cells and {MOST_CODE / 1e6:.0f} MB are read. Remove what was pasted by accident, and hand it "
            "in again."
        )
    return cells


def code_of(cells: Iterable[source.Cell], name: str) -> list[Cell]:
    """Return the code of a notebook as Python, a piece for each cell, in their order."""
    left, pieces = _MOST_MAGIC, []
    for cell in cells:
        if cell.kind == "code":
            text = cell.source
            signs = sum(not {"%", "!", "?"}.isdisjoint(line) for line in text.split("\n"))
            if signs and not is_python(text):
                left -= signs * len(text)
                text = as_python(text) if left >= 0 else text
            pieces.append(Cell(f"{name} cell {cell.number}", text))
    return pieces


@dataclass(frozen=True)
class Asked:
    """What is asked of a notebook.

    Attributes:
        notebook: its name, "10_lstm.ipynb".
        exercises: of its chapter.
        prerequisites: the folder with what earlier chapters give.
    """

    notebook: str
    exercises: tuple[Exercise, ...]
    prerequisites: Path


def verdicts(way: str, code: Sequence[Cell], asked: Asked, seed_of: Callable[[str], Seed]) -> list[Verdict]:
    """Judge a notebook's answers in a worker.

    Args:
        way: of isolation.
        code: of the notebook.
        asked: what is asked of it.
        seed_of: returns the seed of an exercise's inputs, by its name.

    Raises:
        NoWorkerError: there can be no worker like that.
    """
    with Worker(way, code, notebook=asked.notebook, prerequisites=asked.prerequisites) as worker:
        return [_verdict(worker, exercise, seed_of(exercise.name)) for exercise in asked.exercises]


def _verdict(worker: Worker, exercise: Exercise, seed: Seed) -> Verdict:
    top = exercise.name.partition(".")[0]
    if top not in worker.names:
        return _failed(exercise, _missing(worker, exercise))
    try:
        verdict = grade(exercise, worker, seed)
    except NoWorkerError:  # of which no student can be blamed
        raise
    except Exception as error:  # noqa: BLE001  (what came may be made to trip the judge)
        what = f"{type(error).__name__}: {error}"[:200]
        sentence = f"What {exercise.name} returns cannot be judged ({what}). Somebody has to look at it."
        return _failed(exercise, Finding(Kind.TYPE, "", sentence))
    findings = tuple(_with_reason(finding, worker, exercise) for finding in verdict.findings)
    return dataclasses.replace(verdict, findings=findings)


def _failed(exercise: Exercise, finding: Finding) -> Verdict:
    return Verdict(exercise.name, False, 0.0, float(exercise.points), (finding,))


def _missing(worker: Worker, exercise: Exercise) -> Finding:
    top = exercise.name.partition(".")[0]
    if top in worker.lost:
        return Finding(Kind.RAISED, "", f"{top} could not be loaded: {worker.lost[top]}")
    reasons = " ".join([f"There is no {exercise.name} in the notebook.", *worker.left_out.values()])
    return Finding(Kind.RAISED if worker.left_out else Kind.NOT_WRITTEN, "", reasons)


def _with_reason(finding: Finding, worker: Worker, exercise: Exercise) -> Finding:
    """Say of a name that an answer misses why it was not loaded: in the notebook it may be there."""
    name = finding.numbers.get("name")
    if finding.kind != Kind.RAISED or name not in worker.lost:
        return finding
    sentence = f"{exercise.name} uses {name}, which could not be loaded: {worker.lost[name]}"
    return dataclasses.replace(finding, sentence=sentence)
