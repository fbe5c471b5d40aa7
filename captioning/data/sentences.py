"""What is said of photos, from the files in which collections come: JSON of COCO or Karpathy, CSV, tokens."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from captioning.errors import InputError
from captioning.source.text import conflict, read_text

# Split -> name of a photo -> what is said of it. Of a file that knows no splits, the split is "".
Sentences = dict[str, dict[str, list[str]]]
Say = Callable[[str], None]

PHOTO_COLUMNS = ("image", "image_name", "filename", "file_name", "file", "photo", "image_id")
CAPTION_COLUMNS = ("caption", "comment", "sentence", "text", "raw")
SPLITS = {
    "train": "train",
    "restval": "train",
    "val": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
}
FORMATS = (
    "COCO's captions (JSON with images and annotations), Karpathy's splits (JSON with images that have "
    "sentences), a table (CSV, whose first line names the columns image and caption, and maybe split), or "
    "Flickr's tokens (name.jpg#0, a tab, a caption)"
)


def read_sentences(path: Path, say: Say = lambda line: None) -> Sentences:
    """Read captions of photos in any of the formats in which collections come.

    What has no photo or no caption is left out.

    Args:
        path: the file; ``FORMATS`` says of which formats.
        say: is given a line about what was left out.

    Raises:
        InputError: it cannot be read, is of another format, or names an unknown split.
    """
    text = read_text(path)
    if text.lstrip()[:1] in {"{", "["}:
        entries = _of_json(path, text)
    elif re.match(r"[^\t\n]+#\d+\t", text):
        entries = [
            (photo.rpartition("#")[0], caption, "")
            for photo, _, caption in (line.partition("\t") for line in text.split("\n") if line.strip())
        ]
    else:
        entries = _of_table(path, text)
    sentences: Sentences = {}
    left_out = []
    for number, (photo, caption, split) in enumerate(entries, start=1):
        name = PurePosixPath(photo.strip()).name if isinstance(photo, str) else ""
        if not name or not isinstance(caption, str) or not caption.strip():
            left_out.append(f"entry {number} ({photo!r}, {caption!r})")
            continue
        known = SPLITS.get(str(split).strip().lower(), None if split else "")
        if known is None:
            raise InputError(f"{path}: {name} is in a split {split!r}; expected {', '.join(SPLITS)}.")
        sentences.setdefault(known, {}).setdefault(name, []).append(caption.strip())
    if left_out:
        say(f"{path}: {len(left_out)} entries have no photo or no caption: left out, {left_out[0]} first.")
    if not sentences:
        raise InputError(f"{path} holds no captions. Expected {FORMATS}.")
    return sentences


def divided(photos: dict[str, list[str]], share: float) -> Sentences:
    """Divide photos into "train" and "val", always in the same way; ``share`` of them go to "val"."""
    order = sorted(photos, key=lambda name: hashlib.sha256(name.encode()).digest())
    held_back = set(order[: max(1, round(share * len(order)))])
    parts = {"train": [n for n in photos if n not in held_back], "val": [n for n in photos if n in held_back]}
    return {split: {name: photos[name] for name in names} for split, names in parts.items()}


def _of_json(path: Path, text: str) -> list[tuple[Any, Any, Any]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(conflict(text, str(path)) or f"{path} is not JSON ({error}).") from error
    images = content.get("images") if isinstance(content, dict) else content
    images = [image for image in images if isinstance(image, dict)] if isinstance(images, list) else []
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        names = {str(image.get("id")): image.get("file_name") for image in images}
        return [
            (names.get(str(said.get("image_id"))), said.get("caption"), "")
            for said in content["annotations"]
            if isinstance(said, dict)
        ]
    entries = []
    for image in images:
        name = next((image[key] for key in PHOTO_COLUMNS if key in image), None)
        said = image.get("sentences", image.get("captions", image.get("caption")))
        for sentence in said if isinstance(said, list) else [said]:
            raw = sentence.get("raw") if isinstance(sentence, dict) else sentence
            entries.append((name, raw, image.get("split", "")))
    if not entries:
        raise InputError(f"{path} is JSON, but of another kind. Expected {FORMATS}.")
    return entries


def _of_table(path: Path, text: str) -> list[tuple[Any, Any, Any]]:
    first = text.partition("\n")[0]
    delimiter = max("\t|;,", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as a table ({error}).") from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    photo = next((names.index(name) for name in PHOTO_COLUMNS if name in names), None)
    caption = next((names.index(name) for name in CAPTION_COLUMNS if name in names), None)
    if photo is None or caption is None:
        raise InputError(f"{path} begins with {first[:80]!r}. Expected {FORMATS}.")
    split = names.index("split") if "split" in names else None
    entries = []
    for row in rows[1:]:
        if not any(row):
            continue
        if caption == len(names) - 1:  # a caption that holds what divides columns, and no quotes
            row = [*row[:caption], delimiter.join(row[caption:])]
        cells = row + [""] * (len(names) - len(row))
        entries.append((cells[photo], cells[caption], "" if split is None else cells[split]))
    return entries
