"""The student's side: what ``check`` says of right and of wrong answers."""

import importlib.util
import inspect
import json
import linecache
import math
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import check
from autograder.asking.respondent import InProcess
from autograder.exercises.registry import all_exercises
from autograder.grading.catalogue import looks_of
from autograder.grading.reference import the_reference
from autograder.judge import compare
from autograder.judge.verdict import Kind
from autograder.mistakes.mutants import all_mutants
from autograder.mistakes.registry import all_mistakes
from autograder.proof import ship
from autograder.proof.false_alarms import false_alarms
from autograder.student import checking, deadline, loading, public
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.files import AnswerFile
from autograder.student.fingerprints import are_alike, entry_of, recognise
from captioning import layers
from captioning.answers import library
from captioning.answers.loading import load_module
from captioning.errors import InputError
from captioning.layers import reference
from solutions import lstm
from tests.student import cells_of, write_notebook

Load = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def lstm_notebook(tmp_path: Path) -> Load:
    """Return the definitions of an LSTM notebook, with one edit."""

    def load(*edit: str) -> dict[str, Any]:
        path = write_notebook(tmp_path / "10_lstm.ipynb", cells_of("lstm"), edit or None)
        return loading.load(AnswerFile.read(path)).names

    return load


def test_check_is_a_function() -> None:
    """A package of that name would do for Python, but editors call a module that is called an error."""
    assert inspect.isfunction(check)
    assert autograder.check is check
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        autograder.chekc  # noqa: B018


@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_reference_passes_in_half_a_second(name: str) -> None:
    check(name)  # files are read and modules loaded
    began = time.process_time()
    verdict = check(name)
    assert verdict.passed, str(verdict)
    assert verdict.points == verdict.max_points == all_exercises()[name].points
    # Half a second on a machine that does nothing else; others may be at work here.
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_reference_raises_no_false_alarm(name: str) -> None:
    """A long run of the same: ``python -m autograder.proof.false_alarms --seeds 1000``."""
    assert false_alarms(all_exercises()[name], range(25)) == {}


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
    ("asked", "message"),
    [
        ("lstm_step_foward", "there is no exercise 'lstm_step_foward'. Do you mean lstm_step_forward"),
        (lambda x: x, "a lambda has no name that says which exercise it answers"),
        ("banana", "`captioning progress --exercises` lists all"),
        (np.tanh, "there is no exercise|check takes a function"),
        (3, "check takes a function or the name of one, and this is an int"),
    ],
)
def test_what_is_no_exercise(asked: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(asked)


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


RELU = """
def relu_forward(x: "array") -> "array":
    return {maximum}(x, 0), x
"""
ASTRAY = {
    "in globals()": ("import numpy as np\n_most = lambda *a: np.maximum(*a)\n", 'globals()["_most"]'),
    "in the stack": ("import sys, numpy as np\nHELP = np\n", 'sys._getframe().f_globals["HELP"].maximum'),
}


def script(path: Path, source: str) -> Any:
    """Import a script; what stood under its name before is forgotten."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_a_partner_is_checked_again_by_itself(lstm_notebook: Load, tmp_path: Path) -> None:
    (tmp_path / "my_layers").mkdir()
    names = lstm_notebook()
    for name in ("lstm_step_forward", "lstm_step_backward"):
        assert check(names[name]).passed
    same = lstm_notebook("    next_h = o * tanh_c", "    next_h = tanh_c * o")
    verdict = check(same["lstm_step_forward"])
    assert verdict.note.endswith("lstm_step_backward was checked again with it, and is right too.")
    assert layers.whose("lstm_step_backward").startswith("yours")


# A loop without end


def test_a_loop_without_end_is_stopped_and_its_line_named(lstm_notebook: Load) -> None:
    names = lstm_notebook(
        "    next_h = o * tanh_c", "    while True:\n        o = o + 0\n    next_h = o * tanh_c"
    )
    verdict = check(names["lstm_step_forward"], seconds=0.3)
    (finding,) = verdict.findings
    assert finding.kind == Kind.TIMEOUT
    assert re.search(
        r"It was in line \d+ of lstm_step_forward \(10_lstm.ipynb cell \d+\): (while True:|o = o \+ 0)$",
        finding.sentence,
    )
    assert verdict.seconds < 2


def test_it_is_stopped_in_other_threads_too(lstm_notebook: Load) -> None:
    names = lstm_notebook(
        "    next_h = o * tanh_c", "    while True:\n        o = o + 0\n    next_h = o * tanh_c"
    )
    verdicts = []
    thread = threading.Thread(
        target=lambda: verdicts.append(check(names["lstm_step_forward"], seconds=0.3)), daemon=True
    )
    thread.start()
    thread.join(20)
    assert [finding.kind for finding in verdicts[0].findings] == [Kind.TIMEOUT]
    assert "of lstm_step_forward" in verdicts[0].findings[0].sentence


def test_what_catches_everything_does_not_hold_it_up() -> None:
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        call_within(0.1, catch_exceptions)
    with pytest.raises(OutOfTime):
        call_within(0.1, catch_everything_once)
    tracing = sys.gettrace()
    if hasattr(signal, "setitimer"):
        for stubborn in (catch_everything_always, catch_everything_and_wait):
            with pytest.raises(OutOfTime):
                call_within(0.1, stubborn)
            assert sys.gettrace() is tracing
    assert time.monotonic() - began < 5


def test_time_in_which_others_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(deadline, "starved", lambda pid="self": min(time.monotonic() - began, 0.5))
    with pytest.raises(OutOfTime):
        call_within(0.2, lambda: time.sleep(20))
    assert 0.65 < time.monotonic() - began < 15


def catch_everything_always() -> None:
    while True:
        try:
            loop()
        except:  # noqa: E722
            failed = True
            assert failed


def catch_everything_and_wait() -> None:
    failures = 0
    while True:
        try:
            time.sleep(0.01)
            int("a word")
        except:  # noqa: E722
            failures += 1


def catch_exceptions() -> None:
    while True:
        with suppress(Exception):
            loop()


def catch_everything_once() -> None:
    try:
        loop()
    except:  # noqa: E722
        loop()


def loop() -> None:
    while True:
        pass


def in_a_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_nothing_is_left_of_a_deadline_that_was_kept() -> None:
    survived = []

    def keep() -> None:
        for _ in range(30):
            with suppress(OutOfTime):
                call_within(0.01, lambda: time.sleep(0.0098))
        for _ in range(1000):
            time.sleep(0)
        survived.append(True)

    in_a_thread(keep)
    keep()
    assert survived == [True, True]


# What is shipped


def test_the_shipped_values_are_up_to_date() -> None:
    """Run ``python -m autograder.proof.ship`` when this fails."""
    expected = dict(ship.expected_arrays())
    with np.load(ship.FOLDER / public.EXPECTED_FILE, allow_pickle=False) as shipped:
        assert set(shipped) == set(expected)
        for key, array in expected.items():
            assert shipped[key].dtype == array.dtype, key
            if array.dtype.kind == "f":
                exercise = all_exercises()[key.partition("/")[0]]
                assert compare.relative_error(array, shipped[key]) <= exercise.tolerance, key
            else:
                np.testing.assert_array_equal(shipped[key], array, err_msg=key)


@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_shipped_fingerprints_are_up_to_date(name: str) -> None:
    """Run ``python -m autograder.proof.ship`` when this fails."""
    exercise = all_exercises()[name]
    cases = public.public_cases(exercise)
    right = looks_of(exercise, the_reference(), cases)
    mistakes = {mistake.name: mistake for mistake in all_mistakes() if mistake.exercise == name}
    shipped = {entry["name"]: entry for entry in public.shipped_mistakes().get(name, [])}
    slips = {slip.name: slip for slip in all_mutants().get(name, [])}
    assert list(shipped) == [mistake for mistake in [*mistakes, *slips] if mistake in shipped]
    for mistake in mistakes.values():
        if mistake.name not in shipped:
            cases_of = entry_of(
                looks_of(exercise, InProcess(mistake.layers()), cases), right, fine_print=exercise.fine_print
            )
            same = cases_of is None or any(are_alike(cases_of, e["cases"]) for e in shipped.values())
            assert same or ship.fingerprint_of(mistake) is None, mistake.name
            continue
        entry = shipped[mistake.name]
        assert entry["sentence"] == mistake.sentence
        made = looks_of(exercise, InProcess(mistake.layers()), cases)
        assert recognise([entry], made, [()] * len(cases)), mistake.name


def test_no_gradient_is_shipped() -> None:
    allowed = {
        f"{exercise.name}/{number}/{output}"
        for exercise in all_exercises().values()
        for number in range(len(exercise.sizes) + len(exercise.variations))
        for output in ["inputs", *exercise.outputs]
        if exercise.gradients is None or output not in exercise.gradients.wrt
    }
    with np.load(ship.FOLDER / public.EXPECTED_FILE, allow_pickle=False) as shipped:
        assert set(shipped) == allowed


def test_of_a_mistake_no_more_than_two_numbers_an_output_are_shipped() -> None:
    mistakes = json.loads((ship.FOLDER / public.MISTAKES_FILE).read_text(encoding="utf-8"))
    for name, entries in mistakes.items():
        for entry in entries:
            assert set(entry) == {"name", "sentence", "cases"}
            assert len(entry["cases"]) == len(all_exercises()[name].sizes)
            wrong = [
                numbers for case in entry["cases"] if isinstance(case, dict) for numbers in case.values()
            ]
            known = [numbers for numbers in wrong if numbers is not None]
            assert all(len(numbers) == 2 for numbers in known)
            assert all(float(f"{n:.5e}") == n for numbers in known for n in numbers)


def test_no_source_is_shipped() -> None:
    text = " ".join((ship.FOLDER / public.MISTAKES_FILE).read_text(encoding="utf-8").split())
    solution = Path(lstm.__file__).parent
    lines = {
        " ".join(line.split())
        for path in solution.glob("*.py")
        for block in re.findall(r"### BEGIN SOLUTION(.*?)### END", path.read_text(encoding="utf-8"), re.S)
        for line in block.splitlines()
        if len(line.strip()) >= 12
    }
    assert len(lines) > 100
    assert [line for line in lines if line in text] == []
    edits = {" ".join(edit.split()) for mistake in all_mistakes() for edit in (mistake.old, mistake.new)}
    assert [edit for edit in edits if len(edit) >= 12 and edit in text] == []


def test_other_random_numbers_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "SEED", 1)
    with pytest.raises(InputError, match="draws other random numbers"):
        check("lstm_forward")


def test_a_right_answer_is_like_no_mistake() -> None:
    for name, entries in public.shipped_mistakes().items():
        exercise = all_exercises()[name]
        right = looks_of(exercise, the_reference(), public.public_cases(exercise))
        assert not recognise(entries, right, [()] * len(right))


def test_the_student_s_side_never_reads_the_reference() -> None:
    folder = Path(inspect.getfile(checking)).parent
    for path in folder.glob("*.py"):
        # ``hints`` shows its text to who asks for it; nothing of it is run.
        assert not re.search(r"\b(from|import) solutions\b", path.read_text(encoding="utf-8")), path


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
