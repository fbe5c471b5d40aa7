"""A student's walk through the course, from the installed wheel, in real kernels.

Chapter by chapter, each in a kernel of its own: with the stubs no check passes; the
solution runs, passes every check, and prints what the starter says that it prints. It runs on what the
course gives and on the answers of earlier chapters, saved by their checks; there is no reference in that
environment. What nbgrader makes of it is in ``test_release.py`` and ``test_grading.py``.

What comes after the last check of the ``LONG`` chapters, experiments that nothing builds on, is run with
``--whole`` (``make proofs``); without, on the reference alone, by ``make book``.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.nbgrader.course_folder import generate_release, write_source
from autograder.nbgrader.ids import check_id
from captioning.answers.library import VARIABLE
from captioning.layers import whose
from coursebuilder.chapter import Chapter
from coursebuilder.prerequisites import prerequisites
from coursebuilder.printed import unprinted
from coursebuilder.starter import committed_outputs, expected_outputs, source_notebook
from tests.chapters import CHAPTERS, STARTER
from tests.conftest import Command
from tests.wheel import run

LONG = {
    *("04_softmax", "05_optimizers", "06_convolution", "07_vgg16", "09_rnn"),
    *("11_gru", "12_temporal", "15_decoding"),
}
# Runs every cell of a notebook as long as none fails, and after that those that nbgrader knows: a student who
# has not written the answers gets no further with the others, and some of them train for half a minute.
EXECUTE = """
import os, sys
import nbformat
from nbclient import NotebookClient
for folder in sys.argv[2:]:
    os.chdir(folder)
    notebook = nbformat.read(sys.argv[1], as_version=4)
    client = NotebookClient(notebook, timeout=300, allow_errors=True, shutdown_kernel="immediate")
    failed = False
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            if not failed or "nbgrader" in cell.metadata:
                client.execute_cell(cell, number)
                failed = failed or any(one.output_type == "error" for one in cell.get("outputs", []))
    nbformat.write(notebook, "executed.ipynb")
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("walk")]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one course folder for the whole walk: what passes in it is there for later chapters."""
    return tmp_path_factory.mktemp("course")


def executed(python: Path, folders: list[Path], name: str, library: Path | None) -> Iterator[NotebookNode]:
    """Execute a chapter in each folder, one after the other, each time in a kernel of its own."""
    done = run(python, folders[0], "-c", EXECUTE, f"{name}.ipynb", *map(str, folders), library=library)
    assert done.returncode == 0, done.stdout + done.stderr
    for folder in folders:
        yield nbformat.read(folder / "executed.ipynb", as_version=4)


def leave_out_experiments(path: Path) -> None:
    """Cut a notebook off after its last check."""
    notebook = nbformat.read(path, as_version=4)
    last = max(number for number, cell in enumerate(notebook.cells) if is_check(cell))
    notebook.cells = notebook.cells[: last + 1]
    nbformat.write(notebook, path)


def code_of(folder: Path, name: str) -> list[str]:
    cells = nbformat.read(folder / f"{name}.ipynb", as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def errors_in(notebook: NotebookNode, *, checks_only: bool = False) -> list[str]:
    cells = [cell for cell in notebook.cells if not checks_only or is_check(cell)]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.ename for output in outputs if output.output_type == "error"]


def is_check(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith(check_id(""))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter(chapter: Chapter, python: Path, course: Path, tmp_path: Path, whole: bool) -> None:
    name, library = chapter.name, course / "my_layers"
    library.mkdir(exist_ok=True)
    outputs = committed_outputs(STARTER, [chapter])[name]
    source = write_source(course, name, source_notebook(chapter, outputs), prerequisites(before=1))
    released = shutil.copytree(generate_release(course, name), tmp_path / "released")

    if name in LONG and not whole:
        for folder in (released, source):
            leave_out_experiments(folder / f"{name}.ipynb")
    if chapter.exercises:
        stubs, solved = executed(python, [released, source], name, library)
        assert sum(map(is_check, stubs.cells)) == len(chapter.exercises)
        # Each check has run, and said no.
        assert errors_in(stubs, checks_only=True) == ["NotYet"] * len(chapter.exercises)
        assert errors_in(stubs)[0] == "NotImplementedError"
    else:
        assert code_of(released, name) == code_of(source, name)
        (solved,) = executed(python, [source], name, library)
    assert errors_in(solved) == []
    printed = {cell: text for cell, text in expected_outputs(solved).items() if text}
    shown = {cell.id for cell in solved.cells if "expected" in cell.metadata.get("tags", [])}
    assert {cell: printed.get(cell) for cell in shown} == {cell: outputs.get(cell) for cell in shown}
    # Of the others only the numbers that the prose quotes need be the same on every machine.
    run_here = {cell.id for cell in solved.cells}
    left_out = [text for cell, text in outputs.items() if cell not in run_here]
    assert bool(left_out) == (name in LONG and not whole)
    assert list(unprinted(chapter, [*printed.values(), *left_out])) == []


def test_no_reference_was_there(python: Path, course: Path) -> None:
    done = run(python, course, "-c", "import captioning, solutions")
    assert "No module named 'solutions'" in done.stderr


def test_only_chapter_10_runs_on_what_is_borrowed(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who learns alone has the reference: it lends what the other chapters would have given."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert (
        "are borrowed from the reference until yours pass" in command("start", "mine", "--chapters", "10")[1]
    )
    (chapter,) = (one for one in CHAPTERS if one.name == "10_lstm")
    answered = source_notebook(chapter, committed_outputs(STARTER, [chapter])[chapter.name])
    nbformat.write(answered, tmp_path / "mine" / chapter.name / f"{chapter.name}.ipynb")
    (solved,) = executed(Path(sys.executable), [tmp_path / "mine" / chapter.name], chapter.name, None)
    assert errors_in(solved) == []
    monkeypatch.chdir(tmp_path / "mine")
    assert whose("lstm_backward") == "yours (my_layers/lstm_backward.py)"
    assert whose("conv_forward") == "borrowed (solutions/convolution.py)"
    (row,) = (line for line in command("progress")[1].splitlines() if " LSTM " in line and "5/5" in line)
    assert row.rstrip().endswith("yours")
