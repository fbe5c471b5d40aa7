"""Convolution and max pooling over images ``(N, C, H, W)``.

A convolution is one matrix product once every patch under the filter stands in a column of its own:
``im2col`` lays the patches out, ``col2im`` is its transpose and adds them back. Convolution here is
what deep learning calls by that name, a cross-correlation: the filter is not flipped.

Source: K. Chellapilla, S. Puri, P. Simard, “High Performance Convolutional Neural Networks for
Document Processing”, 2006, section 3.
"""

import numpy as np

from solutions.shapes import require_shape, shapes

# Patches are laid out for a few images at a time: enough to fill a matrix product, few enough for
# the columns to stay in the processor's cache until the product has read them.
BLOCK_BYTES = 2 * 2**20


def _output_size(size, window, stride, pad=0):
    """Return how many windows fit along an axis; a remainder at the far border is left out."""
    if size + 2 * pad < window:
        raise ValueError(f"a window of {window} does not fit into {size} pixels with padding {pad}")
    return 1 + (size + 2 * pad - window) // stride


def _window_slices(p, q, stride, H_out, W_out):
    """Return the rows and columns of the pixels that stand at place ``(p, q)`` of every window."""
    return slice(p, p + stride * H_out, stride), slice(q, q + stride * W_out, stride)


@shapes(x="N C H W", w="F C HH WW", b="F")
def conv_forward_naive(x, w, b, conv_param):
    """Convolve by the definition, one output pixel at a time.

    ``out[n, f, i, j] = b[f] + sum over c, p, q of w[f, c, p, q] * x_padded[n, c, i*stride+p, j*stride+q]``

    Args:
        x: images ``(N, C, H, W)``.
        w: filters ``(F, C, HH, WW)``.
        b: biases ``(F,)``.
        conv_param: ``{"stride": int, "pad": int}``; ``pad`` zeros are set around each image.

    Returns:
        out: ``(N, F, 1 + (H + 2*pad - HH) // stride, 1 + (W + 2*pad - WW) // stride)``.
        cache: what ``conv_backward_naive`` (and ``conv_backward``) needs.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    out = np.empty((N, F, H_out, W_out), dtype=np.result_type(x, w))
    ### BEGIN SOLUTION
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for i in range(H_out):
        for j in range(W_out):
            patch = x_padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            for f in range(F):
                out[:, f, i, j] = (patch * w[f]).sum(axis=(1, 2, 3)) + b[f]
    ### END SOLUTION
    return out, (x, w, conv_param)


def conv_backward_naive(dout, cache):
    """Return the gradients of ``conv_forward_naive``, one output pixel at a time.

    Args:
        dout: upstream gradient, of the shape of ``out``.
        cache: from ``conv_forward_naive`` or ``conv_forward``.

    Returns:
        dx ``(N, C, H, W)``, dw ``(F, C, HH, WW)``, db ``(F,)``.
    """
    x, w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    require_shape("dout", dout, (N, F, H_out, W_out))
    ### BEGIN SOLUTION
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_padded = np.zeros_like(x_padded)
    dw = np.zeros_like(w)
    for i in range(H_out):
        for j in range(W_out):
            rows = slice(i * stride, i * stride + HH)
            columns = slice(j * stride, j * stride + WW)
            for f in range(F):
                upstream = dout[:, f, i, j][:, None, None, None]
                dw[f] += (x_padded[:, :, rows, columns] * upstream).sum(axis=0)
                dx_padded[:, :, rows, columns] += w[f] * upstream
    dx = dx_padded[:, :, pad : pad + H, pad : pad + W]
    db = dout.sum(axis=(0, 2, 3))
    ### END SOLUTION
    return dx, dw, db


@shapes(x="N C H W")
def im2col(x, window_height, window_width, stride=1, pad=0):
    """Lay every patch of ``x`` out as a column.

    Args:
        x: images ``(N, C, H, W)``.
        window_height, window_width: the patch, HH x WW pixels.
        stride, pad: as in a convolution.

    Returns:
        cols: ``(C * HH * WW, N * H_out * W_out)``; rows run over channel, then the patch's rows and
        columns; columns run over image, then the output's rows and columns.
    """
    N, C, H, W = x.shape
    HH, WW = window_height, window_width
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    ### BEGIN SOLUTION
    if pad:
        x_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
        x_padded[:, :, pad : pad + H, pad : pad + W] = x
    else:
        x_padded = x
    channel_first = x_padded.transpose(1, 0, 2, 3)
    cols = np.empty((C, HH, WW, N, H_out, W_out), dtype=x.dtype)
    for p in range(HH):
        for q in range(WW):
            cols[:, p, q] = channel_first[
                :, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride
            ]
    ### END SOLUTION
    return cols.reshape(C * HH * WW, N * H_out * W_out)


def col2im(cols, x_shape, window_height, window_width, stride=1, pad=0):
    """Add every column back to the patch it came from: the transpose of ``im2col``.

    Args:
        cols: ``(C * HH * WW, N * H_out * W_out)``.
        x_shape: ``(N, C, H, W)``.
        window_height, window_width, stride, pad: as given to ``im2col``.

    Returns:
        x: ``(N, C, H, W)``; a pixel that stands in several patches gets their sum.
    """
    N, C, H, W = x_shape
    HH, WW = window_height, window_width
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    require_shape("cols", cols, (C * HH * WW, N * H_out * W_out))
    ### BEGIN SOLUTION
    cols = cols.reshape(C, HH, WW, N, H_out, W_out)
    x_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    channel_first = x_padded.transpose(1, 0, 2, 3)
    for p in range(HH):
        for q in range(WW):
            channel_first[:, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride] += cols[
                :, p, q
            ]
    ### END SOLUTION
    return x_padded[:, :, pad : pad + H, pad : pad + W]


def _blocks(n_images, bytes_per_image):
    """Split ``range(n_images)`` into slices whose columns fill one block of memory."""
    size = max(1, BLOCK_BYTES // bytes_per_image)
    return [slice(start, min(start + size, n_images)) for start in range(0, n_images, size)]


@shapes(x="N C H W", w="F C HH WW", b="F")
def conv_forward(x, w, b, conv_param):
    """Convolve with one matrix product per block of images; same as ``conv_forward_naive``.

    Args:
        x: images ``(N, C, H, W)``.
        w: filters ``(F, C, HH, WW)``.
        b: biases ``(F,)``.
        conv_param: ``{"stride": int, "pad": int}``.

    Returns:
        out: ``(N, F, H_out, W_out)``.
        cache: what ``conv_backward`` needs (the columns are laid out again there: they are nine
        times as large as the image for a 3 x 3 filter).
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    out = np.empty((N, F, H_out, W_out), dtype=np.result_type(x, w))
    ### BEGIN SOLUTION
    filters = w.reshape(F, C * HH * WW)
    for block in _blocks(N, C * HH * WW * H_out * W_out * x.itemsize):
        cols = im2col(x[block], HH, WW, stride, pad)
        product = (filters @ cols).reshape(F, -1, H_out, W_out)
        np.add(product.transpose(1, 0, 2, 3), b[:, None, None], out=out[block])
    ### END SOLUTION
    return out, (x, w, conv_param)


def conv_backward(dout, cache):
    """Return the gradients of ``conv_forward``.

    Args:
        dout: upstream gradient ``(N, F, H_out, W_out)``.
        cache: from ``conv_forward``.

    Returns:
        dx ``(N, C, H, W)``, dw ``(F, C, HH, WW)``, db ``(F,)``.
    """
    x, w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out, W_out = _output_size(H, HH, stride, pad), _output_size(W, WW, stride, pad)
    require_shape("dout", dout, (N, F, H_out, W_out))
    ### BEGIN SOLUTION
    filters = w.reshape(F, C * HH * WW)
    dx = np.empty(x.shape, dtype=np.result_type(dout, w))
    dw = np.zeros(filters.shape, dtype=np.result_type(dout, x))
    for block in _blocks(N, C * HH * WW * H_out * W_out * x.itemsize):
        upstream = dout[block].transpose(1, 0, 2, 3).reshape(F, -1)
        dw += upstream @ im2col(x[block], HH, WW, stride, pad).T
        dx[block] = col2im(filters.T @ upstream, x[block].shape, HH, WW, stride, pad)
    db = dout.sum(axis=(0, 2, 3))
    ### END SOLUTION
    return dx, dw.reshape(w.shape), db


def _window_views(x, pool_param):
    """Return, for each place in the pooling window, the pixels of ``x`` that stand there."""
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    H_out, W_out = _output_size(x.shape[2], height, stride), _output_size(x.shape[3], width, stride)
    return [x[:, :, *_window_slices(p, q, stride, H_out, W_out)] for p in range(height) for q in range(width)]


@shapes(x="N C H W")
def max_pool_forward(x, pool_param):
    """Take the largest value under each window.

    ``out[n, c, i, j] = max over p, q of x[n, c, i*stride+p, j*stride+q]``

    Args:
        x: ``(N, C, H, W)``.
        pool_param: ``{"pool_height": int, "pool_width": int, "stride": int}``.

    Returns:
        out: ``(N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride)``.
        cache: what ``max_pool_backward`` needs.
    """
    ### BEGIN SOLUTION
    first, *others = _window_views(x, pool_param)
    out = first.copy()
    for view in others:
        np.maximum(out, view, out=out)
    ### END SOLUTION
    return out, (x, out, pool_param)


def max_pool_backward(dout, cache):
    """Give each upstream gradient to the pixel that won its window.

    Where several pixels of a window share the largest value, the first in reading order gets it all
    (PyTorch's rule): the gradient is passed on once, not once per tie.

    Args:
        dout: upstream gradient, of the shape of ``out``.
        cache: from ``max_pool_forward``.

    Returns:
        dx: ``(N, C, H, W)``.
    """
    x, out, pool_param = cache
    require_shape("dout", dout, out.shape)
    dx = np.zeros(x.shape, dtype=dout.dtype)
    ### BEGIN SOLUTION
    unclaimed = np.ones(out.shape, dtype=bool)
    for view, dview in zip(_window_views(x, pool_param), _window_views(dx, pool_param), strict=True):
        winner = unclaimed & (view == out)
        dview += dout * winner
        unclaimed &= ~winner
    ### END SOLUTION
    return dx
