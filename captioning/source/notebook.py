"""The cells of a notebook, nbformat 3 to 4.5, whether or not it keeps to its schema."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from captioning.errors import InputError
from captioning.source.text import conflict, read_text


@dataclass(frozen=True)
class Cell:
    r"""A cell.

    Attributes:
        number: counted from 1, Markdown too.
        kind: "code", "markdown" or "raw"; in nbformat 3 also "heading".
        source: its text; lines end in ``\n``.
        metadata: what Jupyter and nbgrader keep with it.
        attachments: pictures that were put into its text, by name, as the file has them.
    """

    number: int
    kind: str
    source: str
    metadata: dict[str, Any]
    attachments: dict[str, Any] = field(default_factory=dict)


def read_cells(path: Path) -> list[Cell]:
    """Return the cells of a notebook.

    Raises:
        InputError: as ``load_notebook``; or a cell is damaged.
    """
    cells = []
    for number, cell in enumerate(raw_cells(load_notebook(path)), 1):
        kind, source = (cell.get("cell_type"), source_of(cell)) if isinstance(cell, dict) else (None, None)
        if not isinstance(kind, str) or source is None:
            raise InputError(
                f"{path} cell {number} is damaged: it has no type, or no text. Get the notebook again, from "
                "where it was, or from a backup."
            )
        metadata, attachments = (
            found if isinstance(found, dict) else {}
            for found in (cell.get("metadata"), cell.get("attachments"))
        )
        cells.append(Cell(number, kind, source, metadata, attachments))
    return cells


def load_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook as its JSON has it.

    Raises:
        InputError: it cannot be read, or is not a notebook; the message says what it is, and what to do.
    """
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path} is empty. Get the notebook again, from where it was, or from a backup.")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(conflict(text, str(path)) or _damage(path, text, error)) from error
    cells = notebook.get("cells", notebook.get("worksheets")) if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InputError(f"{path} is not a notebook: it is JSON, but has no cells.")
    return notebook


def _damage(path: Path, text: str, error: Exception) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return f"{path} is not a notebook that can be read ({error})."
    # What is cut off is missed where the text ends, in a string that never does, or in a half of a word.
    rest = text[error.pos :].rstrip()
    is_half = any(word.startswith(rest) for word in ("null", "true", "false", "-1"))
    if is_half or error.msg.startswith("Unterminated string"):
        what = f"it breaks off in line {error.lineno}, as after a full disk or half a download"
    else:
        what = f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})"
    return (
        f"{path} is not a notebook that can be read: {what}. Get it again, or take a backup; Jupyter keeps "
        "one in .ipynb_checkpoints."
    )


def raw_cells(notebook: dict[str, Any]) -> list[Any]:
    """Return the cells of a notebook as its JSON has them; nbformat 3 has them in worksheets."""
    if "cells" in notebook:
        return list(notebook["cells"])
    sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
    return [cell for sheet in sheets for cell in sheet.get("cells", [])]


def source_of(cell: dict[str, Any]) -> str | None:
    """Return the text of a cell of the JSON, None if it has none; the code of nbformat 3 is its input."""
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else None
