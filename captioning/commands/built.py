"""``captioning built``: what a student built, as one page."""

from pathlib import Path

import click

from captioning.commands.options import CaptionerPath
from captioning.commands.shared import Count, json_option, note, print_json, usable_photos
from captioning.course.machine import machine
from captioning.errors import InputError
from captioning.files import write_text
from captioning.gallery.built import Captioned, built_page, caption_all
from captioning.training.captioner import load_captioner
from captioning.training.checkpoint import load_history


@click.command()
@click.argument("photos", metavar="[PHOTO]...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--model",
    "which",
    metavar="RUN",
    default="lstm",
    show_default=True,
    type=CaptionerPath(),
    help="Folder of a run of `captioning train`, whose learning curve is shown then, or the name of a "
    "captioner that comes with the course: rnn, lstm, gru or attention.",
)
@click.option("--scenes", metavar="N", type=Count(1), default=8, show_default=True, help="How many scenes.")
@click.option(
    "--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="Which scenes."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="what_i_built.html",
    show_default=True,
    help="The page.",
)
@json_option
def command(
    photos: tuple[Path, ...], which: str | Path, scenes: int, seed: int, out: Path, as_json: bool
) -> None:
    """Write a page on what you built, to send to a friend: one HTML file.

    It shows what your captioner says of scenes and of photos, which layers ran and whose they are, its
    learning curve if you have trained it, your milestones with their pictures, and the machine with your
    layers. Layers that you have not written are the course's own, where these are installed, and it says so.

    Example: captioning built holiday/*.jpg --model runs/lstm
    """
    usable, bad = usable_photos(photos) if photos else ((), [])
    captioner, history, picture = load_captioner(which), load_history(which), machine()
    try:
        captioned = caption_all(captioner, usable, scenes=scenes, seed=seed)
    except InputError as error:
        captioned = Captioned(missing=str(error))
        note(f"Without captions: {error}")
    write_text(out, built_page(captioned, captioner, picture, history))
    if as_json:
        print_json({"page": out, **captioned.as_dict(), "bad": bad})
    else:
        click.echo(f"{out} is written: {picture.headline()}")
    for problem in bad:
        note(f"Left out: {problem}")
    if bad:
        click.get_current_context().exit(1)
