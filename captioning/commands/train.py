"""``captioning train``: train a captioner."""

import json
import shlex
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from captioning.commands.options import data_folder, data_option, given_options
from captioning.commands.shared import json_option, note, print_json
from captioning.data.coco_layout import CaptionData, features_file
from captioning.errors import InputError
from captioning.figures.learning_curves import learning_curves
from captioning.files import atomic_write
from captioning.layers import CELLS
from captioning.photos.encoder import read_encoder
from captioning.training.checkpoint import (
    CHECKPOINT_FILE,
    Checkpoint,
    TrainingConfig,
    load_checkpoint,
    require_same_config,
)
from captioning.training.loop import OPTIMIZERS, new_run, open_data, train, training_examples


@click.command()
@data_option
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the run."
)
@click.option("--resume", is_flag=True, help="Go on with the run in this folder, with its settings.")
@click.option(
    "--cell",
    type=click.Choice(list(CELLS)),
    default=TrainingConfig.cell,
    show_default=True,
    help="The recurrent cell.",
)
@click.option(
    "--hidden-dim",
    metavar="N",
    type=click.IntRange(1),
    default=TrainingConfig.hidden_dim,
    show_default=True,
    help="Size of the hidden state.",
)
@click.option(
    "--wordvec-dim",
    metavar="N",
    type=click.IntRange(1),
    default=TrainingConfig.wordvec_dim,
    show_default=True,
    help="Size of a word's vector.",
)
@click.option(
    "--word-vectors",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Start from the word vectors of this text file, GloVe's or word2vec's.",
)
@click.option(
    "--optimizer",
    type=click.Choice(list(OPTIMIZERS)),
    default=TrainingConfig.optimizer,
    show_default=True,
    help="The update rule.",
)
@click.option(
    "--learning-rate",
    metavar="R",
    type=click.FloatRange(0, min_open=True),
    default=TrainingConfig.learning_rate,
    show_default=True,
    help="Of the first step; it falls to 0 along half a cosine.",
)
@click.option(
    "--batch-size",
    metavar="N",
    type=click.IntRange(1),
    default=TrainingConfig.batch_size,
    show_default=True,
    help="Captions in a minibatch.",
)
@click.option(
    "--epochs",
    metavar="N",
    type=click.IntRange(1),
    default=TrainingConfig.epochs,
    show_default=True,
    help="How often the captions are read.",
)
@click.option(
    "--epoch-captions",
    metavar="N",
    type=click.IntRange(1),
    help="Read only N captions in an epoch, others each time. [default: all]",
)
@click.option(
    "--weight-decay",
    metavar="W",
    type=click.FloatRange(0),
    default=TrainingConfig.weight_decay,
    show_default=True,
    help="Weights shrink by this times the learning rate at each step.",
)
@click.option(
    "--feature-dropout",
    metavar="P",
    type=click.FloatRange(0, 1, max_open=True),
    default=TrainingConfig.feature_dropout,
    show_default=True,
    help="Share of an image's features that is dropped at each step.",
)
@click.option(
    "--clip-norm",
    metavar="G",
    type=click.FloatRange(0, min_open=True),
    default=TrainingConfig.clip_norm,
    show_default=True,
    help="Scale the gradient down to this global norm.",
)
@click.option(
    "--pca/--no-pca",
    "pca_features",
    default=None,
    show_default="where the folder has both, --pca",
    help="Learn from the features after or before PCA.",
)
@click.option(
    "--max-captions",
    metavar="N",
    type=click.IntRange(1),
    help="Learn N captions by heart: train on no others, and validate on them.",
)
@click.option(
    "--shuffle-features",
    is_flag=True,
    help="Give each image another one's features: what is learned then is language alone.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=TrainingConfig.seed,
    show_default=True,
    help="All randomness comes from it.",
)
@click.option(
    "--save-every",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Write the checkpoint so often, and after each epoch.",
)
@json_option
def command(
    data_name: str, out: Path, resume: bool, save_every: float, as_json: bool, **settings: Any
) -> None:
    """Train a captioner, and write it to the folder --out.

    The folder gets checkpoint.h5 (the captioner, and all that is needed to go on), history.json and
    learning_curves.png. A run that was stopped, by Ctrl-C or in any other way, is carried on with --resume
    and ends with the same captioner.

    Losses are summed over the words of a caption and averaged over captions.

    Example: captioning train --data scenes --cell lstm --out runs/lstm
    """
    path = out / CHECKPOINT_FILE
    if resume and path.exists():
        run, data = _resume(data_folder(data_name), path, settings)
    elif path.exists():
        raise InputError(
            f"there is a run in {out} already. Go on with it with --resume, or give another --out."
        )
    else:
        if resume:
            note(f"There is no run in {out} yet: this is its beginning.")
        run, data = _begin(data_folder(data_name), settings)
    note(_describe(run, data))
    if run.epoch == run.config.epochs:
        note("This run has ended already: there is nothing left to train.")

    start = time.monotonic()
    try:
        train(run, data, path, save_every=save_every)
    except KeyboardInterrupt:
        note(
            f"\nStopped in epoch {min(run.epoch + 1, run.config.epochs)} of {run.config.epochs}, after "
            f"{run.iteration} minibatches. Nothing is lost: {path} is written. To go on:\n"
            f"    captioning train --data {shlex.quote(data_name)} --out {shlex.quote(str(out))} --resume"
        )
        raise
    seconds = time.monotonic() - start

    _write_history(run, out / "history.json")
    learning_curves({run.config.cell: run.history}, out / "learning_curves.png")
    best = run.best_epoch - 1
    result = {
        "run": out,
        "cell": run.config.cell,
        "epochs": run.epoch,
        "best_epoch": run.best_epoch,
        "train_loss": run.history.train_loss[best],
        "val_loss": run.history.val_loss[best],
        "val_perplexity": run.history.val_perplexity[best],
        "iterations": run.iteration,
        "seconds": round(seconds, 1),
    }
    if as_json:
        print_json(result)
        return
    click.echo(
        f"{run.config.cell}, {run.epoch} epochs, {seconds:.0f} seconds. The best was epoch {run.best_epoch}, "
        f"whose parameters are kept: validation loss {result['val_loss']:.2f}, "
        f"perplexity {result['val_perplexity']:.2f}."
    )
    click.echo(f"{out}: {CHECKPOINT_FILE}, history.json, learning_curves.png")


def _begin(folder: Path, settings: dict[str, Any]) -> tuple[Checkpoint, CaptionData]:
    if settings["pca_features"] is None:
        settings["pca_features"] = (folder / features_file("train", pca_features=True)).exists()
    config = TrainingConfig(**settings)
    data = open_data(folder, config)
    return new_run(data, config, read_encoder(folder)), data


def _resume(folder: Path, path: Path, settings: dict[str, Any]) -> tuple[Checkpoint, CaptionData]:
    run = load_checkpoint(path)
    given = given_options()
    require_same_config(path, run.config, {name: value for name, value in settings.items() if name in given})
    return run, open_data(folder, run.config)


def _describe(run: Checkpoint, data: CaptionData) -> str:
    examples, val_examples = training_examples(run, data)
    n_params = sum(value.size for value in run.params.values())
    return (
        f"{run.config.cell} with {n_params / 1e6:.2f} million parameters; {len(examples.captions)} captions "
        f"to learn, {len(val_examples.captions)} to validate on; {len(run.idx_to_word)} words; "
        f"{run.input_dim} features an image."
    )


def _write_history(run: Checkpoint, path: Path) -> None:
    content = {"config": asdict(run.config), "best_epoch": run.best_epoch, **asdict(run.history)}
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
