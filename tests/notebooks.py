"""Notebooks that somebody hands in: right ones, made of the reference, and what becomes of them."""

import ast
import importlib
import inspect
import re
import shutil
from pathlib import Path

from captioning.source.names import text_of

# Attacks stand in a chapter of four functions.
CHAPTER, MODULE = 9, "solutions.rnn"
FUNCTIONS = ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward")


def right_cells(module: str = MODULE) -> list[str]:
    """Return the reference's code as the cells of a notebook: imports, then a definition each."""
    source = inspect.getsource(importlib.import_module(module))
    source = re.sub(r"from solutions\.\w+ import", "from captioning.layers import", source)
    lines = source.splitlines(keepends=True)
    nodes = ast.parse(source).body
    imports = [text_of(node, lines) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    definitions = [text_of(node, lines) for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    constants = [text_of(node, lines) for node in nodes if isinstance(node, ast.Assign)]
    return ["".join(imports + constants), *definitions]


def stubs(names: tuple[str, ...] = FUNCTIONS) -> list[str]:
    """Return cells as they are released."""
    return [
        f'def {name}(*arguments):\n    raise NotImplementedError("{name} is yours to write")\n'
        for name in names
    ]


def submit(course: Path, name: str, student: str, source: Path) -> Path:
    """Hand in a folder as a student's submission; return where it is."""
    return Path(shutil.copytree(source, course / "submitted" / student / name))
