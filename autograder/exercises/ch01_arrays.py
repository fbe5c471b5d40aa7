"""Chapter 1: arrays and shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.exercise import DEFAULT_SIZES, Arguments, Sizes, forward_exercise

CHAPTER = 1
_LARGE = {"N": 11, "D": 3}


def _with_constant_column(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the columns lie far from 0 and differ in scale, and one of them be constant."""
    columns = np.arange(sizes["D"])
    x = arguments["x"] * 2.0**columns + 3 * columns - 1
    x[:, -1] = 2.5
    if sizes["N"] == _LARGE["N"]:
        x[:, -1] = 1.1e12 + 0.3
        return {"x": x, "epsilon": 1e-8}
    return {"x": x, "epsilon": 1e-3}


standardize = replace(
    forward_exercise("standardize", CHAPTER, 1, {"x": "N D"}, {"standardized": "N D"}, has_cache=False),
    # Of one row alone nothing is left.
    sizes=(*(sizes for sizes in DEFAULT_SIZES if sizes["N"] > 1), _LARGE),
    fine_print={3: "With a constant column of large numbers, whose mean is rounded"},
    prepare=_with_constant_column,
)


def _with_large_numbers(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the exponentials of one row overflow, and those of others vanish; one row has both.

    The numbers are rounded, so that float32 holds them exactly.
    """
    x = np.round(1024 * arguments["x"]) / 1024
    x[0] += 800
    x[1:, -1] -= 1600  # far below the largest of its row
    x[-1] -= 800 if len(x) > 1 else 0
    return {"x": x}


log_sum_exp = replace(
    forward_exercise("log_sum_exp", CHAPTER, 2, {"x": "N D"}, {"total": "N"}, has_cache=False),
    prepare=_with_large_numbers,
)


# Large enough for an array with three axes to be seen beside all others.
_MANY = {"N": 40, "M": 50, "D": 60}


def _with_equal_rows(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let a row of x be a row of y: their distance is 0, and rounding may make it less."""
    most = min(len(arguments["x"]), len(arguments["y"]))
    arguments["y"][-most:] = arguments["x"][most - 1 :: -1]
    return arguments


pairwise_squared_distances = replace(
    forward_exercise(
        "pairwise_squared_distances",
        CHAPTER,
        3,
        {"x": "N D", "y": "M D"},
        {"distances": "N M"},
        has_cache=False,
    ),
    sizes=(*DEFAULT_SIZES, _MANY),
    prepare=_with_equal_rows,
    not_negative=True,
    frugal=True,
)

EXERCISES = [standardize, log_sum_exp, pairwise_squared_distances]
