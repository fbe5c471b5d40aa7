"""What the commands that grade have in common."""

from pathlib import Path

import click

course_option = click.option(
    "--course",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current one",
    help="The nbgrader course folder.",
)
