"""Milestones with their pictures, and the page “what I built”."""

import json
import re
import shutil
from pathlib import Path

import pytest
from IPython.core.formatters import HTMLFormatter

from autograder import check
from autograder.exercises.registry import all_exercises
from autograder.student.checked import Checked
from captioning.answers import library
from captioning.answers.resolver import LENDING
from captioning.course import milestones
from captioning.course.folder import starter_folder
from captioning.course.machine import machine
from captioning.course.milestones import MILESTONES, milestone_as_uri, reached
from captioning.errors import InputError
from captioning.gallery.built import Captioned, built_page
from captioning.layers import PREREQUISITES
from captioning.training.captioner import load_captioner
from captioning.training.checkpoint import History, load_history
from tests.conftest import Command
from tests.student import cells_of, script, write_notebook

GRADIENT, NETWORK, *_ = MILESTONES


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of the course, and work in it; what is lent there is lent for this test."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.setenv(LENDING, "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / library.RECORD).write_text('{"files": {}}')
    shutil.copytree(starter_folder() / PREREQUISITES, tmp_path / PREREQUISITES)
    return tmp_path


def passed(course: Path) -> Checked:
    """Let the first milestone be reached, and return the verdict."""
    mine = script(course / "mine.py", "\n\n\n".join(cells_of("gradients")))
    return check(mine.numeric_gradient)


@pytest.mark.slow
@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda one: one.exercise)
def test_a_milestone_is_drawn_by_the_layers_that_are_there(milestone: milestones.Milestone) -> None:
    assert milestone.exercise in all_exercises()
    assert milestone_as_uri(milestone).startswith("data:image/svg+xml;base64,")


def test_a_milestone_is_shown_with_its_picture_when_it_is_reached(course: Path) -> None:
    assert {date for _, date in reached()} == {""}
    verdict = passed(course)
    assert f"A milestone: {GRADIENT.sentence}" in str(verdict)
    html = HTMLFormatter()(verdict)
    assert html is not None
    assert f'alt="{GRADIENT.alt}"' in html
    assert "<figcaption>The first gradient, drawn by the layers that are there." in html
    assert [bool(re.fullmatch(r"\d{4}-\d\d-\d\d", date)) for _, date in reached()] == [True] + 3 * [False]


@pytest.mark.parametrize("error", [InputError("numeric_gradient is not here"), ZeroDivisionError()])
def test_a_picture_that_cannot_be_drawn_is_told_of(
    course: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise error

    verdict = passed(course)
    monkeypatch.setattr(milestones, "draw_milestone", stumble)
    html = HTMLFormatter()(verdict)
    assert html is not None
    assert f"Its picture could not be drawn: {str(error) or 'ZeroDivisionError'}" in html
    assert "<figure>" not in html


@pytest.mark.slow
def test_progress_shows_milestones(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert command("start", "mine", "--chapters", "2")[0] == 0
    monkeypatch.chdir("mine")
    write_notebook(Path("mine.ipynb"), cells_of("gradients"))
    command("check", "mine")
    said = command("progress")[1]
    assert re.search(r"\[#\] The first gradient: \d{4}-\d\d-\d\d\n\[ \] The first network", said)
    assert "`captioning built`" in said
    told = json.loads(command("progress", "--json")[1])["milestones"]
    assert list(told) == [milestone.title for milestone in MILESTONES]
    assert [date is not None for date in told.values()] == [True, False, False, False]


@pytest.mark.slow
def test_a_page_on_what_was_built(course: Path, command: Command) -> None:
    passed(course)
    photo = Path(__file__).parents[1] / "docs" / "gallery.png"
    code, out, err = command("built", photo, "missing.jpg", "--scenes", 2, "--out", "page.html")
    assert (code, "missing.jpg does not exist" in err) == (1, True)
    assert out == f"page.html is written: {machine().headline()}\n"
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 3
    assert re.search(r"[012] of these 2 are wholly true", page)
    assert "Its network has only seen drawings." in page
    assert "saw 10 layers at work: 10 borrowed from the course." in page
    assert re.search(r"<th scope=\"row\">lstm_step_forward</th><td>\d+</td><td>solutions/lstm\.py</td>", page)
    assert f"{GRADIENT.title}</h3>" in page
    assert f"{NETWORK.title}</h3>" not in page
    told = json.loads(command("built", photo, "--scenes", 1, "--json")[1])
    assert [one["photo"] for one in told["photos"]] == ["gallery.png"]
    assert (len(told["scenes"]), len(told["ran"]), told["missing"]) == (1, 10, "")
    # One file: it runs nothing, and asks for nothing.
    assert "<script" not in page
    assert re.findall(r'(?:src|srcset|href)="(?!data:)[^"]*"', page) == []


@pytest.mark.slow
def test_a_captioner_that_was_trained_shows_how_it_learned() -> None:
    assert load_history("lstm") is None
    history = History(minibatch_loss=[3.0, 2.0], val_loss=[2.5], train_loss=[2.4], iterations=[2])
    page = built_page(
        Captioned(missing="conv_forward is to be written."), load_captioner("lstm"), machine(), history
    )
    assert "How they learned" in page
    assert "It cannot speak yet: conv_forward is to be written." in page
