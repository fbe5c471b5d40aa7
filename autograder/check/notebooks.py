"""The definitions of a notebook or script, without running what stands between them.

Imports, functions, classes and plain assignments are loaded; a cell that trains for an hour is not run.
"""

import ast
import json
import linecache
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from captioning.errors import InputError
from captioning.layers import PREREQUISITES
from captioning.library import FOLDER

SUFFIXES = (".ipynb", ".py")
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
        raise InputError(f"{found} is no notebook (.ipynb) and no script (.py).")
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


def load_definitions(path: Path) -> dict[str, Any]:
    """Return the names that a notebook or script defines.

    Raises:
        InputError: it cannot be read, a cell is no Python, or an import or definition fails.
    """
    module = ModuleType(f"answers.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    for title, source in _cells(path):
        # As IPython does, so that tracebacks and `inspect` find the lines of a cell.
        linecache.cache[title] = (len(source), None, source.splitlines(keepends=True), title)
        try:
            tree = ast.parse(source, filename=title)
        except SyntaxError as error:
            raise InputError(f"{title}, line {error.lineno}: this is no Python ({error.msg}).") from error
        tree.body = [node for node in tree.body if _is_definition(node)]
        try:
            with _importing_from(path.parent):
                exec(compile(tree, title, "exec"), vars(module))
        except InputError as error:
            raise InputError(f"{title}: {error}") from error
        except Exception as error:  # whatever the student's lines raise is theirs to read
            line = traceback.extract_tb(error.__traceback__)[-1]
            raise InputError(
                f"{title}: {type(error).__name__}: {error} (line {line.lineno} of "
                f"{Path(line.filename).name}). Mend that, then check again."
            ) from error
    return vars(module)


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Find modules that lie beside a notebook, as Jupyter does."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the code of a file with a title for each piece."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            yield str(path), text
            return
        cells = json.loads(text)["cells"]
        for number, cell in enumerate(cells, start=1):
            if cell["cell_type"] == "code":
                yield f"{path} cell {number}", _without_magics("".join(cell["source"]))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no notebook that can be read ({error}).") from error


def _without_magics(source: str) -> str:
    """Blank out what only IPython understands, keeping the numbers of the lines."""
    if source.lstrip().startswith("%%"):
        return ""
    return re.sub(r"(?m)^[ \t]*[%!].*$|^[^\n#'\"]*\?{1,2}[ \t]*$", "", source) + "\n"


def _is_definition(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        # Without a call nothing is trained, loaded or drawn.
        working = (ast.Call, ast.Await, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        is_plain = all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        return is_plain and not any(isinstance(part, working) for part in ast.walk(node))
    return False
