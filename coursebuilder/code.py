"""The code of an exercise, by symbol: from ``solutions/`` to what stands in a notebook.

The solution of an exercise stands between markers, as nbgrader knows them. Helpers that only solutions use
are part of the solution; helpers that what is given uses are given too.
"""

import ast
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.nbgrader.stubs import MarkerError, require_markers
from captioning.source.names import bound, imported_as, names_used, text_of
from coursebuilder.errors import ChapterError

LAYERS = "captioning.layers"


@dataclass(frozen=True)
class Symbol:
    """A function, class, constant or import at the top of a module of ``solutions/``.

    Attributes:
        name: as it is used.
        module: the name of the module, "lstm".
        source: with decorators and markers; ends with a newline.
        is_import: whether the source is an import.
    """

    name: str
    module: str
    source: str
    is_import: bool = False


def solutions_folder() -> Path:
    """Return the folder of the reference.

    Raises:
        ChapterError: there is none: this is not a checkout.
    """
    spec = importlib.util.find_spec("solutions")
    if spec is None or not spec.submodule_search_locations:
        raise ChapterError(
            "the reference in solutions/ is not here. It is in no wheel: work in a checkout of the project, "
            "installed with `pip install --editable '.[book]'`."
        )
    return Path(spec.submodule_search_locations[0])


def read_module(path: Path) -> str:
    """Return the source of a module of ``solutions/``.

    Raises:
        ChapterError: the markers in it are malformed.
    """
    text = path.read_text(encoding="utf-8")
    try:
        require_markers(text)
    except MarkerError as error:
        raise ChapterError(f"{path.parent.name}/{path.name}: {error}") from error
    return text


@cache
def module_symbols(module: str) -> dict[str, Symbol]:
    """Return what a module of ``solutions/`` defines and imports, by name, in its order.

    Raises:
        ChapterError: the markers in it are malformed.
    """
    text = read_module(solutions_folder() / f"{module}.py")
    lines = text.splitlines(keepends=True)
    symbols: dict[str, Symbol] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, line in import_lines(node).items():
                symbols[name] = Symbol(name, module, line, is_import=True)
        else:
            symbols |= {name: Symbol(name, module, text_of(node, lines)) for name in bound(node)}
    return symbols


def import_lines(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Return a line for each name that an import binds; layers come from ``captioning.layers``."""
    module = getattr(node, "module", None) or ""
    module = LAYERS if module.startswith("solutions.") else module
    head = "import" if isinstance(node, ast.Import) else f"from {module} import"
    return {
        imported_as(alias): f"{head} {alias.name}" + (f" as {alias.asname}\n" if alias.asname else "\n")
        for alias in node.names
    }


def symbol(name: str) -> Symbol:
    """Return a function, class or constant of ``solutions/`` by its name.

    Raises:
        ChapterError: no module, or more than one, defines it.
    """
    homes = [
        found[name]
        for path in sorted(solutions_folder().glob("*.py"))
        if name in (found := module_symbols(path.stem)) and not found[name].is_import
    ]
    if len(homes) != 1:
        where = ", ".join(f"solutions/{home.module}.py" for home in homes) or "no module of solutions/"
        raise ChapterError(f"{name} must be defined in one module of solutions/, and is in {where}")
    return homes[0]


def helpers(of: Symbol, source: str, known: Iterable[str]) -> list[Symbol]:
    """Return what a piece of source code uses of its module, helpers of helpers included, in their order.

    Args:
        of: the symbol whose module is searched.
        source: the code whose helpers are asked for.
        known: names that need not be returned.
    """
    symbols = module_symbols(of.module)
    found: dict[str, Symbol] = {}
    waiting = sorted(names_used(source))
    while waiting:
        name = waiting.pop()
        if name in symbols and name != of.name and name not in found and name not in known:
            found[name] = symbols[name]
            if not symbols[name].is_import:
                waiting += sorted(names_used(symbols[name].source))
    return [found[name] for name in symbols if name in found]
