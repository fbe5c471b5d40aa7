"""The code of a notebook or script as Python, as Jupyter would hand it to Python; nothing is run.

The lines keep their numbers, so what is said of line 3 of a cell is to be found there.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from captioning.errors import InputError
from captioning.source.notebook import read_cells
from captioning.source.text import conflict, read_text

# Cell magics that run their cell as the notebook's own code.
_RUNNING = {"capture", "prun", "time"}


@dataclass(frozen=True)
class Code:
    """A piece of code: a cell of a notebook, or a script.

    Attributes:
        title: where it stands, "10_lstm.ipynb cell 3".
        source: Python, or what is meant to be.
        statements: at its top; none if it is not Python.
        problem: why it is not Python, else "".
    """

    title: str
    source: str
    statements: tuple[ast.stmt, ...] = ()
    problem: str = ""

    @classmethod
    def of(cls, title: str, source: str) -> "Code":
        """Return Python, or what is meant to be, as code."""
        try:
            return cls(title, source, tuple(parse(source, title).body))
        except InputError as error:
            return cls(title, source, problem=str(error))

    @property
    def begun(self) -> list[str]:
        """The functions and classes that it seems to define, where it is not Python."""
        return re.findall(r"(?m)^[ \t]*(?:def|class)\s+(\w+)", self.source) if self.problem else []


def read_code(path: Path) -> list[Code]:
    """Return the code of a notebook, a piece for each cell, or of a script, in one piece.

    Raises:
        InputError: it cannot be read; a cell that is not Python does not count.
    """
    if path.suffix == ".py":
        return [Code.of(str(path), read_text(path))]
    cells = (cell for cell in read_cells(path) if cell.kind == "code")
    return [Code.of(f"{path} cell {cell.number}", as_python(cell.source)) for cell in cells]


def parse(source: str, title: str) -> ast.Module:
    """Return the syntax tree of a piece of Python.

    Raises:
        InputError: it is not Python; the message says where, and names Git's conflict markers.
    """
    try:
        return ast.parse(source, filename=title)
    except SyntaxError as error:
        where = f"{title}, line {error.lineno}"
        raise InputError(conflict(source, title) or f"{where}: this is not Python ({error.msg}).") from error
    except (ValueError, RecursionError, MemoryError) as error:  # a zero byte, or too many levels
        raise InputError(f"{title}: Python cannot read this ({error}).") from error


def as_python(source: str) -> str:
    """Return the text of a cell with magics, shell commands and ``name?`` as the calls that IPython makes.

    A cell magic that runs its cell here leaves the cell; any other leaves nothing.
    """
    if is_python(source):
        return source
    rest = source
    while True:
        # IPython leaves out the empty lines above a cell.
        rest = re.sub(r"\A(?:[ \t]*\n)+", "", rest)
        magic = re.match(r"%%(\w+)(?!\w|\?).*\n?", rest)
        if magic is None:
            break
        if magic[1] not in _RUNNING:
            return ""
        rest = rest[magic.end() :]
    above = "\n" * (source.count("\n") - rest.count("\n"))
    return above + (rest if is_python(rest) else _transformed(rest))


def is_python(source: str) -> bool:
    """Tell whether a text is Python as it stands."""
    try:
        parse(source, "")
    except InputError:
        return False
    return True


def _transformed(source: str) -> str:
    try:
        return str(_transformer().transform_cell(source))
    except (SyntaxError, RuntimeError, ValueError):  # IPython cannot make sense of it either
        return source


@cache
def _transformer() -> Any:
    # It takes half a second to load, and most cells need it not.
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415

    class KeepingLines(TransformerManager):
        """IPython's own, but for this: what it writes in one line takes up as many lines as before."""

        def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
            changed, made = super().do_one_token_transform(lines)
            at = next((n for n, (old, new) in enumerate(zip(lines, made, strict=False)) if old != new), 0)
            return changed, [*made[: at + 1], *["\n"] * (len(lines) - len(made)), *made[at + 1 :]]

    return KeepingLines()


def lines_of(source: str) -> Iterator[str]:
    """Yield the lines of a source as Python counts them: only a line feed ends one."""
    return (f"{line}\n" for line in source.split("\n"))
