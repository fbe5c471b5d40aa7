"""``captioning progress``: what is done, whose code runs, and what comes next."""

from collections import Counter
from collections.abc import Iterable

import click
from tabulate import tabulate

from autograder.student.course import Step, chapter_titles, steps
from captioning.answers.library import library_folder
from captioning.commands.shared import json_option, print_json


@click.command()
@click.option("--exercises", "by_exercise", is_flag=True, help="A line for each exercise, not each chapter.")
@json_option
def command(by_exercise: bool, as_json: bool) -> None:
    """Show what is done, whose code runs where, and what comes next.

    Done is what passed its check and was saved in the folder my_layers of the course. What computes rightly
    and leaves something of the contract open, such as the type, works and counts in part.

    Example: captioning progress
    """
    everything = list(steps())
    left = [step for step in everything if step.state != "done"]
    # What works can wait.
    following = min(left, key=lambda step: step.points > 0, default=None)
    folder = library_folder()
    if as_json:
        print_json(
            {
                "library": folder,
                "done": sum(step.state == "done" for step in everything),
                "points": _points(everything),
                "max_points": sum(step.exercise.points for step in everything),
                "next": following.exercise.name if following is not None else None,
                "exercises": [_as_dict(step) for step in everything],
            }
        )
        return
    if folder is None:
        click.echo("There are no saved answers here yet: the first that passes makes the folder my_layers.\n")
    else:
        click.echo(f"Saved answers: {folder}\n")
    click.echo(_by_exercise(everything) if by_exercise else _by_chapter(everything))
    for step in everything:
        if step.reason:
            click.echo(f"\nCheck again: {step.exercise.name}. {step.reason}.")
    if following is None:
        click.echo("\nEverything is done.")
    else:
        exercise = following.exercise
        points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
        click.echo(f"\nNext: {exercise.name}, chapter {exercise.chapter}, {points}.")


def _points(steps: Iterable[Step]) -> float:
    return round(sum(step.points for step in steps), 1)


def _as_dict(step: Step) -> dict[str, object]:
    return {
        "exercise": step.exercise.name,
        "chapter": step.exercise.chapter,
        "points": step.exercise.points,
        "state": step.state,
        "runs": step.runs,
        "path": step.path,
    }


def _by_exercise(everything: list[Step]) -> str:
    rows = [
        (step.exercise.chapter, step.exercise.name, step.exercise.points, step.state, step.runs)
        for step in everything
    ]
    return tabulate(rows, headers=["chapter", "exercise", "points", "state", "whose code runs"])


def _by_chapter(everything: list[Step]) -> str:
    rows = []
    for chapter, title in sorted(chapter_titles().items()):
        inside = [step for step in everything if step.exercise.chapter == chapter]
        done = [step for step in inside if step.state == "done"]
        runs = Counter(step.runs for step in inside)
        points = f"{_points(inside):g}/{sum(s.exercise.points for s in inside)}"
        whose = ", ".join(runs) if len(runs) == 1 else ", ".join(f"{who}: {n}" for who, n in runs.items())
        rows.append((chapter, title, f"{len(done)}/{len(inside)}", points, whose))
    headers = ["chapter", "", "done", "points", "whose code runs"]
    return tabulate(rows, headers=headers, colalign=["right", "left", "right", "right", "left"])
