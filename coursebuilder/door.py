"""What the command line asks of the weaver, with errors that it knows how to show."""

from collections.abc import Callable
from pathlib import Path

from autograder.nbgrader.stubs import MarkerError
from captioning.course.folder import chosen_chapters, starter_folder
from captioning.errors import InputError
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.plain import BOOK
from coursebuilder.release import Released, release
from coursebuilder.starter import committed_outputs


def release_chapter(chapter: str, course: Path, tier: str, on_step: Callable[[str], object]) -> Released:
    """Release a chapter, by name or number; see ``coursebuilder.release.release``.

    Raises:
        InputError: there is no such chapter, or its release is refused.
    """
    starter = starter_folder()
    (name,) = chosen_chapters(starter, [chapter])
    try:
        read = Chapter.read(BOOK / f"{name}.md")
        return release(read, course, tier, committed_outputs(starter, [read])[name], on_step)
    except (ChapterError, MarkerError) as error:
        raise InputError(str(error)) from error
