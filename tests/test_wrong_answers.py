"""Wrong answers as students write them: of each the cause must be said, and of the right ones nothing."""

import linecache
import re

import numpy as np
import pytest

from autograder.exercises.registry import all_exercises
from autograder.student.checking import check_thing
from captioning.answers import library
from tests.wrong_answers import WRONG


@pytest.fixture(autouse=True)
def no_library(tmp_path, monkeypatch):
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


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


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}: {wrong.new.strip()[:40]}")
def test_the_cause_is_said(wrong):
    assert wrong.old in wrong.base
    verdict = checked(wrong.exercise, wrong.base.replace(wrong.old, wrong.new))
    assert verdict.points == 0
    assert re.search(wrong.said, str(verdict)), str(verdict)
