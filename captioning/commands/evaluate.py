"""``captioning evaluate``: measure captioners, side by side."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
from tabulate import tabulate

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
from captioning.commands.shared import json_option, note, print_json
from captioning.data.coco_layout import GRID_LAYER, CaptionData
from captioning.installing import install
from captioning.training.captioner import load_captioner
from captioning.training.examples import ShuffledFeatures
from captioning.training.metrics import evaluate_split
from captioning.training.speaking import KnownWordsOnly

# CIDEr weighs a word by how few images it is said of.
IMAGES_FOR_CIDER = 50
PERCENTAGES = {"true captions", "true statements"}
Decode = Callable[[Any, np.ndarray], np.ndarray]


@click.command()
@click.argument("captioners", metavar="RUN...", nargs=-1, required=True, type=CaptionerPath())
@data_option
@click.option(
    "--split",
    "splits",
    metavar="NAME",
    multiple=True,
    default=("val",),
    show_default=True,
    help="Which captions; may be given several times.",
)
@search_option
@beam_width_option
@length_penalty_option
@max_length_option
@unknown_option
@click.option(
    "--shuffle-features",
    is_flag=True,
    help="Give each caption the features of a different image, to see how much a captioner looks.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of --shuffle-features.",
)
@json_option
def command(
    captioners: tuple[str | Path, ...],
    data_name: str,
    splits: tuple[str, ...],
    decoding: str,
    beam_width: int,
    length_penalty: float,
    max_length: int,
    unknown: bool,
    shuffle_features: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Measure captioners side by side.

    A RUN is the folder of a run of `captioning train`, its checkpoint, or the name of a captioner that comes
    with the course: rnn, lstm, gru or attention.

    Loss and perplexity tell how well a captioner predicts human captions; BLEU, ROUGE-L and CIDEr how close
    its own captions come to them; and on scenes, whose truth is known, how much of what it says is true.
    It says words that it knows, as `caption` and `show` do; with --unknown also <UNK>.

    Example: captioning evaluate runs/rnn runs/lstm runs/gru --data scenes --split test --split unseen
    """
    decode = search(decoding, beam_width, length_penalty, max_length)
    # Say what cannot be used before minutes go into what can.
    loaded = {str(which): load_captioner(which) for which in captioners}
    uses_grids = any(captioner.encoder.layer == GRID_LAYER for captioner in loaded.values())
    folder = data_folder(data_name, grids=splits if uses_grids else ())
    open_data = partial(ShuffledFeatures, seed=seed) if shuffle_features else CaptionData
    data = {
        name: open_data(folder, **captioner.encoder.features, only=splits)
        for name, captioner in loaded.items()
    }
    for line in next(iter(data.values())).left_out:
        note(line)
    for name, captioner in loaded.items():
        captioner.require_data(data[name])
    results = {
        split: {
            name: evaluate_split(
                captioner, data[name], split, decode if unknown else _knowing(decode, captioner.word_to_idx)
            )
            for name, captioner in loaded.items()
        }
        for split in splits
    }
    for split in splits:
        n_images = len(np.unique(next(iter(data.values())).image_idxs(split)))
        if n_images < IMAGES_FOR_CIDER:
            note(
                f"{split} has {n_images} images: CIDEr weighs words by how few images they are said of, and "
                f"means little below {IMAGES_FOR_CIDER}."
            )
    if as_json:
        print_json({"data": folder, "decoding": decoding, "splits": results})
        return
    click.echo("\n\n".join(_table(split, by_run) for split, by_run in results.items()))
    if find_spec("pycocoevalcap") is None:
        note(f"For ROUGE-L and CIDEr: {install('evaluate')}")


def _knowing(decode: Decode, word_to_idx: dict[str, int]) -> Decode:
    """Return what finds captions as ``decode`` does, without the words that a captioner does not know."""
    return lambda model, features: decode(KnownWordsOnly(model, word_to_idx), features)


def _table(split: str, by_run: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(by_run.values())))
    rows = [[name, *(_number(name, scores[name]) for scores in by_run.values())] for name in names]
    return tabulate(
        rows,
        headers=[split, *by_run],
        disable_numparse=True,
        colalign=["left", *("right" for _ in by_run)],
    )


def _number(name: str, value: float) -> str:
    if name in PERCENTAGES:
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if name in {"loss", "perplexity"} else f"{value:.3f}"
