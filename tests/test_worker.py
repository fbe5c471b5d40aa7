"""A worker: what its process cannot do, and that nothing it does reaches a mark but right numbers."""

import inspect
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from autograder.exercises.registry import all_exercises
from autograder.grading import workers
from autograder.grading.isolation import SANDBOXES
from autograder.grading.probes import PROBES, good_isolation, probe_worker
from autograder.grading.reference import grade
from autograder.grading.submission import Asked, verdicts
from autograder.grading.workers import Cell, NoWorkerError, Worker
from autograder.judge.verdict import Kind, Verdict
from captioning.errors import InputError
from coursebuilder.prerequisites import prerequisites
from coursebuilder.sandbox import judged_in_both
from tests.notebooks import CHAPTER, FUNCTIONS, right_cells, stubs

EXERCISES = tuple(exercise for exercise in all_exercises().values() if exercise.chapter == CHAPTER)
POINTS = {exercise.name: exercise.points for exercise in EXERCISES}

pytestmark = pytest.mark.xdist_group("worker")


@cache
def problem(way: str) -> str:
    """Return why there is no sandbox of this sort here, "" if there is one."""
    try:
        Worker(way, []).__enter__().__exit__()
    except InputError as error:
        return str(error)
    return ""


@pytest.fixture(params=SANDBOXES)
def way(request: pytest.FixtureRequest) -> str:
    """Return each sandbox that this machine can have."""
    if problem(request.param):
        pytest.skip(f"{request.param} is not on this machine: {problem(request.param)}")
    return str(request.param)


@pytest.fixture
def strictest(a_sandbox: str) -> str:
    return a_sandbox


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    folder = tmp_path_factory.mktemp("prerequisites")
    for name, text in prerequisites(before=CHAPTER).items():
        (folder / name).write_text(text, encoding="utf-8")
    return Asked("09_rnn.ipynb", EXERCISES, folder)


@pytest.fixture
def judged(strictest: str, asked: Asked) -> Callable[..., dict[str, Verdict]]:
    def judge(cells: list[str], *names: str) -> dict[str, Verdict]:
        code = [Cell(f"09_rnn.ipynb cell {number}", text) for number, text in enumerate(cells, 1)]
        some = replace(asked, exercises=tuple(all_exercises()[name] for name in names or FUNCTIONS))
        return {verdict.exercise: verdict for verdict in verdicts(strictest, code, some, lambda _: 7)}

    return judge


def points(judged: dict[str, Verdict]) -> dict[str, float]:
    return {name: verdict.points for name, verdict in judged.items()}


def words(verdict: Verdict) -> str:
    return " ".join(finding.sentence for finding in verdict.findings)


# The sandboxes


def test_whatever_a_worker_tries_fails(way: str) -> None:
    probed = probe_worker(way)
    assert [probe.attempt for probe in probed if not probe.held] == []
    assert len(probed) == len(PROBES) >= 28
    assert good_isolation(way) == way


# What leaves no trace where nothing holds it.
HARMLESS = ("open a socket of the Internet", "make a file in memory", "read the users of the machine",
            "list the folders of the machine", "read what is graded", "read the course's code")  # fmt: skip


@pytest.mark.skipif(
    sys.platform != "linux", reason="a worker without a sandbox is started otherwise elsewhere"
)
def test_probes_succeed_where_nothing_holds_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for attempt in set(PROBES) - {*HARMLESS}:
        monkeypatch.delitem(PROBES, attempt)
    if os.access(Path(__file__).parents[1], os.X_OK):
        assert {probe.attempt for probe in probe_worker("none") if not probe.held} >= set(HARMLESS) - {
            "read the course's code"
        }


def test_grading_refuses_where_no_sandbox_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROBES, "add numbers", "x = 1 + 1")
    with pytest.raises(
        InputError, match=r"nothing is graded, since no sandbox holds here.*captioning doctor"
    ):
        good_isolation(None)


def test_a_sandbox_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/nowhere/bwrap")
    with pytest.raises(NoWorkerError, match="a worker cannot be started"):
        Worker("bwrap", []).__enter__()


# The same verdicts


def test_right_answers_get_all_points_in_each_sandbox(way: str, asked: Asked) -> None:
    code = [Cell(f"cell {number}", text) for number, text in enumerate(right_cells())]
    assert [verdict.points for verdict in verdicts(way, code, asked, lambda _: 7)] == list(POINTS.values())


@pytest.mark.parametrize("name", [*FUNCTIONS, "CaptioningRNN.loss"])
def test_verdicts_are_word_for_word_those_of_the_same_process(name: str, strictest: str) -> None:
    judged = list(judged_in_both(all_exercises()[name], strictest, every=16))
    assert [one.here.passed for one in judged] == [True] + [False] * (len(judged) - 1)
    assert len(judged) > 3
    assert {one.answer: one.there for one in judged} == {one.answer: one.here for one in judged}


# Attacks: what a notebook may hold, and what it honestly gets


FORGED = """
import os
from autograder.worker import wire
from autograder.judge.outcome import Outcome
def forge(*arguments):
    for fd in range(3, 20):
        try:
            os.write(fd, FRAME)
        except OSError:
            pass
"""
EQUAL_TO_ALL = """
import numpy as np
class Equal(np.ndarray):
    def __array_ufunc__(self, *arguments, **options):
        return True
    def __eq__(self, other):
        return True
    __ne__ = __sub__ = __rsub__ = __abs__ = __eq__
"""
# Nothing is written but these; what is worth points is a stub.
NOTHING_WRITTEN: dict[str, list[str]] = {
    "what compares and judges is rebound": [
        "import numpy as np\nclass _:\n    np.allclose = np.array_equal = lambda *a, **k: True",
        "def check(*a, **k):\n    return check\ncheck.require = lambda: None",
        "import autograder.judge.verdict as v\nimport autograder.judge.outcome as o\nclass _:\n"
        "    v.Verdict.passed = True\n    o.Outcome.failure = None",
    ],
    "the seam is patched": [
        "import autograder.asking.respondent as r\nclass _:\n    r.InProcess.ask = lambda *a: None\n"
        "    r.InProcess.call = lambda *a: None"
    ],
    "answers are imported": [
        "from solutions.rnn import *",
        "from solutions.rnn import rnn_forward, rnn_step_forward",
        "from autograder.mistakes.registry import all_mistakes",
        "from autograder.student.public import public_cases",
    ],
    "a subclass that is equal to all": [
        EQUAL_TO_ALL,
        *(f"def {name}(*a):\n    return (np.zeros((3, 2)).view(Equal),) * 5" for name in FUNCTIONS),
    ],
    "frames of a guess": [
        FORGED + "class _:\n    import builtins\n    builtins.FRAME = wire.pack(Outcome((), ()))",
        *(f"def {name}(*a):\n    forge()\n    return ()" for name in FUNCTIONS),
    ],
    "frames of nonsense": [
        FORGED + "class _:\n    import builtins\n    builtins.FRAME = b'CfS1' + b'\\xff' * 12",
        *(f"def {name}(*a):\n    forge()\n    return ()" for name in FUNCTIONS),
    ],
    "the caller's frames": [
        "import sys\ndef look(*a):\n    frame = sys._getframe()\n    while frame.f_back:\n"
        "        frame = frame.f_back\n        for value in frame.f_locals.values():\n"
        "            if 'expected' in repr(value):\n"
        "                return value\n    return ()",
        *(f"{name} = look" for name in FUNCTIONS),
    ],
    "all that is in memory": [
        "import gc, numpy as np\ndef look(*a):\n"
        "    return tuple(x for x in gc.get_objects() if type(x) is np.ndarray)",
        *(f"{name} = look" for name in FUNCTIONS),
    ],
}  # fmt: skip


@pytest.mark.parametrize("attack", NOTHING_WRITTEN)
def test_an_attack_gets_nothing_for_what_is_not_written(
    attack: str, judged: Callable[..., dict[str, Verdict]]
) -> None:
    result = judged([*stubs(), *NOTHING_WRITTEN[attack]], *FUNCTIONS[:2])
    assert points(result) == dict.fromkeys(FUNCTIONS[:2], 0)


# One answer does harm, the others are right: it costs itself alone, and a sentence says why.
HARM: dict[str, tuple[str, str]] = {
    "ends its process": ("import os; os._exit(0)", "ended the program"),
    "raises SystemExit": ("raise SystemExit(0)", "stops the program"),
    "raises what is not an Exception": ("raise KeyboardInterrupt", "ended the program"),
    "takes all memory": ("x = [bytes(1 << 29) for _ in range(9)]", "MemoryError"),
    "calls itself": ("return rnn_step_backward(*a)", "RecursionError"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "ended the program"),
    "closes all files": ("import os; os.closerange(0, 64)", "ended the program"),
    "sends what is not a frame": (
        "import os\n    for fd in range(3, 9):\n        try:\n            os.write(fd, b'x' * 65536)\n"
        "        except OSError: pass",
        "cannot be read",
    ),
    "returns what is deep": ("x = 1.0\n    for _ in range(10**5): x = [x]\n    return x, x, x, x, x", "list"),
    "returns a long number": ("return (10**100000,) * 5", "dx"),
    "returns what is large": ("import numpy as np\n    return (np.zeros(9 << 20),)", "cannot be looked at"),
    "returns objects": (
        "import numpy as np\n    return tuple(np.array([print] * 3) for _ in range(5))",
        "object",
    ),
}
ENDLESS = {
    "never ends": "while True: pass",
    "catches what stops it": "while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
    "sleeps": "import time; time.sleep(10**6)",
    "floods its output": "import os\n    while True: os.write(1, bytes(1 << 20))",
    "sends half a frame": "import os\n    for fd in range(3, 9):\n        try:\n"
    "            os.write(fd, b'CfS1')\n        except OSError: pass\n    while True: pass",
}  # fmt: skip


def with_harm(body: str) -> list[str]:
    return [
        f"def rnn_step_backward(*a):\n    {body}\n" if "def rnn_step_backward(" in cell else cell
        for cell in right_cells()
    ]


@pytest.mark.parametrize("harm", HARM)
def test_harm_costs_the_answer_that_does_it(harm: str, judged: Callable[..., dict[str, Verdict]]) -> None:
    body, sentence = HARM[harm]
    result = judged(with_harm(body), "rnn_step_backward", "rnn_forward")
    assert points(result) == {"rnn_step_backward": 0, "rnn_forward": POINTS["rnn_forward"]}
    assert sentence in words(result["rnn_step_backward"])


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "QUESTION", 0.3)
    monkeypatch.setattr(workers, "WALL", 1)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("harm", ENDLESS)
def test_what_does_not_end_costs_itself_and_is_asked_once(
    harm: str, strictest: str, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = all_exercises()["rnn_step_backward"]
    code = [Cell(f"c{number}", text) for number, text in enumerate(with_harm(ENDLESS[harm]))]
    with Worker(strictest, code, prerequisites=asked.prerequisites) as worker:
        verdict = grade(exercise, worker, 1)
        assert "had not come to an end after 0.3 s" in words(verdict)
        monkeypatch.undo()
        forward = all_exercises()["rnn_step_forward"]
        assert worker.ask(forward, forward.cases(np.random.default_rng(0))[0]).failure is None


@pytest.mark.usefixtures("hasty")
def test_who_sleeps_through_each_question_is_stopped(
    strictest: str, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "EXERCISE", 1.0)
    exercise = all_exercises()["rnn_step_backward"]
    code = [Cell(f"c{n}", text) for n, text in enumerate(with_harm("import time; time.sleep(0.1); return a"))]
    arguments = exercise.cases(np.random.default_rng(0))[0]
    with Worker(strictest, code, prerequisites=asked.prerequisites) as worker:
        failures = [worker.ask(exercise, arguments).failure for _ in range(12)]
    assert failures[-1] is not None
    assert failures[-1].kind == Kind.TIMEOUT


# A cell that does harm when it is loaded costs what it defines.
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("harm", ["import os; os._exit(1)", "while True: pass"])
def test_a_cell_that_cannot_be_loaded_is_left_out_and_named(
    harm: str, judged: Callable[..., dict[str, Verdict]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LOADING", 1.0)
    cells = [
        f"class _:\n    {harm}\n{cell}" if "def rnn_step_forward(" in cell else cell for cell in right_cells()
    ]
    result = judged(cells)
    assert result["rnn_step_forward"].points == 0
    assert "09_rnn.ipynb cell" in words(result["rnn_step_forward"])
    assert "was left out" in words(result["rnn_step_forward"])


# Accidents


def split(cells: list[str]) -> Iterator[str]:
    for cell in cells:
        yield "# what follows is the answer"
        yield cell


HONEST: dict[str, Callable[[list[str]], list[str]]] = {
    "split, copied, with an older try and a helper": lambda cells: [
        cells[0],
        *stubs(),
        *split(cells),
        *cells[1:],
        "def helper(x):\n    return x",
        "SIZE = 3",
    ],
    "in another order, with training and plots, and what is not Python": lambda cells: [
        "import matplotlib.pyplot as plt\nfrom autograder import check\nfrom captioning.figures import some",
        cells[0],
        "this is not Python (",
        "plt.plot([1])\nfor _ in range(10**9): pass",
        *cells[:0:-1],
        "check(rnn_forward).require()",
        "history = train(10**9)",
    ],
}


@pytest.mark.parametrize("accident", HONEST)
def test_an_honest_notebook_loses_nothing_to_an_accident(
    accident: str, judged: Callable[..., dict[str, Verdict]]
) -> None:
    assert points(judged(HONEST[accident](right_cells()))) == POINTS


def test_words_and_warnings_of_an_answer_cost_nothing(judged: Callable[..., dict[str, Verdict]]) -> None:
    noisy = (
        "def noisy(function):\n    def wrapped(*a, **k):\n        import sys, warnings\n"
        "        warnings.warn('slow')\n        print('x' * 10**5, file=sys.stderr); print('x' * 10**5)\n"
        "        np.float64(1) / np.float64(0)\n        return function(*a, **k)\n    return wrapped\n"
    )
    cells = [f"@noisy\n{cell}" if "\ndef " in f"\n{cell}" else cell for cell in right_cells()]
    assert points(judged([cells[0], noisy, *cells[1:]])) == POINTS


def test_an_import_that_fails_costs_what_uses_it_and_the_reason_is_told(
    judged: Callable[..., dict[str, Verdict]],
) -> None:
    cells = [
        cell.replace("):\n", "):\n    softplus(1)\n", 1) if "def rnn_step_forward(" in cell else cell
        for cell in ["from scipy.special import softplus", *right_cells()]
    ]
    result = judged(cells)
    assert result["rnn_step_forward"].points == 0
    assert "No module named 'scipy'" in words(result["rnn_step_forward"])


@pytest.mark.parametrize("line", ["np.partition(np.zeros(3), 9)", "import json; json.loads('[')"])
def test_of_an_error_in_a_library_the_student_s_own_line_is_told(
    line: str, judged: Callable[..., dict[str, Verdict]]
) -> None:
    cells = [
        cell.replace("):\n", f"):\n    {line}\n", 1) if "def rnn_step_forward(" in cell else cell
        for cell in right_cells()
    ]
    assert words(judged(cells)["rnn_step_forward"]).endswith(
        f"of rnn_step_forward (09_rnn.ipynb cell 2): {line}"
    )


def test_an_exercise_that_is_not_there_is_said_to_be_missing(
    judged: Callable[..., dict[str, Verdict]],
) -> None:
    result = judged([cell for cell in right_cells() if "def rnn_backward(" not in cell])
    assert result["rnn_backward"].findings[0].kind == Kind.NOT_WRITTEN
    assert words(result["rnn_backward"]) == "There is no rnn_backward in the notebook."


def test_earlier_chapters_are_given_and_this_one_is_not(strictest: str, asked: Asked) -> None:
    source = inspect.cleandoc("""
        class _:
            from captioning.layers import affine_forward, vgg16_forward
        class Gone:
            from captioning.layers import rnn_forward
    """)
    with Worker(strictest, [Cell("c", source)], prerequisites=asked.prerequisites) as worker:
        assert "_" in worker.names
        assert "you write it in chapter 9" in worker.lost["Gone"]


def test_values_that_are_not_finite_and_orders_of_memory_arrive(strictest: str) -> None:
    exercise = next(e for e in all_exercises().values() if e.name == "standardize")
    source = (
        "import numpy as np\ndef standardize(x, *a):\n    return np.full_like(x, np.nan), x.T.copy().T, 1\n"
    )
    with Worker(strictest, [Cell("c", source)]) as worker:
        arguments = exercise.cases(np.random.default_rng(0))[0]
        outcome = worker.ask(exercise, arguments)
    assert outcome.failure is None or outcome.failure.kind == Kind.COUNT
