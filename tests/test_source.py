"""Notebooks and scripts as students have them: read as Jupyter does, or named for what they are."""

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.student.files import AnswerFile
from autograder.student.loading import load
from captioning.errors import InputError
from captioning.source.code import as_python, read_code
from captioning.source.names import bound, flat
from captioning.source.notebook import read_cells

CELLS = [("markdown", "# Größe"), ("code", "x = 1\n\ndef half(x):\n    return x / 2 # ½"), ("code", "")]


def notebook(*cells: tuple[str, str], minor: int = 5, **more: Any) -> dict[str, Any]:
    """Return a notebook's JSON, nbformat 4."""
    made = []
    for number, (kind, source) in enumerate(cells):
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        if minor >= 5:
            cell["id"] = f"cell-{number}"
        made.append(cell | more)
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "03_affine.ipynb") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def cells_in(path: Path) -> list[tuple[str, str]]:
    return [(cell.kind, cell.source) for cell in read_cells(path)]


# --- Encodings, line ends, versions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_notebook_in_whatever_encoding_and_with_whatever_line_ends(
    encoding: str, end: str, tmp_path: Path
) -> None:
    text = json.dumps(notebook(*CELLS), indent=1, ensure_ascii=False).replace("\n", end)
    text = "\ufeff" * (encoding in {"utf-16-le", "utf-16-be"}) + text
    assert cells_in(written(tmp_path, text, encoding)) == CELLS


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_inside_of_cells(end: str, tmp_path: Path) -> None:
    made = notebook(*[(kind, source.replace("\n", end)) for kind, source in CELLS])
    path = written(tmp_path, json.dumps(made))
    assert cells_in(path) == CELLS
    assert read_code(path)[0].statements[1].lineno == 3


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_version_of_nbformat_4(minor: int, tmp_path: Path) -> None:
    assert cells_in(written(tmp_path, json.dumps(notebook(*CELLS, minor=minor)))) == CELLS


def test_nbformat_3_as_nbformat_itself_writes_it(tmp_path: Path) -> None:
    text = json.dumps(notebook(*CELLS, minor=0))
    made = nbformat.convert(nbformat.reads(text, as_version=4), 3)
    text = nbformat.v3.nbjson.writes(made)
    assert '"worksheets"' in text
    assert '"input"' in text
    assert cells_in(written(tmp_path, text)) == [("heading", "Größe"), *CELLS[1:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.pop("id"),
        lambda cell: cell.update(id="the same"),
        lambda cell: cell.pop("metadata"),
        lambda cell: cell.pop("outputs", None),
        lambda cell: cell.update(source="".join(cell["source"])),
    ],
    ids=["no id", "one id for all", "no metadata", "no outputs", "a text for a source"],
)
def test_what_the_schema_asks_for_and_reading_does_not(
    change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    made = notebook(*CELLS)
    for cell in made["cells"]:
        change(cell)
    assert cells_in(written(tmp_path, json.dumps(made))) == CELLS


SCRIPT = 'def grösse(x):\n    """Größe."""\n    return x\n'


@pytest.mark.parametrize(
    ("encoding", "first"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("latin-1", "# -*- coding: latin-1 -*-\n"),
        ("cp1252", "#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n"),
        ("utf-8-sig", "# coding: utf-8\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_script_in_whatever_encoding(encoding: str, first: str, end: str, tmp_path: Path) -> None:
    path = written(tmp_path, (first + SCRIPT).replace("\n", end), encoding, "03_affine.py")
    names = load(AnswerFile.read(path)).names
    assert names["grösse"](3) == 3
    assert names["grösse"].__doc__ == "Größe."
    assert inspect.getsource(names["grösse"]) == SCRIPT


# --- What is named for what it is

HTML = "\n<!DOCTYPE html>\n<html><body>Sign in</body></html>"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
WHOLE = json.dumps(notebook(*CELLS), indent=1, ensure_ascii=False)
CONFLICT = WHOLE.replace(' "cells": [', '<<<<<<< HEAD\n "cells": [\n=======\n "cells": [\n>>>>>>> theirs', 1)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.ipynb", CONFLICT, r"a\.ipynb, line 2: this is one of Git's conflict markers \(<<<<<<<\)"),
        ("a.ipynb", CONFLICT.replace("<<<<", "  <<<<", 1), "line 2: .* keep one, say with `git checkout"),
        ("a.py", "x = 1\n<<<<<<< HEAD\nx = 2\n=======\nx = 3\n>>>>>>> a\n", "line 2: .*conflict markers"),
        ("a.ipynb", HTML, r"a\.ipynb is a web page.* Download the file itself"),
        ("a.py", HTML, r"a\.py is a web page"),
        ("a.ipynb", POINTER, r"a\.ipynb is a pointer of Git LFS.* Run `git lfs pull`"),
        ("a.py", POINTER, "is a pointer of Git LFS"),
        ("a.ipynb", b"PK\x03\x04rest", r"a\.ipynb is a ZIP archive"),
        ("a.ipynb", b"\x1f\x8brest", r"a\.ipynb is a gzip archive"),
        ("a.py", WHOLE, r"a notebook under the name of a script\. Rename it to a\.ipynb"),
        ("a.ipynb", "", r"a\.ipynb is empty"),
        ("a.ipynb", "{}", r"a\.ipynb is not a notebook: it is JSON, but has no cells"),
        ("a.ipynb", "[1]", "is not a notebook"),
        ("a.ipynb", "3", "is not a notebook"),
        ("a.ipynb", '{"cells": 3}', "is not a notebook"),
        ("a.ipynb", '{"cells": [1]}', "cell 1 is damaged"),
        ("a.ipynb", '{"cells": [{"cell_type": "code"}]}', "cell 1 is damaged"),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": [1]}]}', "cell 1 is damaged"),
        ("a.ipynb", "x = 1\n", "not a notebook that can be read: line 1, column 1 is not JSON"),
        ("a.ipynb", "[" * 100_000, "not a notebook that can be read"),
        ("a.ipynb", WHOLE.encode("latin-1", "replace").replace(b"\xdf", b"\xdf"), "line 7: the byte 0xf6"),
        ("a.py", SCRIPT.encode("latin-1"), r"a\.py, line 1: the byte 0xf6 is not UTF-8\. .*coding: latin-1"),
        ("a.py", b"x = 1\n" * 5 + SCRIPT.encode("latin-1"), r"a\.py, line 6: the byte 0xf6 is not UTF-8"),
        ("a.py", "# coding: klingon\n", r"its coding line cannot be followed \(unknown encoding: klingon\)"),
        ("a.py", "# coding: rot13\n", "cannot be decoded"),
        ("a.py", b"\xef\xbb\xbf# coding: latin-1\n", "its coding line cannot be followed"),
        ("a.py", b"\xff\xfex", r"a\.py, line 1: the byte 0x78 is not UTF-16"),
        ("a.py", "x = 1\0", "line 1: there is a zero byte"),
        ("a.py", "x = " + "-" * 50_000 + "1", r"a\.py.*"),
        ("a.py", "def f(:\n", r"a\.py, line 1: this is not Python \(invalid syntax\)"),
    ],
)
def test_a_sentence_for_what_cannot_be_read(
    name: str, content: str | bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=sentence):
        # What is not Python is told where an answer is asked for: other cells still count.
        raise InputError("; ".join(code.problem for code in read_code(tmp_path / name)))


@given(st.integers(1, len(WHOLE.rstrip()) - 1))
def test_a_notebook_that_was_cut_off(length: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: WHOLE.encode()[:length])
        with pytest.raises(InputError, match=r"a\.ipynb .*it breaks off in line|the byte 0x.. is not UTF-8"):
            read_cells(Path("a.ipynb"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.ipynb is missing"):
        read_code(tmp_path / "a.ipynb")


# --- From cells to Python, as a kernel does

KERNEL_CELLS = [
    "%pwd\ndef text():\n    return '''\n%d items\n!not a command\nwhat?\n'''",
    "%%time\n\ndef timed(x):\n    return x",
    "\n  \n%%capture out\n%%time\ndef twice_magic():\n    return 2",
    "%%bash\necho def in_bash(): pass",
    "%%writefile /dev/null\ndef in_a_file():\n    pass",
    "files = !ls \\\n  /\n\ndef after_a_long_line():\n    return files",
    "!echo one \\\n  two\nwhere = %pwd\nwhere?\n\ndef after_magics():\n    return 3",
    "try:\n    import not_there\nexcept ImportError:\n    def fallback(x):\n        return x",
    "try:\n    def tried(x):\n        return x\nexcept Exception:\n    raise",
    "try:\n    import json\nexcept ImportError:\n    json = None\nelse:\n    def with_json():\n        pass",
    "try:\n    pass\nfinally:\n    def at_last():\n        return 1",
    "NO = 0\nif NO:\n    def chosen(): return 1\nelif not NO:\n    def chosen():\n        return 2",
    "if __name__ == '__main__':\n    def main():\n        return 'here'",
    "if 'a_module' in dir():\n    pass\nelse:\n    def in_the_other_branch():\n        return 4",
    "import contextlib\nwith contextlib.suppress(ValueError):\n    def under_with():\n        return 5",
    "if True:\n    with contextlib.suppress(ValueError):\n        try:\n            def deep():\n"
    "                return '''\nflush left\n'''\n        finally:\n            pass",
    ">>> def prompted(x):\n...     return x",
    "  def indented():\n      return 6\n  SIX = 6",
    "x = 1\ndef not_python(:\n    pass",
    "def again():\n    return 1",
    "def again():\n    return 2",
    "@contextlib.contextmanager\ndef decorated():\n    yield",
    "class Net:\n    def loss(self):\n        return 7",
    "half = lambda x: x / 2",
    "print('ünïcode'); NAME = 'ä'\ndef umlaut():\n    return 'äö'",
]
KERNEL = """
import inspect, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
names = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    shell.run_cell("".join(cell["source"]), silent=True)
for name, value in shell.user_ns.items():
    value = inspect.unwrap(value) if callable(value) else value
    if inspect.isfunction(value) and value.__module__ == "__main__" and value.__name__ != "_modified_open":
        is_timed = value.__code__.co_filename == "<timed exec>"  # of which IPython keeps no source
        names[name] = None if is_timed else inspect.getsource(value)
json.dump(names, open(sys.argv[2], "w", encoding="utf-8"))
"""


@pytest.mark.slow
def test_the_same_functions_with_the_same_source_as_in_a_kernel(tmp_path: Path) -> None:
    cells = [("code", source) for source in KERNEL_CELLS]
    path = written(tmp_path, json.dumps(notebook(*cells)))
    result = tmp_path / "names.json"
    (tmp_path / "kernel.py").write_text(KERNEL, encoding="utf-8")
    subprocess.run(
        [sys.executable, str(tmp_path / "kernel.py"), str(path), str(result)],
        check=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
    )
    file = AnswerFile.read(path)
    names = load(file).names
    mine = {}
    for name, value in names.items():
        function = inspect.unwrap(value) if callable(value) else value
        if inspect.isfunction(function) and function.__globals__ is names:
            mine[name] = inspect.getsource(function)
    theirs = json.loads(result.read_text("utf-8"))
    assert {name: source or mine.get(name) for name, source in theirs.items()} == mine
    assert {"timed", "fallback", "tried", "under_with", "deep", "chosen", "prompted"} <= set(mine)
    assert {"in_bash", "in_a_file", "not_python"}.isdisjoint(mine)
    assert all(file.has(name) for name in mine)
    assert not file.has("in_bash")


@pytest.mark.parametrize("source", KERNEL_CELLS)
def test_the_lines_keep_their_numbers(source: str) -> None:
    lines, made = source.split("\n"), as_python(source).split("\n")
    for number, line in enumerate(lines):
        if line.lstrip(" >").startswith(("def ", "class ")) and any(made):
            assert made[number].strip() == line.lstrip(" >").rstrip()
    if any(made):
        assert len(as_python(source).rstrip("\n").split("\n")) <= len(lines)


magic = st.sampled_from(
    [
        "%time x = 1",
        "!ls \\\n -l",
        "y = %pwd",
        "z = !ls",
        "x?",
        "?x",
        "x = 1",
        "  ",
        "'''\n%d\n'''",
        "# x?",
        "",
    ]
)


@pytest.mark.slow
@given(st.lists(magic, max_size=6))
def test_a_line_below_magics_keeps_its_number(above: list[str]) -> None:
    source = "\n".join([*above, "def last():", "    pass"])
    made = as_python(source).split("\n")
    assert made[source.split("\n").index("def last():")] == "def last():"


def test_plain_python_stays_as_it_is() -> None:
    for source in (
        "",
        "x = 1",
        "x = 3 % 2\n",
        "'''\n%d\n'''",
        "def f():\n    return '?'\n",
        "x = a if b else c",
    ):
        assert as_python(source) == source


@pytest.mark.parametrize("source", ["'\ud800'", "x = '\ud800'\n!ls", "'\0'", "%time x = '\0'", "x = (\n"])
def test_what_nobody_can_read_is_no_error_of_ipython_s(source: str) -> None:
    """Python 3.12 and newer tokenize in C, which refuses half a character in its own manner."""
    assert as_python(source).rstrip("\n").count("\n") <= source.count("\n")


def test_a_line_ends_where_python_ends_it(tmp_path: Path) -> None:
    source = "def f():\n    return 'a\u2028b\x0cc\x1cd'\n"
    names = load(AnswerFile.read(written(tmp_path, json.dumps(notebook(("code", source)))))).names
    assert inspect.getsource(names["f"]) == source


# --- Names


def test_what_stands_at_the_top() -> None:
    source = (
        "if a:\n    b = 1\nelse:\n    import c.d\ntry:\n    e, (f, g[0]) = 1\nexcept E:\n    def h(): i = 1\n"
    )
    source += "with j as k:\n    class L: m = 1\nn.o = p = 1\nq: int = 1\nfor r in s: t = 1\n"
    assert [name for node in flat(ast.parse(source).body) for name in bound(node)] == list("bcefhLpq")
