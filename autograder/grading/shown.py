"""The notebook that formgrader and the feedback show: the student's words, the release's cells, our verdicts.

Nothing that runs is taken over: no outputs, no metadata, and what was deleted or edited of the release's own
cells is put back. The text of the student's is made harmless when it is rendered (``as_harmless_html``).
"""

from collections.abc import Iterable

import nh3
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading.assignment import Assignment, grade_id
from autograder.judge.render import as_html, as_text
from autograder.judge.verdict import Verdict
from captioning.source.notebook import Cell

_MISSING = "this cell is not in what was handed in"


def shown_notebook(assignment: Assignment, cells: list[Cell], verdicts: Iterable[Verdict]) -> NotebookNode:
    """Return the notebook to be shown.

    The open questions come first: they are what a person reads it for.

    Args:
        assignment: as it was released.
        cells: of the submission.
        verdicts: on it; each stands in the outputs of its check, and its points after it, as nbgrader reads
            them.
    """
    outputs = {assignment.check_of(verdict.exercise): _outputs(verdict) for verdict in verdicts}
    made: list[NotebookNode] = []
    for known, cell in _in_order(assignment, cells):
        made.append(_cell(assignment.cells.get(known), cell, outputs.get(known, [])))
    for number, node in enumerate(made):
        node.id = f"cell-{number}"
    made.sort(key=lambda node: not _is_open(node))
    notebook = new_notebook(cells=made)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def as_harmless_html(source: str) -> str:
    """Render Markdown; scripts, handlers of events and addresses that run something are left out."""
    return str(nh3.clean(markdown2html_mistune(source)))


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


def _cell(released: Cell | None, cell: Cell | None, outputs: list[NotebookNode]) -> NotebookNode:
    if released is None:
        assert cell is not None
        return _node(cell.kind, cell.source, {}, [])
    facts = released.metadata["nbgrader"]
    is_written = bool(facts.get("solution"))
    source = released.source
    if is_written and cell is not None:
        source = cell.source
    elif is_written and released.kind == "code":
        source = f"# {_MISSING}"
    return _node(released.kind, source, {"nbgrader": dict(facts)}, outputs)


def _node(kind: str, source: str, metadata: dict[str, object], outputs: list[NotebookNode]) -> NotebookNode:
    if kind == "markdown":
        return new_markdown_cell(source, metadata=metadata)
    # A raw cell would be rendered as it stands.
    return new_code_cell(source, metadata=metadata, outputs=outputs)


def _is_open(node: NotebookNode) -> bool:
    """Tell whether a cell is an open question or the answer to one."""
    facts = node.metadata.get("nbgrader", {})
    is_answer = bool(facts.get("grade") and facts.get("solution"))
    return is_answer or str(facts.get("grade_id", "")).startswith("question_")


def _outputs(verdict: Verdict) -> list[NotebookNode]:
    said = {"text/plain": as_text(verdict), "text/html": as_html(verdict)}
    points = {"text/plain": f"{verdict.points!r}"}
    return [new_output("display_data", said), new_output("execute_result", points)]
