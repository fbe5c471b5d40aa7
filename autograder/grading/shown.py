"""The notebook that formgrader and the feedback show: the student's words, the release's cells, our verdicts.

Nothing that runs is taken over: no outputs, no metadata, and what was deleted or edited of the release's own
cells is put back. The text of the student's is made harmless when it is rendered (``as_harmless_html``).
"""

import json
from collections.abc import Iterable
from typing import Any

from autograder.grading.assignment import Assignment, grade_id

# Settings of nbgrader name it by this module.
from autograder.grading.harmless import as_harmless_html, with_pictures
from autograder.judge.render import as_html, as_text
from autograder.judge.verdict import Verdict
from captioning.source.notebook import Cell

__all__ = ["as_harmless_html", "has_no_answer", "shown_notebook"]

Node = dict[str, Any]
_MISSING = "this cell is not in what was handed in"


def shown_notebook(assignment: Assignment, cells: list[Cell], verdicts: Iterable[Verdict]) -> str:
    """Return the notebook to be shown, as JSON.

    The open questions come first: they are what a person reads it for.

    Args:
        assignment: as it was released.
        cells: of the submission.
        verdicts: on it; each stands in the outputs of its check, and its points after it, as nbgrader reads
            them.
    """
    outputs = {assignment.check_of(verdict.exercise): _outputs(verdict) for verdict in verdicts}
    made = [
        _cell(assignment.cells.get(known), cell, outputs.get(known, []), f"cell-{number}")
        for number, (known, cell) in enumerate(_in_order(assignment, cells))
    ]
    made.sort(key=lambda node: not _is_open(node))
    # nbformat's own functions hold each cell to its schema, which takes most of the time of a submission.
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
    return json.dumps(notebook, indent=1, sort_keys=True) + "\n"


def has_no_answer(assignment: Assignment, cells: list[Cell], question: str) -> bool:
    """Tell whether the answer to an open question is as it was released, or is not there.

    It may be there though its cell is not: some editors lose what nbgrader knows a cell by, and some write
    below the cell that is for it. So where there are words that the release has not, a person has to look.
    """
    answer = next((cell for cell in cells if grade_id(cell) == question), None)
    released = {cell.source.strip() for cell in assignment.cells.values()} | assignment.words
    if answer is not None and answer.source.strip() not in released | {""}:
        return False
    return all(cell.kind == "code" or cell.source.strip() in released | {""} for cell in cells)


def _in_order(assignment: Assignment, cells: list[Cell]) -> list[tuple[str, Cell | None]]:
    """Return the student's cells in their order, and where the release had them those that are missing.

    Returns:
        For each cell the id that nbgrader knows it by, "" for any other, and what was handed in, None if it
        was not.
    """
    seen: set[str] = set()
    order: list[tuple[str, Cell | None]] = []
    for cell in cells:
        known = grade_id(cell)
        known = known if known in assignment.cells and known not in seen else ""
        seen.add(known)
        order.append((known, cell))
    before = ""
    for known in assignment.cells:
        if known not in seen:
            at = next((n + 1 for n, (other, _) in enumerate(order) if before and other == before), 0)
            order.insert(at, (known, None))
        before = known
    return order


def _cell(released: Cell | None, cell: Cell | None, outputs: list[Node], name: str) -> Node:
    if released is None:
        assert cell is not None
        return _node(cell.kind, _text(cell), {}, [], name)
    facts = released.metadata["nbgrader"]
    is_written = bool(facts.get("solution"))
    source = released.source
    if is_written and cell is not None:
        source = _text(cell)
    elif is_written and released.kind == "code":
        source = f"# {_MISSING}"
    return _node(released.kind, source, {"nbgrader": facts}, outputs, name)


def _text(cell: Cell) -> str:
    return with_pictures(cell.source, cell.attachments) if cell.kind == "markdown" else cell.source


def _node(kind: str, source: str, metadata: Node, outputs: list[Node], name: str) -> Node:
    # Half a character cannot be sent to a browser.
    text = source.encode("utf-8", "replace").decode("utf-8")
    node: Node = {"cell_type": "markdown", "id": name, "metadata": metadata, "source": text}
    if kind == "markdown":
        return node
    # A raw cell would be rendered as it stands.
    return node | {"cell_type": "code", "execution_count": None, "outputs": outputs}


def _is_open(node: Node) -> bool:
    """Tell whether a cell is an open question or the answer to one."""
    facts = node["metadata"].get("nbgrader", {})
    is_answer = bool(facts.get("grade") and facts.get("solution"))
    return is_answer or str(facts.get("grade_id", "")).startswith("question_")


def _outputs(verdict: Verdict) -> list[Node]:
    said = {"text/plain": as_text(verdict), "text/html": as_html(verdict)}
    points = {"text/plain": f"{verdict.points!r}"}
    return [
        {"output_type": "display_data", "data": said, "metadata": {}},
        {"output_type": "execute_result", "data": points, "metadata": {}, "execution_count": None},
    ]
