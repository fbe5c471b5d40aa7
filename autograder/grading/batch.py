"""A class: every submission of an assignment graded, several at a time, and recorded by one writer.

Whatever ends this, at whatever moment, it can be run again: verdicts are kept as they are reached, and what
is recorded already is recorded as it was.
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from autograder.grading.assignment import Assignment, read_assignment
from autograder.grading.graded import FOLDER, Graded, Grader, Records, grade_submission, key_of, notebook_in
from autograder.grading.record import record, recorded_points, require_known
from autograder.grading.shown import shown_notebook
from autograder.grading.workers import NoWorkerError
from autograder.judge.verdict import Verdict
from autograder.nbgrader.course_folder import nbgrader_in
from captioning.errors import InputError
from captioning.files import write_text

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# nbgrader's settings that matter here, as ``autograder/nbgrader/nbgrader_config.py`` has them.
HARMLESS = "autograder.grading.shown.as_harmless_html"
_LONGEST_TIME = 1_000  # bytes
EXPORTER = "autograder.nbgrader.exporter.GradingExporter"


@dataclass(frozen=True)
class Entry:
    """What became of one submission.

    Attributes:
        student: who handed it in.
        graded: with its verdicts and without its cells, None where there are none.
        problem: why there are none, else "".
        before: the points of each exercise that were in the gradebook, None if there were none.
        why: why it is graded now: "new", "handed in again", ...; "" if nothing has changed.
        kept: whether the old marks are kept, since today's would be lower.
    """

    student: str
    graded: Graded | None = None
    problem: str = ""
    before: dict[str, float] | None = None
    why: str = ""
    kept: bool = False


@dataclass(frozen=True)
class How:
    """How a class is graded.

    Attributes:
        grader: who judges.
        jobs: how many at a time.
        dry_run: whether nothing is written.
        may_lower: whether marks may become lower though nothing was handed in again.
    """

    grader: Grader
    jobs: int = 1
    dry_run: bool = False
    may_lower: bool = False


class Course:
    """A course folder, to be graded in."""

    def __init__(self, coursedir: CourseDirectory, config: Config) -> None:
        """Take what nbgrader knows of the folder, and its settings.

        Raises:
            InputError: with these settings, what students write would run where it is shown.
        """
        if config.HTMLExporter.get("filters", {}).get("markdown2html") != HARMLESS:
            raise InputError(
                f"the nbgrader_config.py of {coursedir.root} was there before this course. Without two "
                "settings, scripts in what students write would run in formgrader, as you. Add to it:\n"
                f'c.HTMLExporter.filters = {{"markdown2html": "{HARMLESS}"}}\n'
                f'c.Autograde.exporter_class = "{EXPORTER}"'
            )
        self._folder = Path(coursedir.root)
        self._coursedir, self._config = coursedir, config
        self.records = Records(self._folder)

    def assignment(self, name: str) -> Assignment:
        """Return an assignment of this course.

        Raises:
            InputError: there is none of that name.
        """
        found = self.find_assignment(name)
        if found is None:
            release = self._path(self._coursedir.release_directory, ".", name)
            raise InputError(
                f"{release} holds no chapter of this course. `captioning release {name}` makes one; an "
                f"assignment of another course is graded by `nbgrader autograde {name}`."
            )
        return found

    def find_assignment(self, name: str) -> Assignment | None:
        """Return an assignment, None if it is not of this course."""
        release = self._path(self._coursedir.release_directory, ".", name)
        return read_assignment(release, self._path(self._coursedir.source_directory, ".", name), name)

    def release(self, name: str) -> Path:
        """Return the notebook that students got."""
        return self._path(self._coursedir.release_directory, ".", name) / f"{name}.ipynb"

    def assignment_with(self, exercise: str) -> Assignment:
        """Return the assignment that an exercise is in.

        Raises:
            InputError: there is none.
        """
        for name in self.assignments():
            found = self.assignment(name)
            if exercise in {asked.name for asked in found.asked.exercises}:
                return found
        raise InputError(f"{exercise} is in no assignment that is released in {self._folder}.")

    def assignments(self) -> list[str]:
        """Return the names of all that are released of this course."""
        folders = self._path(self._coursedir.release_directory, ".", "*").parent.glob("*")
        return [path.name for path in sorted(folders) if self.find_assignment(path.name) is not None]

    def recorded_seconds(self, name: str) -> dict[str, dict[str, float]]:
        """Return what each exercise took when those verdicts were reached, by student."""
        return {
            student: self.records.seconds(key_of(self.facts(name, student)))
            for student in self.students(name)
        }

    def recorded_verdicts(self, name: str) -> dict[str, tuple[Verdict, ...]]:
        """Return the verdicts that were recorded last, by student."""
        found = {
            student: self.records.kept(key_of(self.facts(name, student))) for student in self.students(name)
        }
        return {student: verdicts for student, verdicts in found.items() if verdicts is not None}

    def students(self, name: str) -> list[str]:
        """Return who has handed in an assignment."""
        pattern = self._path(self._coursedir.submitted_directory, "*", name)
        at = pattern.parts.index("*")
        names = {path.parts[at] for path in Path(*pattern.parts[:at]).glob(str(Path(*pattern.parts[at:])))}
        return sorted(name for name in names if not name.startswith("."))  # Jupyter's, or the system's

    def submission(self, name: str, student: str) -> Path:
        """Return the folder of what a student handed in."""
        return self._path(self._coursedir.submitted_directory, student, name)

    def notebooks(self, name: str) -> dict[str, Path]:
        """Return what was handed in, by student, of those who handed in one notebook."""
        found = {}
        for student in self.students(name):
            with suppress(InputError):  # `captioning grade` lists them
                found[student] = notebook_in(self.submission(name, student), name)
        return found

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Give nbgrader's gradebook of this course.

        Raises:
            InputError: it cannot be reached.
        """
        url = self._coursedir.db_url
        try:
            gradebook = Gradebook(url, self._coursedir.course_id)
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            driver = ": pip install 'captioning-from-scratch[postgres]'" * isinstance(error, ImportError)
            where = self._folder / "nbgrader_config.py"
            raise InputError(
                f"the gradebook {make_url(url)!r} cannot be reached: {reason}{driver}. Is its db_url in "
                f"{where} right, and does its server run?"
            ) from error
        # Cells and their points would be read again after each of three commits a submission.
        gradebook.db().expire_on_commit = False
        # What nbgrader logs of an error of the database it raises as well.
        log = logging.getLogger("tornado.application")
        before = log.level
        log.setLevel(logging.CRITICAL)
        try:
            with gradebook:
                yield gradebook
        finally:
            log.setLevel(before)

    def write(self, gradebook: Gradebook, assignment: Assignment, graded: Graded) -> None:
        """Record a submission: the notebook that formgrader shows, then the marks."""
        handed_in = self.submission(assignment.name, graded.student)
        folder = self._path(self._coursedir.autograded_directory, graded.student, assignment.name)
        folder.mkdir(parents=True, exist_ok=True)
        notebook = shown_notebook(assignment, graded.cells, graded.verdicts)
        write_text(folder / f"{assignment.name}.ipynb", notebook)
        with suppress(InputError):  # `be_late` tells, after the marks are recorded
            if self._timestamp(handed_in) is not None:
                shutil.copyfile(handed_in / "timestamp.txt", folder / "timestamp.txt")
        record(gradebook, assignment, graded)
        write_text(self._recorded(assignment.name, graded.student), json.dumps(graded.facts, indent=1) + "\n")

    def be_late(self, gradebook: Gradebook, assignment: Assignment, student: str) -> None:
        """Record when a submission was handed in, and what that costs by nbgrader's own policy.

        It may be another than before though the marks are not: by another due date, or an extension.
        """
        when = self._timestamp(self.submission(assignment.name, student))
        submission = gradebook.find_submission(assignment.name, student)
        if when is not None and submission.timestamp != when:
            submission = gradebook.update_or_create_submission(assignment.name, student, timestamp=when)
        if submission.total_seconds_late > 0 or submission.late_submission_penalty:
            resources = {
                "nbgrader": {
                    "student": student,
                    "assignment": assignment.name,
                    "notebook": assignment.name,
                    "db_url": self._coursedir.db_url,
                }
            }
            AssignLatePenalties(config=self._config).preprocess(new_notebook(), resources)
            gradebook.db.expire_all()  # it has a connection of its own

    def facts(self, name: str, student: str) -> dict[str, Any]:
        """Return on which facts a submission was recorded, {} if it was not."""
        try:
            found = json.loads(self._recorded(name, student).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _recorded(self, name: str, student: str) -> Path:
        return self.records.folder / "recorded" / name / f"{student}.json"

    def _timestamp(self, folder: Path) -> datetime | None:
        path = folder / "timestamp.txt"
        if not path.is_symlink() and not path.exists():
            return None
        # A link may lead anywhere, and what is not a file may never end.
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST_TIME:
            raise InputError(f"{path} holds no time")
        try:
            found: datetime | None = self._coursedir.get_existing_timestamp(str(folder))
        except (SystemExit, ValueError, OverflowError) as error:  # the first is nbgrader's own ending
            raise InputError(f"{path} holds no time") from error
        return found

    def _path(self, step: str, student: str, name: str) -> Path:
        return self._folder / self._coursedir.format_path(step, student, name)


@contextmanager
def course_in(folder: Path) -> Iterator[Course]:
    """Give a course folder to be graded in, to one at a time.

    Raises:
        InputError: somebody grades in it already, its settings cannot be loaded, or this is Windows.
    """
    if fcntl is None:
        raise InputError("a class is graded on Linux, or without a sandbox on macOS; Windows can do neither.")
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with (folder / FOLDER / "lock").open("w") as lock, nbgrader_in(folder) as api:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"another `captioning grade` is at work in {folder}. Wait for it to end; what it has graded "
                "is kept."
            ) from error
        yield Course(api.coursedir, api.config)


def grade_class(
    course: Course,
    name: str,
    how: How,
    only: str | None = None,
    on_done: Callable[[int, int], object] = lambda *_: None,
) -> list[Entry]:
    """Grade and record what was handed in; one bad notebook is an entry with a reason.

    Args:
        course: where.
        name: of the assignment.
        how: see there.
        only: one student, None for all.
        on_done: called with how many are done, of how many.

    Returns:
        An entry for each submission, ordered by student.

    Raises:
        InputError: there is no such assignment, nobody handed it in, or there can be no workers.
    """
    assignment = course.assignment(name)
    students = course.students(name) if only is None else [only]
    if not students or (only and not course.submission(name, only).exists()):
        who = "nobody" if only is None else only
        raise InputError(f"{who} has handed in {name}: there is no {course.submission(name, only or '*')}.")
    entries = []
    with ThreadPoolExecutor(how.jobs) as executor, course.gradebook() as gradebook:
        require_known(gradebook, assignment)
        futures = _submitted(executor, course, assignment, students, how)
        try:
            for number, future in enumerate(as_completed(futures), 1):
                # What is done is let go, with the text of its notebook: a class may be large.
                student = futures.pop(future)
                entries.append(_entry(course, gradebook, assignment, student, future, how))
                on_done(number, len(students))
        except BaseException:  # Ctrl-C, too, must not wait for all that is still to be graded
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(entries, key=lambda entry: entry.student)


def _submitted(
    executor: Executor, course: Course, assignment: Assignment, students: list[str], how: How
) -> dict[Future[Graded], str]:
    def grade(student: str) -> Graded:
        path = notebook_in(course.submission(assignment.name, student), assignment.name)
        return grade_submission(assignment, student, path, how.grader, course.records)

    return {executor.submit(grade, student): student for student in students}


def _entry(
    course: Course,
    gradebook: Gradebook,
    assignment: Assignment,
    student: str,
    future: Future[Graded],
    how: How,
) -> Entry:
    try:
        graded = future.result()
    except NoWorkerError:
        raise
    except InputError as error:
        return Entry(student, problem=str(error))
    except Exception as error:  # noqa: BLE001  (one submission must not end the batch; it is told, and counted)
        return Entry(student, problem=f"{type(error).__name__}: {error}. Please report this.")
    before, facts = recorded_points(gradebook, assignment, student), course.facts(assignment.name, student)
    why = _why(facts, graded) if before is not None else "new"
    lower = before is not None and sum(graded.points.values()) < sum(before.values())
    is_same_work = facts.get("notebook") == graded.facts["notebook"]
    kept = lower and is_same_work and not how.may_lower
    if not how.dry_run:
        try:
            if not kept and (why or before != graded.points):
                course.write(gradebook, assignment, graded)
            course.be_late(gradebook, assignment, student)
        except Exception as error:  # noqa: BLE001  (as above; and nothing half recorded stays)
            gradebook.db.rollback()
            return Entry(student, problem=f"it cannot be recorded: {error}", before=before)
    return Entry(student, replace(graded, cells=[]), before=before, why=why, kept=kept)


_WHYS = {
    "notebook": "handed in again",
    "words": "handed in again",
    "checks": "the checks are others",
    "prerequisites": "what earlier chapters give is different",
    "isolation": "another sandbox",
    "versions": "another Python or NumPy",
    "course": "another key of the course",
}


def _why(facts: dict[str, Any], graded: Graded) -> str:
    if not facts:
        return "not graded here before"
    changed = (why for fact, why in _WHYS.items() if facts.get(fact) != graded.facts[fact])
    return ", ".join(dict.fromkeys(changed))
