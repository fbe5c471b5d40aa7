"""Marks out of nbgrader's gradebook, as tables that other systems read."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nbgrader.api import Gradebook

from autograder.grading.assignment import Assignment


@dataclass(frozen=True)
class Row:
    """The marks of a student.

    Attributes:
        student: by the id of the gradebook.
        name: "Lovelace, Ada", or the id where the gradebook knows no name.
        exercises: points of each exercise, and of each open question; None where nobody has graded it yet.
        penalty: for being late.
        total, of: what it comes to, of what.
    """

    student: str
    name: str
    exercises: dict[str, float | None]
    penalty: float
    total: float
    of: float

    @property
    def waiting(self) -> int:
        """How many cells nobody has graded yet."""
        return sum(points is None for points in self.exercises.values())


def rows_of(gradebook: Gradebook, assignment: Assignment) -> list[Row]:
    """Return the marks of everybody whose submission is in the gradebook, ordered by student."""
    names = {assignment.check_of(exercise.name): exercise.name for exercise in assignment.asked.exercises}
    order = {cell: number for number, cell in enumerate(assignment.cells)}
    rows = []
    for submission in gradebook.assignment_submissions(assignment.name):
        notebook = next(each for each in submission.notebooks if each.name == assignment.name)
        grades = sorted(notebook.grades, key=lambda grade: order.get(grade.name, len(order)))
        points = {names.get(grade.name, grade.name): _points(grade) for grade in grades}
        student = submission.student
        full = ", ".join(filter(None, [student.last_name, student.first_name])) or student.id
        penalty = float(notebook.late_submission_penalty or 0)
        total = float(notebook.score) - penalty
        rows.append(Row(student.id, full, points, penalty, total, float(notebook.max_score)))
    return sorted(rows, key=lambda row: row.student)


def _points(grade: object) -> float | None:
    manual, automatic = grade.manual_score, grade.auto_score  # type: ignore[attr-defined]
    score = automatic if manual is None else manual
    return None if score is None else float(score + (grade.extra_credit or 0))  # type: ignore[attr-defined]


def as_plain(rows: list[Row], assignment: Assignment) -> str:
    """Return a table with the points of each exercise."""
    names = list(rows[0].exercises) if rows else []
    head = ["student", "name", *names, "late penalty", "total", "of", "to be graded by hand"]
    return _table(
        head,
        (
            [row.student, row.name, *map(_text, row.exercises.values()), *_end(row), str(row.waiting)]
            for row in rows
        ),
    )


def as_moodle(rows: list[Row], assignment: Assignment) -> str:
    """Return a table for Moodle's import of grades (Grades, Import, CSV file): map `ID number` to itself."""
    return _table(["ID number", assignment.name], ([row.student, _text(row.total)] for row in rows))


def as_canvas(rows: list[Row], assignment: Assignment) -> str:
    """Return a table for Canvas's import of its gradebook; students are found by their SIS login."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment.name]
    possible = ["    Points Possible", "", "", "", "", _text(rows[0].of if rows else 0.0)]
    marks = ([row.name, "", "", row.student, "", _text(row.total)] for row in rows)
    return _table(head, [possible, *marks])


FORMATS: dict[str, Callable[[list[Row], Assignment], str]] = {
    "csv": as_plain,
    "moodle": as_moodle,
    "canvas": as_canvas,
}


def _end(row: Row) -> list[str]:
    return [_text(row.penalty), _text(row.total), _text(row.of)]


def _text(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_harmless(field) for field in row] for row in rows)
    return text.getvalue()


def _harmless(field: str) -> str:
    """Keep a spreadsheet from taking a name for a formula; a number stays one."""
    begins_one = field.startswith(("=", "+", "@", "-", "\t", "\r"))
    return f"'{field}" if begins_one and not re.fullmatch(r"-[\d.]+(e[+-]?\d+)?", field) else field
