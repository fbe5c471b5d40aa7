"""What a run learns from, and in which minibatches."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from captioning.data.coco_layout import GRID_LAYER, NULL, CaptionData
from captioning.photos.standardization import Standardization
from captioning.training.captioner import Captioner
from captioning.training.checkpoint import Checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.randomness import ORDER, SHUFFLE, SUBSET, VALIDATION, generator

# Of so many minibatches' captions, those of about one length are read together.
POOL = 8
# The splits that a run on grids of features reads.
GRID_SPLITS = ("train", "val")


class ShuffledFeatures(CaptionData):
    """The same captions, each beside the features of another image.

    What a model still learns from them is language: the difference to the true features is what it sees.
    """

    def __init__(self, folder: Path, *, seed: int = 0, **features: Any) -> None:
        super().__init__(folder, **features)
        self._permutations = {
            split: generator(seed, SHUFFLE, number).permutation(self.n_images(split))
            for number, split in enumerate(self.splits)
            if split in self.opened
        }

    def features(self, split: str, rows: np.ndarray) -> np.ndarray:
        """Read the features of other images; see ``CaptionData.features``."""
        return super().features(split, self._permutations[split][rows])


class Examples(NamedTuple):
    """Captions of a split, or some of them, with the means to get the features of their images.

    Attributes:
        data, split: where they come from.
        captions: ``(K, T)`` int32.
        rows: ``(K,)``, the row of the features that each caption describes.
        standardization: what is done to the features.
    """

    data: CaptionData
    split: str
    captions: np.ndarray
    rows: np.ndarray
    standardization: Standardization

    def some(self, n_captions: int, rng: np.random.Generator) -> "Examples":
        """Return at most so many of the captions, drawn by lot."""
        chosen = rng.permutation(len(self.captions))[:n_captions]
        return self._replace(captions=self.captions[chosen], rows=self.rows[chosen])

    def minibatch(self, which: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray]:
        """Return the features ``(B, D)``, or ``(B, D, R, C)``, and the captions ``(B, T')`` of some examples.

        ``T'`` is the length of the longest of these captions: columns of ``<NULL>`` alone are dropped.
        """
        captions = self.captions[which]
        features = self.data.features(self.split, self.rows[which])
        length = int((captions != NULL).any(axis=0).sum())
        return self.standardization.apply(features), captions[:, :length]


def open_data(folder: Path, config: TrainingConfig) -> CaptionData:
    """Open the data that a configuration asks for.

    Raises:
        InputError: they cannot be used.
    """
    # Grids are made for those that ask.
    only = GRID_SPLITS if config.layer == GRID_LAYER else None
    features: dict[str, Any] = {"pca_features": config.pca_features, "layer": config.layer, "only": only}
    if config.shuffle_features:
        return ShuffledFeatures(folder, seed=config.seed, **features)
    return CaptionData(folder, **features)


def split_examples(captioner: Captioner, data: CaptionData, split: str) -> Examples:
    """Return all captions of a split, with features as the captioner's model takes them."""
    return Examples(data, split, data.captions(split), data.image_idxs(split), captioner.standardization)


def training_examples(run: Checkpoint, data: CaptionData) -> tuple[Examples, Examples]:
    """Return the examples to learn from and those to validate on after each epoch.

    With ``max_captions`` they are the same few: how well they are known by heart is then the question.
    With ``val_captions`` the latter are some of all.

    Raises:
        InputError: the data have no split "train" or "val".
    """
    examples = split_examples(run.captioner, data, "train")
    config = run.config
    if config.max_captions is not None:
        few = examples.some(config.max_captions, generator(config.seed, SUBSET))
        return few, few
    val_examples = split_examples(run.captioner, data, "val")
    if config.val_captions is not None:
        val_examples = val_examples.some(config.val_captions, generator(config.seed, VALIDATION))
    return examples, val_examples


def epoch_minibatches(captions: np.ndarray, config: TrainingConfig, epoch: int) -> list[np.ndarray]:
    """Draw the minibatches of an epoch; each holds captions of about one length, and so little padding.

    A minibatch takes as many steps in time as its longest caption. So the captions, in an order drawn by lot,
    are sorted by length within pools of ``POOL`` minibatches, and the minibatches then drawn by lot again.

    Args:
        captions: ``(K, T)``, all there are.
        config: the size of a minibatch, the number of captions, and the seed.
        epoch: its number; the same epoch of a run always draws the same.

    Returns:
        Arrays ``(B,)`` of rows of ``captions``, all of one size but for the last.
    """
    rng = generator(config.seed, ORDER, epoch)
    order = rng.permutation(len(captions))[: config.captions_per_epoch(len(captions))]
    lengths = (captions != NULL).sum(axis=1)
    pool = POOL * config.batch_size
    pools = [order[start : start + pool] for start in range(0, len(order), pool)]
    order = np.concatenate([rows[np.argsort(lengths[rows], kind="stable")] for rows in pools])
    minibatches = [
        order[start : start + config.batch_size] for start in range(0, len(order), config.batch_size)
    ]
    # What is left over comes last: where a run goes on is told by counting whole minibatches.
    n_whole = len(order) // config.batch_size
    return [minibatches[n] for n in rng.permutation(n_whole)] + minibatches[n_whole:]
