"""What may pass between a judge and a function that runs elsewhere: values, and nothing that is alive."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.arguments import Seeded
from autograder.judge.outcome import Opaque

# What is of a subclass of these crosses as the number or text that it is.
_PLAIN: dict[type, Callable[[Any], Any]] = {
    bool: bool,
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: bytes.__bytes__,
}
_DEEPEST = 20  # lists in lists; one that holds itself has no end


def can_cross(value: Any) -> bool:
    """Tell whether a value can be sent to another process and come out the same, without running any code."""
    if type(value) is np.ndarray:
        return not value.dtype.hasobject or all(item is None for item in value.flat)
    if isinstance(value, np.generic):
        return type(value) is value.dtype.type and not value.dtype.hasobject
    if type(value) is dict:
        return all(can_cross(key) and can_cross(item) for key, item in value.items())
    if type(value) in {list, tuple}:
        return all(map(can_cross, value))
    return value is None or type(value) in _PLAIN or isinstance(value, Seeded | Opaque)


def crossing(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911  (a case for each sort of value)
    """Return a copy of an output that can cross.

    Of an array of objects the shape is kept and the objects are left out. What is of a subclass of a list, a
    number or the like becomes that; what is neither an array nor a plain value is described.
    """
    match value:
        case None:
            return None
        case np.ndarray() if type(value) is np.ndarray:
            return np.full(value.shape, None) if value.dtype.hasobject else value.copy()
        case np.generic() if not value.dtype.hasobject:
            return value.copy() if type(value) is value.dtype.type else value.dtype.type(value)
        case list() | tuple() if depth < _DEEPEST:
            items = [crossing(item, depth + 1) for item in value]
            return items if isinstance(value, list) else tuple(items)
        case dict() if depth < _DEEPEST:
            return {crossing(key, depth + 1): crossing(item, depth + 1) for key, item in value.items()}
    for plain, exactly in _PLAIN.items():
        if isinstance(value, plain):
            return exactly(value)
    return Opaque(type(value).__name__, value.shape if isinstance(value, np.ndarray) else None)
