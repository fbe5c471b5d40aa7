"""Another command at the same time, which has the terminal for itself as long as it runs."""

import io
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from coursebuilder.errors import ChapterError


@contextmanager
def beside(command: str) -> Iterator[Callable[[], object]]:
    """Run a command while the block runs; what the block prints is shown when the command has ended.

    The block gets a function that waits until then.

    Raises:
        ChapterError: the command failed.
    """
    process = subprocess.Popen(shlex.split(command))
    out, err = Held(sys.stdout, process), Held(sys.stderr, process)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            yield process.wait
    finally:
        # Ctrl-C has reached the command, too, and it may have something to keep.
        process.wait()
        out.release()
        err.release()
    if process.returncode:
        raise ChapterError(f"{command} ended with exit code {process.returncode}; its messages are above")


class Held:
    """A stream that keeps what is written to it until a process has ended."""

    def __init__(self, stream: TextIO, process: subprocess.Popen) -> None:
        self._stream, self._process, self._kept = stream, process, io.StringIO()

    def write(self, text: str) -> int:
        if self._process.poll() is None:
            return self._kept.write(text)
        self.release()
        return self._stream.write(text)

    def release(self) -> None:
        """Write what has been kept."""
        self._stream.write(self._kept.getvalue())
        self._stream.flush()
        self._kept = io.StringIO()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
