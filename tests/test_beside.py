"""A command that runs while the book is made."""

import shlex
import sys
import time
from pathlib import Path

import pytest

from coursebuilder.beside import beside
from coursebuilder.errors import ChapterError


def python(code: str) -> str:
    """Return the command that runs a piece of Python."""
    return shlex.join([sys.executable, "-c", code])


@pytest.mark.slow
def test_what_the_block_prints_comes_after_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    with beside(python("import time; time.sleep(0.5); print('gallery')")):
        print("book")
        print("a warning", file=sys.stderr)
        assert capfd.readouterr() == ("", "")
    assert capfd.readouterr() == ("gallery\nbook\n", "a warning\n")


@pytest.mark.slow
def test_the_block_can_wait_for_the_command(tmp_path: Path) -> None:
    made = tmp_path / "made"
    code = f"import pathlib, time; time.sleep(0.5); pathlib.Path({str(made)!r}).touch()"
    with beside(python(code)) as has_ended:
        assert not made.exists()
        has_ended()
        assert made.exists()


def test_once_the_command_has_ended_nothing_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with beside(python("")):
        print("first")
        written = ""
        deadline = time.monotonic() + 20
        while not written and time.monotonic() < deadline:
            time.sleep(0.1)
            print("now", flush=True)
            written = capfd.readouterr().out
        assert written.startswith("first\nnow\n")


def test_a_command_that_fails_is_named() -> None:
    def book_beside_a_failure() -> None:
        with beside(python("raise SystemExit(3)")):
            pass

    with pytest.raises(ChapterError, match="ended with exit code 3; its messages are above"):
        book_beside_a_failure()


@pytest.mark.slow
def test_an_error_waits_for_the_command_and_loses_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def broken_book() -> None:
        with beside(python("import time; time.sleep(0.5); print('gallery')")):
            print("book")
            raise ChapterError("a cell failed")

    with pytest.raises(ChapterError, match="a cell failed"):
        broken_book()
    assert capfd.readouterr().out == "gallery\nbook\n"
