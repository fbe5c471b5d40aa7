"""Asking: what came of two calls, and whose line raised."""

import sys
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.asking.respondent import InProcess
from autograder.exercises.arguments import Seeded
from autograder.exercises.exercise import Exercise, forward_exercise
from autograder.judge.findings import find
from autograder.judge.verdict import Kind

LAYER = forward_exercise("layer", 1, 1, {"x": "N D", "w": "D"}, {"out": "N D"}, has_cache=False)
CACHED = forward_exercise("layer", 1, 1, {"x": "N D", "w": "D"}, {"out": "N D"})


def arguments():
    rng = np.random.default_rng(0)
    return {"x": rng.standard_normal((3, 4)), "w": rng.standard_normal(4)}


def asked(layer, exercise=LAYER, given=None):
    return InProcess(SimpleNamespace(layer=layer)).ask(exercise, arguments() if given is None else given)


def test_a_right_answer():
    given = arguments()
    outcome = asked(lambda x, w: x * w, given=given)
    np.testing.assert_array_equal(outcome.outputs[0], given["x"] * given["w"])
    np.testing.assert_array_equal(outcome.again[0], outcome.outputs[0])
    assert (outcome.changed, outcome.aliased, outcome.failure) == ((), (), None)


def test_arguments_that_are_changed_are_named_and_the_caller_s_are_kept():
    def layer(x, w):
        x *= w
        return x + 0

    given = arguments()
    outcome = asked(layer, given=given)
    assert outcome.changed == ("x",)
    np.testing.assert_array_equal(given["x"], arguments()["x"])
    np.testing.assert_array_equal(outcome.outputs[0], outcome.again[0])


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ({"m": np.zeros(3), "t": 0}, lambda config: config.update(t=1)),
        ({"m": np.zeros(3), "t": 0}, lambda config: config["m"].__iadd__(1)),
        ({"m": np.zeros(3), "t": 0}, lambda config: config.update(v=2)),
        ([np.zeros(3), np.ones(2)], lambda arrays: arrays[1].fill(7)),
        ([np.zeros(3)], lambda arrays: arrays.append(1)),
        (np.array(["a", "b"]), lambda words: words.put(0, "c")),
    ],
)
def test_what_is_inside_of_arguments_is_looked_at_too(value, change):
    exercise = Exercise("layer", 1, 1, {}, {"out": ""}, lambda layers, a: (layers.layer(a["it"]), 1.0))
    assert asked(change, exercise, {"it": value}).changed == ("it",)
    assert asked(lambda it: None, exercise, {"it": value}).changed == ()


def test_nan_is_no_change():
    given = {"x": np.full((3, 4), np.nan), "w": np.ones(4)}
    assert asked(lambda x, w: x * w, given=given).changed == ()


def test_a_generator_begins_anew_and_may_move_on():
    exercise = Exercise(
        "layer", 1, 1, {"x": "N"}, {"out": "N"}, lambda layers, a: (layers.layer(a["x"], a["rng"]),)
    )
    given = {"x": np.ones(5), "rng": Seeded(3)}
    outcome = asked(lambda x, rng: x * rng.random(5), exercise, given)
    assert outcome.changed == ()
    np.testing.assert_array_equal(outcome.outputs[0], outcome.again[0])
    np.testing.assert_array_equal(outcome.outputs[0], np.random.default_rng(3).random(5))


def test_a_generator_may_begin_with_given_numbers():
    exercise = Exercise(
        "layer", 1, 1, {"x": "N"}, {"out": "N"}, lambda layers, a: (layers.layer(a["x"], a["rng"]),)
    )
    given = {"x": np.ones(2), "rng": Seeded(3, (0.0, 0.25, 0.75))}

    def layer(x, rng):
        assert isinstance(rng, np.random.Generator)
        return np.array([*rng.random(2), rng.random(), *rng.random((2, 1)).ravel(), rng.random()])

    drawn = asked(layer, exercise, given).outputs[0]
    np.testing.assert_array_equal(drawn[:3], [0.0, 0.25, 0.75])
    np.testing.assert_array_equal(drawn[3:], np.random.default_rng(3).random(6)[3:])


def test_an_array_that_is_far_too_large_is_seen_where_that_is_asked_for():
    frugal = replace(LAYER, frugal=True)
    given = {"x": np.ones((200, 4)), "w": np.ones(4)}

    def layer(x, w):
        return (x[:, None] * x).sum(axis=1) * w

    assert asked(layer, frugal, given).sprawls
    assert not asked(layer, LAYER, given).sprawls
    assert not asked(lambda x, w: x * w, frugal, given).sprawls
    assert not tracemalloc.is_tracing()


@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[1:], lambda x: x.T, lambda x: x.reshape(-1)])
def test_shared_memory(part):
    assert asked(lambda x, w: part(x)).aliased == (("out", "x"),)


def test_outputs_are_as_they_were_before_the_second_call():
    total = np.zeros((3, 4))

    def layer(x, w):
        np.add(total, x * w, out=total)
        return total

    outcome = asked(layer)
    np.testing.assert_allclose(outcome.again[0], 2 * outcome.outputs[0])


def test_overflow_is_no_exception():
    outcome = asked(lambda x, w: np.exp(1e4 * np.abs(x) + 1e4))
    assert np.isinf(outcome.outputs[0]).all()


# What is raised


def student(tmp_path, source):
    """Return a function that stands in a file of the student's."""
    path = tmp_path / "my_layers.py"
    path.write_text(source, encoding="utf-8")
    names = {"np": np}
    exec(compile(source, str(path), "exec"), names)
    return names["layer"]


def test_the_student_s_own_line_is_named(tmp_path):
    layer = student(
        tmp_path,
        "def layer(x, w):\n    a = x + 1\n    return helper(a)\n\n"
        "def helper(a):\n    return np.stack([a, a[0]])  # of two shapes\n",
    )
    outcome = asked(layer)
    assert outcome.outputs is None
    assert outcome.failure.kind == Kind.RAISED
    assert outcome.failure.numbers == {"exception": "ValueError", "line": 6}
    sentence = outcome.failure.sentence
    assert "layer raised ValueError: all input arrays must have the same shape" in sentence
    assert "line 6 of helper (my_layers.py): return np.stack([a, a[0]])" in sentence
    assert "autograder" not in sentence
    assert find(LAYER, arguments(), (arguments()["x"],), outcome, tolerance=1e-9)[0].kind == Kind.RAISED


def test_not_written():
    def layer(x, w):
        raise NotImplementedError("layer is yours to write: exercise 1.1")

    outcome = asked(layer)
    assert outcome.failure.kind == Kind.NOT_WRITTEN
    assert outcome.failure.sentence == "layer is yours to write: exercise 1.1."
    (finding,) = find(LAYER, arguments(), (arguments()["x"],), outcome, tolerance=1e-9)
    assert finding.case == ""  # of what is not written the sizes say nothing


def test_leaving_the_program_is_caught_and_stopping_it_is_not():
    assert asked(lambda x, w: sys.exit(0)).failure.numbers["exception"] == "SystemExit"

    def stop(x, w):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(stop)


def test_a_second_call_that_raises():
    calls = []

    def layer(x, w):
        calls.append(1)
        return x / (len(calls) < 2) if len(calls) < 2 else {}["x"]

    failure = asked(layer).failure
    assert failure.kind == Kind.RAISED
    assert failure.sentence.startswith("the first call went well, the second with equal arguments did not")


@pytest.mark.parametrize(
    ("returned", "kind", "words"),
    [
        (None, Kind.RETURNED_NONE, "layer, or what it builds on, returns None"),
        (np.ones((3, 4)), Kind.COUNT, "layer returned one ndarray, expected its outputs and a cache"),
        (5, Kind.COUNT, "layer returned one int"),
    ],
)
def test_a_cache_that_is_forgotten(returned, kind, words):
    failure = asked(lambda x, w: returned, CACHED).failure
    assert failure.kind == kind
    assert words in failure.sentence


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_who_counts_the_outputs_counts_the_cache(count):
    step = forward_exercise("layer", 1, 1, {"x": "N D", "w": "D"}, {"h": "N D", "c": "N D"})
    outcome = asked(lambda x, w: (x + 0,) * count, step)
    (finding,) = find(step, arguments(), (arguments()["x"],) * 2, outcome, tolerance=1e-9)
    assert finding.kind == Kind.COUNT
    came = (
        f"layer returns {count} output{'s' if count > 1 else ''}, expected 3: h, c and cache, in this order"
    )
    assert came in finding.sentence
    assert finding.numbers == {"expected": 3, "actual": count}


def test_a_long_message_is_cut_and_a_class_alone_is_enough():
    def long(x, w):
        raise ValueError("x" * 10_000)

    def short(x, w):
        raise RecursionError

    assert len(asked(long).failure.sentence) < 600
    assert "layer raised RecursionError." in asked(short).failure.sentence
