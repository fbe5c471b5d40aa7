"""A cache that does not fit the backward function: the cache is named, and a right backward is not blamed."""

import pytest

from tests.test_wrong_answers import checked, no_library

__all__ = ["no_library"]  # a fixture
RNN = """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, CACHE

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
"""


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        (
            "(x, Wx, prev_h, Wh, next_h)",
            "cache holds Wx (4, 2) where rnn_step_backward expects prev_h (3, 2)",
        ),
        ("(prev_h, x, Wx, Wh, next_h)", "holds prev_h (3, 2) where rnn_step_backward expects x (3, 4)"),
        ("(x, next_h, Wx, Wh, prev_h)", "holds next_h (3, 2) where rnn_step_backward expects prev_h (3, 2)"),
        ("(x, prev_h, Wx, Wh, b, next_h)", "holds a tuple of 6 where rnn_step_backward expects 5 things"),
        ("{'x': x, 'h': next_h}", "holds a dict of 2 where rnn_step_backward expects 5 things"),
        ("None", "holds a NoneType where rnn_step_backward expects 5 things"),
        ("(x.T, prev_h, Wx, Wh, next_h)", "array of shape (4, 3) where rnn_step_backward expects x (3, 4)"),
    ],
)
def test_the_cache_is_named(cache, said):
    verdict = checked("rnn_step_backward", RNN.replace("CACHE", cache))
    assert verdict.points == 0
    assert said in verdict.findings[0].sentence
    assert "It unpacks `x, prev_h, Wx, Wh, next_h`" in verdict.findings[0].sentence


@pytest.mark.parametrize(
    ("cache", "unpacking"),
    [
        ("(x, prev_h, Wx, Wh, next_h)", "x, prev_h, Wx, Wh, next_h = cache"),
        ("[Wh, Wx, x, prev_h, b, next_h]", "Wh, Wx, x, prev_h, _, next_h = cache"),
        ("(next_h, x.T, Wx, Wh, prev_h)", "next_h, x, Wx, Wh, prev_h = cache; x = x.T"),
        ("{'all': (x, prev_h, Wx, Wh, next_h)}", "x, prev_h, Wx, Wh, next_h = cache['all']"),
        ("(x, prev_h, (Wx, Wh), next_h)", "x, prev_h, (Wx, Wh), next_h = cache"),
        ("(x, prev_h, Wx, Wh, next_h)", "*rest, next_h = cache; x, prev_h, Wx, Wh = rest"),
    ],
)
def test_a_layout_of_ones_own_is_as_good_with_a_backward_of_ones_own(cache, unpacking):
    source = RNN.replace("CACHE", cache).replace("x, prev_h, Wx, Wh, next_h = cache", unpacking)
    assert checked("rnn_step_backward", source).passed


def test_an_error_of_the_backward_s_own_stays_its_own():
    source = RNN.replace("CACHE", "(x, prev_h, Wx, Wh, next_h)").replace("da @ Wx.T,", "da @ Wx,")
    assert "raised ValueError" in checked("rnn_step_backward", source).findings[0].sentence
