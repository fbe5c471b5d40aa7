"""One thing taken for another: an operator, a name, a number, an index, the order of arguments."""

import ast
from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import Any

from autograder.slips.names import Names, is_self, number, parts_of

# What may have been meant instead, and what is odd about what stands there.
Others = Iterator[tuple[ast.expr, str]]
# Functions that are taken for one another.
_ALIKE = (
    ("sum", "mean", "max", "min", "prod"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("exp", "log"),
    ("tanh", "sigmoid"),
    ("floor", "ceil"),
    ("hstack", "vstack", "concatenate"),
    ("repeat", "tile"),
    ("any", "all"),
    ("sqrt", "square"),
)
_OPERATORS: dict[type[ast.operator], list[tuple[type[ast.operator], str]]] = {
    ast.Add: [(ast.Sub, "a sign is turned")],
    ast.Sub: [(ast.Add, "a sign is turned")],
    ast.Mult: [
        (ast.Div, "it is multiplied where it should be divided"),
        (ast.MatMult, "a product entry by entry stands where one of matrices belongs"),
    ],
    ast.Div: [
        (ast.Mult, "it is divided where it should be multiplied"),
        (ast.FloorDiv, "`//` and `/` are confused"),
    ],
    ast.FloorDiv: [
        (ast.Div, "`//` and `/` are confused"),
        (ast.Mod, "quotient and remainder are confused"),
    ],
    ast.Mod: [(ast.FloorDiv, "quotient and remainder are confused")],
    ast.MatMult: [(ast.Mult, "a product of matrices stands where one entry by entry belongs")],
}
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_MOST_IN_ORDER = 4  # of axes, or of outputs, all of whose orders are tried


def confused(node: ast.expr, names: Names) -> Others:
    """Yield what an expression may have been taken for, other names apart."""
    for kind, others in _OTHERS.items():
        if isinstance(node, kind):
            yield from others(node, names)


def renamed(node: ast.expr, names: Names) -> Others:
    """Yield the names that one which is read may have been taken for."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for name in names.assigned if node.id in names.assigned else _alike(node.id):
            if name != node.id:
                yield ast.Name(name, node.ctx), f"`{node.id}` stands where another name belongs"


def stored(node: ast.expr, names: Names) -> Others:
    """Yield the names that one which is written to may have been taken for."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        for name in names.assigned:
            if name != node.id:
                yield ast.Name(name, node.ctx), f"`{node.id}` is written to where another name belongs"


def _alike(name: str) -> list[str]:
    return [other for group in _ALIKE if name in group for other in group if other != name]


def _attributes(node: ast.Attribute, names: Names) -> Others:
    for attr in names.attributes if is_self(node.value) else _alike(node.attr):
        if attr != node.attr:
            yield (
                ast.Attribute(node.value, attr, node.ctx),
                f"`{ast.unparse(node)}` stands where something else belongs",
            )


def _constants(node: ast.Constant, names: Names) -> Others:
    value: Any = node.value
    others: list[Any] = []
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value - 1, value + 1, -value, 0, 1, 2, 3, -1, -2]
    elif isinstance(value, float):
        others = [-value, 0.0, 1.0, 0.5, 2.0, 2 * value, value / 2, 1 - value]
    elif isinstance(value, str) and value in names.keys:
        others = names.keys
    for other in dict.fromkeys(others):
        if other != value:
            is_number = isinstance(other, int | float) and not isinstance(other, bool)
            yield (
                number(other) if is_number else ast.Constant(other),
                f"`{value!r}` stands where another value belongs",
            )


def _operations(node: ast.BinOp, _: Names) -> Others:
    left, op, right = node.left, node.op, node.right
    for other, words in _OPERATORS.get(type(op), []):
        yield ast.BinOp(left, other(), right), words
    if not isinstance(op, ast.Add | ast.Mult):
        yield ast.BinOp(right, op, left), "the two sides are exchanged"
    if isinstance(left, ast.BinOp):
        within = ast.BinOp(left.right, op, right)
        yield ast.BinOp(left.left, left.op, within), "brackets are missing, or stand elsewhere"
    if isinstance(right, ast.BinOp):
        within = ast.BinOp(left, op, right.left)
        yield ast.BinOp(within, right.op, right.right), "brackets are missing, or stand elsewhere"


def _comparisons(node: ast.Compare, _: Names) -> Others:
    if len(node.ops) != 1 or not isinstance(node.ops[0], _COMPARISONS):
        return
    for other in _COMPARISONS:
        if not isinstance(node.ops[0], other):
            is_order = not isinstance(node.ops[0], ast.Eq | ast.NotEq)
            words = "which is to be the larger, and what of equal values?"
            yield (
                ast.Compare(node.left, [other()], node.comparators),
                words if is_order else "the condition is not the right one",
            )


def _conditions(node: ast.BoolOp, _: Names) -> Others:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(other, node.values), "`and` and `or` are confused"


def _cases(node: ast.IfExp, _: Names) -> Others:
    yield ast.IfExp(node.test, node.orelse, node.body), "the two cases are exchanged"


def _orders(node: ast.Tuple | ast.List, _: Names) -> Others:
    if 2 <= len(node.elts) <= _MOST_IN_ORDER:
        for order in list(permutations(node.elts))[1:]:
            yield type(node)(list(order), node.ctx), "what stands there belongs in another order"


def _calls(node: ast.Call, _: Names) -> Others:
    func, args, keywords = node.func, node.args, node.keywords
    called = ast.unparse(func)
    name = called.rpartition(".")[2]
    for one, other in combinations(range(len(args)), 2):
        order = [*args]
        order[one], order[other] = order[other], order[one]
        yield ast.Call(func, order, keywords), f"the arguments of `{called}` belong in another order"
    if name == "transpose" and len(args) == _MOST_IN_ORDER:
        for axes in list(permutations(args))[1:]:
            yield ast.Call(func, list(axes), []), "the axes belong in another order"
    if name == "dot" and len(args) == 1 and isinstance(func, ast.Attribute):
        turned = ast.Attribute(args[0], "dot", ast.Load())
        yield ast.Call(turned, [func.value], []), "the two sides of the product are exchanged"
    if name == "range":
        yield from _ranges(node)
    if name == "einsum" and args and isinstance(args[0], ast.Constant):
        yield from _letters(node, str(args[0].value))


def _ranges(node: ast.Call) -> Others:
    args = node.args
    yield ast.Call(ast.Name("reversed", ast.Load()), [node], []), "the loop runs in the wrong direction"
    for change in (1, -1):
        ends = [*args]
        last = min(1, len(args) - 1)
        ends[last] = ast.BinOp(args[last], ast.Add(), number(change))
        yield ast.Call(node.func, ends, []), "the loop ends one too early, or too late"
    if len(args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), *args], []), "the loop begins one too early"


def _letters(node: ast.Call, axes: str) -> Others:
    for k, letter in enumerate(axes):
        for other in sorted(set(filter(str.isalpha, axes)) - {letter}) if letter.isalpha() else ():
            changed = ast.Constant(f"{axes[:k]}{other}{axes[k + 1 :]}")
            words = f"in `{axes}` the {letter!r} stands where another letter belongs"
            yield ast.Call(node.func, [changed, *node.args[1:]], node.keywords), words


def _subscripts(node: ast.Subscript, names: Names) -> Others:
    parts = parts_of(node.slice)
    for k, part in enumerate(parts):
        others: list[ast.expr] = []
        if isinstance(part, ast.Name | ast.BinOp):
            others = [ast.BinOp(part, ast.Add(), number(change)) for change in (1, -1)]
        elif isinstance(part, ast.Constant) and isinstance(part.value, int):
            others = [ast.Name(name, ast.Load()) for name in names.assigned]
        for other in others:
            moved = [*parts[:k], other, *parts[k + 1 :]]
            whole = ast.Tuple(moved, ast.Load()) if isinstance(node.slice, ast.Tuple) else other
            yield (
                ast.Subscript(node.value, whole, node.ctx),
                f"the index `{ast.unparse(part)}` is not the right one",
            )
    for name in names.assigned:
        further = ast.Tuple([*parts, ast.Name(name, ast.Load())], ast.Load())
        yield ast.Subscript(node.value, further, node.ctx), "an index is missing"
    if isinstance(node.ctx, ast.Load):
        backwards = ast.Slice(None, None, number(-1))
        yield ast.Subscript(node, backwards, node.ctx), "the order is the wrong way round"


def _pieces(node: ast.Slice, names: Names) -> Others:
    lower, upper, step = node.lower, node.upper, node.step
    for piece in names.slices:
        if ast.unparse(piece) != ast.unparse(node):
            yield piece, f"`{ast.unparse(node)}` is another piece than it should be"
    for change in (1, -1):
        if upper is not None:
            end = ast.BinOp(upper, ast.Add(), number(change))
            yield ast.Slice(lower, end, step), "the piece ends one too early, or too late"
        begin = number(change) if lower is None else ast.BinOp(lower, ast.Add(), number(change))
        yield ast.Slice(begin, upper, step), "the piece begins one too early, or too late"
    if lower is not None:
        yield ast.Slice(None, upper, step), "the piece begins too late"
    if upper is not None:
        yield ast.Slice(lower, None, step), "the piece ends too early"
    else:
        yield ast.Slice(lower, number(-1), step), "the piece ends too late"


_OTHERS: dict[type[ast.expr], Callable[[Any, Names], Others]] = {
    ast.BinOp: _operations,
    ast.Compare: _comparisons,
    ast.BoolOp: _conditions,
    ast.Constant: _constants,
    ast.Attribute: _attributes,
    ast.Call: _calls,
    ast.Subscript: _subscripts,
    ast.Slice: _pieces,
    ast.IfExp: _cases,
    ast.Tuple: _orders,
    ast.List: _orders,
}
