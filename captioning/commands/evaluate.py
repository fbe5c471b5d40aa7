"""``captioning evaluate``: measure captioners, side by side."""

from pathlib import Path

import click
import numpy as np
from tabulate import tabulate

from captioning.commands.options import (
    beam_width_option,
    data_folder,
    data_option,
    length_penalty_option,
    load_captioner,
    max_length_option,
    refuse_options_of_others,
)
from captioning.commands.shared import json_option, print_json
from captioning.data.coco_layout import CaptionData
from captioning.layers import CaptioningRNN, beam_search, greedy_decode
from captioning.training.checkpoint import Checkpoint
from captioning.training.loop import ShuffledFeatures
from captioning.training.metrics import evaluate_split

PERCENTAGES = {"true captions", "true statements"}


@click.command()
@click.argument(
    "runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
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
@click.option(
    "--decoding",
    type=click.Choice(["greedy", "beam"]),
    default="greedy",
    show_default=True,
    help="How captions are found.",
)
@beam_width_option
@length_penalty_option
@max_length_option
@click.option(
    "--shuffle-features",
    is_flag=True,
    help="Show the captioners another image than is meant: how much do they look?",
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
    runs: tuple[Path, ...],
    data_name: str,
    splits: tuple[str, ...],
    decoding: str,
    beam_width: int,
    length_penalty: float,
    max_length: int,
    shuffle_features: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Measure the captioners in the folders RUN, side by side.

    Loss and perplexity tell how well a captioner predicts human captions; BLEU, ROUGE-L and CIDEr
    how like theirs its own captions are; and on scenes, whose truth is known, how much of what it says is
    true.

    Example: captioning evaluate runs/rnn runs/lstm runs/gru --data scenes --split test --split unseen
    """
    refuse_options_of_others(decoding, {"beam": {"beam_width", "length_penalty"}})

    def decode(model: CaptioningRNN, features: np.ndarray) -> np.ndarray:
        if decoding == "greedy":
            return greedy_decode(model, features, max_length).words
        return beam_search(model, features, beam_width, length_penalty, max_length)[0].words

    # What cannot be used is told before minutes go into what can.
    captioners = {str(path): load_captioner(path) for path in runs}
    folder = data_folder(data_name)
    data = {name: _open(folder, run, seed if shuffle_features else None) for name, run in captioners.items()}
    for name, run in captioners.items():
        run.require_data(data[name])
        for split in splits:
            data[name].captions(split)
    results = {
        split: {name: evaluate_split(run, data[name], split, decode) for name, run in captioners.items()}
        for split in splits
    }
    if as_json:
        print_json({"data": folder, "decoding": decoding, "splits": results})
        return
    click.echo("\n\n".join(_table(split, by_run) for split, by_run in results.items()))


def _open(folder: Path, run: Checkpoint, shuffle_seed: int | None) -> CaptionData:
    if shuffle_seed is None:
        return CaptionData(folder, pca_features=run.config.pca_features)
    return ShuffledFeatures(folder, pca_features=run.config.pca_features, seed=shuffle_seed)


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
