"""From a function in a notebook to a module that stands alone.

A saved answer must run in another chapter, on another day, so it takes along what it uses: imports, numbers,
and the helpers that were defined beside it.
"""

import __future__

import ast
import inspect
import linecache
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from captioning.answers.loading import LAYERS, LOADED
from captioning.errors import InputError
from captioning.source.code import parse
from captioning.source.names import first_line, flat, names_used, text_of

_MAX_CONSTANT = 1000


def definition(thing: Any) -> str:
    """Return the source of a function or class, decorators and all, from a file or a notebook's cell.

    ``inspect.getsource`` knows no class of a notebook: it looks for the file of ``__main__``.

    Raises:
        InputError: the source cannot be found, as for what was typed at a prompt.
    """
    code = _code(thing)
    files = [code.co_filename] if code is not None else _files_of(thing)
    for file in files:
        lines = linecache.getlines(file)
        for node in _definitions("".join(lines), thing.__name__):
            if code is None or first_line(node) <= code.co_firstlineno <= (node.end_lineno or 0):
                # As it stands: without its indentation, a text of several lines in it would be another.
                head = "if True:\n" if node.col_offset else ""
                return f"{head}{text_of(node, lines).rstrip()}\n"
    raise InputError(
        f"the source of {thing.__name__} cannot be found. Define it in a cell of a notebook or in a script, "
        "not inside another function and not at a prompt, and check it again."
    )


def _code(thing: Any) -> Any:
    if isinstance(thing, type):
        methods = (inspect.unwrap(value) for value in vars(thing).values() if callable(value))
        # What a NamedTuple or dataclass was given by the library is not its own.
        own = (value for value in methods if getattr(value, "__module__", None) == thing.__module__)
        codes = (value.__code__ for value in own if isinstance(value, FunctionType))
        return next((code for code in codes if not code.co_filename.startswith("<string>")), None)
    return getattr(inspect.unwrap(thing), "__code__", None)


def _files_of(thing: Any) -> list[str]:
    """Return the files and cells that may define a class without methods, the latest first."""
    own = getattr(sys.modules.get(thing.__module__), "__file__", None)
    # A cell of a notebook goes by the notebook's name and more, in Jupyter by that of a temporary file.
    starts = tuple(filter(None, [own, "<ipython-input"]))
    files = [file for file in list(linecache.cache) if file.startswith(starts) or "ipykernel" in file]
    return [*files[::-1], *([own] if own is not None else [])]


def _definitions(source: str, name: str) -> list[ast.FunctionDef | ast.ClassDef]:
    """Return the functions and classes of a name at the top of a source; none if it is not Python."""
    try:
        statements = parse(source, name).body
    except InputError:
        return []
    found = (node for node in flat(statements) if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return [node for node in found if node.name == name]


def method_sources(source: str, name: str) -> dict[str, str]:
    """Return the source of each method of a class; none if a source has no class of that name."""
    methods = (
        node
        for home in _definitions(source, name)
        for node in home.body
        if isinstance(home, ast.ClassDef) and isinstance(node, ast.FunctionDef)
    )
    return {method.name: ast.get_source_segment(source, method) or "" for method in methods}


def bundle(thing: Any) -> str:
    """Return the source of a module with a function or class and all that it uses.

    Raises:
        InputError: it uses something that cannot be written down, such as an array of the notebook.
    """
    namespace = home_of(thing)
    lines: set[str] = set()
    pieces: dict[str, str] = {}

    def add(name: str, value: Any) -> None:
        source = definition(value)
        pieces[name] = ""  # begun: a helper may call its caller
        for used in sorted(names_used(source) - {name}):
            if used in pieces or used not in namespace or _is_of_the_shell(used, namespace[used]):
                continue
            if is_defined_in(namespace, namespace[used]) and namespace[used].__name__ == used:
                add(used, namespace[used])
            else:
                lines.add(_as_line(used, namespace[used], thing.__name__))
        del pieces[name]  # finished: after everything that it uses
        pieces[name] = source

    add(thing.__name__, thing)
    imports = sorted(line for line in lines if line.startswith(("import ", "from ")))
    constants = sorted(lines - set(imports))
    if _has_future_annotations(thing):
        imports.insert(0, "from __future__ import annotations")
    head = "\n".join(block for block in ("\n".join(imports), "\n".join(constants)) if block)
    return "\n\n\n".join(part.rstrip("\n") for part in (head, *pieces.values()) if part) + "\n"


def _has_future_annotations(thing: Any) -> bool:
    """Tell whether annotations may name what is not there."""
    code = _code(thing)
    return code is not None and bool(code.co_flags & __future__.annotations.compiler_flag)


def _is_of_the_shell(name: str, value: Any) -> bool:
    """Tell names that Python and IPython put among those of a notebook, such as an ``open`` of its own."""
    is_theirs = str(getattr(value, "__module__", "")).startswith("IPython.")
    return name in {"__name__", "__file__"} or (is_theirs and name in {"exit", "open", "quit"})


def home_of(thing: Any) -> dict[str, Any]:
    """Return the names among which a function or class was defined."""
    if isinstance(thing, type):
        for value in vars(thing).values():
            unwrapped = inspect.unwrap(value) if callable(value) else None
            if isinstance(unwrapped, FunctionType) and unwrapped.__module__ == thing.__module__:
                return unwrapped.__globals__
        return vars(sys.modules[thing.__module__]) if thing.__module__ in sys.modules else {}
    return getattr(inspect.unwrap(thing), "__globals__", {})


def served_from(thing: Any) -> Path | None:
    """Return the file that a layer of ``captioning.layers`` was read from; None for the student's in hand."""
    home = home_of(thing)
    if str(home.get("__name__", "")).startswith((LOADED, "solutions.")):
        return Path(home["__file__"])
    return None


def is_defined_in(namespace: Mapping[str, Any], value: Any) -> bool:
    """Tell functions and classes that were defined among these names from those that were imported."""
    if isinstance(value, type):
        return value.__module__ == namespace.get("__name__")
    return getattr(inspect.unwrap(value) if callable(value) else value, "__globals__", None) is namespace


def _as_line(name: str, value: Any, user: str) -> str:
    """Write down how to get a value again: an import, or a number, text or tuple of such."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
    module = getattr(value, "__module__", None)
    original = getattr(value, "__name__", name)
    renamed = f" as {name}" if name != original else ""
    if _is_layer(value) and not original.startswith("_"):
        return f"from {LAYERS} import {original}{renamed}"
    is_loaded = str(module).startswith((LOADED, "solutions."))
    if module and not is_loaded and getattr(sys.modules.get(str(module)), original, None) is value:
        return f"from {module} import {original}{renamed}"
    if _is_literal(value):
        return f"{name} = {value!r}"
    for source in (LAYERS, "numpy"):
        if _can_import(source, original, value):
            return f"from {source} import {original}{renamed}"
    raise InputError(
        f"{user} uses {name}, which is not an argument but a variable of the notebook "
        f"({type(value).__name__}). "
        f"Give it to {user} as an argument, or compute it inside."
    )


def _is_layer(value: Any) -> bool:
    """Tell functions and classes that ``captioning.layers`` serves."""
    is_code = isinstance(value, type | FunctionType)
    return is_code and str(value.__module__).startswith((LOADED, "solutions."))


def _is_literal(value: Any) -> bool:
    try:
        return len(repr(value)) <= _MAX_CONSTANT and bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def _can_import(module: str, name: str, value: Any) -> bool:
    try:
        return _is_the_same(getattr(sys.modules.get(module), name, None), value)
    except (ImportError, InputError):
        return False


def _is_the_same(one: Any, other: Any) -> bool:
    """Tell whether two things are one, but for layers that were read again since the library changed."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_is_the_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_the_same, one, other))
    if _is_layer(one) and _is_layer(other):
        return bool(one.__qualname__ == other.__qualname__)
    return one is other or (_is_literal(one) and type(one) is type(other) and bool(one == other))
