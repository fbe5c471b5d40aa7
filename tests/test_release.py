"""``captioning release``: what stands in the course folder, and when there is none."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from autograder.exercises.registry import all_exercises
from autograder.grading.batch import EXPORTER, HARMLESS
from autograder.mistakes.mistake import Mistake
from autograder.nbgrader.course_folder import CONFIG, generate_release, has_our_stubs
from captioning import cli
from captioning.answers.library import VARIABLE
from captioning.errors import InputError
from captioning.installing import SOLUTIONS
from captioning.source.names import names_defined
from coursebuilder import release as releases
from coursebuilder.door import release_chapter
from coursebuilder.errors import ChapterError
from coursebuilder.release import Released, release
from tests.chapters import EXERCISE, QUIZ, cell, chapter, lines_of, solution_lines
from tests.notebooks import submit

ROOT = Path(__file__).parents[1]
NAME = "04_softmax"
OLD_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "old101"
c.ClearSolutions.code_stub = {"python": "# the stub of old101\\nraise NotImplementedError()"}
"""
OLD_SOLUTION = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"

pytestmark = [pytest.mark.xdist_group("release"), pytest.mark.usefixtures("quick_gradebooks")]


def old_assignment(course: Path) -> None:
    """Write another course's assignment, as nbgrader's own documentation has it."""
    solution, test = new_code_cell(OLD_SOLUTION), new_code_cell("assert square(3) == 9")
    kinds = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
    solution.metadata["nbgrader"] = {**kinds, "grade_id": "square"}
    test.metadata["nbgrader"] = {
        **kinds,
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 3,
        "grade_id": "test_square",
    }
    notebook = new_notebook(cells=[solution, test])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (course / "source" / "ps1").mkdir(parents=True)
    nbformat.write(notebook, course / "source" / "ps1" / "squares.ipynb")
    (course / CONFIG.name).write_text(OLD_CONFIG)


@contextlib.contextmanager
def nbgrader(course: Path) -> Iterator[NbGraderAPI]:
    """Give nbgrader as an instructor has it who calls it in the course folder: with the settings there."""
    config = PyFileConfigLoader(CONFIG.name, path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        warnings.simplefilter("ignore", SAWarning)
        yield NbGraderAPI(config=config)


def generate(course: Path, name: str) -> None:
    with nbgrader(course) as api:
        done = api.generate_assignment(name, force=True, create=True)
    assert done["success"], done


def points(course: Path, name: str, student: str) -> tuple[float, float]:
    """Have a submission graded; return its points, and how many there are."""
    with nbgrader(course) as api:
        done = api.autograde(name, student, create=True)
        assert done["success"], done
        with api.gradebook as gradebook:
            submission = gradebook.find_submission(name, student)
            return submission.code_score, submission.max_code_score


def sources(folder: Path, name: str = NAME) -> list[str]:
    return [made.source for made in nbformat.read(folder / f"{name}.ipynb", as_version=4).cells]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- A real release of a chapter, into a course folder that had another assignment before


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = tmp_path_factory.mktemp("old101")
    old_assignment(course)
    generate(course, "ps1")
    return course


@pytest.fixture(scope="module")
def before(course: Path) -> dict[str, bytes]:
    return contents(course)


@pytest.fixture(scope="module")
def said(course: Path, before: dict[str, bytes]) -> tuple[str, str]:
    """Release a chapter; return what is printed: the result, and about the progress."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert cli.run(["release", "4", "--tier", "class", "--out", str(course), "--json"]) == 0
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def students(course: Path, said: tuple[str, str]) -> Path:
    return course / "release" / NAME


@pytest.mark.slow
def test_a_release_says_where_it_is_and_what_was_graded(course: Path, said: tuple[str, str]) -> None:
    out, err = said
    assert json.loads(out) == {
        "chapter": NAME,
        "tier": "class",
        "course": str(course),
        "source": str(course / "source" / NAME),
        "release": str(course / "release" / NAME),
    }
    steps = ["solution", "stub", "mistakes of softmax_loss"]
    assert [line for line in err.splitlines() if line.startswith("grading")] == [
        f"grading the {step} ..." for step in steps
    ]
    assert f"{course / CONFIG.name} was there before, and is as it was." in err


@pytest.mark.slow
def test_what_was_there_before_is_as_it_was(course: Path, before: dict[str, bytes], students: Path) -> None:
    assert students.is_dir()
    after = contents(course)
    assert {name: after[name] for name in before if name != "gradebook.db"} == {
        name: before[name] for name in before if name != "gradebook.db"
    }


@pytest.mark.slow
def test_the_class_tier_has_stubs_and_no_answers(course: Path, students: Path) -> None:
    text = "\n".join(sources(students))
    assert 'raise NotImplementedError("softmax_loss is yours to write: exercise 4.1")' in text
    assert "SOLUTION" not in text
    assert "stub of old101" not in text
    assert SOLUTIONS not in text
    assert solution_lines("softmax_loss").isdisjoint(lines_of(text))
    assert solution_lines("softmax_loss") <= lines_of("\n".join(sources(course / "source" / NAME)))
    # The answers of the quiz are there to choose from, and nothing says which is right.
    assert "**Question 1.**" in text
    assert not re.search(r"\*\*(Right|No)\.\*\*|<details>|correct", text)
    for folder in (students, course / "source" / NAME):
        for answer in ("why", "correct"):
            assert f'"{answer}"' not in (folder / f"{NAME}.ipynb").read_text("utf-8")


@pytest.mark.slow
def test_the_solutions_of_earlier_chapters_are_beside_the_notebook_and_no_others(
    course: Path, students: Path
) -> None:
    given = contents(students / "prerequisites")
    assert given == contents(course / "source" / NAME / "prerequisites")
    texts = [text.decode() for text in given.values()]
    defined = set().union(*map(names_defined, texts))
    for exercise in all_exercises().values():
        assert (exercise.name.partition(".")[0] in defined) == (exercise.chapter < 4), exercise.name
    there = lines_of("\n".join(texts))
    assert solution_lines("affine_backward") <= there
    assert solution_lines("softmax_loss").isdisjoint(there)


@pytest.mark.slow
def test_nbgrader_grades_what_is_handed_in_and_the_old_assignment_too(course: Path, students: Path) -> None:
    assert students.is_dir()
    generate(course, "ps1")
    assert sources(course / "release" / "ps1", "squares")[0] == (
        "def square(x):\n    # the stub of old101\n    raise NotImplementedError()"
    )
    submit(course, "ps1", "ada", course / "source" / "ps1")
    submit(course, "ps1", "bob", course / "release" / "ps1")
    submit(course, NAME, "ada", course / "source" / NAME)
    assert points(course, "ps1", "ada") == (3, 3)
    assert points(course, "ps1", "bob") == (0, 3)
    # Settings of another course's know nothing of the sandbox: then nbgrader records nothing.
    with nbgrader(course) as api:
        done = api.autograde(NAME, "ada", create=True)
    assert (done["success"], "Kernel died" in done["log"]) == (False, True)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "old101") as gradebook:
        grades = gradebook.find_submission_notebook(NAME, NAME, "ada").grades
        assert [grade.auto_score for grade in grades] == [None, None]
    with (course / CONFIG.name).open("a") as config:
        config.write(f'c.HTMLExporter.filters = {{"markdown2html": "{HARMLESS}"}}\n')
        config.write(f'c.Autograde.exporter_class = "{EXPORTER}"\n')
    assert points(course, NAME, "ada") == (4, 4)
    assert points(course, "ps1", "ada") == (3, 3)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "old101") as gradebook:
        submission = gradebook.find_submission(NAME, "ada")
        assert (submission.max_score, submission.needs_manual_grade) == (6, True)  # the open question


@pytest.mark.slow
def test_another_tier_is_not_written_over_it(
    course: Path, students: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert students.is_dir()
    there = contents(course)
    assert cli.run(["release", "4", "--tier", "open", "--out", str(course)]) == 1
    out, err = capfd.readouterr()
    assert (out, "grading" in err) == ("", False)
    assert f"source/{NAME}/{NAME}.ipynb is there already, and differs" in err
    assert "--out" in err
    assert contents(course) == there


SOLVE = """
import sys
import nbformat
from IPython.core.interactiveshell import InteractiveShell
import matplotlib
matplotlib.use("Agg")
shell = InteractiveShell.instance()
for cell in nbformat.read(sys.argv[1], as_version=4).cells:
    if cell.cell_type == "code":
        shell.run_cell(cell.source.replace("plt.show()", "")).raise_error()
from captioning.layers import whose
print(whose("affine_backward"))
from captioning.layers import adam
"""


@pytest.mark.slow
def test_a_student_who_has_no_reference_can_solve_it(course: Path, students: Path, tmp_path: Path) -> None:
    """With the prerequisites beside the notebook and no library."""
    assert students.is_dir()
    submit(tmp_path, NAME, "ada", course / "source" / NAME)
    folder, only = tmp_path / "submitted" / "ada" / NAME, tmp_path / "only"
    only.mkdir()
    for room in ("captioning", "autograder"):
        (only / room).symlink_to(ROOT / room)
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    # Without the module site, the editable install of the checkout is not on the path.
    done = subprocess.run(
        [sys.executable, "-S", "-c", SOLVE, f"{NAME}.ipynb"],
        cwd=folder,
        env=environment | {"PYTHONPATH": os.pathsep.join([str(only), libraries])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the course (prerequisites/affine.py)" in done.stdout, done.stderr
    assert "adam is not here yet: you write it in chapter 5" in done.stderr
    # The check has saved the answer beside the chapter.
    assert (folder.parent / "my_layers" / "softmax_loss.py").is_file()


# --- Folders


@pytest.fixture
def ungraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Release without grading first: what is graded is another test's matter."""
    monkeypatch.setattr(releases, "require_sound", lambda *_: None)


@pytest.mark.usefixtures("ungraded")
def test_the_open_tier_in_a_new_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    course = tmp_path / "new"
    assert cli.run(["release", "softmax", "--out", str(course)]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[:2] == [
        f"For students: {course}/release/{NAME}",
        f"With solutions: {course}/source/{NAME}",
    ]
    assert f"nbgrader release_assignment {NAME}" in out
    assert "was there before" not in err
    text = "\n".join(sources(course / "release" / NAME))
    assert text.count("**Right.**") == text.count("**Question ") > 1
    assert "SOLUTION" not in text
    assert solution_lines("softmax_loss").isdisjoint(lines_of(text))
    assert (course / CONFIG.name).read_text() == CONFIG.read_text()
    assert has_our_stubs(course)
    # nbgrader itself, with the folder's settings, makes the same.
    made = sources(course / "release" / NAME)
    generate(course, NAME)
    assert sources(course / "release" / NAME) == made


@pytest.mark.usefixtures("ungraded")
def test_a_course_whose_folders_have_other_names(tmp_path: Path) -> None:
    (tmp_path / CONFIG.name).write_text(
        'c = get_config()\nc.CourseDirectory.source_directory = "src"\n'
        'c.CourseDirectory.release_directory = "out"\n'
    )
    made = release(chapter(EXERCISE), tmp_path, "open", {})
    assert made == Released(tmp_path / "src" / NAME, tmp_path / "out" / NAME, has_our_stubs=False)
    assert any("exercise 4.1" in source for source in sources(tmp_path / "out" / NAME))
    assert not (tmp_path / "source").exists()


@pytest.mark.usefixtures("ungraded")
@pytest.mark.parametrize("name", [f"{NAME}.ipynb", "prerequisites/lstm.py", "last_year.ipynb"])
def test_a_source_that_is_there_already_stays(name: str, tmp_path: Path) -> None:
    path = tmp_path / "source" / NAME / name
    path.parent.mkdir(parents=True)
    path.write_text("theirs")
    with pytest.raises(InputError, match=re.escape(f"{path} is there already")):
        release(chapter(EXERCISE), tmp_path, "open", {})
    assert contents(tmp_path) == {f"source/{NAME}/{name}": b"theirs"}


@pytest.mark.parametrize("config", ["import nothing_of_that_name", "c = get_config(", "1 / 0"])
def test_a_course_whose_settings_cannot_be_loaded(
    config: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / CONFIG.name).write_text(config)
    assert cli.run(["release", "4", "--out", str(tmp_path)]) == 1
    assert f"Error: {tmp_path / CONFIG.name} cannot be loaded: " in capfd.readouterr().err
    assert contents(tmp_path) == {CONFIG.name: config.encode()}


def test_a_chapter_to_play_with_is_not_handed_in(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["release", "0", "--out", str(tmp_path / "new")]) == 1
    assert "00_play has no exercise and no open question, so there is nothing" in capfd.readouterr().err
    assert not (tmp_path / "new").exists()


def test_chapters_and_tiers_that_there_are_not(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["release", "99", "--out", str(tmp_path / "new")]) == 1
    assert "Error: there is no chapter '99'; there are 00_play, 01_arrays, " in capfd.readouterr().err
    assert cli.run(["release", "4", "--tier", "secret", "--out", str(tmp_path / "new")]) == 2
    assert "'secret' is not one of 'open', 'class'" in capfd.readouterr().err
    with pytest.raises(ValueError, match="tier is 'secret'"):
        release(chapter(EXERCISE), tmp_path / "new", "secret", {})
    assert not (tmp_path / "new").exists()


def test_nbgrader_s_refusal_is_told(tmp_path: Path) -> None:
    old_assignment(tmp_path)
    with pytest.raises(InputError, match="nbgrader could not release ps2"):
        generate_release(tmp_path, "ps2")


# --- When a release is refused

WRONG_AFTER_ALL = EXERCISE.replace("print(", "def softmax_loss(x, y):\n    return 0.0, x\n\n\nprint(")
GIVEN_AWAY = EXERCISE.replace(
    "print(",
    """def softmax_loss(x, y):
    y = np.asarray(y)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    right = np.eye(x.shape[1], dtype=x.dtype)[y]
    return -np.log((p * right).sum(axis=1)).mean(), (p - right) / np.asarray(len(x), dtype=x.dtype)


print(""",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exercise", "message"),
    [
        (WRONG_AFTER_ALL, "04_softmax: the solution gets 0 of 4 points, expected all"),
        (GIVEN_AWAY, "04_softmax: the stub gets 4 of 4 points, expected none"),
    ],
    ids=["solution", "stub"],
)
def test_a_release_whose_points_are_wrong_is_refused(exercise: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ChapterError, match=message):
        release(chapter(exercise, QUIZ), tmp_path / "new", "open", {})
    assert not (tmp_path / "new").exists()


@pytest.fixture
def fully_graded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Have the gate grade as it should, and run nothing; return what it graded."""
    graded: list[Path] = []

    def points_of(released: Path, source: Path, name: str, handed_in: Path) -> tuple[float, float]:
        assert (handed_in / f"{name}.ipynb").is_file()
        graded.append(handed_in)
        return (4.0 if handed_in == source else 0.0), 4.0

    monkeypatch.setattr(releases, "graded_points", points_of)
    monkeypatch.setattr(releases, "execute", lambda *_: None)
    return graded


NO_MISTAKE = Mistake(
    "no mistake at all", "softmax_loss", "    rows = np.arange(N)\n", "    rows = np.arange(0, N)\n", "None."
)
SEEN = Mistake(
    "half of it", "softmax_loss", "    dx[rows, y] -= 1 / N\n", "    dx[rows, y] -= 2 / N\n", "Half."
)


def test_a_release_with_a_mistake_that_gets_full_points_is_refused(
    fully_graded: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "all_mistakes", lambda: [SEEN, NO_MISTAKE])
    with pytest.raises(ChapterError) as refused:
        release(chapter(EXERCISE), tmp_path / "new", "open", {})
    assert (
        str(refused.value)
        == "04_softmax: wrong answers that get full points: softmax_loss: no mistake at all"
    )
    assert not (tmp_path / "new").exists()
    assert len(fully_graded) == 2


def test_a_release_whose_mistakes_are_all_caught_is_made(
    fully_graded: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "all_mistakes", lambda: [SEEN])
    steps: list[object] = []
    made = release(chapter(EXERCISE), tmp_path / "new", "open", {}, steps.append)
    assert made == Released(
        tmp_path / "new" / "source" / NAME, tmp_path / "new" / "release" / NAME, has_our_stubs=True
    )
    assert len(fully_graded) == 2
    assert steps[-1] == "writing the course folder"


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([], "softmax_loss of the registry is not in it"),
        ([cell("from captioning.layers import adam"), EXERCISE], "a cell imports adam, which chapter 5"),
    ],
)
def test_a_chapter_that_breaks_a_rule_is_not_released(
    pieces: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ChapterError, match=message):
        release(chapter(*pieces), tmp_path / "new", "open", {})
    assert not (tmp_path / "new").exists()


def test_the_door_takes_numbers_and_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def noted(chapter: object, *_: object) -> None:
        asked.append(chapter.name)  # type: ignore[attr-defined]

    monkeypatch.setattr("coursebuilder.door.release", noted)
    silent: Callable[[str], object] = lambda _: None  # noqa: E731
    for name in ("4", "04", "softmax", "04_softmax"):
        release_chapter(name, tmp_path, "open", silent)
    assert asked == [NAME] * 4
