"""The rendered book: ``make book``."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

from jupyter_book.sphinx import build_sphinx  # type: ignore[import-untyped]
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode

from captioning.files import digest, exclusive
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.plain import BOOK
from coursebuilder.side_by_side import execute_side_by_side

EDITIONS = ("open", "class")
ROOT = BOOK.parent
# What the pages are made by, and the chapters run on.
ROOMS = ("autograder", "book/_ext", "book/experiments", "captioning", "solutions", "coursebuilder")
LONGEST_BUILD_SECONDS = 1800
# Chapters that measure time: nothing of ours may run beside them.
TIMED = frozenset({"18_speed"})


def build_book(
    chapters: list[Chapter],
    edition: str,
    out: Path,
    *,
    at_once: int | None = None,
    before_timed: Callable[[], object] | None = None,
) -> Path:
    """Render the book; return its first page.

    Args:
        chapters: all of them, and the pages that are executed; the long ones come last.
        edition: "open", with the solutions folded, or "class", without.
        out: a folder; the pages go into ``out/_build/html``, and what chapters put out into ``executed``
            beside it, for all editions. What is there already is kept, but for chapters that have changed, as
            long as all that they may run on is as it was.
        at_once: how many chapters to execute at the same time; by default one for each processor.
        before_timed: called before the chapters that measure time; waits until the processors are idle.

    Raises:
        ChapterError: a cell fails, a link leads nowhere, or Sphinx has a warning.
    """
    if edition not in EDITIONS:
        raise ChapterError(f"there is no edition {edition!r} of the book; there are {' and '.join(EDITIONS)}")
    cache_folder = out.parent / "executed"
    # A second build waits, and finds all of it done.
    with exclusive(cache_folder, wait=LONGEST_BUILD_SECONDS):
        forget_outdated(out / "_build")
        forget_outdated(cache_folder)
        execute_chapters(chapters, cache_folder, at_once=at_once, before_timed=before_timed)
        if edition != "open":
            hand_over(chapters, edition, cache_folder)
        executed = _keys(cache_folder)
        return _write_pages(edition, out, cache_folder, executed)


def _write_pages(edition: str, out: Path, cache_folder: Path, executed: set[str]) -> Path:
    """Let Sphinx make the pages; return the first."""
    print("writing the pages ...", flush=True)
    failed = build_sphinx(
        BOOK,
        out / "_build" / "html",
        noconfig=True,
        path_config=BOOK / "_config.yml",
        confoverrides={
            "external_toc_path": str(BOOK / "_toc.yml"),
            "latex_individualpages": False,
            "course_edition": edition,
            "nb_execution_cache_path": str(cache_folder),
        },
        warningiserror=True,
        keep_going=True,
        quiet=True,
    )
    if failed:
        raise ChapterError("the book could not be built; the messages above say why")
    if _keys(cache_folder) != executed:
        raise ChapterError(
            "Sphinx did not find the executed chapters in the cache and ran them itself, on whatever layers "
            "it found; is there a new release of myst-nb or of jupyter-cache?"
        )
    return out / "_build" / "html" / "intro.html"


def forget_outdated(build: Path) -> None:
    """Leave a build as it is if it was made by today's code; else remove it, outputs and pages."""
    stamp, made_of = build / "made_of.txt", _made_of()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made_of:
        return
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    stamp.write_text(made_of, encoding="utf-8")


def execute_chapters(
    chapters: list[Chapter],
    cache_folder: Path,
    *,
    at_once: int | None = None,
    before_timed: Callable[[], object] | None = None,
) -> None:
    """Execute what has changed of the open edition, several chapters at once, into the cache for Sphinx.

    Sphinx would execute them itself, one after the other. Chapters that measure time come last, alone.

    Args:
        chapters, at_once, before_timed: as in ``build_book``.
        cache_folder: of jupyter-cache.

    Raises:
        ChapterError: a cell fails, or a process is ended; what the other chapters gave is kept.
    """
    notebooks = {chapter.name: _as_sphinx_reads_it(chapter, "open") for chapter in chapters}
    known = _keys(cache_folder)
    with open_cache(cache_folder) as cache:
        keys = {name: cache.create_hashed_notebook(notebook)[1] for name, notebook in notebooks.items()}

        def keep(name: str, executed: NotebookNode) -> None:
            # One process writes: two that did so at once would delete and read the same records.
            _keep(cache, name, executed)

        # The long ones come last, so they are begun first.
        changed = {name: notebooks[name] for name in reversed(notebooks) if keys[name] not in known}
        timed = {name: changed.pop(name) for name in TIMED & changed.keys()}
        execute_side_by_side(changed, keep, BOOK, at_once=at_once)
        if timed and before_timed is not None:
            before_timed()
        execute_side_by_side(timed, keep, BOOK, at_once=1)


def hand_over(chapters: list[Chapter], edition: str, cache_folder: Path) -> None:
    """Give another edition the outputs of the open one: its cells are the same, but for hidden solutions.

    Raises:
        ChapterError: an edition has other cells than the open one.
    """
    with open_cache(cache_folder) as cache:
        for chapter in chapters:
            executed = cache.match_cache_notebook(_as_sphinx_reads_it(chapter, "open"))
            source = cache.get_cache_bundle(executed.pk).nb
            shown = _as_sphinx_reads_it(chapter, edition)
            ours, theirs = _code_cells(source), _code_cells(shown)
            if len(ours) != len(theirs) or any(
                one.source != other.source and one.outputs for one, other in zip(ours, theirs, strict=True)
            ):
                raise ChapterError(
                    f"{chapter.name}: the {edition} edition has other cells than the open one; only "
                    "solutions, which put nothing out, may differ"
                )
            for one, other in zip(ours, theirs, strict=True):
                other.outputs, other.execution_count = deepcopy(one.outputs), one.execution_count
            _keep(cache, chapter.name, shown)


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _keep(cache: JupyterCacheAbstract, name: str, executed: NotebookNode) -> None:
    bundle = CacheBundleIn(executed, str(BOOK / f"{name}.md"))
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


@contextmanager
def open_cache(folder: Path) -> Iterator[JupyterCacheAbstract]:
    """Open the cache of executed notebooks in a folder, and close its database in the end."""
    cache = get_cache(folder)
    try:
        yield cache
    finally:
        cache.db.dispose()


def _keys(cache_folder: Path) -> set[str]:
    """Return the keys of the notebooks in a cache."""
    with open_cache(cache_folder) as cache:
        return {record.hashkey for record in cache.list_cache_records()}


def _as_sphinx_reads_it(chapter: Chapter, edition: str) -> NotebookNode:
    """Return a chapter's page as a notebook, with the very cells by which Sphinx finds it in the cache."""
    text = expand(chapter, edition)
    reader = create_nb_reader(f"{chapter.name}.md", MdParserConfig(), NbParserConfig(), text)
    if reader is None:
        raise ChapterError(
            f"{chapter.name} is not a notebook: expected front matter with `format_name: myst`"
        )
    return reader.read(text)


def _made_of() -> str:
    """Return a digest of the rooms' files."""
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*"))
    return digest(*(path for path in paths if path.is_file() and "__pycache__" not in path.parts))
