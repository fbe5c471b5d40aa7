"""An nbgrader course folder: what an instructor releases from, and what our own gates are run in."""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from captioning.files import atomic_write
from captioning.layers import PREREQUISITES
from weave.errors import ChapterError

CONFIG = Path(__file__).with_name("nbgrader_config.py")


def write_source(course: Path, name: str, notebook: NotebookNode, modules: Mapping[str, str]) -> Path:
    """Write an assignment's source into a course folder; return its folder.

    Args:
        course: the course folder; an ``nbgrader_config.py`` that is there stays as it is.
        name: of the assignment and its notebook, "10_lstm".
        notebook: with solutions.
        modules: prerequisites by file name.

    Raises:
        ChapterError: a source that differs is there already.
    """
    folder = course / "source" / name
    files = {folder / f"{name}.ipynb": nbformat.writes(notebook) + "\n"}
    files |= {folder / PREREQUISITES / file: text for file, text in modules.items()}
    files |= (
        {} if (course / CONFIG.name).exists() else {course / CONFIG.name: CONFIG.read_text(encoding="utf-8")}
    )
    changed = [path for path, text in files.items() if path.exists() and path.read_text("utf-8") != text]
    if changed:
        raise ChapterError(
            f"{changed[0]} is there already, and differs from what this release would write. Move the folder "
            f"{folder} away, or release into another course folder with --out."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return folder


def generate_release(course: Path, name: str) -> Path:
    """Let nbgrader make what students get; return its folder, ``release/NAME``.

    Raises:
        ChapterError: nbgrader refuses; the message is its log.
    """
    with _nbgrader(course) as api:
        _require(api.generate_assignment(name, force=True, create=True), f"release {name}")
    return course / "release" / name


def submit(course: Path, name: str, student: str, source: Path) -> None:
    """Hand in a folder as a student's submission."""
    copytree(source, course / "submitted" / student / name)


def autograde(course: Path, name: str, student: str) -> tuple[float, float]:
    """Let nbgrader grade a submission; return its autograded points, and how many there are.

    Raises:
        ChapterError: nbgrader fails, or does not know the submission; the message is its log.
    """
    with _nbgrader(course) as api:
        _require(api.autograde(name, student, force=True, create=True), f"grade {name} of {student}")
        try:
            with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
                submission = gradebook.find_submission(name, student)
                return float(submission.code_score), float(submission.max_code_score)
        except MissingEntry as error:
            raise ChapterError(f"nbgrader did not record {name} of {student}: {error}") from error


@contextmanager
def _nbgrader(course: Path) -> Iterator[NbGraderAPI]:
    config = PyFileConfigLoader(CONFIG.name, path=str(course)).load_config()
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
        raise ChapterError(f"nbgrader could not {what}:\n{result.get('error', '')}\n{result.get('log', '')}")
