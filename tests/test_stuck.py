"""Who is stuck is not locked out: layers are borrowed, hints are given and counted."""

from pathlib import Path
from typing import Any

import pytest

from autograder import check
from autograder.exercises.registry import all_exercises
from autograder.student import hints
from captioning import layers
from captioning.answers import library, resolver
from captioning.answers.state import FILE, read_state
from captioning.errors import InputError
from solutions import lstm, rnn
from tests.conftest import Command
from tests.student import RELU, SOLUTIONS, cells_of, script, write_notebook


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command) -> Path:
    """Return a course with chapters 3 and 10 alone, and work in it."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    code, out, err = command("start", "course", "--chapters", "3,10")
    assert (code, err) == (0, "")
    assert "The layers of the chapters 1, 2, 4, 5, 6, 7, 8, 9, which are not in course, are borrowed" in out
    monkeypatch.chdir(tmp_path / "course" / "10_lstm")
    return tmp_path / "course"


def test_a_chapter_alone_runs_on_what_is_borrowed_and_on_nothing_else(course: Path, command: Command) -> None:
    assert layers.whose("rnn_forward") == "borrowed (solutions/rnn.py)"
    assert layers.rnn_forward.__code__.co_code == rnn.rnn_forward.__code__.co_code
    with pytest.raises(InputError, match=r"you write it in chapter 10.*`captioning borrow lstm_forward`"):
        layers.lstm_forward  # noqa: B018
    assert command("borrow", "lstm_forward")[1] == (
        "Borrowed until yours pass their check: lstm_backward, lstm_forward.\n"
    )
    assert layers.whose("lstm_backward") == "borrowed (solutions/lstm.py)"
    # The model needs every cell; those that are neither written nor borrowed are the reference's too.
    assert command("borrow", "CaptioningRNN.loss")[0] == 0
    words = {"<NULL>": 0, "<START>": 1, "<END>": 2}
    assert layers.CaptioningRNN(words, cell_type="gru").cell.gates.__name__ == "gru_gates"


@pytest.mark.slow
def test_what_is_borrowed_is_given_back_when_both_halves_pass(course: Path, command: Command) -> None:
    command("borrow", "lstm_step_backward")
    answers = write_notebook(course / "10_lstm" / "mine.ipynb", cells_of("lstm"))
    for exercise in ("lstm_gates", "lstm_step_forward"):
        assert checked(answers, exercise).passed
    # The backward function that is borrowed reads its own cache.
    assert layers.whose("lstm_step_forward") == "borrowed (solutions/lstm.py)"
    assert "borrowed" in command("progress", "--exercises")[1]
    assert checked(answers, "lstm_step_backward").passed
    assert command("borrow", "lstm_step_forward", "lstm_gates", "rnn_forward")[1] == (
        "Not borrowed: lstm_gates, lstm_step_backward, lstm_step_forward; yours have passed, and run.\n"
        "Borrowed until yours pass their check: rnn_backward, rnn_forward.\n"
    )
    assert layers.whose("lstm_step_forward").startswith("yours")
    assert layers.whose("lstm_step_backward").startswith("yours")


def checked(path: Path, exercise: str) -> Any:
    from autograder.student import checking, loading  # noqa: PLC0415
    from autograder.student.files import AnswerFile  # noqa: PLC0415

    return checking.check_in(exercise, loading.load(AnswerFile.read(path)).names)


def test_without_the_reference_it_says_what_to_install(
    course: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("autograder.commands.borrow", "captioning.commands.start", "captioning.answers.library"):
        monkeypatch.setattr(f"{module}.is_checkout", lambda: False)
    monkeypatch.setattr(resolver, "_solutions_folder", lambda: None)
    code, out, err = command("borrow", "rnn_forward")
    assert (code, out) == (1, "")
    assert 'python -m pip install "captioning-solutions @ https://' in err
    out = command("start", course.parent / "other", "--chapters", "3")[1]
    assert "These chapters build on layers of the chapters 1, 2, which are not in" in out
    verdict = check(wrong(course, "0 * x"))
    assert verdict.note == ""
    with pytest.raises(InputError, match="captioning-solutions is not installed here"):
        verdict.hint()


def wrong(course: Path, text: str) -> Any:
    source = f"def relu_forward(x):\n    return {text}, x\n"
    return script(course / "10_lstm" / f"mine{len(text)}.py", source).relu_forward


@pytest.mark.slow
def test_two_hints_then_the_solution_after_two_different_tries(course: Path, command: Command) -> None:
    verdict = check(wrong(course, "0 * x"))
    assert verdict.note == "Stuck? check(relu_forward).hint() says more."
    assert (
        "Hint 1 of 2 for relu_forward. The course's version has 1 line of its own, and uses np.maximum(...)"
        in (verdict.hint().text)
    )
    assert "    out = ..." in verdict.hint().text
    again = verdict.hint().text  # there are no more
    assert "Hint 2 of 2" in again
    assert "After 2 different answers that were not right, check(relu_forward).solution() shows it." in again
    check(wrong(course, "0 * x"))  # the same try again
    with pytest.raises(InputError, match="after 2 different answers that were not right, and there was 1"):
        verdict.solution()
    verdict = check(wrong(course, "abs(x)"))
    assert "out = np.maximum(x, 0)" in verdict.solution().text
    assert "2 hints, solution seen" in command("progress", "--exercises")[1]

    right = check(
        script(
            course / "10_lstm" / "right.py", f"import numpy as np\n{RELU.format(maximum='np.maximum')}"
        ).relu_forward
    )
    assert "np.maximum(x, 0), x" in right.solution().text
    assert "<summary>The course's version</summary>" in right._repr_html_()
    kept = read_state(course / "my_layers").help["relu_forward"]
    assert (kept.failed, kept.hints, kept.solution) == (2, 2, True)


@pytest.mark.slow
def test_a_damaged_state_costs_what_was_counted_at_most(course: Path) -> None:
    for damage in ("{", "[]", '{"borrowed": 3}', '{"help": {"a": {"tries": 1}}}'):
        (course / "my_layers" / FILE).write_text(damage)
        with pytest.raises(InputError, match="is not here yet"):
            layers.rnn_forward  # noqa: B018
        assert not check(wrong(course, "0 * x")).passed


@pytest.mark.parametrize("name", all_exercises())
def test_every_exercise_has_hints_that_do_not_give_it_away(name: str) -> None:
    source = resolver.reference_source(name)
    assert source is not None
    assert "### BEGIN SOLUTION" in source
    first, second = hints._what_it_uses(source), hints._what_it_computes(source)
    assert "of its own" in first
    assert len(second.splitlines()) > 2
    assert all(line.strip() in second or "=" in line for line in first.splitlines()[1:])


def test_the_private_helpers_of_a_solution_are_shown_with_it() -> None:
    source = resolver.reference_source("lstm_gates")
    assert source is not None
    assert source.startswith("def _activate(")
    exec(source.replace("@shapes", "@lstm.shapes"), vars(lstm) | {"lstm": lstm})
    assert (SOLUTIONS / "lstm.py").read_text().count("def lstm_gates") == 1


@pytest.mark.slow
def test_what_is_lent_is_lent_to_this_process_alone(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    command("start", "course")
    monkeypatch.chdir(tmp_path / "course")
    monkeypatch.setenv(resolver.LENDING, "to be taken back after the test")
    monkeypatch.delenv(resolver.LENDING)
    layers.lend(["lstm_forward", "sample_decode"])
    assert layers.whose("lstm_forward") == "borrowed (solutions/lstm.py)"
    assert layers.whose("sample_decode").startswith("the course (prerequisites/")
    assert not (tmp_path / "course" / library.FOLDER / FILE).exists()
    with pytest.raises(InputError, match="no layer nothing"):
        layers.lend(["nothing"])
    monkeypatch.delenv(resolver.LENDING)
    with pytest.raises(InputError, match="you write it in chapter 10"):
        layers.whose("lstm_forward")
