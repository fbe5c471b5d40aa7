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


def test_a_name_may_be_another_s_if_the_backward_goes_on_with_it():
    """Two arrays change places in the cache, and again when they are used: nothing is wrong."""
    source = RNN.replace("CACHE", "(x, Wh, Wx, prev_h, next_h)").replace(
        "da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da", "da @ Wx.T, da @ prev_h.T, x.T @ da, Wh.T @ da"
    )
    assert checked("rnn_step_backward", source).passed
    for wrong in ("da @ Wx.T * 2", "-da @ Wx.T"):
        verdict = checked("rnn_step_backward", source.replace("da @ Wx.T", wrong))
        assert [finding.argument for finding in verdict.findings] == ["dx"]
        assert "cache" not in verdict.findings[0].sentence


def test_it_is_said_only_where_the_rest_is_right():
    """With a second mistake the cache alone is not why."""
    odd = RNN.replace("CACHE", "(x, next_h, Wx, Wh, prev_h)")
    assert "Your cache holds next_h" in checked("rnn_step_backward", odd).findings[0].sentence
    both = checked("rnn_step_backward", odd.replace("x.T @ da", "-x.T @ da"))
    assert not both.passed
    assert not any("cache" in finding.sentence for finding in both.findings)


def test_an_error_of_the_backward_s_own_stays_its_own():
    source = RNN.replace("CACHE", "(x, prev_h, Wx, Wh, next_h)").replace("da @ Wx.T,", "da @ Wx,")
    assert "raised ValueError" in checked("rnn_step_backward", source).findings[0].sentence
