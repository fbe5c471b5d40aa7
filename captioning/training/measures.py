"""How well a captioner predicts captions that people wrote: loss and perplexity."""

import math
from typing import Any

import numpy as np

from captioning import layers
from captioning.data.coco_layout import NULL
from captioning.training.examples import Examples
from captioning.training.shards import Map

VALIDATION_BATCH = 250


def caption_loss(model: Any, examples: Examples, mapped: Map = map) -> tuple[float, float]:
    """Compute how well a captioner's model predicts captions, without learning from them.

    Args:
        model: a captioner's.
        examples: the captions and their images.
        mapped: what works on the minibatches, see ``threads``.

    Returns:
        loss: summed over time, averaged over the captions.
        perplexity: ``exp(-mean log-probability of a word)``, ``<END>`` included.
    """
    total, n_words = 0.0, 0
    # Captions of one length together: a minibatch takes as many steps as its longest has words.
    order = np.argsort((examples.captions != NULL).sum(axis=1), kind="stable")
    batches = [order[start : start + VALIDATION_BATCH] for start in range(0, len(order), VALIDATION_BATCH)]

    def measure(which: np.ndarray) -> tuple[float, int]:
        features, captions = examples.minibatch(which)
        log_probs = word_log_probs(model, features, captions)
        return -float(log_probs.sum(dtype=np.float64)), int((captions[:, 1:] != NULL).sum())

    for loss, words in mapped(measure, batches):
        total += loss
        n_words += words
    perplexity = math.exp(total / n_words) if total / n_words < 700 else math.inf
    return total / len(examples.captions), perplexity


def word_log_probs(model: Any, features: np.ndarray, captions: np.ndarray) -> np.ndarray:
    """Return the log-probability of each word of captions, given those before it.

    Args:
        model: a captioner's.
        features: ``(N, D)``, or grids ``(N, D, R, C)``, standardized.
        captions: ``(N, T)``, ``<START>`` words ``<END>`` ``<NULL>``...

    Returns:
        ``(N, T - 1)``; 0 for ``<NULL>``.
    """
    log_softmax = layers.log_softmax
    rows = np.arange(len(captions))
    state = model.start(features)
    log_probs = np.empty((len(captions), captions.shape[1] - 1), dtype=features.dtype)
    for t in range(captions.shape[1] - 1):
        logits, state = model.step(captions[:, t], state)
        log_probs[:, t] = log_softmax(logits)[rows, captions[:, t + 1]]
    return np.where(captions[:, 1:] != NULL, log_probs, 0)
