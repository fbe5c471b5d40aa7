"""Write the engine and what it needs as files of a web page, anew when what they are made of changes.

Every file is a classic script, because a page that is opened from the disk may load nothing else. One is the
engine, a function that a page hands to a worker; the others hold the world, VGG16 and each captioner, packed,
and are loaded when they are needed; see ``engine/page.js``.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from captioning import scenes
from captioning.errors import InputError
from captioning.files import digest, write_text
from captioning.live.world import world
from captioning.photos.features import SCENES_VGG16, scene_vgg16
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


def export(folder: Path) -> bool:
    """Write the files into a folder, unless those in it are up to date.

    Returns:
        Whether they were written.

    Raises:
        InputError: a captioner takes features that the page cannot make, or a file of the course is damaged;
            the folder cannot be written, or the disk is full.
    """
    stamp, made_of = folder / STAMP_FILE, _made_of()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_of:
        return False
    stamp.unlink(missing_ok=True)
    write_text(folder / "captioner.js", engine())
    for name, content in _contents():
        write_text(folder / f"{name}.js", f'captioningData("{name}", "{content}");\n')
    write_text(stamp, made_of)
    return True


def engine() -> str:
    """Return the engine as one classic script.

    It defines ``captioningEngine``, which returns all that the modules export, and ``captioningPage``.
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


def _contents() -> Iterator[tuple[str, str]]:
    """Yield the name of each file of data, and what is in it."""
    yield "world", packed(world(), {})
    vgg16 = {name: values for name, values in scene_vgg16().items() if not name.startswith("fc8")}
    yield "vgg16", packed({}, vgg16)
    for cell in CELLS:
        yield cell, packed(*_captioner(load_captioner(cell)))


def _captioner(captioner: Captioner) -> tuple[dict[str, Any], Mapping[str, np.ndarray]]:
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
    return said, captioner.params | {"mean": captioner.standardization.mean}


def packed(said: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """Return what ``unpacked`` of ``data.js`` reads: gzip in base64.

    Args:
        said: anything that JSON can say.
        arrays: float32; what half precision keeps as it is, is in half precision.
    """
    halves = {name: values.astype(np.float16) for name, values in arrays.items()}
    kept = {
        name: half if np.array_equal(half, arrays[name]) else arrays[name].astype(np.float32)
        for name, half in halves.items()
    }
    # Single precision first: it begins at multiples of four bytes.
    ordered = sorted(kept.items(), key=lambda item: -item[1].itemsize)
    listed = [[name, values.dtype.name, values.size] for name, values in ordered]
    header = json.dumps({**said, "arrays": listed}, separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-len(header) % 4)
    parts = [len(header).to_bytes(4, "little"), header]
    parts += [values.astype(values.dtype.newbyteorder("<")).tobytes() for _, values in ordered]
    return base64.b64encode(gzip.compress(b"".join(parts), mtime=0)).decode()


def _made_of() -> str:
    """Return a digest of all that the files are made of."""
    code = [
        *Path(__file__).parent.rglob("*.py"),
        *ENGINE.glob("*.js"),
        *Path(scenes.__file__).parent.glob("*.py"),
    ]
    return digest(*sorted(code), SCENES_VGG16, *map(captioner_path, CELLS))
