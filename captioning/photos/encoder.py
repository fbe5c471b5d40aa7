"""Which network made the features of a data folder, so that the features of a photo can be made alike.

The folder says so in ``encoder.json``, an object with ``weights``, the name of the file of VGG16's
weights; ``image_size``, the height and width of the pictures in pixels; ``layer``, whose output the
features are; and ``pca``, the name of the file of the PCA, or null. Training copies it into the
checkpoint. It may be absent, as it is beside the real COCO files.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from captioning.errors import InputError
from captioning.files import cache_folder, shipped
from captioning.layers import vgg16_image_size
from captioning.photos.features import load_vgg16, photo_features, read_pca
from captioning.training.checkpoint import Checkpoint

ENCODER_FILE = "encoder.json"
FIELDS = ("weights", "image_size", "layer", "pca")
PHOTOS_AT_ONCE = 8


def read_encoder(folder: Path) -> dict[str, Any] | None:
    """Return what a data folder says about the making of its features, None when it says nothing.

    The names of files that are in the folder become absolute paths.

    Raises:
        InputError: ``encoder.json`` is damaged.
    """
    path = folder / ENCODER_FILE
    if not path.exists():
        return None
    try:
        encoder = json.loads(path.read_text(encoding="utf-8"))
        encoder = {name: encoder[name] for name in FIELDS}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} does not say how the features were made: expected a JSON object with "
            f"{', '.join(FIELDS)} ({error!r}). Make it again, or delete it."
        ) from error
    for name in ("weights", "pca"):
        if encoder[name] is not None and (folder / encoder[name]).exists():
            encoder[name] = str((folder / encoder[name]).resolve())
    return encoder


def encode_photos(
    run: Checkpoint, photos: Sequence[Path], weights: Path | None = None, pca: Path | None = None
) -> np.ndarray:
    """Compute the features of photos as the captioner of a run takes them.

    Args:
        run: the captioner.
        photos: paths of pictures.
        weights: VGG16's weights; by default those that the run's data were made with.
        pca: the file of the PCA; by default likewise.

    Returns:
        ``(N, D)`` float32, standardized.

    Raises:
        InputError: a photo cannot be used; the weights or the PCA are not known, not there, or not those
            that the captioner was trained with.
    """
    encoder = run.encoder or {"layer": "fc7", "image_size": None, "weights": None, "pca": None}
    if encoder["layer"] != "fc7":
        raise InputError(
            f"the captioner was trained on features of the layer {encoder['layer']}; photos get those of fc7."
        )
    params = load_vgg16(weights or _find_weights(encoder["weights"]))
    if encoder["image_size"] not in {None, vgg16_image_size(params)}:
        raise InputError(
            f"{weights} is a VGG16 for pictures of {vgg16_image_size(params)} pixels; the captioner was "
            f"trained on features of one for {encoder['image_size']} pixels, {encoder['weights']}."
        )
    pca = pca or (Path(encoder["pca"]) if encoder["pca"] else None)
    projection = read_pca(pca) if pca else None
    n_columns = params["fc7_b"].size if projection is None else projection.components.shape[1]
    if n_columns != run.input_dim:
        advice = (
            "It was trained on features after PCA: give the file of that PCA with --features-pca (where "
            "it is not to be had, train with --no-pca)."
            if run.config.pca_features and projection is None
            else "Use the weights and the PCA that its features were made with."
        )
        raise InputError(
            f"a photo gets {n_columns} features, but the captioner takes {run.input_dim}. {advice}"
        )
    batches = range(0, len(photos), PHOTOS_AT_ONCE)
    features = [
        photo_features(photos[start : start + PHOTOS_AT_ONCE], params, projection)
        for start in tqdm(batches, desc="VGG16", unit=" batches", leave=False, disable=None)
    ]
    return run.standardization.apply(np.concatenate(features))


def _find_weights(name: str | None) -> Path:
    """Return the weights of a given name: those shipped with the scenes, or those downloaded."""
    if name is None:
        raise InputError(
            "the data that the captioner was trained on do not say which VGG16 made their features: give its "
            "weights with --weights. `captioning data get vgg16` gets ImageNet's."
        )
    for folder in (shipped("scenes"), cache_folder() / "vgg16"):
        if (folder / name).exists():
            return folder / name
    raise InputError(
        f"the captioner was trained on features of the VGG16 {name}, which is not here. Give its path with "
        "--weights; `captioning data get vgg16` gets ImageNet's."
    )
