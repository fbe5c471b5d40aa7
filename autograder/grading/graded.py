"""What became of a submission, and where it is kept, so that nothing is computed twice."""

import contextlib
import hashlib
import hmac
import json
import os
import platform
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.grading.assignment import Assignment, grade_id, require_of
from autograder.grading.runtime import ROOT
from autograder.grading.submission import code_of, read, verdicts
from autograder.judge.render import as_json, from_json
from autograder.judge.verdict import Verdict
from captioning.errors import InputError
from captioning.files import write_text
from captioning.source.notebook import Cell

FOLDER = ".captioning"


@dataclass(frozen=True)
class Graded:
    """A submission with its verdicts.

    Attributes:
        student: who handed it in.
        cells: of the notebook, outputs left out.
        verdicts: one for each exercise.
        facts: all that they depend on, most of it as digests.
    """

    student: str
    cells: list[Cell]
    verdicts: tuple[Verdict, ...]
    facts: dict[str, Any]

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

    def keep(self, graded: Graded) -> None:
        """Keep verdicts, with what they depend on."""
        said = {**graded.facts, "verdicts": [as_json(verdict) for verdict in graded.verdicts]}
        write_text(self._path(graded.key), json.dumps(said, indent=1, sort_keys=True) + "\n")

    def _path(self, key: str) -> Path:
        return self.folder / "verdicts" / key[:2] / f"{key}.json"


def grade_submission(
    assignment: Assignment, student: str, path: Path, isolation: str, records: Records
) -> Graded:
    """Reach the verdicts on a submission, or take those that are kept.

    Raises:
        InputError: the notebook cannot be read, or is of another assignment; there can be no worker.
    """
    cells = read(path)
    require_of(assignment, cells)
    code = code_of(cells, assignment.asked.notebook)
    facts = {
        "student": student,
        "assignment": assignment.name,
        "notebook": digest(cell.source for cell in code),
        "words": digest(f"{grade_id(cell)}\n{cell.source}" for cell in cells if cell.kind != "code"),
        "checks": checks_key(),
        "prerequisites": digest(_texts(assignment.asked.prerequisites)),
        "course": digest([records.course_key().hex()]),
        "isolation": isolation,
        "versions": [platform.python_version(), np.__version__, platform.machine()],
    }
    graded = Graded(student, cells, (), facts)
    kept = records.kept(graded.key)
    if kept is not None:
        return replace(graded, verdicts=kept)
    found = verdicts(isolation, code, assignment.asked, lambda name: records.seed(student, name))
    # Another run takes another time; what is made of this shall be the same.
    graded = replace(graded, verdicts=tuple(replace(verdict, seconds=0.0) for verdict in found))
    records.keep(graded)
    return graded


def verdict_again(
    assignment: Assignment, student: str, exercise: str, path: Path, isolation: str, records: Records
) -> Verdict:
    """Reach the verdict on one answer, whatever is kept.

    Raises:
        InputError: as ``grade_submission``.
    """
    asked = replace(
        assignment.asked, exercises=tuple(e for e in assignment.asked.exercises if e.name == exercise)
    )
    code = code_of(read(path), assignment.asked.notebook)
    (verdict,) = verdicts(isolation, code, asked, lambda name: records.seed(student, name))
    return replace(verdict, seconds=0.0)


def key_of(facts: dict[str, Any]) -> str:
    """Return a digest of facts."""
    return digest([json.dumps(facts, sort_keys=True)])


def digest(texts: Iterable[str]) -> str:
    """Return one digest of texts."""
    found = hashlib.sha256()
    for text in texts:
        found.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return found.hexdigest()


@cache
def checks_key() -> str:
    """Return a digest of all that a verdict is reached by: the checks, the reference, the mistakes."""
    rooms = ("autograder", "solutions", "captioning/answers", "captioning/source")
    files = sorted(
        path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".bpf"}
    )
    return digest(f"{path.relative_to(ROOT)} {path.read_bytes().hex()}" for path in files)


def _texts(folder: Path) -> Sequence[str]:
    return [f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in sorted(folder.glob("*.py"))]


def notebook_in(folder: Path, name: str) -> Path:
    """Return the notebook of a submission: by its name, else the only one.

    Raises:
        InputError: there is none, or several of other names.
    """
    path = folder / f"{name}.ipynb"
    if path.is_file():
        return path
    found = [other for other in sorted(folder.glob("*.ipynb")) if not other.name.startswith(".")]
    if len(found) == 1:
        return found[0]
    there = ", ".join(other.name for other in found) or "no notebook"
    raise InputError(f"there is no {path.name} in what was handed in, but {there}.")
