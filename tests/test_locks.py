"""What two processes do at once, and what a killed one leaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from captioning.data import downloads
from captioning.errors import InputError
from captioning.files import STALE_SECONDS, atomic_write, exclusive, write_text
from captioning.photos.folder import extract_features
from tests.conftest import Command
from tests.tiny import write_tiny_data

HOLD = """
import sys, time
from pathlib import Path
from captioning.files import exclusive
with exclusive(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def held(tmp_path: Path) -> tuple[Path, subprocess.Popen]:
    """Return a path, and another process that writes it."""
    path = tmp_path / "out.h5"
    process = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    yield path, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_one_process_at_a_time_and_a_killed_one_lets_go(
    held: tuple[Path, subprocess.Popen], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, process = held
    monkeypatch.chdir(path.parent)
    with (
        pytest.raises(InputError, match=r"another `captioning` writes out\.h5 at this moment"),
        exclusive(Path("out.h5")),
    ):
        pass
    with pytest.raises(InputError, match="at this moment"):
        extract_features(path.parent, path, path)
    with exclusive(path.with_name("another.h5")):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    with exclusive(path), pytest.raises(InputError), exclusive(path):
        pass
    with exclusive(path):
        assert sorted(path.parent.iterdir()) == []  # locks lie elsewhere


def test_training_and_downloading_twice_at_once(tmp_path: Path, command: Command) -> None:
    data = write_tiny_data(tmp_path / "data")
    with exclusive(tmp_path / "run" / "checkpoint.h5"):
        code, _, err = command("train", "--data", data, "--out", tmp_path / "run")
    assert code == 1
    assert "another `captioning` writes" in err
    with exclusive(tmp_path / "vgg16"), pytest.raises(InputError, match="another `captioning` writes"):
        downloads.get("vgg16", tmp_path, "http://127.0.0.1:9")


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "[a].txt"
    old, new, other = (tmp_path / name for name in (".[a].txt.1.part", ".[a].txt.2.part", ".b.txt.1.part"))
    for left in (old, new, other):
        left.write_text("half")
    for left in (old, other):
        os.utime(left, (time.time() - STALE_SECONDS - 1,) * 2)
    write_text(path, "whole")
    assert sorted(tmp_path.iterdir()) == sorted([new, other, path])


def test_a_link_stays_one_and_a_device_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "disk" / "there.txt")
    write_text(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "disk" / "there.txt").read_text() == "text"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="it is a device or a pipe"), atomic_write(tmp_path / "pipe"):
        pass
