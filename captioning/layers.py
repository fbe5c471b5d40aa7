"""The one door to the layers: ``from captioning.layers import lstm_forward``.

A name is looked up when it is imported (a module ``__getattr__``, PEP 562): code that uses a layer need not
know whose it is. It comes from the first of these that has it:

1. the student's library (``captioning.answers.library``): answers that passed their check;
2. ``prerequisites/`` beside the notebook, or above it: modules that a release ships for what earlier chapters
   ask for and give;
3. the checkout's ``solutions/``.

A forward function and its backward come from one hand, since one reads the other's cache: where only one
of the two has passed, both come from below. In a checkout that has neither library nor prerequisites, all
layers are those of ``solutions``.

Editors and type checkers read ``layers.pyi`` instead, which `make starter` makes.
"""

from typing import Any

from captioning.answers.resolver import (
    PREREQUISITES,
    Origin,
    find,
    layer_names,
    lend,
    origin,
    reference,
    whose,
)

__all__ = ["PREREQUISITES", "Origin", "lend", "origin", "reference", "whose"]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return find(name)


def __dir__() -> list[str]:
    return sorted({*__all__, *layer_names()})
