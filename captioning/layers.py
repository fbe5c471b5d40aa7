"""The one door to the layers: ``from captioning.layers import lstm_forward``.

A name is looked up when it is imported (a module ``__getattr__``, PEP 562), so that whoever uses a
layer need not know whose code it is.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from captioning.errors import InputError


@cache
def _reference() -> dict[str, Any]:
    """Return every public function, class and constant of the checkout's ``solutions`` by name."""
    try:
        import solutions  # noqa: PLC0415  (absent where only the wheel is installed)
    except ModuleNotFoundError:
        return {}
    reference: dict[str, Any] = {}
    for info in pkgutil.iter_modules(solutions.__path__):
        module = importlib.import_module(f"solutions.{info.name}")
        reference |= {name: value for name, value in vars(module).items() if _is_own(module, name, value)}
    return reference


def _is_own(module: ModuleType, name: str, value: object) -> bool:
    """Tell what a module defines from what it imports and what it keeps to itself."""
    if name.startswith("_") or isinstance(value, ModuleType):
        return False
    return getattr(value, "__module__", module.__name__) == module.__name__


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    reference = _reference()
    if name in reference:
        return reference[name]
    if not reference:
        raise InputError(
            f"no layer {name}: the installed package holds no solutions. Work in a checkout of the project, "
            "where the folder solutions/ stands beside captioning/."
        )
    raise ImportError(f"there is no layer {name!r} in solutions/")
