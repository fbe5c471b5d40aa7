"""``captioning start``: a student's folder."""

from pathlib import Path

import click

from captioning.answers.library import borrow, is_checkout, working_in
from captioning.answers.resolver import written_before
from captioning.commands.shared import argument, json_option, print_json
from captioning.course.folder import (
    START_HERE,
    Copied,
    chosen_chapters,
    copy_starter,
    started_chapters,
    starter_folder,
)
from captioning.installing import solutions_requirement


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--chapters",
    metavar="NAME,...",
    default="",
    help="Only these, such as 9,10_lstm; others can be added later. By default all.",
)
@json_option
def command(folder: Path, chapters: str, as_json: bool) -> None:
    """Make a folder to work in: the chapters as notebooks, with the functions that you write left open.

    Files that are there and were changed stay as they are, so it is safe to run it again.

    Example: captioning start my-course
    """
    if chapters and not chapters.replace(",", "").strip():
        raise click.UsageError(f"--chapters {chapters} names no chapter.")
    starter = starter_folder()
    chosen = chosen_chapters(starter, [name.strip() for name in chapters.split(",") if name.strip()])
    copied = copy_starter(folder, chosen, starter)
    missing = missing_layers(folder)
    borrowed = bool(missing) and is_checkout()
    if borrowed:
        with working_in(folder):
            borrow(missing)
    if as_json:
        lent = {"borrowed" if borrowed else "missing": missing}
        print_json({"folder": folder, "chapters": chosen, **vars(copied), **lent})
        return
    tell(copied)
    if missing:
        numbers = ", ".join(map(str, sorted(set(missing.values()))))
        click.echo(
            f"\nThe layers of the chapters {numbers}, which are not in {folder}, are borrowed from the "
            "reference until yours pass."
            if borrowed
            else f"\nThese chapters build on layers of the chapters {numbers}, which are not in {folder}. "
            "Add them, or install the reference and run this again:\n"
            f'    python -m pip install "{solutions_requirement()}"'
        )
    start_here = folder / START_HERE
    first = start_here if start_here.exists() else folder / chosen[0] / f"{chosen[0]}.ipynb"
    click.echo(
        f"\nBegin with: jupyter lab {argument(first)}\n"
        f"What is done, and what comes next: cd {argument(folder)}, and there captioning progress"
    )


def missing_layers(folder: Path) -> dict[str, int]:
    """Return the layers that chapters of a folder build on, and that are written in chapters it has not."""
    there = {int(name[:2]) for name in started_chapters(folder)}
    return {name: number for name, number in written_before(max(there)).items() if number not in there}


def tell(copied: Copied) -> None:
    """Say what became of the files."""
    if copied.new:
        click.echo(f"Copied {len(copied.new)} new files.")
    for name in copied.updated:
        click.echo(f"Updated {name}.")
    for name, both in copied.merged.items():
        click.echo(f"Brought the newer version of {name} around what you wrote; backups/ has what it was.")
        if both:
            click.echo(f"    There is a newer version of these cells too, and yours stand: {', '.join(both)}")
    for name in copied.kept:
        click.echo(
            f"Left alone {name}: it holds your changes, and there is a newer version. "
            f"To start it again, with a backup: captioning reset {Path(name).parts[0]}"
            if name.endswith(".ipynb")
            else f"Left alone {name}: it was changed, and there is a newer version. Remove it to get that."
        )
    for name in copied.removed:
        click.echo(f"Removed {name}, which is no longer of the course.")
    if not any(vars(copied).values()):
        click.echo("Everything is there, and up to date.")
