"""A chapter as a notebook, and what it prints when it runs."""

import ast
import os
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from captioning.answers.library import VARIABLE
from captioning.source.code import as_python
from coursebuilder.chapter import Chapter, read_notebook
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.plain import plain

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SECONDS = 300
# The tags of cells whose output is kept in starter/: shown under a demonstration, or for the prose to quote.
OUTPUTS = ("expected", "printed")


def solution_notebook(chapter: Chapter) -> NotebookNode:
    """Return the source notebook of a chapter: solutions, checks, and the metadata that nbgrader reads.

    Raises:
        ChapterError: the chapter cannot be expanded.
    """
    text = re.sub(r"^# ", f"# {chapter.number}. ", expand(chapter, "notebook"), count=1, flags=re.MULTILINE)
    return plain_notebook(text, chapter.name)


def plain_notebook(text: str, name: str, course: str = "..") -> NotebookNode:
    """Return a text in MyST Markdown as a notebook that needs nothing of MyST.

    Args:
        text: the text.
        name: of what it is called where something is wrong.
        course: the folder of the course, seen from the notebook's.

    Raises:
        ChapterError: the options of a cell are malformed.
    """
    notebook = read_notebook(text, name)
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    seen: dict[str, int] = {}
    notebook.cells = [each for cell in notebook.cells for each in _with_caption(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, course)
        cell.metadata.pop("mystnb", None)
        tags = cell.metadata.pop("tags", [])
        if "hide-input" in tags or _only_imports(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
        tags = [tag for tag in tags if tag in OUTPUTS]
        if tags:
            cell.metadata["tags"] = tags
        cell.id = _cell_id(cell, seen)
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def _only_imports(cell: NotebookNode) -> bool:
    """Tell whether a cell imports, sets the style of the figures, and does nothing else."""
    if cell.cell_type != "code" or "nbgrader" in cell.metadata:
        return False
    statements = ast.parse(as_python(cell.source)).body
    rest = [ast.unparse(node) for node in statements if not isinstance(node, ast.Import | ast.ImportFrom)]
    return len(rest) < len(statements) and set(rest) <= {"house_style()"}


def _with_caption(cell: NotebookNode) -> list[NotebookNode]:
    """Return a cell, and below it the caption that a page of the book shows under its figure."""
    caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption")
    return [cell, new_markdown_cell(f"*Figure.* {caption}")] if caption else [cell]


def _cell_id(cell: NotebookNode, seen: dict[str, int]) -> str:
    """Return an id that stays the same as long as the cell does, so that notebooks can be compared."""
    graded = cell.metadata.get("nbgrader", {}).get("grade_id")
    words = re.sub(r"[^a-z0-9]+", "-", (graded or cell.source[:40]).lower()).strip("-")[:40] or cell.cell_type
    seen[words] = seen.get(words, 0) + 1
    return words if seen[words] == 1 else f"{words}-{seen[words]}"


def execute(
    notebook: NotebookNode,
    folder: Path,
    *,
    allow_errors: bool = False,
    on_cell: Callable[[], None] = lambda: None,
) -> NotebookNode:
    """Run a notebook in a fresh kernel, in a folder; return it with its outputs.

    Args:
        notebook: it is left as it is.
        folder: the kernel's working folder.
        allow_errors: go on after a cell that fails.
        on_cell: called after every cell, to show progress.

    Raises:
        ChapterError: a cell failed; the message shows it, and the error.
    """
    notebook = nbformat.from_dict(notebook)

    def executed(**_: object) -> None:
        on_cell()

    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        allow_errors=allow_errors,
        # Times in a cell's metadata would make it another cell than the one that is looked for in a cache.
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=executed,
        # A kernel that is asked to leave takes a second for it, and has nothing left to do.
        shutdown_kernel="immediate",
        # No warning that this machine's own kernel is talked to without encryption.
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    try:
        # One thread for each kernel: a second one would wait for the first. The layers are the reference's,
        # the library of answers on this machine.
        return client.execute(env=os.environ | {"OPENBLAS_NUM_THREADS": "1", VARIABLE: ""})
    except CellExecutionError as error:
        raise ChapterError(f"a cell failed:\n{error}") from error


def printed(cell: NotebookNode) -> str:
    """Return the text that a cell printed, or that its last line shows."""
    text = ""
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            # One print may come in several pieces, cut anywhere.
            text += output.text
        elif output.output_type in {"execute_result", "display_data"} and "image/svg+xml" not in output.data:
            begins_a_line = not text or text.endswith("\n")
            text += ("" if begins_a_line else "\n") + output.data.get("text/plain", "")
    return text.strip("\n")
