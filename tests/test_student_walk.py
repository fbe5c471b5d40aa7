"""A student's walk through the course, from the installed wheel, in real kernels.

Chapter by chapter, each in a kernel of its own: with the stubs no check passes; the
solution runs whole, passes every check, and prints what the starter says that it prints. It runs on what the
course gives and on the answers of earlier chapters, saved by their checks; there is no reference in that
environment. What nbgrader makes of it is in ``test_release.py`` and ``test_grading.py``.
"""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.nbgrader.course_folder import generate_release, write_source
from autograder.nbgrader.stubs import check_id
from coursebuilder.chapter import Chapter
from coursebuilder.prerequisites import prerequisites
from coursebuilder.printed import unprinted
from coursebuilder.starter import committed_outputs, expected_outputs, source_notebook
from tests.chapters import CHAPTERS, STARTER
from tests.wheel import run

# Runs every cell, whatever those before have raised.
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, allow_errors=True).execute()
nbformat.write(notebook, "executed.ipynb")
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("walk")]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one course folder for the whole walk: what passes in it is there for later chapters."""
    return tmp_path_factory.mktemp("course")


def executed(python: Path, folder: Path, name: str, library: Path) -> NotebookNode:
    done = run(python, folder, "-c", EXECUTE, f"{name}.ipynb", library=library)
    assert done.returncode == 0, done.stdout + done.stderr
    return nbformat.read(folder / "executed.ipynb", as_version=4)


def errors_in(notebook: NotebookNode, *, checks_only: bool = False) -> list[str]:
    cells = [cell for cell in notebook.cells if not checks_only or is_check(cell)]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.ename for output in outputs if output.output_type == "error"]


def is_check(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith(check_id(""))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter(chapter: Chapter, python: Path, course: Path, tmp_path: Path) -> None:
    name, library = chapter.name, course / "my_layers"
    library.mkdir(exist_ok=True)
    outputs = committed_outputs(STARTER, [chapter])[name]
    source = write_source(course, name, source_notebook(chapter, outputs), prerequisites(before=1))
    released = shutil.copytree(generate_release(course, name), tmp_path / "released")

    stubs = executed(python, released, name, library)
    n_checks = sum(map(is_check, stubs.cells))
    assert n_checks == len(chapter.exercises)
    assert len(errors_in(stubs, checks_only=True)) == n_checks
    assert errors_in(stubs)[:1] == (["NotImplementedError"] if n_checks else [])

    solved = executed(python, source, name, library)
    assert errors_in(solved) == []
    printed = {cell: text for cell, text in expected_outputs(solved).items() if text}
    shown = {cell.id for cell in solved.cells if "expected" in cell.metadata.get("tags", [])}
    assert {cell: printed.get(cell) for cell in shown} == {cell: outputs.get(cell) for cell in shown}
    # Of the others only the numbers that the prose quotes need be the same on every machine.
    assert list(unprinted(chapter, printed.values())) == []


def test_no_reference_was_there(python: Path, course: Path) -> None:
    done = run(python, course, "-c", "import captioning, solutions")
    assert "No module named 'solutions'" in done.stderr
