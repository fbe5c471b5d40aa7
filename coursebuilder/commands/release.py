"""``captioning release``: a chapter for a class, as an nbgrader course folder."""

from pathlib import Path

import click

from captioning.commands.shared import json_option, note, print_json
from captioning.errors import InputError


@click.command()
@click.argument("chapter")
@click.option(
    "--tier",
    type=click.Choice(["open", "class"]),
    default="open",
    show_default=True,
    help="With the quizzes' answers, or without.",
)
@click.option(
    "--out",
    "course",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("course"),
    show_default=True,
    help="The nbgrader course folder; other assignments in it stay as they are.",
)
@json_option
def command(chapter: str, tier: str, course: Path, as_json: bool) -> None:
    """Make an nbgrader course folder for a chapter, or add the chapter to one.

    It holds the source with the solutions, what students get, and beside the notebook the solutions of
    earlier chapters. Before anything is written, the solution is run and graded, and must get all points, the
    stub must get none, and every catalogued mistake less than all.

    It is graded by `captioning grade`, in a sandbox, and by nbgrader's own commands with the settings of this
    folder. nbgrader without them runs a submission as a program of yours: each check then ends its run, and
    nothing is recorded, though a student who knows that can undo it.

    It needs a checkout of the project, with `pip install --editable '.[book]'`.

    Example: captioning release 10_lstm --tier class --out course
    """
    try:
        # nbgrader takes a second to load, and is not installed with a bare checkout.
        from coursebuilder import door  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            f"a release needs what the book is made with: {error}. In the checkout run "
            "`pip install --editable '.[book]'`, and release from there."
        ) from error
    released = door.release_chapter(chapter, course, tier, lambda step: note(f"{step} ..."))
    name = released.students.name
    if not released.has_our_stubs:
        note(
            f"{course / 'nbgrader_config.py'} was there before, and is as it was. If you let nbgrader "
            f"generate {name} again, take over the preprocessors of "
            "autograder/nbgrader/nbgrader_config.py first: without them the stubs do not say whose they are "
            "to write."
        )
    if as_json:
        print_json(
            {
                "chapter": name,
                "tier": tier,
                "course": course,
                "source": released.source,
                "release": released.students,
            }
        )
        return
    click.echo(f"For students: {released.students}\nWith solutions: {released.source}")
    click.echo(
        f"Next, in {course}: nbgrader release_assignment {name}; when it is handed in, "
        f"captioning grade {name}."
    )
