"""The page for those who teach: its plan of a semester adds up, and its commands exist."""

import re
import shlex

import nbformat
import pytest
from click.testing import CliRunner
from PIL import Image

from autograder.student.course import chapters_of_course
from captioning.cli import cli
from coursebuilder.a_class import NAMES, hand_in_class
from coursebuilder.plain import BOOK
from tests.notebooks import FUNCTIONS, right_cells, stubs

TEXT = (BOOK / "teaching.md").read_text(encoding="utf-8")
# A picture on a page takes no more bytes than this.
MOST_BYTES = 100_000
ROWS = re.findall(r"^\| [\d, ]+ \| (.+?) \| (\d+) \| (\d+) \|", TEXT, re.MULTILINE)


def test_the_weeks_hold_all_chapters_with_their_minutes_and_points(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # in no course folder
    chapters = {chapter.number: chapter for chapter in chapters_of_course()}
    planned = [[int(number) for number in re.findall(r"\[(\d+)\]", row[0])] for row in ROWS]
    assert sorted(number for numbers in planned for number in numbers) == sorted(chapters)
    for numbers, (_, minutes, points) in zip(planned, ROWS, strict=True):
        assert int(minutes) == sum(chapters[number].minutes for number in numbers), numbers
        asked = [step for number in numbers for step in chapters[number].steps]
        assert int(points) == sum(step.exercise.points for step in asked), numbers


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`captioning ([^`]+)`", TEXT))))
def test_the_commands_that_it_names_exist(line):
    words = shlex.split(line)
    command = words[:1]
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0, result.output
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"{option}\b", result.output), option


def test_its_pictures_are_there_small_and_said_in_words():
    shown = re.findall(r"```\{image\} (_pictures/\S+)\n((?: *:\S+: .*\n)+)", TEXT)
    assert {path for path, _ in shown} == {
        f"_pictures/{picture.name}" for picture in (BOOK / "_pictures").iterdir()
    }
    assert len(shown) == 4
    for path, options in shown:
        assert (BOOK / path).stat().st_size < MOST_BYTES
        with Image.open(BOOK / path) as picture:
            assert picture.format == "WEBP"
            assert picture.width >= 800
        (words,) = re.findall(r":alt: (.+)", options)
        assert len(words.split()) >= 6
    # One for each theme, where it has two.
    for name, other in (("light", "dark"), ("dark", "light")):
        (options,) = (options for path, options in shown if path.endswith(f"{name}.webp"))
        assert f"only-{name}" in options
        assert f"only-{other}" not in options


@pytest.mark.slow
def test_the_class_that_never_was_is_the_same_each_time_and_shows_no_markers(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"nbgrader": {"grade_id": name, "solution": True}})
        for name, text in zip(FUNCTIONS, right_cells()[1:], strict=True)
    ]
    answers = []
    for course in (tmp_path / "one", tmp_path / "two"):
        for step, made in (("source", cells), ("release", stubs_for(cells))):
            (course / step / "09_rnn").mkdir(parents=True)
            notebook = nbformat.v4.new_notebook(cells=made)
            (course / step / "09_rnn" / "09_rnn.ipynb").write_text(nbformat.writes(notebook))
        hand_in_class(course, "09_rnn")
        handed_in = sorted((course / "submitted").rglob("*.ipynb"))
        assert [path.parts[-3] for path in handed_in] == sorted(NAMES)
        answers.append([nbformat.read(path, 4).cells for path in handed_in])
        answers[-1] = [[cell.source for cell in cells] for cells in answers[-1]]
    assert answers[0] == answers[1]
    assert len({tuple(each) for each in answers[0]}) > len(NAMES) / 2
    assert "SOLUTION" not in str(answers)


def stubs_for(cells):
    return [
        nbformat.v4.new_code_cell(text, metadata=cell.metadata)
        for cell, text in zip(cells, stubs(), strict=True)
    ]
