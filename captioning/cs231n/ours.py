"""Layers by their names, looked up when they are called: a student may have written some and not others."""

from collections.abc import Callable
from typing import Any

from captioning import layers
from captioning.errors import InputError

Layer = Callable[..., Any]


def ours(name: str, known_as: str = "") -> Layer:
    """Return a function that calls a layer of ``captioning.layers``.

    Args:
        name: of the layer.
        known_as: its name in CS231n, where that is another one.
    """

    def layer(*args: Any, **kwargs: Any) -> Any:
        return getattr(layers, name)(*args, **kwargs)

    layer.__name__ = layer.__qualname__ = known_as or name
    layer.__doc__ = f"Call ``captioning.layers.{name}``."
    return layer


def absent(name: str, why: str) -> Layer:
    """Return a function that says that it is not here.

    Args:
        name: in CS231n.
        why: a sentence.
    """

    def layer(*args: Any, **kwargs: Any) -> Any:
        raise InputError(f"{name} of CS231n is not here. {why}")

    layer.__name__ = layer.__qualname__ = name
    layer.__doc__ = f"Say that {name} is not here."
    return layer
