"""Convolution and pooling at every stride, padding and size; ``im2col`` and ``col2im`` as a pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions import convolution
from solutions.convolution import (
    col2im,
    conv_backward,
    conv_backward_naive,
    conv_forward,
    conv_forward_naive,
    im2col,
    max_pool_forward,
)


@st.composite
def convolutions(draw):
    """Draw images, filters, biases, stride and padding that fit together."""
    N, C, F, HH, WW = (draw(st.integers(1, 3)) for _ in range(5))
    stride, pad = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    H = draw(st.integers(max(1, HH - 2 * pad), 6))
    W = draw(st.integers(max(1, WW - 2 * pad), 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    x, w, b = (rng.standard_normal(shape) for shape in [(N, C, H, W), (F, C, HH, WW), (F,)])
    return x, w, b, {"stride": stride, "pad": pad}


def assert_same_as_naive(x, w, b, conv_param):
    out, cache = conv_forward(x, w, b, conv_param)
    naive_out, naive_cache = conv_forward_naive(x, w, b, conv_param)
    np.testing.assert_allclose(out, naive_out, rtol=1e-12, atol=1e-12)
    dout = np.random.default_rng(0).standard_normal(out.shape)
    grads = zip(conv_backward(dout, cache), conv_backward_naive(dout, naive_cache), strict=True)
    for fast, naive in grads:
        np.testing.assert_allclose(fast, naive, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@settings(deadline=None)
@given(convolutions())
def test_fast_convolution_is_the_naive_one(drawn):
    assert_same_as_naive(*drawn)


@pytest.mark.parametrize("block_bytes", [1, 7000, 10**9])
def test_the_size_of_a_block_makes_no_difference(monkeypatch, block_bytes):
    monkeypatch.setattr(convolution, "BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape) for shape in [(7, 2, 6, 5), (4, 2, 3, 3), (4,)])
    assert_same_as_naive(x, w, b, {"stride": 1, "pad": 1})


@pytest.mark.slow
@settings(deadline=None)
@given(convolutions())
def test_col2im_is_the_transpose_of_im2col(drawn):
    x, w, _, conv_param = drawn
    window = (*w.shape[2:], conv_param["stride"], conv_param["pad"])
    cols = im2col(x, *window)
    c = np.random.default_rng(1).standard_normal(cols.shape)
    image = col2im(c, x.shape, *window)
    assert image.shape == x.shape
    np.testing.assert_allclose((cols * c).sum(), (x * image).sum(), rtol=1e-9, atol=1e-9)


def test_columns_run_as_documented():
    x = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5)
    cols = im2col(x, 2, 3)
    assert cols.shape == (3 * 2 * 3, 2 * 3 * 3)
    image, i, j, channel, p, q = 1, 2, 1, 2, 1, 2
    row, column = (channel * 2 + p) * 3 + q, (image * 3 + i) * 3 + j
    assert cols[row, column] == x[image, channel, i + p, j + q]


@pytest.mark.slow
@settings(deadline=None)
@given(convolutions())
def test_pooling_by_a_loop(drawn):
    x, w, _, conv_param = drawn
    height, width = (min(size, window) for size, window in zip(x.shape[2:], w.shape[2:], strict=True))
    stride = conv_param["stride"]
    out, _ = max_pool_forward(x, {"pool_height": height, "pool_width": width, "stride": stride})
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        assert out[n, c, i, j] == window.max()
    assert out.shape[2:] == tuple(
        1 + (size - window) // stride for size, window in zip(x.shape[2:], (height, width), strict=True)
    )


@pytest.mark.parametrize("forward", [conv_forward, conv_forward_naive])
def test_a_window_larger_than_the_image_is_refused(forward):
    with pytest.raises(ValueError, match="a window of 5 does not fit into 2 pixels with padding 1"):
        forward(np.ones((1, 1, 2, 9)), np.ones((1, 1, 5, 3)), np.ones(1), {"stride": 1, "pad": 1})


def test_columns_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"cols has shape \(4, 5\), expected \(4, 4\)"):
        col2im(np.ones((4, 5)), (1, 1, 3, 3), 2, 2)
