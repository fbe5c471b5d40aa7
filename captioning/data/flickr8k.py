"""Flickr8k's text: which photos there are in each split, and what is said of them."""

from collections.abc import Callable
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


def read_text(
    folder: Path, say: Callable[[str], None] = lambda line: None
) -> dict[str, dict[str, list[str]]]:
    """Read what is in ``Flickr8k_text``.

    A line without a caption is left out, and so is a photo of a split that has none.

    Args:
        folder: of the files.
        say: is given a line about what was left out.

    Returns:
        Per split, per photo (its file name), the captions.

    Raises:
        InputError: a file is missing or not such a text, or no photo of a split has captions.
    """
    captions: dict[str, list[str]] = {}
    wrong = []
    for number, line in numbered_lines(folder / CAPTIONS_FILE).items():
        photo, tab, caption = line.partition("\t")
        if line and not tab:
            wrong.append(f"line {number} is {line!r}; expected name.jpg#0, a tab, a caption")
        elif line:
            captions.setdefault(photo.partition("#")[0], []).append(caption)
    if wrong and len(wrong) >= len(captions):
        raise InputError(
            f"{folder / CAPTIONS_FILE}, {wrong[0]} (for Kaggle's captions.txt and others there is "
            "`captioning data prepare captions`)."
        )
    if wrong:
        say(f"{folder / CAPTIONS_FILE}: {len(wrong)} lines are left out: {wrong[0]}.")
    names = Names(captions)
    splits: dict[str, dict[str, list[str]]] = {}
    for split, file in SPLIT_FILES.items():
        found = {photo: names.find(photo) for photo in read_lines(folder / file)}
        missing = [photo for photo, name in found.items() if name is None]
        splits[split] = {name: captions[name] for name in found.values() if name is not None}
        if missing:
            sentence = f"{folder / file} names {missing[0]}, which has no caption in {CAPTIONS_FILE}"
            if not splits[split]:
                raise InputError(f"{sentence}, and so it is with all others.")
            say(f"{sentence}: {len(missing)} such photos are left out.")
    return splits


def write_flickr8k(
    text_folder: Path, features_file: Path, out: Path, **options: Any
) -> dict[str, tuple[int, int]]:
    """Write Flickr8k in the COCO layout: splits "train", "val" (its “dev”) and "test".

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
    say = options.get("say", lambda line: None)
    return prepare(read_text(text_folder, say), features_file, out, **options)
