"""``captioning explain``: a verdict reached once more, for an appeal."""

import platform
from pathlib import Path

import click
import numpy as np

from autograder.grading.batch import course_in
from autograder.grading.commands.shared import course_option
from autograder.grading.graded import key_of, notebook_in, verdict_again
from autograder.grading.probes import good_isolation
from autograder.judge.render import as_json as verdict_as_json
from autograder.judge.render import as_text
from captioning.commands.shared import json_option, print_json

DIFFERS = 3


@click.command()
@click.argument("student")
@click.argument("exercise")
@course_option
@json_option
@click.pass_context
def command(ctx: click.Context, student: str, exercise: str, folder: Path, as_json: bool) -> None:
    """Reach the verdict on an answer once more, and hold it against the one that was recorded.

    The inputs come from the course's key, the student and the exercise, so they are the same each time.

    It exits with 0 if the verdict is the same to the byte, and with 3 if it is not.

    Example: captioning explain ada lstm_backward
    """
    with course_in(folder) as course:
        assignment = course.assignment_with(exercise)
        facts = course.facts(assignment.name, student)
        isolation = facts.get("isolation") or good_isolation(None)
        recorded = course.records.kept(key_of(facts)) or ()
        path = notebook_in(course.submission(assignment.name, student), assignment.name)
        verdict = verdict_again(assignment, student, exercise, path, isolation, course.records)
        seed = course.records.seed(student, exercise)
    before = next((each for each in recorded if each.exercise == exercise), None)
    is_same = before == verdict
    if as_json:
        print_json(
            {
                "student": student,
                "assignment": assignment.name,
                "seed": seed,
                "isolation": isolation,
                "verdict": verdict_as_json(verdict),
                "recorded": None if before is None else verdict_as_json(before),
                "same": is_same,
            }
        )
    else:
        click.echo(f"{as_text(verdict)}\n")
        click.echo(f"{student}, {assignment.name}, inputs drawn from the seed {seed};")
        click.echo(f"{isolation}, Python {platform.python_version()}, NumPy {np.__version__}.")
        if before is None:
            click.echo(f"Nothing is recorded; `captioning grade {assignment.name}` does that.")
        elif is_same:
            click.echo("It is the verdict that was recorded, to the byte.")
        else:
            click.echo(f"It is not the verdict that was recorded, which is:\n\n{as_text(before)}")
    if before is not None and not is_same:
        ctx.exit(DIFFERS)
