"""``captioning data``: get the data, and see which are there."""

from collections.abc import Callable
from pathlib import Path

import click
from tabulate import tabulate

from captioning.commands.prepare import prepare_group
from captioning.commands.shared import (
    argument,
    folder_option,
    json_option,
    note,
    print_json,
    resumable,
    seed_option,
)
from captioning.data.coco_layout import CAPTIONS_FILE, CaptionData
from captioning.data.downloads import DOWNLOADS, get, status
from captioning.data.scenes_cache import scenes_folder
from captioning.data.transfer import size_text
from captioning.files import exclusive

source_option = click.option(
    "--source",
    metavar="URL",
    envvar="CAPTIONING_SOURCE",
    show_envvar=True,
    help="Download from this folder of a web server instead, a mirror in your network say.",
)


def download_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all downloads."""
    return folder_option(source_option(seed_option(json_option(command))))


@click.group()
def command() -> None:
    """Get data and weights, and see which are there.

    Real data are not part of the project: these commands fetch them from where they are published.

    Example: captioning data get coco
    """


@command.group("get")
def get_group() -> None:
    """Get a set of data, or weights.

    A download that was interrupted is carried on; what is there already is only checked. Without a
    connection, the command says what to download by hand and where to put it.

    Example: captioning data get vgg16
    """


@get_group.command("coco")
@download_options
def get_coco(folder: Path, source: str | None, as_json: bool) -> None:
    """COCO 2014: captions and features (1 GB).

    They are the 2014 training and validation sets as CS231n prepared them: captions as numbers, and VGG16's
    features with and without PCA. Unpacked they take some 2.3 GB more.

    Example: captioning data get coco --folder /data
    """
    (path,) = _get("coco", folder, source)
    data = CaptionData(path)
    sizes = [
        f"{split}: {len(data.captions(split))} captions of {data.n_images(split)} images"
        for split in data.splits
    ]
    _report("coco", [path], as_json, *sizes)


@get_group.command("scenes")
@seed_option
@json_option
def get_scenes(as_json: bool) -> None:
    """Picture scenes: drawn and described here, nothing is downloaded.

    Draws the scenes, computes their features with the VGG16 that comes with them, and writes both into the
    cache folder ($CAPTIONING_HOME): a minute or two. `--data scenes` of the other commands does the same when
    it has to. The scenes are always the same ones, since their VGG16 has not seen those to test on.

    Example: captioning data get scenes
    """
    try:
        path = scenes_folder()
    except KeyboardInterrupt:
        note("\nInterrupted. Nothing is written: the same command draws the scenes again.")
        raise
    _report("scenes", [path], as_json)


@get_group.command("flickr8k")
@download_options
def get_flickr8k(folder: Path, source: str | None, as_json: bool) -> None:
    """Flickr8k: photos and captions (1.1 GB).

    Unpacked they take as much again.

    Example: captioning data get flickr8k
    """
    paths = _get("flickr8k", folder, source)
    _report(
        "flickr8k",
        paths,
        as_json,
        "To train on them, make features next:",
        f"    captioning features {argument(paths[1])} --weights FILE --out flickr8k.h5",
        "    captioning data prepare flickr8k --features flickr8k.h5",
    )


@get_group.command("vgg16")
@download_options
def get_vgg16(folder: Path, source: str | None, as_json: bool) -> None:
    """VGG16: weights trained on ImageNet (0.6 GB).

    They are Keras's: a file with the fully connected layers, for features, and one without.

    Example: captioning data get vgg16
    """
    paths = _get("vgg16", folder, source)
    _report(
        "vgg16",
        paths,
        as_json,
        "For the features of a folder of photos:",
        f"    captioning features PHOTOS_FOLDER --weights {argument(paths[0])} --out photos.h5",
    )


def _get(name: str, folder: Path, source: str | None) -> list[Path]:
    with exclusive(folder / name), resumable():
        return get(name, folder, source, say=note)


def _report(name: str, paths: list[Path], as_json: bool, *lines: str) -> None:
    """Say that data are ready, and what comes next; or, as JSON, only where they are."""
    if as_json:
        print_json({"name": name, "paths": paths})
        return
    verb = "is" if len(paths) == 1 else "are"
    for line in (f"{' and '.join(map(str, paths))} {verb} ready.", *lines):
        click.echo(line)


command.add_command(prepare_group)


@command.command("list")
@folder_option
@seed_option
@json_option
def list_data(folder: Path, as_json: bool) -> None:
    """List the data: what there is, how much of it is here, and where.

    Example: captioning data list
    """
    states = {name: status(name, folder) for name in DOWNLOADS}
    sizes = {name: _size(folder / name) for name in DOWNLOADS}
    captions = sorted(path.parent for path in folder.glob(f"**/{CAPTIONS_FILE}"))
    if as_json:
        rows = [
            {"name": name, "state": state, "bytes": sizes[name], "notes": notes}
            for name, (state, notes) in states.items()
        ]
        print_json({"folder": folder, "data": rows, "captions": captions})
        return
    click.echo(f"In {folder}:\n")
    table = [
        (name, state, size_text(sizes[name]) if sizes[name] else "", DOWNLOADS[name].about)
        for name, (state, _) in states.items()
    ]
    click.echo(tabulate(table, headers=("name", "state", "on disk", "what it is"), disable_numparse=True))
    for name, (_, notes) in states.items():
        for line in notes:
            click.echo(f"\n{name}: {line}; `captioning data get {name}` carries on.")
    click.echo("\nNothing has to be downloaded for `--data scenes`: they are drawn when they are asked for.")
    if captions:
        click.echo("\nCaptions and features to train on:")
        for path in captions:
            click.echo(f"    {path}")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
