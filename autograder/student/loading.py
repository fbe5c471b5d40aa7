"""The definitions of a file of answers, loaded without running what stands between them.

Imports, functions, classes and plain assignments are loaded, also inside of ``if``, ``try`` and ``with``; a
cell that trains for an hour is not run. An assignment that computes is run where an answer needs what it
makes. What is loaded is executed, unlike in ``files``. For one answer only what it uses is loaded, so that
another one that fails when it is defined does no harm.
"""

import ast
import linecache
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from autograder.exercises.registry import all_exercises
from autograder.student.files import AnswerFile
from captioning.errors import InputError
from captioning.source.code import Code, lines_of
from captioning.source.names import bound, first_line, flat, names_used, text_of

_LOADED = "imports, functions, classes and plain assignments"
_DEFINITION = (ast.FunctionDef, ast.ClassDef)
_COMPOUND = (ast.If, ast.Try, ast.TryStar, ast.With, ast.ExceptHandler)
# Calls that an assignment may hold.
_MAKING = {"bool", "complex", "dict", "float", "frozenset", "int", "list", "partial", "set", "str", "tuple"}
_OF_NUMPY = (
    *("arange", "array", "asarray", "bool_", "cos", "dtype", "exp", "eye", "finfo", "float32", "float64"),
    *("iinfo", "int32", "int64", "log", "nextafter", "ones", "sin", "sqrt", "vectorize", "zeros"),
)
_MAKING_OF = {
    "np": _OF_NUMPY,
    "numpy": _OF_NUMPY,
    "math": ("cos", "exp", "log", "sin", "sqrt"),
    "functools": ("partial",),
}
# Code that calls one of these may use any name.
_FINDING = {"globals", "locals", "vars", "eval", "exec"}


@dataclass(frozen=True)
class Definitions:
    """What a file of answers defines.

    Attributes:
        names: what was loaded.
        lost: names that were not, with the reason: an import that failed, a cell that is not Python, a line
            that is not run here.
        skipped: assignments that were not run, since they compute something.
    """

    names: dict[str, Any]
    lost: dict[str, str]
    skipped: list[tuple[ast.stmt, Code]] = field(default_factory=list)


def load(
    file: AnswerFile,
    names: Collection[str] | None = None,
    before: Callable[[str], object] = lambda place: None,
) -> Definitions:
    """Load imports, functions, classes and plain assignments; what fails is lost, the rest goes on.

    What an earlier chapter's answers are saved for is imported here, so they have to be checked first.

    Args:
        file: of which.
        names: load only these, and what they use; None for all.
        before: gets the place of each statement before it is run.
    """
    definitions = nothing_yet(file.path)
    wanted = None if names is None else used_by(file, names)
    with _importing_from(file.path.parent):
        for code in file.code:
            load_code(code, definitions, wanted, before)
        make_up(definitions, file, answered_names() if names is None else names, before)
    return definitions


def make_up(
    definitions: Definitions,
    file: AnswerFile,
    names: Collection[str],
    before: Callable[[str], object] = lambda place: None,
) -> None:
    """Run assignments that were skipped where names, or what they use, are missing without them.

    Args:
        definitions: all that was loaded of a file.
        file: of which.
        names: of answers.
        before: as in ``load``.
    """
    wanted = used_by(file, names) or set()
    for statement, code in definitions.skipped:
        missing = {name for name in bound(statement) if name in wanted and name not in definitions.names}
        if missing:
            before(f"{code.title}, line {first_line(statement)}")
            reason = _run(statement, code, definitions.names)
            for name in bound(statement):
                if name in definitions.names:
                    definitions.lost.pop(name, None)
                elif reason:
                    definitions.lost[name] = reason
    definitions.skipped.clear()


@cache
def answered_names() -> frozenset[str]:
    """Return what answers are called, of a method its class."""
    return frozenset(name.partition(".")[0] for name in all_exercises())


def used_by(file: AnswerFile, names: Collection[str]) -> set[str] | None:
    """Return names and those that their definitions in a file use, in however many steps; None for all."""
    uses: dict[str, set[str]] = {}
    for code in file.code:
        lines = list(lines_of(code.source))
        for statement in code.statements:
            used = _names_in(statement, lines)
            for part in flat([statement]):
                for name in _concerned(part):
                    uses.setdefault(name, set()).update(used)
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= uses.get(name, set()) - found
    return None if found & _FINDING else found


def _names_in(statement: ast.stmt, lines: list[str]) -> set[str]:
    """Return the names that a statement takes from the top of its file, and those that it binds there."""
    own = {name for part in flat([statement]) for name in _concerned(part)}
    try:
        return own | names_used(text_of(statement, lines))
    except SyntaxError:  # as of `await` at the top
        return own | {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def nothing_yet(path: Path) -> Definitions:
    """Return the definitions of a file of which nothing is loaded yet."""
    module = ModuleType(f"answers.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    return Definitions(vars(module), {})


def load_code(
    code: Code,
    definitions: Definitions,
    wanted: Collection[str] | None = None,
    before: Callable[[str], object] = lambda place: None,
) -> None:
    """Load a cell after those before it, or of it the statements that bind one of the wanted names."""
    # As IPython does, so that tracebacks and `inspect` find the lines of a cell.
    linecache.cache[code.title] = (len(code.source), None, list(lines_of(code.source)), code.title)
    for name in code.begun:
        definitions.names.pop(name, None)
        definitions.lost[name] = code.problem
    for statement in code.statements:
        names = {name for part in flat([statement]) for name in _concerned(part)}
        if wanted is None or "*" in names or not names.isdisjoint(wanted):
            before(f"{code.title}, line {first_line(statement)}")
            _load(statement, code, definitions)


def _concerned(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds, and those it changes a part of: ``settings["eps"] = 0``."""
    names = bound(node)
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets if isinstance(node, ast.Assign | ast.AugAssign) else []:
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name) and target.id not in names:
            names.append(target.id)
    return names


def _load(statement: ast.stmt, code: Code, definitions: Definitions) -> None:
    names, lost = definitions.names, definitions.lost
    pruning = _Pruning()
    # What stands in an `if` or the like is pruned in place; the tree of all else stays as it is.
    pruned = pruning.visit(deepcopy(statement) if isinstance(statement, _COMPOUND) else statement)
    for part in pruning.skipped:
        reason = f"{code.title}, line {part.lineno} is not run here: only {_LOADED} are."
        # A demonstration; what the name was before may be what an answer means.
        lost |= {name: reason for name in bound(part) if name not in names}
        if isinstance(part, ast.Assign | ast.AnnAssign):
            definitions.skipped.append((part, code))
    for node in pruned if isinstance(pruned, list) else [pruned]:
        for whole in _one_name_each(node):
            reason = _run(whole, code, names)
            for part in flat([whole]):
                for name in bound(part):
                    if reason and part is whole and not isinstance(part, ast.Assign | ast.AnnAssign):
                        names.pop(name, None)
                    if name not in names and reason:
                        lost[name] = reason
                    elif name in names and not reason:
                        lost.pop(name, None)


class _Pruning(ast.NodeTransformer):
    """Leaves of a statement what is loaded.

    An ``if`` or ``try`` stays, with ``pass`` for what is not loaded in it; a ``with``, which would call what
    it names, leaves its body, and an ``if`` whose test calls something the branch that defines something.

    Attributes:
        skipped: the statements that are not loaded.
    """

    def __init__(self) -> None:
        self.skipped: list[ast.stmt] = []

    def visit(self, node: ast.AST) -> Any:
        """Return a statement, or a list of them, in place of one."""
        if isinstance(node, _COMPOUND):
            self.generic_visit(node)
            if isinstance(node, ast.With):
                return node.body
            return _branch(node) if isinstance(node, ast.If) and _works(node.test) else node
        if isinstance(node, ast.stmt) and not _is_loaded(node):
            self.skipped.append(node)
            return ast.copy_location(ast.Pass(), node)
        return node


def _branch(node: ast.If) -> list[ast.stmt]:
    branches = [node.body, node.orelse]
    defining = (branch for branch in branches if any(isinstance(part, _DEFINITION) for part in flat(branch)))
    return next(defining, node.body)


def _is_loaded(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        # What an answer is called is an answer, however it is made: by a decorator that is called, say.
        return not _works(node) or not answered_names().isdisjoint(bound(node))
    return isinstance(node, (ast.Import, ast.ImportFrom, *_DEFINITION))


def _works(node: ast.AST) -> bool:
    """Tell whether something is computed: without a call nothing is trained, loaded or drawn.

    The body of a lambda is not run yet; to make a constant, ``np.finfo(float).eps`` say, costs nothing.
    ``__name__`` is another here than in a notebook.
    """
    match node:
        case ast.Lambda():
            return any(map(_works, ast.iter_child_nodes(node.args)))
        case ast.Call() if not _makes_constant(node):
            return True
        case ast.Await() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return True
        case ast.Name(id="__name__"):
            return True
    return any(map(_works, ast.iter_child_nodes(node)))


def _makes_constant(call: ast.Call) -> bool:
    """Tell whether what is called is a type or function that makes a number, an array or a function."""
    match call.func:
        case ast.Name(id=name):
            return name in _MAKING
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return name in _MAKING_OF.get(module, ())
    return False


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


def _run(node: ast.stmt, code: Code, names: dict[str, Any]) -> str:
    """Run a statement; return why its names are not there, "" if they are."""
    try:
        exec(compile(ast.Module([node], []), code.title, "exec"), names)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's lines raise)
        lines = [at.lineno or 0 for at in extract_tb(error.__traceback__) if at.filename == code.title]
        where = f"{code.title}, line {max([node.lineno, *lines[:1]])}"
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        return f"{where}: {kind}{error}"
    return ""


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Find modules that lie beside a notebook, as Jupyter does."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))
