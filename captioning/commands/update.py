"""``captioning update``: new versions of the chapters, around what a student has written."""

from pathlib import Path

import click

from captioning.commands.shared import json_option, print_json
from captioning.commands.start import tell
from captioning.course.folder import chapter_names, copy_starter, started_chapters, starter_folder
from captioning.course.migration import renew_imports

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="The folder that `captioning start` made.",
)


@click.command()
@folder_option
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Bring the newest version of every chapter, around what you have written in it.

    Cells that you changed or added stay as they are; a notebook that gets a newer version around them is kept
    in backups/ too. Where a module of the course has moved, the imports in
    your own chapters and saved answers are rewritten, with a backup; nothing else in them is touched.

    Example: captioning update
    """
    starter = starter_folder()
    chapters = [name for name in started_chapters(folder) if name in chapter_names(starter)]
    copied = copy_starter(folder, chapters, starter)
    renewed = renew_imports(folder, chapters)
    if as_json:
        backups = {str(path): backup for path, backup in renewed.backups.items()}
        print_json(
            {"folder": folder, "chapters": chapters, **vars(copied), **vars(renewed), "backups": backups}
        )
        return
    tell(copied)
    for path, backup in renewed.backups.items():
        click.echo(f"Brought {path} up to date with modules that have moved; what it was is kept: {backup}")
    for sentence in renewed.left:
        click.echo(sentence)
