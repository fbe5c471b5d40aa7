"""The statements of a piece of Python, and the names that they define and use."""

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence


def first_line(node: ast.stmt) -> int:
    """Return the line in which a statement begins, decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def text_of(node: ast.stmt, lines: Sequence[str]) -> str:
    """Return the lines of a statement, decorators included."""
    return "".join(lines[first_line(node) - 1 : node.end_lineno])


def flat(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, and for an ``if``, ``try`` or ``with`` those inside it, which are at the top too."""
    for node in statements:
        if isinstance(node, ast.If | ast.Try | ast.TryStar | ast.With):
            parts = list(ast.iter_child_nodes(node))
            parts += [inner for part in parts if isinstance(part, ast.ExceptHandler) for inner in part.body]
            yield from flat(part for part in parts if isinstance(part, ast.stmt))
        else:
            yield node


def imported_as(alias: ast.alias) -> str:
    """Return the name that an import binds: ``np`` for ``numpy as np``, ``os`` for ``os.path``."""
    return alias.asname or alias.name.partition(".")[0]


def bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines, imports or assigns."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [imported_as(alias) for alias in node.names]
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    parts = [part for target in targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def names_defined(source: str) -> set[str]:
    """Return the names that the top level of a piece of Python binds; what is not Python binds none."""
    try:
        symbols = symtable.symtable(source, "source", "exec").get_symbols()
    except SyntaxError:
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def names_used(source: str) -> set[str]:
    """Return the names that a piece of Python takes from its top level, also inside its functions.

    Raises:
        SyntaxError: it is not Python.
    """

    def used(table: symtable.SymbolTable) -> Iterator[str]:
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (is_top or symbol.is_global()):
                yield symbol.get_name()
        for child in table.get_children():
            yield from used(child)

    return set(used(symtable.symtable(source, "source", "exec")))
