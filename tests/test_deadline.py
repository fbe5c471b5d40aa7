"""Answers that do not end: they are stopped, and it is said where they were."""

import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from autograder import check
from autograder.judge.verdict import Kind
from autograder.student import checking, deadline
from autograder.student.deadline import OutOfTime, call_within
from tests.conftest import Load

pytestmark = pytest.mark.usefixtures("no_library")


@pytest.mark.slow
def test_a_loop_without_end_is_stopped_and_its_line_named(lstm_notebook: Load) -> None:
    names = lstm_notebook(
        "    next_h = o * tanh_c", "    while True:\n        o = o + 0\n    next_h = o * tanh_c"
    )
    verdict = check(names["lstm_step_forward"], seconds=0.3)
    (finding,) = verdict.findings
    assert finding.kind == Kind.TIMEOUT
    assert re.search(
        r"It was in line \d+ of lstm_step_forward \(10_lstm.ipynb cell \d+\): (while True:|o = o \+ 0)$",
        finding.sentence,
    )
    assert verdict.seconds < 2


@pytest.mark.slow
def test_it_is_stopped_in_other_threads_too(lstm_notebook: Load) -> None:
    names = lstm_notebook(
        "    next_h = o * tanh_c", "    while True:\n        o = o + 0\n    next_h = o * tanh_c"
    )
    verdicts = []
    thread = threading.Thread(
        target=lambda: verdicts.append(check(names["lstm_step_forward"], seconds=0.3)), daemon=True
    )
    thread.start()
    thread.join(20)
    assert [finding.kind for finding in verdicts[0].findings] == [Kind.TIMEOUT]
    assert "of lstm_step_forward" in verdicts[0].findings[0].sentence


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no signals here")
def test_the_signal_of_an_outer_deadline_may_come_while_an_inner_one_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came = []
    of_the_system = deadline.starved

    def starved(pid: int | str = "self") -> float:
        if len(came) < 8:
            came.append(pid)
            signal.raise_signal(signal.SIGALRM)
        # What this process has waited before counts for both deadlines, or for neither.
        return of_the_system(pid)

    def outer() -> int:
        monkeypatch.setattr(deadline, "starved", starved)
        return call_within(30, lambda: 7)

    assert call_within(30, outer) == 7
    assert len(came) == 8


@pytest.mark.slow
def test_what_catches_everything_does_not_hold_it_up() -> None:
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        call_within(0.1, catch_exceptions)
    with pytest.raises(OutOfTime):
        call_within(0.1, catch_everything_once)
    tracing = sys.gettrace()
    if hasattr(signal, "setitimer"):
        for stubborn in (catch_everything_always, catch_everything_and_wait):
            with pytest.raises(OutOfTime):
                call_within(0.1, stubborn)
            assert sys.gettrace() is tracing
    assert time.monotonic() - began < 5


class SlowToGo:
    """Time runs out while it is tidied up, where nothing can be raised."""

    def __del__(self) -> None:
        began = time.monotonic()
        while time.monotonic() - began < 0.15:
            pass


def tidy_up_and_go_on() -> None:
    SlowToGo()
    loop()


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Return the types of what is raised where nothing can be raised, as far as it is told."""
    types: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: types.append(what.exc_type))
    deadline._hide_lost_ones.cache_clear()
    yield types
    deadline._hide_lost_ones.cache_clear()


@pytest.mark.slow
def test_what_is_lost_where_objects_are_tidied_up_is_followed_by_another(lost: list[object]) -> None:
    def run() -> None:
        with pytest.raises(OutOfTime):
            call_within(0.1, tidy_up_and_go_on)

    run()
    in_a_thread(run)
    assert lost == []


@pytest.mark.slow
def test_time_in_which_others_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(deadline, "starved", lambda pid="self": min(time.monotonic() - began, 0.5))
    with pytest.raises(OutOfTime):
        call_within(0.2, lambda: time.sleep(20))
    assert 0.65 < time.monotonic() - began < 15


def catch_everything_always() -> None:
    while True:
        try:
            loop()
        except:  # noqa: E722
            failed = True
            assert failed


def catch_everything_and_wait() -> None:
    failures = 0
    while True:
        try:
            time.sleep(0.01)
            int("a word")
        except:  # noqa: E722
            failures += 1


def catch_exceptions() -> None:
    while True:
        with suppress(Exception):
            loop()


def catch_everything_once() -> None:
    try:
        loop()
    except:  # noqa: E722
        loop()


def loop() -> None:
    while True:
        pass


def in_a_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


@pytest.mark.slow
def test_nothing_is_left_of_a_deadline_that_was_kept() -> None:
    survived = []

    def keep() -> None:
        for _ in range(30):
            with suppress(OutOfTime):
                call_within(0.01, lambda: time.sleep(0.0098))
        for _ in range(1000):
            time.sleep(0)
        survived.append(True)

    in_a_thread(keep)
    keep()
    assert survived == [True, True]


@pytest.mark.slow
def test_what_is_slow_is_not_taken_for_endless(no_library: None) -> None:
    """A relu that takes its time: stopped early it is called slow, and with more time it is right."""
    source = (
        "def relu_forward(x):\n    out = np.zeros_like(x)\n    for k in np.ndindex(x.shape):\n"
        "        time.sleep(0.002)\n        out[k] = max(x[k], 0)\n    return out, x\n"
    )
    names: dict[str, Any] = {"np": np, "time": time, "__name__": "__main__"}
    exec(source, names)
    verdict = check(names["relu_forward"], seconds=0.3)
    assert [finding.kind for finding in verdict.findings] == [Kind.TIMEOUT]
    assert "relu_forward is slow: its calls come to an end" in verdict.findings[0].sentence
    assert check(names["relu_forward"], seconds=60).passed


def test_a_right_answer_that_computes_for_long_is_told_so(
    no_library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "SLOW", 0.0)
    names: dict[str, Any] = {"np": np, "__name__": "__main__"}
    exec("def relu_forward(x):\n    return np.maximum(x, 0), x\n", names)
    assert "It is slow, though" in str(check(names["relu_forward"]))
    monkeypatch.setattr(checking, "SLOW", 60.0)
    assert "It is slow, though" not in str(check(names["relu_forward"]))
