"""The rendered book: ``make book``."""

import os
import subprocess
import sys
from pathlib import Path

from captioning.library import VARIABLE
from weave.errors import ChapterError
from weave.plain import BOOK

EDITIONS = ("open", "class")


def build_book(edition: str, out: Path) -> Path:
    """Render the book; return its first page.

    Args:
        edition: "open", with the solutions folded, or "class", without.
        out: a folder; the pages go into ``out/_build/html``. What was executed before and has not changed
            since is not executed again.

    Raises:
        ChapterError: a cell fails, a link leads nowhere, or Sphinx has a warning.
    """
    if edition not in EDITIONS:
        raise ChapterError(f"there is no edition {edition!r} of the book; there are {' and '.join(EDITIONS)}")
    scripts = Path(sys.executable).parent
    command = [str(scripts / "jupyter-book"), "build", str(BOOK), "--path-output", str(out)]
    # One thread for each kernel: a second one would wait for the first. The layers are the reference's.
    environment = os.environ | {
        "COURSE_EDITION": edition,
        "OPENBLAS_NUM_THREADS": "1",
        VARIABLE: "",
    }
    environment["PATH"] = os.pathsep.join([str(scripts), environment.get("PATH", "")])
    done = subprocess.run([*command, "--warningiserror", "--keep-going"], env=environment, check=False)
    if done.returncode:
        raise ChapterError("the book could not be built; the messages above say why")
    return out / "_build" / "html" / "intro.html"
