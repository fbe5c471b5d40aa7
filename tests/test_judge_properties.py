"""The whole judge, over shapes, scales and types: what is right passes, what is wrong is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercises.exercise import Exercise
from autograder.judge.findings import find
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Kind

EXERCISE = Exercise("layer", 1, 1, {"x": "N D"}, {"out": "N D", "total": "D"}, lambda layers, arguments: ())
TOLERANCES = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-4}
NAMES = list(EXERCISE.outputs)

dtypes = st.sampled_from([np.float32, np.float64])
sizes = st.tuples(st.integers(1, 7), st.integers(1, 7))
# Rows and columns that cannot be taken for each other, and enough of them to tell causes apart.
large_sizes = st.sampled_from([(3, 4), (5, 3), (2, 7), (6, 4)])
exponents = st.integers(-30, 30)
seeds = st.integers(0, 2**16)


def draw(seed, shape, dtype, exponent=0):
    """Return an argument and two outputs, all of normal numbers times a power of two."""
    rng = np.random.default_rng(seed)
    scale = np.ldexp(1.0, exponent)
    arrays = (
        rng.standard_normal(shape),
        scale * rng.standard_normal(shape),
        scale * rng.standard_normal(shape[1]),
    )
    return [array.astype(dtype) for array in arrays]


def found(x, expected, outputs):
    outcome = Outcome(tuple(outputs), tuple(outputs))
    return find(EXERCISE, {"x": x}, tuple(expected), outcome, tolerance=TOLERANCES[x.dtype])


@pytest.mark.slow
@settings(deadline=None)
@given(seeds, sizes, dtypes, exponents)
def test_what_is_right_but_for_rounding_passes(seed, shape, dtype, exponent):
    x, *expected = draw(seed, shape, dtype, exponent)
    assert found(x, expected, expected) == []
    rng = np.random.default_rng(seed)
    allowed = [0.4 * TOLERANCES[x.dtype] * np.abs(array).max() for array in expected]
    rounded = [
        (array + most * rng.uniform(-1, 1, array.shape)).astype(dtype)
        for array, most in zip(expected, allowed, strict=True)
    ]
    assert found(x, expected, rounded) == []


@pytest.mark.slow
@settings(deadline=None)
@given(seeds, sizes, dtypes, exponents, st.sampled_from(NAMES), st.floats(1e-3, 1e3))
def test_one_wrong_entry_is_found_where_it_is(seed, shape, dtype, exponent, name, by):
    x, *expected = draw(seed, shape, dtype, exponent)
    outputs = [array.copy() for array in expected]
    wrong = outputs[NAMES.index(name)]
    index = tuple(np.random.default_rng(seed).integers(wrong.shape))
    scale = float(np.abs(wrong).max())
    wrong[index] += np.copysign(by * scale, wrong[index])
    (finding,) = found(x, expected, outputs)
    assert finding.argument == name
    assert finding.place == index
    assert finding.numbers["wrong"] == 1
    assert finding.numbers["error"] == pytest.approx(by, rel=1e-3)
    assert finding.kind not in {Kind.RAISED, Kind.ALIASED}


def half_of(out):
    return out.reshape(-1)[: out.size // 2]


def with_nan(out):
    out = out.copy()
    out[0] = np.nan
    return out


SABOTAGE = {
    "negated": (lambda out: -out, Kind.SIGN),
    "doubled": (lambda out: 2 * out, Kind.FACTOR),
    "times 0.37": (lambda out: out * out.dtype.type(0.37), Kind.FACTOR),
    "nothing computed": (np.zeros_like, Kind.MISSING_TERM),
    "one added": (lambda out: out + np.abs(out).max(), Kind.EXTRA_TERM),
    "one subtracted": (lambda out: out - np.abs(out).max(), Kind.MISSING_TERM),
    "transposed": (lambda out: np.ascontiguousarray(out.T), Kind.TRANSPOSED),
    "reversed": (lambda out: out[:, ::-1].copy(), Kind.TRANSPOSED),
    "half of it": (half_of, Kind.SHAPE),
    "a list": (list, Kind.TYPE),
    "None": (lambda out: None, Kind.RETURNED_NONE),
    "NaN": (with_nan, Kind.NON_FINITE),
    "the other width": (lambda out: out.astype(OTHER[out.dtype]), Kind.DTYPE),
    "integers": (lambda out: np.zeros(out.shape, dtype=int), Kind.DTYPE),
}
OTHER = {np.dtype(np.float32): np.float64, np.dtype(np.float64): np.float32}


@pytest.mark.parametrize("name", SABOTAGE)
@settings(deadline=None, max_examples=40)
@given(seeds, large_sizes, dtypes, exponents)
def test_each_sort_of_error_is_named_at_any_size_and_scale(name, seed, shape, dtype, exponent):
    x, out, total = draw(seed, shape, dtype, exponent)
    sabotage, kind = SABOTAGE[name]
    (finding,) = found(x, (out, total), (sabotage(out), total))
    assert (finding.argument, finding.kind) == ("out", kind), finding.sentence


@pytest.mark.slow
@settings(deadline=None)
@given(seeds, large_sizes, dtypes, exponents, st.sampled_from(sorted(SABOTAGE)))
def test_what_is_said_does_not_depend_on_the_scale(seed, shape, dtype, exponent, name):
    sabotage, _ = SABOTAGE[name]
    small, large = (
        found(x, (out, total), (sabotage(out), total))
        for x, out, total in (draw(seed, shape, dtype), draw(seed, shape, dtype, exponent))
    )
    assert [(f.kind, f.argument, f.place) for f in small] == [(f.kind, f.argument, f.place) for f in large]


@settings(deadline=None)
@given(seeds, large_sizes, dtypes)
def test_outputs_in_another_order(seed, shape, dtype):
    x, out, total = draw(seed, shape, dtype)
    (finding,) = found(x, (out, total), (total, out))
    assert finding.kind == Kind.ORDER


@pytest.mark.slow
@settings(deadline=None)
@given(seeds, sizes, dtypes, st.integers(0, 4))
def test_any_number_of_outputs_gets_a_sentence(seed, shape, dtype, count):
    x, *expected = draw(seed, shape, dtype)
    findings = found(x, expected, [expected[0]] * count)
    if count == 2:
        assert [finding.argument for finding in findings] == ["total"]
    else:
        assert [finding.kind for finding in findings] == [Kind.COUNT]
        assert f"returns {count} output" in findings[0].sentence
