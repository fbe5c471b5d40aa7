"""A run from its beginning to its end, in one sitting or in several.

It can be stopped at any moment, by Ctrl-C or by ``kill -9``, and goes on from its last checkpoint to the same
final parameters, bit for bit (with the same number of threads).
"""

import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.photos.standardization import Standardization
from captioning.training.callbacks import Callback, bar, saving
from captioning.training.captioner import Captioner, build_model
from captioning.training.checkpoint import Checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.examples import training_examples
from captioning.training.loop import train
from captioning.training.randomness import INITIAL, SAMPLE, generator

# So many images tell the mean and the size of features well enough; COCO has 80 000.
STANDARDIZATION_IMAGES = 2000


def new_run(data: CaptionData, config: TrainingConfig) -> Checkpoint:
    """Return the checkpoint that a run begins with.

    Args:
        data: the captions and features, for the vocabulary and for the scale of the features.
        config: what is asked for.

    Raises:
        InputError: the features or the file of word vectors cannot be used.
    """
    rng = generator(config.seed, INITIAL)
    model = build_model(
        config.cell, data.idx_to_word, data.input_dim, config.wordvec_dim, config.hidden_dim, rng=rng
    )
    if config.word_vectors is not None:
        model.params["W_embed"] = _initial_word_vectors(config.word_vectors, model.params["W_embed"], data)
    captioner = Captioner(
        config.cell, data.idx_to_word, data.encoder, standardize(data, config), dict(model.params)
    )
    optimizer: dict[str, dict] = {name: {} for name in model.params}
    return Checkpoint(config, captioner, _captions_checksum(data), model.params, optimizer)


def is_run_of(run: Checkpoint, data: CaptionData, config: TrainingConfig) -> bool:
    """Tell whether a run was begun with this configuration and these data."""
    captioner = run.captioner
    return (
        run.config == config
        and captioner.idx_to_word == data.idx_to_word
        and run.captions_checksum == _captions_checksum(data)
        and captioner.standardization.mean.tobytes() == standardize(data, config).mean.tobytes()
    )


def train_run(
    run: Checkpoint,
    data: CaptionData,
    path: Path,
    *,
    save_every: float = 60.0,
    progress: Callable[[Checkpoint, int], AbstractContextManager[Callback]] = bar,
) -> None:
    """Train until the last epoch, from wherever the run is; ``run`` is changed in place.

    The checkpoint is written at the start, after every epoch and every ``save_every`` seconds. On Ctrl-C
    the step at hand is finished and the checkpoint written before ``KeyboardInterrupt`` goes on its way.

    Args:
        run: from ``new_run`` or ``load_checkpoint``.
        data: what the run was begun with.
        path: the checkpoint to write.
        save_every: seconds.
        progress: what tells about it, given the run and the number of captions to learn from; as ``bar``.

    Raises:
        InputError: the data do not fit the run; the loss is no longer a finite number; the checkpoint
            cannot be written. The last checkpoint stays as it was.
    """
    run.captioner.require_data(data)
    if _captions_checksum(data) != run.captions_checksum:
        raise InputError(
            f"the training captions in {data.folder} are not those that the run in {path} was begun with. "
            "Go on with those, or begin another run in another folder."
        )
    n_captions = len(training_examples(run, data)[0].captions)
    # What overflows is found by its result, and told in our words.
    with (
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),
        saving(run, path, save_every) as save,
        progress(run, n_captions) as show,
    ):
        train(run, data, [show, save])


def standardize(data: CaptionData, config: TrainingConfig) -> Standardization:
    """Return the standardization of training features, from a sample of the images."""
    rng = generator(config.seed, SAMPLE)
    rows = rng.permutation(data.n_images("train"))[:STANDARDIZATION_IMAGES]
    standardization = Standardization.of(data.features("train", rows))
    if standardization.scale == 0:
        raise InputError(
            f"{data.folder}: all training images have the same features, so there is nothing to tell them "
            "apart by. Make the features again."
        )
    return standardization


def _initial_word_vectors(file: str, W_embed: np.ndarray, data: CaptionData) -> np.ndarray:
    try:
        W_embed, n_found = layers.load_word_vectors(file, data.word_to_idx, W_embed)
    except ValueError as error:
        raise InputError(
            f"{file} cannot be used as word vectors: {error}. Expected lines of a word and its numbers, as "
            "many as --wordvec-dim says."
        ) from error
    if not n_found:
        raise InputError(f"{file} holds none of the {len(data.idx_to_word)} words of the vocabulary.")
    return W_embed


def _captions_checksum(data: CaptionData) -> int:
    return zlib.crc32(data.captions("train").tobytes())
