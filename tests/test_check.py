"""The student's side: what ``check`` says of right and of wrong answers."""

import inspect
import json
import linecache
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import check
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Kind
from autograder.mistakes.registry import all_mistakes
from autograder.proof.false_alarms import false_alarms
from autograder.student import checking, loading
from autograder.student.checked import NotYet
from autograder.student.files import AnswerFile
from captioning import layers
from captioning.answers.loading import load_module
from captioning.errors import InputError
from captioning.layers import reference
from tests.conftest import Load
from tests.student import RELU, cells_of, script, write_notebook

pytestmark = pytest.mark.usefixtures("no_library")


def test_check_is_a_function() -> None:
    """A package of that name would do for Python, but editors call a module that is called an error."""
    assert inspect.isfunction(check)
    assert autograder.check is check
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        autograder.chekc  # noqa: B018


@pytest.mark.proof
@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_reference_passes_in_half_a_second(name: str) -> None:
    check(name)  # files are read and modules loaded
    began = time.process_time()
    verdict = check(name)
    assert verdict.passed, str(verdict)
    assert verdict.points == verdict.max_points == all_exercises()[name].points
    # Half a second on a machine that does nothing else; others may be at work here.
    assert time.process_time() - began < 2


@pytest.mark.proof
@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_reference_raises_no_false_alarm(name: str) -> None:
    """A long run of the same: ``python -m autograder.proof.false_alarms --seeds 1000``."""
    assert false_alarms(all_exercises()[name], range(25)) == {}


@pytest.mark.slow
def test_a_right_notebook_passes(lstm_notebook: Load) -> None:
    names = lstm_notebook()
    for name in ("lstm_gates", "lstm_step_forward", "lstm_step_backward", "lstm_forward", "lstm_backward"):
        verdict = check(names[name])
        assert verdict.passed, str(verdict)
        assert "is in no folder that `captioning start` made" in verdict.note  # a checkout keeps none


def test_a_name_is_looked_up_where_check_is_called(lstm_notebook: Load) -> None:
    names = lstm_notebook("    next_h = o * tanh_c", "    next_h = o * next_c")
    assert not eval("check('lstm_step_forward')", names | {"check": check, "__name__": "__main__"}).passed
    assert check("lstm_step_forward").passed


def test_an_answer_that_changes_the_folder_is_saved_where_the_notebook_is(
    lstm_notebook: Load, tmp_path: Path
) -> None:
    (tmp_path / "my_layers").mkdir()
    names = lstm_notebook("    _activate(gates)", "    import os; os.chdir('/'); _activate(gates)")
    assert check(names["lstm_gates"]).passed
    assert (tmp_path / "my_layers" / "lstm_gates.py").exists()
    assert Path.cwd() == tmp_path


WRONG = {
    "value": ("lstm_step_forward", "    next_h = o * tanh_c", "    next_h = o * next_c"),
    "shape": ("lstm_step_forward", "return next_h, next_c, cache", "return next_h.T, next_c, cache"),
    "mutated": (
        "lstm_step_forward", "    tanh_c = np.tanh(next_c)", "    x += 1; tanh_c = np.tanh(next_c)"
    ),
    "gate": (
        "lstm_step_backward", "np.multiply(dc * g, i * (1 - i), out", "np.multiply(dc * g, i * (1 + i), out"
    ),
    "time": ("lstm_backward", "dprev_h = da[t] @ Wh.T", "dprev_h = 0 * da[t] @ Wh.T"),
    "not linear": (
        "lstm_backward", "    db = da.sum(axis=0)\n    ### END SOLUTION\n    return dx, dprev_h, dWx, dWh",
        "    db = da.sum(axis=0) + 1\n    return dx, dprev_h, dWx, dWh",
    ),
    "dtype": (
        "lstm_step_backward", "    da = np.empty_like(gates)\n    dprev_c",
        "    da = np.empty(gates.shape)\n    dprev_c",
    ),
}  # fmt: skip
KINDS = {"mutated": Kind.MUTATED, "dtype": Kind.DTYPE}
WORKS = {"mutated", "dtype"}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", list(WRONG))
def test_wrong_answers_do_not_pass(wrong: str, lstm_notebook: Load) -> None:
    name, *edit = WRONG[wrong]
    verdict = check(lstm_notebook(*edit)[name])
    assert not verdict.passed
    assert verdict.points == (all_exercises()[name].points_for_arithmetic if wrong in WORKS else 0)
    assert verdict.findings
    assert verdict.findings[0].kind == KINDS.get(wrong, verdict.findings[0].kind)
    assert name in str(verdict)
    assert name in verdict._repr_html_()


def test_a_backward_function_needs_a_right_forward(lstm_notebook: Load) -> None:
    names = lstm_notebook("    next_h = o * tanh_c", "    next_h = o * next_c")
    verdict = check(names["lstm_step_backward"])
    assert not verdict.passed
    assert "check(lstm_step_forward) first" in verdict.findings[0].sentence


def test_a_stub_is_not_written_yet(lstm_notebook: Load) -> None:
    stub = 'raise NotImplementedError("lstm_step_forward is yours to write")'
    verdict = check(lstm_notebook("    next_h = o * tanh_c", f"    {stub}")["lstm_step_forward"])
    assert [finding.kind for finding in verdict.findings] == [Kind.NOT_WRITTEN]


def test_a_known_mistake_gets_its_sentence() -> None:
    name = "no path of the cell through the hidden state"
    (mistake,) = (m for m in all_mistakes() if (m.exercise, m.name) == ("lstm_step_backward", name))
    exercise = all_exercises()[mistake.exercise]
    verdict = checking.check_thing(exercise, mistake.layers().lstm_step_backward)
    assert verdict.mistake == mistake.sentence
    assert mistake.sentence in " ".join(str(verdict).split())


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ("lstm_step_foward", "there is no exercise 'lstm_step_foward'. Do you mean lstm_step_forward"),
        ("nonsense", "there is no exercise 'nonsense'. `captioning progress --exercises` lists all."),
        (lambda x: x, "a lambda has no name that says which exercise it answers"),
        ("banana", "`captioning progress --exercises` lists all"),
        (np.tanh, "there is no exercise|check takes a function"),
        (3, "check takes a function or the name of one, and this is an int"),
    ],
)
def test_what_is_no_exercise(thing: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(thing)


@pytest.mark.slow
def test_an_answer_that_passes_is_saved_and_served(lstm_notebook: Load, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    names = lstm_notebook()
    verdict = check(names["lstm_gates"])
    assert verdict.note == "Saved for later chapters: my_layers/lstm_gates.py."
    assert verdict.note in str(verdict)
    assert layers.whose("lstm_gates") == "yours (my_layers/lstm_gates.py)"
    assert check(names["lstm_forward"]).passed
    assert layers.whose("lstm_forward").startswith("the reference")
    assert check(names["lstm_backward"]).passed
    assert layers.whose("lstm_forward").startswith("yours")
    assert check("lstm_backward").passed  # the saved one


def test_a_wrong_answer_is_not_saved(lstm_notebook: Load, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    check(lstm_notebook("    next_h = o * tanh_c", "    next_h = o * next_c")["lstm_step_forward"])
    assert list((tmp_path / "my_layers").glob("*.py")) == []


def test_an_answer_that_cannot_be_saved_passes_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    names = loading.load(AnswerFile.read(write_notebook(tmp_path / "10_lstm.ipynb", cells_of("lstm")))).names
    names["W"] = np.ones(1, dtype=np.float32)
    cell = "def lstm_gates(x, prev_h, Wx, Wh, b):\n    return W * answer(x, prev_h, Wx, Wh, b)\n"
    names["answer"] = names["lstm_gates"]
    linecache.cache["a cell"] = (len(cell), None, cell.splitlines(keepends=True), "a cell")
    exec(compile(cell, "a cell", "exec"), names)
    verdict = check(names["lstm_gates"])
    assert verdict.passed
    assert "could not be saved for later chapters: lstm_gates uses W" in verdict.note


ASTRAY = {
    "in globals()": ("import numpy as np\n_most = lambda *a: np.maximum(*a)\n", 'globals()["_most"]'),
    "in the stack": ("import sys, numpy as np\nHELP = np\n", 'sys._getframe().f_globals["HELP"].maximum'),
}


@pytest.mark.parametrize("astray", ASTRAY)
def test_what_is_not_taken_along_is_told_and_not_saved(astray: str, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    head, maximum = ASTRAY[astray]
    verdict = check(script(tmp_path / "mine.py", head + RELU.format(maximum=maximum)).relu_forward)
    assert verdict.passed
    assert (
        "could not be saved for later chapters: in a file of its own it is not right any more" in verdict.note
    )
    assert list((tmp_path / "my_layers").glob("*.py")) == []


def test_a_script_that_was_edited_after_its_import_is_not_saved_as_what_it_became(tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    mine = tmp_path / "mine.py"
    module = script(mine, "import numpy as np\n" + RELU.format(maximum="np.maximum"))
    mine.write_text(mine.read_text().replace("maximum", "minimum"))
    linecache.checkcache(str(mine))
    verdict = check(module.relu_forward)
    assert verdict.passed
    assert "nor what was edited after its cell had run" in verdict.note
    assert list((tmp_path / "my_layers").glob("*.py")) == []


@pytest.mark.parametrize(
    "head", ["from numpy import *", "from __future__ import annotations\nfrom numpy import *"]
)
def test_what_is_saved_computes_what_was_checked(head: str, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    verdict = check(script(tmp_path / "mine.py", f"{head}\n" + RELU.format(maximum="maximum")).relu_forward)
    assert verdict.note == "Saved for later chapters: my_layers/relu_forward.py."
    np.testing.assert_array_equal(
        load_module(tmp_path / "my_layers" / "relu_forward.py").relu_forward(np.eye(2) - 0.5)[0],
        [[0.5, 0], [0, 0.5]],
    )


@pytest.mark.slow
def test_a_partner_is_checked_again_by_itself(lstm_notebook: Load, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    names = lstm_notebook()
    for name in ("lstm_step_forward", "lstm_step_backward"):
        assert check(names[name]).passed
    same = lstm_notebook("    next_h = o * tanh_c", "    next_h = tanh_c * o")
    verdict = check(same["lstm_step_forward"])
    assert verdict.note.endswith("lstm_step_backward was checked again with it, and is right too.")
    assert layers.whose("lstm_step_backward").startswith("yours")


# Whatever a function returns


class Stubborn:
    """Something that lets nobody look at it."""

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        raise RuntimeError("no array")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


ARRAY = np.ones((3, 2))
RETURNED = [
    None, (), [], {}, "text", b"bytes", 5, 10**400, 1.5, math.nan, 1j, True, ..., object(), print, range(3),
    [1, [2, 3]], [ARRAY], {"h": ARRAY}, iter([ARRAY]), np.random.default_rng(0), Stubborn(), ARRAY, ARRAY[0],
    np.ma.array(ARRAY), ARRAY.view(np.matrix), np.array(None), np.array([None, 1]), np.array(["a"]),
    np.array(1.0), np.array(["2026-01-01"], dtype="M8[D]"), np.array([(1, 2.0)], dtype="i4,f8"),
    np.zeros((0, 3)), ARRAY > 0, ARRAY.astype(complex), ARRAY.astype(np.float16),
    ARRAY.astype(np.longdouble), np.full((3, 2), np.inf),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm_gates", "lstm_step_forward", "CaptioningRNN.loss", "tokenize"])
@pytest.mark.parametrize("copies", [0, 1, 2, 3, 4])
def test_whatever_comes_is_answered_by_a_sentence(name: str, copies: int) -> None:
    exercise = all_exercises()[name]
    top, _, method = name.partition(".")
    for value in RETURNED:
        returned = (value,) * copies if copies else value

        def answer(*arguments: Any, returned: Any = returned) -> Any:
            return returned

        thing = type(top, (getattr(reference(), top),), {method: answer}) if method else answer
        verdict = checking.check_thing(exercise, thing)
        assert not verdict.passed
        assert len(verdict.findings[0].sentence) > 20
        assert str(verdict)
        assert verdict._repr_html_()
        json.dumps(verdict.as_dict())


def test_an_exception_that_cannot_be_printed_is_answered_too() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def lstm_gates(*arguments: Any) -> None:
        raise Silent

    (finding,) = checking.check_thing(all_exercises()["lstm_gates"], lstm_gates).findings
    assert finding.kind == Kind.RAISED
    assert "lstm_gates raised Silent" in finding.sentence


def test_a_call_that_does_not_fit_is_no_matter_of_what_is_returned() -> None:
    def affine_forward(x: Any, w: Any) -> None:
        pass

    (finding,) = checking.check_thing(all_exercises()["affine_forward"], affine_forward).findings
    assert finding.kind == Kind.RAISED
    assert "affine_forward cannot be called as its docstring says: " in finding.sentence
    assert "takes 2 positional arguments but 3 were given. Are its arguments" in finding.sentence


def test_what_stops_the_program_is_answered_too() -> None:
    def affine_forward(x: Any, w: Any, b: Any) -> None:
        sys.exit()

    (finding,) = checking.check_thing(all_exercises()["affine_forward"], affine_forward).findings
    said = "raised SystemExit: it stops the program that calls it; `return` ends a function. It was"
    assert said in finding.sentence


def test_a_graded_cell_counts_one_point_as_one() -> None:
    def relu_forward(x: Any) -> Any:
        return x, x

    with pytest.raises(NotYet, match=r"^relu_forward: not yet, 0 of 1 point\.$"):
        check(relu_forward).require()
