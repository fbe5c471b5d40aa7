"""One slip after another is undone in a syntax tree.

Another sign, another name, an index one further, a term more or less, two lines exchanged: which of them
was made is for an experiment to say. Here stands which there are, the likeliest first, and what is to be said
of each: the place, and what is odd there, not what belongs there.
"""

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from autograder.slips.expressions import Others, confused, renamed, stored
from autograder.slips.flow import lines_of
from autograder.slips.lines import far_lines, near_lines
from autograder.slips.names import Names
from autograder.slips.parts import lacking, too_little, too_much

_NOT_CODE = {"decorator_list", "returns", "annotation", "type_params"}


@dataclass(frozen=True)
class Slip:
    """What may have slipped.

    Attributes:
        line: of the source, counted from 1.
        words: what is odd there, as the end of a sentence.
    """

    line: int
    words: str


@dataclass(frozen=True)
class _Place:
    """Where an expression stands: ``holder[key]``, a list or the fields of a node."""

    holder: Any
    key: Any
    line: int

    @property
    def node(self) -> ast.expr:
        found: ast.expr = self.holder[self.key]
        return found


def likely(function: ast.FunctionDef, wrong: Collection[int] = ()) -> Iterator[Slip]:
    """Undo one slip after another: while one is yielded the tree is changed, and afterwards as it was.

    Args:
        function: what was written; its nodes have line numbers.
        wrong: the positions of the outputs that are wrong, where others are right.
    """
    first, rest = _concerned(function, wrong)
    names = Names(function)
    for kind in (confused, renamed, too_much):
        yield from _in_expressions(first, kind, names)
    yield from starmap(Slip, near_lines(function))
    for kind in (too_little, lacking):
        yield from _in_expressions(first, kind, names)
    for kind in (confused, renamed, too_much):
        yield from _in_expressions(rest, kind, names)


def unlikely(function: ast.FunctionDef, wrong: Collection[int] = ()) -> Iterator[Slip]:
    """Do as ``likely`` with slips that are rarer, or of which there may be many."""
    first, rest = _concerned(function, wrong)
    names = Names(function)
    yield from starmap(Slip, far_lines(function, names.assigned))
    for kind in (too_little, lacking):
        yield from _in_expressions(rest, kind, names)
    yield from _in_expressions([*first, *rest], stored, names)


def _concerned(function: ast.FunctionDef, wrong: Collection[int]) -> tuple[list[_Place], list[_Place]]:
    """Return the places that only outputs which are wrong are made of, and the others."""
    lines, places = lines_of(function, wrong), list(_places(function))
    return (
        [place for place in places if place.line in lines],
        [place for place in places if place.line not in lines],
    )


def _in_expressions(
    places: list[_Place], kind: Callable[[ast.expr, Names], Others], names: Names
) -> Iterator[Slip]:
    for place in places:
        for node, words in kind(place.node, names):
            yield from _changed(place, node, words)


def _changed(place: _Place, node: ast.expr, words: str) -> Iterator[Slip]:
    before = place.node
    if not hasattr(node, "lineno"):  # a part of what was there has a line of its own
        ast.copy_location(node, before)
    place.holder[place.key] = ast.fix_missing_locations(node)
    yield Slip(place.line, words)
    place.holder[place.key] = before


def _places(node: ast.AST, line: int = 0) -> Iterator[_Place]:
    """Yield where expressions stand, outer ones first."""
    for name, value in ast.iter_fields(node):
        if name in _NOT_CODE or isinstance(value, ast.arguments):
            continue
        holder: Any = value if isinstance(value, list) else vars(node)
        for key, item in enumerate(value) if isinstance(value, list) else [(name, value)]:
            if isinstance(item, ast.AST) and not _is_text(item):
                own = getattr(item, "lineno", line)
                if isinstance(item, ast.expr):
                    yield _Place(holder, key, own)
                yield from _places(item, own)


def _is_text(node: ast.AST) -> bool:
    """Tell a docstring, or any text that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
