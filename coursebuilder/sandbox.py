"""Do verdicts from a sandbox differ from those of the grader's own process?

The reference, two empty stubs and all mistakes of an exercise are judged in both; each verdict must be the
same word for word. Where an answer draws global random numbers it need not be: such answers are judged in
this process three times, from other states of these, and are told apart by that.
"""

import dataclasses
import importlib
import inspect
import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from autograder.exercises.exercise import Exercise
from autograder.grading.reference import grade
from autograder.grading.workers import Cell, Worker
from autograder.judge.verdict import Verdict
from autograder.mistakes.mistake import written
from autograder.mistakes.registry import all_mistakes
from autograder.proof.verdicts import SEED, by_grader, stubbed
from captioning.layers import reference
from coursebuilder.prerequisites import prerequisites


class Judged(NamedTuple):
    """What is said of an answer in both places.

    Attributes:
        answer: "reference", "mistake: sign turned".
        here, there: the verdicts in this process and in a sandbox.
        is_random: they differ, and so they do in this process from one time to the next.
    """

    answer: str
    here: Verdict
    there: Verdict
    is_random: bool


def judged_in_both(exercise: Exercise, isolation: str, every: int = 1) -> Iterator[Judged]:
    """Judge all answers to an exercise that we have, in this process and in a sandbox.

    Args:
        exercise: which.
        isolation: of the sandbox.
        every: of its mistakes only each so many-th.
    """
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        for name, text in prerequisites(before=exercise.chapter).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        for answer, layers, cells in _answers(exercise, every):
            here = _timeless(by_grader(exercise, layers))
            code = [Cell(f"cell {number}", text) for number, text in enumerate(cells, 1)]
            with Worker(isolation, code, prerequisites=Path(folder)) as worker:
                there = _timeless(grade(exercise, worker, SEED))
            yield Judged(answer, here, there, here != there and _is_random(exercise, layers))


def _answers(exercise: Exercise, every: int) -> Iterator[tuple[str, SimpleNamespace, list[str]]]:
    """Yield what is judged: its name, the layers of this process, and the cells that make them elsewhere."""
    top, _, method = exercise.name.partition(".")
    module = importlib.import_module(getattr(reference(), top).__module__)
    given = [
        other for other in vars(module) if getattr(vars(module)[other], "__module__", "") == module.__name__
    ]
    right = _cell(module.__name__, inspect.getsource(module), str(module.__file__), given)
    yield "reference", reference(), [right]
    for returns_none in (False, True):
        said = f'raise NotImplementedError("{exercise.name} is yours to write")'
        stub = f"def {method or top}(*_, **options):\n    {'return None' if returns_none else said}\n"
        if method:
            stub = f"class {top}({top}):\n{textwrap.indent(stub, '    ')}"
        name = "stub that returns None" if returns_none else "stub that raises"
        yield name, stubbed(exercise.name, returns_none=returns_none), [right, stub]
    mistakes = [mistake for mistake in all_mistakes() if mistake.exercise == exercise.name]
    for mistake in mistakes[::every]:
        names = sorted(written(mistake._edited_module())) if mistake.as_written else [top]
        wrong = _cell(*mistake.source(), mistake.title, names)
        yield f"mistake: {mistake.name}", mistake.layers(), [right, wrong]


def _cell(module: str, source: str, title: str, names: list[str]) -> str:
    """Return a cell that runs a module apart, and takes some of its names: the other answers stay."""
    if module.startswith("solutions."):
        source = re.sub(r"from solutions\.\w+ import", "from captioning.layers import", source)
    return (
        f"class _Apart:\n    names = {{'__name__': {module!r}}}\n"
        f"    exec(compile({source!r}, {title!r}, 'exec'), names)\n"
        + "".join(f"{name} = _Apart.names[{name!r}]\n" for name in names)
    )


def _timeless(verdict: Verdict) -> Verdict:
    return dataclasses.replace(verdict, seconds=0.0)


def _is_random(exercise: Exercise, layers: SimpleNamespace) -> bool:
    said = set()
    for state in range(3):
        np.random.seed(state)  # what an answer may draw from
        said.add(repr(_timeless(by_grader(exercise, layers))))
    return len(said) > 1
