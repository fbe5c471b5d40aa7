"""``captioning demo``: train three captioners, compare them, and make a gallery of it."""

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import click
from tabulate import tabulate

from captioning.commands.shared import argument, json_option, note, print_json, resumable
from captioning.data.coco_layout import CaptionData
from captioning.data.scenes_cache import scenes_folder
from captioning.gallery.comparison import HELD_OUT, NEVER_SEEN, Measured, compare
from captioning.gallery.making import LOOKING, make_gallery, require_room
from captioning.gallery.measuring import Shown, measure, shown_of
from captioning.training.captioner import CHECKPOINT_FILE, captioner_path, load_captioner
from captioning.training.config import TrainingConfig
from captioning.training.side_by_side import Job, train_side_by_side

# In the order of the table's columns.
CELLS = ("rnn", "lstm", "gru")
# What takes longest begins first.
TRAINING_ORDER = ("lstm", "gru", "rnn")
SETTINGS = TrainingConfig(
    hidden_dim=224,
    wordvec_dim=64,
    learning_rate=3e-3,
    batch_size=32,
    epochs=5,
    epoch_captions=20000,
    weight_decay=0.25,
    feature_dropout=0.05,
    pca_features=False,
)
# --quick: the first so many scenes of each split, and so many epochs.
QUICK_SCENES, QUICK_EPOCHS = 600, 4


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Folder of the page, and of the captioners in runs/.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="All randomness of the training comes from it.",
)
@click.option("--quick", is_flag=True, help="A few of the scenes: to see how it goes, not to caption well.")
@json_option
def command(out: Path, seed: int, quick: bool, as_json: bool) -> None:
    """Train and compare three captioners, and make a gallery of it.

    Draws scenes, trains an RNN, an LSTM and a GRU to describe them, measures the three beside the captioner
    with attention that comes with the course, and writes a page with pictures, captions and figures. What is
    done is kept: stopped and started again, or started twice, it does only what is missing.

    Example: captioning demo --out demo
    """
    require_room(out)
    seconds: dict[str, float] = {}
    runs = out / ("runs-quick" if quick else "runs")
    with resumable():
        with _stage("scenes", seconds):
            folder = scenes_folder(limit=QUICK_SCENES if quick else None, grids=(HELD_OUT, NEVER_SEEN))
        jobs = _jobs(folder, runs, seed, quick)
        with _stage("training and measuring", seconds):
            _train([jobs[cell] for cell in TRAINING_ORDER])
            shown = {cell: shown_of(job) for cell, job in jobs.items()}
            shown[LOOKING] = _shipped(LOOKING, folder, runs)
            measured = {cell: measure(captioner) for cell, captioner in shown.items()}
        with _stage("page", seconds):
            histories = {cell: job.run.history for cell, job in jobs.items() if job.run is not None}
            commands, facts = _commands(out, runs, seed, quick), _facts(seed, seconds)
            page = make_gallery(shown, histories, measured, out, seed=seed, commands=commands, facts=facts)
    if as_json:
        captioners = {cell: asdict(result) for cell, result in measured.items()}
        print_json({"page": page, "captioners": captioners, "seconds": seconds})
        return
    click.echo(_table(measured))
    click.echo("\n" + ", ".join(f"{name} {time:.0f} s" for name, time in seconds.items()) + ".")
    click.echo(f"Open {page.resolve().as_uri()}")


@contextmanager
def _stage(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Tell of a stage, and how long it took."""
    note(f"{name} ...")
    start = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - start, 1)
    note(f"{name}: {seconds[name]:.0f} s")


def _jobs(data_folder: Path, runs: Path, seed: int, quick: bool) -> dict[str, Job]:
    """Return the three runs."""
    settings = replace(SETTINGS, seed=seed, epochs=QUICK_EPOCHS if quick else SETTINGS.epochs)
    return {
        cell: Job(data_folder, replace(settings, cell=cell), runs / cell / CHECKPOINT_FILE) for cell in CELLS
    }


def _train(jobs: Sequence[Job]) -> None:
    """Train what is not finished, and measure it."""
    for job in jobs:
        state = "new" if job.run is None else f"{job.run.epoch} of {job.config.epochs} epochs done"
        note(f"  {job.config.cell}, {job.checkpoint.parent}: {state}")
    unfinished = [job for job in jobs if not job.finished]
    train_side_by_side(unfinished, at_once=os.cpu_count() or 1, then=lambda job: measure(shown_of(job)))


def _shipped(name: str, data_folder: Path, runs: Path) -> Shown:
    """Return a captioner that comes with the course: to train it takes too long for a demonstration."""
    captioner = load_captioner(name)
    data = CaptionData(data_folder, **captioner.encoder.features, only=(HELD_OUT, NEVER_SEEN))
    return Shown(captioner, data, captioner_path(name), runs / name)


def _table(measured: Mapping[str, Measured]) -> str:
    rows = [[row.name, row.note, *row.values] for row in compare(measured)]
    return tabulate(
        rows,
        headers=["", "", *measured],
        disable_numparse=True,
        colalign=["left", "left", *("right" for _ in measured)],
    )


def _commands(out: Path, runs: Path, seed: int, quick: bool) -> list[tuple[str, str]]:
    """Return the command that made the page, and others that go on from there, each with its purpose."""
    three = " ".join(argument(runs / name) for name in ("rnn", "lstm", "gru"))
    again = f"captioning demo --out {argument(out)} --seed {seed}" + (" --quick" if quick else "")
    return [
        (again, "made this page."),
        (
            f"captioning evaluate {three} attention --data scenes --split test",
            "measures the same captioners, with more scores, or with beam search.",
        ),
        (
            f"captioning caption --model {argument(runs / 'lstm')} PICTURE --explain words.png",
            "captions a picture of yours and draws how the caption came about.",
        ),
    ]


def _facts(seed: int, seconds: Mapping[str, float]) -> dict[str, str]:
    """Return what the page says of its making."""
    packages = {"captioning": "captioning-from-scratch", "NumPy": "numpy", "Matplotlib": "matplotlib"}
    return {
        "seed": str(seed),
        "Python": platform.python_version(),
        **{name: version(package) for name, package in packages.items()},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **{f"time: {name}": f"{time:.0f} s" for name, time in seconds.items()},
    }
