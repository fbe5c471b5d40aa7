"""Words for numbers, places and axes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

# What one index of an axis is called; for other axes it is “index 3 of D”.
_ONE_OF = {"N": "example", "T": "time step", "C": "channel", "F": "filter", "V": "word"}
_FEW = 3


def thing_of(axis: str) -> str:
    """Say what one index of an axis is called: "time step", "index of D"."""
    return _ONE_OF.get(axis, f"index of {axis}")


def number(value: Any) -> str:
    """Write a number as a student should see it."""
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def two_numbers(one: Any, other: Any) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart, four at least."""
    pair = [value.item() if isinstance(value, np.generic) else value for value in (one, other)]
    if all(isinstance(value, float) for value in pair):
        for digits in range(4, 18):
            first, second = (f"{value:.{digits}g}" for value in pair)
            if first != second:
                return first, second
    return number(one), number(other)


def with_article(name: str) -> str:
    """Write ``an int``, ``a list``."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def place(index: Sequence[int], axes: Sequence[str]) -> str:
    """Write an index: ``at [3, 7] (axes D, 4H)``; "" for a number."""
    if not index:
        return ""
    named = axes if any(len(axis) <= 2 for axis in axes) else ()
    words = f" ({'axis' if len(named) == 1 else 'axes'} {', '.join(named)})" if named else ""
    return f"at [{', '.join(map(str, index))}]{words}"


@cache
def symbol_of(axis: str) -> tuple[int, str]:
    """Take an axis apart: ``4H`` is (4, "H")."""
    match = re.fullmatch(r"(\d+)([A-Z])", axis)
    return (int(match.group(1)), match.group(2)) if match else (1, axis)


def indices(  # noqa: PLR0911
    axis: str, chosen: Sequence[int], size: int, blocks: Mapping[str, tuple[str, ...]]
) -> str | None:
    """Say which indices of an axis these are: ``the last time step``, ``the forget gate (H:2H)``.

    Returns:
        None if there is no short way to say it.
    """
    in_blocks = _whole_blocks(axis, chosen, size, blocks)
    if in_blocks:
        return in_blocks
    one = _ONE_OF.get(axis)
    within = _within_block(axis, chosen, size, blocks)
    if within:
        return (
            f"{'index' if len(chosen) == 1 else 'indices'} {listing(map(str, chosen))} of {axis}, in {within}"
        )
    if len(chosen) == 1:
        (index,) = chosen
        if one and axis in {"N", "T"} and size > 1 and index in {0, size - 1}:
            return f"the {'first' if index == 0 else 'last'} {one}"
        return f"{one} {index}" if one else f"index {index} of {axis}"
    left_out = sorted(set(range(size)) - set(chosen))
    if len(left_out) == 1 and size > _FEW:
        rest = indices(axis, left_out, size, blocks)
        return f"all but {rest}" if rest else None
    if len(chosen) <= min(_FEW, size // 2):
        listed = f"{', '.join(map(str, chosen[:-1]))} and {chosen[-1]}"
        return f"{one}s {listed}" if one else f"indices {listed} of {axis}"
    is_range = list(chosen) == list(range(chosen[0], chosen[-1] + 1))
    if is_range and chosen[0] == 0:
        return f"the first {len(chosen)} of {axis}"
    if is_range and chosen[-1] == size - 1:
        return f"the last {len(chosen)} of {axis}"
    return None


def block_names(axis: str, blocks: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names of an axis's blocks; ``block 0`` and so on for those of ``3H`` without names."""
    count, _ = symbol_of(axis)
    return blocks.get(axis, tuple(f"block {k}" for k in range(count)) if count > 1 else ())


def _whole_blocks(
    axis: str, chosen: Sequence[int], size: int, blocks: Mapping[str, tuple[str, ...]]
) -> str | None:
    names = block_names(axis, blocks)
    if len(names) < 2 or size % len(names):
        return None
    width = size // len(names)
    hit = sorted({index // width for index in chosen})
    if len(hit) * width != len(chosen) or len(hit) == len(names):
        return None
    if len(names) > 2 and len(hit) == len(names) - 1:
        (spared,) = set(range(len(names))) - set(hit)
        return f"all blocks of {axis} but the {names[spared]}"
    _, symbol = symbol_of(axis)
    ranges = ", ".join(f"{_times(k, symbol)}:{_times(k + 1, symbol)}" for k in hit)
    return f"the {' and the '.join(names[k] for k in hit)} ({ranges} of {axis})"


def _within_block(
    axis: str, chosen: Sequence[int], size: int, blocks: Mapping[str, tuple[str, ...]]
) -> str | None:
    """Return the block that all of a few indices are in."""
    names = block_names(axis, blocks)
    if len(names) < 2 or size % len(names) or len(chosen) > _FEW:
        return None
    hit = {index * len(names) // size for index in chosen}
    return f"the {names[hit.pop()]}" if len(hit) == 1 else None


def _times(count: int, symbol: str) -> str:
    return "0" if count == 0 else symbol if count == 1 else f"{count}{symbol}"


def case_of(sizes: Mapping[str, float]) -> str:
    """Write the sizes of a case, and its settings: ``N=3, T=5, stride=2``."""
    return ", ".join(f"{symbol}={size:g}" for symbol, size in sizes.items())


def listing(words: Iterable[str]) -> str:
    """Join words: ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
