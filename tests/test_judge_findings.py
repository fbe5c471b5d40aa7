"""Findings on answers: plain things first, then the numbers."""

import numpy as np
import pytest

from autograder.exercises.exercise import Exercise, Gradients
from autograder.judge.findings import find, wrong_outputs
from autograder.judge.outcome import Opaque, Outcome
from autograder.judge.verdict import Kind

N, T, D, M = 3, 5, 4, 6
RNG = np.random.default_rng(0)
ARGUMENTS = {
    "x": RNG.standard_normal((N, T, D)),
    "w": RNG.standard_normal((D, M)),
    "dout": RNG.standard_normal((N, T, M)),
}
EXERCISE = Exercise(
    "layer_backward",
    1,
    3,
    {"x": "N T D", "w": "D M", "dout": "N T M"},
    {"dx": "N T D", "dw": "D M", "db": "M"},
    lambda layers, arguments: (),
    gradients=Gradients("layer_forward", {"out": "dout"}, {"dx": "x", "dw": "w", "db": "b"}),
)
DX = ARGUMENTS["dout"] @ ARGUMENTS["w"].T
DW = np.einsum("ntd,ntm->dm", ARGUMENTS["x"], ARGUMENTS["dout"])
DB = ARGUMENTS["dout"].sum(axis=(0, 1))
RIGHT = (DX, DW, DB)


def found(*outputs, again=None, expected=RIGHT, exercise=EXERCISE, **manners):
    outcome = Outcome(outputs, outputs if again is None else again, **manners)
    findings = find(exercise, ARGUMENTS, expected, outcome, tolerance=1e-9)
    # What is wrong is known without a diagnosis, too.
    wrong = wrong_outputs(exercise, ARGUMENTS, expected, outcome, tolerance=1e-9)
    assert wrong == {finding.argument for finding in findings if not finding.is_contract}
    return findings


def the_only(*outputs, **manners):
    (finding,) = found(*outputs, **manners)
    assert finding.case == "N=3, T=5, D=4, M=6"
    return finding


def test_right():
    assert found(*RIGHT) == []
    assert found(*(value * (1 + 1e-12) for value in RIGHT)) == []


@pytest.mark.parametrize(
    ("outputs", "kind", "argument", "words"),
    [
        ((None,), Kind.RETURNED_NONE, "", "returns None, expected dx, dw and db"),
        ((DX, None, DB), Kind.RETURNED_NONE, "dw", "dw is None"),
        ((DX, DW), Kind.COUNT, "", "returns 2 outputs, expected 3: dx, dw and db"),
        ((DX, DW, DB, DB), Kind.COUNT, "", "returns 4 outputs"),
        ((DX,), Kind.COUNT, "", "returns 1 output, expected 3"),
        (([DX, DW, DB],), Kind.COUNT, "", "returns a list; expected are 3 outputs"),
        ((list(DX), DW, DB), Kind.TYPE, "dx", "dx is a list of 3, expected a NumPy array. np.array(dx)"),
        ((DX, DW, 5.0), Kind.SHAPE, "db", "db is one number, expected an array of shape (6,)"),
        ((DX, Opaque("MaskedArray", (4, 6)), DB), Kind.TYPE, "dw", "dw is a MaskedArray of shape (4, 6)"),
        ((DX, DW.astype(np.float32), DB), Kind.DTYPE, "dw", "dw is of float32, expected float64"),
        ((DX, DW.astype(int), DB), Kind.DTYPE, "dw", "Integers cut off"),
        ((DX, DW.astype(complex), DB), Kind.DTYPE, "dw", "complex numbers"),
        ((DX, DW.astype(object), DB), Kind.DTYPE, "dw", "objects"),
        ((DX, DW.T, DB), Kind.TRANSPOSED, "dw", "shape (6, 4), expected (4, 6) (D, M): it is transposed"),
        ((DX, DW, DB[None]), Kind.SHAPE, "db", "an axis of length 1 too many"),
        ((DX, DW, ARGUMENTS["dout"].sum(axis=0)), Kind.SHAPE, "db", "is a sum over it missing"),
        ((DX.reshape(15, 4), DW, DB), Kind.SHAPE, "dx", "a reshape is missing"),
        ((DX.sum(axis=1), DW, DB), Kind.SHAPE, "dx", "the axis T is missing"),
        ((DX, DW[:, :5], DB), Kind.SHAPE, "dw", "expected (4, 6) (D, M): one too few along M."),
        ((DW, DX, DB), Kind.ORDER, "", "you return dw, dx and db; expected is dx, dw and db"),
    ],
)
def test_plain_things(outputs, kind, argument, words):
    finding = the_only(*outputs)
    assert (finding.kind, finding.argument) == (kind, argument)
    assert words in finding.sentence


def test_a_shape_that_another_output_has_is_told():
    finding = the_only(DX, DX, DB)
    assert finding.kind == Kind.SHAPE
    assert finding.sentence.endswith("That is the shape of dx: are they taken for each other?")


def test_outputs_of_one_shape_in_another_order_are_known_by_their_numbers():
    exercise = Exercise("step", 1, 1, {"x": "N T D", "w": "D M", "dout": "N T M"}, {"h": "M", "c": "M"}, None)
    finding = the_only(DB, 2 * DB + 1, expected=(2 * DB + 1, DB), exercise=exercise)
    assert finding.kind == Kind.ORDER
    assert "you return c and h; expected is h and c" in finding.sentence
    kinds = {f.kind for f in found(DB, 2 * DB + 1.5, expected=(2 * DB + 1, DB), exercise=exercise)}
    assert Kind.ORDER not in kinds


def test_float64_for_float32():
    expected = tuple(value.astype(np.float32) for value in RIGHT)
    finding = the_only(expected[0], RIGHT[1].astype(np.float64), expected[2], expected=expected)
    assert finding.kind == Kind.DTYPE
    assert "float32 in, float32 out" in finding.sentence


@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.float32(0.5), np.array(0.5)])
def test_any_number_will_do_for_a_loss(value):
    exercise = Exercise("loss", 1, 1, {"x": "N T D", "w": "D M", "dout": "N T M"}, {"loss": ""}, None)
    for expected in (np.float64(0.5), np.array(0.5), np.float32(0.5)):
        assert found(value, expected=(expected,), exercise=exercise) == []
    assert the_only(np.full(3, value), expected=(0.5,), exercise=exercise).kind in {Kind.TYPE, Kind.SHAPE}
    finding = the_only(1.5, expected=(0.5,), exercise=exercise)
    assert finding.place is None
    assert finding.residual is None


@pytest.mark.parametrize(
    ("bad", "where", "words"),
    [
        (np.nan, np.s_[1, 2, 3], "dx is NaN in 1 of 60 entries, first at [1, 2, 3]"),
        (np.inf, np.s_[:, -1], "dx is infinite in 12 of 60 entries, only at the last time step"),
        (np.nan, np.s_[:], "dx is NaN in all entries, first at [0, 0, 0]"),
    ],
)
def test_not_finite(bad, where, words):
    dx = DX.copy()
    dx[where] = bad
    finding = the_only(dx, DW, DB)
    assert finding.kind == Kind.NON_FINITE
    assert words in finding.sentence
    assert np.isnan(np.array(finding.residual.values)).any()


def test_minus_infinity_where_it_belongs():
    expected = DB.copy()
    expected[2] = -np.inf
    assert found(DX, DW, expected.copy(), expected=(DX, DW, expected)) == []
    finding = the_only(DX, DW, DB, expected=(DX, DW, expected))
    assert (finding.kind, finding.argument) == (Kind.NON_FINITE, "db")
    assert "where it is -inf" in finding.sentence
    assert the_only(DX, DW, 2 * expected, expected=(DX, DW, expected)).kind == Kind.FACTOR


def test_changed_inputs():
    finding = the_only(*RIGHT, changed=("x",))
    assert (finding.kind, finding.argument) == (Kind.MUTATED, "x")
    assert "x is changed by the call" in finding.sentence


def test_shared_memory_matters_where_the_numbers_are_wrong():
    """A function that hands on what it got, as dropout in a test, may hand on the thing itself."""
    assert found(*RIGHT, aliased=(("dx", "x"),)) == []
    wrong = RNG.standard_normal(DX.shape)
    findings = found(wrong, DW, DB, aliased=(("dx", "x"),))
    assert [finding.kind for finding in findings] == [Kind.ALIASED, Kind.VALUE]
    assert "dx is x itself" in findings[0].sentence
    kinds = [finding.kind for finding in found(-DX, DW, DB, aliased=(("dx", "x"),))]
    assert kinds == [Kind.ALIASED, Kind.SIGN]


def test_who_has_written_into_a_view_is_not_asked_for_the_computation():
    wrong = RNG.standard_normal(DX.shape)
    untouched, written = (
        found(wrong, DW, DB, aliased=(("dx", "x"),), changed=changed) for changed in ((), ("x",))
    )
    assert untouched[0].sentence.endswith("Is the computation left out?")
    assert written[0].sentence.endswith("what was written into dx has changed x. Begin with a copy.")
    assert [finding.kind for finding in written] == [Kind.ALIASED, Kind.VALUE, Kind.MUTATED]


def test_added_up_over_calls():
    again = (DX, 2 * DW, DB)
    finding = the_only(*RIGHT, again=again)
    assert (finding.kind, finding.argument) == (Kind.ACCUMULATED, "dw")
    later = (DX, 4 * DW, DB)  # the third and fourth call
    assert the_only(DX, 3 * DW, DB, again=later).kind == Kind.ACCUMULATED


@pytest.mark.parametrize("again", [(DX, DW + 1, DB), (DX, 1.5 * DW, DB), (DX, DW[:, :2], DB), (DX, DW)])
def test_not_repeatable(again):
    assert the_only(*RIGHT, again=again).kind == Kind.NOT_REPEATABLE


def test_rounding_is_no_difference_between_calls():
    assert found(*RIGHT, again=tuple(value * (1 + 1e-15) for value in RIGHT)) == []


def test_causes_come_before_mere_wrong_numbers():
    findings = found(RNG.standard_normal(DX.shape), DW / N, -DB)
    assert [(f.argument, f.kind) for f in findings] == [
        ("dw", Kind.FACTOR), ("db", Kind.SIGN), ("dx", Kind.VALUE)
    ]  # fmt: skip
    assert "0.3333 (1/N) times what it should be" in findings[0].sentence
    assert "the upstream gradient already carries that" in findings[0].sentence


def test_tolerances_by_name():
    outcome = Outcome((DX * (1 + 1e-7), DW * (1 + 1e-5), DB), (DX * (1 + 1e-7), DW * (1 + 1e-5), DB))
    tolerance = {"dx": 1e-6, "dw": 1e-6, "db": 0.0}
    assert [f.argument for f in find(EXERCISE, ARGUMENTS, RIGHT, outcome, tolerance=tolerance)] == ["dw"]


def test_words_and_indices_are_compared_exactly():
    exercise = Exercise(
        "decode", 1, 1, {"x": "N T D"}, {"words": "int:D N T", "good": "bool N", "text": "float N"}, None
    )
    words = np.arange(15).reshape(3, 5) % 4
    good, text = np.array([True, False, True]), np.array(["a cat", "a dog", "two dogs"])
    expected = (words, good, text)
    assert (
        found(words.astype(np.int32), good, text.astype("<U20"), expected=expected, exercise=exercise) == []
    )
    wrong = words.copy()
    wrong[1, 3] = 7
    (finding,) = found(wrong, good, text, expected=expected, exercise=exercise)
    assert "at [1, 3] (axes N, T) you give 7, it is 0" in finding.sentence
    (finding,) = found(words.astype(float), good, text, expected=expected, exercise=exercise)
    assert finding.kind == Kind.DTYPE
    (finding,) = found(
        words, good, np.array(["a cat", "a dog", "dogs"]), expected=expected, exercise=exercise
    )
    assert "you give 'dogs', it is 'two dogs'" in finding.sentence
