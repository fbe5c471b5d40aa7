"""``captioning grade``: from what a class hands in to marks, reasons and what is shown."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers

from autograder.exercises.exercise import Exercise
from autograder.grading import batch, graded, probes, submission
from autograder.grading.commands import grade as grade_command
from autograder.grading.isolation import SANDBOXES
from autograder.grading.workers import Worker
from autograder.judge.verdict import Finding, Kind, Verdict
from autograder.nbgrader.course_folder import CONFIG, nbgrader_in
from captioning.errors import InputError
from coursebuilder import release as releases
from coursebuilder.plain import BOOK
from coursebuilder.release import GUARD, release
from tests.browser import open_browser
from tests.chapters import EXERCISE, QUESTION, chapter
from tests.conftest import Command

NAME = "04_softmax"
POINTS = 4.0

pytestmark = [
    pytest.mark.xdist_group("grading"),
    pytest.mark.usefixtures("quick_gradebooks", "trusted_sandbox"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def a_sandbox() -> str:
    """Return the strictest sandbox of this machine."""
    for way in SANDBOXES:
        try:
            with Worker(way, []):
                return way
        except InputError:
            continue
    pytest.skip("there is no sandbox on this machine: apt-get install bubblewrap")


@pytest.fixture
def trusted_sandbox(a_sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox not be tried each time: ``test_worker`` tries it."""
    monkeypatch.setattr(grade_command, "good_isolation", lambda wanted: wanted or a_sandbox)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course folder with a short chapter: one exercise, and an open question."""
    course = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "require_sound", lambda *_: None)
        release(chapter(EXERCISE, QUESTION), course, "class", {})
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder."""
    submit_to = tmp_path / "course"
    subprocess.run(["cp", "-r", released, submit_to], check=True)
    return submit_to


def notebook(
    course: Path, edit: Callable[[NotebookNode], Any] = lambda _: None, *, of: str = "source"
) -> NotebookNode:
    found = nbformat.read(course / of / NAME / f"{NAME}.ipynb", as_version=4)
    edit(found)
    return found


def hand_in(
    course: Path, student: str, content: NotebookNode | bytes | str, name: str = f"{NAME}.ipynb"
) -> Path:
    path = course / "submitted" / student / NAME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, NotebookNode):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cell_of(found: NotebookNode, grade_id: str) -> NotebookNode:
    return next(each for each in found.cells if each.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "captioning-from-scratch")


def marks(course: Path) -> dict[str, float | None]:
    """Return what the gradebook has of the exercise, by student."""
    with gradebook(course) as found:
        return {
            of.student.id: next(g.auto_score for n in of.notebooks for g in n.grades if "check" in g.name)
            for of in found.assignment_submissions(NAME)
        }


def grade(course: Path, command: Command, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
    got, out, err = command("grade", NAME, "--course", course, "--json", *options)
    assert got == code, err
    return {entry["student"]: entry for entry in json.loads(out)["submissions"]}


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


def answer_as_markdown(found: NotebookNode) -> None:
    answer = cell_of(found, "softmax_loss")
    found.cells.append(new_code_cell(answer.source))
    found.cells[found.cells.index(answer)] = new_markdown_cell("moved", metadata=answer.metadata)


def edited_facts(found: NotebookNode) -> None:
    for each in found.cells:
        facts = each.metadata.get("nbgrader", {})
        each.metadata["nbgrader"] = {**facts, "points": 200, "grade": False, "locked": 7}
    cell_of(found, "check_softmax_loss").source = "pass"


def no_facts(found: NotebookNode) -> None:
    found.metadata = {"colab": {"provenance": []}}
    for each in found.cells:
        each.metadata = {"id": "x"}
        del each["id"]


def foreign_facts(found: NotebookNode) -> None:
    found.metadata = {"kernelspec": {"name": "julia"}, "widgets": 3}
    for each in found.cells:
        each.metadata["nbgrader"] = [1]


def code_of(course: Path) -> list[str]:
    return [each.source for each in notebook(course).cells if each.cell_type == "code"]


ACCIDENTS: dict[str, Callable[[Path], NotebookNode | bytes | str]] = {
    "as it was": notebook,
    "deleted check": lambda course: notebook(course, deleted_check),
    "copied cells": lambda course: notebook(course, copied_cells),
    "answer moved": lambda course: notebook(course, answer_as_markdown),
    "edited metadata": lambda course: notebook(course, edited_facts),
    "no metadata": lambda course: notebook(course, no_facts),
    "strange metadata": lambda course: notebook(course, foreign_facts),
    "byte order mark": lambda course: "\ufeff" + json.dumps(notebook(course)),
    "UTF-16": lambda course: json.dumps(notebook(course)).encode("utf-16"),
    "CRLF": lambda course: (
        json.dumps(notebook(course), indent=1).replace("\n", "\r\n").replace("\\n", "\\r\\n")
    ),
    "nbformat 3": lambda course: json.dumps(
        {
            "nbformat": 3,
            "metadata": {},
            "worksheets": [{"cells": [{"cell_type": "code", "input": text} for text in code_of(course)]}],
        }
    ),
}
BAD: dict[str, tuple[Callable[[Path], NotebookNode | bytes | str], str]] = {
    "cut off": (lambda course: json.dumps(notebook(course))[:2000], "breaks off"),
    "empty": (lambda _: b"", "is empty"),
    "a list": (lambda _: "[]", "is not a notebook"),
    "merged": (lambda course: "<<<<<<< HEAD\n" + json.dumps(notebook(course)), "conflict markers"),
    "a zip": (lambda _: b"PK\x03\x04", "ZIP archive"),
    "deep": (lambda _: b'{"cells":' + b"[" * 100_000, "cannot be read|can be read"),
    "another chapter's": (
        lambda _: (Path(__file__).parents[1] / "starter" / "10_lstm" / "10_lstm.ipynb").read_bytes(),
        "this notebook is of chapter 10",
    ),
    "half a character": (lambda _: json.dumps({"cells": [], "x": "\ud800"}), "none of this course"),
    "somebody's own": (lambda _: json.dumps({"cells": [], "nbformat": 4}), "none of this course"),
}


@pytest.mark.slow
def test_a_class_with_all_its_accidents(course: Path, command: Command) -> None:
    for name, make in ACCIDENTS.items():
        hand_in(course, name, make(course))
    hand_in(course, "renamed", notebook(course), f"{NAME} (1).ipynb")
    hand_in(course, "stub", notebook(course, of="release"))
    for name, (make_bad, _) in BAD.items():
        hand_in(course, name, make_bad(course))
    (course / "submitted" / "nothing" / NAME).mkdir(parents=True)
    before = {path: path.read_bytes() for path in (course / "submitted").rglob("*.ipynb")}

    entries = grade(course, command, "--jobs", "2", code=3)
    right = [*ACCIDENTS, "renamed"]
    assert {name: entry["points"] for name, entry in entries.items() if not entry["problem"]} == (
        dict.fromkeys(right, POINTS) | {"stub": 0.0}
    )
    problems = {name: entry["problem"] for name, entry in entries.items() if entry["problem"]}
    assert set(problems) == {*BAD, "nothing"}
    for name, (_, sentence) in BAD.items():
        assert any(part in problems[name] for part in sentence.split("|")), (name, problems[name])
    assert "no notebook" in problems["nothing"]
    # What was handed in is as it was, and the gradebook has what was said.
    assert {path: path.read_bytes() for path in before} == before
    assert marks(course) == dict.fromkeys(right, POINTS) | {"stub": 0.0}
    with gradebook(course) as found:
        for student in right:
            of = found.find_submission(NAME, student)
            # An open answer with its id waits for a person; one that has lost it was not answered, as far as
            # we know.
            assert of.max_score == 7
            (comment,) = [c for n in of.notebooks for c in n.comments if c.name == "softmax_loss"]
            assert comment.auto_comment == "softmax_loss: right, 4 of 4 points"
    for student in right:
        shown = nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
        nbformat.validate(shown)
        assert cell_of(shown, "check_softmax_loss").source == GUARD + "check(softmax_loss).require()"

    # Again: nothing to do, and nothing changes.
    gradebook_before = marks(course)
    again = grade(course, command, code=3)
    assert {name: entry["why"] for name, entry in again.items()} == dict.fromkeys(entries, "")
    assert marks(course) == gradebook_before


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
    hand_in(course, "cut off", BAD["cut off"][0](course))
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


# Attacks on what is not the student's own

ATTACKS = {
    "gradebook": "class _:\n    open({course!r} + '/gradebook.db', 'r+b').write(b'x' * 100)",
    "other submission": "class _:\n"
    "    open({course!r} + '/submitted/z_right/04_softmax/04_softmax.ipynb', 'w').write('')",
    "library": "class _:\n    import os\n    os.makedirs({course!r} + '/my_layers')",
    "kept verdicts": "class _:\n    open({course!r} + '/.captioning/key').read()",
    "source": "class _:\n    print(open({course!r} + '/source/04_softmax/04_softmax.ipynb').read())",
    "kill": "class _:\n    import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)",
    "kill all": "class _:\n    import os\n    os.kill(-1, 9)",
    "exit": "class _:\n    import os\n    os._exit(0)",
    "background": "class _:\n    import os\n    while os.fork(): pass",
    "environment": "class _:\n    import os\n    os.environ.clear()\n    os.chdir('/')",
    "beside": "class _:\n    for path in ('sitecustomize.py', 'numpy.py'): open(path, 'w').write('x')",
}


@pytest.mark.slow
def test_an_attack_gets_its_honest_part_and_changes_nobody_s_mark(course: Path, command: Command) -> None:
    """The function is a stub, and the notebook claims in all ways that it has all points."""
    for name, attack in ATTACKS.items():

        def edit(found: NotebookNode, attack: str = attack) -> None:
            found.cells.insert(0, new_code_cell(attack.format(course=str(course))))
            check = cell_of(found, "check_softmax_loss")
            check.source = "4.0"
            check.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "4.0"})]
            check.metadata["nbgrader"]["points"] = 0.0

        folder = hand_in(course, name, notebook(course, edit, of="release")).parent
        for beside in ("numpy.py", "sitecustomize.py", "captioning/layers.py", "autograder/__init__.py"):
            (folder / beside).parent.mkdir(exist_ok=True)
            (folder / beside).write_text("raise SystemExit")
    # A forged library at the root of the course, such as an attack of another day has left there.
    (course / "my_layers").mkdir()
    (course / "my_layers" / "softmax_loss.py").write_text("def softmax_loss(x, y):\n    return 0.0, x\n")
    hand_in(course, "a_right", notebook(course))
    hand_in(course, "z_right", notebook(course))
    entries = grade(course, command, "--jobs", "2")
    assert {name: entry["points"] for name, entry in entries.items()} == (
        dict.fromkeys(ATTACKS, 0.0) | {"a_right": POINTS, "z_right": POINTS}
    )
    assert marks(course) == {name: entry["points"] for name, entry in entries.items()}


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


def test_marks_for_other_systems_and_what_the_class_finds_hard(
    course: Path, command: Command, tmp_path: Path
) -> None:
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
    _, out, _ = command("stats", NAME, "--course", course, "--json")
    (summary,) = json.loads(out)["exercises"]
    assert (summary["submissions"], summary["right"], summary["points"]) == (2, 1, 2.0)
    assert [(made["what"], made["students"], made["example"]) for made in summary["mistakes"]] == [
        ("not written", 1, "=1+1")
    ]
    _, out, _ = command("stats", NAME, "--course", course)
    assert "softmax_loss" in out
