"""The pictures of the widgets: the gallery, scenes in one's own words, photos."""

import base64
import io
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from PIL import Image

from captioning.errors import InputError
from captioning.photos.images import open_photo
from captioning.scenes.drawing import IMAGE_SIZE, draw
from captioning.scenes.scene import Scene
from captioning.scenes.words import read_scene, scene_in_words

# In pixels: of a picture of the gallery, and of the one that is captioned.
THUMBNAIL, SHOWN = 96, 256
# Jupyter closes the connection on a message of more than 10 MB.
MAX_UPLOAD = 8_000_000
# Each with the variation that it is drawn with. The last three hold a thing in a colour that it has in no
# training picture.
GALLERY = (
    ("a small red boat left of a large white lighthouse on a clear night", 3),
    ("a large green balloon over the desert at sunset", 5),
    ("a small white sheep in front of a large red windmill on a cloudy day", 2),
    ("a large blue elephant in the meadow on a sunny day", 7),
    ("a small pink bird above a large white horse in the desert on a clear evening", 1),
    ("a large yellow car left of a small white tree in the city on a rainy day", 4),
    ("a large red whale on the sea on a rainy night", 9),
    ("a small orange cat in front of a large blue tree in the city by day", 6),
    ("a large red castle in the mountains on a snowy evening", 8),
    ("a small purple cat left of a large yellow flower in the meadow on a sunny day", 11),
    ("a small green kite above a large pink house in the meadow on a cloudy evening", 12),
    ("a large red tree in the snowy mountains on a snowy night", 13),
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, as the network and as people see it.

    Attributes:
        name: what it shows, in words.
        pixels: ``(64, 64, 3)`` uint8, for the network.
        shown: ``(256, 256, 3)`` uint8, for people.
        scene: what is known to be on it; None for a photo.
        notes: what there is to say about it, a sentence each.
    """

    name: str
    pixels: np.ndarray
    shown: np.ndarray
    scene: Scene | None = None
    notes: tuple[str, ...] = ()


@cache
def gallery_scenes() -> tuple[Scene, ...]:
    """Return the scenes to choose from."""
    return tuple(read_scene(text, variation).scene for text, variation in GALLERY)


@lru_cache(maxsize=64)
def picture_of_scene(scene: Scene, notes: tuple[str, ...] = ()) -> Picture:
    """Draw a scene."""
    return Picture(scene_in_words(scene), draw(scene, IMAGE_SIZE), draw(scene, SHOWN), scene, notes)


def picture_from_words(text: str, variation: int = 0) -> Picture:
    """Draw what a sentence says; see ``read_scene``.

    Raises:
        InputError: the sentence does not describe a scene.
    """
    reading = read_scene(text, variation)
    return picture_of_scene(reading.scene, reading.notes)


def picture_from_photo(name: str, content: bytes) -> Picture:
    """Open a photo.

    Args:
        name: of its file.
        content: of its file.

    Raises:
        InputError: it is empty, too large, no picture, cut off or damaged.
    """
    require_size(name, len(content))
    try:
        shown = open_photo(content, SHOWN)
        pixels = open_photo(content, IMAGE_SIZE)
    except InputError as error:
        raise InputError(str(error).replace("the picture", name, 1)) from error
    return Picture(f"your photo {name}", pixels, shown)


def require_size(name: str, size: int) -> None:
    """Refuse a file that is empty, or larger than Jupyter lets through.

    Raises:
        InputError: it is.
    """
    if size == 0:
        raise InputError(f"{name} is empty. Choose a JPEG or PNG file.")
    if size > MAX_UPLOAD:
        raise InputError(
            f"{name} has {size / 1e6:.0f} MB; at most {MAX_UPLOAD / 1e6:.0f} MB pass from the browser to the "
            "kernel. Make it smaller: the network sees 64 pixels anyway."
        )


def as_data_url(pixels: np.ndarray, effort: int = 0) -> str:
    """Return a picture as the text that ``src`` of an ``img`` takes; nothing of it is lost.

    Args:
        pixels: ``(height, width, 3)`` uint8.
        effort: 0 takes some 0.01 s for a picture as large as a widget shows it: no slider waits for it.
            4 takes some 0.2 s, and a page that is written once becomes lighter. 6 is the most.
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, method=effort)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


@cache
def thumbnails() -> list[dict[str, str]]:
    """Return the gallery as the front end takes it: ``src`` and ``name`` of each picture."""
    return [
        {"src": as_data_url(draw(scene, THUMBNAIL)), "name": scene_in_words(scene)}
        for scene in gallery_scenes()
    ]
