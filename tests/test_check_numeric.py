"""The numeric gradient of the student's side: against known gradients, kinks and noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.student.numeric import Slope, agrees, gradient_by_coordinates, unit_direction

FUNCTIONS = {
    "cubic": (lambda x: float((x**3 - 2 * x).sum()), lambda x: 3 * x**2 - 2),
    "tanh": (lambda x: float(np.tanh(x).sum()), lambda x: 1 - np.tanh(x) ** 2),
    "exp": (lambda x: float(np.exp(x).sum()), np.exp),
    "quotient": (lambda x: float((1 / (1 + x**2)).sum()), lambda x: -2 * x / (1 + x**2) ** 2),
}


def relu_sum(x):
    return float(np.maximum(x, 0).sum())


def noisy_sum(x):
    """1e8 - 1e8 + x loses eight digits of x."""
    return float(((x + 1e8) - 1e8).sum())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.integers(0, 10**6),
    st.sampled_from([(1,), (7,), (3, 4), (2, 3, 4)]),
    st.sampled_from([1e-2, 1.0, 3.0]),
)
def test_a_right_gradient_agrees_and_one_wrong_entry_does_not(name, seed, shape, scale):
    f, gradient = FUNCTIONS[name]
    rng = np.random.default_rng(seed)
    x = scale * rng.standard_normal(shape)
    direction = unit_direction(rng, shape)
    slope = Slope(f, x, direction, f(x), float(np.abs(f(x)) + x.size))
    assert not slope.is_kink
    assert agrees(slope, gradient(x), direction)
    wrong = gradient(x)
    index = np.unravel_index(np.abs(direction).argmax(), shape)
    wrong[index] += 1e-2 * np.abs(wrong).max()
    assert not agrees(slope, wrong, direction)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 1e-7, -3e-6, 4e-6, -7e-6, 9e-6]))
def test_a_kink_is_seen_and_never_held_against_the_gradient(seed, offset):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(5)
    x[2] = offset
    gradient = (x > 0).astype(np.float64)
    direction = unit_direction(rng, x.shape)
    slope = Slope(relu_sum, x, direction, relu_sum(x), 5.0)
    assert slope.is_kink or agrees(slope, gradient, direction)


def test_at_a_kink_itself_there_is_no_slope():
    slope = Slope(lambda x: float(np.abs(x).sum()), np.zeros(3), np.array([1.0, 0, 0]), 0.0, 1.0)
    assert slope.is_kink


def test_noise_of_large_terms_is_allowed_for():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4)
    for _ in range(100):
        direction = unit_direction(rng, x.shape)
        slope = Slope(noisy_sum, x, direction, noisy_sum(x), 4e8)
        assert slope.is_kink or agrees(slope, np.ones(4), direction)


def test_coordinates_tell_which_entries_are_wrong():
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    otherwise = np.full((2, 2), 7.0)
    gradient = gradient_by_coordinates(relu_sum, x, relu_sum(x), 6.0, otherwise, range(4))
    np.testing.assert_allclose(gradient, [[1, 0], [7, 1]], atol=1e-8)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_directions_have_norm_one(shape):
    direction = unit_direction(np.random.default_rng(0), shape)
    assert np.vdot(direction, direction) == pytest.approx(1)


def two_layers(x):
    """A smooth function with curvature of all orders, and its gradient by hand."""
    w = np.cos(np.arange(x.size * 3)).reshape(x.size, 3)
    hidden = np.tanh(x.ravel() @ w)
    return float((hidden**2).sum()), (w @ (2 * hidden * (1 - hidden**2))).reshape(x.shape)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([(1,), (5,), (2, 3), (2, 2, 2)]),
    st.sampled_from([1e-8, 1e-3, 1.0, 1e4]),
    st.sampled_from([1e-2, 1.0]),
)
def test_coordinates_give_the_gradient_at_every_scale_of_the_upstream(seed, shape, upstream, scale):
    x = scale * np.random.default_rng(seed).standard_normal(shape)
    value, gradient = two_layers(x)
    nowhere = np.full(shape, np.nan)
    measured = gradient_by_coordinates(
        lambda x: upstream * two_layers(x)[0], x, upstream * value, upstream * value, nowhere, range(x.size)
    )
    np.testing.assert_allclose(measured, upstream * gradient, atol=1e-7 * upstream * np.abs(gradient).max())


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["a factor", "a sign", "a term", "one entry", "transposed"]),
    st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_no_wrong_gradient_agrees_along_two_directions(seed, error, upstream):
    """As many directions as a check tries."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 3))
    value, gradient = two_layers(x)
    wrong = {
        "a factor": 1.01 * gradient,
        "a sign": -gradient,
        "a term": gradient + 0.01 * np.abs(gradient).max(),
        "one entry": np.where(np.arange(9).reshape(3, 3) == 4, 0, gradient),
        "transposed": gradient.T,
    }[error]
    slopes = []
    for _ in range(2):
        direction = unit_direction(rng, x.shape)
        slope = Slope(lambda x: upstream * two_layers(x)[0], x, direction, upstream * value, upstream * value)
        assert not slope.is_kink
        assert agrees(slope, upstream * gradient, direction)
        slopes.append(agrees(slope, upstream * wrong, direction))
    assert not all(slopes)
