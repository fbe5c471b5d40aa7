"""``captioning gradescope``: the archive, set up and run as Gradescope does, in a folder of its own."""

import inspect
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.grading.gradescope.results import NOT_YOURS
from captioning.cli import run
from tests.conftest import Command
from tests.grading import NAME, POINTS, cell_of, hand_in, notebook
from tests.wheel import ROOT

pytest_plugins = ("tests.grading",)
pytestmark = [
    pytest.mark.xdist_group("grading"),
    pytest.mark.usefixtures("quick_gradebooks"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

FORMATS = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
# https://gradescope-autograders.readthedocs.io/en/latest/specs/
SCHEMA = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number", "minimum": 0},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": FORMATS,
        "test_output_format": FORMATS,
        "test_name_format": FORMATS,
        "stdout_visibility": VISIBILITY,
        "visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "score", "max_score", "output", "output_format", "visibility"],
                "properties": {
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMATS,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMATS,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


class Container:
    """A folder that stands for ``/autograder``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def call(self, program: Path) -> subprocess.CompletedProcess[str]:
        """Run one of the scripts, with no checkout in sight."""
        tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ours = {"AUTOGRADER_ROOT": str(self.root), "AUTOGRADER_PYTHON": sys.executable, "PATH": tools}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | ours
        return subprocess.run(
            [program], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def graded(self, content: NotebookNode | bytes | None, name: str = f"{NAME}.ipynb") -> dict[str, Any]:
        """Hand in a notebook as the only one, have it graded, and return what Gradescope reads."""
        submission, results = self.root / "submission", self.root / "results" / "results.json"
        shutil.rmtree(submission, ignore_errors=True)
        results.unlink(missing_ok=True)
        submission.mkdir()
        if content is not None:
            (submission / name).parent.mkdir(parents=True, exist_ok=True)
            made = content if isinstance(content, bytes) else json.dumps(content).encode()
            (submission / name).write_bytes(made)
        self.call(self.root / "run_autograder")
        found: dict[str, Any] = json.loads(results.read_text())
        jsonschema.validate(found, SCHEMA)
        assert found["stdout_visibility"] == "hidden"
        assert found["tests"][-1]["visibility"] == "hidden"
        return found


@pytest.fixture(scope="module")
def container(
    a_sandbox: str, released: Path, tmp_path_factory: pytest.TempPathFactory
) -> Container:  # a_sandbox: elsewhere nothing has points
    """Return one that is set up."""
    root = tmp_path_factory.mktemp("autograder")
    archive = root / "autograder.zip"
    assert run(["gradescope", NAME, "--course", str(released), "--out", str(archive)]) == 0
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, root / "source"))
            path.chmod(stat.S_IMODE(entry.external_attr >> 16))
    shutil.copy2(root / "source" / "run_autograder", root)
    users = [{"email": "bob@x.org", "id": 2, "name": "Bob"}, {"email": "ada@x.org", "id": 1, "name": "Ada"}]
    (root / "submission_metadata.json").write_text(json.dumps({"id": 7, "users": users}))
    made = Container(root)
    done = made.call(root / "source" / "setup.sh")
    if done.returncode and "Failed to fetch" in done.stderr:
        pytest.skip("setup.sh installs NumPy, and nothing can be fetched here")
    assert done.returncode == 0, done.stderr
    assert "Here students' code runs in this sandbox: " in done.stdout
    return made


# What stands for a plain Debian 12 as root: no uv, a pip that refuses, and a uv that can download no Python.
PLAIN = {
    "id": "echo 0",
    "apt-get": 'echo "apt-get $*" >> "$LOG"',
    "python3": """
        [ "$3" = --version ] && exit "$NO_PIP"
        echo "pip $*" >> "$LOG"
        [ "${PIP_BREAK_SYSTEM_PACKAGES:-}" = 1 ] || { echo externally-managed-environment; exit 1; }
        cp "$TOOLS/later-uv" "$TOOLS/uv" """,
    "later-uv": """
        echo "uv $*" >> "$LOG"
        case "$*" in *"--python 3."*) exit 2;; esac
        mkdir -p "$AUTOGRADER_ROOT/venv/bin" && cp "$TOOLS/id" "$AUTOGRADER_ROOT/venv/bin/python" """,
    "bwrap": "",
}


@pytest.mark.parametrize(
    ("missing", "said"), [((), ""), (("bwrap",), "bubblewrap"), (("pip",), "python3-pip")]
)
def test_a_plain_debian_is_set_up(missing: tuple[str, ...], said: str, tmp_path: Path) -> None:
    tools, root, log = tmp_path / "tools", tmp_path / "root", tmp_path / "log"
    (root / "source").mkdir(parents=True)
    (root / "source" / "python-version").write_text("3.11.7\n")
    (root / "source" / "requirements.txt").touch()
    tools.mkdir()
    for name, text in PLAIN.items():
        if name not in missing:
            (tools / name).write_text(f"#!/bin/sh\n{inspect.cleandoc(text)}\n")
            (tools / name).chmod(0o755)
    for name in ("bash", "sh", "env", "cat", "chmod", "cp", "mkdir"):
        (tools / name).symlink_to(str(shutil.which(name)))
    environment = {
        "PATH": str(tools), "TOOLS": str(tools), "LOG": str(log), "AUTOGRADER_ROOT": str(root),
        "NO_PIP": str(int("pip" in missing)),
    }  # fmt: skip
    script = ROOT / "autograder" / "grading" / "gradescope" / "setup.sh"
    done = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = log.read_text().splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("apt-get install")] == (
        [said] if said else []
    )
    venvs = [line for line in lines if line.startswith("uv venv")]
    assert ["--python 3.11.7" in venvs[0], "--python >=3.11" in venvs[1]] == [True, True]


def test_right_wrong_and_empty(container: Container, released: Path) -> None:
    right = container.graded(notebook(released))
    assert right["score"] == POINTS
    (first, note) = right["tests"]
    assert first == {
        "name": "softmax_loss", "name_format": "text", "score": POINTS, "max_score": POINTS,
        "status": "passed", "output": "softmax_loss: right, 4 of 4 points", "output_format": "text",
        "visibility": "after_due_date",
    }  # fmt: skip
    assert "Graded in this sandbox: " in note["output"]
    assert "ada@x.org, bob@x.org" in note["output"]
    empty = container.graded(notebook(released, of="release"))
    assert (empty["score"], empty["tests"][0]["status"]) == (0, "failed")
    assert "softmax_loss is yours to write" in empty["tests"][0]["output"]
    # A folder that was handed in as a zip, renamed.
    assert container.graded(notebook(released), f"work/{NAME}.ipynb")["score"] == POINTS
    assert container.graded(notebook(released), "work/my own.ipynb.txt")["score"] == POINTS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no notebook"),
        (b'{"cells": [', "breaks off"),
        ((ROOT / "starter" / "10_lstm" / "10_lstm.ipynb").read_bytes(), "this notebook is of chapter 10"),
    ],
)
def test_what_cannot_be_graded_has_no_points_and_the_student_reads_why(
    container: Container, content: bytes | None, sentence: str
) -> None:
    found = container.graded(content)
    assert found["score"] == 0
    assert sentence in found["output"]
    assert sentence in found["tests"][-1]["output"]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("source/settings.json", "{", "JSONDecodeError"),
        ("source/course/autograder/grading/graded.py", "1 / 0", "did not come to its end"),
        ("submission_metadata.json", "[]", "TypeError"),
        (
            "source/course/autograder/worker/confinement.py",
            "raise OSError('not permitted')",
            "no sandbox holds here",
        ),
    ],
)
def test_a_grader_that_fails_gives_no_points(
    container: Container, released: Path, file: str, text: str, reason: str
) -> None:
    path = container.root / file
    before = path.read_text()
    try:
        path.write_text(text)
        found = container.graded(notebook(released))
    finally:
        path.write_text(before)
    assert (found["score"], found["output"]) == (0, NOT_YOURS)
    assert reason in found["tests"][-1]["output"]


@pytest.mark.parametrize("isolation", ["bwrap", "landlock"])
def test_a_student_s_code_sees_nothing_of_the_grader(
    container: Container, released: Path, isolation: str
) -> None:
    settings = container.root / "source" / "settings.json"
    solution = container.root / "source" / "course" / "solutions" / "losses.py"
    assert solution.is_file()
    before = settings.read_text()
    attacks = {
        "key": f"open({str(container.root)!r} + '/source/.captioning/key').read()",
        "solution": f"open({str(solution)!r}).read()",
        "result": f"open({str(container.root)!r} + '/results/results.json', 'w').write('x')",
        "import": "import solutions.losses",
    }
    cells = [new_code_cell(f"class Succeeded_{name}:\n    {code}") for name, code in attacks.items()]
    cells.append(
        new_code_cell(
            "def softmax_loss(x, y):\n"
            "    raise ValueError([name for name in globals() if name.startswith('Succeeded_')])"
        )
    )

    def edit(found: NotebookNode) -> None:
        found.cells = [cell_of(found, "softmax_loss"), *cells]

    try:
        settings.write_text(json.dumps(json.loads(before) | {"isolation": isolation}))
        found = container.graded(notebook(released, edit))
    finally:
        settings.write_text(before)
    if "no sandbox holds here" in found["tests"][-1]["output"]:
        pytest.skip(f"{isolation} is not on this machine")
    assert found["score"] == 0
    assert "ValueError: []" in found["tests"][0]["output"]


def test_the_archive_is_the_same_each_time_and_has_a_key_of_its_own(
    course: Path, command: Command, tmp_path: Path
) -> None:
    hand_in(course, "ada", notebook(course))  # what was handed in is not a part of it
    archives = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in archives:
        code, out, err = command(
            "gradescope", NAME, "--course", course, "--out", path, "--visibility", "hidden"
        )
        assert (code, f"{NAME}, 4 points" in out) == (0, True), err
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as opened:
        names = set(opened.namelist())
        key = opened.read(".captioning/key").decode()
        assert b"Because" not in opened.read(f"assignment/{NAME}.ipynb")
        assert json.loads(opened.read("settings.json")) == {
            "assignment": NAME, "visibility": "hidden", "isolation": None,
        }  # fmt: skip
    assert key != (course / ".captioning" / "key").read_text()
    assert {"setup.sh", "run_autograder", "course/solutions/losses.py"} <= names
    assert not any(name.startswith(("submitted", "gradebook", "source")) for name in names)
