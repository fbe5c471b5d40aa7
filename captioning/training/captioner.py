"""Captioners that come with the course: trained on scenes by `captioning demo` and `train_attention`.

They run on the layers of ``captioning.layers``, so on a student's own where these are saved;
``layers=reference()`` runs them on the reference.

``python -m captioning.training.captioner RUN...`` writes the weights of runs of `captioning train` to where
they are read from, and says how often each captioner tells the truth; without a RUN it only does the latter.
Weights are kept in float16, and computed with in float32.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np
from tabulate import tabulate

from captioning import layers as captioning_layers
from captioning.errors import InputError
from captioning.files import atomic_write, shipped
from captioning.hdf5 import open_hdf5, readable
from captioning.photos.standardization import Standardization
from captioning.scenes.batches import BATCH
from captioning.scenes.drawing import draw
from captioning.scenes.scene import make_splits
from captioning.scenes.truth import truth

NAMES = ("rnn", "lstm", "gru", "attention")
FOLDER = shipped("scenes/captioners")
FORMAT = "captioning-from-scratch captioner 1"
PARAMS = ("W_embed", "W_proj", "b_proj", "Wx", "Wh", "b", "W_vocab", "b_vocab")
IMAGE_SIZE = 64
WEIGHTS = "vgg16.h5"
# How `captioning train` makes the features of scenes.
ENCODER = {"weights": WEIGHTS, "image_size": IMAGE_SIZE, "layer": "fc7", "pca": None}
ANEW = "Install the course anew; in a checkout, `git restore` brings it back."


@dataclass(eq=False)
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
    idx_to_word: list[str] = field(repr=False)
    layer: str
    standardization: Standardization = field(repr=False)
    params: dict[str, np.ndarray] = field(repr=False)
    layers: Any = field(default=captioning_layers, repr=False)

    @property
    def word_to_idx(self) -> dict[str, int]:
        return {word: idx for idx, word in enumerate(self.idx_to_word)}

    @cached_property
    def model(self) -> Any:
        """The model with ``params``, ``start``, ``step``, ``explain_step``, ``cell`` and ``sample``.

        It is made of ``layers`` when it is first asked for. Who saves another layer afterwards loads the
        captioner again.
        """
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
            InputError: there are none, or they have another shape or dtype.
        """
        pictures = np.asarray(pictures)
        one = (IMAGE_SIZE, IMAGE_SIZE, 3)
        if pictures.ndim != 4 or pictures.shape[1:] != one or not len(pictures) or pictures.dtype != np.uint8:
            raise InputError(
                f"the pictures are {pictures.dtype} of shape {pictures.shape}, expected uint8 of shape "
                f"(N, {IMAGE_SIZE}, {IMAGE_SIZE}, 3) with N at least 1, as `draw(scene, {IMAGE_SIZE})[None]` "
                "gives them."
            )
        features = []
        for start in range(0, len(pictures), BATCH):
            x = self.layers.vgg16_preprocess(pictures[start : start + BATCH])
            features.append(self.layers.vgg16_forward(x, self._vgg16, layer=self.layer))
        return self.standardization.apply(np.concatenate(features))

    @cached_property
    def _vgg16(self) -> dict[str, np.ndarray]:
        # Reading the file takes longer than seeing a picture.
        return scene_vgg16(self.layers)

    def caption(
        self, pictures: np.ndarray, decode: Callable[[Any, np.ndarray], Any] | None = None
    ) -> list[str]:
        """Caption pictures.

        Args:
            pictures: ``(N, 64, 64, 3)`` uint8.
            decode: takes the model and the features; returns the words ``(N, L)``, or what a decoder such as
                ``beam_search`` returns. By default the likeliest next word is said, with ``model.sample``.

        Returns:
            N sentences.
        """
        features = self.encode(pictures)
        said = self.model.sample(features) if decode is None else decode(self.model, features)
        if isinstance(said, tuple) and not hasattr(said, "words"):
            said = said[0]  # a beam search returns its beams, too
        return list(self.layers.decode_captions(getattr(said, "words", said), self.idx_to_word))


def scene_vgg16(layers: Any = captioning_layers) -> dict[str, np.ndarray]:
    """Return the weights of the scenes' VGG16, for pictures of 64 px; ``layers`` read the file."""
    return dict(layers.vgg16_load(shipped(f"scenes/{WEIGHTS}")))


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
    if not path.is_file():
        raise InputError(f"the captioner {name!r} is missing, expected {path}. {ANEW}")
    with open_hdf5(path) as file, readable(path):
        if file.attrs.get("format") != FORMAT:
            raise InputError(f"{path} is no captioner of the course. {ANEW}")
        try:
            captioner = Captioner(
                name,
                json.loads(file.attrs["idx_to_word"]),
                file.attrs["layer"],
                Standardization(file["mean"][:], float(file.attrs["scale"])),
                {key: values[:].astype(np.float32) for key, values in file["params"].items()},
                layers,
            )
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{path} is damaged ({error}). {ANEW}") from error
    _require_whole(captioner, path)
    return captioner


def _require_whole(captioner: Captioner, path: Path) -> None:
    """Raise ``InputError`` unless the captioner has all its parameters, and they fit what else it has."""
    missing = [key for key in PARAMS if key not in captioner.params]
    if captioner.name == "attention" and "Wattn" not in captioner.params:
        missing.append("Wattn")
    if missing:
        raise InputError(f"{path} is damaged: it has no parameter {', '.join(missing)}. {ANEW}")
    takes = captioner.params["W_proj"].shape[0], captioner.params["W_embed"].shape[0]
    has = len(captioner.standardization.mean), len(captioner.idx_to_word)
    if takes != has:
        raise InputError(
            f"{path} is damaged: its weights are for {takes[0]} features and {takes[1]} words, but it has "
            f"{has[0]} and {has[1]}. {ANEW}"
        )


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


def captioner_of_run(run: Path) -> Captioner:
    """Return the captioner with the best parameters of a run of `captioning train` on scenes.

    Raises:
        InputError: there is no such run, or it was not trained on the scenes' features.
    """
    # A student of an early chapter has none of the layers that a checkpoint needs.
    from captioning.training.checkpoint import load_checkpoint  # noqa: PLC0415

    checkpoint = load_checkpoint(run)
    if checkpoint.encoder is None or {**checkpoint.encoder, "weights": WEIGHTS} != ENCODER:
        raise InputError(
            f"{run} was trained on features of {checkpoint.encoder}, expected {ENCODER}. Give a run of "
            "`captioning train --data scenes`."
        )
    config, words = checkpoint.config, checkpoint.idx_to_word
    return Captioner(config.cell, words, "fc7", checkpoint.standardization, checkpoint.best_params)


def share_true(captioner: Captioner, split: str) -> float:
    """Return the share of a captioner's captions of a split of scenes of which every statement is true."""
    described = make_splits()[split]
    pictures = np.stack([draw(scene, IMAGE_SIZE) for scene in described])
    said = captioner.caption(pictures)
    return float(
        np.mean([truth(caption, scene).wholly_true for caption, scene in zip(said, described, strict=True)])
    )


@click.command()
@click.argument("runs", metavar="[RUN...]", nargs=-1, type=click.Path(path_type=Path, exists=True))
def main(runs: tuple[Path, ...]) -> None:
    """Take runs of `captioning train` on scenes as captioners of the course, and measure all of these.

    The table gives the share of captions that are wholly true, as the files have the weights, in float16.

    Example: python -m captioning.training.captioner demo/runs/rnn demo/runs/lstm demo/runs/gru
    """
    for run in runs:
        path = save_captioner(captioner_of_run(run))
        click.echo(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    rows = []
    for name in NAMES:
        captioner = load_captioner(name)
        n_params = sum(values.size for values in captioner.params.values())
        megabytes = (FOLDER / f"{name}.h5").stat().st_size / 1e6
        shares = [f"{share_true(captioner, split):.1%}" for split in ("test", "unseen")]
        rows.append([name, captioner.layer, f"{n_params:,}".replace(",", " "), f"{megabytes:.2f}", *shares])
    headers = ["captioner", "features", "parameters", "MB", "test", "unseen"]
    align = ["left", "left", *["right"] * 4]
    click.echo(tabulate(rows, headers, tablefmt="pipe", disable_numparse=True, colalign=align))


if __name__ == "__main__":
    main()
