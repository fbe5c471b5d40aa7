"""``captioning grade --scheduler``: a class graded on a dask cluster, as on this machine."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from distributed import Client, KilledWorker, LocalCluster
from nbformat import NotebookNode

from autograder.grading import cluster
from autograder.grading.judging import Judged
from autograder.grading.workers import NoWorkerError
from captioning.errors import InputError
from tests.conftest import Command
from tests.grading import NAME, cell_of, grade, hand_in, notebook

pytest_plugins = ("tests.grading",)
pytestmark = [
    pytest.mark.xdist_group("grading"),
    pytest.mark.usefixtures("quick_gradebooks", "trusted_sandbox"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def machines() -> Iterator[LocalCluster]:
    """Give four processes that stand for four machines."""
    with LocalCluster(
        n_workers=4, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as found:
        yield found


def class_of(course: Path, size: int) -> None:
    """Hand in a class: right, wrong in its own way, and empty, by turns."""
    for number in range(size):

        def edit(found: NotebookNode, number: int = number) -> None:
            wrong = f"import numpy as np\ndef softmax_loss(x, y):\n    return {number}.5, np.zeros_like(x)"
            if number % 3 == 1:
                cell_of(found, "softmax_loss").update(source=wrong)

        made = notebook(course, edit, of="release" if number % 3 == 2 else "source")
        hand_in(course, f"s{number:02}", made)
    hand_in(course, "zz_cut_off", json.dumps(notebook(course))[:2000])


def exported(course: Path, command: Command) -> dict[str, bytes]:
    """Return all that is made of the marks: the table, what is shown, what is recorded."""
    _, table, _ = command("marks", NAME, "--course", course)
    files = [*(course / "autograded").rglob("*.ipynb"), *(course / ".captioning" / "recorded").rglob("*")]
    return {"marks": table.encode()} | {
        str(path.relative_to(course)): path.read_bytes() for path in files if path.is_file()
    }


@pytest.mark.slow
def test_four_machines_of_which_one_is_killed_give_what_this_one_gives(
    course: Path,
    command: Command,
    machines: LocalCluster,
) -> None:
    size = 16
    class_of(course, size)
    (course / ".captioning").mkdir(exist_ok=True)
    (course / ".captioning" / "key").write_text("07" * 32 + "\n")
    alone = course.with_name("alone")
    subprocess.run(["cp", "-r", course, alone], check=True)
    killed: list[tuple[int, int]] = []

    def kill_one() -> None:
        with Client(machines.scheduler_address, set_as_default=False) as client:
            pids = client.run(os.getpid)
        kept = course / ".captioning" / "verdicts"
        while not (done := len(list(kept.rglob("*.json")))):
            time.sleep(0.01)
        pid = next(iter(pids.values()))
        os.kill(pid, signal.SIGKILL)
        killed.append((pid, done))

    killer = threading.Thread(target=kill_one)
    killer.start()
    entries = grade(course, command, "--scheduler", machines.scheduler_address, code=3)
    killer.join()
    ((_, done),) = killed
    assert done < size
    assert [name for name, entry in entries.items() if entry["problem"]] == ["zz_cut_off"]
    there = grade(alone, command, "--jobs", "2", code=3)
    assert {name: entry["exercises"] for name, entry in there.items()} == {
        name: entry["exercises"] for name, entry in entries.items()
    }
    assert exported(course, command) == exported(alone, command)
    # What is kept here is not judged there again, and the other way round.
    shutil.rmtree(course / ".captioning" / "recorded")
    again = grade(course, command, "--scheduler", machines.scheduler_address, "--dry-run", code=3)
    assert {name: entry["points"] for name, entry in again.items()} == {
        name: entry["points"] for name, entry in entries.items()
    }


def test_a_machine_with_other_checks_or_without_a_sandbox_is_named(
    course: Path,
    command: Command,
    machines: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(course, "ada", notebook(course))
    monkeypatch.setattr(cluster, "checks_key", lambda: "of today")
    code, _, err = command("grade", NAME, "--course", course, "--scheduler", machines.scheduler_address)
    assert code == 1
    assert "the machine tcp://" in err
    assert "another version of this course" in err


def test_what_is_no_scheduler_is_told_in_a_sentence(
    course: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for address in (f"127.0.0.1:{mute.getsockname()[1]}", "127.0.0.1:1", "no address"):
            code, _, err = command("grade", NAME, "--course", course, "--scheduler", address)
            assert (code, f"no dask scheduler answers at {address} within 0.5 s" in err) == (1, True), err
    code, _, err = command("grade", NAME, "--course", course, "--scheduler", "x", "--jobs", "2")
    assert (code, "give one of them" in err) == (2, True)
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = command("grade", NAME, "--course", course, "--scheduler", "x")
    assert (code, "captioning-from-scratch[cluster]" in err) == (1, True)


def test_a_cluster_without_machines_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(InputError, match="has no machines"),
        cluster.cluster_at(empty.scheduler_address, None),
    ):
        pass


def test_a_machine_without_this_course_is_named() -> None:
    missing = Exception("ModuleNotFoundError(\"No module named 'autograder'\")")
    client = SimpleNamespace(
        wait_for_workers=lambda *_, **__: None, run=lambda *_, **__: {"tcp://a:1": missing}
    )
    with pytest.raises(
        InputError, match=r"tcp://a:1 has not all of this course .*'autograder'.*\[book,cluster\]"
    ):
        cluster._places(cast("Client", client), "here", None)


@pytest.mark.parametrize(
    ("came", "machines", "sentence"),
    [
        (KilledWorker("judge", None, 3), {"a": 1}, "lost one after the other"),
        (CancelledError("scheduler-connection-lost"), {"a": 1}, "does not answer any more"),
        (None, {}, "no machine of the cluster at here is left"),
    ],
)
def test_what_is_lost_for_good_is_told(
    came: Exception | None, machines: dict[str, int], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.0)
    monkeypatch.setattr(cluster, "_POLL", 0.01)
    asked: Future[Judged] = Future()
    if came is not None:
        asked.set_exception(came)
    with pytest.raises(InputError, match=sentence) as caught:
        cluster._awaited(asked, cast("Client", SimpleNamespace(nthreads=lambda: machines)), "here")
    # What concerns one submission is an entry; what concerns all ends the run.
    assert isinstance(caught.value, NoWorkerError) == (not isinstance(came, KilledWorker))
