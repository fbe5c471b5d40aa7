"""Dataclasses from what a file says of them: each field there, of its type, and nothing more."""

import math
from dataclasses import fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def from_record(cls: type[T], record: Any) -> T:
    """Make a dataclass of a dictionary such as ``asdict`` gives.

    Its fields are numbers, which must be finite, truth values, strings, lists of these, or None where that is
    allowed. A field may have ``choices``, ``least`` or ``above``, and ``below`` in its metadata.

    Raises:
        TypeError: a field is missing or unknown, whatever its default, or has another type.
        ValueError: a field has a value that it cannot have.
    """
    names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    if not isinstance(record, dict) or set(record) != names:
        got = ", ".join(sorted(map(str, record))) if isinstance(record, dict) else repr(record)
        raise TypeError(f"expected {', '.join(sorted(names))}; got {got}")
    hints = get_type_hints(cls)
    for field in fields(cls):  # type: ignore[arg-type]
        value, hint, limits = record[field.name], hints[field.name], field.metadata
        if not _fits(value, hint):
            raise TypeError(f"{field.name} is {value!r}, expected {getattr(hint, '__name__', hint)}")
        if value is None:
            continue
        outside = (
            ("choices" in limits and value not in limits["choices"])
            or ("least" in limits and value < limits["least"])
            or ("above" in limits and value <= limits["above"])
            or ("below" in limits and value >= limits["below"])
        )
        if outside:
            raise ValueError(f"{field.name} cannot be {value!r}")
    return cls(**record)


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, option) for option in get_args(hint))
    if get_origin(hint) is list:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return type(value) is hint
