"""``captioning grade``: from what a class hands in to marks, reasons and what is shown."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.server_extensions.formgrader import handlers

from autograder.exercises.exercise import Exercise
from autograder.grading import batch, graded, probes, submission
from autograder.grading.commands import grade as grade_command
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.nbgrader.course_folder import CONFIG, nbgrader_in
from coursebuilder.plain import BOOK
from coursebuilder.release import GUARD
from tests.browser import open_browser
from tests.conftest import Command
from tests.grading import NAME, POINTS, cell_of, grade, gradebook, hand_in, marks, notebook

pytest_plugins = ("tests.grading",)
pytestmark = [
    pytest.mark.xdist_group("grading"),
    pytest.mark.usefixtures("quick_gradebooks", "trusted_sandbox"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


def test_a_student_is_deleted_as_the_page_for_teachers_says(course: Path, command: Command) -> None:
    for student in ("ada", "bob"):
        hand_in(course, student, notebook(course))
    grade(course, command)
    said = (BOOK / "teaching.md").read_text(encoding="utf-8").partition("To delete a student")[2]
    (lines,) = re.findall(r"```sh\n(.*?)```", said, re.DOTALL)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = lines.replace("NAME", "ada")
    subprocess.run(["sh", "-ec", script], cwd=course, env=os.environ | {"PATH": path}, check=True)
    left = [file for file in course.rglob("*") if file.is_file() and "ada" in file.relative_to(course).parts]
    left += [file for file in course.rglob("*.json") if '"ada"' in file.read_text(encoding="utf-8")]
    assert left == []
    assert marks(course) == {"bob": POINTS}
    assert list(grade(course, command)) == ["bob"]


# Accidents: what editors, students and networks make of a right notebook


def deleted_check(found: NotebookNode) -> None:
    found.cells.remove(cell_of(found, "check_softmax_loss"))


def copied_cells(found: NotebookNode) -> None:
    found.cells += found.cells[:]


def no_facts(found: NotebookNode) -> None:
    found.metadata = {"colab": {"provenance": []}}
    for each in found.cells:
        each.metadata = {"id": "x"}
        del each["id"]


# All that happens to notebooks is tried in ``test_class``; here are those that ask most of what is shown.
ACCIDENTS: dict[str, Callable[[Path], NotebookNode | bytes | str]] = {
    "as it was": notebook,
    "deleted check": lambda course: notebook(course, deleted_check),
    "copied cells": lambda course: notebook(course, copied_cells),
    "no metadata": lambda course: notebook(course, no_facts),
    "byte order mark": lambda course: "\ufeff" + json.dumps(notebook(course)),
}


@pytest.mark.slow
def test_what_is_recorded_and_shown_of_accidents(course: Path, command: Command) -> None:
    for name, make in ACCIDENTS.items():
        hand_in(course, name, make(course))
    entries = grade(course, command, "--jobs", "2")
    assert {name: entry["points"] for name, entry in entries.items()} == dict.fromkeys(ACCIDENTS, POINTS)
    with gradebook(course) as found:
        for student in ACCIDENTS:
            of = found.find_submission(NAME, student)
            # An open answer with its id waits for a person; one that has lost it was not answered, as far as
            # we know.
            assert of.max_score == 7
            (comment,) = [c for n in of.notebooks for c in n.comments if c.name == "softmax_loss"]
            assert comment.auto_comment == "softmax_loss: right, 4 of 4 points"
    for student in ACCIDENTS:
        shown = nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
        nbformat.validate(shown)
        assert cell_of(shown, "check_softmax_loss").source == GUARD + "check(softmax_loss).require()"

    # Again: nothing to do, and nothing changes.
    before = marks(course)
    again = grade(course, command)
    assert {name: entry["why"] for name, entry in again.items()} == dict.fromkeys(entries, "")
    assert marks(course) == before


def test_a_notebook_without_end_is_refused(
    course: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "MOST_BYTES", 10_000_000)
    hand_in(course, "large", b" " * 10_000_001)
    hand_in(course, "long", notebook(course, lambda nb: nb.cells.append(new_code_cell("x = 1\n" * 200_000))))
    entries = grade(course, command, code=3)
    assert "has 10 MB" in entries["large"]["problem"]
    assert "1.2 MB of code" in entries["long"]["problem"]


# Graded again


@pytest.mark.slow
def test_marks_are_lowered_by_what_is_handed_in_again_and_not_by_other_checks(
    course: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "def softmax_loss(x, y):\n    return 1"
    half = notebook(course, lambda nb: cell_of(nb, "softmax_loss").update(source=wrong))
    path = hand_in(course, "ada", half)
    assert grade(course, command)["ada"]["points"] == 0
    # The checks are others, and find nothing right any more.
    hand_in(course, "ada", notebook(course))
    assert grade(course, command, "--dry-run")["ada"] | {"exercises": None} == {
        "student": "ada", "points": POINTS, "exercises": None, "before": 0.0, "why": "handed in again",
        "kept": False, "problem": "",
    }  # fmt: skip
    assert marks(course) == {"ada": 0.0}
    assert grade(course, command)["ada"]["points"] == POINTS

    def strict(exercise: Exercise, *_: Any) -> Verdict:
        return Verdict(exercise.name, False, 0.0, 4.0, (Finding(Kind.VALUE, "", "No."),))

    monkeypatch.setattr(submission, "grade", strict)
    monkeypatch.setattr(graded, "checks_key", lambda: "others")
    entry = grade(course, command)["ada"]
    assert (entry["points"], entry["before"], entry["kept"]) == (0, POINTS, True)
    assert entry["why"] == "the checks are others"
    assert marks(course) == {"ada": POINTS}
    assert grade(course, command, "--lower")["ada"]["kept"] is False
    assert marks(course) == {"ada": 0.0}
    monkeypatch.undo()
    assert grade(course, command)["ada"]["points"] == POINTS
    path.write_text(json.dumps(half))
    assert grade(course, command)["ada"]["kept"] is False
    assert marks(course) == {"ada": 0.0}


def test_another_answer_to_the_open_question_is_shown(course: Path, command: Command) -> None:
    for words in ("Because.", "Since."):
        answered = notebook(course)
        cell_of(answered, "softmax_why").source = words
        hand_in(course, "ada", answered)
        assert grade(course, command)["ada"]["why"] == ("new" if words == "Because." else "handed in again")
        shown = nbformat.read(course / "autograded" / "ada" / NAME / f"{NAME}.ipynb", as_version=4)
        assert cell_of(shown, "softmax_why").source == words


def test_an_extension_after_grading_takes_the_penalty_back(course: Path, command: Command) -> None:
    with (course / CONFIG.name).open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with gradebook(course) as found:
        found.update_or_create_assignment(NAME, duedate="2026-01-01 12:00:00 UTC")
    handed_in = hand_in(course, "ada", notebook(course))
    (handed_in.parent / "timestamp.txt").write_text("2026-01-02 12:00:00 UTC")
    penalties = []
    for days in (0, 3):
        if days:
            with gradebook(course) as found:
                found.grant_extension(NAME, "ada", days=days)
        grade(course, command)
        _, out, _ = command("marks", NAME, "--course", course)
        penalties.append(out.splitlines()[1].split(",")[-4])
    assert penalties == ["4", "0"]


def test_what_a_person_has_graded_is_kept_and_shown_to_be_looked_at_again(
    course: Path, command: Command
) -> None:
    hand_in(course, "ada", notebook(course, of="release"))
    grade(course, command)
    with gradebook(course) as found:
        mark = found.find_grade("check_softmax_loss", NAME, NAME, "ada")
        mark.manual_score, mark.needs_manual_grade = 2.0, False
        comment = found.find_comment("softmax_loss", NAME, NAME, "ada")
        comment.manual_comment = "Half of it, said aloud."
        found.db.commit()
    hand_in(course, "ada", notebook(course))
    grade(course, command)
    with gradebook(course) as found:
        mark = found.find_grade("check_softmax_loss", NAME, NAME, "ada")
        assert (mark.auto_score, mark.manual_score, mark.needs_manual_grade) == (POINTS, 2.0, True)
        assert found.find_comment("softmax_loss", NAME, NAME, "ada").comment == "Half of it, said aloud."


# Failing closed


def test_nothing_is_recorded_where_no_sandbox_holds(
    course: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "ada", notebook(course))
    monkeypatch.setattr(grade_command, "good_isolation", probes.good_isolation)
    monkeypatch.setitem(probes.PROBES, "add", "x = 1")
    code, _, err = command("grade", NAME, "--course", course)
    assert (code, marks(course)) == (1, {})
    assert "nothing is graded, since no sandbox holds here" in err
    entries = grade(course, command, "--isolation", "none")
    assert entries["ada"]["points"] == POINTS
    with gradebook(course) as found:
        comment = found.find_comment("softmax_loss", NAME, NAME, "ada").auto_comment
    assert "Graded without a sandbox" in comment


def test_settings_that_would_show_scripts_are_refused(course: Path, command: Command) -> None:
    hand_in(course, "ada", notebook(course))
    (course / CONFIG.name).write_text('c = get_config()\nc.CourseDirectory.course_id = "old101"\n')
    code, _, err = command("grade", NAME, "--course", course)
    assert (code, marks(course)) == (1, {})
    assert "c.HTMLExporter.filters" in err


def test_a_link_to_somebody_else_s_work_is_refused(course: Path, command: Command) -> None:
    theirs = hand_in(course, "ada", notebook(course))
    for student, place, target in (
        ("file", f"{NAME}/{NAME}.ipynb", theirs),
        ("folder", NAME, theirs.parent),
        ("source", NAME, course / "source" / NAME),
    ):
        link = course / "submitted" / student / place
        link.parent.mkdir(parents=True)
        link.symlink_to(target)
    entries = grade(course, command, code=3)
    assert {name: "is a link" in entry["problem"] for name, entry in entries.items()} == {
        "ada": False, "file": True, "folder": True, "source": True
    }  # fmt: skip
    assert marks(course) == {"ada": POINTS}


def test_half_a_character_is_shown_as_none(course: Path, command: Command) -> None:
    def edit(found: NotebookNode) -> None:
        cell_of(found, "softmax_why").source = "half: \ud800"
        cell_of(found, "softmax_loss").source = "def softmax_loss(x, y):\n    raise ValueError('\ud800')"

    hand_in(course, "ada", notebook(course, edit))
    assert grade(course, command)["ada"]["points"] == 0
    shown = (course / "autograded" / "ada" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert nbformat.reads(shown, as_version=4).cells[1].source == "half: ?"


def test_what_lies_about_in_the_folder_stops_nobody(course: Path, command: Command, tmp_path: Path) -> None:
    for student in ("ada", "linked", "odd", "long"):
        hand_in(course, student, notebook(course))
    submitted = course / "submitted"
    (submitted / ".ipynb_checkpoints" / NAME).mkdir(parents=True)
    (submitted / "bob").mkdir()
    (submitted / "bob" / NAME).write_text("a file where a folder should be")
    hand_in(course, "other", b"PK", "work.zip")
    (tmp_path / "time").write_text("2020-01-01 00:00:00 UTC")
    (submitted / "linked" / NAME / "timestamp.txt").symlink_to(tmp_path / "time")
    os.mkfifo(submitted / "odd" / NAME / "timestamp.txt")
    (submitted / "long" / NAME / "timestamp.txt").write_text("2020-01-01" * 1_000)
    entries = grade(course, command, code=3)
    said = {name: entry["problem"] for name, entry in entries.items()}
    assert said.pop("ada") == ""
    assert "is not a folder" in said.pop("bob")
    assert "no notebook, and work.zip" in said.pop("other")
    assert {
        name: "timestamp.txt holds no time" in problem for name, problem in said.items()
    } == dict.fromkeys(("linked", "odd", "long"), True)
    # What a time costs is not known; the work is graded.
    assert marks(course) == dict.fromkeys(("ada", "linked", "odd", "long"), POINTS)
    assert not (course / "autograded" / "linked" / NAME / "timestamp.txt").exists()


def test_an_answer_that_nbgrader_does_not_know_is_read_by_a_person(course: Path, command: Command) -> None:
    def as_released(found: NotebookNode) -> None:
        cell_of(found, "softmax_why").source = cell_of(notebook(course, of="release"), "softmax_why").source

    def below(found: NotebookNode) -> None:
        as_released(found)
        found.cells.append(new_markdown_cell("Because."))

    def without_ids(found: NotebookNode) -> None:
        cell_of(found, "softmax_why").source = "Because."
        for each in found.cells:
            each.metadata = {}

    for name, edit in {"none": as_released, "below": below, "colab": without_ids}.items():
        hand_in(course, name, notebook(course, edit))
    grade(course, command)
    with gradebook(course) as found:
        waiting = {
            name: found.find_grade("softmax_why", NAME, NAME, name).needs_manual_grade
            for name in ("none", "below", "colab")
        }
    assert waiting == {"none": False, "below": True, "colab": True}


def test_a_picture_in_an_answer_is_shown(course: Path, command: Command) -> None:
    def edit(found: NotebookNode) -> None:
        answer = cell_of(found, "softmax_why")
        answer.source = "So: ![a drawing](attachment:image.png) and ![none](attachment:gone.png)"
        answer.attachments = {"image.png": {"image/png": "iVBORw0KGgo="}}

    hand_in(course, "ada", notebook(course, edit))
    grade(course, command)
    with nbgrader_in(course) as api:
        done = api.generate_feedback(NAME, "ada")
    assert done["success"], done
    page = (course / "feedback" / "ada" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page


def test_what_is_graded_lets_go_of_its_notebook(course: Path, a_sandbox: str) -> None:
    hand_in(course, "ada", notebook(course))
    with batch.course_in(course) as found:
        (entry,) = batch.grade_class(found, NAME, batch.How(graded.Grader.here(a_sandbox)))
    assert entry.graded is not None
    assert (entry.graded.cells, entry.graded.points) == ([], {"softmax_loss": POINTS})


def test_another_course_s_assignment_and_one_that_nobody_handed_in(course: Path, command: Command) -> None:
    for arguments, sentence in (
        ((NAME,), "nobody has handed in"),
        (("ps1",), "holds no chapter of this course"),
    ):
        code, _, err = command("grade", *arguments, "--course", course)
        assert (code, sentence in err) == (1, True), err


def test_points_that_have_changed_since_the_release_are_told(course: Path, command: Command) -> None:
    hand_in(course, "ada", notebook(course))
    with gradebook(course) as found:
        found.find_grade_cell("check_softmax_loss", NAME, NAME).max_score = 5
        found.db.commit()
    code, _, err = command("grade", NAME, "--course", course)
    assert code == 1
    assert "softmax_loss has 4 points today, in the gradebook 5" in err


@pytest.mark.slow
def test_nbgrader_s_own_autograding_gives_the_same_marks(course: Path, command: Command) -> None:
    for name in ("as it was", "byte order mark", "copied cells"):
        hand_in(course, name, ACCIDENTS[name](course))
    hand_in(course, "cut off", json.dumps(notebook(course))[:2000])
    with nbgrader_in(course) as api:
        students = api.get_submitted_students(NAME)
        results = {student: api.autograde(NAME, student, create=True) for student in students}
    assert {student for student, result in results.items() if not result["success"]} == {"cut off"}
    theirs = marks(course)
    assert theirs == {"as it was": POINTS, "byte order mark": POINTS, "copied cells": POINTS, "cut off": None}
    grade(course, command, code=3)
    assert marks(course) == theirs


@pytest.mark.slow
def test_settings_that_do_not_load_leave_no_mark(course: Path) -> None:
    hand_in(course, "ada", notebook(course))
    with (course / CONFIG.name).open("a") as file:
        file.write("1 / 0\n")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["nbgrader", "autograde", NAME, "--create"],
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"ZeroDivisionError" in done.stderr
    assert marks(course) == {"ada": None}


# What is shown

EVIL = (
    "Before <script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'> <svg "
    "onload='window.pwned=1'>[link](javascript:window.pwned=1) <a href='javascript:window.pwned=1' "
    "id=evil>x</a> <iframe srcdoc='<script>parent.pwned=1</script>'></iframe> after, with $a < b$ and "
    "**bold**."
)


@pytest.fixture
def evil(course: Path, command: Command) -> Path:
    def edit(found: NotebookNode) -> None:
        cell_of(found, "softmax_why").source = EVIL
        found.cells.append(new_markdown_cell(EVIL))
        found.cells.append(nbformat.v4.new_raw_cell(EVIL, metadata={"raw_mimetype": "text/html"}))
        for each in found.cells:
            each.metadata["tags"] = [EVIL]
            if each.cell_type == "code":
                each.outputs = [nbformat.v4.new_output("display_data", {"text/html": EVIL})]
        answer = cell_of(found, "softmax_loss")
        answer.source = f"def softmax_loss(x, y):\n    raise ValueError({EVIL!r})"
        found.metadata["title"] = EVIL

    hand_in(course, "eve", notebook(course, edit))
    grade(course, command)
    return course


@pytest.mark.slow
def test_what_a_student_writes_runs_neither_in_formgrader_nor_in_the_feedback(
    evil: Path, tmp_path: Path
) -> None:
    with nbgrader_in(evil) as api:
        done = api.generate_feedback(NAME, "eve")
        assert done["success"], done
        settings = api.config.copy()
    settings.HTMLExporter.template_name = "formgrade"
    settings.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    names = ("assignment_id", "notebook_id", "submission_id", "student", "notebook_path")
    resources = dict.fromkeys(names, "x")
    page, _ = HTMLExporter(config=settings).from_filename(
        str(evil / "autograded" / "eve" / NAME / f"{NAME}.ipynb"),
        resources=resources | {"index": 0, "total": 1, "base_url": "", "last_name": "", "first_name": ""},
    )
    (tmp_path / "formgrader.html").write_text(page, encoding="utf-8")
    pages = [tmp_path / "formgrader.html", evil / "feedback" / "eve" / NAME / f"{NAME}.html"]
    with open_browser() as browser:
        for path in pages:
            text = path.read_text(encoding="utf-8")
            assert "after, with" in text
            assert "<strong>bold</strong>" in text
            opened = browser.new_page()
            opened.route("http*://**", lambda route: route.abort())
            opened.goto(path.as_uri())
            opened.evaluate(
                "document.querySelectorAll('a').forEach(a => a.href.startsWith('javascript') && a.click())"
            )
            assert opened.evaluate("window.pwned") is None, path.name
            opened.close()


def test_the_open_question_is_shown_first(course: Path, command: Command) -> None:
    hand_in(course, "ada", notebook(course, lambda nb: cell_of(nb, "softmax_why").update(source="Because.")))
    grade(course, command)
    shown = nbformat.read(course / "autograded" / "ada" / NAME / f"{NAME}.ipynb", as_version=4)
    first = [each.metadata["nbgrader"]["grade_id"] for each in shown.cells[:2]]
    assert first == ["question_softmax_why", "softmax_why"]
    assert shown.cells[1].source == "Because."
    with gradebook(course) as found:
        assert found.find_grade("softmax_why", NAME, NAME, "ada").needs_manual_grade


# At any moment


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(course: Path, command: Command) -> None:
    for number in range(3):
        hand_in(course, f"s{number}", notebook(course))
    arguments = ["grade", NAME, "--course", str(course), "--jobs", "2"]
    program = [sys.executable, "-c", "from captioning.cli import main; main()", *arguments]
    for seconds in (2.5,):
        with subprocess.Popen(program, stderr=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
    expected = {f"s{number}": POINTS for number in range(3)}
    assert {name: entry["points"] for name, entry in grade(course, command).items()} == expected
    assert marks(course) == expected


def test_two_at_once_are_not(course: Path, command: Command) -> None:
    hand_in(course, "ada", notebook(course))
    with batch.course_in(course):
        code, _, err = command("grade", NAME, "--course", course)
    assert code == 1
    assert "another `captioning grade` is at work" in err


def test_seeds_are_a_student_s_own_and_stay(course: Path) -> None:
    records = graded.Records(course)
    assert records.seed("ada", "softmax_loss") == graded.Records(course).seed("ada", "softmax_loss")
    seeds = {tuple(records.seed(student, exercise)) for student in ("ada", "bob") for exercise in ("a", "b")}
    assert len(seeds) == 4
    assert (course / ".captioning" / "key").stat().st_mode & 0o077 == 0


# Ways in, ways out


@pytest.mark.parametrize("platform", ["moodle", "canvas", "folder"])
def test_what_a_platform_gives_is_taken_in(
    platform: str, course: Path, command: Command, tmp_path: Path
) -> None:
    with gradebook(course) as found:
        found.add_student("s1", first_name="Ada", last_name="Lovelace")
        found.add_student("s2", first_name="André-Marie", last_name="Ampère", lms_user_id="77")
    right = json.dumps(notebook(course)).encode()
    stub = json.dumps(notebook(course, of="release")).encode()
    other = (Path(__file__).parents[1] / "starter" / "10_lstm" / "10_lstm.ipynb").read_bytes()
    files = {
        "moodle": {
            "Ada Lovelace_11_assignsubmission_file/work (1).ipynb": right,
            f"André-Marie Ampère_12_assignsubmission_file_{NAME}.ipynb": other,
            f"Who Else_13_assignsubmission_file/{NAME}.ipynb": right,
            "Ada Lovelace_11_assignsubmission_onlinetext/onlinetext.html": b"<p>",
        },
        "canvas": {
            f"lovelaceada_LATE_11_900_{NAME}.ipynb": stub,
            f"lovelaceada_11_901_{NAME}-1.ipynb": right,
            f"somebody_77_902_{NAME}.ipynb": other,
            f"elsewho_13_903_{NAME}.ipynb": right,
            f"../{NAME}.ipynb": right,
        },
        "folder": {f"s1/{NAME}.ipynb": right, "s2/deep/x.ipynb": other, f"who/{NAME}.ipynb": right},
    }[platform]
    source = tmp_path / platform
    if platform == "folder":
        for name, content in files.items():
            (source / name).parent.mkdir(parents=True)
            (source / name).write_bytes(content)
    else:
        with zipfile.ZipFile(source, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    code, out, _ = command("collect", source, NAME, "--course", course, "--json")
    results = {(entry["student"], entry["problem"][:20]) for entry in json.loads(out)["notebooks"]}
    assert results == {("s1", ""), ("s2", "this notebook is of "), ("", "nobody in the gradeb")}
    assert code == 3
    there = [path for path in (course / "submitted").rglob("*") if path.is_file()]
    assert there == [course / "submitted" / "s1" / NAME / f"{NAME}.ipynb"]
    assert there[0].read_bytes() == right
    # What is there makes room only when it is told to.
    hand_in(course, "s1", b"{}")
    _, out, _ = command("collect", source, NAME, "--course", course)
    assert "is there already" in " ".join(out.split())
    command("collect", source, NAME, "--course", course, "--replace", "--new")
    assert there[0].read_bytes() == right
    newcomers = {path.name for path in (course / "submitted").iterdir()} - {"s1", "s2"}
    assert newcomers == {{"moodle": "Who Else", "canvas": "elsewho", "folder": "who"}[platform]}


def test_a_verdict_is_explained_to_the_byte(course: Path, command: Command) -> None:
    wrong = "import numpy as np\ndef softmax_loss(x, y):\n    return 1.5, np.zeros_like(x)"
    path = hand_in(
        course, "ada", notebook(course, lambda nb: cell_of(nb, "softmax_loss").update(source=wrong))
    )
    grade(course, command)
    code, out, _ = command("explain", "ada", "softmax_loss", "--course", course, "--json")
    said = json.loads(out)
    assert (code, said["same"], said["recorded"]) == (0, True, said["verdict"])
    assert said["seed"] == graded.Records(course).seed("ada", "softmax_loss")
    path.write_text(json.dumps(notebook(course)))
    code, out, _ = command("explain", "ada", "softmax_loss", "--course", course)
    assert (code, "It is not the verdict that was recorded" in out) == (3, True)
    code, _, err = command("explain", "ada", "lstm_forward", "--course", course)
    assert (code, "lstm_forward is in no assignment" in err) == (1, True)


def test_marks_for_other_systems(course: Path, command: Command, tmp_path: Path) -> None:
    hand_in(course, "ada", notebook(course, lambda nb: cell_of(nb, "softmax_why").update(source="So.")))
    hand_in(course, "=1+1", notebook(course, of="release"))
    grade(course, command)
    with gradebook(course) as found:
        found.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
    _, out, err = command("marks", NAME, "--course", course)
    assert out.splitlines() == [
        "student,name,softmax_loss,softmax_why,late penalty,total,of,to be graded by hand",
        "'=1+1,'=1+1,0,0,0,0,7,0",
        'ada,"Lovelace, Ada",4,,0,4,7,1',
    ]
    assert "Of 1 of 2 something is still to be graded by hand" in err
    _, out, _ = command("marks", NAME, "--course", course, "--format", "moodle")
    assert out == f"ID number,{NAME}\n'=1+1,0\nada,4\n"
    command("marks", NAME, "--course", course, "--format", "canvas", "--out", tmp_path / "canvas.csv")
    lines = (tmp_path / "canvas.csv").read_text().splitlines()
    assert lines[:2] == [
        f"Student,ID,SIS User ID,SIS Login ID,Section,{NAME}",
        "    Points Possible,,,,,7",
    ]


def test_verdicts_as_junit_have_a_suite_for_each_student(
    course: Path, command: Command, tmp_path: Path
) -> None:
    raising = "def softmax_loss(x, y):\n    raise ValueError('<&\\x1b\\ud800')"
    wrong = "import numpy as np\ndef softmax_loss(x, y):\n    return 1.5, np.zeros_like(x)"
    hand_in(course, "ada", notebook(course))
    for student, answer in (("eve <&>", raising), ("max", wrong)):
        hand_in(
            course,
            student,
            notebook(course, lambda nb, text=answer: cell_of(nb, "softmax_loss").update(source=text)),  # type: ignore[misc]
        )
    hand_in(course, "stub", notebook(course, of="release"))
    grade(course, command)
    path = tmp_path / "marks.xml"
    code, _, err = command("marks", NAME, "--course", course, "--format", "junit", "--out", path)
    assert code == 0, err
    suites = {suite.get("name", ""): suite for suite in ET.parse(path).getroot()}
    assert list(suites) == ["ada", "eve <&>", "max", "stub"]
    kinds = ("tests", "failures", "errors", "skipped")
    counted = {name: "".join(suite.get(kind, "") for kind in kinds) for name, suite in suites.items()}
    assert counted == {"ada": "1000", "eve <&>": "1010", "max": "1100", "stub": "1001"}
    found = [element.get("value") for element in ET.parse(path).iterfind("testsuite/properties/property")]
    assert found == ["4 of 4", *["0 of 4"] * 3]
    cases = {name: suite.findall("testcase") for name, suite in suites.items()}
    assert {case.get("name") for each in cases.values() for case in each} == {"softmax_loss"}
    assert len(cases["ada"][0]) == 0
    assert "ValueError: <&" in cases["eve <&>"][0][0].get("message", "")
    assert cases["max"][0][0].get("message", "").startswith("dx: is 0 everywhere")
    assert "softmax_loss: not yet, 0 of 4 points" in (cases["max"][0][0].text or "")
