"""What NumPy's and Python's errors mean, in a student's words: the arrays of the line, what to look at."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

import numpy as np

from autograder.exercises.registry import all_exercises

_MOST_ARRAYS = 4
_NUMBERS = r"\(([\d, ]*)\)"
_PYTHON_2 = {"xrange": "range", "unicode": "str", "raw_input": "input", "basestring": "str"}


def advice(error: BaseException, message: str, frame: FrameType | None, line: str) -> str:
    """Return a sentence or two on an error, "" if nothing is known of it.

    Args:
        error: what was raised.
        message: its text.
        frame: of the student's line; None if there is none.
        line: the student's line.
    """
    names = dict(frame.f_globals | frame.f_locals) if frame is not None else {}
    said = next((words for look in _KNOWN for words in [look(error, message, names, line)] if words), "")
    shapes = _shapes(names, line) if _is_about_arrays(error, message) else ""
    return " ".join(part for part in (shapes, said) if part)


def _is_about_arrays(error: BaseException, message: str) -> bool:
    return isinstance(error, ValueError | IndexError) and bool(
        re.search(r"shape|broadcast|aligned|dimension|axis|axes|concatenate|reshape|index", message)
    )


def _shapes(names: Mapping[str, Any], line: str) -> str:
    """Give the shapes of the arrays that a line speaks of."""
    words = dict.fromkeys(re.findall(r"(?<![\w.\"'])[A-Za-z_]\w*", line))
    arrays = {word: names[word].shape for word in words if type(names.get(word)) is np.ndarray}
    if not arrays or len(arrays) > _MOST_ARRAYS:
        return ""
    return f"There {', '.join(f'{name} has shape {shape}' for name, shape in arrays.items())}."


def _name(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    if not isinstance(error, NameError) or not error.name:
        return ""
    name = error.name
    if isinstance(error, UnboundLocalError):
        return f"{name} is filled in further down, or in a branch that was not taken."
    if name in _PYTHON_2:
        return f"That is Python 2; in Python 3 it is called {_PYTHON_2[name]}."
    if name == "np":
        return "The line `import numpy as np` is missing."
    if name in {exercise.partition(".")[0] for exercise in all_exercises()}:
        return f"`from captioning.layers import {name}` brings it, yours if it has passed."
    near = difflib.get_close_matches(name, [other for other in names if not other.startswith("__")], n=1)
    return f"Do you mean {near[0]}?" if near else ""


def _whole_number(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    is_float = re.search(
        r"'(numpy\.)?float\d*' object cannot be interpreted as an integer|slice indices must be integers"
        r"|only integers, slices .* are valid indices",
        message,
    )
    if not is_float:
        return ""
    return (
        "A size or an index is a float. In Python 3 `/` always gives one, even 4 / 2; `//` gives an integer."
    )


def _none(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    if "NoneType" not in message and "(has 0" not in message:
        return ""
    words = dict.fromkeys(re.findall(r"(?<![\w.\"'])[A-Za-z_]\w*", line))
    nothing = [word for word in words if word in names and names[word] is None]
    if nothing:
        are = "is" if len(nothing) == 1 else "are"
        cache = names.get("cache")
        if isinstance(cache, tuple | list) and any(value is None for value in cache):
            return (
                f"{' and '.join(nothing)} {are} None in the cache: on the way forward there was nothing to "
                "keep in this case. What comes out then?"
            )
        return f"{' and '.join(nothing)} {are} None: never filled in, or never returned."
    if "NoneType" not in message:
        return "One of the two is a single number, and a matrix product takes arrays."
    return "Something in it is None: a function without a return, or what was never filled in."


def _empty(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    shapes = [_sizes(text) for text in re.findall(_NUMBERS, message)]
    if any(0 in shape for shape in shapes) and isinstance(error, ValueError):
        if re.search(r":\s*-", line):
            return (
                "An axis of length 0 comes of an empty slice. `[pad:-pad]` is one where pad is 0, since -0 "
                "is 0: count from the front, `[pad : pad + H]`."
            )
        return (
            "An axis of length 0 comes of a slice that begins at the end of its array, or beyond: is it cut "
            "out of the array that you mean, the padded one, say?"
        )
    return ""


def _product(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    aligned = re.search(rf"shapes {_NUMBERS} and {_NUMBERS} not aligned", message)
    if aligned:
        one, other = map(_sizes, aligned.groups())
    elif "matmul" in message and "mismatch" in message:
        found = next(iter(_mismatches(names, line)), None)
        if found is None:
            return _INNER
        one, other = found
    else:
        return ""
    if len(one) == len(other) == 2:
        fits = [
            words
            for words, left, right in (
                ("the second transposed", one, other[::-1]),
                ("the first transposed", one[::-1], other),
                ("both in the other order", other, one),
            )
            if left[1] == right[0]
        ]
        if fits:
            return (
                f"{_INNER} With {' or with '.join(fits)} they would fit: which of them gives the right shape?"
            )
    return _INNER


def _mismatches(names: Mapping[str, Any], line: str) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield the shapes of two matrices in a line that are multiplied and do not fit."""
    for pattern in (
        r"(\w+)(\.T)?\s*@\s*(\w+)(\.T)?",
        r"np\.dot\((\w+)(\.T)?,\s*(\w+)(\.T)?\)",
        r"(\w+)(\.T)?\.dot\((\w+)(\.T)?\)",
    ):
        for one, turned, other, other_turned in re.findall(pattern, line):
            if type(names.get(one)) is np.ndarray and type(names.get(other)) is np.ndarray:
                left = names[one].shape[::-1] if turned else names[one].shape
                right = names[other].shape[::-1] if other_turned else names[other].shape
                if len(left) == len(right) == 2 and left[1] != right[0]:
                    yield left, right


_INNER = "In a product the last axis of the first and the first axis of the second must be equally long."


def _broadcast(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    if "broadcast" not in message:
        return ""
    shapes = [_sizes(text) for text in re.findall(_NUMBERS, message)]
    if len(shapes) < 2:
        return ""
    one, other = shapes[:2]
    if "input array from" in message:
        return "What is on the right must have the shape of the place on the left."
    if one[::-1] == other:
        return "The one is the other transposed."
    short, long = sorted((one, other), key=len)
    if len(short) == 1 < len(long) and short[0] in long[:-1]:
        return "A row is added to rows: to go along the first axis it needs keepdims=True, or [:, None]."
    return "Shapes are compared from the last axis on: each pair must be equal, or one of them 1."


def _index(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    found = re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", message)
    if not found:
        if isinstance(error, IndexError) and "too many indices" in message:
            return "It has fewer axes than you give indices."
        return ""
    index, axis, size = map(int, found.groups())
    if index == size:
        return f"One too far: along axis {axis} the indices are 0 to {size - 1}."
    return f"Along axis {axis} the indices are 0 to {size - 1}: is another axis meant, or another size?"


def _others(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    return next((words for pattern, words in _SAID.items() if re.search(pattern, message)), "")


_SAID = {
    r"truth value of an array": "An `if`, `and` or `max()` gets a whole array; np.where, & or "
    "np.maximum work entry by entry.",
    r"'numpy' has no attribute '(float|int|bool|object)'": "Write float, int or bool, without np.",
    r"inhomogeneous": "Arrays that are put together are not all of one shape: is one at the border smaller?",
    r"setting an array element with a sequence|only (length-1|0-dimensional|size-1) arrays": (
        "An array stands where one number belongs: is a sum missing, or an index?"
    ),
    r"not enough values to unpack|too many values to unpack": "On the left stand more names, or "
    "fewer, than come from the right: does the cache hold what is unpacked, or has the array other axes?",
    r"cannot reshape array of size": (
        "The product of the new sizes must be the number of entries: which size is another one?"
    ),
    r"object is not callable": "Round brackets call a function; arrays take square ones.",
    r"unexpected keyword argument": "The function that is called has no argument of that name.",
    r"must match exactly|all the input array": "Arrays that are joined must agree in all axes but the one "
    "along which they are joined.",
    r"axes don't match array": "transpose needs as many numbers as the array has axes.",
    r"axis \d+ is out of bounds": "The array has fewer axes than that: they are counted from 0.",
    r"Cannot cast ufunc": "An array of integers or of float32 cannot take up the result in place; write "
    "`a = a + ...`.",
    r"assignment destination is read-only": "That array belongs to somebody else: make one of your own.",
    r"unhashable type: 'list'": "A list can change, so it cannot be a key of a dictionary; a tuple can.",
    r"math domain error": "A logarithm of 0, or a root of a negative number. What is to come out then?",
    r"maximum recursion depth": "The function calls itself, and never ends: is it the one that is meant?",
}


def _key(error: BaseException, message: str, names: Mapping[str, Any], line: str) -> str:
    if not isinstance(error, KeyError):
        return ""
    return "A dictionary has no such key: what is to happen then, or what is the key really called?"


_KNOWN: tuple[Callable[[BaseException, str, Mapping[str, Any], str], str], ...] = (
    _name,
    _whole_number,
    _none,
    _empty,
    _product,
    _broadcast,
    _index,
    _key,
    _others,
)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(_integers(text))


def _integers(text: str) -> Iterator[int]:
    for part in text.split(","):
        if part.strip():
            yield int(part)
