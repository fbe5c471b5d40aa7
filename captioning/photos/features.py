"""Second step: from squares of pixels to features, what a layer of VGG16 makes of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from captioning import layers as captioning_layers
from captioning.errors import InputError
from captioning.files import shipped
from captioning.formats import BEGINNING_BYTES, SAFETENSORS, format_of
from captioning.hdf5 import open_hdf5
from captioning.photos.images import open_photo
from captioning.photos.winograd import FastVGG16

# The weights for pictures of scenes, which come with the course.
SCENES_VGG16 = shipped("scenes/vgg16.h5")


def load_vgg16(path: Path, layers: Any = captioning_layers) -> dict[str, np.ndarray]:
    """Read VGG16's weights, with the fully connected layers; ``layers`` read the file.

    Raises:
        InputError: the file is missing, does not hold such weights, or ends before fc7.
    """
    if path.is_dir():
        raise InputError(
            f"{path} is a folder, a SavedModel of TensorFlow's perhaps. Expected a file: HDF5 of Keras's or "
            "safetensors of PyTorch's. `captioning data get vgg16` gets VGG16's weights."
        )
    if not path.is_file():
        raise InputError(f"{path} is missing. `captioning data get vgg16` gets VGG16's weights.")
    with open(path, "rb") as file:
        beginning = file.read(BEGINNING_BYTES)
    if format_of(beginning) != SAFETENSORS:
        try:
            open_hdf5(path).close()  # says in clear words what it is instead, or what is wrong with it
        except InputError as error:
            raise InputError(
                f"{error} Expected VGG16's weights in HDF5, as Keras writes them, or in safetensors, as "
                "PyTorch does; `captioning data get vgg16` gets them."
            ) from error
    try:
        params = layers.vgg16_load(path)
    except ValueError as error:
        raise InputError(f"{error}. `captioning data get vgg16` gets VGG16's weights.") from error
    if "fc7_w" not in params:
        raise InputError(
            f"{path} ends before the layer fc7. Expected weights with the fully connected layers (“with "
            "top”): vgg16_weights_tf_dim_ordering_tf_kernels.h5 of `captioning data get vgg16`."
        )
    return dict(params)


def scene_vgg16(layers: Any = captioning_layers) -> dict[str, np.ndarray]:
    """Return the weights of the scenes' VGG16, for pictures of 64 pixels; ``layers`` read the file."""
    return load_vgg16(SCENES_VGG16, layers)


def vgg16_features(
    pictures: np.ndarray,
    params: dict[str, np.ndarray],
    layer: str = "fc7",
    layers: Any = captioning_layers,
) -> np.ndarray:
    """Compute the features of a batch of pictures.

    Args:
        pictures: ``(N, size, size, 3)`` uint8.
        params: from ``load_vgg16``.
        layer: of VGG16, whose output they are.
        layers: whose layers run.

    Returns:
        float32: ``(N, D)`` of a fully connected layer, a grid ``(N, D, R, C)`` of any other.
    """
    return layers.vgg16_forward(layers.vgg16_preprocess(pictures), params, layer=layer)


def photo_features(
    photos: Sequence[Path | bytes], network: FastVGG16 | Mapping[str, np.ndarray]
) -> np.ndarray:
    """Compute the fc7 features ``(N, D)`` float32 of a batch of photos.

    Args:
        photos: paths of files, or their contents.
        network: what ``load_vgg16`` gives; for several batches a ``FastVGG16`` made of it.

    Raises:
        InputError: a photo cannot be used.
    """
    network = network if isinstance(network, FastVGG16) else FastVGG16(network)
    size = captioning_layers.vgg16_image_size(network.params)
    return network.features(np.stack([open_photo(photo, size) for photo in photos]))
