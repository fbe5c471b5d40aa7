"""The warm-up computations, against loops and at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from solutions.arrays import log_sum_exp, pairwise_squared_distances, standardize

FUNCTIONS = [standardize, log_sum_exp, lambda x: pairwise_squared_distances(x, x[:2])]
matrices = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(-50, 50)
)


def test_standardized_columns_have_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(7, 3, (50, 4))
    standardized = standardize(x)
    np.testing.assert_allclose(standardized.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standardized.var(axis=0), 1, rtol=1e-7)


def test_a_constant_column_becomes_0():
    np.testing.assert_array_equal(standardize(np.full((3, 2), 5.0)), 0)


@pytest.mark.slow
@settings(deadline=None)
@given(matrices)
def test_log_sum_exp_by_a_loop(x):
    expected = [np.log(sum(np.exp(value) for value in row)) for row in x]
    np.testing.assert_allclose(log_sum_exp(x), expected, rtol=1e-12, atol=1e-12)


def test_log_sum_exp_neither_overflows_nor_underflows():
    x = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    np.testing.assert_allclose(log_sum_exp(x), np.array([1000, -1000]) + np.log(2), rtol=1e-15)


@pytest.mark.slow
@settings(deadline=None)
@given(matrices, st.integers(1, 4))
def test_distances_by_a_loop(x, M):
    y = np.random.default_rng(M).standard_normal((M, x.shape[1]))
    expected = [[((a - b) ** 2).sum() for b in y] for a in x]
    np.testing.assert_allclose(pairwise_squared_distances(x, y), expected, rtol=1e-9, atol=1e-9)


def test_rounding_makes_no_distance_negative():
    x = 1e4 + np.random.default_rng(0).standard_normal((30, 40))
    distances = pairwise_squared_distances(x, x.copy())
    assert (distances >= 0).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_arrays_keep_the_contract(function):
    x = np.random.default_rng(0).standard_normal((4, 3))
    before = x.copy()
    first = function(x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(function(x), first)
    assert function(x.astype(np.float32)).dtype == np.float32
    with pytest.raises(TypeError, match="x has dtype int64, expected floats"):
        function(x.astype(int))
    with pytest.raises(ValueError, match=r"x has shape \(4,\), expected \(N, D\)"):
        function(x[:, 0])


def test_points_of_different_dimension_are_refused():
    with pytest.raises(ValueError, match=r"y has shape \(2, 4\), expected \(M, D\) with .*D=3"):
        pairwise_squared_distances(np.ones((5, 3)), np.ones((2, 4)))
