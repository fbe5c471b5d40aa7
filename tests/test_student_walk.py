"""A student's walk through the course, from the installed wheel, graded by nbgrader.

Chapter by chapter, each in a fresh interpreter: the stub stops at the first function that is to be written
and gets no points; the solution runs whole, gets all points, and prints what the starter says that it prints.
It runs on what the course gives and on the answers of earlier chapters, saved by their checks; there is no
reference in that environment.
"""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.exercises.registry import all_exercises
from autograder.nbgrader.course_folder import generate_release, submit, write_source
from coursebuilder.chapter import Chapter
from coursebuilder.prerequisites import prerequisites
from coursebuilder.printed import unprinted
from coursebuilder.starter import committed_outputs, expected_outputs, source_notebook
from tests.chapters import CHAPTERS, STARTER
from tests.wheel import run

ROOT = Path(__file__).parents[1]
GRADE = """
import json, sys
from pathlib import Path
from autograder.nbgrader.course_folder import autograde
print(json.dumps(autograde(Path(), *sys.argv[1:])))
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("walk")]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one course folder for the whole walk: what passes in it is there for later chapters."""
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the weaver, which calls nbgrader, and without the reference."""
    folder = tmp_path_factory.mktemp("tools")
    shutil.copytree(
        ROOT / "coursebuilder", folder / "coursebuilder", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def grade(python: Path, course: Path, tools: Path, name: str, student: str) -> tuple[float, float]:
    # Both have the answers of earlier chapters, which the solution has saved.
    library = course / "autograded" / "solution" / "my_layers"
    library.mkdir(parents=True, exist_ok=True)
    done = run(python, course, "-c", GRADE, name, student, also=tools, library=library)
    assert done.returncode == 0, done.stdout + done.stderr
    points, of = json.loads(done.stdout.splitlines()[-1])
    return points, of


def errors_in(course: Path, name: str, student: str) -> list[str]:
    graded = nbformat.read(course / "autograded" / student / name / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in graded.cells for output in cell.get("outputs", [])]
    return [output.ename for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter(chapter: Chapter, python: Path, course: Path, tools: Path) -> None:
    name = chapter.name
    outputs = committed_outputs(STARTER, [chapter])[name]
    source = write_source(course, name, source_notebook(chapter, outputs), prerequisites(before=1))
    released = generate_release(course, name)
    submit(course, name, "stub", released)
    submit(course, name, "solution", source)
    points = sum(e.points for e in all_exercises().values() if e.chapter == chapter.number)

    assert grade(python, course, tools, name, "stub") == (0, points)
    errors = errors_in(course, name, "stub")
    assert errors[:1] == (["NotImplementedError"] if points else [])

    graded = grade(python, course, tools, name, "solution")
    assert errors_in(course, name, "solution") == []
    assert graded == (points, points)
    executed = nbformat.read(course / "autograded" / "solution" / name / f"{name}.ipynb", as_version=4)
    printed = {cell: text for cell, text in expected_outputs(executed).items() if text}
    shown = {cell.id for cell in executed.cells if "expected" in cell.metadata.get("tags", [])}
    assert {cell: printed.get(cell) for cell in shown} == {cell: outputs.get(cell) for cell in shown}
    # Of the others only the numbers that the prose quotes need be the same on every machine.
    assert list(unprinted(chapter, printed.values())) == []


def test_no_reference_was_there(python: Path, course: Path, tools: Path) -> None:
    done = run(python, course, "-c", "import coursebuilder, captioning, solutions", also=tools)
    assert "No module named 'solutions'" in done.stderr
