"""Answers that are alike: places to look, computed here from what was handed in, and kept nowhere.

What counts is the shape of the code: its syntax tree, without comments, docstrings, annotations and spacing,
and with one name for all of a student's names. It is cut into overlapping pieces. A piece that the stub or
the reference has, or that many in the class have, says nothing and does not count; of what is left, two
answers share so much of the shorter one.
"""

import ast
import builtins
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.grading.assignment import Assignment
from autograder.grading.submission import code_of, read
from autograder.grading.workers import Cell
from captioning.errors import InputError
from captioning.layers import reference
from captioning.source.code import Code

# How many symbols are a piece: about a line of code.
LENGTH = 12
# A pair is listed that shares at least this part, and so many pieces: one slip that two have made changes the
# pieces around it, some twenty.
LEAST_SHARE, LEAST_PIECES = 0.5, 40
# What more than this part of the class has says nothing; what two have alone always counts.
MANY = 1 / 3
# A student's own functions beside the answers, whatever they are called.
HELPERS = "helpers"
_KEPT = frozenset(dir(builtins)) | {"np", "numpy", "self"}
_BLOCK = 4096
Pieces = dict[str, frozenset[int]]


@dataclass(frozen=True)
class Pair:
    """Two students whose answers are alike.

    Attributes:
        one, other: who.
        share: of the pieces of the shorter one, so many the other has too, 0 to 1.
        pieces: how many they share.
        exercises: the same share for each exercise in which they share enough.
    """

    one: str
    other: str
    share: float
    pieces: int
    exercises: dict[str, float]


def similar_submissions(
    assignment: Assignment, released: Path, notebooks: Mapping[str, Path]
) -> tuple[list[Pair], list[str]]:
    """Return the pairs of a class whose answers are alike, and whose notebooks cannot be read.

    Args:
        assignment: which.
        released: the notebook that the students got.
        notebooks: what they handed in.
    """
    asked = {assignment.answer_of(exercise.name) for exercise in assignment.asked.exercises}
    name = assignment.asked.notebook
    stubs = code_of(read(released), name)
    given = definitions(stubs)
    answers, unread = {}, []
    for student, path in notebooks.items():
        try:
            answers[student] = pieces_of(code_of(read(path), name), asked, given)
        except InputError:  # `captioning grade` says what is wrong with it
            unread.append(student)
    return similar(answers, [pieces_of(stubs, asked), pieces_of_reference(asked)]), unread


def pieces_of(code: Iterable[Cell], asked: Iterable[str], given: frozenset[str] = frozenset()) -> Pieces:
    """Return the pieces of a student's code, by exercise.

    Args:
        code: of a notebook.
        asked: the functions and classes that it is to define.
        given: other definitions that the notebook was released with; they do not count.
    """
    asked, bodies = frozenset(asked), dict[str, ast.stmt]()
    for cell in code:
        for statement in Code.of(*cell).statements:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name not in given - asked:
                bodies[statement.name] = statement  # the last one counts
    found: dict[str, set[int]] = {}
    for name, body in bodies.items():
        found.setdefault(name if name in asked else HELPERS, set()).update(_pieces(list(_symbols(body))))
    return {name: frozenset(pieces) for name, pieces in found.items() if pieces}


def definitions(code: Iterable[Cell]) -> frozenset[str]:
    """Return the functions and classes that a notebook defines."""
    return frozenset(
        statement.name
        for cell in code
        for statement in Code.of(*cell).statements
        if isinstance(statement, ast.FunctionDef | ast.ClassDef)
    )


def pieces_of_reference(asked: Iterable[str]) -> Pieces:
    """Return the pieces of the reference's answers, by exercise."""
    code = [Cell(name, inspect.getsource(inspect.unwrap(getattr(reference(), name)))) for name in set(asked)]
    return pieces_of(code, asked)


def similar(answers: Mapping[str, Pieces], worthless: Sequence[Pieces] = ()) -> list[Pair]:
    """Return the pairs whose answers are alike, the most alike first.

    Args:
        answers: of each student.
        worthless: pieces that do not count: of the stubs, of the reference.
    """
    students = sorted(answers)
    left = _telling([answers[student] for student in students], worthless)
    sizes = {
        name: np.array([len(pieces.get(name, ())) for pieces in left])
        for name in sorted({name for pieces in left for name in pieces})
    }
    shared = {name: _shared([pieces.get(name, frozenset()) for pieces in left]) for name in sizes}
    if not shared:
        return []
    together = np.sum(list(shared.values()), axis=0)
    total = np.sum(list(sizes.values()), axis=0)
    shares = together / np.maximum(np.minimum.outer(total, total), 1)
    is_pair = np.triu((shares >= LEAST_SHARE) & (together >= LEAST_PIECES), k=1)
    pairs = []
    for one, other in np.argwhere(is_pair):
        alike = {
            name: float(counts[one, other] / min(sizes[name][one], sizes[name][other]))
            for name, counts in shared.items()
            if counts[one, other] >= LEAST_PIECES
        }
        pairs.append(
            Pair(
                students[one],
                students[other],
                float(shares[one, other]),
                int(together[one, other]),
                {name: share for name, share in alike.items() if share >= LEAST_SHARE},
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.share, -pair.pieces, pair.one, pair.other))


def _telling(answers: list[Pieces], worthless: Sequence[Pieces]) -> list[Pieces]:
    """Leave the pieces that two have, and that not many have."""
    most = max(2, int(MANY * len(answers)))
    names = {name for pieces in answers for name in pieces}
    kept: dict[str, frozenset[int]] = {}
    for name in names:
        counts: dict[int, int] = {}
        for pieces in answers:
            for piece in pieces.get(name, ()):
                counts[piece] = counts.get(piece, 0) + 1
        nothing = frozenset().union(*(pieces.get(name, frozenset()) for pieces in worthless))
        kept[name] = frozenset(piece for piece, count in counts.items() if count <= most) - nothing
    return [{name: own & kept[name] for name, own in pieces.items()} for pieces in answers]


def _shared(answers: list[frozenset[int]]) -> np.ndarray:
    """Return for each two of n answers how many pieces they share, (n, n)."""
    counts: dict[int, int] = {}
    for pieces in answers:
        for piece in pieces:
            counts[piece] = counts.get(piece, 0) + 1
    columns = {piece: at for at, piece in enumerate(p for p, count in counts.items() if count > 1)}
    rows, places = [], []
    for row, pieces in enumerate(answers):
        for piece in pieces:
            if piece in columns:
                rows.append(row)
                places.append(columns[piece])
    row_of, place_of = np.array(rows, dtype=int), np.array(places, dtype=int)
    shared = np.zeros((len(answers), len(answers)), dtype=np.float32)
    for start in range(0, len(columns), _BLOCK):
        inside = (place_of >= start) & (place_of < start + _BLOCK)
        block = np.zeros((len(answers), _BLOCK), dtype=np.float32)
        block[row_of[inside], place_of[inside] - start] = 1
        shared += block @ block.T
    return shared


def _pieces(symbols: list[str]) -> Iterator[int]:
    # The pieces are compared within one run alone, so that Python's own hash will do.
    if symbols and len(symbols) < LENGTH:
        yield hash(tuple(symbols))
    for at in range(len(symbols) - LENGTH + 1):
        yield hash(tuple(symbols[at : at + LENGTH]))


def _symbols(definition: ast.stmt) -> Iterator[str]:
    """Yield the shape of a definition, symbol by symbol."""
    todo: list[ast.AST] = [definition]
    while todo:  # no recursion: a student may have nested what they like
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            if node is not definition:
                yield type(node).__name__
            todo += reversed(_without_docstring(node.body))
            continue
        if isinstance(node, ast.Name):
            yield node.id if node.id in _KEPT else "name"
        elif isinstance(node, ast.Attribute):
            yield f".{node.attr}"
        elif isinstance(node, ast.Constant):
            yield "text" if isinstance(node.value, str) else repr(node.value)
        elif not isinstance(node, ast.expr_context | ast.Load):
            yield type(node).__name__
        if isinstance(node, ast.AnnAssign):
            todo += [part for part in (node.value, node.target) if part is not None]
        else:
            todo += reversed(list(ast.iter_child_nodes(node)))


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    return [
        statement
        for statement in body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]
