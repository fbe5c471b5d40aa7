"""``cs231n.optim``: update rules that change the dictionary ``config`` which they are given."""

from typing import Any

import numpy as np

from captioning import layers
from captioning.cs231n.ours import Layer

__all__ = ["adam", "rmsprop", "sgd", "sgd_momentum"]

Config = dict[str, Any]


def sgd(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Take a step down the gradient; ``learning_rate`` is 1e-2 by default."""
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


def _in_place(name: str) -> Layer:
    """Return an update rule of ours that puts what it remembers into the ``config`` of its caller."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
        config = {} if config is None else config
        next_w, remembered = getattr(layers, name)(w, dw, config)
        config.update(remembered)
        return next_w, config

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = f"Call ``captioning.layers.{name}``, and change ``config`` in place."
    return rule


sgd_momentum = _in_place("sgd_momentum")
rmsprop = _in_place("rmsprop")
adam = _in_place("adam")
