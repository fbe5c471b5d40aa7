"""A small set of captions that a small captioner can learn in a second: coloured things that do something."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from captioning.data.coco_layout import (
    GRID_LAYER,
    SPECIAL_WORDS,
    features_file,
    write_captions_layout,
    write_features,
)
from captioning.hdf5 import seal
from captioning.layers import encode_captions
from captioning.training.callbacks import Callback
from captioning.training.checkpoint import Checkpoint
from captioning.training.config import TrainingConfig

COLOURS = ("red", "green", "blue", "black")
THINGS = ("boat", "dog", "kite", "tree")
VERBS = ("waits", "moves quickly", "shines")
FEATURES = 12
CONFIG = TrainingConfig(
    hidden_dim=24,
    wordvec_dim=12,
    learning_rate=2e-2,
    batch_size=16,
    epochs=3,
    weight_decay=0.0,
    feature_dropout=0.0,
)


@contextmanager
def silently(run: Checkpoint, n_captions: int) -> Iterator[Callback]:
    """Tell nothing about a training."""
    yield lambda run: None


@contextmanager
def edited(path: Path) -> Iterator[h5py.File]:
    """Change a file of ours on purpose: its checksum is brought up to date."""
    with h5py.File(path, "r+") as file:
        yield file
    seal(path)


def write_tiny_data(
    folder: Path, n_images: int = 40, seed: int = 0, words: tuple[str, ...] = (), **options: bool
) -> Path:
    """Write splits "train" and "val" of ``n_images`` images; return the folder.

    An image is a colour, a thing and a verb, which its caption names (it has the same one twice); its
    features are a noisy projection of these.
    """
    rng = np.random.default_rng(seed)
    idx_to_word = [*SPECIAL_WORDS, "a", *COLOURS, *THINGS, *sorted(set(" ".join(VERBS).split())), *words]
    word_to_idx = {word: idx for idx, word in enumerate(idx_to_word)}
    projection = rng.standard_normal((len(COLOURS) + len(THINGS) + len(VERBS), FEATURES))
    captions, features, urls = {}, {}, {}
    for split in ("train", "val"):
        attributes = [rng.integers(len(values), size=n_images) for values in (COLOURS, THINGS, VERBS)]
        one_hot = np.concatenate(
            [np.eye(len(v))[a] for v, a in zip((COLOURS, THINGS, VERBS), attributes, strict=True)], axis=1
        )
        features[split] = 5 + one_hot @ projection + 0.1 * rng.standard_normal((n_images, FEATURES))
        sentences = [
            ["a", COLOURS[colour], THINGS[thing], *VERBS[verb].split()]
            for colour, thing, verb in zip(*attributes, strict=True)
        ]
        encoded = encode_captions(sentences, word_to_idx, 8)
        captions[split] = np.repeat(encoded, 2, axis=0), np.repeat(np.arange(n_images), 2)
        urls[split] = [f"{split}/{n}.png" for n in range(n_images)]
    write_captions_layout(
        folder, captions=captions, features=features, idx_to_word=idx_to_word, urls=urls, **options
    )
    return folder


def write_tiny_grids(folder: Path) -> None:
    """Give tiny data without PCA grids as well: what an image shows stands in one of its four cells."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        with h5py.File(folder / features_file(split, pca_features=False)) as file:
            features = file["features"][:]
        grids = 5 + 0.1 * rng.standard_normal((*features.shape, 2, 2))
        row, column = rng.integers(2, size=(2, len(features)))
        grids[np.arange(len(features)), :, row, column] = features
        write_features(folder / features_file(split, False, GRID_LAYER), grids, np.float16)
