"""The softmax losses: what gradients and vectors of PyTorch do not say."""

import numpy as np
import pytest

from solutions.losses import softmax_loss
from solutions.temporal import temporal_softmax_loss

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4, 5))
Y = RNG.integers(0, 5, (3, 4))
MASK = np.array([[True, True, True, False], [True, False, False, False], [True, True, False, True]])


def test_the_temporal_loss_is_the_sum_over_time_of_the_loss_of_each_step():
    loss, dx = temporal_softmax_loss(X, Y, MASK)
    rows_loss, rows_dx = softmax_loss(X[MASK], Y[MASK])
    n_words, N = MASK.sum(), 3
    assert loss == pytest.approx(rows_loss * n_words / N, rel=1e-12)
    np.testing.assert_allclose(dx[MASK], rows_dx * n_words / N, rtol=1e-12, atol=1e-15)
    assert (dx[~MASK] == 0).all()


@pytest.mark.parametrize("size", [1e3, 1e8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_overflow_nowhere(size, dtype):
    x = (size * X).astype(dtype)
    for loss, dx in (temporal_softmax_loss(x, Y, MASK), softmax_loss(x[:, 0], Y[:, 0])):
        assert np.isfinite(loss)
        assert np.isfinite(dx).all()


def test_captions_of_padding_alone_cost_nothing():
    loss, dx = temporal_softmax_loss(X, Y, np.zeros_like(MASK))
    assert loss == 0
    assert not dx.any()


@pytest.mark.parametrize("wrong", [-1, 5])
def test_a_class_that_does_not_exist_is_refused(wrong):
    y = np.where(MASK, Y, wrong)
    with pytest.raises(ValueError, match=rf"{wrong}.*0 to 4"):
        temporal_softmax_loss(X, y, MASK)
    with pytest.raises(ValueError, match=rf"{wrong}.*0 to 4"):
        softmax_loss(X[:, 3], y[:, 3])
