"""What every command may have: where the data are, JSON instead of text, lines about progress."""

import json
import math
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from captioning.course.machine import Machine
from captioning.errors import InputError
from captioning.files import cache_folder
from captioning.photos.images import open_photo

_COLOURS = {"#": "green", "+": "cyan", "b": "yellow"}
MOST = 1_000_000  # more of anything is a slip, and would take all memory or no end of time


class Number(click.FloatRange):
    """A number; what is none, or endless, is refused by name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class Count(click.IntRange):
    """A number of things; a million at most."""

    def __init__(self, least: int | None = None, most: int = MOST) -> None:
        super().__init__(least, most)


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


def argument(path: Path | str) -> str:
    """Return a path as it is typed behind a command: in quotes where a shell would take it apart."""
    text = str(path)
    if os.name != "nt":
        return shlex.quote(text)
    return text if re.fullmatch(r"[\w.:\\/+~-]+", text) else f'"{text}"'


def note(line: str) -> None:
    """Print a line about progress: to stderr, so that stdout is the result alone."""
    click.echo(line, err=True)


@contextmanager
def resumable() -> Iterator[None]:
    """Say that nothing is lost when Ctrl-C is pressed."""
    try:
        yield
    except KeyboardInterrupt:
        note("\nInterrupted. What is done is kept: the same command carries on from there.")
        raise


def print_machine(picture: Machine) -> None:
    """Print the machine's picture as wide as the terminal, where that shows colours in colours too."""

    def painted(mark: re.Match[str]) -> str:
        return click.style(mark[0], fg=_COLOURS[mark[1]], bold=True)

    text = picture.text(min(shutil.get_terminal_size().columns, 100))
    click.echo(re.sub(r"\[([#+b])\]", painted, text))


def require_other_file(source: Path, out: Path) -> None:
    """Raise ``InputError`` where what is written would replace what it is made of."""
    if source.resolve() == out.resolve():
        raise InputError(f"--out is {source} itself, which would be lost. Give another name.")


def usable_photos(photos: Sequence[Path]) -> tuple[tuple[Path, ...], list[str]]:
    """Return the photos that can be opened, and what is wrong with the others.

    Raises:
        InputError: none can be.
    """
    usable, bad = [], []
    for photo in photos:
        try:
            open_photo(photo)
        except InputError as error:
            bad.append(str(error))
        else:
            usable.append(photo)
    if not usable:
        raise InputError("\n".join(bad))
    return tuple(usable), bad
