"""A chapter for a class: an nbgrader course folder, written only if its grading can be trusted."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.exercises.registry import all_exercises
from autograder.mistakes.registry import all_mistakes
from autograder.prove import prove
from weave.chapter import Chapter
from weave.course_folder import autograde, generate_release, submit, write_source
from weave.errors import ChapterError
from weave.plain import QUIZ_ANSWER
from weave.prerequisites import prerequisites
from weave.starter import source_notebook

TIERS = ("open", "class")


def release(
    chapter: Chapter,
    course: Path,
    tier: str,
    outputs: Mapping[str, str],
    on_step: Callable[[str], object] = lambda _: None,
) -> Path:
    """Write a chapter's source and release into an nbgrader course folder; return the release's folder.

    Args:
        chapter: the chapter.
        course: the course folder; other assignments in it stay as they are.
        tier: "open", or "class", where the quizzes come without their answers.
        outputs: what the demonstrations print, by cell.
        on_step: called with what is done next.

    Raises:
        ChapterError: the solution does not get full points, the stub gets some, or a mistake gets as many as
            the solution; nothing is written then. Or a source that differs is there already.
    """
    if tier not in TIERS:
        raise ValueError(f"tier is {tier!r}, expected one of {', '.join(TIERS)}")
    notebook = source_notebook(chapter, outputs)
    if tier == "class":
        notebook = without_quiz_answers(notebook)
    modules = prerequisites(before=chapter.number)
    require_sound(chapter, notebook, modules, on_step)
    on_step("writing the course folder")
    write_source(course, chapter.name, notebook, modules)
    return generate_release(course, chapter.name)


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
    with tempfile.TemporaryDirectory() as folder:
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


def _uncaught(chapter: Chapter, on_step: Callable[[str], object]) -> Iterable[str]:
    for exercise in all_exercises().values():
        if exercise.chapter == chapter.number:
            on_step(f"grading the mistakes of {exercise.name}")
            proof = prove(exercise, all_mistakes())
            if proof.failure:
                yield f"{exercise.name}: the reference does not pass: {proof.failure}"
            yield from (f"{exercise.name}: {made.mistake.name}" for made in proof.mistakes if not made.caught)
