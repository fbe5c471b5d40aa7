"""A chapter for a class: an nbgrader course folder, written only if its grading can be trusted."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.exercises.registry import all_exercises
from autograder.grading.assignment import read_assignment
from autograder.grading.isolation import SANDBOXES
from autograder.grading.submission import code_of, read, verdicts
from autograder.grading.workers import Worker
from autograder.mistakes.registry import all_mistakes
from autograder.nbgrader.course_folder import (
    generate_release,
    has_our_stubs,
    renew_settings,
    require_no_other_source,
    write_source,
)
from autograder.nbgrader.ids import check_id
from autograder.proof.prove import prove
from captioning.errors import InputError
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.notebook import execute
from coursebuilder.plain import QUIZ_ANSWER
from coursebuilder.prerequisites import prerequisites
from coursebuilder.rules import problems_of
from coursebuilder.starter import source_notebook

TIERS = ("open", "class")
# In the cell itself, and not in `check`: what a submission runs before it could change that.
GUARD = """\
# By itself nbgrader would let a submission give itself its marks. This ends its run, and no other.
if __import__("os").environ.get("NBGRADER_EXECUTION") == "autograde":
    print("This course is graded by `captioning grade`.", flush=True)
    __import__("os")._exit(1)
"""


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
        ChapterError: the chapter does not keep to the rules, or asks for nothing; the solution does not get
            full points, the stub gets some, or a mistake gets as many as the solution.
        InputError: a source that differs is there already, or the settings of the course cannot be loaded.
            Nothing is written in all these cases, but for settings of an earlier version.
    """
    if tier not in TIERS:
        raise ValueError(f"tier is {tier!r}, expected one of {', '.join(TIERS)}")
    problems = problems_of(chapter)
    if problems:
        raise ChapterError("\n".join(problems))
    if not any(made.kind in {"exercise", "open-question"} for made in chapter.directives):
        raise ChapterError(
            f"{chapter.name} has no exercise and no open question, so there is nothing to hand in. "
            "Students get it with `captioning start`."
        )
    notebook = source_notebook(chapter, outputs)
    if tier == "class":
        notebook = without_quiz_answers(notebook)
    notebook = graded_in_a_sandbox(notebook)
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


def graded_in_a_sandbox(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook whose checks end a run of nbgrader's autograding that goes without our settings.

    nbgrader takes settings that do not load for none, and a check that fails for one that costs its points. A
    kernel that has ended it takes for a failure: it records nothing.
    """
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        facts = cell.metadata.get("nbgrader", {})
        if facts.get("grade") and str(facts["grade_id"]).startswith(check_id("")):
            cell.source = GUARD + cell.source
    return notebook


def require_sound(
    chapter: Chapter,
    notebook: NotebookNode,
    modules: Mapping[str, str],
    on_step: Callable[[str], object] = lambda _: None,
) -> None:
    """Grade the solution and the stub as submissions are, and the mistakes; run the solution.

    Raises:
        ChapterError: the solution does not get full points, the stub gets some, a cell of the solution fails,
            or a mistake gets as many points as it.
    """
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        source = write_source(course, chapter.name, notebook, modules)
        released = generate_release(course, chapter.name)
        on_step("grading the solution")
        points, of = graded_points(released, source, chapter.name, source)
        if points != of:
            raise ChapterError(f"{chapter.name}: the solution gets {points:g} of {of:g} points, expected all")
        on_step("grading the stub")
        points, _ = graded_points(released, source, chapter.name, released)
        if points:
            raise ChapterError(f"{chapter.name}: the stub gets {points:g} of {of:g} points, expected none")
        on_step("running the solution")
        execute(notebook, source)
    uncaught = list(_uncaught(chapter, on_step))
    if uncaught:
        raise ChapterError(f"{chapter.name}: wrong answers that get full points: {'; '.join(uncaught)}")


def graded_points(released: Path, source: Path, name: str, handed_in: Path) -> tuple[float, float]:
    """Grade a folder as a submission; return its points, and how many there are.

    It is the course's own, so it may be graded without a sandbox where there is none.
    """
    assignment = read_assignment(released, source, name)
    assert assignment is not None
    code = code_of(read(handed_in / f"{name}.ipynb"), f"{name}.ipynb")
    found = verdicts(_some_isolation(), code, assignment.asked, lambda _: 0)
    return sum(verdict.points for verdict in found), sum(verdict.max_points for verdict in found)


@cache
def _some_isolation() -> str:
    for way in SANDBOXES:
        try:
            with Worker(way, []):
                return way
        except InputError:  # not on this machine
            continue
    return "none"


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
