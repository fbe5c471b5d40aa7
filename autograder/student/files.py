"""Files of answers: which are meant, and what they define; nothing in them is run."""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from captioning.answers.library import FOLDER
from captioning.errors import InputError
from captioning.layers import PREREQUISITES
from captioning.source.code import Code, read_code
from captioning.source.names import bound, first_line, flat

SUFFIXES = (".ipynb", ".py")
# How much alike a name and an exercise's are at least: max_pool_forward_naive is meant for one.
_ALIKE = 0.8
_NO_ANSWERS = {FOLDER, PREREQUISITES, "__pycache__", "backups"}


def find_files(where: str) -> list[Path]:
    """Return the notebooks and scripts that are meant: by a path, a folder, or a name such as ``10_lstm``.

    Raises:
        InputError: there is none.
    """
    path = Path(where)
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if _may_hold_answers(file.relative_to(path), file)]
        if not files:
            raise InputError(f"the folder {path} holds no notebooks (.ipynb) and no scripts (.py).")
        return files
    candidates = [path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise InputError(
            f"there is no notebook, script or folder {where!r}. Give the path of one, say "
            "10_lstm/10_lstm.ipynb; "
            f"the current folder is {Path.cwd()}."
        )
    if found.suffix not in SUFFIXES:
        raise InputError(f"{found} is neither a notebook (.ipynb) nor a script (.py).")
    return [found]


def _may_hold_answers(inside: Path, file: Path) -> bool:
    hidden = any(part.startswith(".") or part in _NO_ANSWERS for part in inside.parts)
    return file.suffix in SUFFIXES and file.is_file() and not hidden


def chapter_of(path: Path) -> int | None:
    """Return the number that the name of a file, or of its folder, begins with: 10 for ``10_lstm.ipynb``."""
    for name in (path.name, path.resolve().parent.name):
        match = re.match(r"(\d\d)_", name)
        if match:
            return int(match.group(1))
    return None


@dataclass(frozen=True, eq=False)
class AnswerFile:
    """A notebook or script.

    Attributes:
        path: where it is, or was.
        code: its cells, or the script in one piece.
    """

    path: Path
    code: tuple[Code, ...]

    @classmethod
    def read(cls, path: Path) -> "AnswerFile":
        """Read a file.

        Raises:
            InputError: it cannot be read.
        """
        return cls(path, tuple(read_code(path)))

    @property
    def problems(self) -> list[str]:
        """Why cells are not Python."""
        return [code.problem for code in self.code if code.problem]

    def has(self, name: str) -> bool:
        """Tell whether a function, or ``Class.method``, is defined here, or begun in what is not Python."""
        top = name.partition(".")[0]
        found = False
        for code in self.code:
            found = found or top in code.begun
            for statement in code.statements:
                parts = [part for part in flat([statement]) if top in bound(part)]
                found = any(_defines(part, name) for part in parts) if parts else found
        return found

    def nearly(self, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Yield functions whose name is nearly, not quite, one of these: the name, that one, the place."""
        names = list(names)
        for code in self.code:
            for part in flat(code.statements):
                if isinstance(part, ast.FunctionDef) and part.name not in names:
                    for name in difflib.get_close_matches(part.name, names, n=1, cutoff=_ALIKE):
                        yield part.name, name, self._place(code, part)

    def places(self, name: str) -> Iterator[str]:
        """Yield where a function, or ``Class.method``, is defined: "cell 8", in a script "line 20"."""
        for code in self.code:
            for part in flat(code.statements):
                if _defines(part, name):
                    yield self._place(code, part)

    def left_open(self, name: str) -> str:
        """Return what the stub of a function, or ``Class.method``, raises; "" where somebody has written one.

        Where it is defined more than once the last one counts. A line of the stub that was left standing
        behind a return is none.
        """
        parts = [part for code in self.code for part in flat(code.statements) if _defines(part, name)]
        return _says_unwritten(parts[-1], name.partition(".")[2]) if parts else ""

    def _place(self, code: Code, part: ast.stmt) -> str:
        return code.title.removeprefix(f"{self.path}").strip() or f"line {first_line(part)}"


def _says_unwritten(node: ast.stmt, method: str) -> str:
    if isinstance(node, ast.ClassDef):
        functions = [child for child in node.body if isinstance(child, ast.FunctionDef)]
        methods = [function for function in functions if function.name == method]
        return _says_unwritten(methods[-1], "") if methods else ""
    for statement in node.body if isinstance(node, ast.FunctionDef) else []:
        match statement:
            case ast.Return():
                return ""
            case ast.Raise(exc=ast.Call(ast.Name("NotImplementedError"), [ast.Constant(str(says))])):
                return says
    return ""


def _defines(node: ast.stmt, name: str) -> bool:
    """Tell whether a statement defines a function, or a class with a method; ``f = lambda x: x`` does too."""
    top, _, method = name.partition(".")
    if top not in bound(node):
        return False
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Lambda)
    methods = {child.name for child in getattr(node, "body", []) if isinstance(child, ast.FunctionDef)}
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and (not method or method in methods)
