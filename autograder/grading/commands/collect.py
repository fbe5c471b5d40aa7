"""``captioning collect``: what a class handed in, from Moodle, Canvas or a folder."""

import dataclasses
from pathlib import Path

import click
from tabulate import tabulate

from autograder.grading.batch import course_in
from autograder.grading.collecting import Student, collect, found_in, newcomers
from autograder.grading.commands.shared import course_option
from captioning.commands.shared import json_option, print_json
from captioning.errors import InputError

NOT_ALL_COLLECTED = 3


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("assignment")
@course_option
@click.option(
    "--new", is_flag=True, help="Take the folders' names for students that the gradebook does not know."
)
@click.option("--replace", is_flag=True, help="Let what was collected before make room.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, source: Path, assignment: str, folder: Path, new: bool, replace: bool, as_json: bool
) -> None:
    """Take in what a class handed in, and say who was matched and who was not.

    SOURCE is the archive that Moodle ("Download all submissions") or Canvas ("Download Submissions") makes,
    or a folder with a folder for each student. Students are found in the gradebook by their id, by their
    number on the platform, or by their name; `nbgrader db student import` brings them there. Times of
    submission are not in these archives, so nobody is late.

    It exits with 0 if all were collected, and with 3 if some were not.

    Example: captioning collect moodle.zip 10_lstm
    """
    with course_in(folder) as course, course.gradebook() as gradebook, found_in(source) as found:
        if not found:
            raise InputError(f"{source} holds no notebooks (.ipynb).")
        known = [
            Student(each.id, each.first_name or "", each.last_name or "", each.lms_user_id or "")
            for each in gradebook.students
        ]
        if new:
            known += newcomers(found, known)
        submitted = course.submission(assignment, "x").parents[1]
        results = collect(found, known, course.assignment(assignment), submitted, replace=replace)
    left_out = [result for result in results if result.problem]
    if as_json:
        print_json(
            {"assignment": assignment, "notebooks": [dataclasses.asdict(result) for result in results]}
        )
    else:
        rows = [(result.who, result.student, result.problem) for result in results]
        click.echo(
            tabulate(rows, headers=["handed in by", "student", "left out"], maxcolwidths=[None, None, 70])
        )
        click.echo(f"\n{len(results) - len(left_out)} of {len(results)} notebooks collected.")
        if not left_out:
            click.echo(f"Next: captioning grade {assignment}")
    if left_out:
        ctx.exit(NOT_ALL_COLLECTED)
