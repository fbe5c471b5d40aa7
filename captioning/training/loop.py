"""The loop that trains a captioner; what is done beside learning are its callbacks."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.training.callbacks import Callback, uninterrupted
from captioning.training.checkpoint import Checkpoint
from captioning.training.examples import epoch_minibatches, training_examples
from captioning.training.measures import caption_loss
from captioning.training.randomness import DROPOUT, generator
from captioning.training.shards import Map, sharded_loss, threads


@cache
def layer(name: str) -> Any:
    """Return a layer, looked up once: whether a file has changed is not asked for each minibatch."""
    return getattr(layers, name)


def train(run: Checkpoint, data: CaptionData, callbacks: Sequence[Callback] = ()) -> None:
    """Train until the last epoch, from wherever the run is; ``run`` is changed in place.

    Raises:
        InputError: the loss is no longer a finite number.
    """
    model, config = run.model(), run.config
    examples, val_examples = training_examples(run, data)
    per_epoch = config.minibatches_per_epoch(len(examples.captions))
    with threads(config.shards) as mapped:
        for epoch in range(run.epoch, config.epochs):
            minibatches = epoch_minibatches(examples.captions, config, epoch)
            # A run that was interrupted goes on in the middle of an epoch.
            for which in minibatches[run.iteration - epoch * per_epoch :]:
                features, captions = examples.minibatch(which)
                step(run, model, features, captions, n_steps=config.epochs * per_epoch, mapped=mapped)
                for callback in callbacks:
                    callback(run)
            val_loss, val_perplexity = caption_loss(model, val_examples, mapped)
            end_epoch(run, [len(which) for which in minibatches], val_loss, val_perplexity)
            for callback in callbacks:
                callback(run)


def step(
    run: Checkpoint,
    model: Any,
    features: np.ndarray,
    captions: np.ndarray,
    *,
    n_steps: int,
    mapped: Map = map,
) -> None:
    """Learn from one minibatch.

    Args:
        run: the parameters, the optimizer's memory and the history are updated.
        model: a model with these parameters.
        features: ``(B, D)``, or grids ``(B, D, R, C)``.
        captions: ``(B, T)``.
        n_steps: minibatches of the whole run, for the learning rate.
        mapped: what works on the shards of the minibatch, and on the parameters; see ``threads``.

    Raises:
        InputError: the loss or the gradient is not finite; nothing has been updated then.
    """
    config = run.config
    if config.feature_dropout:
        rng = generator(config.seed, DROPOUT, run.iteration)
        features, _ = layer("dropout_forward")(
            features, {"mode": "train", "p": 1 - config.feature_dropout, "rng": rng}
        )
    loss, grads = sharded_loss(model, features, captions, config.shards, mapped)
    grads, norm = layer("clip_gradients")(grads, config.clip_norm)
    run.require_finite(math.isfinite(loss) and math.isfinite(norm))
    rate = layer("cosine_learning_rate")(run.iteration, n_steps, config.learning_rate)
    update = layer(config.optimizer)

    def updated(name: str) -> Any:
        value, memory = run.params[name], run.optimizer[name] | {"learning_rate": rate}
        if value.ndim > 1:
            value = value * (1 - config.weight_decay * rate)
        return update(value, grads[name], memory)

    with uninterrupted():
        for name, (value, memory) in zip(grads, mapped(updated, grads), strict=True):
            run.params[name], run.optimizer[name] = value, memory
        run.history.minibatch_loss.append(float(loss))


def end_epoch(run: Checkpoint, sizes: Sequence[int], val_loss: float, val_perplexity: float) -> None:
    """Note how an epoch went, and keep the parameters when they are the best so far.

    Args:
        run: its history and its captioner are updated.
        sizes: of the minibatches of the epoch.
        val_loss, val_perplexity: see ``caption_loss``.

    Raises:
        InputError: the validation loss is not finite.
    """
    run.require_finite(math.isfinite(val_loss))
    losses = run.history.minibatch_loss[-len(sizes) :]
    with uninterrupted():
        run.history.iterations.append(run.iteration)
        run.history.train_loss.append(float(np.average(losses, weights=sizes)))
        run.history.val_perplexity.append(val_perplexity)
        run.history.val_loss.append(val_loss)
        if run.best_epoch == run.epoch:
            run.captioner = replace(run.captioner, params=dict(run.params))
