"""All exercises, by name, in the order of the course."""

import importlib
import pkgutil
from functools import cache

from autograder import exercises
from autograder.exercises.exercise import Exercise


@cache
def all_exercises() -> dict[str, Exercise]:
    """Return every exercise by its name; the chapters' modules are those named ``ch...``.

    Raises:
        ValueError: two exercises have one name.
    """
    found: dict[str, Exercise] = {}
    for info in pkgutil.iter_modules(exercises.__path__):
        if info.name.startswith("ch"):
            for exercise in importlib.import_module(f"{exercises.__name__}.{info.name}").EXERCISES:
                if exercise.name in found:
                    raise ValueError(f"two exercises are called {exercise.name}")
                found[exercise.name] = exercise
    return found
