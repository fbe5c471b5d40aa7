"""Chapter 3: the fully connected layer and the rectifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograder.exercises.exercise import (
    Arguments,
    Exercise,
    Gradients,
    Sizes,
    backward_exercise,
    forward_exercise,
    with_cache,
)

CHAPTER = 3

# The D rows of the weights are the I * J numbers of an input.
AFFINE_SIZES = (
    {"N": 3, "I": 2, "J": 5, "D": 10, "M": 4},
    {"N": 7, "I": 3, "J": 1, "D": 3, "M": 5},
    {"N": 1, "I": 2, "J": 3, "D": 6, "M": 2},
    {"N": 4, "I": 1, "J": 1, "D": 1, "M": 3},
)

affine_forward = forward_exercise(
    "affine_forward",
    CHAPTER,
    2,
    {"x": "N I J", "w": "D M", "b": "M"},
    {"out": "N M"},
    sizes=AFFINE_SIZES,
)
affine_backward = backward_exercise("affine_backward", 3, affine_forward)


_relu = forward_exercise("relu_forward", CHAPTER, 1, {"x": "N T D"}, {"out": "N T D"})


def _run_relu_forward(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    """Call it with x alone: what the backward exercise is given has more."""
    return _relu.run(layers, {"x": arguments["x"]})


relu_forward = replace(_relu, run=_run_relu_forward)


def _prepare_relu_backward(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    arguments["x with zeros"].flat[::3] = 0.0
    return arguments


def _run_relu_backward(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    answers = [layers.relu_forward(arguments[x]) for x in ("x", "x with zeros")]
    caches = [with_cache("relu_forward", returned)[-1] for returned in answers]
    # A copy for each call: an array that one call changes must not make the next one wrong.
    douts = (arguments["dout"], arguments["dout"].copy())
    return tuple(layers.relu_backward(dout, cache) for dout, cache in zip(douts, caches, strict=True))


relu_backward = Exercise(
    "relu_backward",
    CHAPTER,
    2,
    {"x": "N T D", "x with zeros": "N T D", "dout": "N T D"},
    # At exactly 0 no difference is a gradient: what it is there is a rule of ours.
    {"dx": "N T D", "dx where x is 0": "N T D"},
    _run_relu_backward,
    prepare=_prepare_relu_backward,
    gradients=Gradients("relu_forward", {"out": "dout"}, {"dx": "x"}),
    requires=("relu_forward",),
)


def _prepare_backpropagate(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Draw a graph whose nodes are computed in order, each from earlier ones, some from one of them twice."""
    nodes = rng.integers(1, sizes["K"], sizes["E"])
    nodes[: sizes["K"] - 1] = np.arange(1, sizes["K"])
    nodes = np.sort(nodes)
    sources = rng.integers(0, nodes)
    # The node before each: so every one has to do with the last.
    first = np.unique(nodes, return_index=True)[1]
    sources[first] = nodes[first] - 1
    return {"edges": np.stack([nodes, sources], axis=1), "slopes": arguments["slopes"]}


backpropagate = forward_exercise(
    "backpropagate",
    CHAPTER,
    2,
    {"edges": "int:K E 2", "slopes": "E"},
    {"gradients": "K"},
    sizes=({"E": 9, "K": 5}, {"E": 14, "K": 6}, {"E": 1, "K": 2}, {"E": 8, "K": 8}),
    has_cache=False,
)
backpropagate = replace(backpropagate, prepare=_prepare_backpropagate)

EXERCISES = [affine_forward, affine_backward, relu_forward, relu_backward, backpropagate]
