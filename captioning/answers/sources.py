"""From a function in a notebook to a module that stands alone, and back.

A saved answer must run in another chapter, on another day, so it takes along what it uses: imports, numbers,
and the helpers that were defined beside it.
"""

import ast
import builtins
import inspect
import linecache
import symtable
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from captioning.errors import InputError

LAYERS = "captioning.layers"
# Modules that were read from a file by ``load_module`` are named so: their names are served by LAYERS.
_LOADED = "captioning_layers."
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
        try:
            tree = ast.parse("".join(lines))
        except SyntaxError:
            tree = ast.Module([], [])
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and node.name == thing.__name__
                and (code is None or _first_line(node) <= code.co_firstlineno <= (node.end_lineno or 0))
            ):
                return "".join(lines[_first_line(node) - 1 : node.end_lineno]).rstrip() + "\n"
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


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def method_source(class_source: str, method: str) -> str:
    """Return the source of one method of a class, "" if it has none of that name."""
    (home,) = ast.parse(class_source).body
    assert isinstance(home, ast.ClassDef)
    for node in home.body:
        if isinstance(node, ast.FunctionDef) and node.name == method:
            return ast.get_source_segment(class_source, node) or ""
    return ""


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
        pieces[name] = ""  # begun: a helper may call whoever calls it
        for used in sorted(_global_names(source) - {name}):
            if used in pieces or used not in namespace or used in {"__name__", "__file__"}:
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
    head = "\n".join(block for block in ("\n".join(imports), "\n".join(constants)) if block)
    return "\n\n\n".join(part.rstrip("\n") for part in (head, *pieces.values()) if part) + "\n"


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
    if str(home.get("__name__", "")).startswith((_LOADED, "solutions.")):
        return Path(home["__file__"])
    return None


def is_defined_in(namespace: Mapping[str, Any], value: Any) -> bool:
    """Tell functions and classes that were defined among these names from those that were imported."""
    if isinstance(value, type):
        return value.__module__ == namespace.get("__name__")
    return getattr(inspect.unwrap(value) if callable(value) else value, "__globals__", None) is namespace


def _global_names(source: str) -> set[str]:
    def names(table: symtable.SymbolTable, is_top: bool) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (is_top or symbol.is_global()):
                yield symbol.get_name()
        for child in table.get_children():
            yield from names(child, False)

    return set(names(symtable.symtable(source, "<answer>", "exec"), True)) - set(vars(builtins))


def _as_line(name: str, value: Any, user: str) -> str:
    """Write down how to get a value again: an import, or a number, text or tuple of such."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
    module = getattr(value, "__module__", None)
    original = getattr(value, "__name__", name)
    renamed = f" as {name}" if name != original else ""
    if _is_layer(value) and not original.startswith("_"):
        return f"from {LAYERS} import {original}{renamed}"
    is_loaded = str(module).startswith((_LOADED, "solutions."))
    if module and not is_loaded and getattr(sys.modules.get(str(module)), original, None) is value:
        return f"from {module} import {original}{renamed}"
    if _is_literal(value):
        return f"{name} = {value!r}"
    for source in (LAYERS, "numpy"):
        if _can_import(source, original, value):
            return f"from {source} import {original}{renamed}"
    raise InputError(
        f"{user} uses {name}, which is no argument but a variable of the notebook ({type(value).__name__}). "
        f"Give it to {user} as an argument, or compute it inside."
    )


def _is_layer(value: Any) -> bool:
    """Tell functions and classes that ``captioning.layers`` serves."""
    is_code = isinstance(value, type | FunctionType)
    return is_code and str(value.__module__).startswith((_LOADED, "solutions."))


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
    """Tell whether two things are one, but for layers that were read anew since the library changed."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_is_the_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_the_same, one, other))
    if _is_layer(one) and _is_layer(other):
        return bool(one.__qualname__ == other.__qualname__)
    return one is other or (_is_literal(one) and type(one) is type(other) and bool(one == other))


def load_module(path: Path) -> ModuleType:
    """Run a file of layers as a module; what it imports from ``solutions`` comes from ``captioning.layers``.

    So a model that was given uses the student's cells.

    Raises:
        InputError: the file is no Python, or imports what is not there.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}: this is no Python ({error.msg}).") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions."):
            node.module = LAYERS
    name = f"{_LOADED}{path.parent.name}.{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    # Some of the standard library, such as dataclasses, looks a class's module up there.
    sys.modules[name] = module
    linecache.checkcache(str(path))
    try:
        exec(compile(tree, str(path), "exec"), vars(module))
    except ImportError as error:
        raise InputError(
            f"{path} cannot be loaded: {error}. Define what it needs in the notebook, or install it, and "
            f"check {path.stem} again."
        ) from error
    return module


def public_names(path: Path) -> set[str]:
    """Return what a module defines, without running it: functions, classes and constants."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                parts = target.elts if isinstance(target, ast.Tuple) else [target]
                names |= {part.id for part in parts if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("_")}
