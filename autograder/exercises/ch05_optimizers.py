"""Chapter 5: update rules, gradient clipping and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.exercises.arguments import Seeded
from autograder.exercises.exercise import (
    Arguments,
    Exercise,
    Sizes,
    Variation,
    backward_exercise,
    forward_exercise,
)

CHAPTER = 5

# What a rule remembers is handed on for T steps. With K = 0 the first step begins with an empty
# configuration, all defaults; otherwise with what was remembered after K steps.
STEPS = (
    {"N": 3, "D": 4, "T": 5, "K": 0, "V": 20},
    {"N": 2, "D": 5, "T": 4, "K": 3, "V": 20},
    {"N": 6, "D": 2, "T": 1, "K": 9, "V": 20},
)

STEP_VARIATIONS = (
    Variation("the first step", {"N": 2, "D": 3, "T": 1, "K": 0, "V": 20}),
    Variation(
        "several steps",
        {"N": 2, "D": 3, "T": 4, "K": 0, "V": 20},
        "Look at what one step leaves in the configuration for the next.",
    ),
    Variation("a step with another configuration", {"N": 2, "D": 3, "T": 1, "K": 3, "V": 20}),
)


def _prepare_steps(
    rng: np.random.Generator,
    arguments: Arguments,
    sizes: Sizes,
    *,
    options: dict[str, float],
    square: str,
) -> Arguments:
    """Choose the configuration, and let what is a mean of squares be above 0.

    The gradients of the first column are so small that epsilon counts, one weight's are all 0.
    """
    arguments["dw"][..., 0] *= 1e-5
    arguments["dw"][:, -1, -1] = 0
    if not sizes["K"]:
        return {key: arguments[key] for key in ("w", "dw")} | {"steps_before": 0, "options": {}}
    if square:
        arguments[square] = arguments[square] ** 2
    return arguments | {"steps_before": sizes["K"], "options": options}


def _run_steps(
    layers: Any, arguments: Arguments, *, name: str, remembered: tuple[str, ...]
) -> tuple[Any, ...]:
    """Take one step for each of the gradients; return the weights and what is remembered after each."""
    config = None
    if arguments["steps_before"]:
        config = arguments["options"] | {key: arguments[key] for key in remembered if key != "t"}
        if "t" in remembered:
            config["t"] = arguments["steps_before"]
    w = arguments["w"]
    after: list[tuple[Any, ...]] = []
    for dw in arguments["dw"]:
        returned = getattr(layers, name)(w, dw, config)
        if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
            return returned if isinstance(returned, tuple) else (returned,)
        w, config = returned
        after.append(tuple(_copy(value) for value in (w, *(config[key] for key in remembered))))
    return tuple(_stack(values) for values in zip(*after, strict=True))


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _stack(values: Sequence[Any]) -> Any:
    """Put the values of all steps into one array; what does not fit together is left to be judged."""
    shapes = {np.shape(value) for value in values}
    fit = len(shapes) == 1 and not any(value is None for value in values)
    return np.stack(values) if fit else values[0]


def _update_rule(
    name: str, points: int, remembered: dict[str, str], options: dict[str, float], *, square: str = ""
) -> Exercise:
    """Return the exercise of an update rule.

    Args:
        name, points: as in ``Exercise``.
        remembered: the declaration of each thing that the rule keeps in its configuration.
        options: hyperparameters that are not the defaults.
        square: which of the things that are remembered is a mean of squares; "" for none.
    """
    arrays = {key: text for key, text in remembered.items() if key != "t"}
    outputs = {"w": "N D", **remembered}
    return Exercise(
        name,
        CHAPTER,
        points,
        {"w": "N D", "dw": "T N D", **arrays},
        {_called(key): _for_all_steps(text) for key, text in outputs.items()},
        partial(_run_steps, name=name, remembered=tuple(remembered)),
        sizes=STEPS,
        variations=STEP_VARIATIONS,
        prepare=partial(_prepare_steps, options=options, square=square),
    )


def _called(key: str) -> str:
    """Return what a student calls the weights after each step, or what is remembered."""
    return "next_w" if key == "w" else f"config[{key!r}]"


def _for_all_steps(text: str) -> str:
    kind, _, axes = text.rpartition(":V")
    return f"{kind}:V T{axes}" if kind else f"T {axes}"


sgd_momentum = _update_rule("sgd_momentum", 2, {"velocity": "N D"}, {"learning_rate": 0.3, "momentum": 0.6})
rmsprop = _update_rule(
    "rmsprop",
    2,
    {"cache": "N D"},
    {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.05},
    square="cache",
)
adam = _update_rule(
    "adam",
    4,
    {"m": "N D", "v": "N D", "t": "int:V"},
    {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.05},
    square="v",
)


def _prepare_clipping(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let the norm of all gradients together be as large as ``max_norm``, times P in hundredths."""
    norm = np.sqrt(sum(np.vdot(grad, grad) for grad in arguments.values()))
    return {"grads": dict(arguments), "max_norm": float(norm / sizes["P"] * 100)}


def _run_clipping(layers: Any, arguments: Arguments) -> tuple[Any, ...]:
    returned = layers.clip_gradients(arguments["grads"], arguments["max_norm"])
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[0], dict)):
        return returned if isinstance(returned, tuple) else (returned,)
    clipped, norm = returned
    return (*(clipped[name] for name in ("W", "b", "U")), norm)


clip_gradients = Exercise(
    "clip_gradients",
    CHAPTER,
    2,
    {"W": "D H", "b": "H", "U": "H M"},
    {"clipped['W']": "D H", "clipped['b']": "H", "clipped['U']": "H M", "norm": ""},
    _run_clipping,
    # Three times too large, a little too large (no array is, alone), small enough.
    sizes=(
        {"D": 3, "H": 4, "M": 5, "P": 300},
        {"D": 4, "H": 3, "M": 2, "P": 105},
        {"D": 2, "H": 5, "M": 3, "P": 60},
    ),
    prepare=_prepare_clipping,
)


def _prepare_dropout(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Add the options, P the probability in hundredths; with T = 0 it is the time for testing."""
    mode = "train" if sizes["T"] else "test"
    seeded = Seeded(int(rng.integers(2**32)))
    return arguments | {"dropout_param": {"mode": mode, "p": sizes["P"] / 100, "rng": seeded}}


dropout_forward = replace(
    forward_exercise(
        "dropout_forward",
        CHAPTER,
        2,
        {"x": "N D"},
        {"out": "N D"},
        sizes=(
            {"N": 5, "D": 8, "P": 70, "T": 1},
            {"N": 3, "D": 12, "P": 30, "T": 1},
            {"N": 4, "D": 6, "P": 60, "T": 0},
        ),
    ),
    prepare=_prepare_dropout,
)
dropout_backward = backward_exercise("dropout_backward", 2, dropout_forward)

EXERCISES = [sgd_momentum, rmsprop, adam, clip_gradients, dropout_forward, dropout_backward]
