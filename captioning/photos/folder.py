"""All steps for a whole folder of photos, into a file: in batches, and resumed after any interruption."""

import hashlib
import json
import os
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pooch
from tqdm import tqdm

from captioning import layers
from captioning.errors import InputError
from captioning.files import DISK_FULL, require_space, write_text
from captioning.hdf5 import get_dataset, new_hdf5, open_hdf5
from captioning.photos.features import load_vgg16, photo_features
from captioning.photos.images import FORMATS, open_photo, suffixes
from captioning.photos.names import written
from captioning.photos.pca import fit_pca, read_pca, require_components, write_pca
from captioning.photos.winograd import HOW, FastVGG16


@dataclass(frozen=True)
class Report:
    """What ``extract_features`` did.

    Attributes:
        features: the HDF5 file.
        urls: the text file with the names of the photos, in the order of the rows.
        n_photos, n_columns: the shape of the features.
        n_resumed: how many of the photos an earlier run had done.
        bad: for each photo that was left out, what is wrong with it; one of a format that is not opened here
            is left out in any case.
    """

    features: Path
    urls: Path
    n_photos: int
    n_columns: int
    n_resumed: int
    bad: list[str]


def extract_features(
    folder: Path,
    weights: Path,
    out: Path,
    *,
    batch_size: int = 8,
    n_components: int | None = None,
    pca_from: Path | None = None,
    skip_bad: bool = False,
) -> Report:
    """Write the fc7 features of a folder of photos to an HDF5 file, as in the COCO layout.

    It can be killed at any moment: the same call carries on after the last complete batch, and ends with
    the same numbers, because the batches are the same. Until the end the rows stand in ``{out}.part``,
    and in ``{out}.part.json`` which photos and weights they belong to.

    The file says which weights made it, and for pictures of which size, in its attribute ``encoder``.

    Args:
        folder: the photos; see ``list_photos``.
        weights: VGG16's weights; see ``load_vgg16``.
        out: the file to write: ``features`` ``(N, D)`` float32, and with PCA ``pca_mean`` and
            ``pca_components``. The names of the photos go beside it; see ``urls_path``.
        batch_size: photos that go through the network at a time.
        n_components: fit a PCA to these features and keep so many columns.
        pca_from: project with the PCA of this file instead.
        skip_bad: leave photos out that cannot be opened, instead of stopping.

    Raises:
        InputError: photos, weights or PCA cannot be used; ``out`` or its part belong to other photos,
            weights or settings; the disk is full.
    """
    photos, photos_checksum, bad = _check_photos(list_photos(folder))
    if bad and not skip_bad:
        raise InputError(
            "\n".join([f"{len(bad)} of the photos in {folder} cannot be used:", *bad])
            + "\nTake them out of the folder, or leave them out with --skip-bad."
        )
    bad += left_aside(folder)
    if not photos:
        raise InputError("\n".join([f"No photo in {folder} can be used:", *bad]))
    params = load_vgg16(weights)
    n_columns = params["fc7_b"].size
    pca = None if pca_from is None else read_pca(pca_from)
    if pca is not None:
        pca.require_columns(n_columns)
    if n_components is not None:
        require_components(n_components, len(photos), n_columns)
    # Where these agree, so do the features.
    run = {
        "the photos": photos_checksum,
        "the weights": pooch.file_hash(str(weights)),
        "the batch size": str(batch_size),
        "the way they are computed": HOW,
    }
    projection = {"the PCA": f"fit {n_components}" if n_components else pca.checksum() if pca else "none"}
    if out.exists():
        with open_hdf5(out) as file:
            _require_same(out, run | projection, str(file.attrs.get("run", "{}")))
            n_columns = get_dataset(file, "features").shape[1]
        return Report(out, urls_path(out), len(photos), n_columns, len(photos), bad)

    part, part_run = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.part.json")
    if part.exists():
        _require_same(part, run, part_run.read_text() if part_run.exists() else "{}")
    write_text(part_run, json.dumps(run))
    n_resumed = _compute(photos, params, part, batch_size)

    features: np.ndarray = np.memmap(part, np.float32, "r", shape=(len(photos), n_columns))
    if n_components is not None:
        pca = fit_pca(features, n_components)
    if pca is not None:
        features = pca.project(features)
    write_text(urls_path(out), "".join(f"{written(photo.name)}\n" for photo in photos))
    with new_hdf5(out) as file:
        file.create_dataset("features", data=features, dtype=np.float32)
        if pca is not None:
            write_pca(file, pca)
        file.attrs["run"] = json.dumps(run | projection)
        image_size = layers.vgg16_image_size(params)
        file.attrs["encoder"] = json.dumps({"weights": str(weights.resolve()), "image_size": image_size})
    report = Report(out, urls_path(out), len(photos), features.shape[1], n_resumed, bad)
    del features  # lets go of the part
    part.unlink()
    part_run.unlink()
    return report


def list_photos(folder: Path) -> list[Path]:
    """Return the files of a folder that are named like pictures, in the order of their names.

    Raises:
        InputError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Expected a folder of photos.")
    photos = _named(folder, suffixes()[0])
    if not photos:
        none = f"{folder} has no photos: no files named *.jpg, *.png, *.webp and so on."
        raise InputError("\n".join([none, *left_aside(folder)]))
    return photos


def left_aside(folder: Path) -> list[str]:
    """Return a sentence for each file that looks like a photo and is not opened, and each folder of such."""
    opened, not_opened = suffixes()
    files = [
        f"{written(str(path))} is in a format that is not opened here ({path.suffix[1:].upper()}). Save it "
        f"as JPEG{', or install the package pillow-heif' if path.suffix.lower() in FORMATS['HEIF'] else ''}."
        for path in _named(folder, not_opened)
    ]
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return files + [
        f"{written(str(path))} is a folder with {n_photos} photos, and only those in {written(str(folder))} "
        "itself are used. Give this folder instead, or put all photos into one."
        for path in folders
        if (n_photos := _n_photos(path, opened))
    ]


def _n_photos(folder: Path, endings: Set[str]) -> int:
    """Return how many photos there are in a folder, and in all below it."""
    return sum(
        len([name for name in names if Path(name).suffix.lower() in endings])
        for _, _, names in os.walk(folder)
    )


def _named(folder: Path, endings: Set[str]) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in endings and not path.name.startswith(".") and path.is_file()
    )


def urls_path(features: Path) -> Path:
    """Return where the names of the photos stand: ``x_urls.txt`` beside ``x.h5`` or ``x_vgg16_fc7.h5``."""
    stem = features.stem.removesuffix("_pca").removesuffix("_vgg16_fc7")
    return features.with_name(f"{stem}_urls.txt")


def _check_photos(paths: list[Path]) -> tuple[list[Path], str, list[str]]:
    """Open each photo once, so that a bad one is known at the start and not after hours.

    Returns:
        photos: those that can be used.
        checksum: the SHA-256 of their names and contents.
        bad: what is wrong with the others.
    """
    photos, bad = [], []
    checksum = hashlib.sha256()
    for path in tqdm(paths, desc="Checking photos", unit="photo", leave=False, disable=None):
        try:
            open_photo(path)
        except InputError as error:
            bad.append(str(error))
            continue
        photos.append(path)
        checksum.update(f"{written(path.name)} {pooch.file_hash(str(path))}\n".encode())
    return photos, checksum.hexdigest(), bad


def _require_same(path: Path, run: dict[str, str], record: str) -> None:
    """Raise ``InputError`` unless a file was made from these photos and weights in this way."""
    try:
        other = dict(json.loads(record))
    except (ValueError, TypeError):
        other = {}  # damaged: nobody can say that it is the same
    different = [name for name, value in run.items() if other.get(name) != value]
    if different:
        raise InputError(
            f"{path} belongs to another run; it differs in {', '.join(different)}. Give another file with "
            "--out, or delete this one to start again."
        )


def _compute(photos: list[Path], params: dict[str, np.ndarray], part: Path, batch_size: int) -> int:
    """Append the rows that are missing to the part; return how many photos had been done before."""
    row_bytes = params["fc7_b"].size * np.dtype(np.float32).itemsize
    try:
        with open(part, "ab") as file:
            n_done = min(file.tell() // row_bytes, len(photos))
            if n_done < len(photos):
                n_done -= n_done % batch_size  # a batch that was not finished is computed again
            file.truncate(n_done * row_bytes)
            require_space(part.parent, 2 * (len(photos) - n_done) * row_bytes, f"Writing {part}", "--out")
            with tqdm(
                desc="Features", initial=n_done, total=len(photos), unit="photo", leave=False, disable=None
            ) as progress:
                network = FastVGG16(params)
                for start in range(n_done, len(photos), batch_size):
                    batch = photos[start : start + batch_size]
                    file.write(photo_features(batch, network).astype(np.float32, copy=False).tobytes())
                    file.flush()
                    os.fsync(file.fileno())
                    progress.update(len(batch))
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise InputError(
            f"{part} cannot be written: the disk is full. What has been computed is kept. Free some space "
            "and run the same command again: it carries on from there."
        ) from error
    return n_done
