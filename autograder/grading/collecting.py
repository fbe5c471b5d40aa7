"""What a class handed in, from a learning platform into the course folder.

Who handed something in is what the platform says in the leftmost part of a path; all to the right of it, the
names of folders and files, a student has chosen.
"""

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath

from autograder.grading.assignment import Assignment, require_of
from autograder.grading.submission import IS_NOTEBOOK, MOST_BYTES, read
from captioning.errors import InputError
from captioning.files import atomic_write

# "Ada Lovelace_123_assignsubmission_file", a folder, or with "_10_lstm.ipynb" after it.
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_file_?(?P<file>.*)")
# "lovelaceada_LATE_123_4567_10_lstm-1.ipynb": the number of an attempt comes last.
_CANVAS = re.compile(r"(?P<name>[^_]+)(?:_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
# What operating systems and Jupyter put beside a notebook.
_BESIDE = "__MACOSX"


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
        read: returns its content, None if it is too large; raises ``InputError`` if it is damaged.
        apart: what tells two of one name apart.
    """

    who: str
    number: str
    title: str
    read: Callable[[], bytes | None]
    apart: str = ""


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


@contextmanager
def found_in(source: Path) -> Iterator[list[Found]]:
    """Give the notebooks in a platform's archive, or in a folder with a folder for each student.

    They are read one by one, as long as the archive is open.

    Raises:
        InputError: it is neither.
    """
    if source.is_dir():
        yield [
            Found(path.relative_to(source).parts[0], "", path.name, partial(_content_of, path))
            for path in sorted(source.glob("*/**/*"))
            if not path.is_symlink() and path.is_file() and _is_handed_in(path.relative_to(source).parts)
        ]
        return
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{source} is neither a folder nor a ZIP archive ({error}).") from error
    with archive:
        yield list(_in_archive(archive))


def _is_handed_in(parts: tuple[str, ...]) -> bool:
    hidden = any((part.startswith(".") and part != "..") or part == _BESIDE for part in parts)
    return not hidden and bool(IS_NOTEBOOK.search(parts[-1]))


def _content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.stat().st_size <= MOST_BYTES else None


def _in_archive(archive: zipfile.ZipFile) -> Iterator[Found]:
    entries = {
        entry: PurePosixPath(entry.filename).parts
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename)
        if not entry.is_dir()
    }
    entries = {entry: parts for entry, parts in entries.items() if parts and _is_handed_in(parts)}
    # A folder around all of them is nobody's; the part after it is the platform's, or a student's folder.
    levels = zip(*(parts[:-1] for parts in entries.values()), strict=False)
    depth = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    for entry, parts in entries.items():
        content = partial(_content_in, archive, entry)
        for platform in (_MOODLE, _CANVAS):
            named = next(filter(None, map(platform.fullmatch, parts[: depth + 1])), None)
            if named:
                number = named["number"] if platform is _CANVAS else ""
                title = named["file"] if named.string == parts[-1] else parts[-1]
                yield Found(named["name"], number, title, content, named["number"])
                break
        else:
            who = parts[depth] if depth < len(parts) - 1 else parts[0]
            yield Found(who, "", parts[-1], content)


def _content_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    try:
        with archive.open(entry) as file:
            # What an archive says of a size need not be so.
            content = file.read(MOST_BYTES + 1)
    # It is damaged, has a password, or is packed in a way that Python does not know.
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, zlib.error) as error:
        raise InputError(f"{entry.filename} cannot be unpacked ({error}).") from error
    return content if len(content) <= MOST_BYTES else None


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
    known, items = list(students), list(found)
    senders: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        student = _student_of(item, known)
        if student is not None:
            senders.setdefault(student.id, set()).add((item.who, item.apart))
    results = []
    for item in sorted(items, key=lambda item: (item.who, item.apart, _attempt(item.title))):
        student = _student_of(item, known)
        if student is None:
            results.append(Collected(item.who, "", "nobody in the gradebook is called so"))
            continue
        if len(senders[student.id]) > 1:
            # A name can be chosen on some platforms: one of them may be somebody else.
            sentence = (
                f"{len(senders[student.id])} people on the platform seem to be {student.id}. Put the right "
                f"notebook into {submitted / student.id / assignment.name}; with their numbers on the "
                "platform in the gradebook (lms_user_id) they are told apart."
            )
            results.append(Collected(item.who, student.id, sentence))
            continue
        path = submitted / student.id / assignment.name / f"{assignment.name}.ipynb"
        is_later = any(done.student == student.id and not done.problem for done in results)
        problem = _put(item, path, assignment, replace=replace or is_later)
        results.append(Collected(item.who, student.id, problem))
    return results


def newcomers(found: Iterable[Found], students: Iterable[Student]) -> list[Student]:
    """Return students whom the gradebook does not know, by what they are called; a path is not a name."""
    known = list(students)
    unknown = [item for item in found if item.who != item.title and _student_of(item, known) is None]
    names = sorted({item.who for item in unknown})
    return [Student(name, "", "", "") for name in names if re.fullmatch(r"[\w][\w .@'-]*", name)]


def _put(item: Found, path: Path, assignment: Assignment, *, replace: bool) -> str:
    """Write a notebook; return why it was not written, "" if it was, or is there already."""
    try:
        content = item.read()
        if content is None:
            return f"{item.title} is larger than the {MOST_BYTES / 1e6:.0f} MB that are read"
        if path.exists() and path.read_bytes() == content:
            return ""
        if path.exists() and not replace:
            return f"another notebook of theirs is there already, {path}; --replace takes this one"
        with atomic_write(path) as temporary:
            temporary.write_bytes(content)
            require_of(assignment, read(temporary))
    except InputError as error:
        return str(error).replace(f"{path.parent}/", "")
    return ""


def _attempt(title: str) -> tuple[int, str]:
    number = re.search(r"-(\d+)\.ipynb", title)
    return (int(number[1]) if number else 0), title


def _student_of(item: Found, students: list[Student]) -> Student | None:
    """Return who handed something in: by the number, the id, or a name that one student alone has.

    A number is the platform's own; a name a student may have chosen, so it is nobody's who has another
    number.
    """
    if item.number:
        for student in students:
            if item.number == student.number:
                return student
    possible = [student for student in students if not (item.number and student.number)]
    for student in possible:
        if unicodedata.normalize("NFC", item.who) == unicodedata.normalize("NFC", student.id):
            return student
    who = _plain(item.who)
    same = [
        student
        for student in possible
        if student.last
        and who in {_plain(student.first + student.last), _plain(student.last + student.first)}
    ]
    return same[0] if len(same) == 1 else None


def _plain(name: str) -> str:
    """Return a name without accents, spaces and capitals, as platforms write it in names of files."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
