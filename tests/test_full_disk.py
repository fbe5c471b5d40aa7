"""Grading where the disk is full: it ends in sentences, nothing is half written, it goes on afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import ALL, NAME, Course
from tests.class_folder import gradebook_marks, make_course, submit
from tests.honest import as_bytes

GRADE = [sys.executable, "-c", "from captioning.cli import main; main()", "grade", NAME, "--json", "--course"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Return a folder on a disk of 3 MB, which is all of it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here: only root may")
    return folder


@pytest.mark.slow
def test_a_full_disk_is_told_and_nothing_is_half_written(
    small_disk: Path, tmp_path: Path, a_sandbox: str
) -> None:
    try:
        _grade_on(small_disk, tmp_path, a_sandbox)
    finally:
        subprocess.run(["umount", "--lazy", small_disk], check=True)


def _grade_on(disk: Path, tmp_path: Path, isolation: str) -> None:
    made = make_course(tmp_path / "made")
    for number in range(4):
        submit(made, f"s{number}", {f"{NAME}.ipynb": as_bytes(Course(made).right())})
    course = disk / "course"
    subprocess.run(["cp", "-r", made, course], check=True)
    free = os.statvfs(disk)
    # Enough for the first verdicts, and not for the last.
    (disk / "ballast").write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - 60_000)))
    command = [*GRADE, course, "--isolation", isolation]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {1, 3}, done.stderr
    assert "Traceback" not in done.stderr
    said = done.stdout + done.stderr
    assert "full" in said.lower() or "space" in said.lower(), said
    for path in course.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    for path in (course / "autograded").rglob("*.ipynb"):
        json.loads(path.read_text(encoding="utf-8"))
    (disk / "ballast").unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert gradebook_marks(course) == {f"s{number}": ALL for number in range(4)}
    assert not list(course.rglob("*.part"))
