"""What became of a submission, and where it is kept, so that nothing is computed twice."""

import contextlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.grading.assignment import Assignment, grade_id, require_of
from autograder.grading.judging import Judged, Place, Task, checks_key, digest, judge, this_place
from autograder.grading.submission import IS_NOTEBOOK, code_of, read
from autograder.judge.render import as_json, from_json
from autograder.judge.verdict import Verdict
from captioning.errors import InputError
from captioning.files import write_text
from captioning.source.notebook import Cell

FOLDER = ".captioning"
_MOST_NAMES = 10


@dataclass(frozen=True)
class Graded:
    """A submission with its verdicts.

    Attributes:
        student: who handed it in.
        cells: of the notebook, outputs left out.
        verdicts: one for each exercise.
        facts: all that they depend on, most of it as digests.
        seconds: that each exercise took.
    """

    student: str
    cells: list[Cell]
    verdicts: tuple[Verdict, ...]
    facts: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A digest of the facts."""
        return key_of(self.facts)

    @property
    def points(self) -> dict[str, float]:
        """The points of each exercise."""
        return {verdict.exercise: verdict.points for verdict in self.verdicts}


class Records:
    """What a course folder keeps of its grading: its key, and verdicts by the digest of their facts."""

    def __init__(self, course: Path) -> None:
        self.folder = course / FOLDER

    def course_key(self) -> bytes:
        """Return the key that all seeds of the course come from; made when it is first asked for."""
        path = self.folder / "key"
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # of mode 0600
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                # Of several that make one, the first wins.
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        return bytes.fromhex(path.read_text(encoding="utf-8").strip())

    def seed(self, student: str, exercise: str) -> list[int]:
        """Return the seed of the inputs of a student's answer: nobody without the key knows it."""
        digest = hmac.digest(self.course_key(), f"{student}\0{exercise}".encode(), "sha256")
        return [int.from_bytes(digest[at : at + 4], "little") for at in range(0, len(digest), 4)]

    def kept(self, key: str) -> tuple[Verdict, ...] | None:
        """Return the verdicts that were reached on facts of this digest, None if there are none."""
        try:
            data = json.loads(self._path(key).read_text(encoding="utf-8"))
            return tuple(map(from_json, data["verdicts"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):  # an older version's, or half a file: it is computed again
            return None

    def seconds(self, key: str) -> dict[str, float]:
        """Return what each exercise took when those verdicts were reached, {} where that is not known."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8")).get("seconds", {})
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, graded: Graded) -> None:
        """Keep verdicts, with what they depend on."""
        said = {
            **graded.facts,
            "verdicts": [as_json(verdict) for verdict in graded.verdicts],
            "seconds": graded.seconds,
        }
        write_text(self._path(graded.key), json.dumps(said, indent=1, sort_keys=True) + "\n")

    def _path(self, key: str) -> Path:
        return self.folder / "verdicts" / key[:2] / f"{key}.json"


@dataclass(frozen=True)
class Grader:
    """Where submissions are judged, and by whom.

    Attributes:
        judge: judges a task; may be called from several threads at once.
        places: where it may do so: verdicts that were reached there are not reached again.
    """

    judge: Callable[[Task], Judged]
    places: tuple[Place, ...]

    @classmethod
    def here(cls, isolation: str) -> "Grader":
        """Return one on this machine, with workers of this isolation."""
        return cls(lambda task: judge(task, isolation), (this_place(isolation),))


def grade_submission(
    assignment: Assignment, student: str, path: Path, grader: Grader, records: Records
) -> Graded:
    """Reach the verdicts on a submission, or take those that are kept.

    Raises:
        InputError: the notebook cannot be read, or is of another assignment; there can be no worker.
    """
    cells = read(path)
    require_of(assignment, cells)
    names = [exercise.name for exercise in assignment.asked.exercises]
    task = _task(assignment, cells, student, names, records)
    facts = {
        "student": student,
        "assignment": assignment.name,
        "notebook": digest(cell.source for cell in task.code),
        "words": digest(f"{grade_id(cell)}\n{cell.source}" for cell in cells if cell.kind != "code"),
        "checks": checks_key(),
        "prerequisites": digest(f"{name}\n{text}" for name, text in task.prerequisites.items()),
        "course": digest([records.course_key().hex()]),
    }
    for place in grader.places:
        graded = Graded(student, cells, (), facts | place.facts())
        kept = records.kept(graded.key)
        if kept is not None:
            return replace(graded, verdicts=kept)
    judged = grader.judge(task)
    graded = Graded(
        student,
        cells,
        _without_time(judged.verdicts),
        facts | judged.place.facts(),
        {verdict.exercise: round(verdict.seconds, 3) for verdict in judged.verdicts},
    )
    records.keep(graded)
    return graded


def verdict_again(
    assignment: Assignment, student: str, exercise: str, path: Path, isolation: str, records: Records
) -> Verdict:
    """Reach the verdict on one answer, whatever is kept.

    Raises:
        InputError: as ``grade_submission``.
    """
    task = _task(assignment, read(path), student, [exercise], records)
    (verdict,) = _without_time(judge(task, isolation).verdicts)
    return verdict


def _task(
    assignment: Assignment, cells: list[Cell], student: str, exercises: list[str], records: Records
) -> Task:
    return Task(
        assignment.asked.notebook,
        tuple(code_of(cells, assignment.asked.notebook)),
        assignment.prerequisites(),
        {name: records.seed(student, name) for name in exercises},
    )


def _without_time(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts as they are whenever they are reached: another run takes another time."""
    return tuple(replace(verdict, seconds=0.0) for verdict in verdicts)


def key_of(facts: dict[str, Any]) -> str:
    """Return a digest of facts."""
    return digest([json.dumps(facts, sort_keys=True)])


def notebook_in(folder: Path, name: str) -> Path:
    """Return the notebook of a submission: by its name, else the only one.

    Raises:
        InputError: there is none, or several of other names.
    """
    path = folder / f"{name}.ipynb"
    if path.is_file():
        return path
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: a notebook is graded in a folder of its student's.")
    files = [other for other in sorted(folder.iterdir()) if not other.name.startswith(".")]
    found = [other for other in files if IS_NOTEBOOK.search(other.name)]
    if len(found) == 1:
        return found[0]
    names = [ascii(other.name)[1:-1] for other in found or files]
    there = f"{'' if found else 'no notebook, and '}{', '.join(names[:_MOST_NAMES]) or 'nothing else'}"
    raise InputError(f"there is no {path.name} in what was handed in, but {there}.")
