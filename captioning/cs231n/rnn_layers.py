"""``cs231n.rnn_layers``: what a captioner is made of."""

from typing import Any

import numpy as np

from captioning import layers
from captioning.cs231n.ours import ours

__all__ = [
    "lstm_backward",
    "lstm_forward",
    "lstm_step_backward",
    "lstm_step_forward",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "sigmoid",
    "temporal_affine_backward",
    "temporal_affine_forward",
    "temporal_softmax_loss",
    "word_embedding_backward",
    "word_embedding_forward",
]

rnn_step_forward = ours("rnn_step_forward")
rnn_step_backward = ours("rnn_step_backward")
rnn_forward = ours("rnn_forward")
rnn_backward = ours("rnn_backward")
word_embedding_forward = ours("word_embedding_forward")
word_embedding_backward = ours("word_embedding_backward")
lstm_step_forward = ours("lstm_step_forward")
lstm_step_backward = ours("lstm_step_backward")
lstm_forward = ours("lstm_forward")
lstm_backward = ours("lstm_backward")
temporal_affine_forward = ours("temporal_affine_forward")
temporal_affine_backward = ours("temporal_affine_backward")


def sigmoid(x: np.ndarray) -> Any:
    """Return ``1 / (1 + exp(-x))``, by the hyperbolic tangent, which never overflows."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def temporal_softmax_loss(x: np.ndarray, y: np.ndarray, mask: np.ndarray, verbose: bool = False) -> Any:
    """Return the loss, summed over time and averaged over the minibatch, and its gradient.

    Args:
        x, y, mask: as ``captioning.layers.temporal_softmax_loss`` takes them.
        verbose: print the shape of the gradient.
    """
    loss, dx = layers.temporal_softmax_loss(x, y, mask)
    if verbose:
        print("dx:", dx.shape)
    return loss, dx
