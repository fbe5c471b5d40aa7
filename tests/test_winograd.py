"""VGG16 for many photos computes what the layers compute."""

import numpy as np
import pytest

from captioning.layers import conv_forward, max_pool_forward, vgg16_forward, vgg16_init, vgg16_preprocess
from captioning.photos.winograd import FastVGG16, conv_relu, direct_conv_relu, max_pool, winograd_filters


def closeness(actual: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, as a share of the largest value."""
    return float(abs(actual - expected).max() / abs(expected).max())


@pytest.mark.parametrize(
    ("N", "H", "W", "C", "F"), [(1, 4, 4, 1, 1), (2, 9, 14, 5, 3), (3, 1, 7, 2, 8), (5, 33, 30, 16, 7)]
)
def test_a_convolution_by_either_way(N: int, H: int, W: int, C: int, F: int) -> None:
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((N, C, H, W), (F, C, 3, 3), (F,)))
    expected = np.maximum(conv_forward(x, w, b, {"stride": 1, "pad": 1})[0], 0).transpose(0, 2, 3, 1)
    pictures = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    assert closeness(conv_relu(pictures, winograd_filters(w), b), expected) < 1e-5
    flat = w.transpose(2, 3, 1, 0).reshape(9 * C, F)
    assert closeness(direct_conv_relu(pictures, flat, b), expected) < 2e-6


@pytest.mark.parametrize(("H", "W"), [(4, 6), (7, 5)])
def test_pooling(H: int, W: int) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, H, W)).astype(np.float32)
    expected, _ = max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    np.testing.assert_array_equal(max_pool(x.transpose(0, 2, 3, 1)), expected.transpose(0, 2, 3, 1))


@pytest.mark.parametrize(("N", "size"), [(1, 32), (9, 64), (3, 70)])
def test_the_whole_network(N: int, size: int) -> None:
    rng = np.random.default_rng(0)
    params = vgg16_init(rng, width=1 / 8, image_size=size, fc_dim=48, n_classes=2)
    pictures = rng.integers(0, 256, (N, size, size, 3), dtype=np.uint8)
    kept = {name: array.copy() for name, array in params.items()}
    network = FastVGG16(params)
    features = network.features(pictures)
    assert features.dtype == np.float32
    assert closeness(features, vgg16_forward(vgg16_preprocess(pictures), params)) < 1e-5
    np.testing.assert_array_equal(network.features(pictures), features)
    for name, array in kept.items():
        np.testing.assert_array_equal(params[name], array)
