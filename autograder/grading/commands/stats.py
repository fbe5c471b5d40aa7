"""``captioning stats``: what a class finds hard."""

import dataclasses
from pathlib import Path

import click
from tabulate import tabulate

from autograder.grading.batch import course_in
from autograder.grading.commands.shared import course_option
from autograder.grading.statistics import summaries
from captioning.commands.shared import json_option, print_json


@click.command()
@click.argument("assignment")
@course_option
@json_option
def command(assignment: str, folder: Path, as_json: bool) -> None:
    """Show for each exercise how many have it right, and the commonest mistakes with an example of each.

    Example: captioning stats 10_lstm
    """
    with course_in(folder) as course:
        found = course.assignment(assignment)
        verdicts = course.recorded_verdicts(assignment)
    classes = list(summaries(found.asked.exercises, verdicts))
    if as_json:
        print_json({"assignment": assignment, "exercises": [dataclasses.asdict(each) for each in classes]})
        return
    rows = [
        (
            each.exercise,
            each.submissions,
            f"{each.right / max(each.submissions, 1):.0%}",
            f"{each.points:.2f}",
            each.of,
        )
        for each in classes
    ]
    click.echo(tabulate(rows, headers=["exercise", "handed in", "right", "mean points", "of"]))
    for each in classes:
        if each.mistakes:
            click.echo(f"\n{each.exercise}")
        for made in each.mistakes:
            click.echo(f"  {made.students} of them: {made.what}\n      {made.example}: {made.said}")
