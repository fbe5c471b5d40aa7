"""``python -m weave run book/10_lstm.md``: run a chapter on the reference, and see what it prints."""

import base64
import re
import sys
import time
from pathlib import Path

import click
import nbformat
from nbformat import NotebookNode

from weave.chapter import Chapter
from weave.errors import ChapterError
from weave.notebook import execute, printed, solution_notebook


@click.group()
def main() -> None:
    """Weave chapters into notebooks."""


@main.command()
@click.argument("chapters", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--figures", type=click.Path(path_type=Path), help="Folder for the figures, as PNG.")
@click.option("--all-output", is_flag=True, help="Show what every cell prints.")
def run(chapters: tuple[Path, ...], figures: Path | None, all_output: bool) -> None:
    """Run chapters on the reference; print what the demonstrations print, the errors and the time."""
    failed = False
    for path in chapters:
        began = time.perf_counter()
        try:
            notebook = solution_notebook(Chapter.read(path))
            notebook = execute(_as_png(notebook) if figures else notebook, path.parent)
        except ChapterError as error:
            failed = True
            print(f"{path.stem}: {error}", file=sys.stderr)
            continue
        for cell in notebook.cells:
            if cell.cell_type == "code" and (all_output or "expected" in cell.metadata.get("tags", [])):
                print(f"--- {cell.id}\n{printed(cell)}")
        if figures:
            _write_figures(notebook, figures)
        words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
        print(f"{path.stem}: {time.perf_counter() - began:.1f} s, {words} words of prose")
    sys.exit(1 if failed else 0)


def _as_png(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with its figures as PNG, to look at, where the house's style makes them SVG."""
    code = (
        "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('png')"
    )
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search(r"^house_style\(\)$", cell.source, re.MULTILINE):
            cell.source += f"\n{code}"
    return notebook


def _write_figures(notebook: NotebookNode, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    for number, picture in enumerate(pictures, 1):
        (folder / f"{number:02}.png").write_bytes(base64.b64decode(picture))


if __name__ == "__main__":
    main()
