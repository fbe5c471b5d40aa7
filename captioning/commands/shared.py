"""What several commands have in common."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from captioning.files import cache_folder

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=cache_folder,
    show_default="$CAPTIONING_HOME, else the system's cache folder",
    help="The folder of all data.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
# All commands around data and captioners take a seed, so that a script can give it to each of them alike.
seed_option = click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    expose_value=False,
    help="Taken as by the other commands; nothing is random here, so any N gives the same result.",
)


def print_json(result: dict[str, Any]) -> None:
    """Print the result of a command for machines."""
    click.echo(json.dumps(result, indent=2, default=str))


def note(line: str) -> None:
    """Print a line about progress: to stderr, so that stdout is the result alone."""
    click.echo(line, err=True)


@contextmanager
def resumable() -> Iterator[None]:
    """Tell the user who presses Ctrl-C that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        note("\nInterrupted. What is done is kept: the same command carries on from there.")
        raise
