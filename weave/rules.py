"""What must hold for the book as a whole: every exercise once, and nothing before its time."""

import ast
from collections.abc import Iterable

import jupytext

from autograder.exercises.registry import all_exercises
from weave.chapter import Chapter
from weave.errors import ChapterError
from weave.expand import expand, names_defined


def require_rules(chapters: Iterable[Chapter]) -> None:
    """Hold the chapters to the rules of the course.

    Raises:
        ChapterError: an exercise of the registry is in no chapter; a cell uses an exercise before it is
            introduced; a cell imports a layer of a later chapter, or ``solutions``; two chapters have one
            number, or two questions one id. The message names all that is wrong.
    """
    chapters = list(chapters)
    wrong = [problem for chapter in chapters for problem in problems_of(chapter)]
    placed = [exercise.argument for chapter in chapters for exercise in chapter.exercises]
    wrong += [f"{name} of the registry is in no chapter" for name in all_exercises() if name not in placed]
    numbers = [chapter.number for chapter in chapters]
    wrong += [
        f"two chapters are number {number}" for number in sorted(set(numbers)) if numbers.count(number) > 1
    ]
    asked = [
        made.argument for chapter in chapters for made in chapter.directives if made.kind == "open-question"
    ]
    wrong += [f"two open questions are called {name}" for name in sorted(set(asked)) if asked.count(name) > 1]
    if wrong:
        raise ChapterError("\n".join(wrong))


def problems_of(chapter: Chapter) -> list[str]:
    """Return what a chapter uses before its time, a sentence each."""
    later = {
        exercise.name.partition(".")[0]: exercise.chapter
        for exercise in all_exercises().values()
        if exercise.chapter >= chapter.number
    }
    own = {made.argument.partition(".")[0] for made in chapter.exercises}
    defined: set[str] = set()
    wrong = []
    for cell in jupytext.reads(expand(chapter, "notebook"), fmt="md:myst").cells:
        if cell.cell_type != "code":
            continue
        is_graded = "nbgrader" in cell.metadata
        tree = ast.parse(
            "\n".join(line for line in cell.source.splitlines() if not line.startswith(("%", "!")))
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom | ast.Import):
                wrong += [
                    f"{chapter.name}: {problem}" for problem in _import_problems(node, later, is_graded)
                ]
            elif isinstance(node, ast.Name) and node.id in own - defined and not is_graded:
                wrong.append(f"{chapter.name}: a cell uses {node.id} before its exercise")
        defined |= names_defined(cell.source)
    return list(dict.fromkeys(wrong))


def _import_problems(node: ast.Import | ast.ImportFrom, later: dict[str, int], is_graded: bool) -> list[str]:
    names = [alias.name for alias in node.names]
    module = node.module or "" if isinstance(node, ast.ImportFrom) else names[0]
    if module.partition(".")[0] == "solutions":
        return ["a cell imports solutions; layers come from captioning.layers"]
    if module != "captioning.layers" or is_graded:
        return []
    return [
        f"a cell imports {name}, which chapter {later[name]} has written" for name in names if name in later
    ]
