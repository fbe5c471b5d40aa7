"""A training run in one HDF5 file: all that it needs to go on, and the captioner that came of it."""

import io
import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.hdf5 import open_hdf5, readable
from captioning.layers import CaptioningRNN
from captioning.photos.standardization import Standardization

CHECKPOINT_FILE = "checkpoint.h5"
FORMAT = "captioning checkpoint 1"

T = TypeVar("T", "TrainingConfig", "History")


@dataclass(frozen=True)
class TrainingConfig:
    """What a run is asked for. The same configuration and data give the same parameters, bit for bit.

    Attributes:
        cell: "rnn", "lstm" or "gru".
        hidden_dim, wordvec_dim: sizes of the hidden state and of a word's vector.
        optimizer: "sgd_momentum", "rmsprop" or "adam".
        learning_rate: of the first step; it falls to 0 along half a cosine.
        batch_size: captions in a minibatch.
        epochs: how often the captions are read, and the validation loss is measured.
        epoch_captions: an epoch reads only so many captions, others each time; None if it reads all.
        weight_decay: at each step, matrices shrink by this times the learning rate (I. Loshchilov and
            F. Hutter, «Decoupled Weight Decay Regularization», 2019).
        feature_dropout: the share of an image's features that is dropped at each step, in [0, 1).
        clip_norm: the gradient is scaled down to this global norm where it is larger.
        pca_features: whether the features are those after PCA.
        max_captions: train on so many captions only, and validate on these same ones.
        shuffle_features: give each image the features of another one.
        word_vectors: the file of word vectors that the embedding started from.
        seed: all randomness comes from it.
    """

    cell: str = "lstm"
    hidden_dim: int = 256
    wordvec_dim: int = 128
    optimizer: str = "adam"
    learning_rate: float = 5e-3
    batch_size: int = 32
    epochs: int = 8
    epoch_captions: int | None = None
    weight_decay: float = 0.5
    feature_dropout: float = 0.5
    clip_norm: float = 5.0
    pca_features: bool = True
    max_captions: int | None = None
    shuffle_features: bool = False
    word_vectors: str | None = None
    seed: int = 0

    def captions_per_epoch(self, n_captions: int) -> int:
        """Return how many of so many captions an epoch reads."""
        return min(n_captions, self.epoch_captions or n_captions)

    def minibatches_per_epoch(self, n_captions: int) -> int:
        """Return how many minibatches an epoch of so many captions has; the last may be smaller."""
        return math.ceil(self.captions_per_epoch(n_captions) / self.batch_size)


@dataclass
class History:
    """How a run went so far; losses are summed over time and averaged over captions.

    Attributes:
        minibatch_loss: the training loss of every minibatch.
        iterations: for each epoch, how many minibatches had been seen at its end.
        train_loss: for each epoch, the mean loss of its captions while they were learned.
        val_loss: for each epoch, the loss of the validation captions at its end.
        val_perplexity: likewise, the perplexity per word, ``<END>`` included.
    """

    minibatch_loss: list[float] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_perplexity: list[float] = field(default_factory=list)


@dataclass
class Checkpoint:
    """The state of a training run.

    Attributes:
        config: what was asked for.
        idx_to_word: the vocabulary.
        captions_checksum: of the training captions, to know them again.
        standardization: of the features.
        encoder: how the data's features were computed from pictures, the content of their
            ``encoder.json``; None when the data do not say.
        params: the parameters as they are now.
        best_params: those of the epoch with the lowest validation loss.
        optimizer: for each parameter what its update rule remembers.
        history: the losses so far. Its length is the position in the run: whatever is random at a step
            is drawn from the seed and that position, so there is no other state of randomness to keep.
    """

    config: TrainingConfig
    idx_to_word: list[str]
    captions_checksum: int
    standardization: Standardization
    encoder: dict[str, Any] | None
    params: dict[str, np.ndarray]
    best_params: dict[str, np.ndarray]
    optimizer: dict[str, dict[str, Any]]
    history: History = field(default_factory=History)

    @property
    def iteration(self) -> int:
        """How many minibatches have been learned from."""
        return len(self.history.minibatch_loss)

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        return len(self.history.val_loss)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, that the best parameters come from; 0 before the first has ended."""
        return int(np.argmin(self.history.val_loss)) + 1 if self.epoch else 0

    @property
    def input_dim(self) -> int:
        """The number of columns of the features."""
        return len(self.standardization.mean)

    def best_model(self) -> CaptioningRNN:
        """Return the captioner with the best parameters so far."""
        model = build_model(self.config, self.idx_to_word, self.input_dim)
        model.params = dict(self.best_params)
        return model

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
    config: TrainingConfig, idx_to_word: list[str], input_dim: int, rng: np.random.Generator | None = None
) -> CaptioningRNN:
    """Return a captioner with fresh parameters, float32."""
    return CaptioningRNN(
        {word: idx for idx, word in enumerate(idx_to_word)},
        input_dim,
        config.wordvec_dim,
        config.hidden_dim,
        config.cell,
        rng=rng,
    )


def checkpoint_path(run: Path) -> Path:
    """Return the checkpoint of a run's folder; a path of a file is returned as it is."""
    return run / CHECKPOINT_FILE if run.is_dir() else run


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    # HDF5 reports a full disk in many ways, some of them only on closing; Python's own files in one.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["config"] = json.dumps(asdict(checkpoint.config))
        file.attrs["encoder"] = json.dumps(checkpoint.encoder)
        tree = {
            "captions_checksum": checkpoint.captions_checksum,
            "idx_to_word": checkpoint.idx_to_word,
            "standardization": checkpoint.standardization._asdict(),
            "params": checkpoint.params,
            "best_params": checkpoint.best_params,
            "optimizer": checkpoint.optimizer,
            "history": asdict(checkpoint.history),
        }
        _write_tree(file, tree)
    with atomic_write(path) as temporary:
        # A copy: a view of the buffer that outlives an error (a full disk) crashes Python 3.12 when it is
        # thrown away.
        temporary.write_bytes(content.getvalue())


def load_checkpoint(path: Path) -> Checkpoint:
    """Read what ``save_checkpoint`` wrote.

    Args:
        path: the file, or the folder of the run.

    Raises:
        InputError: there is no such file; it is no HDF5 file, was cut off or is no checkpoint; its
            parameters do not fit its own configuration, or are not finite.
    """
    path = checkpoint_path(path)
    with open_hdf5(path) as file, readable(path):
        if file.attrs.get("format") != FORMAT:
            raise InputError(
                f"{path} is an HDF5 file, but not a checkpoint that this version of `captioning train` wrote."
            )
        try:
            tree = _read_tree(file)
            checkpoint = Checkpoint(
                config=_from_dict(TrainingConfig, json.loads(file.attrs["config"])),
                idx_to_word=[word.decode() for word in tree["idx_to_word"]],
                captions_checksum=tree["captions_checksum"],
                standardization=Standardization(**tree["standardization"]),
                encoder=json.loads(file.attrs["encoder"]),
                params=tree["params"],
                best_params=tree["best_params"],
                optimizer=tree["optimizer"],
                history=_from_dict(
                    History, {name: losses.tolist() for name, losses in tree["history"].items()}
                ),
            )
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise InputError(f"{path} is damaged: {error}. Train again.") from error
    _check_params(path, checkpoint)
    return checkpoint


def require_same_config(path: Path, stored: TrainingConfig, asked: dict[str, Any]) -> None:
    """Raise ``InputError`` unless a run was trained with the settings that are asked for now.

    Args:
        path: the checkpoint.
        stored: its configuration.
        asked: some fields of ``TrainingConfig``.
    """
    different = [
        f"{name.replace('_', ' ')} {getattr(stored, name)}, not {value}"
        for name, value in asked.items()
        if getattr(stored, name) != value
    ]
    if different:
        raise InputError(
            f"{path} is a run with {'; '.join(different)}. Leave these options out to go on with it, or "
            "begin another run with another --out."
        )


def _write_tree(group: h5py.Group, tree: dict[str, Any]) -> None:
    """Write dictionaries as groups, arrays as datasets, and the numbers of a group as one attribute.

    In the order of the alphabet, as HDF5 reads them back: equal trees are equal files, byte for byte.
    """
    numbers = {}
    for name, value in sorted(tree.items()):
        if isinstance(value, dict):
            _write_tree(group.create_group(name), value)
        elif isinstance(value, int | float):
            numbers[name] = value
        else:
            group[name] = value
    group.attrs["numbers"] = json.dumps(numbers)


def _read_tree(group: h5py.Group) -> dict[str, Any]:
    """Read what ``_write_tree`` wrote."""
    tree = json.loads(group.attrs["numbers"])
    for name, item in group.items():
        tree[name] = _read_tree(item) if isinstance(item, h5py.Group) else item[()]
    return tree


def _from_dict(cls: type[T], values: dict[str, Any]) -> T:
    """Make a dataclass; raise TypeError when a field is missing or unknown, whatever its default."""
    names = {field.name for field in fields(cls)}
    if set(values) != names:
        raise TypeError(f"expected {', '.join(sorted(names))}; got {', '.join(sorted(values))}")
    return cls(**values)


def _check_params(path: Path, checkpoint: Checkpoint) -> None:
    config = checkpoint.config
    model = build_model(config, checkpoint.idx_to_word, checkpoint.input_dim)
    expected = {name: value.shape for name, value in model.params.items()}
    for params in (checkpoint.params, checkpoint.best_params):
        shapes = {name: value.shape for name, value in params.items()}
        if shapes != expected:
            raise InputError(
                f"{path} is damaged: it holds parameters of shapes {shapes}; expected those of a "
                f"{config.cell} with hidden dim {config.hidden_dim}, {expected}. Train again."
            )
        for name, value in params.items():
            if not np.isfinite(value).all():
                raise InputError(
                    f"{path}: the parameter {name} holds NaN or infinity: this model says nothing. Train "
                    "again, with a lower learning rate if it was training that went wrong."
                )


def _difference(ours: list[str], theirs: list[str]) -> str:
    """Say in a few words how two vocabularies differ."""
    if len(ours) != len(theirs):
        return f"{len(ours)} words and {len(theirs)}"
    idx = next(idx for idx, (word, other) in enumerate(zip(ours, theirs, strict=True)) if word != other)
    return f"word {idx} is {ours[idx]!r} in the one and {theirs[idx]!r} in the other"
