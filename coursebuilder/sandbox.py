"""Do verdicts from a sandbox differ from those of the grader's own process?

Every answer that we have is asked in both: the reference, as the chapter's notebook has it, a stub, and every
catalogued mistake. Answers that draw global random numbers differ of their own accord.
"""

import inspect
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import grade
from autograder.grading.workers import Cell, Worker
from autograder.judge.verdict import Verdict
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from autograder.nbgrader.stubs import stub
from captioning.layers import reference
from coursebuilder.chapter import Chapter
from coursebuilder.notebook import solution_notebook
from coursebuilder.prerequisites import prerequisites

SEED = 1
# What differs of its own accord: numbers that an answer draws, and in which line of which file it stands.
RANDOM = "global random numbers"
_LINE = re.compile(r" It was in line \d+ of .*")


def differences(chapter: Chapter, isolation: str) -> Iterator[tuple[str, str, str]]:
    """Yield each answer to a chapter's exercises, and what is said of it in this process and in a sandbox."""
    cells = [cell.source for cell in solution_notebook(chapter).cells if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in prerequisites(before=chapter.number).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        for exercise in all_exercises().values():
            if exercise.chapter == chapter.number:
                for answer, layers, code in _answers(exercise, cells):
                    here = grade(exercise, InProcess(layers), SEED)
                    pieces = [Cell(f"cell {number}", text) for number, text in enumerate(code)]
                    with Worker(isolation, pieces, prerequisites=Path(folder)) as worker:
                        there = grade(exercise, worker, SEED)
                    yield f"{exercise.name}: {answer}", _said(here), _said(there)


def _answers(exercise: Exercise, cells: list[str]) -> Iterator[tuple[str, Any, list[str]]]:
    yield "reference", reference(), cells
    top, _, _ = exercise.name.partition(".")
    if "." not in exercise.name:
        numbers = {exercise.name: "0.0"}

        def unwritten(*_: Any, **__: Any) -> None:
            raise NotImplementedError(f"{top} is yours to write: exercise 0.0")

        layers = SimpleNamespace(**vars(reference()) | {top: unwritten})
        yield "stub", layers, [stub(cell, numbers) if f"def {top}(" in cell else cell for cell in cells]
    for mistake in all_mistakes():
        if mistake.exercise == exercise.name and mistake.name != RANDOM:
            edited = _edited(mistake, cells)
            if edited is not None:
                yield mistake.name, mistake.layers(), edited


def _edited(mistake: Mistake, cells: list[str]) -> list[str] | None:
    """Return the cells with a mistake made; None if what it edits is not of this chapter's notebook."""
    home, _, method = mistake.exercise.partition(".")
    function = getattr(inspect.getmodule(getattr(reference(), home)), mistake.inside or home)
    if method and not mistake.inside:
        function = getattr(function, method)
    piece = inspect.getsource(inspect.unwrap(function))
    found = [cell for cell in cells if piece.strip() in cell]
    if len(found) != 1:
        return None
    return [
        cell.replace(piece.strip(), piece.replace(mistake.old, mistake.new).strip())
        if piece.strip() in cell
        else cell
        for cell in cells
    ]


def _said(verdict: Verdict) -> str:
    findings = [
        (finding.kind, finding.argument, _LINE.sub("", finding.sentence), finding.place, finding.case)
        for finding in verdict.findings
    ]
    return repr((verdict.points, findings, verdict.mistake))
