"""Write the engine and what it needs as files of a web page, anew when what they are made of changes.

Every file is a classic script, because a page that is opened from the disk may load nothing else. One is the
engine, a function that a page hands to a worker; others hold the world, VGG16 and each captioner, packed,
and are loaded when they are needed; see ``engine/page.js``. And there are the views; see ``views.py``.
"""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from captioning import scenes, widgets
from captioning.errors import InputError
from captioning.files import digest, write_text
from captioning.live.views import files
from captioning.live.world import world
from captioning.photos.features import SCENES_VGG16, scene_vgg16
from captioning.scenes.drawing import IMAGE_SIZE
from captioning.training.captioner import CELLS, Captioner, captioner_path, load_captioner

ENGINE = Path(__file__).parent / "engine"
# Each after those that it imports.
MODULES = (
    "data",
    "default_rng",
    "raster",
    "drawing",
    "arrays",
    "vgg16",
    "cells",
    "attention",
    "captioner",
    "decoding",
    "truth",
    "worker",
)
STAMP_FILE = "made_of.txt"
# Columns of a matrix that the engine computes at once.
SIDE = 4

Arrays = Mapping[str, np.ndarray]


def export(folder: Path) -> bool:
    """Write the files into a folder, unless those in it are up to date.

    Returns:
        Whether they were written.

    Raises:
        InputError: a captioner takes features that the page cannot make, or a file of the course is damaged;
            the folder cannot be written, or the disk is full.
    """
    stamp, made_of = folder / STAMP_FILE, _made_of()
    whole = all((folder / f"{name}.js").is_file() for name in ("captioner", *data_files()))
    if whole and stamp.is_file() and stamp.read_text(encoding="utf-8") == made_of:
        return False
    stamp.unlink(missing_ok=True)
    write_text(folder / "captioner.js", engine())
    for name, text in files():
        write_text(folder / name, text)
    for name in data_files():
        write_text(folder / f"{name}.js", f'captioningData("{name}", "{content(name)}");\n')
    write_text(stamp, made_of)
    return True


def engine() -> str:
    """Return the engine as one classic script.

    It defines ``captioningEngine``, which returns all that the modules export, and all of ``engine/page.js``.
    """
    modules = "\n".join(_without_imports(name) for name in MODULES)
    names = [
        name
        for module in MODULES
        for name in re.findall(r"^export .*?(\w+)(?: =|\(| {)", _source(module), re.M)
    ]
    inside = f'"use strict";\n{modules}\nreturn {{ {", ".join(names)} }};'
    return f"function captioningEngine() {{\n{inside}\n}}\n\n{_source('page')}"


def _source(module: str) -> str:
    return (ENGINE / f"{module}.js").read_text(encoding="utf-8")


def _without_imports(module: str) -> str:
    return re.sub(r"^import .*\n|^export ", "", _source(module), flags=re.M)


def data_files() -> tuple[str, ...]:
    """Return the names of the files of data."""
    return "world", "vgg16", *CELLS


def content(name: str) -> str:
    """Return what is in a file of data, as ``unpacked`` of ``data.js`` reads it.

    Raises:
        InputError: a captioner takes features that the page cannot make, or a file of the course is damaged.
    """
    if name == "world":
        return packed(world(), {}, {})
    if name == "vgg16":
        return packed({"imageSize": IMAGE_SIZE}, *_vgg16(scene_vgg16()))
    return packed(*_captioner(load_captioner(name)))


def _vgg16(params: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the biases, and the weights as matrices, of all layers but the last.

    The engine keeps maps channels last, and their channels in groups of ``SIDE``. So the rows of the matrix
    of a convolution run over the window's rows and columns, then over channels, those that fill up included.
    """
    biases, matrices = {}, {}
    for name in (name.removesuffix("_w") for name in params if name.endswith("_w")):
        if name == "fc8":
            continue
        w, biases[f"{name}_b"] = params[f"{name}_w"], _filled_up(params[f"{name}_b"], 0)
        if w.ndim == 4:
            channels = w if w.shape[1] == 3 else _filled_up(w, 1)
            w = channels.transpose(2, 3, 1, 0).reshape(-1, len(w))
        elif name == "fc6":
            grid = w.reshape(params["conv5_3_b"].size, -1, w.shape[1])
            w = _filled_up(grid.transpose(1, 0, 2), 1).reshape(-1, w.shape[1])
        matrices[f"{name}_w"] = w
    return biases, matrices


def _captioner(captioner: Captioner) -> tuple[dict[str, Any], Arrays, Arrays]:
    encoder = captioner.encoder
    if encoder.pca_features or encoder.weights != SCENES_VGG16.name:
        raise InputError(
            f"the captioner {captioner.cell} takes features of {encoder.weights}"
            f"{' after a PCA' if encoder.pca_features else ''}; a page makes those of {SCENES_VGG16.name} "
            "without one. Train it on the scenes."
        )
    said = {
        "cell": captioner.cell,
        "idxToWord": captioner.idx_to_word,
        "layer": encoder.layer,
        "scale": captioner.standardization.scale,
    }
    # Word vectors are looked up, all other weights are multiplied with.
    is_matrix = {name: values.ndim == 2 and name != "W_embed" for name, values in captioner.params.items()}
    arrays = {name: values for name, values in captioner.params.items() if not is_matrix[name]}
    matrices = {name: values for name, values in captioner.params.items() if is_matrix[name]}
    return said, arrays | {"mean": captioner.standardization.mean}, matrices


def _filled_up(values: np.ndarray, axis: int) -> np.ndarray:
    """Return an array with zeros behind an axis, so that its length is a multiple of ``SIDE``."""
    return np.pad(values, [(0, -n % SIDE if number == axis else 0) for number, n in enumerate(values.shape)])


def packed(said: Mapping[str, Any], arrays: Arrays, matrices: Arrays) -> str:
    """Return what ``unpacked`` of ``data.js`` reads: gzip in base64.

    Args:
        said: anything that JSON can say.
        arrays: float32; what half precision keeps as it is, is in half precision.
        matrices: likewise, ``(rows, columns)``; ``SIDE`` columns stand side by side, as ``product`` of
            ``arrays.js`` reads them.
    """
    laid = {name: _filled_up(w, 1).reshape(len(w), -1, SIDE).swapaxes(0, 1) for name, w in matrices.items()}
    kept = {name: _in_half_precision(values) for name, values in {**arrays, **laid}.items()}
    # Single precision first: it begins at multiples of four bytes.
    ordered = sorted(kept.items(), key=lambda item: -item[1].itemsize)
    shapes = {name: list(w.shape) for name, w in matrices.items()}
    listed = [[name, values.dtype.name, values.size, *shapes.get(name, ())] for name, values in ordered]
    header = json.dumps({**said, "arrays": listed}, separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-len(header) % 4)
    parts = [len(header).to_bytes(4, "little"), header]
    parts += [values.astype(values.dtype.newbyteorder("<")).tobytes() for _, values in ordered]
    return base64.b64encode(gzip.compress(b"".join(parts), mtime=0)).decode()


def _in_half_precision(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half, values) else values.astype(np.float32)


def _made_of() -> str:
    """Return a digest of all that the files are made of."""
    rooms = (Path(__file__), Path(scenes.__file__), Path(widgets.__file__))
    suffixes = {".py", ".js", ".css"}
    code = [path for room in rooms for path in room.parent.rglob("*") if path.suffix in suffixes]
    return digest(*sorted(code), SCENES_VGG16, *map(captioner_path, CELLS))
