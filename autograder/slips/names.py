"""What a function has names for: these are taken for one another."""

import ast


class Names:
    """The names in a function.

    Attributes:
        assigned: its arguments and variables.
        attributes: of ``self``.
        keys: texts that are used as keys.
        slices: pieces that are taken of an axis, each once.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        arguments = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
        nodes = list(ast.walk(function))
        stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        self.assigned = [name for name in dict.fromkeys([*arguments, *stored]) if name not in {"self", "_"}]
        of_self = (node for node in nodes if isinstance(node, ast.Attribute) and is_self(node.value))
        self.attributes = list(dict.fromkeys(node.attr for node in of_self))
        indices = [node.slice for node in nodes if isinstance(node, ast.Subscript)]
        keys = (index.value for index in indices if isinstance(index, ast.Constant))
        self.keys = list(dict.fromkeys(key for key in keys if isinstance(key, str)))
        parts = [part for index in indices for part in parts_of(index)]
        pieces = (part for part in parts if isinstance(part, ast.Slice) and (part.lower or part.upper))
        self.slices = list({ast.unparse(piece): piece for piece in pieces}.values())


def is_self(node: ast.expr) -> bool:
    """Tell whether this is ``self``."""
    return isinstance(node, ast.Name) and node.id == "self"


def parts_of(index: ast.expr) -> list[ast.expr]:
    """Return an index for each axis."""
    return index.elts if isinstance(index, ast.Tuple) else [index]


def number(value: float) -> ast.expr:
    """Return the expression of a number."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)
