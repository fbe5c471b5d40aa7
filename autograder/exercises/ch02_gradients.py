"""Chapter 2: measuring a gradient."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograder.exercises.exercise import DEFAULT_SIZES, Arguments, Exercise, Sizes, find_function

CHAPTER = 2
_SMALL = {"N": 5, "T": 1, "D": 3, "M": 1}


def _with_zeros(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let y be near x, of either sign and of many sizes; some entries are 0 in one of them or in both."""
    x = arguments["x"] * 10.0 ** rng.integers(-3, 4, arguments["x"].shape)
    y = x * (1 + 1e-3 * arguments["y"])
    if x.size > 4:
        x.flat[0] = y.flat[0] = 0.0
        y.flat[1] = (-0.45 if len(x) == 3 else 1.5) * x.flat[1]
    if sizes["N"] == _SMALL["N"]:
        x, y = 1e-12 * x, 1e-12 * y
    return {"x": x, "y": y}


def _run_relative_error(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    return (layers.relative_error(arguments["x"], arguments["y"]),)


relative_error = Exercise(
    "relative_error",
    CHAPTER,
    1,
    {"x": "N D", "y": "N D"},
    {"error": ""},
    _run_relative_error,
    prepare=_with_zeros,
    sizes=(*DEFAULT_SIZES, _SMALL),
    fine_print={4: "With numbers of some 1e-12, which a fixed floor under the fraction hides"},
    tolerance_float32=None,
)


def _to_arrays(x: Any) -> Any:
    """Return an array of the shape of x; analytic, and curved everywhere."""
    return np.sin(x) * x + np.exp(0.3 * x)


def _to_rows(x: Any) -> Any:
    """Return a number for each row of x."""
    return (x * x * x).sum(axis=1) + np.cos(x).sum(axis=1)


def _to_a_number(x: Any) -> Any:
    """Return one number, to which neighbouring entries of x contribute together."""
    return (np.exp(0.5 * x).sum() + (x.sum(axis=0) ** 3).sum()) / 10


# An argument is the name of one of these, so that it can go to another process.
FUNCTIONS = {"to_arrays": _to_arrays, "to_rows": _to_rows, "to_a_number": _to_a_number}
# What is differentiated, and the step; a large one shows whether it is obeyed.
TRIED = (("to_arrays", 1e-5), ("to_rows", 1e-2), ("to_a_number", 1e-5), ("to_arrays", 1e-4))
SIZES = tuple({"N": N, "D": D, "K": K} for K, (N, D) in enumerate([(3, 4), (4, 2), (2, 3), (1, 5)]))


def _with_function(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    f, h = TRIED[sizes["K"]]
    shape = np.shape(FUNCTIONS[f](arguments["x"]))
    upstream = rng.standard_normal(shape) if shape else 1.0
    direction = {"direction": arguments["direction"]} if "direction" in arguments else {}
    return {"f": f, "x": arguments["x"], **direction, "upstream": upstream, "h": h}


def _with_function_and_tiny_step(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    return _with_function(rng, arguments, sizes) | {"h": 1e-30}


def _run(layers: Any, arguments: Arguments, name: str) -> tuple[Any, ...]:
    return (find_function(layers, name)(**arguments | {"f": FUNCTIONS[arguments["f"]]}),)


# Two ways to add up the same difference differ by some 1e-16 / h, and the steps are as small as 1e-5.
DIFFERENCES = 1e-8

numeric_gradient = Exercise(
    "numeric_gradient",
    CHAPTER,
    3,
    {"x": "N D"},
    {"gradient": "N D"},
    partial(_run, name="numeric_gradient"),
    sizes=SIZES,
    prepare=_with_function,
    tolerance=DIFFERENCES,
    tolerance_float32=None,
)
directional_derivative = Exercise(
    "directional_derivative",
    CHAPTER,
    2,
    {"x": "N D", "direction": "N D"},
    {"slope": ""},
    partial(_run, name="directional_derivative"),
    sizes=SIZES,
    prepare=_with_function,
    tolerance=DIFFERENCES,
    tolerance_float32=None,
)
complex_step_gradient = Exercise(
    "complex_step_gradient",
    CHAPTER,
    3,
    {"x": "N D"},
    {"gradient": "N D"},
    partial(_run, name="complex_step_gradient"),
    sizes=SIZES,
    prepare=_with_function_and_tiny_step,
    tolerance_float32=None,
)

EXERCISES = [relative_error, numeric_gradient, directional_derivative, complex_step_gradient]
