"""Several notebooks executed at the same time."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode
from tqdm import tqdm

from coursebuilder.errors import ChapterError
from coursebuilder.notebook import execute


def execute_side_by_side(
    notebooks: Mapping[str, NotebookNode],
    on_done: Callable[[str, NotebookNode], None],
    folder: Path | None = None,
    *,
    at_once: int | None = None,
) -> None:
    """Execute notebooks, each in a process of its own.

    Args:
        notebooks: by the names of their chapters; the long ones are best first, so that no processor is
            idle in the end.
        on_done: is given the name of each and the notebook with its outputs when it is done, one at a time,
            in this process.
        folder: the kernels' working folder; by default each has an empty one.
        at_once: how many at the same time; by default one for each processor.

    Raises:
        ChapterError: a cell failed, or a process was ended; `on_done` was given all the others.
    """
    failures, ended = [], None
    # Ctrl-C is to reach this process alone: nbclient would clean up, and be given the next chapter.
    with ProcessPoolExecutor(at_once, initializer=os.setsid) as pool:
        futures = {pool.submit(_execute, notebook, folder): name for name, notebook in notebooks.items()}
        try:
            for future in tqdm(
                as_completed(futures), total=len(futures), desc="executing", unit="chapter", leave=False
            ):
                try:
                    on_done(futures[future], future.result())
                except ChapterError as error:
                    failures.append(f"{futures[future]}: {error}")
                except BrokenProcessPool as error:
                    ended = error
        except KeyboardInterrupt:
            for process in active_children():
                process.kill()  # its kernel ends when it does
            raise
    if failures:
        raise ChapterError("\n".join(sorted(failures)))
    if ended:
        raise ChapterError(
            "a process that executed chapters was ended from outside; is there too little memory? "
            "What is done is kept: the same command carries on from there."
        ) from ended


def _execute(notebook: NotebookNode, folder: Path | None) -> NotebookNode:
    if folder is not None:
        return execute(notebook, folder)
    with TemporaryDirectory() as empty:
        return execute(notebook, Path(empty))
