"""The folder of the scenes' captions and features, made once and again when what it is made of changes."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from captioning import scenes
from captioning.data.coco_layout import GRID_LAYER, features_file, write_features
from captioning.data.scenes import build_scenes, load_scenes, scene_features
from captioning.files import cache_folder, digest, exclusive, write_text
from captioning.photos.encoder import ENCODER_FILE
from captioning.photos.features import SCENES_VGG16, load_vgg16, vgg16_features
from captioning.scenes.drawing import IMAGE_SIZE

CODE = Path(scenes.__file__).parent
# Names what the folder, or a split's grids, were made of; written last, so that what has it is whole.
STAMP_FILE, GRID_STAMP_FILE = "made_of.txt", "{split}_grid_made_of.txt"
WAIT_SECONDS = 1800  # for another process that draws them at this moment


def scenes_folder(*, limit: int | None = None, grids: Sequence[str] = (), progress: bool = True) -> Path:
    """Return the folder of the scenes in the cache; draw and describe them when it is not up to date.

    It is up to date when the code that draws and describes, and the weights of the scenes' VGG16, are those
    that it was made with.

    Args:
        limit: only the first so many scenes of each split, in a folder of their own.
        grids: splits that need the grids of ``GRID_LAYER`` as well, for attention. They are kept in half
            precision, 3 kB a scene.
        progress: whether to show a progress bar.

    Raises:
        InputError: the weights cannot be used, the folder cannot be written, or the disk is full.
    """
    folder = cache_folder() / ("scenes" if limit is None else f"scenes-{limit}")
    made_of = _made_of()
    stamps = [STAMP_FILE, *(GRID_STAMP_FILE.format(split=split) for split in grids)]
    if not all(_has(folder / stamp, made_of) for stamp in stamps):
        with exclusive(folder, wait=WAIT_SECONDS):
            _make(folder, made_of, limit, grids, progress)
    return folder


def _make(folder: Path, made_of: str, limit: int | None, grids: Sequence[str], progress: bool) -> None:
    """Make what is not up to date: perhaps another process has done so meanwhile."""
    if not _has(folder / STAMP_FILE, made_of):
        params = load_vgg16(SCENES_VGG16)
        encoder = {"weights": SCENES_VGG16.name, "image_size": IMAGE_SIZE, "pca": None}
        (folder / STAMP_FILE).unlink(missing_ok=True)
        write_text(folder / ENCODER_FILE, json.dumps(encoder))
        build_scenes(folder, partial(vgg16_features, params=params), limit=limit, progress=progress)
        write_text(folder / STAMP_FILE, made_of)
    missing = [split for split in grids if not _has(folder / GRID_STAMP_FILE.format(split=split), made_of)]
    if missing:
        extract = partial(vgg16_features, params=load_vgg16(SCENES_VGG16), layer=GRID_LAYER)
        splits = {split: load_scenes(folder, split) for split in missing}
        for split, features in scene_features(splits, extract, progress=progress).items():
            write_features(folder / features_file(split, False, GRID_LAYER), features, np.float16)
            write_text(folder / GRID_STAMP_FILE.format(split=split), made_of)


def _has(stamp: Path, made_of: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == made_of


def _made_of() -> str:
    """Return a digest of the scenes' code and weights."""
    code = [*sorted(CODE.glob("*.py")), Path(__file__).with_name("scenes.py")]
    return digest(*(path for path in (*code, SCENES_VGG16) if path.exists()))
