"""Slips of whole lines: one in the wrong order, in a loop or out of it, too many, not added up."""

import ast
from collections.abc import Iterator

_LOOPS = (ast.For, ast.While)
# A change, and what is odd about the line.
Change = tuple[int, str]


def near_lines(function: ast.FunctionDef) -> Iterator[Change]:
    """Undo one slip after another: while one is yielded the tree is changed, and afterwards as it was.

    Args:
        function: what was written.

    Yields:
        The line, and what is odd there, as the end of a sentence.
    """
    bodies = list(_bodies(function))
    for kind in (_added_up, _moved, _exchanged):
        for body in bodies:
            yield from kind(body)


def far_lines(function: ast.FunctionDef, names: list[str]) -> Iterator[Change]:
    """Do as ``near_lines`` with slips that are less likely, or of which there may be many.

    Args:
        function: what was written.
        names: its arguments and variables.
    """
    bodies = list(_bodies(function))
    for kind in (_removed, _elsewhere):
        for body in bodies:
            yield from kind(body)
    for body in bodies:
        yield from _carried(body, names)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list) and body:
            yield body
            for statement in body:
                yield from _bodies(statement)


def _as(body: list[ast.stmt], changed: list[ast.stmt], line: int, words: str) -> Iterator[Change]:
    """Let a body be another one for a while."""
    before = body[:]
    body[:] = changed
    yield line, words
    body[:] = before


def _added_up(body: list[ast.stmt]) -> Iterator[Change]:
    """What is assigned, and should be added up; or the reverse."""
    for k, statement in enumerate(body):
        others: list[tuple[ast.stmt, str]] = []
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
            if isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
                words = "what was there before is replaced, and should be kept"
                others = [(ast.AugAssign(target, op(), value), words) for op in (ast.Add, ast.Sub, ast.Mult)]
                if isinstance(target, ast.Name):
                    before = ast.Name(target.id, ast.Load())
                    for name in ("max", "min"):
                        both = ast.Call(ast.Name(name, ast.Load()), [before, value], [])
                        others.append((ast.Assign([target], both), words))
        elif isinstance(statement, ast.AugAssign):
            target, value = statement.target, statement.value
            others = [(ast.Assign([target], value), "it is added to what was there, and should replace it")]
            for op, words in (
                (ast.Add, "the sign of what is added up is turned"),
                (ast.Sub, "the sign of what is added up is turned"),
                (ast.Mult, "it is added where it should be multiplied"),
                (ast.Div, "it is multiplied where it should be divided"),
            ):
                if not isinstance(statement.op, op):
                    others.append((ast.AugAssign(target, op(), value), words))
        for other, words in others:
            ast.fix_missing_locations(ast.copy_location(other, statement))
            yield from _as(body, [*body[:k], other, *body[k + 1 :]], statement.lineno, words)


def _exchanged(body: list[ast.stmt]) -> Iterator[Change]:
    for k in range(len(body) - 1):
        first, second = body[k : k + 2]
        words = f"it comes before `{ast.unparse(second).splitlines()[0]}`, and should come after it"
        yield from _as(body, [*body[:k], second, first, *body[k + 2 :]], first.lineno, words)
    for k, statement in enumerate(body):
        rest = [*body[:k], *body[k + 1 :]]
        if k > 1:
            yield from _as(body, [statement, *rest], statement.lineno, "it comes too late")
        if k < len(rest) - 1:
            yield from _as(body, [*rest, statement], statement.lineno, "it comes too early")


def _elsewhere(body: list[ast.stmt]) -> Iterator[Change]:
    for k, statement in enumerate(body):
        rest = [*body[:k], *body[k + 1 :]]
        for there in range(1, len(rest)):
            if abs(there - k) > 1:
                moved = [*rest[:there], statement, *rest[there:]]
                yield from _as(body, moved, statement.lineno, "it comes too early, or too late")


def _moved(body: list[ast.stmt]) -> Iterator[Change]:
    """What stands in a loop or a branch, and should not; or the reverse."""
    for k, block in enumerate(body):
        if not isinstance(block, (*_LOOPS, ast.If)):
            continue
        kind = "loop" if isinstance(block, _LOOPS) else "branch"
        for inner in _nested(block):
            for part, place in ((inner[-1], k + 1), (inner[0], k)) if len(inner) > 1 else ():
                left = [one for one in inner if one is not part]
                outside = [*body[:place], part, *body[place:]]
                words = f"it stands in the {kind}, and should not"
                yield from _both(inner, left, body, outside, part.lineno, words)
        inner = block.body
        words = f"it stands outside of the {kind}, and should not"
        if k + 1 < len(body):
            after = body[k + 1]
            outside = [*body[: k + 1], *body[k + 2 :]]
            yield from _both(inner, [*inner, after], body, outside, after.lineno, words)
        if k > 0:
            before = body[k - 1]
            outside = [*body[: k - 1], *body[k:]]
            yield from _both(inner, [before, *inner], body, outside, before.lineno, words)


def _nested(block: ast.For | ast.While | ast.If) -> Iterator[list[ast.stmt]]:
    """Yield what stands in a loop or a branch, and in the loops in it."""
    yield block.body
    for part in block.body:
        if isinstance(part, _LOOPS):
            yield from _nested(part)


def _both(
    one: list[ast.stmt], one_changed: list[ast.stmt], other: list[ast.stmt], other_changed: list[ast.stmt],
    line: int, words: str,
) -> Iterator[Change]:  # fmt: skip
    before = one[:]
    one[:] = one_changed
    yield from _as(other, other_changed, line, words)
    one[:] = before


def _removed(body: list[ast.stmt]) -> Iterator[Change]:
    for k, statement in enumerate(body):
        if isinstance(statement, ast.FunctionDef | ast.Return):
            continue
        nothing: ast.stmt = ast.fix_missing_locations(ast.copy_location(ast.Pass(), statement))
        changed = [*body[:k], nothing, *body[k + 1 :]]
        yield from _as(body, changed, statement.lineno, "this line does harm")
        if isinstance(statement, ast.If):
            changed = [*body[:k], *statement.body, *body[k + 1 :]]
            yield from _as(body, changed, statement.lineno, "what stands under it belongs to every case")
        if isinstance(statement, ast.Break | ast.Continue):
            other = ast.copy_location(
                ast.Continue() if isinstance(statement, ast.Break) else ast.Break(), statement
            )
            changed = [*body[:k], other, *body[k + 1 :]]
            yield from _as(body, changed, statement.lineno, "`break` and `continue` are confused")


def _carried(body: list[ast.stmt], names: list[str]) -> Iterator[Change]:
    """What a loop does not hand on to its next turn."""
    for block in body:
        if not isinstance(block, _LOOPS):
            continue
        for one in names:
            for other in names:
                if one != other:
                    handed: ast.stmt = ast.parse(f"{one} = {other}").body[0]
                    ast.fix_missing_locations(ast.copy_location(handed, block.body[-1]))
                    words = f"`{one}` is the same in every turn of the loop, and is to be carried on"
                    yield from _as(block.body, [*block.body, handed], block.lineno, words)
