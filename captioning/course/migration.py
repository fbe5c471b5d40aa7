"""What a student has written, brought up to date with modules that have moved since."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from captioning.answers.library import edit_answers, library_folder, working_in
from captioning.course.folder import keep
from captioning.course.moved import MODULES, outdated, up_to_date
from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.source.notebook import load_notebook, raw_cells, source_of


@dataclass
class Renewed:
    """What became of imports from modules that have moved.

    Attributes:
        backups: the files that were rewritten, each with a copy of what it was.
        left: a sentence for each place that names such a module still.
    """

    backups: dict[Path, Path] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def renew_imports(folder: Path, chapters: Iterable[str]) -> Renewed:
    """Rewrite the imports in the code cells of chapters and in saved answers; nothing else of them changes.

    Args:
        folder: a student's folder; backups are kept there.
        chapters: their names.

    Raises:
        InputError: the folder cannot be written.
    """
    renewed = Renewed()
    texts: dict[Path, str] = {}
    for path in (folder / name / f"{name}.ipynb" for name in chapters):
        try:
            texts |= _renewed_notebook(path, renewed.left) if path.exists() else {}
        except InputError as error:
            renewed.left.append(str(error))
    with working_in(folder):
        texts |= edit_answers(library_folder(), _renewed_source)
    for path, text in texts.items():
        renewed.backups[path] = keep(folder, path)
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return renewed


def _renewed_notebook(path: Path, left: list[str]) -> dict[Path, str]:
    """Return a notebook's text with its imports renewed, by its path; nothing if that changes nothing."""
    notebook = load_notebook(path)
    is_changed = False
    for number, cell in enumerate(raw_cells(notebook), 1):
        source = source_of(cell) if isinstance(cell, dict) and cell.get("cell_type") == "code" else None
        if source is None:
            continue
        made = _renewed_source(source)
        if made != source:
            key = "source" if "source" in cell else "input"
            cell[key] = made.splitlines(keepends=True) if isinstance(cell[key], list) else made
            is_changed = True
        left += [
            f"{path} cell {number} still names {old}, which is {MODULES[old]} now: change it there by hand."
            for old in outdated(made)
        ]
    return {path: json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"} if is_changed else {}


def _renewed_source(source: str) -> str:
    try:
        return up_to_date(source)
    except InputError:  # it is not Python yet: what it still names is told
        return source
