"""The page for those who teach: its plan of a semester adds up, and its commands exist."""

import re
import shlex

import pytest
from click.testing import CliRunner

from autograder.student.course import chapters_of_course
from captioning.cli import cli
from coursebuilder.plain import BOOK

TEXT = (BOOK / "teaching.md").read_text(encoding="utf-8")
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
