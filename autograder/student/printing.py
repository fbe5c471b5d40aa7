"""What a student's function prints while it is tried: a check calls it a hundred times."""

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

LINES = 5


class _FewLines(io.TextIOBase):
    """Passes the first lines on, and counts the others."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.lines = 0

    def write(self, text: str) -> int:
        if sys.gettrace() is not None:  # a debugger speaks to the student through here
            return self._out.write(text)
        for line in text.splitlines(keepends=True):
            if self.lines < LINES:
                self._out.write(line)
            self.lines += line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        self._out.flush()


@contextlib.contextmanager
def few_lines() -> Iterator[None]:
    """Keep what is printed to a few lines, and say how many there were."""
    few = _FewLines(sys.stdout)
    try:
        with contextlib.redirect_stdout(few):
            yield
    finally:
        if few.lines > LINES:
            sys.stdout.write(
                f"... and {few.lines - LINES} lines more: a check calls a function many times.\n"
            )
