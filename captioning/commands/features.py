"""``captioning features``: VGG16's features of a folder of photos."""

from pathlib import Path

import click

from captioning.commands.shared import Count, json_option, note, print_json, resumable, seed_option
from captioning.errors import InputError
from captioning.files import exclusive
from captioning.photos.folder import extract_features


@click.command()
@click.argument("photos_folder", type=click.Path(path_type=Path))
@click.option(
    "--weights",
    required=True,
    type=click.Path(path_type=Path),
    help="VGG16's weights with the top, Keras's (HDF5) or PyTorch's (safetensors): see `captioning data get "
    "vgg16`.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
@click.option(
    "--batch-size",
    metavar="N",
    type=Count(1),
    default=8,
    show_default=True,
    help="Photos that go through the network at a time.",
)
@click.option("--pca", "n_components", metavar="N", type=Count(1), help="Fit a PCA to these photos; keep N.")
@click.option(
    "--pca-from",
    type=click.Path(path_type=Path),
    help="Use the PCA of this file, written with --pca, instead.",
)
@click.option("--skip-bad", is_flag=True, help="Leave photos out that cannot be opened.")
@seed_option
@json_option
def command(
    photos_folder: Path,
    weights: Path,
    out: Path,
    batch_size: int,
    n_components: int | None,
    pca_from: Path | None,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Compute the fc7 features of the photos in PHOTOS_FOLDER with VGG16.

    They are written as COCO's are: `features` in an HDF5 file, a row per photo in the order of the file
    names, which stand in a text file beside it. A run that was interrupted is carried on by the same
    command, with the same result.

    Example: captioning features holiday/ --weights vgg16.h5 --out holiday.h5
    """
    if n_components is not None and pca_from is not None:
        raise InputError("--pca and --pca-from exclude each other: fit a PCA, or use one.")
    with exclusive(out), resumable():
        report = extract_features(
            photos_folder,
            weights,
            out,
            batch_size=batch_size,
            n_components=n_components,
            pca_from=pca_from,
            skip_bad=skip_bad,
        )
    for line in report.bad:
        note(f"Left out: {line}")
    if as_json:
        print_json(vars(report))
        return
    if report.n_resumed:
        click.echo(f"{report.n_resumed} of {report.n_photos} photos had been done before.")
    click.echo(f"{report.features}: {report.n_photos} photos, {report.n_columns} features each.")
    click.echo(f"{report.urls}: their names.")
