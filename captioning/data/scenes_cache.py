"""The folder of the scenes' captions and features, made once and again when what it is made of changes."""

import json
from functools import partial
from pathlib import Path

import numpy as np

from captioning import scenes
from captioning.data.scenes import IMAGE_SIZE, build_scenes
from captioning.files import atomic_write, cache_folder, digest, shipped
from captioning.layers import vgg16_forward, vgg16_preprocess
from captioning.photos.encoder import ENCODER_FILE
from captioning.photos.features import load_vgg16

CODE = Path(scenes.__file__).parent
WEIGHTS = shipped("scenes/vgg16.h5")
# Names what the folder was made of; written last, so that a folder that has it is whole.
STAMP_FILE = "made_of.txt"


def scenes_folder(*, limit: int | None = None, progress: bool = True) -> Path:
    """Return the folder of the scenes in the cache; draw and describe them when it is not up to date.

    It is up to date when the code that draws and describes, and the weights of the scenes' VGG16, are those
    that it was made with.

    Args:
        limit: only the first so many scenes of each split, in a folder of their own.
        progress: whether to show a progress bar.

    Raises:
        InputError: the weights cannot be used, the folder cannot be written, or the disk is full.
    """
    folder = cache_folder() / ("scenes" if limit is None else f"scenes-{limit}")
    stamp, made_of = folder / STAMP_FILE, _made_of()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made_of:
        return folder
    params = load_vgg16(WEIGHTS)
    stamp.unlink(missing_ok=True)
    encoder = {"weights": WEIGHTS.name, "image_size": IMAGE_SIZE, "layer": "fc7", "pca": None}
    with atomic_write(folder / ENCODER_FILE) as path:
        path.write_text(json.dumps(encoder), encoding="utf-8")
    build_scenes(folder, partial(_fc7, params), limit=limit, progress=progress)
    with atomic_write(stamp) as path:
        path.write_text(made_of, encoding="utf-8")
    return folder


def _fc7(params: dict[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Return the features ``(N, D)`` of pictures ``(N, 64, 64, 3)`` uint8."""
    return vgg16_forward(vgg16_preprocess(images), params, layer="fc7")


def _made_of() -> str:
    """Return a digest of the scenes' code and weights."""
    code = [*sorted(CODE.glob("*.py")), Path(__file__).with_name("scenes.py")]
    return digest(*(path for path in (*code, WEIGHTS) if path.exists()))
