"""Captioners that come with the course: trained on scenes by `captioning demo` and `train_attention`.

They run on the layers of ``captioning.layers``, so on a student's own where these are saved;
``layers=Reference()`` runs them on the reference.

``python -m captioning.pretrained RUN...`` writes the weights of runs of `captioning train` to where they are
read from; they are kept in float16, and computed with in float32.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np

from captioning import layers as captioning_layers
from captioning.datasets import scenes
from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.hdf5 import open_hdf5, readable
from captioning.standardization import Standardization

NAMES = ("rnn", "lstm", "gru", "attention")
PACKAGE = Path(scenes.__file__).parent
FOLDER = PACKAGE / "captioners"
FORMAT = "captioning-from-scratch captioner 1"
IMAGE_SIZE = 64


@dataclass
class Captioner:
    """A trained captioner of scenes.

    Attributes:
        name: one of ``NAMES``.
        idx_to_word: the vocabulary, ``V`` words.
        layer: of the scenes' VGG16, whose output the features are: fc7, or pool4 for attention.
        standardization: of the features; of a grid, of each channel.
        params: of the model, float32.
        layers: whose layers run; anything with the layers as attributes.
    """

    name: str
    idx_to_word: list[str]
    layer: str
    standardization: Standardization
    params: dict[str, np.ndarray]
    layers: Any = captioning_layers

    @property
    def word_to_idx(self) -> dict[str, int]:
        return {word: idx for idx, word in enumerate(self.idx_to_word)}

    @cached_property
    def model(self) -> Any:
        """The model, made of ``layers``, with ``params``, ``start``, ``step`` and ``explain_step``."""
        sizes = {
            "input_dim": self.params["W_proj"].shape[0],
            "wordvec_dim": self.params["W_embed"].shape[1],
            "hidden_dim": self.params["W_proj"].shape[1],
        }
        if self.name == "attention":
            model = self.layers.AttentionCaptioner(self.word_to_idx, **sizes)
        else:
            model = self.layers.CaptioningRNN(self.word_to_idx, cell_type=self.name, **sizes)
        model.params = dict(self.params)
        return model

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Compute the features that the model takes.

        Args:
            pictures: ``(N, 64, 64, 3)`` uint8.

        Returns:
            ``(N, D)`` float32, for attention ``(N, D, R, C)``.

        Raises:
            InputError: the pictures have another shape or dtype.
        """
        pictures = np.asarray(pictures)
        if (
            pictures.ndim != 4
            or pictures.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE, 3)
            or pictures.dtype != np.uint8
        ):
            raise InputError(
                f"the pictures are {pictures.dtype} of shape {pictures.shape}, expected uint8 of shape "
                f"(N, {IMAGE_SIZE}, {IMAGE_SIZE}, 3), as `draw(scene, {IMAGE_SIZE})[None]` gives them."
            )
        x = self.layers.vgg16_preprocess(pictures)
        features = self.layers.vgg16_forward(x, scene_vgg16(), layer=self.layer)
        return self.standardization.apply(features)

    def caption(self, pictures: np.ndarray, max_length: int = 30) -> list[str]:
        """Caption pictures, always with the likeliest next word.

        Args:
            pictures: ``(N, 64, 64, 3)`` uint8.
            max_length: words to say at most.

        Returns:
            N sentences.
        """
        words = self.model.sample(self.encode(pictures), max_length)
        return list(self.layers.decode_captions(words, self.idx_to_word))


def scene_vgg16() -> dict[str, np.ndarray]:
    """Return the weights of the scenes' VGG16, for pictures of 64 px."""
    return dict(captioning_layers.vgg16_load(PACKAGE / "vgg16.h5"))


def load_captioner(name: str = "lstm", layers: Any = captioning_layers) -> Captioner:
    """Return a trained captioner of scenes.

    Args:
        name: one of ``NAMES``.
        layers: whose layers run; by default those of ``captioning.layers``, the student's own where they are.

    Raises:
        InputError: there is none of this name, or its file is damaged.
    """
    if name not in NAMES:
        raise InputError(f"there is no captioner {name!r}; there are {', '.join(NAMES)}.")
    path = FOLDER / f"{name}.h5"
    with open_hdf5(path) as file, readable(path):
        if file.attrs.get("format") != FORMAT:
            raise InputError(f"{path} is no captioner of the course. Install the course anew.")
        try:
            return Captioner(
                name,
                json.loads(file.attrs["idx_to_word"]),
                file.attrs["layer"],
                Standardization(file["mean"][:], float(file.attrs["scale"])),
                {key: values[:].astype(np.float32) for key, values in file["params"].items()},
                layers,
            )
        except (KeyError, ValueError) as error:
            raise InputError(f"{path} is damaged ({error}). Install the course anew.") from error


def save_captioner(captioner: Captioner, folder: Path = FOLDER) -> Path:
    """Write a captioner, its parameters in float16; return the file.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    path = folder / f"{captioner.name}.h5"
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["idx_to_word"] = json.dumps(captioner.idx_to_word)
        file.attrs["layer"] = captioner.layer
        file.attrs["scale"] = captioner.standardization.scale
        file["mean"] = captioner.standardization.mean.astype(np.float32)
        for key, values in captioner.params.items():
            file.create_dataset(
                f"params/{key}", data=values.astype(np.float16), compression="gzip", shuffle=True
            )
    return path


@click.command()
@click.argument(
    "runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
def main(runs: tuple[Path, ...]) -> None:
    """Take the best parameters of runs of `captioning train` on scenes as the captioners of the course."""
    # A student of an early chapter has none of the layers that a checkpoint needs.
    from captioning.checkpoints import load_checkpoint  # noqa: PLC0415

    for run in runs:
        checkpoint = load_checkpoint(run)
        captioner = Captioner(
            checkpoint.config.cell,
            checkpoint.idx_to_word,
            "fc7",
            checkpoint.standardization,
            checkpoint.best_params,
        )
        path = save_captioner(captioner)
        click.echo(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
