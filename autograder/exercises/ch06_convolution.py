"""Chapter 6: convolution and pooling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Arguments,
    Exercise,
    Gradients,
    Sizes,
    Variation,
    backward_exercise,
    forward_exercise,
    with_cache,
)

CHAPTER = 6


def windows(N: int, C: int, F: int, H: int, W: int, P: int, Q: int, S: int, Z: int) -> dict[str, int]:
    """Return the sizes of a case: windows of P x Q pixels at a stride S, Z zeros around, I x J outputs.

    K and L are the rows and columns of what ``im2col`` lays out.
    """
    rows, columns = 1 + (H + 2 * Z - P) // S, 1 + (W + 2 * Z - Q) // S
    return {
        "N": N, "C": C, "F": F, "H": H, "W": W, "P": P, "Q": Q, "S": S, "Z": Z,
        "I": rows, "J": columns, "K": C * P * Q, "L": N * rows * columns,
    }  # fmt: skip


# Windows higher than wide, and wider than high; strides below, at and above the window; columns that no
# window reaches; one image of one channel.
# Never one filter alone: the gradient of its bias is a single sum, and where that cancels nearly to 0 the
# float32 of it has no right digits.
CONVOLUTIONS = (
    windows(N=2, C=3, F=4, H=5, W=6, P=3, Q=2, S=1, Z=1),
    windows(N=3, C=2, F=3, H=6, W=8, P=2, Q=3, S=2, Z=0),
    windows(N=1, C=1, F=2, H=4, W=3, P=3, Q=3, S=2, Z=2),
    windows(N=4, C=2, F=3, H=7, W=5, P=1, Q=2, S=3, Z=1),
)
POOLINGS = (
    windows(N=2, C=3, F=0, H=4, W=6, P=2, Q=2, S=2, Z=0),
    windows(N=3, C=2, F=0, H=7, W=6, P=3, Q=2, S=2, Z=0),
    windows(N=1, C=4, F=0, H=5, W=7, P=2, Q=3, S=1, Z=0),
    windows(N=4, C=1, F=0, H=6, W=8, P=2, Q=1, S=3, Z=0),
)

_CONVOLVED = {"N": 2, "C": 2, "F": 2, "H": 4, "W": 4, "P": 3, "Q": 3, "S": 1, "Z": 1}
_POOLED = {"N": 2, "C": 2, "F": 0, "H": 4, "W": 4, "P": 2, "Q": 2, "S": 2, "Z": 0}
_SQUARE = "Is a height taken for a width somewhere, or are rows numbered by the height?"
_BEGINS = "Window number i begins at pixel i times the stride: is the stride in every one of your slices?"
_END = "Is there a slice up to minus pad? With pad 0 it is empty."
CONVOLUTION_VARIATIONS = (
    Variation("square images and windows at stride 1 and pad 1", windows(**_CONVOLVED)),
    Variation("an image that is not square", windows(**_CONVOLVED | {"W": 6}), _SQUARE),
    Variation("a window that is not square", windows(**_CONVOLVED | {"Q": 2}), _SQUARE),
    Variation("stride 2", windows(**_CONVOLVED | {"S": 2, "H": 5, "W": 5}), _BEGINS),
    Variation("pad 0", windows(**_CONVOLVED | {"Z": 0}), _END),
    Variation("pad 2", windows(**_CONVOLVED | {"Z": 2}), "Is there a 1 where pad belongs?"),
    Variation("a single image", windows(**_CONVOLVED | {"N": 1}), "Is an axis of length 1 squeezed away?"),
    Variation("three channels", windows(**_CONVOLVED | {"C": 3})),
)
POOLING_VARIATIONS = (
    Variation("square windows side by side", windows(**_POOLED)),
    Variation("an image that is not square", windows(**_POOLED | {"W": 6}), _SQUARE),
    Variation("a window that is not square", windows(**_POOLED | {"Q": 1}), _SQUARE),
    Variation(
        "windows that overlap",
        windows(**_POOLED | {"S": 1}),
        "A pixel may be the largest in several windows, and window number i begins at i times the stride.",
    ),
    Variation("windows with pixels between them", windows(**_POOLED | {"S": 3, "H": 5, "W": 5}), _BEGINS),
    Variation(
        "pixels left over at the border",
        windows(**_POOLED | {"H": 5, "W": 5}),
        "What no window reaches gets no gradient and goes into no output; the image keeps its size.",
    ),
    Variation("a single image", windows(**_POOLED | {"N": 1}), "Is an axis of length 1 squeezed away?"),
)


def _conv_param(sizes: Sizes) -> Arguments:
    return {"conv_param": {"stride": sizes["S"], "pad": sizes["Z"]}}


def _window(sizes: Sizes) -> Arguments:
    return {
        "window_height": sizes["P"],
        "window_width": sizes["Q"],
        "stride": sizes["S"],
        "pad": sizes["Z"],
    }


def _image_and_window(sizes: Sizes) -> Arguments:
    return {"x_shape": tuple(sizes[axis] for axis in "NCHW")} | _window(sizes)


def _pool_param(sizes: Sizes) -> Arguments:
    return {"pool_param": {"pool_height": sizes["P"], "pool_width": sizes["Q"], "stride": sizes["S"]}}


conv_forward_naive = forward_exercise(
    "conv_forward_naive",
    CHAPTER,
    4,
    {"x": "N C H W", "w": "F C P Q", "b": "F"},
    {"out": "N F I J"},
    options=_conv_param,
    sizes=CONVOLUTIONS,
    variations=CONVOLUTION_VARIATIONS,
)
conv_backward_naive = backward_exercise("conv_backward_naive", 5, conv_forward_naive)
im2col = forward_exercise(
    "im2col",
    CHAPTER,
    3,
    {"x": "N C H W"},
    {"cols": "K L"},
    options=_window,
    has_cache=False,
    sizes=CONVOLUTIONS,
    variations=CONVOLUTION_VARIATIONS,
)
col2im = forward_exercise(
    "col2im",
    CHAPTER,
    3,
    {"cols": "K L"},
    {"x": "N C H W"},
    options=_image_and_window,
    has_cache=False,
    sizes=CONVOLUTIONS,
    variations=CONVOLUTION_VARIATIONS,
)
conv_forward = forward_exercise(
    "conv_forward",
    CHAPTER,
    3,
    {"x": "N C H W", "w": "F C P Q", "b": "F"},
    {"out": "N F I J"},
    options=_conv_param,
    sizes=CONVOLUTIONS,
    variations=CONVOLUTION_VARIATIONS,
    requires=("im2col",),
)
conv_backward = backward_exercise(
    "conv_backward", 4, conv_forward, requires=("conv_forward", "im2col", "col2im")
)


def _run_pooling(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    returned = layers.max_pool_forward(arguments["x"], arguments["pool_param"])
    return with_cache("max_pool_forward", returned)[:-1]


max_pool_forward = replace(
    forward_exercise(
        "max_pool_forward",
        CHAPTER,
        2,
        {"x": "N C H W"},
        {"out": "N C I J"},
        options=_pool_param,
        sizes=POOLINGS,
        variations=POOLING_VARIATIONS,
    ),
    # By name: the backward exercise has a second array of images.
    run=_run_pooling,
)


def _with_ties(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the second images be as after a rectifier: whole numbers, and windows that are all zeros."""
    arguments["x with ties"] = np.maximum(np.round(arguments["x with ties"]), 0)
    return arguments | _pool_param(sizes)


def _run_pooling_backward(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    images = (arguments["x"], arguments["x with ties"])
    answers = [layers.max_pool_forward(x, arguments["pool_param"]) for x in images]
    caches = [with_cache("max_pool_forward", returned)[-1] for returned in answers]
    # A copy for each call: an array that one call changes must not make the next one wrong.
    douts = (arguments["dout"], arguments["dout"].copy())
    return tuple(layers.max_pool_backward(dout, cache) for dout, cache in zip(douts, caches, strict=True))


max_pool_backward = Exercise(
    "max_pool_backward",
    CHAPTER,
    4,
    {"x": "N C H W", "x with ties": "N C H W", "dout": "N C I J"},
    # Where pixels are tied no difference is a gradient, and which of them gets it is a rule of ours.
    {"dx": "N C H W", "dx where pixels are tied": "N C H W"},
    _run_pooling_backward,
    sizes=POOLINGS,
    variations=POOLING_VARIATIONS,
    prepare=_with_ties,
    gradients=Gradients("max_pool_forward", {"out": "dout"}, {"dx": "x"}),
    requires=("max_pool_forward",),
)

EXERCISES = [
    conv_forward_naive,
    conv_backward_naive,
    im2col,
    col2im,
    conv_forward,
    conv_backward,
    max_pool_forward,
    max_pool_backward,
]
