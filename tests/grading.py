"""A course folder with a short chapter, to be handed in and graded in."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.grading.commands import grade as grade_command
from coursebuilder import release as releases
from coursebuilder.release import release
from tests.chapters import EXERCISE, QUESTION, chapter
from tests.conftest import Command

NAME = "04_softmax"
POINTS = 4.0


@pytest.fixture
def trusted_sandbox(a_sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox not be tried each time: ``test_worker`` tries it."""
    monkeypatch.setattr(grade_command, "good_isolation", lambda wanted: wanted or a_sandbox)


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course folder with a short chapter: one exercise, and an open question."""
    course = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "require_sound", lambda *_: None)
        release(chapter(EXERCISE, QUESTION), course, "class", {})
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder."""
    submit_to = tmp_path / "course"
    subprocess.run(["cp", "-r", released, submit_to], check=True)
    return submit_to


def notebook(
    course: Path, edit: Callable[[NotebookNode], Any] = lambda _: None, *, of: str = "source"
) -> NotebookNode:
    found = nbformat.read(course / of / NAME / f"{NAME}.ipynb", as_version=4)
    edit(found)
    return found


def hand_in(
    course: Path, student: str, content: NotebookNode | bytes | str, name: str = f"{NAME}.ipynb"
) -> Path:
    path = course / "submitted" / student / NAME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, NotebookNode):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cell_of(found: NotebookNode, grade_id: str) -> NotebookNode:
    return next(each for each in found.cells if each.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "captioning-from-scratch")


def marks(course: Path) -> dict[str, float | None]:
    """Return what the gradebook has of the exercise, by student."""
    with gradebook(course) as found:
        return {
            of.student.id: next(g.auto_score for n in of.notebooks for g in n.grades if "check" in g.name)
            for of in found.assignment_submissions(NAME)
        }


def grade(course: Path, command: Command, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
    got, out, err = command("grade", NAME, "--course", course, "--json", *options)
    assert got == code, err
    return {entry["student"]: entry for entry in json.loads(out)["submissions"]}
