"""A file of layers as a module, and what is in it."""

import ast
import linecache
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from captioning.errors import InputError
from captioning.source.code import parse
from captioning.source.names import bound
from captioning.source.text import read_text

LAYERS = "captioning.layers"
# Modules that were read from a file by ``load_module`` are named so: their names are served by LAYERS.
LOADED = "captioning_layers."


def load_module(path: Path, source: str = LAYERS) -> ModuleType:
    """Run a file of layers as a module; what it imports from ``solutions`` comes from ``captioning.layers``.

    So a model that was given uses the student's cells.

    Args:
        path: the file.
        source: another module than ``captioning.layers``.

    Raises:
        InputError: the file is not Python, or imports what is not there.
    """
    tree = parse(read_text(path), str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions."):
            node.module = source
    name = f"{LOADED}{path.parent.name}.{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    # Some of the standard library, such as dataclasses, looks a class's module up there.
    sys.modules[name] = module
    linecache.checkcache(str(path))
    try:
        exec(compile(tree, str(path), "exec"), vars(module))
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        what = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise InputError(
            f"{path} cannot be loaded: {what}. Define what it needs in the notebook, or install it, and "
            f"check {path.stem} again."
        ) from error
    return module


def public_names(path: Path) -> frozenset[str]:
    """Return what a module defines, without running it: functions, classes and constants.

    Raises:
        InputError: the file is not Python.
    """
    file = path.stat()
    return _public_names(path, (file.st_mtime_ns, file.st_size, file.st_ino))


@cache
def _public_names(path: Path, _stamp: tuple[int, ...]) -> frozenset[str]:
    """Read the names of a file, once for each state of it: all modules are asked when an answer is saved."""
    statements = parse(read_text(path), str(path)).body
    own = (node for node in statements if not isinstance(node, ast.Import | ast.ImportFrom))
    return frozenset(name for node in own for name in bound(node) if not name.startswith("_"))
