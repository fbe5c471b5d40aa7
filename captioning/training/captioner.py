"""A captioner: all that makes sentences of pictures, and the file that it is kept in.

Four trained ones come with the course. They run on the layers of ``captioning.layers``, so on a student's own
where these are saved; ``layers`` may be any object with the layers as attributes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tqdm import tqdm

from captioning import layers as captioning_layers
from captioning.data.coco_layout import SPECIAL_WORDS, CaptionData
from captioning.errors import InputError
from captioning.files import shipped
from captioning.hdf5 import DAMAGED, new_hdf5, open_hdf5, readable
from captioning.photos.encoder import Encoder
from captioning.photos.features import vgg16_features
from captioning.photos.images import open_photo
from captioning.photos.pca import PCA
from captioning.photos.standardization import Standardization
from captioning.records import from_record
from captioning.scenes.batches import BATCH

# The cells, and a letter for each block of columns of ``Wx``, ``Wh`` and ``b``. The captioners that come with
# the course have the same names.
BLOCKS = {"rnn": "h", "lstm": "ifog", "gru": "rzn", "attention": "ifog"}
CELLS = tuple(BLOCKS)
TITLES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "attention": "LSTM with attention"}

FOLDER = shipped("scenes/captioners")
CHECKPOINT_FILE = "checkpoint.h5"
FORMAT = "captioning-from-scratch captioner 2"
# A checkpoint is a captioner with this group beside it.
TRAINING = "training"
PHOTOS_AT_ONCE = 8
AGAIN = (
    "Train again; one of the course's comes back when the course is installed again (in a checkout, with "
    "`git restore`)."
)


@dataclass(eq=False)
class Captioner:
    """A captioner.

    Attributes:
        cell: one of ``CELLS``.
        idx_to_word: the vocabulary, ``V`` words.
        encoder: how the features that it takes are made of pictures.
        standardization: of the features; of a grid, of each channel.
        params: of the model, float32.
        layers: whose layers run; anything with the layers as attributes.
    """

    cell: str
    idx_to_word: list[str] = field(repr=False)
    encoder: Encoder = field(repr=False)
    standardization: Standardization = field(repr=False)
    params: dict[str, np.ndarray] = field(repr=False)
    layers: Any = field(default=captioning_layers, repr=False)

    @cached_property
    def word_to_idx(self) -> dict[str, int]:
        return {word: idx for idx, word in enumerate(self.idx_to_word)}

    @property
    def input_dim(self) -> int:
        """The number of columns of the features, of a grid the number of its channels."""
        return len(self.standardization.mean)

    @cached_property
    def model(self) -> Any:
        """A ``CaptioningRNN``, or an ``AttentionCaptioner``, with these parameters.

        It is made of ``layers`` when it is first asked for. Who saves another layer afterwards loads the
        captioner again.
        """
        wordvec_dim, hidden_dim = self.params["W_embed"].shape[1], self.params["W_proj"].shape[1]
        model = build_model(
            self.cell, self.idx_to_word, self.input_dim, wordvec_dim, hidden_dim, layers=self.layers
        )
        model.params = dict(self.params)
        return model

    @cached_property
    def _vgg16(self) -> tuple[dict[str, np.ndarray], PCA | None]:
        # Reading the file takes longer than seeing a picture.
        return self.encoder.load(self.layers)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Compute the features that the model takes.

        Args:
            pictures: ``(N, size, size, 3)`` uint8; size is 64 for captioners of scenes.

        Returns:
            ``(N, D)`` float32, standardized; for attention ``(N, D, R, C)``.

        Raises:
            InputError: there are none, or they have another shape or dtype; the weights or the PCA are not
                known, not here, or not those that the captioner was trained with.
        """
        params, pca = self._vgg16
        size = self.layers.vgg16_image_size(params)
        pictures = np.asarray(pictures)
        if (
            pictures.ndim != 4
            or pictures.shape[1:] != (size, size, 3)
            or not len(pictures)
            or pictures.dtype != np.uint8
        ):
            raise InputError(
                f"the pictures are {pictures.dtype} of shape {pictures.shape}, expected uint8 of shape "
                f"(N, {size}, {size}, 3) with N at least 1, as `draw(scene, {size})[None]` gives them."
            )
        batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
        features = np.concatenate(
            [vgg16_features(batch, params, self.encoder.layer, self.layers) for batch in batches]
        )
        if pca is not None:
            features = pca.project(features)
        if features.shape[1] != self.input_dim:
            raise InputError(
                f"a picture gets {features.shape[1]} features, but the captioner takes {self.input_dim}. Use "
                "the weights, and the PCA if there was one, that its features were made with."
            )
        return self.standardization.apply(features)

    def encode_photos(self, photos: Sequence[Path | bytes]) -> np.ndarray:
        """Compute the features of photos, at the size that VGG16 takes; a bar shows how far it has come.

        Args:
            photos: paths of files, or their contents.

        Returns:
            As ``encode``.

        Raises:
            InputError: a photo cannot be used; or as ``encode``.
        """
        size = self.layers.vgg16_image_size(self._vgg16[0])
        features = []
        starts = range(0, len(photos), PHOTOS_AT_ONCE)
        for start in tqdm(starts, desc="VGG16", unit=" batches", leave=False, disable=None):
            batch = photos[start : start + PHOTOS_AT_ONCE]
            features.append(self.encode(np.stack([open_photo(photo, size) for photo in batch])))
        return np.concatenate(features)

    def caption(
        self, pictures: np.ndarray, decode: Callable[[Any, np.ndarray], Any] | None = None
    ) -> list[str]:
        """Caption pictures.

        Args:
            pictures: as for ``encode``.
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

    def require_data(self, data: CaptionData) -> None:
        """Raise ``InputError`` unless the data have this vocabulary and features of this size."""
        if data.idx_to_word != self.idx_to_word:
            raise InputError(
                f"the model and {data.folder} have different vocabularies: "
                f"{_difference(self.idx_to_word, data.idx_to_word)}. Use the data that it was trained on."
            )
        if data.input_dim != self.input_dim:
            raise InputError(
                f"the model takes features of {self.input_dim} columns; those in {data.folder} have "
                f"{data.input_dim}. Use the features that it was trained on."
            )


def build_model(
    cell: str,
    idx_to_word: list[str],
    input_dim: int,
    wordvec_dim: int,
    hidden_dim: int,
    *,
    rng: np.random.Generator | None = None,
    layers: Any = captioning_layers,
) -> Any:
    """Return the model of a captioner with fresh parameters, float32."""
    word_to_idx = {word: idx for idx, word in enumerate(idx_to_word)}
    if cell == "attention":
        return layers.AttentionCaptioner(word_to_idx, input_dim, wordvec_dim, hidden_dim, rng=rng)
    return layers.CaptioningRNN(word_to_idx, input_dim, wordvec_dim, hidden_dim, cell, rng=rng)


def captioner_path(which: str | Path) -> Path:
    """Return the file of a captioner; see ``load_captioner``."""
    if which in CELLS:
        return FOLDER / f"{which}.h5"
    path = Path(which)
    return path / CHECKPOINT_FILE if path.is_dir() else path


def load_captioner(which: str | Path = "lstm", layers: Any = captioning_layers) -> Captioner:
    """Return a trained captioner; of a run of `captioning train`, the best so far.

    Args:
        which: the name of one that comes with the course, of ``CELLS``; or the path of a run's folder, of its
            checkpoint, or of a file that ``save_captioner`` wrote.
        layers: whose layers run; by default those of ``captioning.layers``, the student's own where they are.

    Raises:
        InputError: there is none, its file is damaged or holds something else, or its run has not completed
            an epoch yet.
    """
    path = captioner_path(which)
    if not path.is_file():
        raise InputError(
            f"there is no captioner {str(which)!r}: {path} is missing. Expected {', '.join(CELLS)}, or the "
            "path of a run of `captioning train`."
        )
    with open_hdf5(path) as file, readable(path):
        if TRAINING in file and not len(file.get(f"{TRAINING}/history/val_loss", ())):
            raise InputError(
                f"{path}: the first epoch of this run is not complete, so there is no captioner yet. Go on "
                "with `captioning train --resume`."
            )
        return read_captioner(file, layers)


def save_captioner(captioner: Captioner, path: Path, dtype: type = np.float16) -> None:
    """Write a captioner, by default as the course ships it, its parameters in float16.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    with new_hdf5(path) as file:
        write_captioner(file, captioner, dtype)


def write_captioner(file: h5py.File, captioner: Captioner, dtype: type = np.float32) -> None:
    """Write a captioner into an open file; parameters of type float16 are packed, too."""
    packed = {"compression": "gzip", "shuffle": True} if dtype is np.float16 else {}
    file.attrs["format"] = FORMAT
    file.attrs["cell"] = captioner.cell
    file.attrs["encoder"] = json.dumps(asdict(captioner.encoder))
    file.attrs["scale"] = captioner.standardization.scale
    file["mean"] = captioner.standardization.mean
    file["idx_to_word"] = np.array([word.encode() for word in captioner.idx_to_word])
    for name, values in sorted(captioner.params.items()):
        file.create_dataset(f"params/{name}", data=values.astype(dtype), **packed)


def read_captioner(file: h5py.File, layers: Any = captioning_layers) -> Captioner:
    """Read what ``write_captioner`` wrote.

    Raises:
        InputError: it holds something else, or is damaged; the parameters are not finite.
    """
    path = file.filename
    if file.attrs.get("format") != FORMAT:
        raise InputError(
            f"{path} is an HDF5 file, but not a captioner that this version of the course wrote. {AGAIN}"
        )
    try:
        captioner = Captioner(
            file.attrs["cell"],
            [word.decode() for word in file["idx_to_word"][:]],
            from_record(Encoder, json.loads(file.attrs["encoder"])),
            Standardization(_floats(file["mean"]), float(file.attrs["scale"])),
            {name: _floats(values) for name, values in file["params"].items()},
            layers,
        )
        require_params(path, captioner, captioner.params)
        _require_sense(captioner)
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{path} is damaged ({error}). {AGAIN}") from error
    return captioner


def _floats(dataset: h5py.Dataset) -> np.ndarray:
    if dataset.dtype.kind != "f":
        raise TypeError(f"{dataset.name} has type {dataset.dtype}, expected floats")
    return dataset[:].astype(np.float32)


def _require_sense(captioner: Captioner) -> None:
    """Raise ValueError unless a captioner's cell, words and standardization can be used."""
    words, (mean, scale) = captioner.idx_to_word, captioner.standardization
    if captioner.cell not in CELLS:
        raise ValueError(f"there is no cell {captioner.cell!r}")
    if tuple(words[: len(SPECIAL_WORDS)]) != SPECIAL_WORDS or len(set(words)) != len(words):
        raise ValueError("its words do not begin with the special ones, or one occurs twice")
    if mean.ndim != 1 or not np.isfinite(mean).all() or not 0 < scale < np.inf:
        raise ValueError(f"features would be shifted by {mean.shape} numbers and divided by {scale}")


def require_params(path: str | Path, captioner: Captioner, params: dict[str, np.ndarray]) -> None:
    """Raise ``InputError`` unless parameters of a captioner fit all that it has, and are finite."""
    found = {name: values.shape for name, values in params.items()}
    V, D = len(captioner.idx_to_word), captioner.input_dim
    E, H = ((found.get(name) or (0,))[0] for name in ("Wx", "Wh"))
    columns = len(BLOCKS.get(captioner.cell, "")) * H
    expected: dict[str, tuple[int, ...]] = {"W_embed": (V, E), "W_proj": (D, H), "b_proj": (H,)}
    expected |= {"Wx": (E, columns), "Wh": (H, columns), "b": (columns,)}
    expected |= {"W_vocab": (H, V), "b_vocab": (V,)}
    if captioner.cell == "attention":
        expected["Wattn"] = (H, columns)
    if found != expected:
        raise InputError(
            f"{path} is damaged: it holds parameters of shapes {found}; expected those of the cell "
            f"{captioner.cell} with {D} features and {V} words, {expected}. {AGAIN}"
        )
    for name, values in params.items():
        if not np.isfinite(values).all():
            raise InputError(
                f"{path}: the parameter {name} holds NaN or infinity: this model says nothing. Train again, "
                "with a lower learning rate if it was training that went wrong."
            )


def _difference(ours: list[str], theirs: list[str]) -> str:
    """Say in a few words how two vocabularies differ."""
    if len(ours) != len(theirs):
        return f"{len(ours)} words and {len(theirs)}"
    idx = next(idx for idx, (word, other) in enumerate(zip(ours, theirs, strict=True)) if word != other)
    return f"word {idx} is {ours[idx]!r} in the one and {theirs[idx]!r} in the other"
