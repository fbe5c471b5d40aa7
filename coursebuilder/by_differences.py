"""Gradients by differences of the given forward functions, entry by entry: what do they get?

Every exercise that returns gradients is answered so in a worker, by central differences of several orders and
steps and by a complex step; and, as work that must pass, in plain loops of Python.
"""

import inspect
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import grade
from autograder.grading.workers import Cell, Worker
from autograder.judge.verdict import Kind, Verdict
from autograder.proof import differences_cell, in_loops
from coursebuilder.prerequisites import prerequisites


class Method(NamedTuple):
    """How a gradient is reached.

    Attributes:
        order: of the differences; 1 for a complex step.
        step: their h.
    """

    order: int
    step: float

    def __str__(self) -> str:
        return "complex step" if self.order == 1 else f"order {self.order}, h = {self.step:g}"


METHODS = [Method(order, h) for order in (2, 4, 6, 8) for h in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)] + [
    Method(1, 1e-20)
]


def exercises() -> list[Exercise]:
    """Return the exercises that return gradients."""
    return [exercise for exercise in all_exercises().values() if exercise.gradients is not None]


def by_differences(exercise: Exercise, method: Method, isolation: str, seed: int = 1) -> Verdict:
    """Grade gradients that are reached by differences, in a worker."""
    return _graded(exercise, [differences_source(exercise, method)], isolation, seed)


def differences_source(exercise: Exercise, method: Method) -> str:
    """Return a cell that answers an exercise by differences."""
    source = inspect.getsource(differences_cell).replace(
        "ORDER, STEP = 2, 1e-5", f"ORDER, STEP = {method.order}, {method.step!r}"
    )
    return f"{source}\n\n{_answer(exercise)}"


def in_plain_loops(exercise: Exercise, isolation: str, seed: int = 1) -> Verdict:
    """Grade an answer in which a loop goes over every axis, in a worker."""
    # A VGG16 is put together of given layers: there is no loop to write.
    cell = inspect.getsource(in_loops)
    vgg16 = "from captioning.layers import vgg16_forward_train, vgg16_backward"
    return _graded(exercise, [cell, vgg16], isolation, seed)


def is_too_dear(verdict: Verdict) -> bool:
    """Tell whether an answer got nothing for what it costs, and its numbers were right."""
    return not verdict.points and verdict.findings[0].kind in {Kind.COST, Kind.TIMEOUT}


def _answer(exercise: Exercise) -> str:
    """Return a cell that defines an exercise's functions: a class is run, an assignment that calls is not."""
    name = exercise.name
    if name == "vgg16_backward":
        names, made = "vgg16_forward_train, vgg16_backward", "network()"
    elif name.endswith(".loss"):
        names, made = name.partition(".")[0], f"model({name.partition('.')[0]!r})"
    elif name.endswith("_loss"):
        names, made = name, f"loss_of({name!r})"
    else:
        assert exercise.gradients is not None
        names, made = f"{exercise.gradients.of}, {name}", f"layer({exercise.gradients.of!r})"
    return f"class _:\n    global {names}\n    {names} = {made}\n"


def _graded(exercise: Exercise, cells: list[str], isolation: str, seed: int) -> Verdict:
    code = [Cell(f"cell {number}", text) for number, text in enumerate(cells)]
    with _given(exercise.chapter) as folder, Worker(isolation, code, prerequisites=folder) as worker:
        return grade(exercise, worker, seed)


@contextmanager
def _given(chapter: int) -> Iterator[Path]:
    """Give a folder with the reference of a chapter and of those before it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in prerequisites(before=chapter + 1).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        yield Path(folder)
