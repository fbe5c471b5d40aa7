"""The modules that stand beside a student's notebooks: what the course gives, and earlier chapters' answers.

``captioning.layers`` serves them where there is no checkout. They are the modules of ``solutions/`` without
the exercises that are still to be solved; what is left asks ``captioning.layers`` for these when it runs.
"""

import ast
from collections.abc import Iterable

from autograder.exercises.registry import all_exercises
from captioning.source.markers import without_markers
from captioning.source.names import bound, names_used, text_of
from coursebuilder.code import import_lines, read_module, solutions_folder


def prerequisites(before: int) -> dict[str, str]:
    """Return the modules for a chapter, by file name.

    Args:
        before: exercises of the chapters before this one are answered; 1 for none.

    Returns:
        ``{"lstm.py": source}``; a module of which nothing is left is left out.

    Raises:
        ChapterError: the markers of a solution are malformed.
    """
    missing = {
        exercise.name.partition(".")[0] for exercise in all_exercises().values() if exercise.chapter >= before
    }
    modules = {}
    for path in sorted(solutions_folder().glob("*.py")):
        source = _without(read_module(path), missing)
        if source:
            modules[path.name] = source
    return modules


def _without(source: str, missing: Iterable[str]) -> str:
    """Return a module without some of its functions and classes, and without what only these use; "" if it
    is empty then."""
    missing = set(missing)
    lines = source.splitlines(keepends=True)
    nodes = {node: text_of(node, lines) for node in ast.parse(source).body}
    kept = [node for node in nodes if _name(node) not in missing]
    kept = _needed(kept, nodes)
    if not any(_name(node) for node in kept):
        return ""
    return _joined(kept, nodes, missing, lines)


def _needed(kept: list[ast.stmt], nodes: dict[ast.stmt, str]) -> list[ast.stmt]:
    """Leave out private helpers that nothing asks for any more."""
    while True:
        left = [
            node
            for node in kept
            if not (_name(node) or "").startswith("_")
            or any(_name(node) in names_used(nodes[other]) for other in kept if other is not node)
        ]
        if len(left) == len(kept):
            return left
        kept = left


def _joined(kept: list[ast.stmt], nodes: dict[ast.stmt, str], missing: set[str], lines: list[str]) -> str:
    used = set().union(*(names_used(nodes[node]) for node in kept))
    needs_layers = False
    imports, rest = [], []
    for node in kept:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports += [line for name, line in import_lines(node).items() if name in used - missing]
        else:
            text, asks = _asking_layers(nodes[node], missing)
            needs_layers |= asks
            rest.append((node.lineno, text))
    if needs_layers:
        imports.append("from captioning import layers\n")
    docstring = rest.pop(0)[1] if rest and _is_docstring(kept[0]) else ""
    body = "\n\n".join(without_markers(_comments_above(line, lines) + text) for line, text in rest)
    head = "".join(sorted(set(imports), key=lambda line: (not line.startswith("import"), line)))
    return docstring + ("\n" + head if head else "") + "\n\n" + body


def _comments_above(line: int, lines: list[str]) -> str:
    """Return the comment that stands just above a constant."""
    first = line - 1
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    return "".join(lines[first : line - 1])


def _asking_layers(source: str, missing: set[str]) -> tuple[str, bool]:
    """Return source code that asks ``layers`` for what is missing, and whether it asks at all."""
    places = [
        (node.lineno, node.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in missing
    ]
    lines = source.splitlines(keepends=True)
    for row, column in sorted(places, reverse=True):
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:column] + b"layers." + line[column:]).decode()
    return "".join(lines), bool(places)


def _name(node: ast.stmt) -> str | None:
    """Return the name that a statement defines; None for imports, docstrings and the like."""
    return None if isinstance(node, ast.Import | ast.ImportFrom) else next(iter(bound(node)), None)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
