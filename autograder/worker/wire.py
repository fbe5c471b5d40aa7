"""Values as bytes, and bytes as frames: what passes between a grader and a worker that it does not trust.

A frame is two lengths, a header of JSON and the bytes of its arrays. No code is run to read one: there is no
pickle, and an array is of one of a few types. Whatever is wrong with a frame is a ``WireError``.
"""

import json
import math
import os
import re
import select
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograder.exercises.arguments import Seeded
from autograder.judge.outcome import Opaque, Outcome
from autograder.judge.verdict import Finding, Kind

# What the program that forks workers is asked, and says: whether it can fork one; and one, that it is there.
READY, FORKED = b"r", b"f"
MOST_HEADER = 1 << 20
MOST_BODY = 1 << 26
_LENGTHS = struct.Struct("<4sIQ")
_MAGIC = b"CfS1"
_DTYPE = re.compile(r"\|b1|\|u1|\|i1|<[iu][248]|<f(2|4|8|16)|<c(8|16|32)|[|]S\d{1,4}|<U\d{1,4}")
_MOST_AXES, _LONGEST_AXIS = 16, 1 << 31
_DEEPEST = 24
# Keys that are numbers can be chosen to lie in one place of a table, where each is compared with all others.
_MOST_KEYS = 1_000
_LONGEST_SENTENCE = 2_000
_LONGEST_NAME = 200
_LAST_CHARACTER = 0x10FFFF
# A call fails in one of these manners; the other kinds are for a judge to find.
_FAILURES = {Kind.RAISED, Kind.NOT_WRITTEN, Kind.RETURNED_NONE, Kind.COUNT}


class WireError(ValueError):
    """Bytes that are not a frame, or a frame that does not hold a value."""


class ClosedError(WireError):
    """The other end has closed its pipe."""


# Frames


def pack(value: Any) -> bytes:
    """Return a value as a frame.

    Raises:
        WireError: it cannot cross, or is too large.
    """
    buffers: list[bytes] = []
    header = json.dumps(_encoded(value, buffers)).encode()
    n_bytes = sum(map(len, buffers))
    if len(header) > MOST_HEADER or n_bytes > MOST_BODY:
        raise WireError(
            f"too large to be sent: {len(header) + n_bytes:,} bytes, of at most {MOST_BODY:,} in arrays and "
            f"{MOST_HEADER:,} besides"
        )
    return b"".join([_LENGTHS.pack(_MAGIC, len(header), n_bytes), header, *buffers])


def unpack(header: bytes, body: bytes) -> Any:
    """Return the value of a frame.

    Raises:
        WireError: there is none, for whatever reason.
    """
    try:
        source = _Body(memoryview(body))
        value = _decoded(json.loads(header), source, 0)
        if source.left:
            raise WireError("bytes that no array claims")
    except WireError:
        raise
    except (Exception, RecursionError) as error:
        raise WireError(f"{type(error).__name__}: {error}"[:_LONGEST_NAME]) from error
    return value


def read(fd: int, wait: Callable[[], float]) -> Any:
    """Read a frame from a pipe, whole.

    Args:
        fd: of the pipe; it does not block.
        wait: called before each wait; returns for how many seconds to wait at most. It raises when the time
            of the whole frame is up.

    Raises:
        WireError: what came is not a frame.
        ClosedError: the other end closed the pipe.
    """
    magic, n_header, n_body = _LENGTHS.unpack(_read_bytes(fd, _LENGTHS.size, wait))
    if magic != _MAGIC or n_header > MOST_HEADER or n_body > MOST_BODY:
        raise WireError("its beginning is not that of a frame, or it is too long")
    return unpack(_read_bytes(fd, n_header, wait), _read_bytes(fd, n_body, wait))


def write(fd: int, frame: bytes, wait: Callable[[], float]) -> None:
    """Write a frame to a pipe, as ``read`` reads one."""
    view = memoryview(frame)
    while view:
        if select.select([], [fd], [], wait())[1]:
            try:
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise ClosedError("its process has ended") from error


def _read_bytes(fd: int, count: int, wait: Callable[[], float]) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = os.read(fd, min(count - len(parts), 1 << 20))
        except BlockingIOError:
            select.select([fd], [], [], wait())
            continue
        if not part:
            raise ClosedError("its process has ended")
        parts += part
    return bytes(parts)


def until(deadline: float) -> Callable[[], float]:
    """Return what ``read`` and ``write`` ask before they wait: it raises ``TimeoutError`` after a time."""

    def wait() -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    return wait


# Values


def _encoded(value: Any, buffers: list[bytes]) -> Any:  # noqa: PLR0911  (a case for each sort of value)
    match value:
        case np.ndarray() | np.generic():  # some of which are floats and texts as well
            return _encoded_array(value, buffers)
        case None | bool() | str():
            return value
        case int():
            # As a list, since a decimal number of many digits takes long to read.
            return value if abs(value) < 1 << 53 else ["int", hex(value)]
        case float():
            return value if math.isfinite(value) else ["float", repr(value)]
        case complex():
            return ["complex", _encoded(value.real, buffers), _encoded(value.imag, buffers)]
        case bytes():
            return ["bytes", value.hex()]
        case list() | tuple():
            return [type(value).__name__, *(_encoded(item, buffers) for item in value)]
        case dict():
            return [
                "dict",
                *([_encoded(key, buffers), _encoded(item, buffers)] for key, item in value.items()),
            ]
        case Seeded(seed, first):
            return ["seeded", seed, *first]
        case Opaque(type_name, shape):
            return ["opaque", type_name, None if shape is None else list(shape)]
        case Outcome(outputs, again, changed, aliased, failure, overflows, sprawls, odd_cache, mended):
            sentence = odd_cache[:_LONGEST_SENTENCE]
            parts = (outputs, again, changed, aliased, overflows, sprawls, sentence, mended)
            return ["outcome", *(_encoded(part, buffers) for part in parts), _encoded_failure(failure)]
        case _:
            raise WireError(f"a {type(value).__name__} cannot be sent")


def _encoded_array(value: Any, buffers: list[bytes]) -> Any:
    array = np.asarray(value)
    shape = list(array.shape)
    if array.dtype.hasobject:
        return ["objects", shape]
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if not _DTYPE.fullmatch(array.dtype.str) or array.ndim > _MOST_AXES:
        return ["opaque", f"array of {array.dtype.name}"[:_LONGEST_NAME], shape]
    order: Literal["F", "C"] = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    buffers.append(array.tobytes(order))
    return ["scalar" if isinstance(value, np.generic) else "array", array.dtype.str, shape, order]


def _encoded_failure(failure: Finding | None) -> Any:
    if failure is None:
        return None
    return [str(failure.kind), failure.argument, failure.sentence[:_LONGEST_SENTENCE], failure.numbers]


@dataclass
class _Body:
    """Gives out the bytes of arrays, as many as are asked for.

    Attributes:
        left: what nobody has asked for yet.
        keys: how many keys of dictionaries there were that are not texts.
    """

    left: memoryview
    keys: int = 0

    def take(self, count: int) -> memoryview:
        if count > len(self.left):
            raise WireError("an array is longer than what was sent")
        part, self.left = self.left[:count], self.left[count:]
        return part


def _decoded(data: Any, source: _Body, depth: int) -> Any:
    if data is None or isinstance(data, str | bool | int | float):
        return data
    if not isinstance(data, list) or depth > _DEEPEST:
        raise WireError("not a list with a tag, or too many levels")
    tag, *parts = data
    return _DECODERS[tag](parts, source, depth + 1)


def _text(data: Any, longest: int) -> str:
    if not isinstance(data, str) or len(data) > longest:
        raise WireError(f"not a text of at most {longest} characters")
    return data


def _items(parts: list[Any], source: _Body, depth: int) -> list[Any]:
    return [_decoded(part, source, depth) for part in parts]


def _dict(parts: list[Any], source: _Body, depth: int) -> dict[Any, Any]:
    source.keys += sum(not isinstance(key, str) for key, _ in parts)  # where a text lies nobody can know
    if source.keys > _MOST_KEYS:
        raise WireError(f"dictionaries with more than {_MOST_KEYS:,} keys that are not texts")
    return {_decoded(key, source, depth): _decoded(item, source, depth) for key, item in parts}


def _number(parts: list[Any], *_: Any) -> float:
    (text,) = parts
    if text not in {"nan", "inf", "-inf"}:
        raise WireError("not a number that is not finite")
    return float(text)


def _complex(parts: list[Any], source: _Body, depth: int) -> complex:
    real, imaginary = _items(parts, source, depth)
    return complex(float(real), float(imaginary))


def _shape(data: Any) -> tuple[int, ...]:
    shape = tuple(data)
    if len(shape) > _MOST_AXES or not all(type(size) is int and 0 <= size < _LONGEST_AXIS for size in shape):
        raise WireError("not a shape")
    # Also of what is empty: NumPy multiplies the other axes.
    if math.prod(size for size in shape if size) > MOST_BODY:
        raise WireError("too large")
    return shape


def _array(parts: list[Any], source: _Body, _: int) -> np.ndarray:
    name, sizes, order = parts
    if not _DTYPE.fullmatch(_text(name, _LONGEST_NAME)) or order not in {"C", "F"}:
        raise WireError("not a type of array that is sent")
    dtype, shape = np.dtype(name), _shape(sizes)
    flat = np.frombuffer(source.take(math.prod(shape) * dtype.itemsize), dtype)
    if dtype.kind == "b" and (flat.view(np.uint8) > 1).any():
        raise WireError("a bool that is neither true nor false")
    if dtype.kind == "U" and flat.size and dtype.itemsize and (flat.view("<u4") > _LAST_CHARACTER).any():
        raise WireError("a character that there is not")
    return flat.reshape(shape, order=order).copy(order)


def _scalar(parts: list[Any], source: _Body, depth: int) -> Any:
    array = _array(parts, source, depth)
    if array.ndim:
        raise WireError("not a scalar")
    return array[()]


def _objects(parts: list[Any], *_: Any) -> np.ndarray:
    shape = _shape(*parts)
    if math.prod(shape) > MOST_HEADER:
        raise WireError("too many objects")
    return np.full(shape, None)


def _opaque(parts: list[Any], *_: Any) -> Opaque:
    name, shape = parts
    return Opaque(_text(name, _LONGEST_NAME), None if shape is None else _shape(shape))


def _outcome(parts: list[Any], source: _Body, depth: int) -> Outcome:
    outputs, again, changed, aliased, overflows, sprawls, sentence, mended = _items(parts[:8], source, depth)
    (failure,) = parts[8:]
    if type(overflows) is not bool or type(sprawls) is not bool:
        raise WireError("whether something overflows or sprawls is not told by a truth value")
    for value in (outputs, again, mended):
        if not isinstance(value, tuple | None):
            raise WireError("outputs that are not a tuple")
    if (outputs is None) != (failure is not None) or (outputs is None) != (again is None):
        raise WireError("outputs and a failure, or neither")
    names = tuple(_text(name, _LONGEST_NAME) for name in changed)
    pairs = tuple((_text(a, _LONGEST_NAME), _text(b, _LONGEST_NAME)) for a, b in aliased)
    failed = None if failure is None else _failure(*failure)
    odd_cache = _text(sentence, _LONGEST_SENTENCE)
    return Outcome(outputs, again, names, pairs, failed, overflows, sprawls, odd_cache, mended)


def _failure(kind: Any, argument: Any, sentence: Any, numbers: Any) -> Finding:
    if kind not in _FAILURES or not isinstance(numbers, dict) or len(numbers) > _DEEPEST:
        raise WireError("not a failure of a call")
    kept = {
        _text(name, _LONGEST_NAME): value if type(value) is int else _text(value, _LONGEST_NAME)
        for name, value in numbers.items()
    }
    return Finding(
        Kind(kind), _text(argument, _LONGEST_NAME), _text(sentence, _LONGEST_SENTENCE), numbers=kept
    )


_DECODERS: dict[str, Callable[[list[Any], _Body, int], Any]] = {
    "int": lambda parts, *_: int(parts[0], 16),
    "float": _number,
    "complex": _complex,
    "bytes": lambda parts, *_: bytes.fromhex(parts[0]),
    "list": _items,
    "tuple": lambda parts, source, depth: tuple(_items(parts, source, depth)),
    "dict": _dict,
    "seeded": lambda parts, *_: Seeded(int(parts[0]), tuple(map(float, parts[1:]))),
    "opaque": _opaque,
    "array": _array,
    "scalar": _scalar,
    "objects": _objects,
    "outcome": _outcome,
}
