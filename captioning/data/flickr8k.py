"""Flickr8k's text: which photos there are in each split, and what is said of them."""

from pathlib import Path
from typing import Any

from captioning.data.prepare import prepare
from captioning.errors import InputError
from captioning.photos.names import Names
from captioning.source.text import numbered_lines, read_lines

CAPTIONS_FILE = "Flickr8k.token.txt"
SPLIT_FILES = {
    "train": "Flickr_8k.trainImages.txt",
    "val": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}


def read_text(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Read what is in ``Flickr8k_text``.

    Returns:
        Per split, per photo (its file name), the captions.

    Raises:
        InputError: a file is missing or not such a text, or a photo of a split has no captions.
    """
    captions: dict[str, list[str]] = {}
    for number, line in numbered_lines(folder / CAPTIONS_FILE).items():
        photo, tab, caption = line.partition("\t")
        if line and not tab:
            raise InputError(
                f"{folder / CAPTIONS_FILE}, line {number} is {line!r}; expected name.jpg#0, a tab, a caption "
                "(for Kaggle's captions.txt and others there is `captioning data prepare captions`)."
            )
        if line:
            captions.setdefault(photo.partition("#")[0], []).append(caption)
    names = Names(captions)
    splits: dict[str, dict[str, list[str]]] = {}
    for split, file in SPLIT_FILES.items():
        splits[split] = {}
        for photo in read_lines(folder / file):
            name = names.find(photo)
            if name is None:
                raise InputError(f"{folder / file} names {photo}, which has no caption in {CAPTIONS_FILE}.")
            splits[split][name] = captions[name]
    return splits


def write_flickr8k(
    text_folder: Path, features_file: Path, out: Path, **options: Any
) -> dict[str, tuple[int, int]]:
    """Write Flickr8k in the COCO layout: splits "train", "val" (its «dev») and "test".

    Args:
        text_folder: the unpacked ``Flickr8k_text``.
        features_file: features of the photos, from ``captioning features``.
        out: the folder to write.
        **options: of ``prepare``.

    Returns:
        Per split, the number of captions and of photos.

    Raises:
        InputError: as ``read_text`` and ``prepare``.
    """
    return prepare(read_text(text_folder), features_file, out, **options)
