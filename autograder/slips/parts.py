"""Something too much in an expression, or too little: a term, a factor, a function, a transposition."""

import ast
from collections.abc import Iterator

from autograder.slips.expressions import Others
from autograder.slips.names import Names, number

_REDUCING = {"sum", "mean", "max", "min", "prod", "argmax", "argmin", "cumsum", "any", "all", "std", "var"}
_ADDED = (ast.Add, ast.Sub)


def too_much(node: ast.expr, _: Names) -> Others:
    """Yield an expression with less in it."""
    match node:
        case ast.UnaryOp(operand=operand):
            yield operand, "a minus or a `not` is too much"
        case ast.BinOp(left=left, op=ast.Pow()):
            yield left, f"the power of `{ast.unparse(left)}` is too much"
        case ast.BinOp(left=left, op=op, right=right):
            one = "term" if isinstance(op, _ADDED) else "factor"
            yield left, f"a {one} is too much, `{ast.unparse(right)}`"
            yield right, f"a {one} is too much, `{ast.unparse(left)}`"
        case ast.BoolOp(values=values):
            for value in values:
                yield value, "a condition is too much"
        case ast.Attribute(value=value, attr="T"):
            yield value, f"`{ast.unparse(value)}` is transposed, and should not be"
        case ast.Subscript(value=value, ctx=ast.Load()):
            yield value, f"all of `{ast.unparse(value)}` belongs there, not a part"
        case ast.Call():
            yield from _call_with_less(node)


def _call_with_less(node: ast.Call) -> Others:
    func, args, keywords = node.func, node.args, node.keywords
    called = ast.unparse(func)
    for k, keyword in enumerate(keywords):
        rest = [*keywords[:k], *keywords[k + 1 :]]
        yield ast.Call(func, args, rest), f"`{ast.unparse(keyword)}` is too much"
    if len(args) == 1:
        yield args[0], f"`{called}` is too much"
    if isinstance(func, ast.Attribute):
        yield func.value, f"`.{func.attr}(…)` is too much"


def too_little(node: ast.expr, _: Names) -> Others:
    """Yield an expression with something more in it that needs no other name."""
    if not _may_lack(node):
        return
    text = f"`{ast.unparse(node)}`"
    if isinstance(node, ast.Call):
        yield from _call_with_more(node)
    yield ast.UnaryOp(ast.USub(), node), f"the sign of {text} is turned"
    yield ast.Attribute(node, "T", ast.Load()), f"{text} is not transposed, and should be"
    yield ast.BinOp(ast.Constant(1), ast.Sub(), node), f"{text} stands where its complement belongs"
    for function in ("abs", "sqrt", "exp", "log", "tanh"):
        func = ast.Attribute(ast.Name("np", ast.Load()), function, ast.Load())
        yield ast.Call(func, [node], []), f"a function of {text} is missing"
    yield ast.BinOp(node, ast.Pow(), ast.Constant(2)), f"a square of {text} is missing"
    for factor in (2, 0.5):
        yield ast.BinOp(node, ast.Mult(), ast.Constant(factor)), f"a factor of {text} is missing"
    yield _method(node, "copy", []), f"{text} is changed later, and is not a copy"
    for axis in (0, 1, -1):
        along = [ast.keyword("axis", number(axis))]
        kept = ast.keyword("keepdims", ast.Constant(True))
        for keywords in (along, [*along, kept]):
            yield _method(node, "sum", keywords), f"a sum of {text} over an axis is missing"


def lacking(node: ast.expr, names: Names) -> Others:
    """Yield an expression with a factor or a term more that is made of a name."""
    if _may_lack(node):
        for name in names.assigned:
            yield from _with(node, ast.Name(name, ast.Load()), f"`{ast.unparse(node)}`")


def _may_lack(node: ast.expr) -> bool:
    """Tell whether something may be missing at an expression: one that is read, and is a value."""
    is_value = isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute | ast.UnaryOp)
    return is_value and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _method(node: ast.expr, name: str, keywords: list[ast.keyword]) -> ast.Call:
    return ast.Call(ast.Attribute(node, name, ast.Load()), [], keywords)


def _call_with_more(node: ast.Call) -> Others:
    called = ast.unparse(node.func)
    given = {keyword.arg for keyword in node.keywords}
    if called.rpartition(".")[2] not in _REDUCING:
        return
    if "keepdims" not in given:
        kept = [*node.keywords, ast.keyword("keepdims", ast.Constant(True))]
        yield ast.Call(node.func, node.args, kept), "an axis is lost that is needed"
    if "axis" not in given:
        for axis in (0, 1, -1):
            along = [*node.keywords, ast.keyword("axis", number(axis))]
            yield ast.Call(node.func, node.args, along), f"`{called}` goes over all axes, and should over one"


def _with(node: ast.expr, other: ast.expr, text: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield an expression with a factor or a term that is made of a name."""
    one = ast.Constant(1)
    for op, missing in ((ast.Mult(), "factor"), (ast.Add(), "term"), (ast.Div(), "divisor")):
        yield ast.BinOp(node, op, other), f"a {missing} is missing at {text}"
    yield ast.BinOp(node, ast.Sub(), other), f"a term is missing at {text}"
    complement = ast.BinOp(one, ast.Sub(), other)
    square = ast.BinOp(one, ast.Sub(), ast.BinOp(other, ast.Pow(), ast.Constant(2)))
    for factor in (complement, square, ast.BinOp(other, ast.Mult(), complement)):
        yield ast.BinOp(node, ast.Mult(), factor), f"a factor is missing at {text}"
    for axis in (0, 1):
        size = ast.Subscript(ast.Attribute(other, "shape", ast.Load()), ast.Constant(axis), ast.Load())
        yield ast.BinOp(node, ast.Div(), size), f"{text} is not divided by how many there are"
        yield ast.BinOp(node, ast.Mult(), size), f"{text} is divided by how many there are, and should not be"
