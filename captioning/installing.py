"""What there is to install, and from where: as ``pyproject.toml`` says it, and the package knows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import metadata, requires

from captioning.errors import InputError

DISTRIBUTION = "captioning-from-scratch"
SOLUTIONS = "captioning-solutions"


def address() -> str:
    """Return where the project lives: the ``Repository`` of ``[project.urls]``."""
    labels = (line.partition(", ") for line in metadata(DISTRIBUTION).get_all("Project-URL") or [])
    return next(url for label, _, url in labels if label == "Repository")


def archive() -> str:
    """Return the address of the project's newest state, as pip takes it without git."""
    return f"{address()}/archive/HEAD.zip"


def requirement(extra: str) -> str:
    """Return what pip is to install for the course with an extra."""
    return f"{DISTRIBUTION}[{extra}] @ {archive()}"


def solutions_requirement() -> str:
    """Return what pip is to install for the reference."""
    return f"{SOLUTIONS} @ {archive()}#subdirectory=solutions"


def install(extra: str) -> str:
    """Return the command that installs the libraries of an extra, by their own names."""
    lines = (line.partition(";") for line in requires(DISTRIBUTION) or [])
    names = [name.strip() for name, _, when in lines if re.search(rf"extra == ['\"]{extra}['\"]", when)]
    return "python -m pip install " + " ".join(f'"{name}"' for name in names)


@contextmanager
def needing_widgets() -> Iterator[None]:
    """Say what to install where a module that the block imports is missing.

    Raises:
        InputError: it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"the widgets need ipywidgets and anywidget, and {error.name} is not installed. Install them "
            f"with `{install('widgets')}`, restart the kernel and reload the page."
        ) from error
