"""Chapter 7: VGG16, and the principal components of its features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Arguments,
    Exercise,
    Gradients,
    Sizes,
    forward_exercise,
    with_cache,
)

CHAPTER = 7
FILTERS = (2, 4, 4, 6, 6)  # of the convolutions of the five blocks
CONVOLUTIONS = (2, 2, 3, 3, 3)  # in each block
# Units of the fully connected layers.
UNITS = {"fc6": 8, "fc7": 6, "fc8": 5}


def _parameters() -> Iterator[tuple[str, str]]:
    """Yield the declaration of each parameter of a VGG16 that is thin."""
    channels = 3
    for block, (filters, count) in enumerate(zip(FILTERS, CONVOLUTIONS, strict=True), 1):
        for number in range(1, count + 1):
            yield f"conv{block}_{number}_w", f"{filters} {channels} 3 3"
            yield f"conv{block}_{number}_b", f"{filters}"
            channels = filters
    rows = "K"  # what is left of the last block's channels: one pixel of each, or two
    for name, units in UNITS.items():
        yield f"{name}_w", f"{rows} {units}"
        yield f"{name}_b", f"{units}"
        rows = f"{units}"


PARAMETERS = dict(_parameters())


def _lively(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Scale the weights as for training, and let no layer be silent.

    Half of its units are the others' opposite: where a unit is cut off by the rectifier, that one is not.
    """
    for name in PARAMETERS:
        array = arguments[name]
        if name.endswith("_b"):
            array *= 0.1
            continue
        units = array if array.ndim == 4 else array.T
        units *= np.sqrt(2 / units[0].size)
        if not name.startswith("fc8"):
            half = len(units) // 2
            units[half : 2 * half] = -units[:half]
    return arguments


def _split(arguments: Arguments) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return arguments["x"], {name: arguments[name] for name in PARAMETERS}


def _as_bytes(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    return {"images": arguments["images"].astype(np.uint8)}


vgg16_preprocess = replace(
    forward_exercise(
        "vgg16_preprocess",
        CHAPTER,
        1,
        {"images": "int:V N H W 3"},
        {"x": "N 3 H W"},
        has_cache=False,
        sizes=(
            {"N": 2, "H": 5, "W": 4, "V": 256},
            {"N": 4, "H": 3, "W": 3, "V": 256},
            {"N": 1, "H": 3, "W": 6, "V": 256},
        ),
        # From bytes to float32, whatever the others are.
        tolerance=1e-6,
        tolerance_float32=None,
    ),
    prepare=_as_bytes,
)

# What is looked at of the forward pass, layer by layer.
STOPS = {
    "conv1_1": f"N {FILTERS[0]} 32 W",
    "pool1": f"N {FILTERS[0]} 16 I",
    "conv4_2": f"N {FILTERS[3]} 4 J",
    "pool5": f"N {FILTERS[4]} 1 P",
    "fc6": "N 8",
    "fc8": "N 5",
}


def _run_forward(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    """Return the output of some of the layers, and of that where the network stops if it is not told."""
    # Copies for each call: an array that one call changes must not make the next one wrong.
    copies = [_split({name: value.copy() for name, value in arguments.items()}) for _ in STOPS]
    stops = [layers.vgg16_forward(*copy, layer) for copy, layer in zip(copies, STOPS, strict=True)]
    return (*stops, layers.vgg16_forward(*_split(arguments)))


# The second is wider than high, and of its last maps two pixels are left: their order matters to fc6.
IMAGES = (
    {"N": 2, "W": 32, "I": 16, "J": 4, "P": 1, "K": FILTERS[-1]},
    {"N": 1, "W": 64, "I": 32, "J": 8, "P": 2, "K": 2 * FILTERS[-1]},
)

vgg16_forward = Exercise(
    "vgg16_forward",
    CHAPTER,
    4,
    {"x": "N 3 32 W", **PARAMETERS},
    {**STOPS, "fc7": "N 6"},
    _run_forward,
    sizes=IMAGES,
    prepare=_lively,
    requires=("conv_forward", "max_pool_forward", "affine_forward"),
)


def _run_forward_train(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return with_cache("vgg16_forward_train", layers.vgg16_forward_train(*_split(arguments)))[:-1]


vgg16_forward_train = Exercise(
    "vgg16_forward_train",
    CHAPTER,
    2,
    {"x": "N 3 32 W", **PARAMETERS},
    {"logits": "N 5"},
    _run_forward_train,
    sizes=IMAGES,
    prepare=_lively,
    has_cache=True,
    requires=("conv_forward", "max_pool_forward", "affine_forward", "relu_forward"),
)

# The parameters whose gradients are looked at: at both ends, between, and where convolutions end.
OF_INTEREST = ("conv1_1_w", "conv2_2_b", "conv4_1_w", "conv5_3_w", "fc6_w", "fc7_b", "fc8_w")


def _run_backward(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    _, caches = with_cache("vgg16_forward_train", layers.vgg16_forward_train(*_split(arguments)))
    grads = layers.vgg16_backward(arguments["dlogits"], caches)
    if not isinstance(grads, dict):
        return grads if isinstance(grads, tuple) else (grads,)
    missing = [name for name in PARAMETERS if name not in grads]
    if missing:
        lacks, has = (
            f"{', '.join(map(str, names[:3]))}{' and others' if len(names) > 3 else ''}"
            for names in (missing, list(grads))
        )
        raise ValueError(f"the dictionary of gradients lacks {lacks}; its keys are {has or 'none'}")
    return tuple(grads[name] for name in OF_INTEREST)


vgg16_backward = Exercise(
    "vgg16_backward",
    CHAPTER,
    4,
    {"x": "N 3 32 W", **PARAMETERS, "dlogits": "N 5"},
    {f"d{name}": PARAMETERS[name] for name in OF_INTEREST},
    _run_backward,
    sizes=IMAGES,
    prepare=_lively,
    gradients=Gradients(
        "vgg16_forward_train", {"logits": "dlogits"}, {f"d{name}": name for name in OF_INTEREST}
    ),
    requires=(
        "vgg16_forward_train",
        "conv_backward",
        "max_pool_backward",
        "affine_backward",
        "relu_backward",
    ),
)


def _prepare_features(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Make features of which each direction's variance is well apart from the next, and so is its sign.

    Their centre is far from 0, and their rank is at most N - 1.
    """
    N, D, K = (sizes[axis] for axis in "NDK")
    rank = min(N - 1, D)
    centred = rng.standard_normal((N, rank))
    left, _ = np.linalg.qr(centred - centred.mean(axis=0))
    while True:
        right, _ = np.linalg.qr(rng.standard_normal((D, D)))
        entries = np.sort(np.abs(right[:, :rank]), axis=0)
        # The largest entry must be that in float32, too.
        if (entries[-1] - entries[-2]).min() > 0.05:
            break
    spread = 3 * 0.7 ** np.arange(rank)
    centre = 2 + rng.standard_normal(D)
    features = centre + (left * spread) @ right[:, :rank].T
    # Rounded, so that they are the same numbers whatever library made the decomposition.
    return {"features": np.round(2**18 * features) / 2**18, "n_components": K}


pca_fit = forward_exercise(
    "pca_fit",
    CHAPTER,
    3,
    {"features": "N D"},
    {"mean": "D", "components": "D K"},
    has_cache=False,
    sizes=({"N": 12, "D": 4, "K": 3}, {"N": 7, "D": 5, "K": 2}, {"N": 4, "D": 6, "K": 2}),
)
pca_fit = replace(pca_fit, prepare=_prepare_features)
pca_project = forward_exercise(
    "pca_project",
    CHAPTER,
    1,
    {"features": "N D", "mean": "D", "components": "D K"},
    {"projected": "N K"},
    has_cache=False,
    sizes=({"N": 5, "D": 4, "K": 3}, {"N": 3, "D": 6, "K": 2}, {"N": 1, "D": 3, "K": 3}),
)

EXERCISES = [
    vgg16_preprocess,
    vgg16_forward,
    vgg16_forward_train,
    vgg16_backward,
    pca_fit,
    pca_project,
]
