"""``captioning live``: the captioner for a web page."""

from pathlib import Path

import click

from captioning.commands.shared import json_option, note, print_json
from captioning.live.export import export


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Write the captioner for a web page.

    The course's VGG16, its four captioners, the drawing of scenes and the judge, as JavaScript that needs no
    kernel and no network, with the views that ask them. What is up to date in the folder stays as it is.

    Example: captioning live site/captioner
    """
    written = export(folder)
    if as_json:
        print_json({"folder": str(folder), "written": written})
    else:
        note(f"{folder}: {'written' if written else 'up to date'}")
