"""Files are written whole or not at all, by one process at a time, and only where files belong."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from captioning.errors import InputError
from captioning.files import STALE_SECONDS, atomic_write, exclusive, write_text
from tests.conftest import Command

posix = pytest.mark.skipif(os.name != "posix", reason="devices, links and process numbers of POSIX")


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Let another process write a file while the block runs, and kill it then; give its number."""
    code = (
        "import sys, time; from pathlib import Path; from captioning.files import exclusive\n"
        "with exclusive(Path(sys.argv[1])): print('now', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "now\n"
            yield other.pid
        finally:
            other.kill()


def write_alone(path: Path, wait: float = 0) -> None:
    with exclusive(path, wait=wait):
        pass


@posix
def test_the_second_process_is_told_who_writes_and_goes_on_when_that_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "features.h5"
    with held(path) as pid:
        for _ in range(2):  # the refusal itself must not hide who writes
            with pytest.raises(InputError, match=rf"process {pid} is writing {path} at this moment"):
                write_alone(path)
        write_alone(tmp_path / "another.h5")
    write_alone(path, wait=5)


@posix
@pytest.mark.parametrize(
    ("output", "args"),
    [
        ("f.h5", ["features", ".", "--weights", "w.h5", "--out", "f.h5"]),
        ("run/checkpoint.h5", ["train", "--data", "scenes", "--resume", "--out", "run"]),
        ("coco", ["data", "get", "coco", "--folder", ".", "--source", "http://localhost:9"]),
        ("out", ["data", "prepare", "flickr8k", "--features", "f.h5", "--folder", ".", "--out", "out"]),
    ],
)
def test_two_commands_never_write_one_output(
    output: str, args: list[str], tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with held(tmp_path / output) as pid:
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / "checkpoint.h5").touch()
        assert command(*args) == (
            1,
            "",
            f"Error: process {pid} is writing {tmp_path / output} at this moment. Wait until it has ended, "
            "or let this one write elsewhere, and run it again.\n",
        )


def test_what_killed_processes_left_is_swept_and_what_others_write_now_is_not(tmp_path: Path) -> None:
    old, new, foreign = (tmp_path / name for name in (".a[1].h5.x.part", ".a[1].h5.y.part", ".b.h5.x.part"))
    for path in (old, new, foreign):
        path.touch()
    before = time.time() - STALE_SECONDS - 1
    for path in (old, foreign):
        os.utime(path, (before, before))
    write_text(tmp_path / "a[1].h5", "whole")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a[1].h5", new, foreign])


@posix
def test_links_and_devices_are_written_through(tmp_path: Path) -> None:
    disk = tmp_path / "big disk" / "run.h5"
    disk.parent.mkdir()
    for target in (disk, tmp_path / "big disk" / "not there yet.h5"):
        link = tmp_path / f"{target.stem}.link"
        link.symlink_to(target)
        write_text(link, "new")
        assert (link.is_symlink(), target.read_text()) == (True, "new")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_folder_of_that_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "relu.py").mkdir()
    with pytest.raises(InputError, match=r"relu.py: there is a folder of this name"):
        write_text(tmp_path / "relu.py", "")
    assert list(tmp_path.iterdir()) == [tmp_path / "relu.py"]


def test_what_fails_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with suppress(KeyboardInterrupt), atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_is_looked_through_once_for_what_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def glob(folder: Path, pattern: str) -> Iterator[Path]:
        looked.append(folder)
        return iter([])

    monkeypatch.setattr(Path, "glob", glob)
    for number in range(3):
        write_text(tmp_path / f"{number}.json", "{}")
    assert looked == [tmp_path]


def test_writing_changes_nothing_of_the_whole_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two calls of umask another thread would make files that are open to everybody."""
    (tmp_path / "plain").touch()
    monkeypatch.delattr(os, "umask")
    write_text(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("cache/scenes/captions.h5", "Let the variable CAPTIONING_HOME name another folder"),
        ("course/my_layers/relu_forward.py", "Choose another folder, or ask for the right to write there"),
    ],
)
def test_what_to_do_where_nothing_can_be_written(
    path: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAPTIONING_HOME moves data and weights, and nobody's answers."""
    monkeypatch.setenv("CAPTIONING_HOME", str(tmp_path / "cache"))

    def refused(*args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EROFS, "read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(InputError, match=f"permission denied. {advice}"):
        write_text(tmp_path / path, "text")
