"""A student's folder: chapters and prerequisites copied from the starter, never over what was changed.

``.captioning.json`` in the folder keeps what each file was when it was copied, so that a file that nobody
changed can be told from one that holds work. Of a notebook only the sources of its cells count, and what
nbgrader keeps with them: one that was merely run is not changed.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from captioning.answers.library import RECORD
from captioning.course.merging import cell_digests, merged
from captioning.errors import InputError
from captioning.files import atomic_write, exclusive, write_text
from captioning.layers import PREREQUISITES
from captioning.source.notebook import read_cells

BACKUPS = "backups"
START_HERE = "start_here.ipynb"
WAIT_SECONDS = 30  # for another process that copies chapters


@dataclass
class Copied:
    """What became of the files, as paths in the folder.

    Attributes:
        new: were not there.
        updated: were there as copied before, and a newer version has taken their place.
        merged: were changed, and have the newer version around the changes; each with the ids of the cells
            that both have changed, where what was there stands.
        kept: were changed, and are as they were, though there is a newer version.
        removed: are no longer of the course, and were as copied before.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    merged: dict[str, list[str]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass
class _Record:
    """What was copied into a folder.

    Attributes:
        files: the digest of each file.
        cells: of each notebook the digests of its cells; see ``captioning.course.merging``.
    """

    files: dict[str, str] = field(default_factory=dict)
    cells: dict[str, dict[str, str]] = field(default_factory=dict)

    def note(self, name: str, source: Path) -> None:
        """Note that a file was copied."""
        self.files[name] = file_digest(source)
        if source.suffix == ".ipynb":
            self.cells[name] = cell_digests(source)


def starter_folder() -> Path:
    """Return the starter: in a checkout at its top, in an installed course inside the package.

    Raises:
        InputError: it is at neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "starter", package / "starter"):
        if (folder / PREREQUISITES).is_dir():
            return folder
    raise InputError(
        "the starter is not there. In a checkout `make starter` makes it; else install the course again."
    )


def chapter_names(starter: Path) -> list[str]:
    """Return the names of the starter's chapters, in order."""
    return sorted(path.parent.name for path in starter.glob("[0-9][0-9]_*/*.ipynb"))


def of_every_folder(starter: Path) -> list[str]:
    """Return the chapters that a folder gets unasked: chapter 0, to play with."""
    return [name for name in chapter_names(starter) if name.startswith("00_")]


def chosen_chapters(starter: Path, asked: Iterable[str]) -> list[str]:
    """Return chapters by name or number, ``10_lstm``, ``10`` or ``lstm``; all if none is asked for.

    Raises:
        InputError: there is no such chapter.
    """
    names = chapter_names(starter)
    chosen = []
    for text in asked:
        wanted = text.lower().removesuffix("/")
        wanted = f"{int(wanted):02}" if wanted.isdecimal() else wanted
        found = [name for name in names if wanted in {name, name[:2], name[3:]}]
        if not found:
            raise InputError(f"there is no chapter {text!r}; there are {', '.join(names)}.")
        chosen += found
    return sorted(set(chosen)) or names


def copy_starter(folder: Path, chapters: Iterable[str], starter: Path) -> Copied:
    """Copy chapters and prerequisites into a folder; what was changed there stays as it is.

    With them come the notebooks that stand beside the chapters, and chapter 0.

    Args:
        folder: made if it is not there.
        chapters: their names.
        starter: where they come from.

    Raises:
        InputError: the folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; say the folder that the course is to go into.")
    copied = Copied()
    with exclusive(folder / RECORD, wait=WAIT_SECONDS):
        delivered = _read_record(folder)
        try:
            for name in _files(starter, chapters):
                _bring(name, starter, folder, delivered, copied)
            for name in [name for name in delivered.files if name.startswith(f"{PREREQUISITES}/")]:
                if not (starter / name).exists():
                    _remove(name, folder, delivered, copied)
        finally:  # after an interruption too, what is done can be told from what is changed
            _write_record(folder, delivered)
    return copied


def _bring(name: str, starter: Path, folder: Path, delivered: _Record, copied: Copied) -> None:
    """Copy one file unless it was changed; note in ``delivered`` and ``copied`` what was done."""
    source, target = starter / name, folder / name
    digest = file_digest(source)
    there = file_digest(target) if target.exists() else None
    if there not in {None, digest, delivered.files.get(name)}:
        if delivered.files.get(name) == digest:
            return
        if not _merge(name, source, folder, delivered, copied):
            copied.kept.append(name)
            return
    elif there != digest:
        _copy(source, target)
        (copied.new if there is None else copied.updated).append(name)
    delivered.note(name, source)


def _merge(name: str, source: Path, folder: Path, delivered: _Record, copied: Copied) -> bool:
    """Bring a newer notebook around a student's changes; tell whether that was possible."""
    try:
        result = merged(folder / name, source, delivered.cells.get(name, {}))
    except InputError:  # a damaged notebook stays as it is, and the student is told of the newer one
        return False
    if result is not None:
        keep(folder, folder / name)
        write_text(folder / name, result[0])
        copied.merged[name] = result[1]
    return result is not None


def _remove(name: str, folder: Path, delivered: _Record, copied: Copied) -> None:
    """Remove a prerequisite that another has replaced: what stands in it would be served as before."""
    digest = delivered.files.pop(name)
    if (folder / name).exists() and file_digest(folder / name) == digest:
        (folder / name).unlink()
        copied.removed.append(name)


def started_chapters(folder: Path) -> list[str]:
    """Return the chapters that a folder has.

    Raises:
        InputError: it is not a student's folder.
    """
    names = sorted(path.name for path in folder.glob("[0-9][0-9]_*") if path.is_dir())
    if not (folder / RECORD).is_file() or not names:
        raise InputError(
            f"{folder} is not a folder of the course: it has no {RECORD}. Run this in the folder that "
            "`captioning start` made, or name it with --folder."
        )
    return names


def reset_chapter(folder: Path, chapter: str, starter: Path) -> Path | None:
    """Give a chapter's notebook as it was at first; return the backup of what was there, None if nothing was.

    Raises:
        InputError: it is not a student's folder, or cannot be written.
    """
    started_chapters(folder)
    name = f"{chapter}/{chapter}.ipynb"
    backup = None
    with exclusive(folder / RECORD, wait=WAIT_SECONDS):
        if (folder / name).exists():
            backup = keep(folder, folder / name)
        _copy(starter / name, folder / name)
        delivered = _read_record(folder)
        delivered.note(name, starter / name)
        _write_record(folder, delivered)
    return backup


def keep(folder: Path, path: Path) -> Path:
    """Copy a file to the backups of a student's folder; return the copy."""
    backup = _free(folder / BACKUPS / datetime.now().strftime("%Y-%m-%d_%H%M%S") / path.name)
    _copy(path, backup)
    return backup


def _free(backup: Path) -> Path:
    """Return a path for a backup that none has yet, also for the second within a second."""
    places = (backup.with_name(f"{backup.stem}-{number}{backup.suffix}") for number in count(2))
    return next(place for place in chain([backup], places) if not place.exists())


def file_digest(path: Path) -> str:
    """Return a digest of a file; of a notebook that of its cells' sources, and of nbgrader's metadata."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = [[cell.kind, cell.source, cell.metadata.get("nbgrader")] for cell in read_cells(path)]
            content = json.dumps(cells, sort_keys=True).encode()
        except InputError:  # a damaged notebook is a changed one
            pass
    return hashlib.sha256(content).hexdigest()


def _files(starter: Path, chapters: Iterable[str]) -> Iterator[str]:
    yield from (path.name for path in sorted(starter.glob("*.ipynb")))
    for folder in (PREREQUISITES, *sorted({*of_every_folder(starter), *chapters})):
        for path in sorted((starter / folder).rglob("*")):
            name = path.relative_to(starter)
            is_cache = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
            if path.is_file() and not is_cache:
                yield name.as_posix()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as temporary:
        shutil.copyfile(source, temporary)


def _read_record(folder: Path) -> _Record:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return _Record(
            dict(record["files"]), {name: dict(ids) for name, ids in record.get("cells", {}).items()}
        )
    except FileNotFoundError:
        return _Record()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{folder / RECORD} is damaged ({error}). Remove it: then every file that differs counts as "
            "changed, and stays as it is."
        ) from error


def _write_record(folder: Path, delivered: _Record) -> None:
    write_text(folder / RECORD, json.dumps(vars(delivered), indent=1) + "\n")
