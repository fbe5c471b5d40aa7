"""``starter/``: what a student gets, made from all chapters."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from captioning.files import atomic_write
from captioning.layers import PREREQUISITES
from weave.chapter import Chapter
from weave.course_folder import generate_release, write_source
from weave.errors import ChapterError
from weave.notebook import execute, printed, solution_notebook
from weave.prerequisites import prerequisites

HEADING = "**Expected output**"


def source_notebook(chapter: Chapter, outputs: Mapping[str, str]) -> NotebookNode:
    """Return a chapter's notebook with solutions, and under each demonstration what it is expected to print.

    Args:
        chapter: the chapter.
        outputs: what each demonstration prints, by the cell's id, from ``expected_outputs``.
    """
    notebook = solution_notebook(chapter)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if "expected" in cell.metadata.get("tags", []) and outputs.get(cell.id):
            text = f"{HEADING}\n```text\n{outputs[cell.id]}\n```"
            cells.append(new_markdown_cell(text, id=f"expected-{cell.id}"[:64]))
    notebook.cells = cells
    return notebook


def expected_outputs(executed: NotebookNode) -> dict[str, str]:
    """Return what each demonstration of an executed solution notebook printed, by the cell's id."""
    return {cell.id: printed(cell) for cell in executed.cells if "expected" in cell.metadata.get("tags", [])}


def stated_outputs(starter_notebook: NotebookNode) -> dict[str, str]:
    """Return the expected outputs that a starter's notebook states, by the demonstration's id."""
    found = {}
    for before, cell in zip(starter_notebook.cells, starter_notebook.cells[1:], strict=False):
        if cell.cell_type == "markdown" and cell.source.startswith(f"{HEADING}\n"):
            found[before.id] = cell.source.removeprefix(f"{HEADING}\n```text\n").removesuffix("\n```")
    return found


def run_on_reference(chapter: Chapter) -> NotebookNode:
    """Return a chapter's solution notebook with its outputs; it is run in an empty folder, on the reference.

    Raises:
        ChapterError: a cell failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            return execute(solution_notebook(chapter), Path(folder))
        except ChapterError as error:
            raise ChapterError(f"{chapter.name}: {error}") from error


def starter_files(chapters: Iterable[Chapter], outputs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return every file of the starter by its path in it.

    Args:
        chapters: all chapters.
        outputs: what the demonstrations of each chapter print, by its name.
    """
    files = {f"{PREREQUISITES}/{file}": text for file, text in prerequisites(before=1).items()}
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        for chapter in chapters:
            write_source(course, chapter.name, source_notebook(chapter, outputs[chapter.name]), {})
            released = generate_release(course, chapter.name) / f"{chapter.name}.ipynb"
            # As nbformat writes it, whatever the release of nbgrader does.
            text = nbformat.writes(nbformat.read(released, as_version=4)) + "\n"
            files[f"{chapter.name}/{chapter.name}.ipynb"] = text
    return files


def committed_outputs(starter: Path, chapters: Iterable[Chapter]) -> dict[str, dict[str, str]]:
    """Return the expected outputs that the files in ``starter/`` state, by chapter."""
    found = {}
    for chapter in chapters:
        path = starter / chapter.name / f"{chapter.name}.ipynb"
        found[chapter.name] = stated_outputs(nbformat.read(path, as_version=4)) if path.is_file() else {}
    return found


def stale_files(starter: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths that are not as they should be: changed, missing or superfluous."""
    there = {path.relative_to(starter).as_posix(): path for path in starter.rglob("*") if path.is_file()}
    differing = [
        name for name, text in files.items() if name not in there or there[name].read_text("utf-8") != text
    ]
    return sorted({*differing, *(set(there) - set(files))})


def write_starter(starter: Path, files: Mapping[str, str]) -> None:
    """Write the files of the starter, and remove what is no longer of it."""
    for name in stale_files(starter, files) if starter.is_dir() else list(files):
        path = starter / name
        if name not in files:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as temporary:
            temporary.write_text(files[name], encoding="utf-8")
    for folder in sorted(starter.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            shutil.rmtree(folder)


def make_starter(
    chapters: Iterable[Chapter], starter: Path, on_chapter: Callable[[str], object] = lambda _: None
) -> None:
    """Run all chapters on the reference, and write the starter anew."""
    chapters = list(chapters)
    outputs = {}
    for chapter in chapters:
        outputs[chapter.name] = expected_outputs(run_on_reference(chapter))
        on_chapter(chapter.name)
    write_starter(starter, starter_files(chapters, outputs))
