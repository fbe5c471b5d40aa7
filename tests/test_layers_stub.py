"""What editors and type checkers see of the layers: the stub, and a student's script under both checkers."""

import ast
import json
import subprocess
import sys
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, Union

import numpy as np
import pytest
from numpy.typing import NDArray

from autograder.exercises.arguments import given
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.student.public import public_cases
from captioning import layers
from coursebuilder.layers_stub import STUB, stale_tool_files, tool_files, write_tool_files

ROOT = Path(__file__).parents[1]
TREE = ast.parse((ROOT / STUB).read_text(encoding="utf-8"))
FUNCTIONS = {
    f"{node.name}.{part.name}" if isinstance(node, ast.ClassDef) else part.name: part
    for node in TREE.body
    for part in (node.body if isinstance(node, ast.ClassDef) else [node])
    if isinstance(part, ast.FunctionDef)
}


@pytest.mark.slow
def test_stub_and_table_are_as_solutions_and_registry_are() -> None:
    assert stale_tool_files(ROOT, tool_files()) == [], "run `make starter`"


def test_what_is_stale_is_told_and_written(tmp_path: Path) -> None:
    files = {"a/layers.pyi": "x: int\n", "a/exercises.json": "{}\n"}
    assert stale_tool_files(tmp_path, files) == list(files)
    write_tool_files(tmp_path, files)
    assert stale_tool_files(tmp_path, files) == []
    (tmp_path / "a" / "layers.pyi").write_text("x: float\n")
    assert stale_tool_files(tmp_path, files) == ["a/layers.pyi"]


def test_the_stub_has_every_layer_and_no_answer() -> None:
    declared = {
        getattr(node, "name", None) or ast.unparse(getattr(node, "target", node)) for node in TREE.body
    }
    assert set(vars(layers.reference())) <= declared
    for name, function in FUNCTIONS.items():
        assert len(function.body) == 1, name
        assert isinstance(function.body[0], ast.Expr), name
        assert isinstance(function.body[0].value, ast.Constant), name
    classes = [node for node in TREE.body if isinstance(node, ast.ClassDef)]
    rest = {type(node) for node in TREE.body} | {type(part) for node in classes for part in node.body}
    assert rest == {ast.Expr, ast.ImportFrom, ast.Import, ast.FunctionDef, ast.ClassDef, ast.AnnAssign}
    assert not [node for node in ast.walk(TREE) if isinstance(node, ast.AnnAssign) and node.value]


class Watched:
    """The reference; notes what its functions are given and return where that is not of the stated type."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def __getattr__(self, name: str) -> Any:
        thing = getattr(layers.reference(), name)
        if not isinstance(thing, type):
            return self._watched(name, thing) if callable(thing) else thing
        methods = [key for key in vars(thing) if f"{name}.{key}" in FUNCTIONS and key != "__init__"]
        watched = {key: self._watched(f"{name}.{key}", vars(thing)[key]) for key in methods}
        return thing if issubclass(thing, tuple) else type(name, (thing,), watched)

    def _watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            declared = FUNCTIONS[name].args.args
            taken = dict(zip([argument.arg for argument in declared], given, strict=False), **named)
            for argument in declared:
                if argument.arg in taken and argument.annotation is not None:
                    self._compare(f"{name}({argument.arg})", taken[argument.arg], argument.annotation)
            returned = function(*given, **named)
            self._compare(f"{name}()", returned, FUNCTIONS[name].returns)
            return returned

        return call

    def _compare(self, where: str, value: Any, annotation: ast.expr | None) -> None:
        assert annotation is not None
        names = vars(layers.reference()) | globals()
        if not is_of(value, eval(ast.unparse(annotation), names)):
            self.wrong.append(f"{where}: {type(value).__name__}, stated {ast.unparse(annotation)}")


def is_of(value: object, kind: Any) -> bool:
    """Tell whether a value is of a type, and its elements are of theirs."""
    alias = getattr(typing.get_origin(kind), "__value__", None)
    if alias is not None:  # `type NDArray[T] = ...`, as NumPy writes it since 2.5
        kind = alias[typing.get_args(kind)]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is None:
        return kind is Any or value is None
    if origin in {Union, types.UnionType}:
        return any(is_of(value, one) for one in inner)
    if kind is float:
        return isinstance(value, float | int | np.floating)
    if not isinstance(value, origin or kind) or not inner:
        return isinstance(value, origin or kind)
    if isinstance(value, tuple) and inner[-1] is not ...:
        return len(value) == len(inner) and all(map(is_of, value, inner))
    elements = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else []
    return all(is_of(one, inner[isinstance(value, dict)]) for one in elements)


@pytest.mark.parametrize(
    ("value", "kind", "is_right"),
    [
        (np.ones(2), NDArray[Any], True),
        ([1.0], NDArray[Any], False),
        ((np.ones(2), 3), tuple[NDArray[Any], Any], True),
        ((np.ones(2),), tuple[NDArray[Any], Any], False),
        (np.ones(2), tuple[NDArray[Any], Any], False),
        ({"w": np.ones(2)}, dict[str, NDArray[Any]], True),
        ({"w": 1}, dict[str, NDArray[Any]], False),
        (["a"], list[str], True),
        (None, NDArray[Any] | None, True),
        (3, NDArray[Any] | None, False),
    ],
)
def test_types_are_compared(value: object, kind: Any, is_right: bool) -> None:
    assert is_of(value, kind) == is_right


@pytest.mark.parametrize("exercise", all_exercises().values(), ids=lambda exercise: exercise.name)
def test_what_the_stub_states_is_what_the_layers_take_and_return(exercise: Exercise) -> None:
    watched = Watched()
    for arguments in public_cases(exercise):
        exercise.run(watched, given(arguments))
    assert watched.wrong == []


SCRIPT = """\
import numpy as np

from autograder import check
from captioning.layers import CaptioningRNN, adam, affine_forward, lstm_backward, lstm_forward, whose

x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
out, cache = affine_forward(x, w, b)
h, cache = lstm_forward(np.ones((2, 5, 3)), np.ones((2, 4)), np.ones((3, 16)), np.ones((4, 16)), np.ones(16))
dx, dh0, dWx, dWh, db = lstm_backward(np.ones_like(h), cache)
model = CaptioningRNN({"<NULL>": 0, "<START>": 1, "<END>": 2}, cell_type="lstm", hidden_dim=4)
w, config = adam(w, dw=np.ones_like(w))
check(lstm_forward)
check(affine_forward, seconds=5)
print(whose("lstm_forward"), model.sample(np.ones((1, 512))).shape, dx.shape)


def relu_forward(x):
    return np.maximum(0, x), x


check(relu_forward)
"""
# A line of the script, and what a checker must say of it.
WRONG = {
    "out, cache = affine_forward(x, w)": "missing an argument",
    "out, cache, more = affine_forward(x, w, b)": "returns two",
    "affine_forward(x, w, bias=b)": "no argument of that name",
    "out, cache = affine_forward('x', w, b)": "not an array",
    "check()": "missing an argument",
    "from captioning.layers import lstm_foward": "no such layer",
}


def basedpyright(python: Path, folder: Path) -> dict[int, str]:
    """Return the lines of ``script.py`` that VS Code would underline, with what it says of them."""
    settings = {"typeCheckingMode": "standard", "include": ["script.py"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", str(python)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    said = json.loads(done.stdout)["generalDiagnostics"]
    return {
        one["range"]["start"]["line"]: one["message"]
        for one in said
        if one["severity"] == "error" or "Type of" in one["message"]
    }


def mypy(python: Path, folder: Path) -> dict[int, str]:
    """Return the same by mypy."""
    command = [sys.executable, "-m", "mypy", "--config-file=", "--python-executable", str(python)]
    command += ["--check-untyped-defs", "--cache-dir", str(folder / ".mypy"), "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.stderr == ""
    lines = [
        line.split(":", 2) for line in done.stdout.splitlines() if ": error:" in line or "Revealed" in line
    ]
    return {int(number) - 1: text for _, number, text in lines}


@pytest.mark.slow
@pytest.mark.parametrize("checker", [basedpyright, mypy])
def test_an_editor_underlines_what_is_wrong_and_nothing_else(
    checker: Callable[[Path, Path], dict[int, str]], python: Path, tmp_path: Path
) -> None:
    """With the wheel, without the checkout, as a student has them."""
    right = len(SCRIPT.splitlines())
    reveal = "reveal_type(affine_forward(x, w, b)[0])"
    (tmp_path / "script.py").write_text(SCRIPT + "\n".join([*WRONG, reveal]) + "\n")
    said = checker(python, tmp_path)
    assert {line: text for line, text in said.items() if line < right} == {}
    assert [line for line in said if line >= right] == list(range(right, right + len(WRONG) + 1))
    assert "ndarray" in said[right + len(WRONG)] or "NDArray" in said[right + len(WRONG)]
