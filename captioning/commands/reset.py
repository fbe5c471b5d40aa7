"""``captioning reset``: a chapter as it was at first."""

from pathlib import Path

import click

from captioning.commands.shared import json_option, print_json
from captioning.commands.update import folder_option
from captioning.course.folder import chosen_chapters, reset_chapter, starter_folder


@click.command()
@click.argument("chapter")
@folder_option
@json_option
def command(chapter: str, folder: Path, as_json: bool) -> None:
    """Start a chapter again; your notebook is kept in backups/, with the date.

    Answers that passed stay in my_layers.

    Example: captioning reset 10_lstm
    """
    starter = starter_folder()
    (name,) = chosen_chapters(starter, [chapter])
    backup = reset_chapter(folder, name, starter)
    if as_json:
        print_json({"chapter": name, "backup": backup})
        return
    click.echo(f"{name}/{name}.ipynb is as it was at first.")
    if backup is not None:
        click.echo(f"Your notebook is kept: {backup}")
