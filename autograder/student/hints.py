"""Help for who is stuck: hints and the course's own version, read from the reference where it is installed.

Nothing of the reference is run. What was asked for is counted, and `captioning progress` shows it.
"""

import ast
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import dedent, indent

from captioning.answers.library import keeping_folder
from captioning.answers.resolver import reference_source
from captioning.answers.state import changing_state, read_state
from captioning.errors import InputError
from captioning.installing import SOLUTIONS, solutions_requirement
from captioning.source.markers import REGION, without_markers

TRIES = 2  # different answers that failed, before the solution is shown
HINTS = 2


@dataclass(frozen=True)
class Shown:
    """Something to read, that shows itself in a notebook and a terminal."""

    text: str
    html: str = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html or f"<pre>{escape(self.text)}</pre>"


def note_try(name: str, answer: str) -> None:
    """Count an answer that is not right, unless it is the one that was counted last."""
    folder = keeping_folder()
    if folder is None or read_state(folder).help_with(name).last == answer:
        return
    with changing_state(folder) as state:
        help_with = state.help_with(name)
        help_with.failed += 1
        help_with.last = answer


def hint(name: str) -> Shown:
    """Return the next hint, and count it; after the last that one again.

    Raises:
        InputError: there is no reference, or no folder of the course to count in.
    """
    source = _reference(name)
    with changing_state(_folder()) as state:
        help_with = state.help_with(name)
        help_with.hints = min(help_with.hints + 1, HINTS)
        number = help_with.hints
    text = _what_it_uses(source) if number == 1 else _what_it_computes(source)
    more = (
        f"check({name}).hint() again says more."
        if number < HINTS
        else f"After {TRIES} different answers that were not right, check({name}).solution() shows it."
    )
    return Shown(f"Hint {number} of {HINTS} for {name}. {text}\n{more}")


def solution(name: str, yours: str = "") -> Shown:
    """Return the course's own version, beside the student's if that has passed.

    Args:
        name: of the exercise.
        yours: the source of the answer that passed; "" if none has, and then the look is counted.

    Raises:
        InputError: fewer than ``TRIES`` answers have failed; there is no reference, or no folder of the
            course to count in.
    """
    source = without_markers(_reference(name))
    if yours:
        return Shown(f"Yours:\n\n{yours}\nThe course's:\n\n{source}", side_by_side(yours, source))
    failed = read_state(_folder()).help_with(name).failed
    if failed < TRIES:
        raise InputError(
            f"the solution of {name} is shown after {TRIES} different answers that were not right, and there "
            f"{'was' if failed == 1 else 'were'} {failed or 'none'}. check({name}).hint() helps before that."
        )
    with changing_state(_folder()) as state:
        state.help_with(name).solution = True
    return Shown(f"The course's version of {name}. Read it, close it, and write your own.\n\n{source}")


def side_by_side(yours: str, theirs: str) -> str:
    """Return two sources beside one another as HTML."""
    columns = (
        f'<div style="flex:1;min-width:20em;overflow-x:auto"><b>{title}</b><pre>{escape(source)}</pre></div>'
        for title, source in (("Yours", yours), ("The course's", theirs))
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:1em">{"".join(columns)}</div>'


def _folder() -> Path:
    folder = keeping_folder()
    if folder is None:
        raise InputError(
            "help is counted, and there is nowhere to count it here. Work in a folder that "
            "`captioning start` made."
        )
    return folder


def _reference(name: str) -> str:
    source = reference_source(name)
    if source is None:
        raise InputError(
            f"hints and solutions are read from the reference, and {SOLUTIONS} is not installed here. Those "
            f'who learn alone install it with `python -m pip install "{solutions_requirement()}"`; in a '
            "class the teacher decides."
        )
    return source


def _written(source: str) -> list[ast.stmt]:
    """Return what the student writes of a function: the statements between the markers."""
    return ast.parse("".join(dedent(body) for _, body in REGION.findall(source))).body


def _what_it_uses(source: str) -> str:
    """Say how long a solution is, and which functions it calls."""
    statements = _written(source)
    nodes = [node for statement in statements for node in ast.walk(statement)]
    uses = [sign for kind, sign in _SIGNS.items() if any(isinstance(node, kind) for node in nodes)]
    uses += sorted({_called(node.func) for node in nodes if isinstance(node, ast.Call)})
    n_lines = sum(isinstance(node, ast.stmt) for node in nodes)
    lines = f"{n_lines} line{'s' if n_lines > 1 else ''} of its own"
    return f"The course's version has {lines}" + (f", and uses {', '.join(uses)}." if uses else ".")


_SIGNS = {ast.For: "a loop", ast.MatMult: "@", ast.IfExp: "... if ... else ..."}


def _called(function: ast.expr) -> str:
    """Return how a function is called: by its name, or as a method of something."""
    if isinstance(function, ast.Attribute):
        owner = ast.unparse(function.value)
        return f"{owner if owner in {'np', 'math', 'self', 'model', 're'} else ''}.{function.attr}(...)"
    return f"{ast.unparse(function)}(...)"


def _what_it_computes(source: str) -> str:
    """Return the lines of a solution, each up to its equals sign."""
    return "It computes, in this order:\n\n" + indent("\n".join(_outline(_written(source))), "    ") + "\n"


def _outline(statements: list[ast.stmt]) -> list[str]:
    lines = []
    for node in statements:
        if isinstance(node, ast.Assign):
            lines.append(f"{' = '.join(ast.unparse(target) for target in node.targets)} = ...")
        elif isinstance(node, ast.AugAssign):
            lines.append(f"{ast.unparse(node.target)} changed by ...")
        elif isinstance(node, ast.Return):
            lines.append("return ...")
        elif isinstance(node, ast.For | ast.While | ast.If | ast.With | ast.FunctionDef):
            lines.append(ast.unparse(node).partition("\n")[0])
            lines += [f"    {line}" for line in _outline(node.body)]
            rest = _outline(node.orelse) if isinstance(node, ast.If) else []
            lines += ["else:", *(f"    {line}" for line in rest)] if rest else []
        else:
            lines.append("...")
    return lines
