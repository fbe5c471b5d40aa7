"""``captioning marks``: marks for other systems."""

import dataclasses
import json
from pathlib import Path

import click

from autograder.grading.batch import course_in
from autograder.grading.commands.shared import course_option
from autograder.grading.exports import FORMATS, rows_of
from autograder.judge.render import as_junit_suites
from captioning.commands.shared import json_option, note
from captioning.files import write_text

JUNIT = "junit"


@click.command()
@click.argument("assignment")
@course_option
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, JUNIT]),
    default="csv",
    show_default=True,
    help="The points of each exercise, the columns that Moodle or Canvas import, or JUnit's XML: a suite of "
    "tests for each student, a test for each exercise.",
)
@click.option(
    "--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="A file; else it is printed."
)
@json_option
def command(assignment: str, folder: Path, form: str, path: Path | None, as_json: bool) -> None:
    """Write the marks in nbgrader's gradebook as a table: manual grades and late penalties included.

    JUnit's XML holds the verdicts as `captioning grade` recorded them, with their sentences, and neither
    manual grades nor penalties.

    Example: captioning marks 10_lstm --format canvas --out marks.csv
    """
    with course_in(folder) as course, course.gradebook() as gradebook:
        found = course.assignment(assignment)
        rows = rows_of(gradebook, found)
        verdicts = course.recorded_verdicts(assignment) if form == JUNIT else {}
    text = as_junit_suites(verdicts) if form == JUNIT else FORMATS[form](rows, found)
    if as_json:
        text = json.dumps([dataclasses.asdict(row) for row in rows], indent=2) + "\n"
    waiting = [row.student for row in rows if row.waiting]
    if waiting:
        note(
            f"Of {len(waiting)} of {len(rows)} something is still to be graded by hand, and counts 0 so far."
        )
    if path is None:
        click.echo(text, nl=False)
    else:
        write_text(path, text)
