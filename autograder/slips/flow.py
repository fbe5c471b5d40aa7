"""What flows into an output of a function: where it alone is wrong, the slip is likely to be there."""

import ast
from collections.abc import Collection


def lines_of(function: ast.FunctionDef, outputs: Collection[int]) -> set[int]:
    """Return the lines that write to what some outputs are made of, and to no other output.

    Args:
        function: returns a tuple; what it returns otherwise has no such lines.
        outputs: their positions in it.
    """
    lines: set[int] = set()
    others: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            for position, part in enumerate(node.value.elts):
                read = {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
                (names if position in outputs else others).update(read)
                if position in outputs:
                    lines.add(part.lineno)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign) and _written(node) & (names - others):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _written(statement: ast.Assign | ast.AugAssign) -> set[str]:
    """Return the names that a statement writes to, whole or in part."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    written = set()
    for target in targets:
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            while isinstance(part, ast.Subscript | ast.Attribute | ast.Starred):
                part = part.value
            if isinstance(part, ast.Name):
                written.add(part.id)
    return written
