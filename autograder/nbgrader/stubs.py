"""From a cell with a solution to what a student gets: whose it is to write stands in the error.

nbgrader replaces every solution by one text. ``ClearSolutions`` here, named in ``nbgrader_config.py``, gives
our exercises a text with their own name and number, and leaves all other assignments to nbgrader.
"""

import ast
import re

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions as NbgraderClearSolutions

from captioning.source.markers import BEGIN, END, REGION

# A cell's metadata has the numbers of its exercises under this name: {"lstm_step_forward": "10.1"}.
NUMBERS = "exercises"
# What is meant as a marker, however it is written.
MARKER = re.compile(r"#\s*(BEGIN|END)[\s_-]*SOLUTION", re.IGNORECASE)


class MarkerError(ValueError):
    """The markers of a solution are malformed; the message says which, and what is needed."""


class ClearSolutions(NbgraderClearSolutions):
    """nbgrader's preprocessor, with stubs that name their exercise."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, object], cell_index: int
    ) -> tuple[NotebookNode, dict[str, object]]:
        """Replace the solutions of a cell of ours; let nbgrader see to any other."""
        if NUMBERS not in cell.metadata:
            return super().preprocess_cell(cell, resources, cell_index)
        cell.source = stub(cell.source, cell.metadata[NUMBERS]).rstrip("\n")
        return cell, resources


def stub(source: str, numbers: dict[str, str]) -> str:
    """Return source code with each solution replaced by an error that says whose it is to write.

    Args:
        source: a function or class with markers, perhaps after helpers that stand between markers too.
        numbers: of the exercises in it, ``{"lstm_step_forward": "10.1"}``.

    Raises:
        MarkerError: the markers are malformed.
    """
    require_markers(source)
    owners = _owners(source)

    def replace(match: re.Match[str]) -> str:
        indent = match.group(1)
        if not indent:  # helpers of the solution
            return ""
        name = owners[source.count("\n", 0, match.start())]
        where = f": exercise {numbers[name]}" if name in numbers else ""
        return f'{indent}raise NotImplementedError("{name} is yours to write{where}")\n'

    return REGION.sub(replace, source).lstrip("\n")


def require_markers(source: str) -> None:
    """Raise ``MarkerError`` unless every solution that begins also ends, before the next one begins.

    A marker that nbgrader would not know, such as ``# begin solution``, is malformed too.
    """
    left = REGION.sub("", source)
    inside = "".join(body for _, body in REGION.findall(source))
    for line in (left + inside).splitlines():
        if MARKER.search(line):
            raise MarkerError(
                f"malformed markers: {line.strip()!r} has no partner at its indentation. Each {BEGIN!r} "
                f"needs one {END!r} after it, indented alike, before the next begins."
            )


def without_solutions(source: str) -> str:
    """Return source code without its solutions."""
    return REGION.sub("", source)


def _owners(source: str) -> list[str]:
    """Return for each line the function or ``Class.method`` that it belongs to."""
    owners = [""] * (source.count("\n") + 2)
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
            named: list[tuple[str, ast.stmt]] = [(node.name, node)]
            if isinstance(node, ast.ClassDef):
                named += [(f"{node.name}.{method.name}", method) for method in methods]
            for name, owner in named:
                for line in range(owner.lineno - 1, owner.end_lineno or 0):
                    owners[line] = name
    return owners
