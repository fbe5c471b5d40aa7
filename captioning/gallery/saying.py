"""What a captioner says of pictures, beside what people said: as text, and as one page to send away."""

import base64
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from captioning import layers
from captioning.answers.resolver import written_before
from captioning.data.coco_layout import CaptionData
from captioning.data.scenes import SCENES_FILE, load_scenes
from captioning.errors import InputError
from captioning.gallery.exhibits import description
from captioning.gallery.filling import filled
from captioning.photos.images import open_photo
from captioning.scenes.drawing import draw
from captioning.scenes.truth import truth
from captioning.training.captioner import Captioner
from captioning.training.metrics import human_captions

PICTURE_SIZE = 320


@dataclass(frozen=True)
class Item:
    """A picture and what is said of it.

    Attributes:
        name: its address or file name.
        said: by the captioner.
        people: what people said.
        truth: of a scene whether that is true, else "".
        picture: as a data URI, an address, or "".
        description: of the picture, for those who do not see it.
    """

    name: str
    said: str
    people: tuple[str, ...]
    truth: str = ""
    picture: str = ""
    description: str = ""

    def __str__(self) -> str:
        verdict = f"  ({self.truth})" if self.truth else ""
        lines = [self.name, f"    said:   {self.said or '(nothing)'}{verdict}"]
        return "\n".join([*lines, *(f"    people: {sentence}" for sentence in self.people)])


def say(
    captioner: Captioner,
    data: CaptionData,
    split: str,
    rows: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    photos: Path | None = None,
) -> list[Item]:
    """Return what a captioner says of some pictures of a split, and what people said.

    Args:
        captioner: whose standardization and words are used.
        data: that it fits.
        split: where the pictures are.
        rows: ``(K,)``, of the features.
        decode: from features ``(K, ...)`` to words ``(K, L)``.
        photos: the folder with the files that the data name; None without.

    Raises:
        InputError: the names of the pictures are missing, or a photo cannot be opened.
    """
    features = captioner.standardization.apply(data.features(split, rows))
    said = layers.decode_captions(decode(features), captioner.idx_to_word)
    people = human_captions(data, split)
    names = data.urls(split)
    scenes = load_scenes(data.folder, split) if (data.folder / SCENES_FILE).exists() else None
    items = []
    for row, sentence in zip(rows.tolist(), said, strict=True):
        name, judged, picture = names[row], "", ""
        shows = f"The photo {name.rpartition('/')[2]}"
        if scenes is not None:
            judged = "true" if truth(sentence, scenes[row]).wholly_true else "not true"
            shows = description(scenes[row])
            picture = as_uri(draw(scenes[row], PICTURE_SIZE))
        elif photos is not None:
            picture = as_uri(open_photo(photos / name.rpartition("/")[2], PICTURE_SIZE))
        elif name.startswith(("http://", "https://")):
            picture = name
        items.append(Item(name, sentence, tuple(people.get(row, ())), judged, picture, shows))
    return items


def whose_code() -> str:
    """Say in a sentence whose layers run."""
    owners: Counter[str] = Counter()
    for name in written_before(19):
        if name.endswith("_backward"):
            continue
        try:
            found = layers.origin(name)
        except InputError:  # to be checked again: it does not run
            continue
        if found is not None:
            owners[found.owner] += 1
    parts = [f"{count} {WHOSE[owner]}" for owner, count in owners.most_common()]
    return "" if set(owners) <= {"the reference"} else f"Of the layers that are there, {', '.join(parts)}."


WHOSE = {
    "yours": "are written by the student",
    "the course": "are given by the course",
    "borrowed": "are borrowed from the course",
    "the reference": "are the reference's",
}


def as_html(items: list[Item]) -> str:
    """Return the pictures beside one another, for a notebook."""
    return filled("cards.html", pictures=items)


def page(items: list[Item], captioner: Captioner, curve: Path | None) -> str:
    """Return a page with all pictures in it; it runs no script."""
    about = f"Said by a captioner in raw NumPy ({captioner.cell.upper()}). {whose_code()}".strip()
    content: dict[str, Any] = {
        "title": "What it says, and what people said",
        "about": about,
        "pictures": items,
        "curve": f"data:image/png;base64,{base64.b64encode(curve.read_bytes()).decode()}" if curve else "",
    }
    return filled("said.html", page=content)


def as_uri(pixels: np.ndarray) -> str:
    """Return a picture, uint8 ``(height, width, 3)``, as a JPEG in a data URI."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
