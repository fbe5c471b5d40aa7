"""A course folder with chapter 9 released, what is handed in there, and the marks in its gradebook."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from nbgrader.api import Gradebook

from coursebuilder import release as releases
from tests.attacks import NAME, assignment


def make_course(folder: Path) -> Path:
    """Release the assignment; its solution is the reference, which other tests try."""
    with mock.patch.object(releases, "require_sound", return_value=None):
        releases.release(assignment(), folder, "class", {})
    return folder


def submit(course: Path, student: str, files: Mapping[str, bytes | str]) -> None:
    """Hand files in; what the student handed in before goes."""
    folder = course / "submitted" / student / NAME
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def gradebook_marks(course: Path) -> dict[str, float | None]:
    """Return what the gradebook has of the checked exercises, in sum, by student; None where one has none."""
    marks: dict[str, float | None] = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "captioning-from-scratch") as found:
        for of in found.assignment_submissions(NAME):
            grades = [grade for notebook in of.notebooks for grade in notebook.grades]
            scores = [grade.auto_score for grade in grades if grade.name.startswith("check_")]
            marks[of.student.id] = None if None in scores else round(sum(scores), 1)
    return marks
