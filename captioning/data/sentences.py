"""What is said of photos, from the files in which collections come: JSON of COCO or Karpathy, CSV, tokens."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from captioning.data.tables import (
    CAPTION_COLUMNS,
    PHOTO_COLUMNS,
    SPLITS,
    Entry,
    is_picture,
    read_table,
)
from captioning.errors import InputError
from captioning.source.text import conflict, read_text

# Split -> name of a photo -> what is said of it. Of a file that knows no splits, the split is "".
Sentences = dict[str, dict[str, list[str]]]
Say = Callable[[str], None]

FORMATS = (
    "COCO's captions (JSON with images and annotations), Karpathy's splits (JSON with images that have "
    "sentences; a line for each image will do), a table (CSV, whose first line names the columns image "
    "and caption, and maybe split), or lines of a photo's name and a caption (Flickr's tokens: "
    "name.jpg#0, a tab, a caption)"
)


def read_sentences(path: Path, say: Say = lambda line: None) -> Sentences:
    """Read captions of photos in any of the formats in which collections come.

    What has no photo or no caption is left out.

    Args:
        path: the file; ``FORMATS`` says of which formats.
        say: is given a line about what was left out.

    Raises:
        InputError: it cannot be read, is of another format, names an unknown split, or has two photos of one
            name, in different folders.
    """
    text = read_text(path)
    if text.lstrip()[:1] in {"{", "["}:
        entries = _of_json(path, text)
    elif problem := conflict(text, str(path)):
        raise InputError(problem)
    else:
        entries = read_table(path, text, FORMATS)
    sentences: Sentences = {}
    folders: dict[str, str] = {}
    left_out = []
    for number, (photo, caption, split) in enumerate(entries, start=1):
        place = PurePosixPath(photo.strip()) if isinstance(photo, str) else PurePosixPath()
        name, folder = place.name, str(place.parent)
        if not name or not isinstance(caption, str) or not caption.strip():
            left_out.append(f"entry {number} ({photo!r}, {caption!r})")
            continue
        if folders.setdefault(name, folder) != folder:
            raise InputError(
                f"{path}: there is a photo {name} in {folders[name]} and one in {folder}, and photos are "
                "told apart by their names alone. Give each a name of its own, in this file and in one "
                "folder."
            )
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
    """Divide photos into "train" and "val", always in the same way; ``share`` of them go to "val".

    Raises:
        InputError: there is one photo only.
    """
    if len(photos) < 2:
        raise InputError(
            f"there are captions of one photo, {next(iter(photos))}: one to learn from and another to "
            "validate on are the least. Add captions of other photos."
        )
    order = sorted(photos, key=lambda name: hashlib.sha256(name.encode()).digest())
    held_back = set(order[: min(max(1, round(share * len(order))), len(order) - 1)])
    parts = {"train": [n for n in photos if n not in held_back], "val": [n for n in photos if n in held_back]}
    return {split: {name: photos[name] for name in names} for split, names in parts.items()}


def _of_json(path: Path, text: str) -> list[Entry]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        content = _of_lines(text)
        if not content:
            raise InputError(conflict(text, str(path)) or f"{path} is not JSON ({error}).") from error
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        return _of_coco(path, content)
    entries = _of_images(content)
    if not entries:
        raise InputError(f"{path} is JSON, but of another kind. Expected {FORMATS}.")
    return entries


def _of_lines(text: str) -> list[Any]:
    """Return the objects of JSON by the line, as metadata.jsonl has it; none where the first line holds none.

    A line that cannot be read stands there as an image without a caption.
    """
    content: list[Any] = []
    for line in filter(str.strip, text.split("\n")):
        try:
            content.append(json.loads(line))
        except (ValueError, RecursionError):
            content.append({"image": line[:60], "caption": None})
        if not isinstance(content[0], dict) or content[0].get("image") == line[:60]:
            return []
    return content


def _of_coco(path: Path, content: dict[str, Any]) -> list[Entry]:
    """Return what annotations say of the images that they name by number."""
    names: dict[str, Any] = {}
    images = content.get("images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict) and "id" in image:
            number, name = str(image["id"]), image.get("file_name", image.get("coco_url"))
            if names.setdefault(number, name) != name:
                raise InputError(
                    f"{path} has two images with the id {number}, {names[number]} and {name}: nobody can "
                    "tell whose the captions are. Number the images anew, or prepare the files one by one."
                )
    return [
        (names.get(str(said.get("image_id"))), said.get("caption"), "")
        for said in content["annotations"]
        if isinstance(said, dict)
    ]


def _of_images(content: Any, split: str = "") -> list[Entry]:
    """Return what images have with them: from a list, or from an object whose names tell what it holds."""
    if isinstance(content, dict):
        if isinstance(content.get("images"), list):
            return _of_images(content["images"], split)
        if not split and content and all(name.lower() in SPLITS for name in content):
            return [entry for part, images in content.items() for entry in _of_images(images, part)]
        if any(is_picture(name) for name in content):
            content = [{"image": name, "captions": said} for name, said in content.items()]
        else:
            content = [content]  # the one line of a file of lines
    entries: list[Entry] = []
    for image in content if isinstance(content, list) else []:
        if not isinstance(image, dict):
            continue
        name = next((image[key] for key in PHOTO_COLUMNS if key in image), None)
        if name is None:
            continue
        said = next((image[key] for key in ("sentences", "captions", *CAPTION_COLUMNS) if key in image), None)
        for sentence in said if isinstance(said, list) else [said]:
            raw: Any = sentence
            if isinstance(sentence, dict):
                tokens = sentence.get("tokens")
                raw = sentence.get("raw", " ".join(map(str, tokens)) if isinstance(tokens, list) else None)
            entries.append((name, raw, image.get("split", split)))
    return entries
