"""``cs231n.layers``: the fully connected and convolutional layers, dropout, and the losses."""

from typing import Any

import numpy as np

from captioning import layers
from captioning.cs231n.ours import absent, ours

__all__ = [
    "affine_backward",
    "affine_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "conv_backward_naive",
    "conv_forward_naive",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "max_pool_backward_naive",
    "max_pool_forward_naive",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "svm_loss",
]

_NO_NORMALISATION = "This course has no normalisation layers: neither VGG16 nor the captioners have any."

affine_forward = ours("affine_forward")
affine_backward = ours("affine_backward")
relu_forward = ours("relu_forward")
relu_backward = ours("relu_backward")
conv_backward_naive = ours("conv_backward_naive")
max_pool_forward_naive = ours("max_pool_forward", "max_pool_forward_naive")
max_pool_backward_naive = ours("max_pool_backward", "max_pool_backward_naive")
dropout_backward = ours("dropout_backward")
softmax_loss = ours("softmax_loss")
batchnorm_forward = absent("batchnorm_forward", _NO_NORMALISATION)
batchnorm_backward = absent("batchnorm_backward", _NO_NORMALISATION)
batchnorm_backward_alt = absent("batchnorm_backward_alt", _NO_NORMALISATION)
layernorm_forward = absent("layernorm_forward", _NO_NORMALISATION)
layernorm_backward = absent("layernorm_backward", _NO_NORMALISATION)
spatial_batchnorm_forward = absent("spatial_batchnorm_forward", _NO_NORMALISATION)
spatial_batchnorm_backward = absent("spatial_batchnorm_backward", _NO_NORMALISATION)
spatial_groupnorm_forward = absent("spatial_groupnorm_forward", _NO_NORMALISATION)
spatial_groupnorm_backward = absent("spatial_groupnorm_backward", _NO_NORMALISATION)


def conv_forward_naive(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, int]) -> Any:
    """Convolve; the biases may be integers, as those of the filters that the notebook makes by hand."""
    return layers.conv_forward_naive(x, w, np.asarray(b, dtype=w.dtype), conv_param)


def dropout_forward(x: np.ndarray, dropout_param: dict[str, Any]) -> Any:
    """Drop entries; with ``seed`` in ``dropout_param`` the same ones each time, else by ``np.random``."""
    seed = dropout_param.get("seed")
    rng = np.random if seed is None else np.random.RandomState(seed)
    return layers.dropout_forward(x, {"rng": rng} | dropout_param)


def svm_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Compute the hinge loss of several classes, averaged over the minibatch, and its gradient.

    ``loss = 1/N sum over n and j != y[n] of max(0, x[n, j] - x[n, y[n]] + 1)``

    Args:
        x: scores ``(N, C)``.
        y: the right classes ``(N,)``.

    Returns:
        loss, dx ``(N, C)``.
    """
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] -= dx.sum(axis=1)
    return float(margins.sum() / len(x)), dx / len(x)
