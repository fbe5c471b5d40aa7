"""``python -m coursebuilder`` runs chapters, holds them to the rules, makes starter/, and builds the book."""

import base64
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from autograder.nbgrader.stubs import MarkerError
from captioning.errors import InputError
from coursebuilder.beside import beside
from coursebuilder.book import EDITIONS, build_book
from coursebuilder.chapter import Chapter, read_chapters, read_pages
from coursebuilder.errors import ChapterError
from coursebuilder.experiments import all_experiments, require_fresh
from coursebuilder.layers_stub import stale_tool_files, tool_files, write_tool_files
from coursebuilder.notebook import execute, printed, solution_notebook
from coursebuilder.printed import require_printed, unprinted
from coursebuilder.rules import require_rules
from coursebuilder.starter import (
    committed_outputs,
    expected_outputs,
    make_starter,
    stale_files,
    starter_files,
)

ROOT = Path(__file__).resolve().parents[1]
BOOK, STARTER = ROOT / "book", ROOT / "starter"
RENDERED = ROOT / "_book"


@click.group()
def main() -> None:
    """Make notebooks, starter/ and the book from the chapters."""


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
        for problem in unprinted(Chapter.read(path), expected_outputs(notebook).values()):
            failed = True
            print(problem, file=sys.stderr)
        words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
        print(f"{path.stem}: {time.perf_counter() - began:.1f} s, {words} words of prose")
    sys.exit(1 if failed else 0)


@main.command()
def rules() -> None:
    """Hold all chapters to the rules of the course, and what they quote to what was printed."""
    with _one_line_errors():
        chapters = read_chapters(BOOK)
        require_rules(chapters)
        require_printed(chapters, committed_outputs(STARTER, chapters))
        require_fresh(all_experiments())


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Only say whether starter/ is as it should be.")
def starter(only_check: bool) -> None:
    """Make starter/: run every chapter on the reference, and let nbgrader take the solutions out.

    The stub of the layers and the table of exercises beside captioning/ are made too. With --check nothing is
    run and nothing written; the expected outputs are taken from starter/ itself.
    """
    with _one_line_errors():
        chapters = read_chapters(BOOK)
        require_rules(chapters)
        if not only_check:
            write_tool_files(ROOT, tool_files())
            make_starter(chapters, STARTER)
            return
        outputs = committed_outputs(STARTER, chapters)
        require_printed(chapters, outputs)
        stale = stale_files(STARTER, starter_files(chapters, outputs))
        stale = [*stale_tool_files(ROOT, tool_files()), *(f"{STARTER.name}/{name}" for name in stale)]
        if stale:
            raise ChapterError(f"stale: {', '.join(stale)}. Run `make starter`.")


@main.command()
@click.argument("names", metavar="[EXERCISE...]", nargs=-1)
@click.option("--every", default=1, show_default=True, help="Of an exercise's mistakes only each so many-th.")
def sandbox(names: tuple[str, ...], every: int) -> None:
    """Hold verdicts that are reached in a sandbox against those of the grader's own process, word for word.

    All answers that we have are tried, to all exercises or to those that are named.
    """
    from autograder.exercises.registry import all_exercises  # noqa: PLC0415
    from autograder.grading.probes import good_isolation  # noqa: PLC0415  (only here a sandbox is needed)
    from coursebuilder.sandbox import judged_in_both  # noqa: PLC0415

    isolation, tried, at_random, differing = good_isolation(None), 0, 0, 0
    for exercise in all_exercises().values():
        if names and exercise.name not in names:
            continue
        for answer, here, there, is_random in judged_in_both(exercise, isolation, every):
            tried += 1
            at_random += is_random
            if here != there and not is_random:
                differing += 1
                print(f"{exercise.name}, {answer}\n  here:  {here}\n  there: {there}", flush=True)
        print(
            f"{exercise.name}: {tried} verdicts so far, {differing} differ, {at_random} at random", flush=True
        )
    sys.exit(1 if differing else 0)


@main.command()
@click.argument("names", metavar="[EXERCISE...]", nargs=-1)
def differences(names: tuple[str, ...]) -> None:
    """Grade gradients by differences and complex steps, entry by entry, and answers in plain loops.

    The first must get nothing, whatever order and step they have; the others must get all points.
    """
    from autograder.grading.probes import good_isolation  # noqa: PLC0415  (only here a sandbox is needed)
    from coursebuilder.by_differences import (  # noqa: PLC0415
        METHODS,
        by_differences,
        exercises,
        in_plain_loops,
        is_too_dear,
    )

    isolation, by_cost, by_numbers, wrong = good_isolation(None), 0, 0, 0
    for exercise in exercises():
        if names and exercise.name not in names:
            continue
        loops = in_plain_loops(exercise, isolation)
        verdicts = {str(method): by_differences(exercise, method, isolation) for method in METHODS}
        dear = [method for method, verdict in verdicts.items() if is_too_dear(verdict)]
        paid = [f"{method}: {verdict.points:g}" for method, verdict in verdicts.items() if verdict.points]
        by_cost, by_numbers = by_cost + len(dear), by_numbers + len(METHODS) - len(dear) - len(paid)
        wrong += len(paid) + (not loops.passed)
        rest = f"PAID {', '.join(paid)}" if paid else "the others for their numbers"
        print(f"{exercise.name}: in loops {loops.points:g} of {loops.max_points:g}", end="; ")
        print(f"{len(dear)} of {len(METHODS)} get 0 for what they cost, {rest}", flush=True)
    print(
        f"{by_cost} get 0 for what they cost, {by_numbers} for their numbers; {wrong} are not as they should"
    )
    sys.exit(1 if wrong else 0)


@main.command()
@click.argument("names", nargs=-1)
def experiments(names: tuple[str, ...]) -> None:
    """Run the long experiments of the book that are stale, or those that are named."""
    with _one_line_errors():
        there = {experiment.path.stem: experiment for experiment in all_experiments()}
        unknown = sorted(set(names) - set(there))
        if unknown:
            raise ChapterError(f"no experiment {', '.join(unknown)}; there are {', '.join(there)}")
        for name, experiment in there.items():
            if name in names or (not names and experiment.is_stale):
                print(f"{name}: {experiment.kept.relative_to(ROOT)} ...", flush=True)
                experiment.run()


@main.command()
@click.option("--edition", type=click.Choice(EDITIONS), default="open", show_default=True)
@click.option(
    "--beside",
    "command",
    metavar="COMMAND",
    help="Run this at the same time, and the chapters on half of the processors.",
)
def book(edition: str, command: str | None) -> None:
    """Render the book, with the solutions folded (open) or nowhere in it (class)."""
    at_once = max(1, (os.cpu_count() or 1) // 2) if command else None
    with _one_line_errors(), beside(command) if command else nullcontext() as has_ended:
        chapters = read_chapters(BOOK)
        require_rules(chapters)
        everything = [*chapters, *read_pages(BOOK)]
        page = build_book(everything, edition, RENDERED / edition, at_once=at_once, before_timed=has_ended)
    print(f"Open {page.as_uri()}")


@main.command()
@click.option("--edition", type=click.Choice(EDITIONS), default="open", show_default=True)
def pdf(edition: str) -> None:
    """Print the rendered book into one PDF; `book` comes first."""
    from coursebuilder.pdf import make_pdf, page_names  # noqa: PLC0415  (its libraries serve nothing else)

    out = RENDERED / f"{edition}.pdf"
    with _one_line_errors(), tqdm(total=len(page_names()), desc="printing", unit="page") as bar:
        make_pdf(RENDERED / edition / "_build" / "html", out, lambda _: bar.update())
    print(f"Open {out.as_uri()}")


@main.command()
def pictures() -> None:
    """Make the pictures of the page for those who teach, from a class that never was."""
    from coursebuilder.pictures import PICTURES, make_pictures  # noqa: PLC0415  (as above)

    with _one_line_errors():
        make_pictures(on_step=lambda step: print(f"{step} ...", flush=True))
    print(f"They are in {PICTURES.relative_to(ROOT)}.")


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (ChapterError, InputError, MarkerError) as error:
        raise click.ClickException(str(error)) from error


def _as_png(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with its figures as PNG, to look at, where the house's style makes them SVG."""
    code = (
        "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('png')"
    )
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # At once: the same cell may draw.
            cell.source = re.sub(
                r"^house_style\(\)$", f"house_style()\n{code}", cell.source, flags=re.MULTILINE
            )
    return notebook


def _write_figures(notebook: NotebookNode, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    for number, picture in enumerate(pictures, 1):
        (folder / f"{number:02}.png").write_bytes(base64.b64decode(picture))


if __name__ == "__main__":
    main()
