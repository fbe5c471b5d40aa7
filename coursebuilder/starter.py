"""``starter/``: what a student gets, made from all chapters."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.reader import NotJSONError
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum

from autograder.nbgrader.course_folder import generate_release, is_cache, write_source
from captioning.course.folder import START_HERE
from captioning.files import atomic_write
from captioning.installing import requirement, solutions_requirement
from captioning.layers import PREREQUISITES
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.notebook import OUTPUTS, plain_notebook, printed, solution_notebook
from coursebuilder.prerequisites import prerequisites
from coursebuilder.printed import require_printed
from coursebuilder.side_by_side import execute_side_by_side
from coursebuilder.whole_game import NOTEBOOKS, game_notebook

HEADING = "**Expected output**"
START = Path(__file__).with_name("start_here.md")
# Where the course is installed this does nothing.
SETUP = """\
# In Colab, say, where the course is not installed yet, this installs it.
try:
    import captioning
except ModuleNotFoundError:
    %pip install --quiet {requirements}
"""


def source_notebook(
    chapter: Chapter, outputs: Mapping[str, str], *, also_installed: Sequence[str] = ()
) -> NotebookNode:
    """Return a chapter's notebook with solutions, and under each demonstration what it is expected to print.

    What other cells print that the prose quotes is in their metadata: nobody is to see it before the run.

    Args:
        chapter: the chapter.
        outputs: what each cell prints whose output is kept, by the cell's id, from ``expected_outputs``.
        also_installed: what pip installs beside the course where it is not installed yet.
    """
    notebook = solution_notebook(chapter)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if len(cells) == 1:
            # Chapter 0 ends with the machine.
            cells += [_setup(also_installed), *([_machine(chapter)] if chapter.number > 0 else [])]
        if "printed" in cell.metadata.get("tags", []) and outputs.get(cell.id):
            cell.metadata["printed"] = outputs[cell.id]
        if "expected" in cell.metadata.get("tags", []) and outputs.get(cell.id):
            text = f"{HEADING}\n```text\n{outputs[cell.id]}\n```"
            cells.append(new_markdown_cell(text, id=f"expected-{cell.id}"[:64]))
    notebook.cells = cells
    return notebook


def _setup(also_installed: Sequence[str]) -> NotebookNode:
    requirements = " ".join(f'"{one}"' for one in (requirement("widgets"), *also_installed))
    cell = new_code_cell(SETUP.format(requirements=requirements).strip(), id="setup")
    cell.metadata["jupyter"] = {"source_hidden": True}
    return cell


def _machine(chapter: Chapter) -> NotebookNode:
    """Return the cell that shows what is one's own of the machine, with the chapter's layers outlined."""
    source = f"from captioning.course.machine import machine\n\nmachine(chapter={chapter.number})"
    cell = new_code_cell(source, id="machine")
    cell.metadata["jupyter"] = {"source_hidden": True}
    return cell


def expected_outputs(executed: NotebookNode) -> dict[str, str]:
    """Return what cells of an executed solution notebook printed whose output is kept, by the cell's id."""
    kept = (cell for cell in executed.cells if set(OUTPUTS) & set(cell.metadata.get("tags", [])))
    return {cell.id: printed(cell) for cell in kept}


def stated_outputs(starter_notebook: NotebookNode) -> dict[str, str]:
    """Return the outputs that a starter's notebook states, by the cell's id."""
    cells = starter_notebook.cells
    found = {cell.id: cell.metadata["printed"] for cell in cells if "printed" in cell.metadata}
    for before, cell in pairwise(cells):
        if cell.cell_type == "markdown" and cell.source.startswith(f"{HEADING}\n"):
            found[before.id] = cell.source.removeprefix(f"{HEADING}\n```text\n").removesuffix("\n```")
    return found


def starter_files(chapters: Iterable[Chapter], outputs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return every file of the starter by its path in it.

    Args:
        chapters: all chapters.
        outputs: what the demonstrations of each chapter print, by its name.
    """
    files = {f"{PREREQUISITES}/{file}": text for file, text in prerequisites(before=1).items()}
    first = plain_notebook(START.read_text(encoding="utf-8"), START.stem)
    files[START_HERE] = nbformat.writes(first) + "\n"
    # Who opens one of these by its address learns alone, and has no layers of earlier chapters; a class gets
    # its notebooks from `captioning release`, which leaves the reference out.
    also_installed = (solutions_requirement(),)
    for name in NOTEBOOKS:
        game = game_notebook(name)
        game.cells.insert(1, _setup(also_installed))
        files[f"{name}.ipynb"] = nbformat.writes(game) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        for chapter in chapters:
            source = source_notebook(chapter, outputs[chapter.name], also_installed=also_installed)
            write_source(course, chapter.name, source, {})
            released = generate_release(course, chapter.name) / f"{chapter.name}.ipynb"
            # As nbformat writes it, whatever the release of nbgrader does.
            text = nbformat.writes(nbformat.read(released, as_version=4)) + "\n"
            files[f"{chapter.name}/{chapter.name}.ipynb"] = text
    return files


def committed_outputs(starter: Path, chapters: Iterable[Chapter]) -> dict[str, dict[str, str]]:
    """Return the outputs that the files in ``starter/`` state, by chapter."""
    found = {}
    for chapter in chapters:
        path = starter / chapter.name / f"{chapter.name}.ipynb"
        found[chapter.name] = stated_outputs(_read(path)) if path.is_file() else {}
    return found


def _read(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (NotJSONError, UnicodeDecodeError) as error:
        raise ChapterError(f"{path} is not a notebook; remove it, and run `make starter`") from error


def _files_in(starter: Path) -> dict[str, Path]:
    files = (path for path in sorted(starter.rglob("*")) if path.is_file() and not is_cache(path, starter))
    return {path.relative_to(starter).as_posix(): path for path in files}


def require_untouched(starter: Path) -> None:
    """Hold ``starter/`` to it that nobody works in it: that would be written over.

    Raises:
        ChapterError: a file is none that we make, or a cell that a student writes is not as it was made.
    """
    beside = "|".join([START_HERE, *(rf"{name}\.ipynb" for name in NOTEBOOKS)])
    for name, path in _files_in(starter).items():
        if not re.fullmatch(rf"(\d\d_\w+)/\1\.ipynb|{PREREQUISITES}/\w+\.py|{beside}", name):
            raise ChapterError(f"{path} is not of the starter; move it away, and run `make starter` again")
        if path.suffix == ".ipynb" and any(_is_changed(cell) for cell in _read(path).cells):
            raise ChapterError(
                f"{path} holds answers, which would be written over. Work in a folder of your own, which "
                "`captioning start` makes; move this file there, and run `make starter` again"
            )


def _is_changed(cell: NotebookNode) -> bool:
    """Tell whether a cell is another than nbgrader has stated the checksum of."""
    checksum = cell.metadata.get("nbgrader", {}).get("checksum")
    return checksum is not None and checksum != compute_checksum(cell)


def stale_files(starter: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths that are not as they should be: changed, missing or superfluous."""
    there = _files_in(starter)
    differing = [
        name for name, text in files.items() if name not in there or there[name].read_text("utf-8") != text
    ]
    return sorted({*differing, *(set(there) - set(files))})


def write_starter(starter: Path, files: Mapping[str, str]) -> None:
    """Write the files of the starter, and remove what is no longer of it.

    Raises:
        ChapterError: somebody works in it; nothing is written then.
    """
    require_untouched(starter)
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


def make_starter(chapters: list[Chapter], starter: Path) -> None:
    """Run all chapters on the reference, each in an empty folder, and write the starter.

    Raises:
        ChapterError: a cell failed, the prose quotes what was not printed, or somebody works in the starter.
    """
    require_untouched(starter)
    outputs: dict[str, dict[str, str]] = {}

    def keep(name: str, executed: NotebookNode) -> None:
        outputs[name] = expected_outputs(executed)

    execute_side_by_side({chapter.name: solution_notebook(chapter) for chapter in reversed(chapters)}, keep)
    require_printed(chapters, outputs)
    write_starter(starter, starter_files(chapters, outputs))
