"""Update rules, clipping and dropout: what the vectors of PyTorch do not say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.optimizers import (
    adam,
    clip_gradients,
    dropout_backward,
    dropout_forward,
    rmsprop,
    sgd_momentum,
)

RULES = [sgd_momentum, rmsprop, adam]
every_rule = pytest.mark.parametrize("rule", RULES)


@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_update_changes_nothing_that_it_was_given(rule, dtype):
    rng = np.random.default_rng(0)
    w, dw = rng.standard_normal((2, 3, 4)).astype(dtype)
    _, config = rule(w, dw)
    before = w.copy(), dw.copy(), {name: np.copy(value) for name, value in config.items()}
    next_w, next_config = rule(w, dw, config)
    np.testing.assert_array_equal(w, before[0])
    np.testing.assert_array_equal(dw, before[1])
    for name, value in before[2].items():
        np.testing.assert_array_equal(config[name], value)
    assert next_w.dtype == dtype
    assert all(value.dtype == dtype for value in next_config.values() if isinstance(value, np.ndarray))


@every_rule
def test_a_learning_rate_from_numpy_does_not_turn_the_weights_into_float64(rule):
    w = np.ones(3, dtype=np.float32)
    next_w, config = rule(w, w, {"learning_rate": 0.1 * np.cos(0.5)})
    next_w, _ = rule(next_w, w, config | {"learning_rate": 0.1 * np.cos(0.6)})
    assert next_w.dtype == np.float32


@every_rule
def test_a_config_keeps_what_was_set(rule):
    _, config = rule(np.ones(3), np.ones(3), {"learning_rate": 0.25})
    assert config["learning_rate"] == 0.25


@every_rule
def test_every_rule_finds_the_bottom_of_a_bowl(rule):
    w, config = np.array([3.0, -2.0]), {"learning_rate": 0.05}
    for _ in range(400):
        w, config = rule(w, 2 * w, config)
    assert np.abs(w).max() < 0.1


@every_rule
def test_a_gradient_of_another_shape_is_refused(rule):
    with pytest.raises(ValueError, match=r"dw has shape \(3,\), expected \(2, 3\)"):
        rule(np.ones((2, 3)), np.ones(3))


def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_size():
    dw = np.array([1e-3, -5.0, 40.0])
    w, config = adam(np.zeros(3), dw, {"learning_rate": 0.01})
    np.testing.assert_allclose(w, -0.01 * np.sign(dw), rtol=1e-4)
    assert config["t"] == 1


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(0.01, 100), st.integers(0, 2**16), st.sampled_from([np.float32, np.float64]))
def test_clipping_bounds_the_global_norm_and_keeps_the_direction(max_norm, seed, dtype):
    rng = np.random.default_rng(seed)
    grads = {"a": rng.standard_normal((2, 3)).astype(dtype), "b": 3 * rng.standard_normal(4).astype(dtype)}
    before = {name: grad.copy() for name, grad in grads.items()}
    clipped, norm = clip_gradients(grads, max_norm)
    all_before = np.concatenate([grad.ravel() for grad in before.values()])
    all_clipped = np.concatenate([grad.ravel() for grad in clipped.values()])
    np.testing.assert_allclose(norm, np.linalg.norm(all_before), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(all_clipped), min(norm, max_norm), rtol=1e-5)
    np.testing.assert_allclose(all_clipped * norm, all_before * np.linalg.norm(all_clipped), rtol=1e-4)
    for name, grad in before.items():
        np.testing.assert_array_equal(grads[name], grad)
        assert clipped[name].dtype == dtype


@pytest.mark.parametrize("max_norm", [0, -1, float("nan")])
def test_a_norm_that_is_not_positive_is_refused(max_norm):
    with pytest.raises(ValueError, match="expected a positive number"):
        clip_gradients({"a": np.ones(3)}, max_norm)


def dropout(x, p, seed=0):
    return dropout_forward(x, {"mode": "train", "p": p, "rng": np.random.default_rng(seed)})


def test_dropout_keeps_a_share_p_and_the_mean():
    x = np.ones((200, 500))
    out, cache = dropout(x, p=0.8)
    # 1e5 entries: a share 0.01 away from 0.8 has probability below 2 exp(-2 * 1e5 * 1e-4) = 4e-9.
    assert abs((out > 0).mean() - 0.8) < 0.01
    assert set(np.unique(out)) == {0.0, 1 / 0.8}
    np.testing.assert_array_equal(dropout_backward(x, cache), out)


def test_dropout_draws_what_is_documented():
    x = np.ones((3, 4))
    kept = np.random.default_rng(0).random((3, 4)) < 0.6
    np.testing.assert_array_equal(dropout(x, p=0.6)[0] > 0, kept)


@pytest.mark.parametrize("p", [0.3, 1.0])
def test_dropout_leaves_test_inputs_alone(p):
    x = np.random.default_rng(0).standard_normal((3, 4))
    out, cache = dropout_forward(x, {"mode": "test", "p": p})
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(dropout_backward(x, cache), x)
    np.testing.assert_array_equal(dropout(x, p=1.0)[0], x)


@pytest.mark.parametrize("p", [0, -0.1, 1.1])
def test_a_share_that_is_none_is_refused(p):
    with pytest.raises(ValueError, match="expected 0 < p <= 1"):
        dropout(np.ones(3), p)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="'trian', expected 'train' or 'test'"):
        dropout_forward(np.ones(3), {"mode": "trian", "p": 0.5})
