"""A gradient estimated entry by entry from differences earns nothing; plain loops earn every point."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.asking import cost
from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.large import SIZES, entries, large_case
from autograder.exercises.registry import all_exercises
from autograder.grading import reference
from autograder.grading.reference import grade
from autograder.judge.verdict import Kind
from autograder.proof import in_loops
from autograder.student.oracle import judge
from captioning.layers import reference as reference_layers
from coursebuilder.by_differences import METHODS, by_differences, exercises, in_plain_loops, is_too_dear

NAMES = [exercise.name for exercise in exercises()]
# The long proof, `python -m coursebuilder differences`, tries all, with every order and step.

IN_LOOPS = np.random.default_rng(15).permutation(NAMES)[:5]
BY_DIFFERENCES = {"word_embedding_backward": METHODS[2], "rnn_step_backward": METHODS[-1]}


def loops() -> Any:
    own = {name: thing for name, thing in vars(in_loops).items() if callable(thing) and name[0] != "_"}
    return SimpleNamespace(**vars(reference_layers()) | own)


def test_every_gradient_has_a_large_case() -> None:
    assert set(SIZES) == set(NAMES) >= {name for name in all_exercises() if "backward" in name}
    sizes = {
        exercise.name: entries(exercise, large_case(exercise, np.random.default_rng(0)) or {})
        for exercise in exercises()
    }
    assert {name: size for name, size in sizes.items() if size < 9_000} == {}
    assert large_case(all_exercises()["rnn_forward"], np.random.default_rng(0)) is None


@pytest.mark.parametrize("name", BY_DIFFERENCES)
def test_differences_get_nothing_and_the_cost_is_told(
    name: str, a_sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "LIMIT", 0.3)
    monkeypatch.setattr(cost, "TIMES", 400)
    verdict = by_differences(all_exercises()[name], BY_DIFFERENCES[name], a_sandbox)
    assert verdict.points == 0
    assert is_too_dear(verdict), verdict.findings
    assert "Derive the gradient" in verdict.findings[0].sentence


@pytest.mark.proof
@pytest.mark.parametrize("name", IN_LOOPS)
def test_plain_loops_get_all_points_on_both_sides(name: str) -> None:
    exercise, respondent = all_exercises()[name], InProcess(loops())
    assert grade(exercise, respondent, 1).passed
    assert judge(exercise, respondent).passed


def test_plain_loops_get_all_points_in_a_sandbox(a_sandbox: str) -> None:
    assert in_plain_loops(all_exercises()["lstm_backward"], a_sandbox).passed


class Slow:
    """Answers right, and takes too long for the large case as often as it is told."""

    def __init__(self, exercise: Exercise, times: int) -> None:
        self._right, self._times = reference.the_reference(), times
        self.asked = 0

    def ask(self, exercise: Exercise, arguments: Any) -> Any:
        return self._right.ask(exercise, arguments)

    def call(self, exercise: Exercise, arguments: Any, within: float | None = None) -> Any:
        if within is not None:
            self.asked += 1
            if self.asked <= self._times:
                raise TimeoutError
        return self._right.call(exercise, arguments, within)


class Endless(Slow):
    def call(self, exercise: Exercise, arguments: Any, within: float | None = None) -> Any:
        while within is not None:
            pass
        return self._right.call(exercise, arguments)


@pytest.mark.parametrize(("times", "points"), [(0, 4), (1, 4), (2, 0)])
def test_what_took_too_long_once_is_asked_again(times: int, points: int) -> None:
    exercise = all_exercises()["lstm_backward"]
    slow = Slow(exercise, times)
    assert grade(exercise, slow, 1).points == points
    assert slow.asked == min(times + 1, 2)


def test_an_answer_that_is_wrong_where_there_is_much_is_found() -> None:
    """Else whatever is large could be answered by zeros, at no cost."""
    right = reference_layers()

    def rnn_backward(dh: Any, cache: Any) -> Any:
        found = right.rnn_backward(dh, cache)
        return tuple(np.zeros_like(each) for each in found) if dh.size > 100 else found

    layers = SimpleNamespace(**vars(right) | {"rnn_backward": rnn_backward})
    verdict = grade(all_exercises()["rnn_backward"], InProcess(layers), 1)
    assert (verdict.points, verdict.findings[0].case) == (0, "N=1, T=3, D=150, H=220")


@pytest.mark.slow
def test_a_student_is_told_before_handing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = all_exercises()["lstm_backward"]
    (finding,) = judge(exercise, Slow(exercise, 2)).findings
    assert finding.kind == Kind.COST
    assert "costs too much" in finding.sentence
    monkeypatch.setattr("autograder.student.oracle.limit", lambda: 0.05)
    assert judge(exercise, Endless(exercise, 0)).findings == (finding,)


@pytest.mark.parametrize("slower", [1, 4])
def test_both_sides_give_a_slow_machine_the_same_time(slower: int, monkeypatch: pytest.MonkeyPatch) -> None:
    exercise, asked = all_exercises()["lstm_backward"], []

    class Timed(Slow):
        def call(self, exercise: Exercise, arguments: Any, within: float | None = None) -> Any:
            if within is not None:
                asked.append(within)
            return super().call(exercise, arguments)

    # A clock by which all takes as long as on this machine, or on one that is slower.
    ticks = iter(range(10**6))
    monkeypatch.setattr(cost.time, "thread_time", lambda: next(ticks) * 0.0005 * slower)
    assert grade(exercise, Timed(exercise, 0), 1).passed
    assert judge(exercise, Timed(exercise, 0)).passed
    assert asked == pytest.approx([2.0 * slower] * 2)
