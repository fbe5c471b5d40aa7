"""What a class handed in, from a learning platform into the course folder."""

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.assignment import Assignment, require_of
from autograder.grading.submission import MOST_BYTES, read
from captioning.errors import InputError
from captioning.files import atomic_write

# "Ada Lovelace_123_assignsubmission_file/10_lstm.ipynb", or with "_" in place of the folder.
_MOODLE = re.compile(r"(?:.*/)?(?P<name>[^/_]+)_(?P<number>\d+)_assignsubmission_file_?[/_]?(?P<file>[^/]+)")
# "lovelaceada_LATE_123_4567_10_lstm-1.ipynb": the number of an attempt comes last.
_CANVAS = re.compile(r"(?:.*/)?(?P<name>[^/_]+)(?:_LATE)?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")


@dataclass(frozen=True)
class Student:
    """Somebody in the gradebook.

    Attributes:
        id: there.
        first, last: names, "" where there are none.
        number: on the learning platform, "" where it is not known.
    """

    id: str
    first: str
    last: str
    number: str


@dataclass(frozen=True)
class Found:
    """A notebook that was handed in.

    Attributes:
        who: as the platform or the folder calls them.
        number: of theirs on the platform, "" if it does not say.
        title: of the file.
        content: of the file; None if it is too large.
    """

    who: str
    number: str
    title: str
    content: bytes | None


@dataclass(frozen=True)
class Collected:
    """What became of a notebook.

    Attributes:
        who: handed it in.
        student: in the gradebook, "" if nobody there is called so.
        problem: why it was left out, else "".
    """

    who: str
    student: str
    problem: str = ""


def found_in(source: Path) -> Iterator[Found]:
    """Yield the notebooks in a platform's archive, or in a folder with a folder for each student.

    Raises:
        InputError: it is neither.
    """
    if source.is_dir():
        for path in sorted(source.glob("*/**/*.ipynb")):
            inside = path.relative_to(source)
            if not (path.is_symlink() or any(part.startswith(".") for part in inside.parts)):
                content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
                yield Found(inside.parts[0], "", path.name, content)
        return
    try:
        with zipfile.ZipFile(source) as archive:
            yield from _in_archive(archive)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{source} is neither a folder nor a ZIP archive ({error}).") from error


def _in_archive(archive: zipfile.ZipFile) -> Iterator[Found]:
    for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
        if not entry.filename.endswith(".ipynb"):
            continue
        named = _MOODLE.fullmatch(entry.filename) or _CANVAS.fullmatch(entry.filename)
        who = named["name"] if named else Path(entry.filename).parts[0]
        with archive.open(entry) as file:
            # What an archive says of a size need not be so.
            content = file.read(MOST_BYTES + 1)
        title = named["file"] if named else Path(entry.filename).name
        number = named["number"] if named and "_assignsubmission_" not in entry.filename else ""
        yield Found(who, number, title, content if len(content) <= MOST_BYTES else None)


def collect(
    found: Iterable[Found],
    students: Iterable[Student],
    assignment: Assignment,
    submitted: Path,
    *,
    replace: bool,
) -> list[Collected]:
    """Put notebooks where they are graded; of several of a student's that of the latest attempt.

    Args:
        found: what was handed in.
        students: in the gradebook.
        assignment: that it is for; a notebook of another is left out.
        submitted: a folder for each student, with one for the assignment in it.
        replace: whether what was collected before makes room.

    Returns:
        What became of each, ordered by who handed it in.
    """
    known = list(students)
    results = []
    for item in sorted(found, key=lambda item: (item.who, _attempt(item.title))):
        student = _student_of(item, known)
        if student is None:
            results.append(Collected(item.who, "", "nobody in the gradebook is called so"))
            continue
        path = submitted / student.id / assignment.name / f"{assignment.name}.ipynb"
        is_later = any(done.student == student.id and not done.problem for done in results)
        problem = _put(item, path, assignment, replace=replace or is_later)
        results.append(Collected(item.who, student.id, problem))
    return results


def newcomers(found: Iterable[Found], students: Iterable[Student]) -> list[Student]:
    """Return students whom the gradebook does not know, by what they are called; a path is not a name."""
    known = list(students)
    names = sorted({item.who for item in found if _student_of(item, known) is None})
    return [Student(name, "", "", "") for name in names if re.fullmatch(r"[\w][\w .@'-]*", name)]


def _put(item: Found, path: Path, assignment: Assignment, *, replace: bool) -> str:
    """Write a notebook; return why it was not written, "" if it was, or is there already."""
    if item.content is None:
        return f"{item.title} is larger than the {MOST_BYTES / 1e6:.0f} MB that are read"
    if path.exists() and path.read_bytes() == item.content:
        return ""
    if path.exists() and not replace:
        return f"another notebook of theirs is there already, {path}; --replace takes this one"
    try:
        with atomic_write(path) as temporary:
            temporary.write_bytes(item.content)
            require_of(assignment, read(temporary))
    except InputError as error:
        return str(error).replace(f"{path.parent}/", "")
    return ""


def _attempt(title: str) -> tuple[int, str]:
    number = re.search(r"-(\d+)\.ipynb$", title)
    return (int(number[1]) if number else 0), title


def _student_of(item: Found, students: list[Student]) -> Student | None:
    """Return who handed something in: by the id, the number, or a name that one student alone has."""
    for student in students:
        if item.who == student.id or (item.number and item.number == student.number):
            return student
    who = _plain(item.who)
    same = [
        student
        for student in students
        if student.last
        and who in {_plain(student.first + student.last), _plain(student.last + student.first)}
    ]
    return same[0] if len(same) == 1 else None


def _plain(name: str) -> str:
    """Return a name without accents, spaces and capitals, as platforms write it in names of files."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
