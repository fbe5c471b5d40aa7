"""``cs231n.layer_utils``: layers that follow each other as one, with a cache for each."""

from typing import Any

import numpy as np

from captioning.cs231n.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from captioning.cs231n.layers import affine_backward, affine_forward, relu_backward, relu_forward

__all__ = [
    "affine_relu_backward",
    "affine_relu_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]


def affine_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Any:
    """Return ``relu(affine(x))`` ``(N, M)`` and a cache."""
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: np.ndarray, cache: Any) -> Any:
    """Return dx, dw, db of ``affine_relu_forward``."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def conv_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, int]) -> Any:
    """Return ``relu(conv(x))`` ``(N, F, H_out, W_out)`` and a cache."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout: np.ndarray, cache: Any) -> Any:
    """Return dx, dw, db of ``conv_relu_forward``."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)


def conv_relu_pool_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, int], pool_param: dict[str, int]
) -> Any:
    """Return ``max_pool(relu(conv(x)))`` and a cache."""
    a, conv_relu_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward_fast(a, pool_param)
    return out, (conv_relu_cache, pool_cache)


def conv_relu_pool_backward(dout: np.ndarray, cache: Any) -> Any:
    """Return dx, dw, db of ``conv_relu_pool_forward``."""
    conv_relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), conv_relu_cache)
