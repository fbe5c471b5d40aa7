"""Training a captioner: minibatches, update rule, validation, checkpoints.

A run can be stopped at any moment, by Ctrl-C or by ``kill -9``, and goes on from its last checkpoint
to the same final parameters, bit for bit (with the same number of threads).
"""

import math
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from captioning.data.coco_layout import NULL, CaptionData
from captioning.errors import InputError
from captioning.layers import (
    CaptioningRNN,
    adam,
    clip_gradients,
    cosine_learning_rate,
    dropout_forward,
    load_word_vectors,
    log_softmax,
    rmsprop,
    sgd_momentum,
)
from captioning.training.checkpoint import (
    Checkpoint,
    Standardization,
    TrainingConfig,
    build_model,
    save_checkpoint,
)

OPTIMIZERS = {"sgd_momentum": sgd_momentum, "rmsprop": rmsprop, "adam": adam}
# What random numbers are for. With the seed and a position they make a generator of their own, so that
# a resumed run draws what an uninterrupted one does.
INITIAL, ORDER, DROPOUT, SUBSET, SHUFFLE, SAMPLE = range(6)
VALIDATION_BATCH = 250
# Of so many minibatches' captions, those of about one length are read together.
POOL = 8
# So many images tell the mean and the size of features well enough; COCO has 80 000.
STANDARDIZATION_IMAGES = 2000


class ShuffledFeatures(CaptionData):
    """The same captions, each beside the features of another image.

    What a model still learns from them is language: the difference to the true features is what it sees.
    """

    def __init__(self, folder: Path, *, pca_features: bool = True, seed: int = 0) -> None:
        super().__init__(folder, pca_features=pca_features)
        self._permutations = {
            split: generator(seed, SHUFFLE, number).permutation(self.n_images(split))
            for number, split in enumerate(self.splits)
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

    def minibatch(self, which: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray]:
        """Return the features ``(B, D)`` and the captions ``(B, T')`` of some examples.

        ``T'`` is the length of the longest of these captions: columns of ``<NULL>`` alone are dropped.
        """
        captions = self.captions[which]
        features = self.data.features(self.split, self.rows[which])
        length = int((captions != NULL).any(axis=0).sum())
        return self.standardization.apply(features), captions[:, :length]


def generator(seed: int, purpose: int, position: int = 0) -> np.random.Generator:
    """Return the generator for one purpose at one position of a run."""
    return np.random.default_rng((seed, purpose, position))


def open_data(folder: Path, config: TrainingConfig) -> CaptionData:
    """Open the data as a configuration asks for them.

    Raises:
        InputError: they cannot be used.
    """
    if config.shuffle_features:
        return ShuffledFeatures(folder, pca_features=config.pca_features, seed=config.seed)
    return CaptionData(folder, pca_features=config.pca_features)


def new_run(
    data: CaptionData, config: TrainingConfig, encoder: dict[str, object] | None = None
) -> Checkpoint:
    """Return the checkpoint that a run begins with.

    Args:
        data: the captions and features, for the vocabulary and for the scale of the features.
        config: what is asked for.
        encoder: how the features were computed.

    Raises:
        InputError: the features or the file of word vectors cannot be used.
    """
    model = build_model(config, data.idx_to_word, data.input_dim, generator(config.seed, INITIAL))
    if config.word_vectors is not None:
        model.params["W_embed"] = _initial_word_vectors(config.word_vectors, model.params["W_embed"], data)
    return Checkpoint(
        config=config,
        idx_to_word=data.idx_to_word,
        captions_checksum=_captions_checksum(data),
        standardization=_standardization(data, generator(config.seed, SAMPLE)),
        encoder=encoder,
        params=model.params,
        best_params=dict(model.params),
        optimizer={name: {} for name in model.params},
    )


def split_examples(run: Checkpoint, data: CaptionData, split: str) -> Examples:
    """Return all captions of a split, with features as the run's model takes them."""
    return Examples(data, split, data.captions(split), data.image_idxs(split), run.standardization)


def training_examples(run: Checkpoint, data: CaptionData) -> tuple[Examples, Examples]:
    """Return the examples to learn from and those to validate on.

    With ``max_captions`` they are the same few: how well they are known by heart is then the question.

    Raises:
        InputError: the data have no split "train" or "val".
    """
    examples = split_examples(run, data, "train")
    if run.config.max_captions is None:
        return examples, split_examples(run, data, "val")
    chosen = generator(run.config.seed, SUBSET).permutation(len(examples.captions))[: run.config.max_captions]
    few = examples._replace(captions=examples.captions[chosen], rows=examples.rows[chosen])
    return few, few


def train(
    run: Checkpoint, data: CaptionData, path: Path, *, save_every: float = 60.0, progress: bool = True
) -> None:
    """Train until the last epoch, from wherever the run is; ``run`` is changed in place.

    The checkpoint is written at the start, after every epoch and every ``save_every`` seconds. On Ctrl-C
    the step at hand is finished and the checkpoint written before ``KeyboardInterrupt`` goes on its way.

    Args:
        run: from ``new_run`` or ``load_checkpoint``.
        data: what the run was begun with.
        path: the checkpoint to write.
        save_every: seconds.
        progress: whether to tell about it on stderr: a bar, and a line for each epoch.

    Raises:
        InputError: the data do not fit the run; the loss is no longer a finite number; the checkpoint
            cannot be written. The last checkpoint stays as it was.
    """
    run.require_data(data)
    if _captions_checksum(data) != run.captions_checksum:
        raise InputError(
            f"the training captions in {data.folder} are not those that the run in {path} was begun with. "
            "Go on with those, or begin another run in another folder."
        )
    examples, val_examples = training_examples(run, data)
    config = run.config
    n_captions = config.captions_per_epoch(len(examples.captions))
    per_epoch = config.minibatches_per_epoch(len(examples.captions))
    model = build_model(config, run.idx_to_word, run.input_dim)
    model.params = run.params
    for half_written in path.parent.glob(f".{path.name}.*.part"):  # by a run that was killed
        half_written.unlink()
    next_save = _save(path, run) + save_every
    n_seen_in_epoch = min((run.iteration - run.epoch * per_epoch) * config.batch_size, n_captions)
    try:
        # What overflows is found by its result, and told in our words.
        with (
            np.errstate(over="ignore", invalid="ignore", divide="ignore"),
            tqdm(
                total=config.epochs * n_captions,
                initial=run.epoch * n_captions + n_seen_in_epoch,
                desc=config.cell,
                unit=" captions",
                leave=False,
                # Without a terminal there is no bar, only the lines.
                disable=None if progress else True,
            ) as bar,
        ):
            for epoch in range(run.epoch, config.epochs):
                minibatches = epoch_minibatches(examples.captions, config, epoch)
                for which in minibatches[run.iteration - epoch * per_epoch :]:
                    step(run, model, *examples.minibatch(which), total=config.epochs * per_epoch)
                    bar.set_postfix(loss=f"{np.mean(run.history.minibatch_loss[-100:]):.2f}", refresh=False)
                    bar.update(len(which))
                    if time.monotonic() > next_save:
                        next_save = _save(path, run) + save_every
                end_epoch(run, model, n_captions, val_examples)
                next_save = _save(path, run) + save_every
                if progress:
                    bar.write(epoch_line(run), file=sys.stderr)
    except KeyboardInterrupt:
        with uninterrupted():
            _save(path, run)
        raise


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


def step(
    run: Checkpoint, model: CaptioningRNN, features: np.ndarray, captions: np.ndarray, *, total: int
) -> None:
    """Learn from one minibatch.

    Args:
        run: the parameters, the optimizer's memory and the history are updated.
        model: a captioner with these parameters.
        features: ``(B, D)``.
        captions: ``(B, T)``.
        total: minibatches of the whole run, for the learning rate.

    Raises:
        InputError: the loss or the gradient is not finite; nothing has been updated then.
    """
    config = run.config
    if config.feature_dropout:
        rng = generator(config.seed, DROPOUT, run.iteration)
        features, _ = dropout_forward(
            features, {"mode": "train", "p": 1 - config.feature_dropout, "rng": rng}
        )
    loss, grads = model.loss(features, captions)
    grads, norm = clip_gradients(grads, config.clip_norm)
    _require_finite(run, math.isfinite(loss) and math.isfinite(norm))
    learning_rate = cosine_learning_rate(run.iteration, total, config.learning_rate)
    update = OPTIMIZERS[config.optimizer]
    with uninterrupted():
        for name, grad in grads.items():
            value, memory = run.params[name], run.optimizer[name] | {"learning_rate": learning_rate}
            if value.ndim > 1:
                value = value * (1 - config.weight_decay * learning_rate)
            run.params[name], run.optimizer[name] = update(value, grad, memory)
        run.history.minibatch_loss.append(float(loss))


def end_epoch(run: Checkpoint, model: CaptioningRNN, n_captions: int, val_examples: Examples) -> None:
    """Validate, and keep the parameters when they are the best so far.

    Raises:
        InputError: the validation loss is not finite.
    """
    val_loss, val_perplexity = caption_loss(model, val_examples)
    _require_finite(run, math.isfinite(val_loss))
    first = run.history.iterations[-1] if run.history.iterations else 0
    losses = np.array(run.history.minibatch_loss[first:])
    sizes = np.full(len(losses), run.config.batch_size)
    sizes[-1] = n_captions - sizes[:-1].sum()
    with uninterrupted():
        run.history.iterations.append(run.iteration)
        run.history.train_loss.append(float(np.average(losses, weights=sizes)))
        run.history.val_perplexity.append(val_perplexity)
        run.history.val_loss.append(val_loss)
        if run.best_epoch == run.epoch:
            run.best_params = dict(run.params)


def caption_loss(model: CaptioningRNN, examples: Examples) -> tuple[float, float]:
    """Compute how well a captioner predicts captions, without learning from them.

    Returns:
        loss: summed over time, averaged over the captions.
        perplexity: ``exp(-mean log-probability of a word)``, ``<END>`` included.
    """
    total, n_words = 0.0, 0
    for start in range(0, len(examples.captions), VALIDATION_BATCH):
        features, captions = examples.minibatch(slice(start, start + VALIDATION_BATCH))
        log_probs = word_log_probs(model, features, captions)
        total -= float(log_probs.sum(dtype=np.float64))
        n_words += int((captions[:, 1:] != NULL).sum())
    perplexity = math.exp(total / n_words) if total / n_words < 700 else math.inf
    return total / len(examples.captions), perplexity


def word_log_probs(model: CaptioningRNN, features: np.ndarray, captions: np.ndarray) -> np.ndarray:
    """Return the log-probability of each word of captions, given those before it.

    Args:
        model: a captioner.
        features: ``(N, D)``, standardized.
        captions: ``(N, T)``, ``<START>`` words ``<END>`` ``<NULL>``...

    Returns:
        ``(N, T - 1)``; 0 for ``<NULL>``.
    """
    rows = np.arange(len(captions))
    state = model.start(features)
    log_probs = np.empty((len(captions), captions.shape[1] - 1), dtype=features.dtype)
    for t in range(captions.shape[1] - 1):
        logits, state = model.step(captions[:, t], state)
        log_probs[:, t] = log_softmax(logits)[rows, captions[:, t + 1]]
    return np.where(captions[:, 1:] != NULL, log_probs, 0)


def epoch_line(run: Checkpoint) -> str:
    """Describe the last complete epoch in a line."""
    history = run.history
    best = "  (best so far)" if run.best_epoch == run.epoch else ""
    return (
        f"epoch {run.epoch} of {run.config.epochs}: training loss {history.train_loss[-1]:.2f}, validation "
        f"loss {history.val_loss[-1]:.2f}, perplexity {history.val_perplexity[-1]:.2f}{best}"
    )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done, so that what it changes is changed as a whole."""
    if threading.current_thread() is not threading.main_thread():
        # Python delivers Ctrl-C to the main thread only.
        yield
        return
    pressed = False

    def wait(signum: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True

    previous = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if pressed:
        raise KeyboardInterrupt


def _save(path: Path, run: Checkpoint) -> float:
    """Write the checkpoint, unless it is worthless; return the time."""
    _require_finite(run, all(np.isfinite(value).all() for value in run.params.values()))
    save_checkpoint(path, run)
    return time.monotonic()


def _standardization(data: CaptionData, rng: np.random.Generator) -> Standardization:
    rows = rng.permutation(data.n_images("train"))[:STANDARDIZATION_IMAGES]
    features = data.features("train", rows).astype(np.float64)
    mean = features.mean(axis=0)
    scale = float(np.sqrt(((features - mean) ** 2).mean()))
    if scale == 0:
        raise InputError(
            f"{data.folder}: all training images have the same features, so there is nothing to tell them "
            "apart by. Make the features again."
        )
    return Standardization(mean.astype(np.float32), scale)


def _initial_word_vectors(file: str, W_embed: np.ndarray, data: CaptionData) -> np.ndarray:
    try:
        W_embed, n_found = load_word_vectors(file, data.word_to_idx, W_embed)
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


def _require_finite(run: Checkpoint, finite: bool) -> None:
    if not finite:
        raise InputError(
            f"the training went astray: after {run.iteration} minibatches, in epoch {run.epoch + 1}, the "
            "loss, its gradient or the parameters are no finite numbers. The learning rate of "
            f"{run.config.learning_rate:g} is probably too high: begin again with a tenth of it, in another "
            "folder. The last checkpoint is as it was."
        )
