"""A newer version of a chapter around what a student has written in the older one.

Cells are known by their ids. The record of the folder keeps a digest of each as it was delivered, so that
what the student changed or added is told from what only the course has changed.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from captioning.source.notebook import load_notebook, raw_cells, source_of

Notebook = dict[str, Any]


def cell_digests(path: Path) -> dict[str, str]:
    """Return a digest of each cell of a notebook by its id; of none where some have no id of their own.

    Raises:
        InputError: it cannot be read.
    """
    return {name: _digest(cell) for name, cell in _by_id(load_notebook(path)).items()}


def merged(mine: Path, new: Path, delivered: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Return a newer notebook with the cells that a student has changed or added.

    Args:
        mine: the student's notebook.
        new: the newer one.
        delivered: ``cell_digests`` of the one that the student began with.

    Returns:
        text: of the notebook.
        both: the ids of cells that both have changed: there the student's stands.

        None where cells cannot be told apart, because they have no ids.

    Raises:
        InputError: one of them cannot be read.
    """
    notebook, newer = load_notebook(mine), load_notebook(new)
    cells, new_cells = _by_id(notebook), _by_id(newer)
    if not (cells and new_cells and delivered):
        return None
    after: dict[str, list[Any]] = {"": []}
    at = ""
    for name, cell in cells.items():
        if name in new_cells:
            at = name
        elif _digest(cell) != delivered.get(name):
            after.setdefault(at, []).append(cell)
    made, both = after[""], []
    for name, cell in new_cells.items():
        own = cells.get(name)
        is_as_before = _digest(cell) == delivered.get(name)
        if own is None and is_as_before:
            continue  # the student removed it
        if own is not None and _digest(own) not in {_digest(cell), delivered.get(name)}:
            cell = own | {"metadata": cell["metadata"]}
            both += [] if is_as_before else [name]
        elif own is not None and _digest(own) == _digest(cell):
            cell = own | {"metadata": cell["metadata"]}  # with its outputs
        made += [cell, *after.get(name, [])]
    text = json.dumps(notebook | {"cells": made}, indent=1, ensure_ascii=False)
    return f"{text}\n", both


def _by_id(notebook: Notebook) -> dict[str, Any]:
    cells = list(raw_cells(notebook))
    names = [cell.get("id") if isinstance(cell, dict) else None for cell in cells]
    known = [name for name in names if isinstance(name, str)]
    return dict(zip(known, cells, strict=True)) if len(set(known)) == len(cells) else {}


def _digest(cell: Any) -> str:
    content = json.dumps([cell.get("cell_type"), source_of(cell)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
