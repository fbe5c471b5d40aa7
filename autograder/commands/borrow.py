"""``captioning borrow``: the course's own version of a layer, until the student's passes."""

import click

from autograder.exercises.registry import all_exercises
from autograder.student.lookup import exercise_named
from captioning.answers.library import borrow, is_checkout
from captioning.answers.resolver import YOURS, exercises_of, origin
from captioning.commands.shared import json_option, print_json
from captioning.errors import InputError
from captioning.installing import SOLUTIONS, solutions_requirement


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Let later chapters run on the course's own version of a layer, until yours passes.

    A forward function and its backward are borrowed together, since one reads the other's cache. `captioning
    progress` shows what is borrowed. It needs the reference, which comes with captioning-solutions.

    Example: captioning borrow rnn_forward
    """
    wanted = {part for name in names for part in _with_partners(name)}
    if not is_checkout():
        raise InputError(
            f"there is nothing to borrow from: {SOLUTIONS}, which holds the course's own layers, is not "
            f"installed. Those who learn alone install it with `python -m pip install "
            f'"{solutions_requirement()}"`; in a class the teacher decides.'
        )
    own = {name for name in wanted if _runs_already(name)}
    wanted -= own
    folder = borrow(wanted)
    if folder is None:
        raise InputError(
            "this is in no folder that `captioning start` made; everything runs on the reference."
        )
    if as_json:
        print_json({"library": folder, "borrowed": sorted(wanted), "yours": sorted(own)})
        return
    if own:
        passed = "yours has passed, and runs" if len(own) == 1 else "yours have passed, and run"
        click.echo(f"Not borrowed: {', '.join(sorted(own))}; {passed}.")
    if wanted:
        click.echo(f"Borrowed until yours pass their check: {', '.join(sorted(wanted))}.")


def _runs_already(name: str) -> bool:
    """Tell whether the student's own version of a layer has passed, and is what runs."""
    try:
        found = origin(name)
    except InputError:  # it must be checked again
        return False
    return found is not None and found.owner == YOURS


def _with_partners(name: str) -> set[str]:
    """Return the layers that share a cache with one, and itself."""
    if exercises_of(name) is None:
        name = exercise_named(name).name.partition(".")[0]
    exercises = all_exercises()
    of = {
        other: exercise.gradients.of if exercise.gradients is not None else other
        for other, exercise in exercises.items()
    }
    mine = of.get(name, name)
    return {name} | {other for other in of if "." not in other and mine in {other, of[other]}}
