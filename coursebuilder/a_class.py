"""A class that never was: notebooks as students hand them in, made of the solution and of known mistakes."""

import ast
import inspect
import random
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.mistakes import as_written
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from captioning.layers import reference
from captioning.source.markers import without_markers

NAMES = (
    *(
        "ada",
        "alan",
        "annie",
        "barbara",
        "charles",
        "claude",
        "dorothy",
        "edsger",
        "emmy",
        "evelyn",
        "frances",
    ),
    *("grace", "hedy", "ida", "joan", "john", "karen", "katherine", "kurt", "mary", "niklaus", "radia"),
    *("sofia", "tony"),
)
# Two who wrote in loops, alike but for the names.
ALIKE = ("edsger", "tony")
# So many of a chapter's mistakes are made by those who make one, the first more often.
_MOST = 4


def hand_in_class(course: Path, name: str, seed: int = 0) -> None:
    """Hand in an assignment for a class, in a course folder: better and worse, by a seed.

    Args:
        course: the folder; ``source`` and ``release`` have the assignment.
        name: of the assignment.
        seed: of who makes which mistake.
    """
    solution, stubs = (
        nbformat.read(course / step / name / f"{name}.ipynb", as_version=4) for step in ("source", "release")
    )
    draw = random.Random(f"{name} {seed}")
    for student in NAMES:
        notebook = _handed_in(solution, stubs, student, draw)
        path = course / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")


def _handed_in(
    solution: NotebookNode, stubs: NotebookNode, student: str, draw: random.Random
) -> NotebookNode:
    notebook: NotebookNode = nbformat.from_dict(solution)
    answers = {_id(cell): cell for cell in notebook.cells if _facts(cell).get("solution")}
    skill = draw.betavariate(3, 1.4)
    for answer, cell in answers.items():
        if student in ALIKE and hasattr(as_written, answer):
            cell.source = _in_loops(answer, student)
        elif draw.random() < 0.2 * (1 - skill):
            cell.source = next(other.source for other in stubs.cells if _id(other) == answer)
        elif draw.random() > skill:
            made = list(_mistaken(answer, cell.source))[:_MOST]
            if made:
                cell.source = draw.choices(made, [2**-n for n in range(len(made))])[0]
        cell.source = without_markers(cell.source)
        if cell.cell_type == "markdown":
            cell.source = _WORDS[NAMES.index(student) % len(_WORDS)]
    return notebook


def _mistaken(answer: str, source: str) -> Iterator[str]:
    for mistake in all_mistakes():
        if mistake.exercise == answer and not mistake.as_written and not mistake.inside:
            found = _edited(mistake, source)
            if found is not None:
                yield found


def _edited(mistake: Mistake, source: str) -> str | None:
    """Return a cell with a mistake made in it; None if what it edits is not in this cell."""
    home, _, method = mistake.exercise.partition(".")
    function = getattr(inspect.getmodule(getattr(reference(), home)), home)
    piece = inspect.getsource(inspect.unwrap(getattr(function, method) if method else function)).strip()
    return source.replace(piece, piece.replace(mistake.old, mistake.new)) if piece in source else None


def _in_loops(answer: str, student: str) -> str:
    source = inspect.getsource(getattr(as_written, answer))
    helper = inspect.getsource(as_written._sigmoid) + "\n\n" if "_sigmoid(" in source else ""
    arguments = {"self"} | {argument.arg for argument in _arguments(source)}
    # Of two who are alike each has names of their own; those of arguments are given.
    suffix = {ALIKE[0]: "", ALIKE[1]: "_"}[student]
    own = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)
           and isinstance(node.ctx, ast.Store)} - arguments  # fmt: skip
    return helper + re.sub(
        r"\b[A-Za-z]\w*\b", lambda found: found[0] + suffix if found[0] in own else found[0], source
    )


def _arguments(source: str) -> list[ast.arg]:
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition.args.args


def _facts(cell: NotebookNode) -> dict[str, object]:
    found: dict[str, object] = cell.metadata.get("nbgrader", {})
    return found


def _id(cell: NotebookNode) -> str:
    return str(_facts(cell).get("grade_id", ""))


_WORDS = (
    "When the sentence ends, nothing of it is needed for the next one: the forget gate closes.",
    "A full stop. What was counted before does not matter after it.",
    "Whenever the loss is small, I think, since then there is nothing left to learn.",
)
