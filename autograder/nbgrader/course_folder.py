"""An nbgrader course folder: what an instructor releases from, and what our own gates are run in."""

import hashlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from autograder.nbgrader.stubs import ClearSolutions
from captioning.course.moved import up_to_date
from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.layers import PREREQUISITES
from captioning.source.text import read_text

CONFIG = Path(__file__).with_name("nbgrader_config.py")
# What earlier versions of ours wrote, as SHA-256: such a file holds nothing of the instructor's.
EARLIER_CONFIGS = {
    "768c4b1fde86fbfb3d63a173caa0e333e787fa4827ca26a6c7f2094c9c1bdefa",
    "65ba3ec551c86ae07ceff18650529e56bc7f5f79ab420cca41eb2e73786053ad",
    "081761c2c6a48ccc61981febe9ae84d3916e1ce33e9dae4c7330acc5dea17fdd",
    "84c2ed6a8d781036dfa9e1943a0670b3e84602f74a73fd530f5bd32ae84ab43c",
}


def renew_settings(course: Path) -> Path | None:
    """Bring a course folder's ``nbgrader_config.py`` up to date with modules that have moved.

    What an earlier version of ours wrote is replaced by today's; of any other only the imports change.

    Returns:
        The file, if it was rewritten; beside it, with ``.bak`` added to its name, is what it was.
    """
    path = course / CONFIG.name
    if not path.exists():
        return None
    text = read_text(path)
    if hashlib.sha256(text.encode()).hexdigest() in EARLIER_CONFIGS:
        renewed = CONFIG.read_text(encoding="utf-8")
    else:
        try:
            renewed = up_to_date(text)
        except InputError:  # loading it says so
            return None
    if renewed == text:
        return None
    for file, content in ((path.with_name(f"{path.name}.bak"), text), (path, renewed)):
        with atomic_write(file) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return path


def write_source(course: Path, name: str, notebook: NotebookNode, modules: Mapping[str, str]) -> Path:
    """Write an assignment's source into a course folder; return its folder.

    Args:
        course: the course folder; what is there stays as it is, an ``nbgrader_config.py`` too.
        name: of the assignment and its notebook, "10_lstm".
        notebook: with solutions.
        modules: prerequisites by file name.

    Raises:
        InputError: a source that differs is there already; nothing is written then.
    """
    folder = require_no_other_source(course, name, notebook, modules)
    files = _source_files(folder, name, notebook, modules)
    if not (course / CONFIG.name).exists():
        files[course / CONFIG.name] = CONFIG.read_text(encoding="utf-8")
    for path, text in files.items():
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return folder


def require_no_other_source(
    course: Path, name: str, notebook: NotebookNode, modules: Mapping[str, str]
) -> Path:
    """Return the folder that ``write_source`` would write.

    Raises:
        InputError: it is there already, and has other files, or others in it.
    """
    with nbgrader_in(course) as api:
        folder = _folder_of(course, api, api.coursedir.source_directory, name)
    files = _source_files(folder, name, notebook, modules)
    there = [path for path in sorted(folder.rglob("*")) if path.is_file() and not is_cache(path, folder)]
    changed = [path for path in there if path not in files or path.read_text("utf-8") != files[path]]
    if changed:
        raise InputError(
            f"{changed[0]} is there already, and differs from what this release would write. Move the folder "
            f"{folder} away, or release into another course folder with --out."
        )
    return folder


def is_cache(path: Path, folder: Path) -> bool:
    """Tell whether a file in a folder was left there by Jupyter, Python or the system."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)


def _source_files(
    folder: Path, name: str, notebook: NotebookNode, modules: Mapping[str, str]
) -> dict[Path, str]:
    files = {folder / f"{name}.ipynb": nbformat.writes(notebook) + "\n"}
    return files | {folder / PREREQUISITES / file: text for file, text in modules.items()}


def generate_release(course: Path, name: str) -> Path:
    """Let nbgrader make what students get; return its folder, ``release/NAME``.

    Raises:
        InputError: nbgrader refuses; the message is its log.
    """
    with nbgrader_in(course) as api:
        _require(api.generate_assignment(name, force=True, create=True), f"release {name}")
        return _folder_of(course, api, api.coursedir.release_directory, name)


def has_our_stubs(course: Path) -> bool:
    """Tell whether nbgrader, called in a course folder, makes the stubs that name their exercise.

    Raises:
        InputError: its settings cannot be loaded.
    """
    return ClearSolutions in _settings(course).GenerateAssignment.get("preprocessors", [])


def _settings(folder: Path) -> Config:
    """Return the settings of a folder's ``nbgrader_config.py``; ours where there is none.

    Raises:
        InputError: it cannot be loaded.
    """
    path = folder / CONFIG.name if (folder / CONFIG.name).exists() else CONFIG
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # the settings are a program, which may raise anything
        raise InputError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error


def _folder_of(course: Path, api: NbGraderAPI, step: str, name: str) -> Path:
    """Return an assignment's folder, wherever the course's settings have it."""
    root, folder = Path(api.coursedir.root), Path(api.coursedir.format_path(step, ".", name))
    return course / folder.relative_to(root) if folder.is_relative_to(root) else folder


@contextmanager
def nbgrader_in(course: Path) -> Iterator[NbGraderAPI]:
    """Give nbgrader with the settings of a course folder, and our stubs.

    Raises:
        InputError: its settings cannot be loaded.
    """
    config = _settings(course)
    # A course that was there before has settings of its own; our stubs need our preprocessor all the same.
    config.GenerateAssignment.preprocessors = _settings(CONFIG.parent).GenerateAssignment.preprocessors
    config.CourseDirectory.root = str(course.resolve())
    before = os.environ.get("PATH", "")
    # It runs alembic by its name: that is beside the Python that runs us, on the PATH or not.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        with warnings.catch_warnings():
            # nbgrader's models and SQLAlchemy 2 do not agree on when an object belongs to a session.
            warnings.simplefilter("ignore", SAWarning)
            yield NbGraderAPI(config=config)
    finally:
        os.environ["PATH"] = before


def _require(result: dict[str, Any], what: str) -> None:
    if not result["success"]:
        raise InputError(f"nbgrader could not {what}:\n{result.get('error', '')}\n{result.get('log', '')}")
