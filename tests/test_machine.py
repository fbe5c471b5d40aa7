"""The machine's picture: every layer has a box, and the box says whose it is."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import click
import pytest
from IPython.core.formatters import HTMLFormatter

from autograder import check
from autograder.exercises.registry import all_exercises
from captioning.answers import library
from captioning.commands.shared import print_machine
from captioning.course.folder import starter_folder
from captioning.course.machine import ROWS, Machine, Ownership, boxes, machine
from captioning.layers import PREREQUISITES
from tests.conftest import Command
from tests.student import RELU, cells_of, script, write_notebook

STARTER = starter_folder()
MARKS = {"[#]": "green", "[+]": "cyan", "[b]": "yellow"}
LOG_SUM_EXP = next(cell for cell in cells_of("arrays") if "def log_sum_exp" in cell)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of the course with an empty chapter, and work in it."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / library.RECORD).write_text('{"files": {}}')
    (tmp_path / "03_affine").mkdir()
    shutil.copytree(STARTER / PREREQUISITES, tmp_path / PREREQUISITES)
    return tmp_path


def test_every_layer_that_is_written_has_its_box() -> None:
    inside = [name for layers in ROWS.values() for names in layers.values() for name in names]
    assert sorted(inside) == sorted({name.partition(".")[0] for name in all_exercises()})
    titles = [title for layers in ROWS.values() for title in layers]
    assert len(titles) == len(set(titles))


@pytest.mark.slow
def test_a_box_is_grey_begun_borrowed_and_ones_own(course: Path, command: Command) -> None:
    assert {box.ownership for box in machine().boxes} == {Ownership.TO_WRITE}
    command("borrow", "lstm_forward")
    command("borrow", "affine_forward")
    write_notebook(course / "mine.ipynb", cells_of("affine"))
    assert command("check", "mine")[0] in {0, 3}
    found = {box.title: box for box in machine().boxes}
    # What was borrowed and has passed since is one's own.
    assert [found[title].ownership.name for title in ("affine", "ReLU", "LSTM", "GRU")] == [
        *("YOURS", "YOURS", "BORROWED", "TO_WRITE")
    ]
    assert machine().headline() == f"You own {machine().owned} of {len(found)} layers, 1 is borrowed."
    saved = course / "my_layers" / "relu_backward.py"
    saved.write_text(saved.read_text() + "\nMORE = 1\n")
    changed = {box.title: box for box in machine().boxes}["ReLU"]
    assert (changed.ownership, changed.done, changed.exercises) == (Ownership.BEGUN, 1, 2)
    assert "[+] ReLU 1/2" in machine().text()
    assert "[b] LSTM" in machine().text()
    assert "[#] affine" in machine().text()
    assert "[ ] GRU" in machine().text()


def test_the_picture_in_a_terminal_is_as_wide_as_asked() -> None:
    narrow = machine(10).text(60)
    assert max(map(len, narrow.splitlines())) <= 60
    assert re.sub(r"\s+", " ", narrow) == re.sub(r"\s+", " ", machine(10).text(200))
    assert "In this chapter: LSTM." in narrow
    assert narrow.isascii()


@pytest.mark.slow
def test_the_picture_in_a_notebook_tells_nothing_by_colour_alone(course: Path, command: Command) -> None:
    command("borrow", "lstm_forward")
    write_notebook(course / "mine.ipynb", cells_of("affine")[:4])
    command("check", "mine")
    html = HTMLFormatter()(machine(10))
    assert html.count("<dt>") == len(ROWS)
    assert re.search(r'<span class="borrowed here"[^>]*>LSTM <small>borrowed</small></span>', html)
    assert re.search(r'<span class="to-write"[^>]*>GRU</span>', html)
    for box in machine().boxes:
        if box.ownership == Ownership.YOURS:
            assert re.search(rf'<span class="yours"[^>]*>{box.title} <small>&#10003;</small></span>', html)
    assert any(box.ownership == Ownership.YOURS for box in machine().boxes)
    assert "In this chapter: LSTM." in html


@pytest.mark.slow
def test_check_and_progress_show_it(course: Path, command: Command) -> None:
    right = "import numpy as np\n" + RELU.format(maximum="np.maximum")
    first = check(script(course / "a.py", right).relu_forward)
    assert str(first).endswith(f"\nYou own 0 of {len(machine().boxes)} layers.")
    assert "<details><summary>You own 0 of" in first._repr_html_()
    assert '<span class="begun here"' in first._repr_html_()
    out = command("check", "a.py")[1]
    assert "[+] ReLU 1/2" in out
    assert "[+] ReLU 1/2" in command("progress")[1]
    assert json.loads(command("progress", "--json")[1])["layers"]["ReLU"] == "begun"
    # A layer that is complete is shown unasked.
    exp = check(script(course / "c.py", cells_of("arrays")[0] + "\n" + LOG_SUM_EXP).log_sum_exp)
    assert "<details open><summary>You own 1 of" in exp._repr_html_()
    # What is not kept is not counted.
    wrong = check(script(course / "b.py", right.replace("maximum", "minimum")).relu_forward)
    assert "You own" not in str(wrong)


def test_in_a_terminal_it_has_colours_too(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = Machine(
        tuple(
            replace(box, done=min(number, box.exercises), is_borrowed=number == 0)
            for number, box in enumerate(machine().boxes)
        )
    )
    monkeypatch.setenv("COLUMNS", "80")
    with click.Context(click.Command("progress")) as ctx:
        ctx.color = True
        print_machine(picture)
    coloured = capsys.readouterr().out
    assert {click.style(mark, fg=colour, bold=True) in coloured for mark, colour in MARKS.items()} == {True}
    assert click.unstyle(coloured) == f"{picture.text(80)}\n"


def test_without_a_library_it_is_all_grey() -> None:
    assert {box.ownership for box in boxes(None)} == {Ownership.TO_WRITE}


def test_every_chapter_begins_with_it() -> None:
    for path in sorted(STARTER.glob("[0-9]*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        number = int(path.name[:2])
        head = [n for n, cell in enumerate(cells) if f"machine(chapter={number})" in "".join(cell["source"])]
        # Chapter 0 leads up to it.
        assert head == ([2] if number else [])
        shown = [cell for cell in cells if re.search(r"\bmachine\(\)", "".join(cell["source"]))]
        assert len(shown) == (0 if number else 1)


@pytest.mark.parametrize(
    ("variable", "keeping"), [("COLAB_RELEASE_TAG", "Drive"), ("BINDER_LAUNCH_HOST", "Download")]
)
def test_on_a_machine_that_is_lent_it_is_said_that_answers_will_not_last(
    variable: str, keeping: str, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = script(course / "a.py", "import numpy as np\n" + RELU.format(maximum="np.maximum")).relu_forward
    monkeypatch.setenv(variable, "here")
    first, again = check(answer).note, check(answer).note
    assert "my_layers/relu_forward.py. It will not last: " in first
    assert keeping in first
    # Once is enough; and in Drive it lasts.
    assert "last" not in again
    monkeypatch.setattr(library, "DRIVE", str(course))
    (course / "my_layers" / "relu_forward.py").unlink()
    assert ("last" in check(answer).note) == (variable != "COLAB_RELEASE_TAG")
