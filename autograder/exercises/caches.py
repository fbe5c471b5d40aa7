"""The cache between a forward function and its backward: is what is taken out what was put in?

A backward function begins by unpacking the cache, ``x, prev_h, Wx, Wh, next_h = cache``. Where a forward
function has put other things there, or in another order, the backward may be right and still go wrong.
"""

import ast
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from textwrap import dedent
from typing import Any

import numpy as np


class CacheError(ValueError):
    """A cache that is unpacked as something else; the message is a sentence for the student."""


class WithCache(tuple[Any, ...]):
    """What a backward function returned, given a cache that holds one thing where it unpacks another.

    That matters only where the outputs are wrong: an array may be unpacked and used under another's name.

    Attributes:
        sentence: for the student; "" where the cache is as it is unpacked.
        mended: what it returns when the cache holds what the names say; None where it raises then.
    """

    sentence: str = ""
    mended: tuple[Any, ...] | None = None


@lru_cache(maxsize=256)
def unpacked(backward: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names that a function unpacks its last argument into, "" for what is not a plain name.

    Returns:
        () where its source is not known, or it takes the cache apart otherwise.
    """
    try:
        tree = ast.parse(dedent(inspect.getsource(inspect.unwrap(backward)))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return ()
    if not isinstance(tree, ast.FunctionDef) or not tree.args.args:
        return ()
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id == tree.args.args[-1].arg
            and isinstance(node.targets[0], ast.Tuple | ast.List)
        ):
            targets = node.targets[0].elts
            starred = any(isinstance(target, ast.Starred) for target in targets)
            return () if starred else tuple(getattr(target, "id", "") for target in targets)
    return ()


def exchanged(backward: Callable[..., Any], cache: Any, known: Mapping[str, Any]) -> str:
    """Say where a cache holds one thing that is known, and another one that is known is unpacked; else "".

    Args:
        backward: the function that unpacks.
        cache: what its forward function has returned.
        known: the arguments and the outputs of the forward function, by name.
    """
    names = unpacked(backward)
    if not _has(cache, len(names)):
        return ""
    for name, value in zip(names, cache, strict=True):
        if not _is_large(value) or not _is_large(known.get(name)) or _equal(value, known[name]):
            continue
        other = next((other for other, array in known.items() if other != name and _equal(value, array)), "")
        if other:
            what = f"{other} {value.shape}"
            return _sentence(backward, what, f"{name} {known[name].shape}", names)
    return ""


def mended(backward: Callable[..., Any], cache: Any, known: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a cache with what the names say that it is unpacked into, where that is known."""
    return tuple(known.get(name, value) for name, value in zip(unpacked(backward), cache, strict=True))


def misfit(backward: Callable[..., Any], cache: Any, known: Mapping[str, Any]) -> str:
    """Say that a cache holds more things or fewer than are unpacked, or one of another shape; else ""."""
    names = unpacked(backward)
    if not names:
        return ""
    if not _has(cache, len(names)):
        what = f"a {type(cache).__name__}"
        if isinstance(cache, tuple | list | dict):
            what += f" of {len(cache)}"
        return _sentence(backward, what, f"{len(names)} things", names)
    for name, value in zip(names, cache, strict=True):
        if _is_large(known.get(name)) and np.shape(value) != known[name].shape:
            what = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else _kind(value)
            return _sentence(backward, what, f"{name} {known[name].shape}", names)
    return ""


def _sentence(backward: Callable[..., Any], holds: str, expects: str, names: tuple[str, ...]) -> str:
    name = getattr(backward, "__name__", "the backward function")
    line = ", ".join(each or "..." for each in names)
    return (
        f"Your cache holds {holds} where {name} expects {expects}. It unpacks `{line}`: let the forward "
        "function return these in this order, or unpack your own."
    )


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def _has(cache: Any, n: int) -> bool:
    return isinstance(cache, tuple | list) and len(cache) == n > 0


def _is_large(value: Any) -> bool:
    """Tell whether a value is an array that no other is equal to by accident."""
    return isinstance(value, np.ndarray) and value.size > 1


def _equal(one: Any, other: Any) -> bool:
    return _is_large(other) and one.shape == other.shape and np.array_equal(one, other)
