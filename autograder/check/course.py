"""Checking files of answers, and how far a student is in the course."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import exercises as chapters
from autograder.check.checking import SECONDS, Checked, check_thing
from autograder.check.notebooks import chapter_of, load_definitions
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Finding, Kind
from captioning import layers, library
from captioning.errors import InputError
from captioning.sources import is_defined_in


@dataclass(frozen=True)
class Task:
    """An exercise to be checked.

    Attributes:
        exercise: what was asked.
        path: the file with the answer; None if no file has one.
        answer: the function, or for a method its class; None if there is none.
    """

    exercise: Exercise
    path: Path | None
    answer: Any = None

    def check(self, seconds: float = SECONDS) -> Checked:
        """Check the answer, as in a notebook in the folder of its file."""
        if self.path is None or self.answer is None:
            place = f"in {self.path}" if self.path is not None else "in these files"
            sentence = f"there is no {self.exercise.name} {place}"
            return Checked(
                self.exercise.name,
                False,
                0.0,
                float(self.exercise.points),
                (Finding(Kind.NOT_WRITTEN, "", f"{sentence[0].upper()}{sentence[1:]}."),),
            )
        with library.working_in(self.path.parent):
            return check_thing(self.exercise, self.answer, seconds=seconds)


def plan(paths: Iterable[Path], *, whole_course: bool = False) -> tuple[list[Task], dict[Path, str]]:
    """Read files, and return what is to be checked.

    That is every exercise that a file defines, or that belongs to the chapter by whose number it begins
    (``10_lstm.ipynb``), or to the course.

    Returns:
        tasks: in the order of the course. If two files define a function, the later one counts.
        problems: for files that cannot be loaded, why.
    """
    tasks: dict[str, Task] = {}
    problems: dict[Path, str] = {}
    for path in paths:
        chapter = chapter_of(path)
        try:
            with library.working_in(path.resolve().parent):
                names = load_definitions(path)
        except InputError as error:
            problems[path] = str(error)
            names = {}
        for exercise in all_exercises().values():
            answer = _answer(exercise, names)
            is_asked = exercise.chapter == chapter and exercise.name not in tasks
            if answer is not None or is_asked:
                tasks[exercise.name] = Task(exercise, path, answer)
    return [
        tasks.get(name, Task(exercise, None))
        for name, exercise in all_exercises().items()
        if whole_course or name in tasks
    ], problems


def _answer(exercise: Exercise, names: dict[str, Any]) -> Any:
    """Return the function, or for a method the class that defines it, if these names do."""
    top, _, method = exercise.name.partition(".")
    thing = names.get(top)
    if thing is None or not is_defined_in(names, thing):
        return None
    return thing if not method or method in vars(thing) else None


@dataclass(frozen=True)
class Step:
    """Where a student is with an exercise.

    Attributes:
        exercise: which.
        state: "done", "check again" or "to do".
        runs: whose code later chapters run: "yours", "the course", "the reference", or "nobody's yet".
        path: the file of that code, None if there is none.
        reason: why to check again, else "".
    """

    exercise: Exercise
    state: str
    runs: str
    path: Path | None
    reason: str = ""


def steps() -> Iterator[Step]:
    """Tell for each exercise, in the order of the course, whether it is done and whose code runs."""
    answers = library.saved_answers(library.library_folder())
    for exercise in all_exercises().values():
        top = exercise.name.partition(".")[0]
        saved = answers.get(top)
        reason = library.complaint(saved, answers) if saved is not None else ""
        if reason:
            assert saved is not None
            yield Step(exercise, "check again", "nobody's yet", saved.path, reason)
            continue
        origin = layers.origin(top)
        yield Step(
            exercise,
            "done" if saved is not None and exercise.name in saved.exercises else "to do",
            origin.owner if origin is not None else "nobody's yet",
            origin.path if origin is not None else None,
        )


def chapter_titles() -> dict[int, str]:
    """Return the chapters that have exercises: the first line of each module of the registry."""
    titles = {}
    for info in pkgutil.iter_modules(chapters.__path__):
        if info.name.startswith("ch"):
            module = importlib.import_module(f"{chapters.__name__}.{info.name}")
            about = (module.__doc__ or "").strip().splitlines()[0].partition(": ")[2].rstrip(".")
            titles[module.EXERCISES[0].chapter] = about[:1].upper() + about[1:]
    return titles
