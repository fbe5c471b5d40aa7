"""The student's library: the answers that passed their check, a file each, in the folder of the course.

The folder is called ``my_layers``. It is

1. ``$CAPTIONING_LIBRARY`` where that is set (and no library at all where it is set to nothing);
2. else the nearest folder ``my_layers`` at or above the working folder, so every chapter of a course finds
   the same one, and two courses have two. A course ends at the folder that `captioning start` made;
3. else there is none yet. The first answer that passes makes one beside the chapters. Where the reference
   can be imported and no course was started it does not: who works on the project shall not run other layers
   by chance.

It is not in ``$CAPTIONING_HOME``, which is a cache that all courses share: answers do not belong in a cache.

A file is a module that stands alone. Its first line says for which exercises it passed and holds a digest of
the rest, so that an edited file is told from one that passed.
"""

import hashlib
import importlib.util
import inspect
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captioning.answers.loading import load_module
from captioning.answers.sources import bundle, definition, method_sources
from captioning.answers.state import FILE, changing_state
from captioning.files import atomic_write, exclusive
from captioning.source.text import read_text

FOLDER = "my_layers"
# What `captioning start` leaves in the folder that it makes; see ``captioning.course.folder``.
RECORD = ".captioning.json"
VARIABLE = "CAPTIONING_LIBRARY"
WAIT_SECONDS = 10  # for another process that saves an answer
DRIVE = "/content/drive"  # where Colab shows what its user keeps at Google's
_MARK = "# captioning check: "
_here: ContextVar[Path | None] = ContextVar("here", default=None)


@dataclass(frozen=True)
class Saved:
    """An answer that passed.

    Attributes:
        name: of the function or class.
        path: its file.
        digest: of the source.
        exercises: what it passed, with a digest each of what was asked of it: the function or a method.
        forward: for a backward function: the forward function that made its cache, with its digest ("" for
            one that is not the student's).
        partners: the functions that share a cache with it.
        checked: when, in UTC.
        open: the exercises of which the arithmetic is right, and something of the contract is left.
        problem: why it does not count, whatever the other answers are; "" if it does.
    """

    name: str
    path: Path
    digest: str
    exercises: dict[str, str]
    forward: dict[str, str] = field(default_factory=dict)
    partners: tuple[str, ...] = ()
    checked: str = ""
    open: tuple[str, ...] = ()
    problem: str = ""


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Find library and prerequisites as a notebook in this folder would."""
    token = _here.set(folder.resolve())
    try:
        yield
    finally:
        _here.reset(token)


def working_folder() -> Path:
    """Return the folder of the notebook: the current one, unless ``working_in`` says another."""
    return _here.get() or Path.cwd()


def library_folder() -> Path | None:
    """Return the library that is used, None if there is none."""
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE]) if os.environ[VARIABLE] else None
    here, course = working_folder(), course_folder()
    inside = (at for at in (here, *here.parents) if course is None or at.is_relative_to(course))
    return next((at / FOLDER for at in inside if (at / FOLDER).is_dir()), None)


def course_folder() -> Path | None:
    """Return the folder that `captioning start` made, at or above the working folder, or None."""
    here = working_folder()
    return next((at for at in (here, *here.parents) if (at / RECORD).is_file()), None)


def is_checkout() -> bool:
    """Tell whether the reference layers can be imported."""
    return importlib.util.find_spec("solutions") is not None


def keeping_folder() -> Path | None:
    """Return the library that is used, or the one to be made; None where answers are not kept."""
    folder = library_folder()
    if folder is not None or VARIABLE in os.environ:
        return folder
    here, course = working_folder(), course_folder()
    if course is not None:
        return course / FOLDER
    if is_checkout():
        return None
    is_chapter = re.match(r"\d\d_", here.name)
    return (here.parent if is_chapter else here) / FOLDER


def borrow(names: Iterable[str]) -> Path | None:
    """Let the course's own version of layers run until the student's own passes; return the library.

    Returns:
        None where no answers are kept; nothing is borrowed then.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = keeping_folder()
    if folder is not None:
        with changing_state(folder) as state:
            state.borrowed |= set(names)
    return folder


def why_not_kept() -> str:
    """Say why no answers are kept here; "" where they are, and where $CAPTIONING_LIBRARY asks for it."""
    if VARIABLE in os.environ or keeping_folder() is not None:
        return ""
    return (
        f"Not saved: {working_folder()} is in no folder that `captioning start` made, and the reference is "
        "installed here, which then serves later chapters. `captioning start my-course` makes one."
    )


def why_not_to_last() -> str:
    """Say where answers are kept on a machine that is lent for some hours, and how to keep them; else ""."""
    folder = keeping_folder()
    if folder is None:
        return ""
    if "COLAB_RELEASE_TAG" in os.environ and not folder.resolve().is_relative_to(DRIVE):
        return (
            " It will not last: Colab deletes this machine some hours after you have left. In Drive answers "
            f"last. Run `from google.colab import drive; drive.mount('{DRIVE}')`, then "
            f"`%cd {DRIVE}/MyDrive`, and check again."
        )
    if "BINDER_LAUNCH_HOST" in os.environ:
        return (
            f" It will not last: Binder deletes this machine when you leave. Download the folder {FOLDER}, "
            "and your notebooks, before."
        )
    return ""


def save_answer(
    thing: Any,
    exercise: str,
    *,
    forward: Mapping[str, Any] | None = None,
    partners: Iterable[str] = (),
    accept: Callable[[Any], None] = lambda loaded: None,
    is_open: bool = False,
) -> Path | None:
    """Save a function or class that passed, with all that it uses; return its file.

    Args:
        thing: the function; for a method the class that has it.
        exercise: what it passed.
        forward: for a backward function the forward function that made its cache, by name; None for one
            that is not the student's.
        partners: the functions that share a cache with it.
        accept: is given what was loaded again from what is to be saved; what it raises, nothing is saved
            after.
        is_open: whether only its arithmetic is right, and something of the contract is left.

    Returns:
        None where no answers are kept; see ``why_not_kept``.

    Raises:
        InputError: it uses what cannot be saved, what is to be saved cannot be loaded, or the folder cannot
            be written.
    """
    folder = keeping_folder()
    if folder is None:
        return None
    thing = thing if isinstance(thing, type) else inspect.unwrap(thing)
    name = thing.__name__
    body = bundle(thing)
    path = folder / f"{name}.py"
    passed = {exercise: _digest_of(thing, exercise, body)}
    made_with = {
        other: "" if function is None else digest(bundle(function))
        for other, function in (forward or {}).items()
    }
    are_open = {exercise} if is_open else set()
    with exclusive(folder, wait=WAIT_SECONDS):
        before = saved_answer(folder, name) if path.is_file() else None
        if before is not None and not before.problem:
            # What else the class passed still counts where that method was not touched.
            passed = {
                other: digest
                for other, digest in before.exercises.items()
                if digest == _digest_of(thing, other, body)
            } | passed
            are_open |= {other for other in before.open if other in passed and other != exercise}
        with atomic_write(path) as temporary:
            answer = Saved(
                name,
                temporary,
                digest(body),
                passed,
                made_with,
                tuple(partners),
                open=tuple(sorted(are_open)),
            )
            _write(answer, body)
            accept(getattr(load_module(temporary), name))
    return path


def _write(answer: Saved, body: str) -> None:
    header = {
        "digest": answer.digest,
        "exercises": dict(sorted(answer.exercises.items())),
        "forward": answer.forward,
        "partners": sorted(answer.partners),
        "checked": datetime.now(UTC).isoformat(timespec="seconds"),
        "open": sorted(answer.open),
    }
    answer.path.write_text(f"{_MARK}{json.dumps(header)}\n{body}", encoding="utf-8")


def renew_forward(answer: Saved, name: str, forward: Saved) -> None:
    """Note that a saved backward function passed with another forward function than before."""
    with exclusive(answer.path.parent, wait=WAIT_SECONDS), atomic_write(answer.path) as temporary:
        body = read_text(answer.path).partition("\n")[2]
        _write(replace(answer, path=temporary, forward=answer.forward | {name: forward.digest}), body)


def digest(text: str) -> str:
    """Return a short digest of a source."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest_of(thing: Any, exercise: str, body: str) -> str:
    name, _, method = exercise.partition(".")
    return digest(method_sources(definition(thing), name).get(method, "") if method else body)


def edit_answers(folder: Path | None, edit: Callable[[str], str]) -> dict[Path, str]:
    """Return the text of saved answers with their source edited, by file; what does not change is left out.

    Every digest of a source is renewed with it, so an answer that counted counts still, and no other.
    """
    answers = {path: parts for path in _files(folder) if (parts := _parts(path)) is not None}
    edited = {path: edit(body) for path, (_, body) in answers.items()}
    renewed: dict[str, str] = {}
    for path, (_, body) in answers.items():
        after = _digests(edited[path], path.stem)
        renewed |= {old: after[part] for part, old in _digests(body, path.stem).items() if part in after}
    texts = {}
    for path, (first, body) in answers.items():
        line = re.sub(r'"([0-9a-f]{16})"', lambda match: f'"{renewed.get(match[1], match[1])}"', first)
        if (line, edited[path]) != (first, body):
            texts[path] = f"{line}\n{edited[path]}"
    return texts


def _parts(path: Path) -> tuple[str, str] | None:
    """Return the first line and the source of a saved answer; None for another file, or a damaged one."""
    answer = saved_answer(path.parent, path.stem)
    if answer is None or not answer.digest:
        return None
    first, _, body = path.read_bytes().decode("utf-8-sig", "replace").partition("\n")
    # What is not UTF-8 would be written back as something else.
    return None if "\ufffd" in body else (first.removesuffix("\r"), body.replace("\r\n", "\n"))


def _digests(body: str, name: str) -> dict[str, str]:
    """Return the digests of a saved source: of the whole, and of the methods if it is a class."""
    return {"": digest(body)} | {method: digest(text) for method, text in method_sources(body, name).items()}


def saved_answer(folder: Path, name: str) -> Saved | None:
    """Read an answer; None if the file is not one that a check wrote.

    One that cannot be read, or whose first line is damaged, is an answer to nothing, with a ``problem``.
    """
    path = folder / f"{name}.py"
    try:
        first, _, body = path.read_text(encoding="utf-8-sig", errors="replace").partition("\n")
    except OSError as error:
        return Saved(name, path, "", {}, problem=f"{path} cannot be read ({error.strerror})")
    if not first.startswith(_MARK):
        return None
    try:
        header = json.loads(first.removeprefix(_MARK))
        return Saved(
            name,
            path,
            header["digest"],
            dict(header["exercises"]),
            dict(header["forward"]),
            tuple(header["partners"]),
            header["checked"],
            tuple(header.get("open", ())),  # older files say nothing of it
            "" if digest(body) == header["digest"] else f"{path} was changed after its check",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = f"{path}: its first line is damaged, so it does not say what it passed"
        return Saved(name, path, "", {}, problem=problem)


def saved_answers(folder: Path | None) -> dict[str, Saved]:
    """Read all answers of a library, by name."""
    found = (saved_answer(path.parent, path.stem) for path in _files(folder))
    return {answer.name: answer for answer in found if answer is not None}


def complaint(answer: Saved, answers: dict[str, Saved]) -> str:
    """Return why an answer must be checked again before it counts; "" if it counts."""
    if answer.problem:
        return answer.problem
    for name, expected in answer.forward.items():
        if name in answers and answers[name].digest != expected:
            return f"{answer.name} was checked with another {name} than the one that is saved now"
    return ""


def is_complete(answer: Saved, answers: dict[str, Saved]) -> bool:
    """Tell whether all who share a cache with an answer have passed too."""
    others = {*answer.partners, *answer.forward}
    return all(other in answers and not complaint(answers[other], answers) for other in others)


def stamp(folder: Path | None) -> tuple[Any, ...]:
    """Return something that changes when a file of a folder does."""
    state = [folder / FILE] if folder is not None and (folder / FILE).is_file() else []
    files = [(path.name, path.stat()) for path in [*_files(folder), *state]]
    return tuple((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in files)


def _files(folder: Path | None) -> list[Path]:
    """Return the modules of a folder, without what editors and systems put beside them."""
    paths = sorted(folder.glob("*.py")) if folder is not None and folder.is_dir() else []
    return [path for path in paths if not path.name.startswith(".") and path.is_file()]
