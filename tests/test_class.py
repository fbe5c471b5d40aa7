"""A class: attacks get their honest part and change nobody's mark, accidents cost nothing, and all can end.

`python -m tests.hostile` runs the attacks under stock nbgrader, and grades larger classes.
"""

import json
import re
from pathlib import Path

import pytest

from autograder.asking import cost
from autograder.grading import workers
from autograder.grading.batch import Entry, How, course_in, grade_class
from autograder.grading.graded import Grader
from tests.attacks import ALL, ATTACKS, NAME, Course, handed_in
from tests.class_folder import gradebook_marks, make_course, submit
from tests.honest import BAD, NAMES, as_bytes, honest

pytestmark = [
    pytest.mark.xdist_group("class"),
    pytest.mark.usefixtures("quick_gradebooks"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("class") / "course")


@pytest.fixture(scope="module")
def graded(released: Path, a_sandbox: str) -> dict[str, Entry]:
    """Grade everybody, two at a time, those who are right first and last."""
    course = Course(released)
    for number, attack in ATTACKS.items():
        submit(released, f"attack_{number:02}", handed_in(attack, course))
    for name, content in honest(course).items():
        submit(released, name, {f"{NAME}.ipynb": content})
    for name, (make, _) in BAD.items():
        submit(released, name, {f"{NAME}.ipynb": as_bytes(make(course))})
    for name in ("a_right", "z_right"):
        submit(released, name, {f"{NAME}.ipynb": as_bytes(course.right())})
    for name, file in NAMES.items():
        submit(released, name, {file: as_bytes(course.right())})
    (released / "submitted" / "nothing" / NAME).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        # What never ends takes a second, and not ten.
        patch.setattr(workers, "QUESTION", 1.0)
        patch.setattr(workers, "LOADING", 1.5)
        patch.setattr(workers, "EXERCISE", 2.0)
        patch.setattr(cost, "LIMIT", 0.5)
        patch.setattr(cost, "TIMES", 400)
        # A forged answer at the root of the course, such as an attack of another day has left there.
        (released / "my_layers").mkdir()
        (released / "my_layers" / "rnn_forward.py").write_text("def rnn_forward(*a):\n    return a\n")
        before = _files(released)
        with course_in(released) as found:
            entries = grade_class(found, NAME, How(Grader.here(a_sandbox), jobs=2))
    assert {path: text for path, text in _files(released).items() if path in before} == before
    return {entry.student: entry for entry in entries}


def _files(course: Path) -> dict[Path, bytes]:
    """Return what grading may not change: what was handed in, the source, the release."""
    folders = ("submitted", "source", "release", "my_layers")
    return {
        path: path.read_bytes() for each in folders for path in (course / each).rglob("*") if path.is_file()
    }


def _points(entry: Entry) -> float | None:
    return None if entry.graded is None else round(sum(entry.graded.points.values()), 1)


def test_an_attack_gets_its_honest_part(graded: dict[str, Entry]) -> None:
    entries = {number: graded[f"attack_{number:02}"] for number in ATTACKS}
    wrong = {
        (number, attack.what): (attack.earned, _points(entries[number]), entries[number].problem)
        for number, attack in ATTACKS.items()
        if _points(entries[number]) != attack.earned
    }
    assert wrong == {}


def test_nobody_else_s_mark_is_another(graded: dict[str, Entry], released: Path) -> None:
    assert (_points(graded["a_right"]), _points(graded["z_right"])) == (ALL, ALL)
    recorded = gradebook_marks(released)
    assert recorded == {name: _points(entry) for name, entry in graded.items() if not entry.problem}
    assert not (released / "pwned").exists()


def test_honest_work_loses_nothing_to_what_happens_to_notebooks(
    graded: dict[str, Entry], released: Path
) -> None:
    names = [*honest(Course(released)), *NAMES]
    wrong = {
        name: (graded[name].problem, graded[name].graded and graded[name].graded.verdicts)
        for name in names
        if _points(graded[name]) != ALL
    }
    assert wrong == {}


def test_what_cannot_be_graded_is_an_entry_with_a_reason(graded: dict[str, Entry]) -> None:
    reasons = {name: sentence for name, (_, sentence) in BAD.items()} | {"nothing": "no notebook"}
    said = {name: graded[name].problem for name in reasons}
    assert {
        name: said[name] for name, sentence in reasons.items() if not re.search(sentence, said[name])
    } == {}


def test_what_was_expected_is_in_no_comment(graded: dict[str, Entry]) -> None:
    """Attack 11 has its errors tell all that the frames of its callers hold."""
    said = json.dumps([str(verdict) for verdict in graded["attack_11"].graded.verdicts])  # type: ignore[union-attr]
    assert "ValueError" in said
    assert "expected" not in said.partition("ValueError")[2]
    assert len(said) < 20_000
