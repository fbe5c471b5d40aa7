"""An answer that ends or changes its process, in `captioning check`, beside one that is right."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from autograder.student.checking import check_in
from autograder.student.files import AnswerFile
from autograder.student.loading import load, used_by
from captioning.answers import library
from tests.conftest import Command
from tests.student import write_notebook

RIGHT = "def relu_forward(x):\n    return np.maximum(0, x), x"
# What the answer to chapter 1 does, before that of chapter 3 is tried; and what is said of it.
SPOILERS = {
    "ends the program": (
        "def standardize(x, eps=1e-8):\n    os._exit(0)",
        "standardize ended the program that called it (exit code 0).",
    ),
    "ends it with all well": (
        "def standardize(x, eps=1e-8):\n    sys.stdout.flush()\n    os.kill(os.getpid(), 9)",
        "standardize ended the program that called it (SIGKILL).",
    ),
    "crashes": (
        "def standardize(x, eps=1e-8):\n    ctypes.string_at(0)",
        "standardize ended the program that called it (SIGSEGV).",
    ),
    "interrupts": (
        "def standardize(x, eps=1e-8):\n    raise KeyboardInterrupt",
        "standardize raised KeyboardInterrupt, which ends the program that calls it.",
    ),
    "ends it when defined": (
        "def standardize(x, eps=os._exit(0)):\n    return x",
        "standardize could not be loaded: answers.ipynb cell 2, line 1 ended the program",
    ),
    "loops when defined": (
        "def standardize(\n    x,\n    eps=sum(iter(int, 1)),\n):\n    return x",
        "standardize could not be loaded: answers.ipynb cell 2, line 1 had not come to an end after 3 s",
    ),
    "needs a number without end": (
        "N = 9**9**9\ndef standardize(x, eps=1e-8):\n    return x / N",
        "standardize could not be loaded: answers.ipynb cell 2, line 1 had not come to an end after 3 s",
    ),
    "computes without end": (
        "def standardize(x, eps=1e-8):\n    return x / sum(iter(int, 1))",
        "standardize had not come to an end after 3 s, and its process was stopped.",
    ),
    "patches NumPy": (
        "def standardize(x, eps=1e-8):\n    np.maximum = np.minimum\n"
        "    np.array_equal = lambda *a, **k: True\n    return x",
        "standardize changes NumPy itself: numpy.array_equal, numpy.maximum.",
    ),
    "patches NumPy when defined": (
        "class _Patch:\n    np.maximum = np.minimum\ndef standardize(x, eps=_Patch):\n    return x",
        "standardize changes NumPy itself: numpy.maximum.",
    ),
}
# Those that are stopped after three seconds.
ENDLESS = {"loops when defined", "needs a number without end", "computes without end"}
KINDS = [pytest.param(kind, marks=[pytest.mark.slow] if kind in ENDLESS else []) for kind in SPOILERS]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_layers").mkdir()
    return tmp_path


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_costs_itself_and_no_other(kind: str, course: Path, command: Command) -> None:
    spoiler, sentence = SPOILERS[kind]
    imports = "import ctypes\nimport os\nimport sys\nimport numpy as np"
    write_notebook(course / "answers.ipynb", [imports, spoiler, RIGHT])
    seconds = 3 if "3 s" in sentence else 10
    code, out, _ = command("check", "answers", "--json", "--seconds", seconds)
    assert code == 3
    bad, good = json.loads(out)["exercises"]
    assert (bad["exercise"], bad["passed"], bad["points"]) == ("standardize", False, 0)
    assert sentence in bad["findings"][0]["sentence"]
    assert (good["exercise"], good["passed"]) == ("relu_forward", True)
    assert [path.name for path in (course / "my_layers").glob("*.py")] == ["relu_forward.py"]


@posix
def test_what_passes_and_then_ends_the_program_has_not_passed(course: Path, command: Command) -> None:
    """It ends it when the file that is to be saved is loaded."""
    answer = "def relu_forward(x, end=os.environ.get('LOADED') and os._exit(0)):\n"
    answer += "    os.environ['LOADED'] = 'x'\n    return np.maximum(0, x), x"
    write_notebook(course / "answers.ipynb", ["import os\nimport numpy as np", answer])
    code, out, _ = command("check", "answers")
    assert code == 3
    assert "relu_forward ended the program that called it (exit code 0) when it was saved." in out
    assert not list((course / "my_layers").glob("*.py"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the system ends it")
def test_no_process_outlives_the_command(course: Path) -> None:
    answer = "def relu_forward(x):\n    open('pid', 'w').write(f'{os.getpid()} ')\n    sum(iter(int, 1))"
    write_notebook(course / "answers.ipynb", ["import os", answer])
    program = [sys.executable, "-c", "from captioning.cli import main; main()", "check", "answers"]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while not (course / "pid").is_file() or not (course / "pid").read_text().endswith(" "):
            assert running.poll() is None
            time.sleep(0.05)
        running.kill()
    pid = int((course / "pid").read_text())
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.kill(pid, signal.SIGKILL)
        pytest.fail("it runs on")


def test_of_a_file_is_loaded_what_an_answer_uses(tmp_path: Path) -> None:
    cells = [
        "from math import *\nimport numpy as np\nimport not_there",
        "SCALE = HALF = 0.5\nOTHER = 1",
        "def helper(x):\n    OTHER = x\n    return OTHER * SCALE",
        "try:\n    def f(x):\n        return helper(x)\nexcept ImportError:\n    g = 1",
        "def h():\n    return globals()['OTHER']",
    ]
    file = AnswerFile.read(write_notebook(tmp_path / "x.ipynb", cells))
    assert used_by(file, {"f"}) == {"f", "g", "helper", "SCALE", "HALF", "ImportError"}
    assert used_by(file, {"h"}) is None
    places: list[str] = []
    found = load(file, {"f"}, places.append)
    assert found.names["f"](4) == 2
    assert "pi" in found.names
    assert not {"np", "OTHER", "h"} & set(found.names)
    assert not found.lost
    assert [place.removeprefix(f"{file.path} ") for place in places] == [
        "cell 1, line 1",
        "cell 2, line 1",
        "cell 3, line 1",
        "cell 4, line 1",
    ]
    assert {"OTHER", "h"} < set(load(file, {"h"}).names)


def test_numpy_is_put_back_in_a_notebook_too(course: Path) -> None:
    maximum = np.maximum
    cells = ["import numpy as np", "def relu_forward(x):\n    np.maximum = np.minimum\n    return x, x"]
    verdict = check_in("relu_forward", load(AnswerFile.read(write_notebook(course / "x.ipynb", cells))).names)
    assert np.maximum is maximum
    assert not verdict.works
    assert verdict.findings[0].argument == "NumPy"
