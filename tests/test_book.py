"""The chapters of the book, executed before Sphinx reads them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from coursebuilder import book, side_by_side
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from tests.chapters import cell

FRONT = "---\njupytext:\n  text_representation:\n    format_name: myst\nkernelspec:\n  name: python3\n---\n\n"


def small_chapter(name: str, number: int) -> Chapter:
    """Return a chapter that prints three times a number."""
    return Chapter(name, f"{FRONT}# {name}\n\n" + cell(f"print({number} * 3)"))


@pytest.fixture
def two_chapters() -> list[Chapter]:
    return [small_chapter("01_one", 1), small_chapter("02_two", 2)]


def printed_by(cache_folder: Path) -> dict[int, str]:
    """Return what the chapters in a cache have printed, by a number that each execution gets anew."""
    with book.open_cache(cache_folder) as cache:
        return {
            record.pk: cache.get_cache_bundle(record.pk).nb.cells[0].outputs[0].text
            for record in cache.list_cache_records()
        }


@pytest.mark.slow
def test_only_changed_chapters_are_executed(two_chapters: list[Chapter], tmp_path: Path) -> None:
    cache_folder = tmp_path / "cache"
    book.execute_chapters(two_chapters, cache_folder)
    first = printed_by(cache_folder)
    assert sorted(first.values()) == ["3\n", "6\n"]
    book.execute_chapters(two_chapters, cache_folder)
    assert printed_by(cache_folder) == first
    changed = Chapter("02_two", two_chapters[1].text.replace("2 * 3", "2 * 5"))
    book.execute_chapters([two_chapters[0], changed], cache_folder)
    assert printed_by(cache_folder) == first | {3: "10\n"}


@pytest.mark.slow
def test_many_chapters_at_once_share_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jupyter-cache reads again what it has just deleted, if two processes write at once."""
    monkeypatch.setattr(side_by_side, "execute", pretend_to_execute)
    for repetition in range(5):
        chapters = [small_chapter(f"{number:02}_one", 100 * repetition + number) for number in range(20)]
        book.execute_chapters(chapters, tmp_path, at_once=10)
        expected = {f"{3 * (100 * repetition + number)}\n" for number in range(20)}
        assert set(printed_by(tmp_path).values()) >= expected


def pretend_to_execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute the one line that such a chapter has, without a kernel."""
    number = int(notebook.cells[-1].source.removeprefix("print(").partition(" ")[0])
    notebook.cells[-1].outputs = [new_output("stream", name="stdout", text=f"{3 * number}\n")]
    return notebook


@pytest.mark.slow
def test_a_chapter_that_measures_time_is_executed_when_all_else_has_ended(
    two_chapters: list[Chapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_before: list[str] = []
    monkeypatch.setattr(book, "TIMED", {"02_two"})
    book.execute_chapters(
        two_chapters, tmp_path, before_timed=lambda: done_before.extend(printed_by(tmp_path).values())
    )
    assert done_before == ["3\n"]
    assert sorted(printed_by(tmp_path).values()) == ["3\n", "6\n"]


def test_the_chapters_that_measure_time_are_in_the_book() -> None:
    assert {path.stem for path in book.BOOK.glob("[0-9][0-9]_*.md")} >= book.TIMED


@pytest.mark.slow
def test_a_chapter_that_fails_is_named_and_the_others_are_kept(
    two_chapters: list[Chapter], tmp_path: Path
) -> None:
    failing = Chapter("02_two", two_chapters[1].text.replace("2 * 3", "1 / 0"))
    with pytest.raises(ChapterError, match=r"(?s)02_two: a cell failed.*ZeroDivisionError"):
        book.execute_chapters([two_chapters[0], failing], tmp_path / "cache")
    assert list(printed_by(tmp_path / "cache").values()) == ["3\n"]


@pytest.mark.slow
def test_a_process_that_is_killed_is_no_traceback(two_chapters: list[Chapter], tmp_path: Path) -> None:
    kill = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    killing = Chapter("02_two", two_chapters[1].text.replace("print(2 * 3)", kill))
    with pytest.raises(ChapterError, match="ended from outside"):
        book.execute_chapters([killing], tmp_path / "cache")


@pytest.mark.slow
def test_ctrl_c_ends_the_chapters_and_their_kernels(two_chapters: list[Chapter], tmp_path: Path) -> None:
    kernel, text = tmp_path / "kernel", tmp_path / "01_one.md"
    sleep = (
        "import os, pathlib, time\n"
        f"pathlib.Path({str(kernel)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(300)"
    )
    text.write_text(two_chapters[0].text.replace("print(1 * 3)", sleep))
    program = (
        "import sys; from pathlib import Path; from coursebuilder import book; "
        "from coursebuilder.chapter import Chapter; "
        "text = Path(sys.argv[1]).read_text(); "
        "book.execute_chapters([Chapter('01_one', text)], Path(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, text, tmp_path / "cache"], cwd=book.ROOT, stderr=subprocess.PIPE
    )
    until(lambda: kernel.exists() and kernel.read_text())
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert complaint.rstrip().endswith(b"KeyboardInterrupt")
    until(lambda: not is_running(int(kernel.read_text())))


def until(condition: Callable[[], object], seconds: float = 180) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_a_chapter_that_sphinx_runs_itself_is_no_book(
    two_chapters: list[Chapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sphinx(*_: object, **__: object) -> int:
        """Miss the second chapter in the cache."""
        another = Chapter("02_two", two_chapters[1].text.replace("2 * 3", "2 * 5"))
        book.execute_chapters([another], tmp_path / "executed")
        return 0

    monkeypatch.setattr(book, "build_sphinx", sphinx)
    with pytest.raises(ChapterError, match="Sphinx did not find the executed chapters"):
        book.build_book(two_chapters, "open", tmp_path / "open")


@pytest.mark.slow
def test_a_page_that_sphinx_minds_is_no_book(
    two_chapters: list[Chapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minded = RuntimeError("a link leads nowhere")
    monkeypatch.setattr(book, "build_sphinx", lambda *_, **__: minded)
    with pytest.raises(ChapterError, match="could not be built"):
        book.build_book(two_chapters, "open", tmp_path / "open")


def other_edition(text: str) -> Callable[[Chapter, str], str]:
    """Return what expands a chapter's solution to this text in all editions but the open one."""
    return lambda chapter, edition: (
        chapter.text if edition == "open" else chapter.text.replace("solution = 1", text)
    )


@pytest.mark.slow
def test_the_editions_share_one_execution(
    two_chapters: list[Chapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapters = [Chapter(one.name, one.text + cell("solution = 1")) for one in two_chapters]
    monkeypatch.setattr(book, "expand", other_edition("from math import pi"))
    book.execute_chapters(chapters, tmp_path)
    first = printed_by(tmp_path)
    book.hand_over(chapters, "class", tmp_path)
    assert printed_by(tmp_path).items() >= first.items()
    assert sorted(printed_by(tmp_path).values()) == ["3\n", "3\n", "6\n", "6\n"]
    # A cell that shows something must be what the open edition ran.
    shown = [Chapter(one.name, one.text + cell("solution = 1\nprint(solution)")) for one in two_chapters]
    book.execute_chapters(shown, tmp_path)
    with pytest.raises(ChapterError, match="the class edition has other cells"):
        book.hand_over(shown, "class", tmp_path)


def test_a_build_by_other_code_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = tmp_path / "_build"
    book.forget_outdated(build)
    page = build / "html" / "intro.html"
    page.parent.mkdir()
    page.touch()
    book.forget_outdated(build)
    assert page.exists()
    monkeypatch.setattr(book, "_made_of", lambda: "another layer")
    book.forget_outdated(build)
    assert not page.exists()
    assert build.is_dir()


def test_a_chapter_without_front_matter_is_not_a_notebook(tmp_path: Path) -> None:
    with pytest.raises(ChapterError, match="01_one is not a notebook"):
        book.execute_chapters([Chapter("01_one", "# One\n")], tmp_path)
