"""Notebooks as a student might hand them in: made of the reference, with an edit where one is wanted."""

import ast
import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from captioning.source.names import text_of
from coursebuilder.code import read_module

SOLUTIONS = Path(__file__).parents[1] / "solutions"
RELU = """
def relu_forward(x: "array") -> "array":
    return {maximum}(x, 0), x
"""


def cells_of(module: str) -> list[str]:
    """Return a module of ``solutions`` in cells: one for the imports, one for each definition."""
    source = read_module(SOLUTIONS / f"{module}.py").replace("from solutions.", "from @.")
    lines = source.splitlines(keepends=True)
    cells, imports = [], []
    for node in ast.parse(source.replace("from @.", "from solutions.")).body:
        text = text_of(node, lines).rstrip("\n")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions."):
            imports.append(f"from captioning.layers import {', '.join(alias.name for alias in node.names)}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(text)
        else:
            cells.append(text)
    return ["\n".join(imports), *cells]


def write_notebook(path: Path, cells: Iterable[str], edit: tuple[str, str] | None = None) -> Path:
    """Write a notebook; ``edit`` replaces a text that occurs once in all its cells."""
    sources = list(cells)
    if edit is not None:
        old, new = edit
        assert sum(source.count(old) for source in sources) == 1
        sources = [source.replace(old, new) for source in sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for source in sources
    ]
    notebook = {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def script(path: Path, source: str) -> Any:
    """Import a script; what stood under its name before is forgotten."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
