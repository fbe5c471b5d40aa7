"""What is graded: an assignment of this course, as it was released; nothing here comes from a student."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder.exercises.registry import all_exercises
from autograder.grading.submission import Asked
from autograder.nbgrader.ids import check_id
from captioning.errors import InputError
from captioning.layers import PREREQUISITES
from captioning.source.notebook import Cell, read_cells


@dataclass(frozen=True)
class Assignment:
    """A released chapter.

    Attributes:
        name: "10_lstm".
        cells: of the released notebook that nbgrader knows, by their id, in their order.
        asked: its exercises, and what earlier chapters give.
        words: the texts of its cells that are not code.
    """

    name: str
    cells: dict[str, Cell]
    asked: Asked
    words: frozenset[str] = frozenset()

    def check_of(self, exercise: str) -> str:
        """Return the id of the cell that an exercise's points are kept with."""
        return check_id(exercise)

    def answer_of(self, exercise: str) -> str:
        """Return the id of the cell that the answer is written in; the methods of a class share one."""
        return exercise.partition(".")[0]

    def prerequisites(self) -> dict[str, str]:
        """Return what earlier chapters give, by the name of its file."""
        files = sorted(self.asked.prerequisites.glob("*.py"))
        return {path.name: path.read_text(encoding="utf-8") for path in files}


def read_assignment(release: Path, source: Path, name: str) -> Assignment | None:
    """Return an assignment, None if it is not of this course.

    Args:
        release, source: nbgrader's folders of it; the first has the notebook that students got.
        name: of it.

    Raises:
        InputError: its notebook cannot be read.
    """
    path = release / f"{name}.ipynb"
    if not path.is_file():
        return None
    all_cells = read_cells(path)
    cells = {grade_id(cell): cell for cell in all_cells if grade_id(cell)}
    exercises = tuple(exercise for exercise in all_exercises().values() if check_id(exercise.name) in cells)
    if not exercises:
        return None
    words = frozenset(cell.source.strip() for cell in all_cells if cell.kind != "code")
    return Assignment(name, cells, Asked(path.name, exercises, source / PREREQUISITES), words)


def grade_id(cell: Cell) -> str:
    """Return the id by which nbgrader knows a cell, "" if it knows it not."""
    found: Any = cell.metadata.get("nbgrader")
    found = found.get("grade_id") if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def require_of(assignment: Assignment, cells: list[Cell]) -> None:
    """Hold a notebook to it that it is of an assignment.

    Raises:
        InputError: it is of another, or of none; the message says which.
    """
    ids = {grade_id(cell) for cell in cells} - {""}
    code = "\n".join(cell.source for cell in cells if cell.kind == "code")
    own = {exercise.name.partition(".")[0] for exercise in assignment.asked.exercises}
    defined = set(re.findall(r"^[ \t]*(?:def|class) (\w+)", code, re.MULTILINE))
    if ids & set(assignment.cells) or defined & own:
        return
    others = {_chapters()[name] for name in ids | defined if name in _chapters()}
    what = f"of chapter {min(others)}" if others else "none of this course"
    raise InputError(
        f"this notebook is {what}: it has no cell and no function of {assignment.name}. Ask for the notebook "
        f"of {assignment.name}, or grade this one as what it is."
    )


@cache
def _chapters() -> dict[str, int]:
    """Return the chapter of each exercise, by the name of its answer and by the id of its check."""
    exercises = all_exercises().values()
    return {e.name.partition(".")[0]: e.chapter for e in exercises} | {
        check_id(e.name): e.chapter for e in exercises
    }
