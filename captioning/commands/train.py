"""``captioning train``: train a captioner."""

import json
import time
from collections.abc import Callable
from dataclasses import Field, asdict, fields
from pathlib import Path
from typing import Any

import click

from captioning.commands.options import data_folder, data_option, given_options
from captioning.commands.shared import Count, Number, argument, json_option, note, print_json
from captioning.data.coco_layout import GRID_LAYER, CaptionData, features_file
from captioning.errors import InputError
from captioning.figures.learning_curves import learning_curves
from captioning.files import exclusive, write_text
from captioning.training.callbacks import ended_by_the_second_press
from captioning.training.captioner import CHECKPOINT_FILE
from captioning.training.checkpoint import Checkpoint, load_checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.examples import GRID_SPLITS, open_data, split_examples, training_examples
from captioning.training.measures import caption_loss
from captioning.training.run import new_run, train_run
from captioning.training.shards import threads
from captioning.training.side_by_side import train_beside_others


def setting_options(command: Callable) -> Callable:
    """Give a command an option for each setting of ``TrainingConfig``."""
    for setting in reversed(fields(TrainingConfig)):
        command = _option(setting)(command)
    return command


def _option(setting: Field) -> Callable[[Callable], Callable]:
    about = setting.metadata
    return click.option(
        about.get("flags", f"--{setting.name.replace('_', '-')}"),
        setting.name,
        type=_type(setting),
        is_flag=True if setting.default is False else None,
        # Which features there are decides.
        default=None if "flags" in about else setting.default,
        show_default=about.get("show_default", setting.default is not None and setting.default is not False),
        metavar=about.get("metavar"),
        help=about["help"],
    )


def _type(setting: Field) -> Any:
    about = setting.metadata
    if "choices" in about:
        return click.Choice(about["choices"])
    if "least" not in about and "above" not in about:
        return click.Path(exists=True, dir_okay=False) if about.get("metavar") == "FILE" else bool
    least, below = about.get("least", about.get("above")), about.get("below")
    if "float" in str(setting.type):
        return Number(least, below, min_open="above" in about, max_open=below is not None)
    return Count(least)


@click.command()
@data_option
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the run."
)
@click.option("--resume", is_flag=True, help="Go on with the run in this folder, with its settings.")
@setting_options
@click.option(
    "--save-every",
    metavar="SECONDS",
    type=Number(0),
    default=60.0,
    show_default=True,
    help="Write the checkpoint so often, and after each epoch.",
)
# For `captioning demo`; see train_beside_others.
@click.option("--beside-others", is_flag=True, hidden=True)
@json_option
def command(
    data_name: str,
    out: Path,
    resume: bool,
    save_every: float,
    beside_others: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train a captioner, and write it to the folder --out.

    The folder gets checkpoint.h5 (the captioner, and all that is needed to go on), history.json and
    learning_curves.png. A run that was stopped, by Ctrl-C or in any other way, is carried on with --resume
    and ends with the same captioner.

    A captioner with attention looks at a grid of features, which only --data scenes has.

    Losses are summed over the words of a caption and averaged over captions.

    Example: captioning train --data scenes --cell lstm --out runs/lstm
    """
    path = out / CHECKPOINT_FILE
    until_the_end = click.get_current_context().with_resource
    if path.exists():
        _require_resume(out, resume)
        until_the_end(exclusive(path))
        run, data = _resume(data_name, path, settings)
    else:
        if resume:
            note(f"There is no run in {out} yet: this is its beginning.")
        run, data = _begin(data_name, settings)
        until_the_end(exclusive(path))
        _require_resume(out, not path.exists())  # another process may have been quicker
    if beside_others:
        train_beside_others(run, data, path, save_every)
        return
    for line in data.left_out:
        note(line)
    note(_describe(run, data))
    if run.epoch == run.config.epochs:
        note("This run has ended already: there is nothing left to train.")

    go_on = f"To go on:\n    captioning train --data {argument(data_name)} --out {argument(out)} --resume"
    until_the_end(ended_by_the_second_press(f"\nStopped at once. {path} is the one written last. {go_on}\n"))
    start = time.monotonic()
    try:
        train_run(run, data, path, save_every=save_every)
    except KeyboardInterrupt:
        note(
            f"\nStopped in epoch {min(run.epoch + 1, run.config.epochs)} of {run.config.epochs}, after "
            f"{run.iteration} minibatches. Nothing is lost: {path} is written. {go_on}"
        )
        raise
    seconds = time.monotonic() - start

    _write_history(run, out / "history.json")
    learning_curves({run.config.cell: run.history}, out / "learning_curves.png")
    best = run.best_epoch - 1
    val_loss, val_perplexity = run.history.val_loss[best], run.history.val_perplexity[best]
    if run.config.val_captions is not None:
        note("validating on all captions ...")
        with threads(run.config.shards) as mapped:
            everything = split_examples(run.captioner, data, "val")
            val_loss, val_perplexity = caption_loss(run.captioner.model, everything, mapped)
    result = {
        "run": out,
        "cell": run.config.cell,
        "epochs": run.epoch,
        "best_epoch": run.best_epoch,
        "train_loss": run.history.train_loss[best],
        "val_loss": val_loss,
        "val_perplexity": val_perplexity,
        "iterations": run.iteration,
        "seconds": round(seconds, 1),
    }
    if as_json:
        print_json(result)
        return
    click.echo(
        f"{run.config.cell}, {run.epoch} epochs, {seconds:.0f} seconds. The best was epoch {run.best_epoch}, "
        f"whose parameters are kept: validation loss {val_loss:.2f}, "
        f"perplexity {val_perplexity:.2f}."
    )
    click.echo(f"{out}: {CHECKPOINT_FILE}, history.json, learning_curves.png")


def _require_resume(out: Path, resume: bool) -> None:
    if not resume:
        raise InputError(
            f"there is a run in {out} already. Go on with it with --resume, or give another --out."
        )


def _folder(data_name: str, layer: str) -> Path:
    return data_folder(data_name, grids=GRID_SPLITS if layer == GRID_LAYER else ())


def _begin(data_name: str, settings: dict[str, Any]) -> tuple[Checkpoint, CaptionData]:
    config = TrainingConfig(**settings)
    if config.layer == GRID_LAYER and config.pca_features:
        raise InputError("--pca: attention looks at a grid of features, and there is no PCA of grids.")
    if config.max_captions is not None and config.val_captions is not None:
        raise InputError("--max-captions validates on the captions that it learns: leave out --val-captions.")
    folder = _folder(data_name, config.layer)
    if config.pca_features is None:
        there = config.layer != GRID_LAYER and (folder / features_file("train", pca_features=True)).exists()
        config = TrainingConfig(**settings | {"pca_features": there})
    data = open_data(folder, config)
    return new_run(data, config, say=note), data


def _resume(data_name: str, path: Path, settings: dict[str, Any]) -> tuple[Checkpoint, CaptionData]:
    run = load_checkpoint(path)
    given = given_options()
    different = [
        f"{name.replace('_', ' ')} {getattr(run.config, name)}, not {value}"
        for name, value in settings.items()
        if name in given and getattr(run.config, name) != value
    ]
    if different:
        raise InputError(
            f"{path} is a run with {'; '.join(different)}. Leave these options out to go on with it, or "
            "begin another run with another --out."
        )
    return run, open_data(_folder(data_name, run.config.layer), run.config)


def _describe(run: Checkpoint, data: CaptionData) -> str:
    examples, val_examples = training_examples(run, data)
    n_params = sum(value.size for value in run.params.values())
    return (
        f"{run.config.cell} with {n_params / 1e6:.2f} million parameters; {len(examples.captions)} captions "
        f"to learn, {len(val_examples.captions)} to validate on; {len(run.captioner.idx_to_word)} words; "
        f"{run.captioner.input_dim} features an image."
    )


def _write_history(run: Checkpoint, path: Path) -> None:
    content = {"config": asdict(run.config), "best_epoch": run.best_epoch, **asdict(run.history)}
    write_text(path, json.dumps(content, indent=1) + "\n")
