"""Throws damaged frames at the decoder: ``python -m tests.fuzz_wire SECONDS``, with ``atheris`` installed.

Whatever a worker sends, ``unpack`` returns a value or raises ``WireError``; anything else ends the run.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: pip install atheris")

from autograder.judge.outcome import Opaque, Outcome
from autograder.judge.verdict import Finding, Kind

with atheris.instrument_imports(include=["autograder.worker.wire"]):
    from autograder.worker import wire

FAILURE = Finding(Kind.RAISED, "", "It raised.", numbers={"line": 3})
SEEDS: list[Any] = [
    1, 10**30, 1.5, 1j, "text", b"bytes", None, True, [1, (2, {"a": np.ones((2, 3))})], Opaque("A", (1, 2)),
    Outcome((np.ones((3, 4), "f4"), np.int64(1)), (None,), ("x",), (("a", "b"),), FAILURE, True, False),
    {"names": ["a", "b"], "lost": {"c": "why"}},
]  # fmt: skip
counts = {"thrown": 0, "decoded": 0}


def throw(data: bytes) -> None:
    """Take two bytes for the length of the header, that, and a body."""
    size = int.from_bytes(data[:2], "little")
    counts["thrown"] += 1
    try:
        value = wire.unpack(data[2 : 2 + size], data[2 + size :])
    except wire.WireError:
        return
    counts["decoded"] += 1
    try:
        again = wire.pack(value)
    except wire.WireError:  # it can be read, and is longer when it is written
        return
    _, n_header, _ = wire._LENGTHS.unpack(again[: wire._LENGTHS.size])
    rest = again[wire._LENGTHS.size :]
    wire.unpack(rest[:n_header], rest[n_header:])


def main() -> None:
    """Throw for some seconds."""
    seconds = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for number, value in enumerate(SEEDS):
            frame = wire.pack(value)
            _, n_header, _ = wire._LENGTHS.unpack(frame[: wire._LENGTHS.size])
            path = Path(folder, str(number))
            path.write_bytes(n_header.to_bytes(2, "little") + frame[wire._LENGTHS.size :])
        began = time.monotonic()

        def counted(data: bytes) -> None:
            throw(data)
            if time.monotonic() - began > seconds:
                print(f"{counts['thrown']:,} frames in {seconds} s, {counts['decoded']:,} of them decoded")
                raise KeyboardInterrupt

        atheris.Setup([sys.argv[0], folder, "-max_len=4096", "-verbosity=0"], counted)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
