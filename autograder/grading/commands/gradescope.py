"""``captioning gradescope``: an assignment for Gradescope."""

from pathlib import Path

import click

from autograder.grading.batch import course_in
from autograder.grading.commands.shared import course_option
from autograder.grading.gradescope.packing import autograder_zip
from autograder.grading.gradescope.results import VISIBILITIES
from autograder.grading.isolation import NAMES
from captioning.commands.shared import json_option, note, print_json
from captioning.files import atomic_write


@click.command()
@click.argument("assignment")
@course_option
@click.option(
    "--out",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("autograder.zip"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default="after_due_date",
    show_default=True,
    help="When students see points and sentences, which quote the inputs that they are graded on.",
)
@click.option(
    "--isolation",
    type=click.Choice(NAMES),
    help="The sandbox there, by default the strictest that holds; with `none` students can give themselves "
    "any mark.",
)
@json_option
def command(
    assignment: str, folder: Path, path: Path, visibility: str, isolation: str | None, as_json: bool
) -> None:
    """Write autograder.zip for a programming assignment of Gradescope.

    It holds the grader, the assignment, and the two scripts that Gradescope calls. A submission is graded
    there as here, in a sandbox: in Gradescope's containers that is mostly Landlock, and each result tells
    the instructor which. Whatever goes wrong there is 0 points with a reason, never a pass. The archive
    holds the reference: give it to nobody but Gradescope.

    Example: captioning gradescope 10_lstm --out autograder.zip
    """
    with course_in(folder) as course:
        found = course.assignment(assignment)
        content = autograder_zip(
            assignment,
            course.release(assignment),
            found.prerequisites(),
            course.records.course_key(),
            {"visibility": visibility, "isolation": isolation},
        )
    if isolation == "none":
        note("WITHOUT A SANDBOX: there each submission can give itself any mark. Every result says so.")
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
    points = sum(exercise.points for exercise in found.asked.exercises)
    if as_json:
        print_json({"assignment": assignment, "file": str(path), "points": points})
        return
    click.echo(f"{path}: {assignment}, {points:g} points.")
    click.echo(
        f"Next: on Gradescope make a programming assignment of {points:g} points, upload the file under "
        "Configure Autograder, and try it there with your own solution and with an empty notebook. Open "
        "questions are graded there by hand."
    )
