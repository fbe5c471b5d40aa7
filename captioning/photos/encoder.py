"""Which network made features, so that those of other pictures can be made in the same way.

A folder of data says so in ``encoder.json``, an object with ``weights``, the name of the file of VGG16's
weights; ``image_size``, the height and width of the pictures in pixels; and ``pca``, the name of the file of
the PCA, or null. It may be absent, as it is beside the real COCO files. A captioner keeps what it says.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from captioning import layers as captioning_layers
from captioning.errors import InputError
from captioning.files import cache_folder, shipped
from captioning.photos.features import load_vgg16
from captioning.photos.pca import PCA, read_pca
from captioning.records import from_record
from captioning.source.text import read_text

ENCODER_FILE = "encoder.json"
FIELDS = ("weights", "image_size", "pca")


@dataclass(frozen=True)
class Encoder:
    """How features are made of pictures.

    Attributes:
        layer: of VGG16, whose output they are: fc7, or pool4, a grid.
        pca_features: whether they have gone through a PCA.
        weights: VGG16's, a path or the name of a file that is shipped or downloaded; None where nobody said.
        image_size: height and width of the pictures in pixels; None likewise.
        pca: the path of the PCA's file; None likewise.
    """

    layer: str = "fc7"
    pca_features: bool = False
    weights: str | None = None
    image_size: int | None = None
    pca: str | None = None

    @property
    def features(self) -> dict[str, Any]:
        """What ``CaptionData`` is asked for, to have features of this kind."""
        return {"layer": self.layer, "pca_features": self.pca_features}

    def load(self, layers: Any = captioning_layers) -> tuple[dict[str, np.ndarray], PCA | None]:
        """Read the weights of VGG16 and the PCA, if there is one; ``layers`` read the former.

        Raises:
            InputError: nobody said which, they are not here, or the weights are for pictures of another size.
        """
        path = self._find_weights()
        params = load_vgg16(path, layers)
        size = layers.vgg16_image_size(params)
        if self.image_size not in {None, size}:
            raise InputError(
                f"{path} is a VGG16 for pictures of {size} pixels; the captioner was trained on features of "
                f"one for {self.image_size} pixels."
            )
        if self.pca_features and self.pca is None:
            raise InputError(
                "the captioner was trained on features after PCA, and its data do not say which: give the "
                "file of that PCA with --features-pca (without it, train with --no-pca)."
            )
        return params, read_pca(Path(self.pca)) if self.pca is not None else None

    def _find_weights(self) -> Path:
        """Return the weights: those shipped with the scenes, those downloaded, or those of a path."""
        if self.weights is None:
            raise InputError(
                "the data that the captioner was trained on do not say which VGG16 made their features: give "
                "its weights with --weights. `captioning data get vgg16` gets ImageNet's."
            )
        for folder in (shipped("scenes"), cache_folder() / "vgg16"):
            if (folder / self.weights).exists():
                return folder / self.weights
        raise InputError(
            f"the captioner was trained on features of the VGG16 {self.weights}, which is not here. Give its "
            "path with --weights; `captioning data get vgg16` gets ImageNet's."
        )


def read_encoder(folder: Path, layer: str, pca_features: bool) -> Encoder:
    """Return what a data folder says about the making of some of its features.

    The names of files that are in the folder become absolute paths.

    Args:
        folder: of the data.
        layer, pca_features: which features; see ``Encoder``.

    Raises:
        InputError: ``encoder.json`` is damaged.
    """
    path = folder / ENCODER_FILE
    if not path.exists():
        return Encoder(layer, pca_features)
    try:
        said = json.loads(read_text(path))
        said = {name: said[name] for name in FIELDS}
        from_record(Encoder, {"layer": layer, "pca_features": pca_features, **said})
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path} does not say how the features were made: expected a JSON object with "
            f"{', '.join(FIELDS)} ({error!r}). Make it again, or delete it."
        ) from error
    for name in ("weights", "pca"):
        if said[name] is not None and (folder / said[name]).exists():
            said[name] = str((folder / said[name]).resolve())
    if not pca_features:
        said["pca"] = None
    return Encoder(layer, pca_features, **said)
