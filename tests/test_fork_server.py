"""Workers are forked from one process: what one student's code does never meets another's."""

import errno
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from autograder.exercises.registry import all_exercises
from autograder.grading import fork_server, isolation
from autograder.grading.fork_server import ForkServer
from autograder.grading.isolation import SANDBOXES, Command, command
from autograder.grading.submission import Asked, verdicts
from autograder.grading.workers import Cell, NoWorkerError, Worker
from captioning.errors import InputError

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked there")]


@pytest.fixture(params=SANDBOXES)
def way(request: pytest.FixtureRequest) -> str:
    """Return each sandbox that this machine can have."""
    try:
        with Worker(request.param, []):
            return str(request.param)
    except InputError as error:
        pytest.skip(f"{request.param} is not on this machine: {error}")


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """Return by which commands servers are started from now on, in a thread that has none."""
    started: list[Command] = []

    class Counted(ForkServer):
        def __init__(self, command: Command) -> None:
            started.append(command)
            super().__init__(command)

    monkeypatch.setattr(fork_server, "ForkServer", Counted)
    monkeypatch.setattr(fork_server, "_OF_THREAD", threading.local())
    return started


def loaded(way: str, *sources: str) -> set[str]:
    """Return what a notebook defines."""
    with Worker(way, [Cell(f"cell {number}", source) for number, source in enumerate(sources)]) as worker:
        return worker.names


# A class is loaded with whatever stands in it; `Seen` is there where something of another's is.
MARKS = {
    "NumPy": ("import numpy\nclass _:\n    numpy.mark = 1", "import numpy\nclass Seen:\n    numpy.mark"),
    "what is built in": (
        "import builtins\nclass _:\n    builtins.mark = 1",
        "import builtins\nclass Seen:\n    builtins.mark",
    ),
    "the modules": (
        "import sys\nclass _:\n    sys.modules['mark'] = sys",
        "class Seen:\n    import mark",
    ),
    "the seam": (
        "import autograder.asking.respondent as r\nclass _:\n    r.InProcess.ask = None",
        "import autograder.asking.respondent as r\nclass Seen:\n    assert r.InProcess.ask is None",
    ),
    "the environment": (
        "import os\nclass _:\n    os.environ['MARK'] = '1'",
        "import os\nclass Seen:\n    os.environ['MARK']",
    ),
    "what it does with signals": (
        "import os, signal\nclass _:\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import signal\nclass Seen:\n    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN",
    ),
}


def test_what_one_student_changes_no_other_sees(way: str, starts: list[Command]) -> None:
    leave, look = zip(*MARKS.values(), strict=True)
    seen = [cell.replace("Seen", f"Seen{number}") for number, cell in enumerate(look)]
    names = {f"Seen{number}" for number in range(len(MARKS))}
    assert names <= loaded(way, *leave, *seen)
    assert not names & loaded(way, *seen)
    assert len(starts) == 1


WRITTEN = {
    "a file": "open('/tmp/mark', 'w').close()",
    "a folder": "os.mkdir('/tmp/mark')",
    "a file that is gone": "open('/tmp/mark', 'w').close(); os.unlink('/tmp/mark')",
    "its rights": "os.chmod('/tmp', 0o700)",
    "its times": "os.utime('/tmp', ns=(1, 1))",
    "a look at it": "os.listdir('/tmp')",
    "an attribute": "os.setxattr('/tmp', 'user.mark', b'1')",
}


def test_where_something_was_written_nobody_else_is_asked(a_sandbox: str, starts: list[Command]) -> None:
    if a_sandbox != "bwrap":
        pytest.skip("there is nothing that could be written")
    kept = set()
    for what, how in WRITTEN.items():
        starts.clear()
        did = "Done" in loaded(a_sandbox, f"import os\nclass Done:\n    {how}")
        began = len(starts)
        assert "Empty" in loaded(a_sandbox, "import os\nclass Empty:\n    assert os.listdir('/tmp') == []")
        assert len(starts) == began + did, what
        if not did:
            kept.add(what)
    # Of these the kernel is not even asked.
    assert kept <= {"its rights", "its times", "an attribute"}


def test_what_a_worker_reads_is_empty_and_what_it_prints_goes_nowhere(way: str) -> None:
    cell = """
import os
class Read:
    assert [os.read(0, 1), os.write(1, b"x"), os.write(2, b"x")] == [b"", 1, 1]
"""
    assert "Read" in loaded(way, cell)


ENDS: dict[str, Callable[[], object]] = {
    "is killed": lambda: os.kill(current(), signal.SIGKILL),
    "has closed its socket": lambda: fork_server._OF_THREAD.server._control.shutdown(2),
}


def current() -> int:
    """Return the process that this thread keeps."""
    pid: int = fork_server._OF_THREAD.server._process.pid
    return pid


@pytest.mark.parametrize("end", ENDS)
def test_a_server_that_has_ended_is_replaced(end: str, way: str, starts: list[Command]) -> None:
    assert "x" in loaded(way, "x = 1")
    ENDS[end]()
    assert "x" in loaded(way, "x = 1")
    assert len(starts) == 2


ASKED = all_exercises()["standardize"]
ARGUMENTS = ASKED.cases(np.random.default_rng(0))[0]
GIVES_ONE = "def standardize(*a):\n    return 1"


def test_nobody_is_blamed_for_a_server_that_ends_while_a_worker_is_asked(
    way: str, starts: list[Command]
) -> None:
    with Worker(way, [Cell("c", GIVES_ONE)]) as worker:
        for _ in range(2):
            assert worker._server is not None
            assert worker._process is not None
            worker._server._process.kill()
            while psutil.pid_exists(worker._process.pid):
                time.sleep(0.01)
            assert worker.ask(ASKED, ARGUMENTS).failure is None
    assert len(starts) == 3


def test_ctrl_c_in_a_terminal_does_not_reach_what_is_asked(way: str, starts: list[Command]) -> None:
    loaded(way)
    assert os.getsid(current()) == current() != os.getsid(0)


def test_a_crash_costs_itself_also_where_processes_have_no_handles(
    way: str, starts: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> int:
        raise OSError(errno.ENOSYS, "no such call")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    cells = ["class A: pass", "import os\nclass Q:\n    os._exit(1)", "class B: pass"]
    for _ in range(5):
        names = loaded(way, *cells)
        assert {"A", "B"} <= names
        assert "Q" not in names


@pytest.mark.parametrize("first", [1, 2])
def test_too_many_open_files_are_told_and_none_stays_open(
    first: int, a_sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, pipe = [], os.pipe

    def some() -> tuple[int, int]:
        made.append(1)
        if len(made) >= first:
            raise OSError(errno.EMFILE, "Too many open files")
        return pipe()

    server = ForkServer(command(a_sandbox, None))
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(os, "pipe", some)
    with pytest.raises(NoWorkerError, match="Too many open files"):
        server.fork("x.ipynb")
    assert len(os.listdir("/proc/self/fd")) == len(before) - 2  # those to the server


def test_no_answer_is_blamed_where_no_worker_can_be_had(
    a_sandbox: str, starts: list[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = [Cell("c", "import os\ndef standardize(*a):\n    os._exit(1)")]

    def none(*_: object) -> ForkServer:
        raise NoWorkerError("there is none")

    def seed_of(_: str) -> int:
        monkeypatch.setattr(fork_server, "take", none)
        return 1

    again = all_exercises()["log_sum_exp"]
    code = [*crash, Cell("d", "def log_sum_exp(*a):\n    return 1")]
    with pytest.raises(NoWorkerError, match="there is none"):
        verdicts(a_sandbox, code, Asked("x.ipynb", (ASKED, again), tmp_path), seed_of)


def test_a_server_ends_with_its_thread(way: str, starts: list[Command]) -> None:
    pids = []

    def grade() -> None:
        loaded(way, "x = 1")
        pids.append(current())
        assert psutil.pid_exists(pids[0])

    thread = threading.Thread(target=grade)
    thread.start()
    thread.join()
    assert not psutil.pid_exists(pids[0])


def test_two_workers_of_one_thread_are_apart(way: str, starts: list[Command]) -> None:
    with Worker(way, [Cell("one", "x = 1")]) as one, Worker(way, [Cell("two", "y = 1")]) as two:
        assert "x" in one.names - two.names
        assert "y" in two.names - one.names
    assert "z" in loaded(way, "z = 1")
    assert len(starts) == 2


@pytest.mark.parametrize(("wrong", "reason"), [({}, "KeyError"), ({"memory": "much"}, "TypeError")])
def test_why_a_worker_does_not_start_is_told_in_a_line(
    wrong: dict[str, str], reason: str, way: str, starts: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = command(way, None)
    *start, settings, packages, course = good.arguments
    said = json.dumps(json.loads(settings) | wrong if wrong else {})
    bad = replace(good, arguments=[*start, said, packages, course])
    monkeypatch.setattr(isolation, "command", lambda *_: bad)
    with pytest.raises(NoWorkerError, match=rf"^a worker cannot be started: {reason}: [^\n]+$"):
        loaded(way)
    monkeypatch.undo()
    assert "x" in loaded(way, "x = 1")
