"""Which exercise a function answers."""

import difflib
import inspect
from types import MethodType
from typing import Any

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.naming import with_article
from captioning.answers.sources import home_of
from captioning.errors import InputError


def exercise_named(name: str) -> Exercise:
    """Return an exercise.

    Raises:
        InputError: there is none of this name.
    """
    exercises = all_exercises()
    if name in exercises:
        return exercises[name]
    methods = [other for other in exercises if other.startswith(f"{name}.")]
    if methods:
        calls = " and ".join(f"check({method})" for method in methods)
        raise InputError(f"{name} is a class; what you write are its methods: {calls}.")
    near = difflib.get_close_matches(name, exercises, n=3, cutoff=0.6)
    hint = f" Do you mean {' or '.join(near)}?" if near else " `captioning progress --exercises` lists all."
    raise InputError(f"there is no exercise {name!r}.{hint}")


def exercise_of(function: Any) -> tuple[Exercise, Any]:
    """Return the exercise that a function answers, and the function, or the class that it is a method of."""
    if isinstance(function, MethodType):
        function = function.__func__
    name = getattr(inspect.unwrap(function) if callable(function) else function, "__qualname__", None)
    if name is None:
        raise InputError(
            "check takes a function or the name of one, and this is "
            f"{with_article(type(function).__name__)}: check(lstm_forward), without calling it, or "
            "check('lstm_forward')."
        )
    name = name.rpartition("<locals>.")[2]
    if name == "<lambda>":
        raise InputError("a lambda has no name that says which exercise it answers. Write it with def.")
    exercise = exercise_named(name)
    top, _, method = exercise.name.partition(".")
    if not method:
        return exercise, function
    home = home_of(function)
    if top not in home:
        raise InputError(f"the class {top} of {exercise.name} is not there. Run the cell that defines it.")
    return exercise, home[top]
