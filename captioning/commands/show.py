"""``captioning show``: what a captioner says of pictures, beside what people said."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
import numpy as np

from captioning.commands.options import (
    CaptionerPath,
    beam_width_option,
    data_folder,
    data_option,
    length_penalty_option,
    max_length_option,
    search,
    search_option,
    unknown_option,
)
from captioning.commands.shared import Count, json_option, note, print_json
from captioning.data.coco_layout import GRID_LAYER, CaptionData
from captioning.files import write_text
from captioning.gallery.saying import page, say
from captioning.training.captioner import load_captioner
from captioning.training.speaking import KnownWordsOnly

CURVE_FILE = "learning_curves.png"
# What is of use on a page alone.
UNSEEN = {"picture", "description"}


@click.command()
@click.argument("which", metavar="RUN", type=CaptionerPath())
@data_option
@click.option("--split", default="val", show_default=True, help="Whose pictures.")
@click.option("--number", metavar="N", type=Count(1), default=8, show_default=True, help="How many pictures.")
@click.option(
    "--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="Which pictures."
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the photo files that the data name, to show them on the page.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a page too, as one HTML file."
)
@search_option
@beam_width_option
@length_penalty_option
@max_length_option
@unknown_option
@json_option
def command(
    which: str | Path,
    data_name: str,
    split: str,
    number: int,
    seed: int,
    photos: Path | None,
    out: Path | None,
    decoding: str,
    beam_width: int,
    length_penalty: float,
    max_length: int,
    unknown: bool,
    as_json: bool,
) -> None:
    """Show what a captioner says of pictures, beside what people said.

    With --out the pictures stand beside it, on a page that is one file, to send to a friend; of scenes they
    are drawn, of photos they are those in --photos, else those at the addresses of the data.

    Example: captioning show runs/lstm --data scenes --split val --out said.html
    """
    find = search(decoding, beam_width, length_penalty, max_length)
    captioner = load_captioner(which)
    uses_grids = captioner.encoder.layer == GRID_LAYER
    folder = data_folder(data_name, grids=(split,) if uses_grids else ())
    data = CaptionData(folder, **captioner.encoder.features, only=(split,))
    captioner.require_data(data)
    model = captioner.model if unknown else KnownWordsOnly(captioner.model, captioner.word_to_idx)
    there = np.unique(data.image_idxs(split))
    rows = np.sort(np.random.default_rng(seed).permutation(there)[:number])
    items = say(captioner, data, split, rows, partial(find, model), photos)
    if out is not None:
        curve = Path(which) / CURVE_FILE
        write_text(out, page(items, captioner, curve if curve.is_file() else None))
        note(f"{out} is written.")
    if as_json:
        shown = [{key: value for key, value in asdict(item).items() if key not in UNSEEN} for item in items]
        print_json({"run": which, "split": split, "page": out, "pictures": shown})
        return
    click.echo("\n\n".join(map(str, items)))
