"""Frames: what crosses comes out the same, and whatever else is sent is refused and harms nobody."""

import json
import math
import os
import struct
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercises.arguments import Seeded
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import the_reference
from autograder.judge.outcome import Opaque, Outcome
from autograder.judge.verdict import Finding, Kind
from autograder.student.public import draw_cases
from autograder.worker import wire

LENGTHS = struct.Struct("<4sIQ")
ARRAY = np.arange(6.0).reshape(3, 2)


def through(value: Any) -> Any:
    frame = wire.pack(value)
    _, n_header, n_body = LENGTHS.unpack(frame[: LENGTHS.size])
    header, body = frame[LENGTHS.size :][:n_header], frame[LENGTHS.size + n_header :]
    assert len(body) == n_body
    return wire.unpack(header, body)


CROSSING: list[Any] = [
    None, True, 3, -(2**60), 10**400, 1.5, 1e-310, 1j, "text", "\ud800", b"bytes", (), [1, (2, {"a": ARRAY})],
    np.float32(2), np.int64(3), np.bool_(True), np.str_("a"), np.longdouble(1), ARRAY, np.array(["a", "bc"]),
    ARRAY > 0,
    np.asfortranarray(ARRAY), np.zeros((0, 3)), np.array(2.0), np.array([b"a"]), ARRAY.astype(np.float16),
    np.full((2, 2), None), Seeded(3), Seeded(3, (0.0, 1 - 2.0**-53)),
    Opaque("iterator"), Opaque("MaskedArray", (3, 2)), {1: "a"},
    Outcome((ARRAY,), (ARRAY,), ("x",), (("out", "x"),), overflows=True, sprawls=True),
    Outcome((ARRAY,), (ARRAY,), odd_cache="Your cache holds Wx.", mended=(-ARRAY,)),
    Outcome(None, None, failure=Finding(Kind.RAISED, "", "f raised E.", numbers={"exception": "E"})),
]  # fmt: skip


@pytest.mark.parametrize("value", CROSSING, ids=lambda value: type(value).__name__)
def test_what_crosses_comes_out_the_same(value: Any) -> None:
    assert repr(through(value)) == repr(value)
    if isinstance(value, np.ndarray):
        assert (through(value).dtype, through(value).flags.c_contiguous) == (
            value.dtype,
            value.flags.c_contiguous,
        )


def test_keys_that_lie_in_one_place_are_refused() -> None:
    chosen = {(2**61 - 1) * number: 0 for number in range(2_000)}
    for value in (chosen, [{**dict(list(chosen.items())[:600])}, dict(list(chosen.items())[600:])]):
        with pytest.raises(wire.WireError, match="keys that are not texts"):
            through(value)
    words = {str(number): number for number in range(20_000)}
    assert through(words) == words


def test_numbers_that_are_not_finite() -> None:
    assert math.isnan(through(math.nan))
    assert through([math.inf, -math.inf]) == [math.inf, -math.inf]


def test_another_order_of_bytes_and_a_type_that_is_not_sent() -> None:
    np.testing.assert_array_equal(through(ARRAY.astype(">f8")), ARRAY)
    assert through(np.zeros(2, dtype="datetime64[s]")) == Opaque("array of datetime64[s]", (2,))


@pytest.mark.slow
def test_the_arguments_and_answers_of_all_exercises_cross() -> None:
    for exercise in all_exercises().values():
        for arguments in draw_cases(exercise, 0)[:1]:
            np.testing.assert_equal(through([exercise.name, arguments]), [exercise.name, arguments])
            outcome = the_reference().ask(exercise, arguments)
            np.testing.assert_equal(vars(through(outcome)), vars(outcome))


def test_what_is_alive_or_too_large_is_not_sent() -> None:
    for value in (print, object(), np.random.default_rng(0), "x" * (wire.MOST_HEADER + 1), np.zeros(1 << 24)):
        with pytest.raises(wire.WireError):
            wire.pack(value)


UNCHANGED = (["tuple"], ["tuple"], False, False)  # no arguments changed, none aliased, nothing else seen
# What somebody sends who means harm: a header, and the bytes of the arrays.
HOSTILE: dict[str, tuple[Any, bytes]] = {
    "no JSON": (b"{", b""),
    "not UTF-8": (b"\xff\xfe", b""),
    "deep": (b"[" * 100_000 + b"]" * 100_000, b""),
    "deep, with names": (b'["list",' * 50_000 + b"1" + b"]" * 50_000, b""),
    "a long number": (b"1" + b"0" * 100_000, b""),
    "a dictionary": (b'{"list": 1}', b""),
    "an empty list": ([], b""),
    "an unknown tag": (["pickle", "gASVBQAAAAAAAABLAC4="], b""),
    "a tag that is not a text": ([["list"], 1], b""),
    "objects": (["array", "|O", [1], "C"], bytes(8)),
    "a record": (["array", "|V8", [1], "C"], bytes(8)),
    "a type as code": (["array", "<f8, (10**9,)<f8", [1], "C"], bytes(8)),
    "too few bytes": (["array", "<f8", [2], "C"], bytes(8)),
    "too many bytes": (["array", "<f8", [1], "C"], bytes(16)),
    "bytes that nobody asks for": ([], bytes(8)),
    "a negative shape": (["array", "<f8", [-1, -1], "C"], bytes(8)),
    "a shape that overflows": (["array", "<f8", [2**32, 2**32], "C"], b""),
    "an empty one that overflows": (["array", "<f8", [0, 2**30, 2**30, 2**30], "C"], b""),
    "a shape of floats": (["array", "<f8", [1.0], "C"], bytes(8)),
    "a shape of bools": (["array", "<f8", [True], "C"], bytes(8)),
    "many axes": (["array", "<f8", [1] * 100, "C"], bytes(8)),
    "another order": (["array", "<f8", [1], "K"], bytes(8)),
    "a bool that is 7": (["array", "|b1", [1], "C"], b"\x07"),
    "a character beyond Unicode": (["array", "<U1", [1], "C"], b"\xff\xff\xff\x7f"),
    "a scalar with axes": (["scalar", "<f8", [1], "C"], bytes(8)),
    "many objects": (["objects", [2**30]], b""),
    "an unhashable key": (["dict", [["list"], 1]], b""),
    "a key without a value": (["dict", [1]], b""),
    "a number as a text": (["float", "1e5"], b""),
    "outputs and a failure": (["outcome", ["tuple"], ["tuple"], *UNCHANGED, ["raised", "", "x", {}]], b""),
    "neither": (["outcome", None, None, *UNCHANGED, None], b""),
    "outputs that are not a tuple": (["outcome", 1, 1, *UNCHANGED, None], b""),
    "a failure of another kind": (["outcome", None, None, *UNCHANGED, ["sign", "", "x", {}]], b""),
    "a sentence without end": (["outcome", None, None, *UNCHANGED, ["raised", "", "x" * 10**5, {}]], b""),
    "numbers that are lists": (["outcome", None, None, *UNCHANGED, ["raised", "", "x", {"a": [1]}]], b""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_sent_to_do_harm_is_refused(name: str) -> None:
    header, body = HOSTILE[name]
    with pytest.raises(wire.WireError):
        wire.unpack(header if isinstance(header, bytes) else json.dumps(header).encode(), body)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_bytes_are_a_value_or_refused(header: bytes, body: bytes) -> None:
    refused_or_plain(header, body)


PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(list(wire._DECODERS))
    | st.sampled_from(["<f8", "|b1", "<U3", "C", "F", "raised", "0x1f"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=50)
@given(PLAIN_JSON, st.binary(max_size=24))
def test_any_json_is_a_value_or_refused(header: Any, body: bytes) -> None:
    refused_or_plain(json.dumps(header).encode(), body)


@pytest.mark.slow
@given(st.sampled_from(CROSSING), st.data())
def test_a_frame_that_was_changed_is_a_value_or_refused(value: Any, data: st.DataObject) -> None:
    frame = bytearray(wire.pack(value)[LENGTHS.size :])
    for place in data.draw(st.lists(st.integers(0, len(frame) - 1), max_size=3)):
        frame[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    refused_or_plain(bytes(frame[:cut]), bytes(frame[cut:]))


def refused_or_plain(header: bytes, body: bytes) -> None:
    try:
        value = wire.unpack(header, body)
    except wire.WireError:
        return
    wire.pack(value)


# Pipes


@pytest.fixture
def pipe() -> Any:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)


def test_a_frame_that_comes_in_pieces(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    def dribble() -> None:
        for byte in wire.pack(["a", ARRAY]):
            os.write(writing, bytes([byte]))
        os.close(writing)

    thread = threading.Thread(target=dribble)
    thread.start()
    np.testing.assert_equal(wire.read(reading, wire.until(time.monotonic() + 10)), ["a", ARRAY])
    with pytest.raises(wire.ClosedError):
        wire.read(reading, wire.until(time.monotonic() + 10))
    thread.join()


@pytest.mark.parametrize(
    "sent", [b"", b"CfS1", wire.pack(ARRAY)[:-1], LENGTHS.pack(b"CfS1", 2, 10**6) + b"[]"]
)
def test_half_a_frame_is_not_waited_for(sent: bytes, pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, sent)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        wire.read(reading, wire.until(began + 0.1))
    assert time.monotonic() - began < 5
    os.close(writing)


@pytest.mark.parametrize(
    "sent",
    [
        b"x" * 16,
        LENGTHS.pack(b"CfS1", 2**31, 0),
        LENGTHS.pack(b"CfS1", 2, 2**60),
        LENGTHS.pack(b"CfS0", 2, 0),
    ],
)
def test_a_beginning_that_is_none_is_refused_before_anything_is_read(
    sent: bytes, pipe: tuple[int, int]
) -> None:
    reading, writing = pipe
    os.write(writing, sent)
    with pytest.raises(wire.WireError):
        wire.read(reading, wire.until(time.monotonic() + 10))
    os.close(writing)
