"""VGG16 for many photos: the numbers of `vgg16_forward`, to rounding, in less than a third of its time.

Pictures have their channels last, so that a block of pixels is copied in long runs, and bias and rectifier
happen while it is in the cache. A 3 x 3 convolution is Winograd's: 4 x 4 results come of 36 products of
numbers; nine for each would be 144. Pictures are divided among threads, each with matrix products of its own;
the fully connected layers, whose weights are large, see the whole batch at once.

Sources: S. Winograd, “Arithmetic Complexity of Computations”, 1980; A. Lavin et al., “Fast Algorithms
for Convolutional Neural Networks”, 2016, section 4.3.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from captioning import layers

# How features came about, for those to whom the last bits matter.
HOW = "Winograd F(4 x 4, 3 x 3) in float32"
# In one dimension: six pixels, a filter of three numbers, four results. On an image each acts on rows and on
# columns, which is one product with its Kronecker square.
PIXELS = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
FILTER = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]
RESULT = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
FROM_PIXELS, FROM_FILTER, TO_PIXELS = (
    np.kron(M, M).astype(np.float32) for M in (np.array(PIXELS), np.array(FILTER) / 24, np.array(RESULT))
)
# So many tiles at once read the 36 matrices of filters seldom enough, and still fit into the cache.
TILES = 128
BLOCK_BYTES = 1 << 22
# A thread with fewer pictures waits for filters more than it computes.
PICTURES_PER_THREAD = 4
STAGES = (
    ("conv1_1", "conv1_2"),
    ("conv2_1", "conv2_2"),
    *((f"conv{block}_1", f"conv{block}_2", f"conv{block}_3") for block in (3, 4, 5)),
)


class FastVGG16:
    """A VGG16 whose filters have been prepared, once, for many batches of pictures.

    Attributes:
        params: as ``load_vgg16`` gives them.
    """

    def __init__(self, params: Mapping[str, np.ndarray]) -> None:
        """Prepare the filters, which takes some 240 MB at full size."""
        self.params = params
        # With three channels a tile has too few numbers to gain by it.
        first = params["conv1_1_w"]
        self._first = np.ascontiguousarray(first.transpose(2, 3, 1, 0).reshape(-1, len(first)))
        names = [name for stage in STAGES for name in stage if name != "conv1_1"]
        self._filters = {name: winograd_filters(params[f"{name}_w"]) for name in names}

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Compute the fc7 features ``(N, D)`` float32 of pictures ``(N, size, size, 3)`` uint8."""
        x = np.ascontiguousarray(layers.vgg16_preprocess(pictures).transpose(0, 2, 3, 1))
        n_threads = max(1, min(os.cpu_count() or 1, len(x) // PICTURES_PER_THREAD))
        if n_threads == 1:
            out = self._convolutions(x)
        else:
            with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(n_threads) as threads:
                out = np.concatenate(list(threads.map(self._convolutions, np.array_split(x, n_threads))))
        out = out.transpose(0, 3, 1, 2).reshape(len(out), -1)  # the order in which fc6 reads them
        for name in ("fc6", "fc7"):
            out = out @ self.params[f"{name}_w"]
            out += self.params[f"{name}_b"]
            np.maximum(out, 0, out=out)
        return out

    def _convolutions(self, x: np.ndarray) -> np.ndarray:
        """Return what pool5 gives, ``(N, size / 32, size / 32, C)``, of ``(N, size, size, 3)``."""
        for stage in STAGES:
            for name in stage:
                b = self.params[f"{name}_b"]
                if name == "conv1_1":
                    x = direct_conv_relu(x, self._first, b)
                else:
                    x = conv_relu(x, self._filters[name], b)
            x = max_pool(x)
        return x


def winograd_filters(w: np.ndarray) -> np.ndarray:
    """Turn filters ``(F, C, 3, 3)`` into the 36 matrices ``(36, C, F)`` that ``conv_relu`` takes."""
    F, C = w.shape[:2]
    return (FROM_FILTER @ w.transpose(2, 3, 1, 0).reshape(9, C * F)).reshape(36, C, F)


def conv_relu(x: np.ndarray, filters: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Convolve with 3 x 3 filters, one zero around each picture, and rectify.

    Args:
        x: pictures ``(N, H, W, C)`` float32.
        filters: of ``winograd_filters``, ``(36, C, F)``.
        b: biases ``(F,)``.

    Returns:
        ``(N, H, W, F)`` float32.
    """
    N, H, W, C = x.shape
    F = len(b)
    h, w = -(-H // 4), -(-W // 4)  # tiles of 4 x 4 results
    padded = np.zeros((N, 4 * h + 2, 4 * w + 2, C), dtype=x.dtype)
    padded[:, 1 : H + 1, 1 : W + 1] = x
    tiles = sliding_window_view(padded, (6, 6), axis=(1, 2))[:, ::4, ::4].transpose(4, 5, 0, 1, 2, 3)
    out = np.empty((N, h, 4, w, 4, F), dtype=x.dtype)
    step = max(1, TILES // (N * w))
    for row in range(0, h, step):
        rows = slice(row, row + step)
        pixels = FROM_PIXELS @ tiles[:, :, :, rows].reshape(36, -1)
        products = pixels.reshape(36, -1, C) @ filters
        block = (TO_PIXELS @ products.reshape(36, -1)).reshape(-1, F)
        block += b
        np.maximum(block, 0, out=block)
        out[:, rows] = block.reshape(4, 4, N, -1, w, F).transpose(2, 3, 0, 4, 1, 5)
    return out.reshape(N, 4 * h, 4 * w, F)[:, :H, :W]


def direct_conv_relu(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Do what ``conv_relu`` does by the definition, with filters ``(9 * C, F)``: rows, columns, channels."""
    N, H, W, C = x.shape
    F = len(b)
    padded = np.zeros((N, H + 2, W + 2, C), dtype=x.dtype)
    padded[:, 1:-1, 1:-1] = x
    runs = sliding_window_view(padded, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    out = np.empty((N, H, W, F), dtype=x.dtype)
    step = max(1, min(H, BLOCK_BYTES // (36 * C * W)))
    for n in range(N):
        for row in range(0, H, step):
            rows = slice(row, row + step)
            block = runs[n, rows].reshape(-1, 9 * C) @ w
            block += b
            np.maximum(block, 0, out=out[n, rows].reshape(-1, F))
    return out


def max_pool(x: np.ndarray) -> np.ndarray:
    """Return the largest of each 2 x 2 pixels, ``(N, H // 2, W // 2, C)``."""
    H, W = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    rows = np.maximum(x[:, 0:H:2, :W], x[:, 1:H:2, :W])
    return np.maximum(rows[:, :, ::2], rows[:, :, 1::2])
