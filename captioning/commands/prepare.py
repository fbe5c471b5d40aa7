"""``captioning data prepare``: captions and features of any collection, as data to train on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from captioning.commands.shared import (
    Count,
    Number,
    folder_option,
    json_option,
    note,
    print_json,
    resumable,
    seed_option,
)
from captioning.data.sentences import Sentences, divided, read_sentences
from captioning.errors import InputError
from captioning.files import exclusive


def prepare_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all preparations, which ``prepare`` takes."""
    for option in (
        click.option(
            "--pca",
            "n_components",
            metavar="N",
            type=Count(1),
            help="Fit a PCA to the training photos; keep N.",
        ),
        click.option(
            "--min-count",
            metavar="N",
            type=Count(1),
            default=5,
            show_default=True,
            help="Words that occur less often in the training captions become <UNK>.",
        ),
        click.option(
            "--max-length",
            metavar="N",
            type=Count(1),
            default=15,
            show_default=True,
            help="Words after which captions are cut.",
        ),
        click.option("--partial", is_flag=True, help="Leave photos out that have no features."),
        seed_option,
        json_option,
    ):
        command = option(command)
    return command


@click.group("prepare")
def prepare_group() -> None:
    """Turn data into the files that `captioning train` reads.

    Example: captioning data prepare flickr8k --features flickr8k.h5 --pca 512
    """


@prepare_group.command("flickr8k")
@click.option(
    "--features",
    "features_file",
    required=True,
    type=click.Path(path_type=Path),
    help="What `captioning features` made of the folder Flickr8k_Dataset.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="flickr8k/captions in the folder of all data",
    help="The folder to write.",
)
@prepare_options
@folder_option
def prepare_flickr8k(
    features_file: Path, out: Path | None, folder: Path, as_json: bool, **options: Any
) -> None:
    """Flickr8k: captions as numbers, beside the features of their photos.

    Example: captioning data prepare flickr8k --features flickr8k.h5 --pca 512
    """
    # Needs the layers, which not every installation has; the other commands do not.
    from captioning.data.flickr8k import read_text  # noqa: PLC0415

    out = out or folder / "flickr8k" / "captions"
    click.get_current_context().with_resource(exclusive(out))
    _prepare(read_text(folder / "flickr8k" / "Flickr8k_text", note), features_file, out, as_json, **options)


@prepare_group.command("captions")
@click.argument("captions_file", metavar="CAPTIONS", type=click.Path(path_type=Path))
@click.option(
    "--val", type=click.Path(path_type=Path), help="Captions to validate on, where in another file."
)
@click.option("--test", type=click.Path(path_type=Path), help="Captions to test on, likewise.")
@click.option(
    "--val-share",
    metavar="P",
    type=Number(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="Where nothing says what to validate on: this share of the photos, always the same ones.",
)
@click.option(
    "--features", "features_file", type=click.Path(path_type=Path), help="What `captioning features` made."
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path),
    help="Folder of the photos instead: their features are made now, and carried on when interrupted.",
)
@click.option("--weights", type=click.Path(path_type=Path), help="With --photos: VGG16's weights.")
@click.option("--skip-bad", is_flag=True, help="With --photos: leave photos out that cannot be opened.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write."
)
@prepare_options
def prepare_captions(
    captions_file: Path,
    val: Path | None,
    test: Path | None,
    val_share: float,
    features_file: Path | None,
    photos: Path | None,
    weights: Path | None,
    skip_bad: bool,
    out: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """Captions of photos, from the file of any collection.

    CAPTIONS is COCO's JSON (captions_train2014.json, with --val captions_val2014.json), Karpathy's JSON
    (dataset_coco.json, dataset_flickr8k.json, dataset_flickr30k.json), Kaggle's captions.txt, or a CSV of
    your own, whose first line names the columns image and caption, and maybe split (train, val, test).

    Example: captioning data prepare captions captions.csv --photos holiday/ --weights vgg16.h5 --out mine
    """
    if (features_file is None) == (photos is None) or (photos is None) != (weights is None):
        raise click.UsageError("give --features, or --photos together with --weights.")
    click.get_current_context().with_resource(exclusive(out))
    sentences = _splits(captions_file, {"val": val, "test": test}, val_share)
    if features_file is None:
        from captioning.photos.folder import extract_features  # noqa: PLC0415  (needs the layers)

        assert photos is not None
        assert weights is not None
        features_file = out / "photos.h5"
        out.mkdir(parents=True, exist_ok=True)
        with resumable():
            report = extract_features(photos, weights, features_file, skip_bad=skip_bad)
        for line in report.bad:
            note(f"Left out: {line}")
        options["partial"] = options["partial"] or skip_bad
    _prepare(sentences, features_file, out, as_json, **options)


def _splits(captions_file: Path, others: dict[str, Path | None], val_share: float) -> Sentences:
    """Read the captions of all splits."""
    sentences = read_sentences(captions_file, note)
    for split, path in others.items():
        if path is not None:
            said = read_sentences(path, note)
            if set(said) != {""} or split in sentences:
                raise InputError(f"{captions_file} or {path} has splits of its own: leave --{split} out.")
            sentences[split] = said[""]
    if "" in sentences:
        whole = sentences.pop("")
        if "train" in sentences:
            raise InputError(
                f"{captions_file}: {next(iter(whole))} is in no split, though others are. Give it one."
            )
        sentences |= {"train": whole} if "val" in sentences else divided(whole, val_share)
    return sentences


def _prepare(sentences: Sentences, features_file: Path, out: Path, as_json: bool, **options: Any) -> None:
    from captioning.data.prepare import prepare  # noqa: PLC0415  (needs the layers)

    sizes = prepare(sentences, features_file, out, **options, say=note)
    if as_json:
        splits = {
            split: {"captions": captions, "photos": photos} for split, (captions, photos) in sizes.items()
        }
        print_json({"folder": out, "splits": splits})
        return
    click.echo(f"{out} is ready.")
    for split, (captions, photos) in sizes.items():
        click.echo(f"{split}: {captions} captions of {photos} photos")
