"""The diagnosis on made residuals: every cause that it names, and near misses that it must not name so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.judge.compare import relative_error
from autograder.judge.diagnosis import diagnose
from autograder.judge.evidence import Evidence, Labelled
from autograder.judge.factors import factor_name
from autograder.judge.verdict import Kind

SIZES = {"N": 3, "T": 5, "D": 4, "H": 6, "V": 11, "C": 2, "I": 7, "J": 8}
GATES = ("input gate", "forget gate", "output gate", "candidate")
scales = st.sampled_from([1e-12, 1e-3, 1.0, 1e5, 1e12])
seeds = st.integers(0, 2**32 - 1)
shapes = st.lists(st.integers(2, 6), min_size=1, max_size=4).filter(lambda shape: np.prod(shape) >= 6)
many = settings(max_examples=60, deadline=None)


def size(axis):
    return int(axis[:-1] or 1) * SIZES[axis[-1]]


def draw(axes, seed=0, scale=1.0):
    rng = np.random.default_rng([seed, len(axes)])
    return scale * rng.standard_normal([size(axis) for axis in axes.split()])


def labelled(axes, seed=1):
    return Labelled(draw(axes, seed), tuple(axes.split()))


def diagnosis(expected, actual, axes="", **context):
    return diagnose(expected, actual, tuple(axes.split()), sizes=SIZES, **context)


# The error


@pytest.mark.slow
@many
@given(seeds, shapes, scales, scales)
def test_the_error_is_relative_to_the_largest_entry_at_every_scale(seed, shape, scale, error):
    expected = scale * np.random.default_rng(seed).standard_normal(shape)
    actual = expected.copy()
    index = (0,) * len(shape)
    actual[index] += min(error, 1e3) * np.abs(expected).max()
    measured = relative_error(expected, actual)
    # As far as the numbers can hold it.
    assert measured == pytest.approx(min(error, 1e3), rel=1e-6, abs=1e-15)
    assert relative_error(7 * expected, 7 * actual) == pytest.approx(measured, rel=1e-6, abs=1e-15)
    assert relative_error(expected, expected) == 0


@pytest.mark.parametrize(
    ("expected", "actual", "error"),
    [
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0, 0.0], [0.0, 1e-300], np.inf),
        ([1.0, np.nan], [1.0, np.nan], 0.0),
        ([1.0, np.nan], [1.0, 2.0], np.inf),
        ([1.0, 2.0], [1.0, np.nan], np.inf),
        ([1.0, np.inf], [1.5, np.inf], 0.5),
        ([1.0, np.inf], [1.0, -np.inf], np.inf),
        ([1e308, -1e308], [-1e308, 1e308], 2.0),
        ([], [], 0.0),
        (2.0, 1.0, 0.5),
    ],
)
def test_the_error_of_what_is_not_finite_or_zero(expected, actual, error):
    assert relative_error(expected, actual) == error


# Signs and factors


@pytest.mark.slow
@many
@given(seeds, shapes, scales, st.sampled_from([np.float32, np.float64]))
def test_a_turned_sign(seed, shape, scale, dtype):
    expected = (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    finding = diagnose(expected, -expected, tolerance=tolerance)
    assert finding.kind == Kind.SIGN
    assert finding.numbers["error"] == pytest.approx(2)


@pytest.mark.slow
@many
@given(
    seeds,
    shapes,
    scales,
    st.floats(1.01, 50).flatmap(lambda factor: st.sampled_from([factor, 1 / factor, -factor])),
)
def test_a_constant_factor(seed, shape, scale, factor):
    expected = scale * np.random.default_rng(seed).standard_normal(shape)
    finding = diagnose(expected, factor * expected)
    assert finding.kind == Kind.FACTOR
    assert finding.numbers["factor"] == pytest.approx(factor)


@pytest.mark.slow
@many
@given(seeds, shapes, st.floats(1.01, 50))
def test_what_is_nearly_a_factor_is_none(seed, shape, factor):
    """One entry is off by a hundredth."""
    expected = np.random.default_rng(seed).standard_normal(shape)
    actual = factor * expected
    actual.flat[0] *= 1.01
    kind = diagnose(expected, actual).kind
    assert kind not in {Kind.FACTOR, Kind.SIGN} or expected.ndim > 1
    assert diagnose(expected.ravel(), actual.ravel()).kind not in {Kind.FACTOR, Kind.SIGN}


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (3.0, "N"), (1 / 3, "1/N"), (5.0, "T"), (1 / 5, "1/T"), (2.0, "2"), (0.5, "1/2"), (15.0, "N*T"),
        (1 / 15, "1/(N*T)"), (5**0.5, "sqrt(T)"), (5**-0.5, "1/sqrt(T)"), (3 / 5, "N/T"), (0.9, "p"),
        (1 / 0.9, "1/p"), (0.1, "(1 - p)"), (7 / 3, "the number of True in mask/N"), (1.2345, None),
        (3 * (1 + 1e-6), None),
    ],
)  # fmt: skip
def test_factors_have_names(factor, name):
    mask = np.zeros((3, 5), dtype=bool)
    mask.flat[:7] = True
    context = {
        "arguments": {"mask": Labelled(mask, ("N", "T"))}, "sizes": {"N": 3, "T": 5}, "scalars": {"p": 0.9}
    }  # fmt: skip
    expected = draw("N T")
    evidence = Evidence(expected, factor * expected, ("N", "T"), **context)
    assert factor_name(factor, evidence) == name
    finding = diagnose(expected, -factor * expected, ("N", "T"), **context)
    assert finding.kind == Kind.FACTOR
    assert finding.numbers["name"] == name
    assert "sign turned" in finding.sentence
    assert (name or "") in finding.sentence


def test_two_names_that_are_as_simple_are_both_given():
    expected = draw("N T")
    evidence = Evidence(expected, 2 * expected, ("N", "T"), sizes={"N": 3, "T": 5, "H": 2})
    assert factor_name(2.0, evidence) == "2 or H"


def test_of_a_lone_number_only_factors_with_a_name_are_believed():
    one = np.array(0.712345)
    assert diagnosis(one, 3 * one).kind == Kind.FACTOR
    assert diagnosis(one, -one).kind == Kind.SIGN
    assert diagnosis(one, 1.2345 * one).kind == Kind.VALUE
    assert diagnosis(one, one + 0.1).kind == Kind.VALUE


def test_a_factor_along_an_axis():
    expected = draw("N T D")
    actual = expected / np.arange(1, 6)[:, None]
    finding = diagnosis(expected, actual, "N T D")
    # The first step is right, so that is what a place could say: but it is not carried, as it looks.
    assert finding.kind == Kind.NOT_CARRIED
    finding = diagnosis(expected, expected / np.arange(2, 7)[:, None], "N T D")
    assert finding.kind == Kind.FACTOR
    assert "differs along T: 0.5, 0.3333" in finding.sentence


def test_multiplied_by_the_upstream_gradient_twice():
    expected, dout = draw("N D"), labelled("N D")
    context = {"arguments": {"dout": dout, "x": labelled("N D", 2)}, "upstream": ("dout",)}
    finding = diagnosis(expected, expected * dout.values, "N D", **context)
    assert finding.kind == Kind.NOT_LINEAR
    assert "multiplied by dout once too often" in finding.sentence
    finding = diagnosis(expected, expected / context["arguments"]["x"].values, "N D", **context)
    assert finding.kind == Kind.FACTOR
    assert "multiplied by x once more" in finding.sentence


# Right numbers in other places


def test_transposed():
    expected = np.random.default_rng(0).standard_normal((4, 4))
    finding = diagnose(expected, expected.T.copy(), ("D", "H"))
    assert finding.kind == Kind.TRANSPOSED
    assert "D and H are exchanged" in finding.sentence
    almost = expected.T.copy()
    almost[0, 1] *= 1.001
    assert diagnose(expected, almost, ("D", "H")).kind == Kind.VALUE


@pytest.mark.parametrize("axes", ["N T D", "N D", "N C I J"])
def test_reshaped_instead_of_transposed(axes):
    expected = draw(axes)
    order = tuple(range(expected.ndim))[::-1]
    actual = expected.transpose(order).reshape(expected.shape)
    finding = diagnosis(expected, actual, axes)
    assert finding.kind == Kind.TRANSPOSED
    assert "as if reshaped instead of transposed" in finding.sentence


@pytest.mark.parametrize(("axis", "words"), [(1, "T"), (2, "D"), ((1, 2), "T and D")])
def test_in_reverse_order(axis, words):
    expected = draw("N T D")
    finding = diagnosis(expected, np.flip(expected, axis), "N T D")
    assert finding.kind == Kind.TRANSPOSED
    assert f"in reverse order along {words};" in finding.sentence


@pytest.mark.parametrize(("step", "word"), [(1, "late"), (-1, "early")])
def test_shifted(step, word):
    expected = draw("N T D")
    actual = np.roll(expected, step, axis=1)
    actual[:, 0 if step == 1 else -1] = 0
    finding = diagnosis(expected, actual, "N T D")
    assert finding.kind == Kind.TRANSPOSED
    assert f"one place too {word} along T" in finding.sentence


@pytest.mark.parametrize("order", [(0, 1, 3, 2), (1, 0, 2, 3), (3, 2, 1, 0), (1, 2, 3, 0)])
@pytest.mark.parametrize("axes", ["D 4H", "4H"])
def test_gates_in_another_order(order, axes):
    expected = draw(axes)
    blocks = np.split(expected, 4, axis=-1)
    actual = np.concatenate([blocks[k] for k in order], axis=-1)
    finding = diagnosis(expected, actual, axes, blocks={"4H": GATES})
    assert finding.kind == Kind.GATE_ORDER
    assert ", ".join(GATES[k] for k in order) in finding.sentence


def test_gates_in_another_order_with_one_wrong_are_no_order():
    expected = draw("D 4H")
    blocks = np.split(expected, 4, axis=-1)
    actual = np.concatenate([blocks[1], blocks[0], blocks[2], 1.001 * blocks[3]], axis=-1)
    assert diagnosis(expected, actual, "D 4H", blocks={"4H": GATES}).kind != Kind.GATE_ORDER


# Terms


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (lambda a: 1.0, "1"),
        (lambda a: a["dout"].values.sum(axis=1), "dout summed over T"),
        (lambda a: a["w"].values, "w"),
        (lambda a: a["other"].values.sum(axis=1), "dc summed over T"),
        (lambda a: np.einsum("ntd,nt->nd", a["dout"].values, a["s"].values), "the product of dout and s"),
    ],
)
@pytest.mark.parametrize("ratio", [1.0, -1.0, 0.37, -3.0])
def test_a_term_too_many_or_missing(term, words, ratio):
    arrays = {
        "w": labelled("D", 4), "dout": labelled("N T D", 5), "s": labelled("N T", 6),
        "other": labelled("N T D", 7)
    }  # fmt: skip
    arguments = {name: arrays[name] for name in ("w", "dout", "s")}
    expected = draw("N D")
    finding = diagnosis(
        expected,
        expected + ratio * term(arrays),
        "N D",
        arguments=arguments,
        upstream=("dout",),
        others={"dc": arrays["other"]},
    )
    assert finding.kind == (Kind.EXTRA_TERM if ratio > 0 else Kind.MISSING_TERM)
    assert finding.numbers["term"] == words
    assert finding.numbers["factor"] == pytest.approx(ratio)


def test_a_term_with_one_entry_off_is_none():
    w = labelled("N D", 3)
    expected = draw("N D")
    actual = expected + w.values
    actual[1, 1] += 1e-3
    assert diagnosis(expected, actual, "N D", arguments={"w": w}).kind == Kind.VALUE


def test_two_terms_are_none():
    v, w = labelled("N D", 3), labelled("N D", 4)
    actual = draw("N D") + v.values + w.values
    assert diagnosis(draw("N D"), actual, "N D", arguments={"v": v, "w": w}).kind == Kind.VALUE


def test_all_zero():
    finding = diagnosis(draw("N D"), np.zeros((3, 4)), "N D")
    assert finding.kind == Kind.MISSING_TERM
    assert "is 0 everywhere" in finding.sentence


def test_an_argument_and_nothing_else():
    dout = labelled("N D")
    finding = diagnosis(draw("N D"), dout.values / 3, "N D", arguments={"dout": dout})
    assert finding.kind == Kind.MISSING_TERM
    assert "is 1/N times dout and nothing else" in finding.sentence


# Conditions


def relu_case():
    x, dout = labelled("N D", 8), labelled("N D", 9)
    return x.values, dout.values, {"x": x, "dout": dout}


def test_wrong_where_an_argument_is_negative():
    x, dout, arguments = relu_case()
    finding = diagnosis(dout * (x > 0), dout, "N D", arguments=arguments, upstream=("dout",))
    assert finding.kind == Kind.WHERE
    assert "is wrong only where x <= 0: there it must be 0, and you give dout" in finding.sentence


def test_wrong_where_a_mask_is_false():
    rng = np.random.default_rng(0)
    mask = rng.random((3, 5)) < 0.6
    x = rng.standard_normal((3, 5, 4))
    arguments = {"mask": Labelled(mask, ("N", "T"))}
    finding = diagnosis(x * mask[..., None], x, "N T D", arguments=arguments)
    assert finding.kind == Kind.WHERE
    assert "where mask is False" in finding.sentence
    finding = diagnosis(x, np.where(mask[..., None], -x, x), "N T D", arguments=arguments)
    assert "where mask is True, with the sign turned" in finding.sentence


def test_wrong_for_words_that_occur_more_than_once():
    words = np.array([[1, 4, 4, 0, 7], [2, 2, 2, 9, 4], [3, 5, 6, 1, 8]])
    dout = draw("N T D")
    right, last_wins = np.zeros((11, 4)), np.zeros((11, 4))
    np.add.at(right, words, dout)
    last_wins[words] += dout
    arguments = {"words": Labelled(words, ("N", "T"), "V"), "dout": Labelled(dout, ("N", "T", "D"))}
    finding = diagnosis(right, last_wins, "V D", arguments=arguments, upstream=("dout",))
    assert finding.kind == Kind.WHERE
    assert "for words that occur more than once in words" in finding.sentence


def test_wrong_at_the_right_word():
    y = np.array([[1, 4, 4, 0, 7], [2, 2, 2, 9, 4], [3, 5, 6, 1, 8]])
    expected = draw("N T V")
    actual = expected + (y[..., None] == np.arange(11))
    finding = diagnosis(expected, actual, "N T V", arguments={"y": Labelled(y, ("N", "T"), "V")})
    assert finding.kind == Kind.WHERE
    assert "only at the entries that y names" in finding.sentence


def test_wrong_where_a_word_is_null():
    words = np.array([[1, 4, 0, 0, 0], [2, 2, 3, 9, 0], [3, 5, 6, 0, 0]])
    expected = draw("N T D")
    actual = np.where(words[..., None] == 0, 2 * expected, expected)
    finding = diagnosis(expected, actual, "N T D", arguments={"words": Labelled(words, ("N", "T"), "V")})
    assert finding.kind == Kind.WHERE
    assert "where words is 0, 2 times what it should be" in finding.sentence  # 2 is C, and sqrt(D) too


def test_wrong_where_the_right_value_is_negative():
    expected = draw("N T D")
    finding = diagnosis(expected, np.maximum(expected, 0), "N T D")
    assert finding.kind == Kind.WHERE
    assert "where the right value <= 0, and 0 there" in finding.sentence


def test_what_is_masked_does_not_count_against_a_condition():
    """The right word is not subtracted from a softmax's gradient, which is 0 where the mask is False."""
    rng = np.random.default_rng(0)
    y, mask = rng.integers(0, 11, (3, 5)), rng.random((3, 5)) < 0.6
    right_word = y[..., None] == np.arange(11)
    expected = (rng.random((3, 5, 11)) - right_word) * mask[..., None]
    actual = expected + right_word * mask[..., None] * rng.uniform(1, 2, (3, 5, 1))
    arguments = {"mask": Labelled(mask, ("N", "T")), "y": Labelled(y, ("N", "T"), "V")}
    finding = diagnosis(expected, actual, "N T V", arguments=arguments)
    assert finding.kind == Kind.WHERE
    assert "only at the entries that y names" in finding.sentence


def test_off_by_what_does_not_vary_along_an_axis():
    expected = draw("N C I J")
    finding = diagnosis(expected, expected - draw("N C", 4)[..., None, None], "N C I J")
    assert finding.kind == Kind.MISSING_TERM
    assert "off by something that is the same along I and J" in finding.sentence
    almost = expected - draw("N C", 4)[..., None, None] * (1 + 1e-6 * draw("N C I J", 5))
    assert diagnosis(expected, almost, "N C I J").kind == Kind.VALUE


def test_half_of_the_places_of_a_condition_are_not_where_it_holds():
    x, dout, arguments = relu_case()
    actual = dout * (x > 0)
    actual[:2] = dout[:2]
    assert diagnosis(dout * (x > 0), actual, "N D", arguments=arguments).kind != Kind.WHERE


def test_a_condition_of_few_cases_is_no_evidence():
    """One of three examples is wrong, and happens to be the only one with a negative s."""
    expected = draw("N D")
    s = Labelled(np.array([0.3, -0.4, 0.9]), ("N",))
    actual = expected.copy()
    actual[1] += draw("D", 3)
    assert diagnosis(expected, actual, "N D", arguments={"s": s}).kind == Kind.PLACE


# Places


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (np.s_[:, 0], "at the first time step"),
        (np.s_[:, -1], "at the last time step"),
        (np.s_[:, :-1], "at all but the last time step"),
        (np.s_[:, 2], "at time step 2"),
        (np.s_[2, :, :], "at the last example"),
        (np.s_[:, :, 6:12], "in the forget gate (H:2H of 4H)"),
        (np.s_[:, :, :6], "in the input gate (0:H of 4H)"),
        (np.s_[:, :, 6:], "in all blocks of 4H but the input gate"),
        (np.s_[:, -1, 18:], "at the last time step, in the candidate (3H:4H of 4H)"),
        (np.s_[1, 2, 3], "in this one entry"),
    ],
)
def test_wrong_at_a_place(place, words):
    expected = draw("N T 4H")
    actual = expected.copy()
    actual[place] += draw("N T 4H", 3)[place]
    finding = diagnosis(expected, actual, "N T 4H", blocks={"4H": GATES})
    assert finding.kind == Kind.PLACE
    only = "" if "all" in words else "only "
    assert f"is wrong {only}{words}" in finding.sentence
    assert np.isclose(expected[finding.place], finding.numbers["expected"])
    assert finding.numbers["expected"] != finding.numbers["actual"]


def test_the_sign_of_one_gate():
    expected = draw("H 4H")
    actual = expected.copy()
    actual[:, 6:12] *= -1
    finding = diagnosis(expected, actual, "H 4H", blocks={"4H": GATES})
    assert "wrong only in the forget gate (H:2H of 4H), with the sign turned" in finding.sentence
    assert "(axes H, 4H) you give" in finding.sentence


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (np.s_[1:-1, 1:-1], "one entry wide, at all four sides"),
        (np.s_[2:-2, 2:-2], "2 wide, at all four sides"),
        (np.s_[:-1, :-1], "the last of I and the last of J"),
    ],
)
def test_wrong_at_the_border(inside, words):
    expected = draw("N C I J")
    actual = draw("N C I J", 3)
    actual[:, :, *inside] = expected[:, :, *inside]
    finding = diagnosis(expected, actual, "N C I J")
    assert finding.kind == Kind.PLACE
    assert words in finding.sentence


@pytest.mark.slow
@many
@given(seeds, st.integers(0, 2**15 - 1))
def test_scattered_entries_are_at_no_place(seed, pattern):
    """What the sentence calls wrong is wrong, and nothing else is."""
    expected = draw("N T")
    wrong = np.array([bool(pattern >> k & 1) for k in range(15)]).reshape(3, 5)
    actual = expected + wrong * np.random.default_rng(seed).uniform(1, 2, (3, 5))
    if not wrong.any():
        return
    finding = diagnosis(expected, actual, "N T")
    assert finding.numbers["wrong"] == wrong.sum()
    assert wrong[finding.place]
    if finding.kind == Kind.PLACE:
        rows, columns = wrong.any(axis=1), wrong.any(axis=0)
        is_at_border = "border" in finding.sentence
        assert is_at_border or not rows.all() or not columns.all()
    if finding.kind == Kind.VALUE:
        assert f"in {wrong.sum()} of its 15" in finding.sentence or "all of its 15" in finding.sentence


# Time


def test_not_carried_back_through_time():
    expected = draw("N T H")
    actual = draw("N T H", 3)
    actual[:, -1] = expected[:, -1]
    finding = diagnosis(expected, actual, "N T H", is_gradient=True)
    assert finding.kind == Kind.NOT_CARRIED
    assert diagnosis(expected, actual, "N T H").kind == Kind.PLACE
    actual[0, 2] = expected[0, 2]
    assert diagnosis(expected, actual, "N T H", is_gradient=True).kind == Kind.NOT_CARRIED
    actual[:, 2] = expected[:, 2]
    assert diagnosis(expected, actual, "N T H", is_gradient=True).kind != Kind.NOT_CARRIED


def test_not_carried_forward_through_time():
    expected = draw("N T H")
    actual = draw("N T H", 3)
    actual[:, 0] = expected[:, 0]
    assert diagnosis(expected, actual, "N T H").kind == Kind.NOT_CARRIED
    assert diagnosis(expected, actual, "N T H", is_gradient=True).kind == Kind.PLACE


def test_of_two_steps_nothing_is_concluded():
    expected = draw("N T H")[:, :2]
    actual = expected.copy()
    actual[:, 0] = 7
    assert diagnosis(expected, actual, "N T H", is_gradient=True).kind != Kind.NOT_CARRIED


# Precision


@pytest.mark.slow
@many
@given(seeds, scales)
def test_computed_in_float32(seed, scale):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((7, 9)), scale * rng.standard_normal((9, 8))
    actual = (a.astype(np.float32) @ b.astype(np.float32)).astype(np.float64)
    assert diagnose(a @ b, actual).kind == Kind.FLOAT32
    halfway = a.astype(np.float32).astype(np.float64) @ b
    if relative_error(a @ b, halfway) >= 1e-8:
        assert diagnose(a @ b, halfway).kind == Kind.FLOAT32


@pytest.mark.slow
@many
@given(seeds, st.sampled_from([3e-9, 3e-5, 1e-3]))
def test_noise_of_another_size_is_no_float32(seed, noise):
    rng = np.random.default_rng(seed)
    expected = rng.uniform(1, 2, (7, 9))
    kind = diagnose(expected, expected + noise * rng.uniform(-1, 1, (7, 9))).kind
    assert kind == (Kind.NEARLY if noise < 1e-4 else Kind.VALUE)


def test_a_small_error_that_is_not_rounding():
    """As of an epsilon in another place: it has one sign."""
    x = np.random.default_rng(0).uniform(0.5, 2, (7, 9))
    finding = diagnose(1 / np.sqrt(x + 1e-6), 1 / np.sqrt(x))
    assert finding.kind == Kind.NEARLY
    assert "right to some 6 digits only" in finding.sentence


# What is not of floats


def test_integers_bools_and_words():
    words = np.array([["a", "cat", "sat"], ["a", "dog", "ran"]])
    finding = diagnose(words, np.array([["a", "cat", "sat"], ["a", "dog", "sat"]]), ("N", "T"))
    assert finding.kind == Kind.VALUE  # one wrong word is not a place
    assert "at [1, 2] (axes N, T) you give 'sat', it is 'ran'" in finding.sentence
    finding = diagnose(words, np.array([["a", "cat", "up"], ["a", "dog", "up"]]), ("N", "T"))
    assert finding.kind == Kind.PLACE
    assert "only at the last time step" in finding.sentence
    order = np.array([[0, 1, 2, 3], [7, 6, 5, 4]])
    assert diagnose(order, order[:, ::-1].copy(), ("N", "T")).kind == Kind.TRANSPOSED
    assert diagnose(order, order + 1, ("N", "T")).kind == Kind.VALUE
    mask = np.array([True, False, True])
    assert diagnose(mask, ~mask, ("N",)).numbers["wrong"] == 3


def test_both_numbers_are_told_apart():
    finding = diagnose(np.array([1.0, 2.0]), np.array([1.0, 2.0000001]))
    assert "you give 2.0000001, it is 2" in finding.sentence


# Nothing breaks it


@pytest.mark.slow
@many
@given(seeds, st.lists(st.integers(1, 4), max_size=5), scales, st.sampled_from([np.float32, np.float64]))
def test_any_two_arrays_get_a_finding_that_is_true(seed, shape, scale, dtype):
    rng = np.random.default_rng(seed)
    expected = (scale * rng.standard_normal(shape)).astype(dtype)
    actual = (scale * rng.standard_normal(shape)).astype(dtype)
    finding = diagnose(expected, actual, tolerance=1e-9 if dtype == np.float64 else 1e-4)
    assert finding.sentence.startswith("the result: ")
    assert finding.kind == Kind.VALUE or expected.size < 4
    if finding.residual is not None:
        assert max(len(finding.residual.values), len(finding.residual.values[0])) <= 32
