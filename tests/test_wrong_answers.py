"""Wrong answers as students write them: of each the cause must be said, and of the right ones nothing."""

import linecache
import re

import numpy as np
import pytest

from autograder.exercises.afterwards import AFTERWARDS
from autograder.exercises.registry import all_exercises
from autograder.student import checking
from autograder.student.checking import check_thing
from captioning.answers import library
from tests.wrong_answers import WHOLE, WRONG


@pytest.fixture(autouse=True)
def no_library(tmp_path, monkeypatch):
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    # What the numbers tell, and the catalogue: tests/test_one_change.py has what trying again does.
    monkeypatch.setattr(checking, "_SHARE", 0.0)


def checked(name, source):
    """Check a function of a source, as a cell of a notebook defines it."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"np": np, "__name__": "__main__"}
    exec(compile(source, file, "exec"), names)
    return check_thing(all_exercises()[name], names[name])


@pytest.mark.parametrize(
    ("name", "base"), sorted({(wrong.exercise, wrong.base) for wrong in WRONG}), ids=lambda part: part[:24]
)
def test_without_the_edit_it_works(name, base):
    verdict = checked(name, base)
    assert verdict.works, str(verdict)
    assert verdict.mistake is None


@pytest.mark.proof
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}: {wrong.new.strip()[:40]}")
def test_the_cause_is_said(wrong):
    assert wrong.old in wrong.base
    verdict = checked(wrong.exercise, wrong.base.replace(wrong.old, wrong.new))
    assert verdict.points == 0
    assert re.search(wrong.said, str(verdict)), str(verdict)


@pytest.mark.parametrize("whole", WHOLE, ids=lambda whole: f"{whole.exercise}: {whole.said[:30]}")
def test_the_cause_is_said_and_no_other(whole):
    verdict = checked(whole.exercise, whole.source)
    assert verdict.points == 0
    assert re.search(whole.said, str(verdict)), str(verdict)
    assert not re.search(whole.unsaid, str(verdict)), str(verdict)


# Right arithmetic, and something of the contract left


def of(name):
    """Return the first right answer to an exercise."""
    return next(wrong.base for wrong in WRONG if wrong.exercise == name)


@pytest.mark.parametrize(
    ("name", "edits", "said"),
    [
        (
            "rnn_step_backward",
            [("return dx,", "dnext_h *= 1\n    dnext_h += 1\n    return dx,")],
            "is changed by",
        ),
        ("conv_forward_naive", [], "float32 in, float32 out"),
        (
            "lstm_step_backward",
            [("return dA @ Wx.T", "np.clip(dA, -5, 5, out=dA)\n    return dA @ Wx.T")],
            "linear",
        ),
        (
            "rnn_forward",
            [("    steps = []", "    assert x.shape[1] > 1\n    steps = []")],
            r"time step \(T = 1\)",
        ),
    ],
)
def test_right_arithmetic_is_worth_most_of_the_points(name, edits, said):
    source = of(name)
    for old, new in edits:
        assert old in source
        source = source.replace(old, new)
    verdict = checked(name, source)
    exercise = all_exercises()[name]
    assert (verdict.passed, verdict.works) == (False, True), str(verdict)
    assert verdict.points == round(0.8 * exercise.points, 1)
    assert "the arithmetic is right" in str(verdict).splitlines()[0]
    assert re.search(said, str(verdict)), str(verdict)
    assert verdict.require() == verdict.points


def test_a_second_fault_shows_behind_a_changed_input():
    source = of("lstm_step_backward").replace(
        "dcell = dnext_c + O", "dnext_c += 1\n    dcell = dnext_c - 1 + O"
    )
    source = source.replace("dcell * G * I", "dcell * prev_c * I")
    verdict = checked("lstm_step_backward", source)
    assert verdict.points == 0
    assert "input gate" in verdict.findings[0].sentence
    assert any("dnext_c is changed" in finding.sentence for finding in verdict.findings)


def test_what_works_is_saved_unless_it_changes_its_inputs(tmp_path):
    (tmp_path / "my_layers").mkdir()
    assert "Saved" in checked("conv_forward_naive", of("conv_forward_naive")).note
    (saved,) = library.saved_answers(tmp_path / "my_layers").values()
    assert saved.open == ("conv_forward_naive",)
    source = of("affine_backward").replace(
        "    x, w, b = cache\n", "    x, w, b = cache\n    dout += 0.0\n    dout *= 2\n    dout = dout / 2\n"
    )
    verdict = checked("affine_backward", source)
    assert verdict.works
    assert verdict.note == ""


DRAW = (
    "def sample_words(logits, rng):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
    "    totals = np.cumsum(e / e.sum(axis=1, keepdims=True), axis=1)\n    darts = rng.random(len(logits))\n"
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "def standardize(x, epsilon=1e-8):\n    return (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon)",
            "constant column",
        ),
        (
            "def pairwise_squared_distances(x, y):\n    return (x**2).sum(1)[:, None] - 2 * x @ y.T + "
            "(y**2).sum(1)",
            "never negative",
        ),
        (
            "def relative_error(x, y):\n    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + "
            "np.abs(y)))",
            "floor",
        ),
        (
            "def pairwise_squared_distances(x, y):\n    return ((x[:, None] - y) ** 2).sum(axis=2)",
            "far larger than all that goes in and comes out. Has one of yours all of the axes N, D and M",
        ),
        (
            DRAW + "    return (totals >= totals[:, -1:] * darts[:, None]).argmax(axis=1)",
            "With darts at exactly 0",
        ),
        (DRAW + "    return (totals > darts[:, None]).argmax(axis=1)", "and just below 1"),
        (
            "def top_p_filter(logits, p):\n    order = np.argsort(-logits, axis=1, kind='stable')\n"
            "    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
            "    ranked = np.take_along_axis(e / e.sum(axis=1, keepdims=True), order, axis=1)\n"
            "    kept = np.zeros(logits.shape, bool)\n"
            "    np.put_along_axis(kept, order, np.cumsum(ranked, axis=1) - ranked <= p, axis=1)\n"
            "    return np.where(kept, logits, -np.inf)",
            "With one word certain and p = 1",
        ),
        (
            "def lstm_gates(x, prev_h, Wx, Wh, b):\n    a = x @ Wx + prev_h @ Wh + b\n    H = "
            "prev_h.shape[1]\n"
            "    return np.hstack((1 / (1 + np.exp(-a[:, : 3 * H])), np.tanh(a[:, 3 * H :])))",
            "overflow",
        ),
    ],
)
def test_what_the_text_rules_out_does_not_get_full_points(source, said):
    name = source.partition("(")[0].removeprefix("def ")
    verdict = checked(name, source)
    assert verdict.points == round(0.8 * all_exercises()[name].points, 1), str(verdict)
    assert said in str(verdict)


# What Python and NumPy raise, in a student's words


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "flat = x.reshape(len(x), -1); return w @ flat, None",
            r"flat has shape .*, w has shape .*would fit",
        ),
        ("return x.reshape(len(x), -1) @ ww, None", "Do you mean w"),
        ("return relu_forward(x)", "from captioning.layers import relu_forward"),
        ("return np.zeros((len(x) / 1, 2)), None", "`//` gives an integer"),
        ("return [x[k] for k in xrange(3)], None", "it is called range"),
        ("return x[len(x)], None", "One too far: along axis 0"),
        ("nothing = None; return x.reshape(len(x), -1) @ nothing, None", "nothing is None"),
        ("a, c = x.shape[:1]; return a, c", "more names, or fewer"),
        ("return x.astype(np.float), None", "without np"),
        ("return np.ones((3, 4)) + np.ones((4, 3)), None", "the other transposed"),
        ("return np.ones((3, 4)) - np.ones((3, 4)).max(axis=1), None", "keepdims"),
    ],
)
def test_errors_are_told_in_plain_words(line, said):
    verdict = checked("affine_forward", f"def affine_forward(x, w, b):\n    {line}\n")
    assert re.search(said, verdict.findings[0].sentence), verdict.findings[0].sentence
    assert "line 2 of affine_forward" in verdict.findings[0].sentence


def test_an_unused_upstream_gradient_is_told_of_without_a_reference():
    source = of("word_embedding_backward").replace("np.add.at(dW, x, dout)", "np.add.at(dW, x, 1)")
    assert "does not depend on dout" in str(checked("word_embedding_backward", source))


def test_numbers_are_not_compared_where_one_of_them_is_infinite():
    source = """
def top_p_filter(logits, p):
    kept = np.full_like(logits, -np.inf)
    for n, row in enumerate(logits):
        order = np.argsort(-row)
        shares = np.exp(row[order] - row.max())
        few = order[np.cumsum(shares / shares.sum()) <= p]
        few = few if len(few) else order[:1]
        kept[n, few] = row[few]
    return kept
"""
    verdict = checked("top_p_filter", source)
    assert {finding.argument for finding in verdict.findings} == {"what is -inf"}, str(verdict)
    assert "must reach p together" in str(verdict)


def test_where_it_goes_well_is_said():
    source = of("conv_forward_naive").replace(
        "pd:pd + rows, pd:pd + cols] = x", "1:1 + rows, 1:1 + cols] = x"
    )
    assert "Right for square images and windows at stride 1 and pad 1; wrong for " in str(
        checked("conv_forward_naive", source)
    )


def test_what_it_prints_is_kept_to_a_few_lines(capsys):
    checked(
        "relu_forward", "def relu_forward(x):\n    print('shape', x.shape)\n    return np.maximum(x, 0), x\n"
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "shape (3, 5, 4)",
        "shape (3, 5, 4)",
        "shape (7, 2, 3)",
        "shape (7, 2, 3)",
        "shape (1, 4, 2)",
    ]
    assert len(lines) == 6
    assert "lines more" in lines[5]


def test_darts_that_are_scaled_and_distances_in_loops_are_right():
    right = DRAW + "    return (totals > totals[:, -1:] * darts[:, None]).argmax(axis=1)"
    assert checked("sample_words", right).passed
    loops = (
        "def pairwise_squared_distances(x, y):\n    out = np.zeros((len(x), len(y)), x.dtype)\n"
        "    for i in range(len(x)):\n        out[i] = ((x[i] - y) ** 2).sum(axis=1)\n    return out"
    )
    assert checked("pairwise_squared_distances", loops).passed


def test_of_what_has_passed_it_is_said_what_it_is_good_for():
    assert AFTERWARDS.keys() == all_exercises().keys()
    assert all(text.endswith((".", "!")) and len(text) < 130 for text in AFTERWARDS.values())
    verdict = checked("relu_forward", "def relu_forward(x):\n    return np.maximum(x, 0), x")
    assert str(verdict).splitlines()[1] == AFTERWARDS["relu_forward"]
    assert AFTERWARDS["relu_forward"] in verdict._repr_html_()
    wrong = checked("relu_forward", "def relu_forward(x):\n    return x, x")
    assert AFTERWARDS["relu_forward"] not in str(wrong) + wrong._repr_html_()
