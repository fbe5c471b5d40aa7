"""The definitions of a notebook or script, without running what stands between them.

Imports, functions, classes and plain assignments are loaded; a cell that trains for an hour is not run.
"""

import ast
import json
import linecache
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from captioning.answers.library import FOLDER
from captioning.errors import InputError
from captioning.layers import PREREQUISITES

SUFFIXES = (".ipynb", ".py")
_NO_ANSWERS = {FOLDER, PREREQUISITES, "__pycache__", "backups"}


def find_files(where: str) -> list[Path]:
    """Return the notebooks and scripts that are meant: by a path, a folder, or a name such as ``10_lstm``.

    Raises:
        InputError: there is none.
    """
    path = Path(where)
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if _may_hold_answers(file.relative_to(path), file)]
        if not files:
            raise InputError(f"the folder {path} holds no notebooks (.ipynb) and no scripts (.py).")
        return files
    candidates = [path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise InputError(
            f"there is no notebook, script or folder {where!r}. Give the path of one, say "
            "10_lstm/10_lstm.ipynb; "
            f"the current folder is {Path.cwd()}."
        )
    if found.suffix not in SUFFIXES:
        raise InputError(f"{found} is no notebook (.ipynb) and no script (.py).")
    return [found]


def _may_hold_answers(inside: Path, file: Path) -> bool:
    hidden = any(part.startswith(".") or part in _NO_ANSWERS for part in inside.parts)
    return file.suffix in SUFFIXES and file.is_file() and not hidden


def chapter_of(path: Path) -> int | None:
    """Return the number that the name of a file, or of its folder, begins with: 10 for ``10_lstm.ipynb``."""
    for name in (path.name, path.resolve().parent.name):
        match = re.match(r"(\d\d)_", name)
        if match:
            return int(match.group(1))
    return None


@dataclass(frozen=True)
class Definitions:
    """What a file of answers defines.

    Attributes:
        names: what was loaded.
        lost: names that were not, with the reason: an import that failed, a cell that is no Python, a line
            that is not run here.
    """

    names: dict[str, Any]
    lost: dict[str, str]


class AnswerFile:
    """A notebook or script: read at once, and loaded when an answer in it is wanted.

    What an earlier chapter's answers are saved for is imported here, so they have to be checked first.
    """

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            InputError: it cannot be read.
        """
        self.path = path
        self._cells = [_Cell.parse(title, source) for title, source in _cells(path)]

    @property
    def problems(self) -> list[str]:
        """Why cells are no Python."""
        return [cell.problem for cell in self._cells if cell.problem]

    def has(self, name: str) -> bool:
        """Tell whether a function, or ``Class.method``, is defined here, or begun in what is no Python."""
        top, _, method = name.partition(".")
        found = False
        for cell in self._cells:
            if top in cell.begun:
                found = True
            for node in cell.statements:
                if top in _bound(node):
                    methods = {child.name for child in getattr(node, "body", []) if _is_function(child)}
                    found = _is_definition(node) and (not method or method in methods)
        return found

    @cached_property
    def definitions(self) -> Definitions:
        """Imports, functions, classes and plain assignments, loaded; what fails is lost, the rest goes on."""
        module = ModuleType(f"answers.{self.path.stem}")
        module.__file__ = str(self.path)
        sys.modules[module.__name__] = module
        names, lost = vars(module), dict[str, str]()
        with _importing_from(self.path.parent):
            for cell in self._cells:
                # As IPython does, so that tracebacks and `inspect` find the lines of a cell.
                lines = cell.source.splitlines(keepends=True)
                linecache.cache[cell.title] = (len(cell.source), None, lines, cell.title)
                for name in cell.begun:
                    names.pop(name, None)
                    lost[name] = cell.problem
                for node in cell.statements:
                    reason = _run(node, cell, names)
                    for name in _bound(node):
                        if not reason:
                            lost.pop(name, None)
                        elif _is_assignment(node):
                            # A demonstration; what the name was before may be what an answer means.
                            lost |= {name: reason} if name not in names else {}
                        else:
                            names.pop(name, None)
                            lost[name] = reason
        return Definitions(names, lost)


@dataclass(frozen=True)
class _Cell:
    """A piece of code of a file.

    Attributes:
        title: where it stands.
        source: its text.
        statements: at its top; each imports one name at most. None if it is no Python.
        problem: why it is no Python, else "".
        begun: then what functions and classes it seems to define.
    """

    title: str
    source: str
    statements: tuple[ast.stmt, ...] = ()
    problem: str = ""
    begun: tuple[str, ...] = ()

    @classmethod
    def parse(cls, title: str, source: str) -> "_Cell":
        try:
            tree = ast.parse(source, filename=title)
        except SyntaxError as error:
            problem = f"{title}, line {error.lineno}: this is no Python ({error.msg})."
            begun = re.findall(r"(?m)^(?:def|class)\s+(\w+)", source)
            return cls(title, source, problem=problem, begun=tuple(begun))
        return cls(title, source, tuple(part for node in tree.body for part in _one_name_each(node)))


def _one_name_each(node: ast.stmt) -> list[ast.stmt]:
    """Take an import of several names apart: one that is not there yet does not cost the others."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return [node]
    parts: list[ast.stmt] = []
    for alias in node.names:
        part = copy(node)
        part.names = [alias]
        parts.append(part)
    return parts


def _run(node: ast.stmt, cell: _Cell, names: dict[str, Any]) -> str:
    """Run a statement if it is one that is loaded; return why its names are not there, "" if they are."""
    where = f"{cell.title}, line {node.lineno}"
    if not _is_loaded(node):
        return f"{where} is not run here: only imports, functions, classes and plain assignments are."
    try:
        exec(compile(ast.Module([node], []), cell.title, "exec"), names)
    except InputError as error:
        return f"{where}: {error}"
    except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's lines raise)
        return f"{where}: {type(error).__name__}: {error}"
    return ""


def _bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines, imports or assigns."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if not _is_assignment(node):
        return []
    parts = ast.walk(node)
    return [part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def _is_definition(node: ast.stmt) -> bool:
    is_lambda = isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
    return isinstance(node, ast.FunctionDef | ast.ClassDef) or is_lambda


def _is_assignment(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign)


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Find modules that lie beside a notebook, as Jupyter does."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the code of a file with a title for each piece."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            yield str(path), text
            return
        cells = json.loads(text)["cells"]
        for number, cell in enumerate(cells, start=1):
            if cell["cell_type"] == "code":
                yield f"{path} cell {number}", _as_python("".join(cell["source"]))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no notebook that can be read ({error}).") from error


def _as_python(source: str) -> str:
    """Blank out what only IPython understands, keeping the numbers of the lines."""
    try:
        ast.parse(source)
    except SyntaxError:
        first, _, rest = source.partition("\n")
        if first.startswith("%%"):
            return "\n" + _as_python(rest) if re.match(r"%%(time|capture|prun)\b", first) else ""
        return re.sub(r"(?m)^[ \t]*(\w+[ \t]*=[ \t]*)?[%!].*$|^[^\n#'\"]*\?{1,2}[ \t]*$", "", source) + "\n"
    return source


def _is_loaded(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        # Without a call nothing is trained, loaded or drawn.
        working = (ast.Call, ast.Await, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        is_plain = all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        return is_plain and not any(isinstance(part, working) for part in ast.walk(node))
    return False
