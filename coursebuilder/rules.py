"""What must hold for the book as a whole: every exercise once, and nothing before its time."""

import ast
import builtins
from collections.abc import Iterable, Iterator

from autograder.exercises.registry import all_exercises
from captioning.errors import InputError
from captioning.source.code import as_python, parse
from captioning.source.names import names_defined, names_used
from coursebuilder.chapter import Chapter, read_notebook
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand


def require_rules(chapters: Iterable[Chapter]) -> None:
    """Hold the chapters to the rules of the course.

    Raises:
        ChapterError: an exercise of the registry is in no chapter; a cell uses a name before it is
            introduced; a cell imports a layer of this or a later chapter, or ``solutions``; two chapters have
            one number, or two questions one id. The message names all that is wrong.
    """
    chapters = list(chapters)
    wrong = [problem for chapter in chapters for problem in problems_of(chapter)]
    numbers = [chapter.number for chapter in chapters]
    wrong += [
        f"{exercise.name} of the registry is in no chapter: there is none with the number {exercise.chapter}"
        for exercise in all_exercises().values()
        if exercise.chapter not in numbers
    ]
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
    """Return what a chapter lacks or uses before its time, a sentence each.

    Raises:
        ChapterError: it cannot be expanded, or a cell is not Python.
    """
    asked = {e.name: e for e in all_exercises().values() if e.chapter == chapter.number}
    placed = {made.argument for made in chapter.exercises}
    wrong = [f"{name} of the registry is not in it" for name in asked if name not in placed]
    wrong += _problems_of_cells(chapter, {name.partition(".")[0] for name in asked})
    return [f"{chapter.name}: {problem}" for problem in dict.fromkeys(wrong)]


def _problems_of_cells(chapter: Chapter, own: set[str]) -> Iterator[str]:
    later = {
        exercise.name.partition(".")[0]: exercise.chapter
        for exercise in all_exercises().values()
        if exercise.chapter >= chapter.number
    }
    known = {*dir(builtins), "get_ipython"}
    for cell in read_notebook(expand(chapter, "notebook"), chapter.name).cells:
        if cell.cell_type != "code":
            continue
        source = as_python(cell.source)
        try:
            tree = parse(source, f"{chapter.name}: a cell")
        except InputError as error:
            raise ChapterError(f"{error}\n{source}") from error
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom | ast.Import):
                yield from _import_problems(node, later)
        for name in sorted(names_used(source) - known - names_defined(source)):
            yield f"a cell uses {name} before {'its exercise' if name in own else 'it is introduced'}"
        known |= names_defined(source)


def _import_problems(node: ast.Import | ast.ImportFrom, later: dict[str, int]) -> Iterator[str]:
    names = [alias.name for alias in node.names]
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
    if any(module.partition(".")[0] == "solutions" for module in modules):
        yield "a cell imports solutions; layers come from captioning.layers"
    is_from = isinstance(node, ast.ImportFrom)
    if is_from and modules == ["captioning.layers"]:
        for name in names:
            if name in later:
                yield f"a cell imports {name}, which chapter {later[name]} has written"
    whole = {("captioning", "layers"), ("captioning.layers", "*")}
    if {(modules[0], name) for name in names} & whole if is_from else "captioning.layers" in modules:
        yield "a cell imports all layers; expected their names: from captioning.layers import affine_forward"
