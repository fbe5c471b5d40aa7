"""The rendered book: ``make book``."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children
from pathlib import Path

from jupyter_book.sphinx import build_sphinx  # type: ignore[import-untyped]
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from tqdm import tqdm

from captioning.files import digest
from coursebuilder.chapter import PAGES, Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.notebook import execute
from coursebuilder.plain import BOOK

EDITIONS = ("open", "class")
ROOT = BOOK.parent
# What the pages are made by, and the chapters run on.
ROOMS = ("autograder", "book/_ext", "book/experiments", "captioning", "solutions", "coursebuilder")


def build_book(chapters: list[Chapter], edition: str, out: Path, *, at_once: int | None = None) -> Path:
    """Render the book; return its first page.

    Args:
        chapters: all of them.
        edition: "open", with the solutions folded, or "class", without.
        out: a folder; the pages go into ``out/_build/html``. What is there already is kept, but for chapters
            that have changed, as long as all that they may run on is as it was.
        at_once: how many chapters to execute at the same time; by default one for each processor.

    Raises:
        ChapterError: a cell fails, a link leads nowhere, or Sphinx has a warning.
    """
    if edition not in EDITIONS:
        raise ChapterError(f"there is no edition {edition!r} of the book; there are {' and '.join(EDITIONS)}")
    forget_outdated(out / "_build")
    cache_folder = out / "_build" / ".jupyter_cache"
    pages = [Chapter.read(BOOK / f"{name}.md") for name in PAGES]
    execute_chapters([*pages, *chapters], edition, cache_folder, at_once=at_once)
    executed = _keys(cache_folder)
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
    chapters: list[Chapter], edition: str, cache_folder: Path, *, at_once: int | None = None
) -> None:
    """Execute what has changed, several chapters at once, into the cache that Sphinx takes outputs from.

    Sphinx would execute them itself, one after the other.

    Args:
        chapters, edition, at_once: as in ``build_book``.
        cache_folder: of jupyter-cache.

    Raises:
        ChapterError: a cell fails, or a process is ended; what the other chapters gave is kept.
    """
    notebooks = {chapter.name: _as_sphinx_reads_it(chapter, edition) for chapter in chapters}
    known = _keys(cache_folder)
    with open_cache(cache_folder) as cache:
        keys = {name: cache.create_hashed_notebook(notebook)[1] for name, notebook in notebooks.items()}
    # The long ones come last in the book, and first here: so no processor is idle in the end.
    changed = [(name, notebook) for name, notebook in reversed(notebooks.items()) if keys[name] not in known]
    run = partial(_execute_into, cache_folder)
    # Ctrl-C is to reach this process alone: nbclient would clean up, and be given the next chapter.
    with ProcessPoolExecutor(at_once, initializer=os.setsid) as pool:
        futures = [pool.submit(run, named) for named in changed]
        try:
            for _ in tqdm(
                as_completed(futures), total=len(futures), desc="executing", unit="chapter", leave=False
            ):
                pass
        except KeyboardInterrupt:
            for process in active_children():
                process.kill()  # its kernel ends when it does
            raise
    try:
        for future in futures:
            future.result()
    except BrokenProcessPool as error:
        raise ChapterError(
            "a process that executed chapters was ended from outside; is there too little memory? "
            "What is done is kept: the same command carries on from there."
        ) from error


def _execute_into(cache_folder: Path, named: tuple[str, NotebookNode]) -> None:
    name, notebook = named
    try:
        executed = execute(notebook, BOOK)
    except ChapterError as error:
        raise ChapterError(f"{name}: {error}") from error
    bundle = CacheBundleIn(executed, str(BOOK / f"{name}.md"))
    with open_cache(cache_folder) as cache:
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
        raise ChapterError(f"{chapter.name} is no notebook: expected front matter with `format_name: myst`")
    return reader.read(text)


def _made_of() -> str:
    """Return a digest of the rooms' files."""
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*"))
    return digest(*(path for path in paths if path.is_file() and "__pycache__" not in path.parts))
