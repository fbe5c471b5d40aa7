"""The wheel that students install: it checks, and it holds no answers."""

import json
import zipfile
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest

from autograder.exercises.registry import all_exercises
from captioning.installing import address, solutions_requirement
from coursebuilder.starter import source_notebook
from tests.chapters import CHAPTERS
from tests.student import SOLUTIONS, cells_of, write_notebook
from tests.wheel import build_wheel, run

ROOT = SOLUTIONS.parent
STUDENT_SIDE = ("asking", "commands", "exercises", "judge", "nbgrader", "slips", "student")

pytestmark = pytest.mark.slow


COMMAND = ("-c", "from captioning.cli import main; main()")


def test_it_holds_the_student_s_side_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    ours = [name for name in names if name.startswith("autograder/")]
    expected = {"autograder/__init__.py", "autograder/py.typed"} | {
        path.relative_to(ROOT).as_posix()
        for part in STUDENT_SIDE
        for path in [ROOT / "autograder" / part, *(ROOT / "autograder" / part).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert set(ours) == expected
    assert {"autograder/student/public.npz", "autograder/student/mistakes.json"} <= expected
    assert not any("solutions" in name or "mistakes/" in name for name in names)


def test_no_line_of_an_answer_is_in_it(wheel: Path) -> None:
    bodies = set()
    for path in SOLUTIONS.glob("*.py"):
        for block in path.read_text(encoding="utf-8").split("### BEGIN SOLUTION")[1:]:
            lines = block.partition("### END SOLUTION")[0].splitlines()
            bodies |= {line.strip() for line in lines if len(line.strip()) > 30}
    assert len(bodies) > 50
    # A reader of vocabularies has this line, too.
    bodies.remove("word_to_idx = {word: idx for idx, word in enumerate(idx_to_word)}")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                text = archive.read(name).decode()
                assert [line for line in bodies if line in text] == [], name


def test_checks_run_without_the_checkout(python: Path, tmp_path: Path) -> None:
    course = tmp_path / "my-course"
    chapter = course / "10_lstm"
    write_notebook(chapter / "10_lstm.ipynb", cells_of("lstm"))
    # What a release gives: here the decorator that holds callers to shapes.
    prerequisites = chapter / "prerequisites"
    prerequisites.mkdir()
    (prerequisites / "shapes.py").write_text((SOLUTIONS / "shapes.py").read_text(encoding="utf-8"))
    no_answers = run(python, course, "-c", "import solutions")
    assert "No module named 'solutions'" in no_answers.stderr

    done = run(python, course, *COMMAND, "check", "10_lstm", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = json.loads(done.stdout)["exercises"]
    assert all(verdict["passed"] for verdict in verdicts)
    assert {path.stem for path in (course / "my_layers").glob("*.py")} == {v["exercise"] for v in verdicts}
    whose = "from captioning import layers; print(layers.whose('lstm_forward'), layers.lstm_forward)"
    done = run(python, chapter, "-c", whose)
    assert done.stdout.startswith("yours (my_layers/lstm_forward.py) <function"), done.stderr
    done = run(python, course, *COMMAND, "progress", "--json")
    assert json.loads(done.stdout)["done"] == len(verdicts), done.stderr

    returned = "\n    ### END SOLUTION\n    return dx, dprev_h, dprev_c"
    edit = ("    db = da.sum(axis=0)" + returned, "    db = da.mean(axis=0)" + returned)
    write_notebook(chapter / "10_lstm.ipynb", cells_of("lstm"), edit)
    done = run(python, course, *COMMAND, "check", "10_lstm", "--json")
    assert done.returncode == 3, done.stderr
    wrong = [v for v in json.loads(done.stdout)["exercises"] if not v["passed"]]
    assert [v["exercise"] for v in wrong] == ["lstm_step_backward"]
    assert wrong[0]["findings"][0]["argument"] == "db"


def test_the_chapters_of_the_book_are_checked_in_one_go(python: Path, tmp_path: Path) -> None:
    """Each chapter imports the answers of earlier ones, which are saved as they pass."""
    course = tmp_path / "my-course"
    done = run(python, tmp_path, *COMMAND, "start", "my-course")
    assert done.returncode == 0, done.stderr
    stubs = run(python, course, *COMMAND, "check", "--all", "--json")
    assert json.loads(stubs.stdout)["right"] == 0
    for chapter in CHAPTERS:
        nbformat.write(source_notebook(chapter, {}), course / chapter.name / f"{chapter.name}.ipynb")
    done = run(python, course, *COMMAND, "check", "--all", "--json")
    verdicts = json.loads(done.stdout)["exercises"]
    assert [v["exercise"] for v in verdicts if not v["passed"]] == [], done.stdout
    assert [v["exercise"] for v in verdicts] == list(all_exercises())
    assert done.returncode == 0
    assert not any("could not be saved" in v["note"] for v in verdicts)


def test_what_is_missing_names_the_chapter(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, "-c", "from captioning.layers import lstm_forward")
    assert done.returncode == 1
    assert "lstm_forward is not here yet: you write it in chapter 10" in done.stderr
    # A chapter that came alone, without the reference, cannot go on otherwise.
    assert f'`python -m pip install "{solutions_requirement()}"`; in a class' in done.stderr
    done = run(python, tmp_path, "-c", "from captioning import layers; print(*dir(layers))")
    names = done.stdout.split()
    assert {exercise.partition(".")[0] for exercise in all_exercises()} | {"whose", "origin"} <= set(names)
    assert "Any" not in names


HELPS = """
import contextlib, io, click
from captioning import cli
def paths(command, path):
    yield path
    for name in command.list_commands(None) if isinstance(command, click.Group) else []:
        yield from paths(command.get_command(None, name), (*path, name))
for path in paths(cli.cli, ()):
    assert cli.run([*path, "--help"]) == 0, path
"""


def test_every_help_and_the_list_of_data_need_no_layer(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, "-c", HELPS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Usage: captioning") >= 28
    # What those who teach use is in no wheel, and says what it needs.
    assert " ".join(done.stdout.split()).count("It needs a checkout of the project.") == 8
    done = run(python, tmp_path, *COMMAND, "grade", "10_lstm", "--jobs", "4", "--json")
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (1, 1)
    assert f"Clone {address()}, run" in done.stderr
    done = run(python, tmp_path, *COMMAND, "data", "list", "--folder", "data")
    assert (done.returncode, done.stderr) == (0, "")
    assert "coco      not here" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_chapter_that_came_alone_finds_what_is_given(python: Path, tmp_path: Path) -> None:
    given = "from captioning import layers; from captioning.layers import Trace, shapes; "
    done = run(python, tmp_path, "-c", given + "print(layers.whose('shapes'))")
    assert (done.stdout, done.stderr) == ("the course (prerequisites/shapes.py)\n", "")


def test_the_reference_is_a_wheel_of_its_own(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, SOLUTIONS)
    assert wheel.name.split("-")[:2] == ["captioning_solutions", version("captioning-from-scratch")]
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert files == {f"solutions/{path.name}" for path in SOLUTIONS.glob("*.py")}
