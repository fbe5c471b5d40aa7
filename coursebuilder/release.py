"""A chapter for a class: an nbgrader course folder, written only if its grading can be trusted."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.exercises.registry import all_exercises
from autograder.mistakes.registry import all_mistakes
from autograder.nbgrader.course_folder import (
    autograde,
    generate_release,
    has_our_stubs,
    renew_settings,
    require_no_other_source,
    submit,
    write_source,
)
from autograder.proof.prove import prove
from captioning.answers.library import VARIABLE
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.plain import QUIZ_ANSWER
from coursebuilder.prerequisites import prerequisites
from coursebuilder.rules import problems_of
from coursebuilder.starter import source_notebook

TIERS = ("open", "class")


@dataclass(frozen=True)
class Released:
    """What a release wrote.

    Attributes:
        source: the folder with the solutions.
        students: the folder with what students get.
        has_our_stubs: whether the course folder's own settings make the same stubs, when nbgrader is called
            there; not so where it had an ``nbgrader_config.py`` before.
    """

    source: Path
    students: Path
    has_our_stubs: bool


def release(
    chapter: Chapter,
    course: Path,
    tier: str,
    outputs: Mapping[str, str],
    on_step: Callable[[str], object] = lambda _: None,
) -> Released:
    """Write a chapter's source and release into an nbgrader course folder.

    Args:
        chapter: the chapter.
        course: the course folder; other assignments in it stay as they are.
        tier: "open", or "class", where the quizzes come without their answers.
        outputs: what the demonstrations print, by cell.
        on_step: called with what is done next.

    Raises:
        ChapterError: the chapter does not keep to the rules; the solution does not get full points, the stub
            gets some, or a mistake gets as many as the solution.
        InputError: a source that differs is there already, or the settings of the course cannot be loaded.
            Nothing is written in all these cases, but for settings of an earlier version.
    """
    if tier not in TIERS:
        raise ValueError(f"tier is {tier!r}, expected one of {', '.join(TIERS)}")
    problems = problems_of(chapter)
    if problems:
        raise ChapterError("\n".join(problems))
    notebook = source_notebook(chapter, outputs)
    if tier == "class":
        notebook = without_quiz_answers(notebook)
    modules = prerequisites(before=chapter.number)
    renewed = renew_settings(course)
    if renewed is not None:
        on_step(
            f"{renewed} was of an earlier version, and is brought up to date; {renewed.name}.bak is the old"
        )
    require_no_other_source(course, chapter.name, notebook, modules)
    require_sound(chapter, notebook, modules, on_step)
    on_step("writing the course folder")
    source = write_source(course, chapter.name, notebook, modules)
    return Released(source, generate_release(course, chapter.name), has_our_stubs(course))


def without_quiz_answers(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook whose quizzes show their answers to choose from, and not which is right, and why."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = QUIZ_ANSWER.sub(r"- \1", cell.source)
    return notebook


def require_sound(
    chapter: Chapter,
    notebook: NotebookNode,
    modules: Mapping[str, str],
    on_step: Callable[[str], object] = lambda _: None,
) -> None:
    """Grade the solution and the stub with nbgrader, and the mistakes with the grader.

    Raises:
        ChapterError: the solution does not get full points, the stub gets some, or a mistake gets as many.
    """
    with tempfile.TemporaryDirectory() as folder, _no_library():
        course = Path(folder)
        name = chapter.name
        source = write_source(course, name, notebook, modules)
        released = generate_release(course, name)
        on_step("grading the solution")
        submit(course, name, "solution", source)
        points, of = autograde(course, name, "solution")
        if points != of:
            raise ChapterError(f"{name}: the solution gets {points:g} of {of:g} points, expected all")
        on_step("grading the stub")
        submit(course, name, "stub", released)
        points, _ = autograde(course, name, "stub")
        if points:
            raise ChapterError(f"{name}: the stub gets {points:g} of {of:g} points, expected none")
    uncaught = list(_uncaught(chapter, on_step))
    if uncaught:
        raise ChapterError(f"{name}: wrong answers that get full points: {'; '.join(uncaught)}")


@contextmanager
def _no_library() -> Iterator[None]:
    """Keep answers of the instructor's own out of the grading."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = ""
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def _uncaught(chapter: Chapter, on_step: Callable[[str], object]) -> Iterable[str]:
    for exercise in all_exercises().values():
        if exercise.chapter == chapter.number:
            on_step(f"grading the mistakes of {exercise.name}")
            proof = prove(exercise, all_mistakes())
            if proof.failure:
                yield f"{exercise.name}: the reference does not pass: {proof.failure}"
            for made in proof.mistakes:
                # What nbgrader runs is the student's side; some mistakes only the grader can tell.
                if not made.caught or not (made.seen_by_student or made.mistake.only_grader):
                    yield f"{exercise.name}: {made.mistake.name}"
