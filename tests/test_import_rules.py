"""Who may import whom: the table of the architecture page, kept."""

import ast
import importlib.util
import subprocess
import sys
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"solutions", "captioning", "autograder", "weave", "benchmarks", "tests"}
ANYTHING = None

# Module (or package, with all below it) -> the modules of ours and the libraries that it may import; the
# longest name that fits counts. The standard library is free. A room that does not exist yet has its
# row already.
MAY_IMPORT = {
    "solutions": ({"solutions"}, {"numpy", "h5py"}),
    "captioning": ({"captioning"}, ANYTHING),
    # It names the chapter to finish.
    "captioning.layers": ({"captioning", "solutions", "autograder.exercises"}, ANYTHING),
    "captioning.commands.check": ({"captioning", "autograder.check", "autograder.judge"}, ANYTHING),
    "captioning.commands.progress": ({"captioning", "autograder.check"}, ANYTHING),
    # The commands of an instructor, who has a checkout.
    "captioning.commands.release": ({"captioning", "weave"}, ANYTHING),
    "autograder": ({"autograder", "captioning", "solutions"}, ANYTHING),
    "autograder.check": (
        {"autograder.check", "autograder.exercises", "autograder.judge", "captioning"},
        ANYTHING,
    ),
    "autograder.exercises": ({"autograder.exercises", "captioning"}, ANYTHING),
    "autograder.judge": ({"autograder.judge", "autograder.exercises", "captioning.errors"}, ANYTHING),
    "autograder.worker": ({"autograder.worker"}, {"numpy"}),
    "weave": ({"weave", "autograder", "captioning"}, ANYTHING),
    "benchmarks": ({"benchmarks", "solutions", "captioning"}, ANYTHING),
    "tests": (OURS, ANYTHING),
}
# PyTorch is a yardstick; nothing that a user runs, and no test, may need it.
MAY_IMPORT_TORCH = ("benchmarks", "tests.vectors.generate")


def is_within(module, package):
    return module == package or module.startswith(f"{package}.")


def imported_modules(source, module, is_package=False):
    """Return the dotted names that a module's source imports, by whatever spelling."""
    names = set()
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            # «from autograder import check» imports autograder.check, if that is a module.
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names if _is_module(base, alias.name))}
        elif isinstance(node, ast.Call) and _called_name(node) in {"import_module", "__import__"}:
            names.add(_beginning_of_string(node.args[0]))
    return names


def _is_module(package, name):
    folder = ROOT.joinpath(*package.split("."))
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _called_name(call):
    return getattr(call.func, "attr", getattr(call.func, "id", None))


def _beginning_of_string(node):
    """Return a string, or what an f-string begins with: ``f"solutions.{name}"`` -> ``solutions``."""
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    return str(node.value).rstrip(".") if isinstance(node, ast.Constant) else ""


def violations(source, module, is_package=False):
    """Return what a module imports and may not, by the row that fits it best."""
    row = max((name for name in MAY_IMPORT if is_within(module, name)), key=len)
    ours, libraries = MAY_IMPORT[row]
    wrong = []
    for name in imported_modules(source, module, is_package) - {""}:
        top = name.partition(".")[0]
        if top in OURS:
            # A package may be named on the way to a module in it: «from autograder import check».
            allowed = any(is_within(name, other) or is_within(other, name) for other in ours)
        elif top == "torch":
            allowed = any(is_within(module, other) for other in MAY_IMPORT_TORCH)
        else:
            allowed = libraries is ANYTHING or top in libraries or top in sys.stdlib_module_names
        if not allowed:
            wrong.append(name)
    return sorted(wrong)


def modules():
    """Yield every module of every room that exists: its dotted name and its file."""
    for room in sorted(OURS):
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@pytest.mark.parametrize("room", sorted(OURS))
def test_every_room_keeps_to_its_row(room):
    if not (ROOT / room).is_dir():
        assert room == "autograder", f"there is no {room}/"
        pytest.skip("autograder/ is not built yet")
    inside = [(module, path) for module, path in modules() if is_within(module, room)]
    assert len(inside) > 1
    wrong = {}
    for module, path in inside:
        found = violations(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
        if found:
            wrong[module] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("solutions.lstm", "import numpy as np\nfrom solutions.shapes import shapes\nimport re", []),
        ("solutions.lstm", "from captioning.files import atomic_write", ["captioning.files"]),
        ("solutions.lstm", "import scipy.special", ["scipy.special"]),
        ("solutions.lstm", "def f():\n    import torch", ["torch"]),
        ("captioning.model", "from solutions.lstm import lstm_forward", ["solutions.lstm"]),
        ("captioning.model", "import_module('solutions.lstm')", ["solutions.lstm"]),
        ("captioning.model", "importlib.import_module(f'solutions.{x}')", ["solutions"]),
        ("captioning.model", "from captioning.layers import lstm_forward", []),
        ("captioning.layers", "import solutions", []),
        ("captioning.commands.train", "from ..layers import adam\nfrom .. import files", []),
        ("captioning.commands.train", "import torch", ["torch"]),
        ("captioning.commands.train", "from autograder.check import check", ["autograder.check"]),
        ("autograder.check", "from captioning.layers import adam\nimport autograder.exercises", []),
        ("autograder.check", "import solutions.lstm", ["solutions.lstm"]),
        ("autograder.check.render", "from autograder.grade import grade", ["autograder.grade"]),
        ("autograder.grade", "from solutions.lstm import lstm_forward\nimport nbgrader", []),
        ("autograder.worker", "import json\nimport numpy", []),
        ("autograder.worker", "from autograder.exercises import EXERCISES", ["autograder.exercises"]),
        ("autograder.worker.main", "import h5py, captioning", ["captioning", "h5py"]),
        ("benchmarks.timing", "import torch, solutions.lstm", []),
        ("tests.test_x", "import torch", ["torch"]),
        ("tests.vectors.generate", "import torch", []),
    ],
)  # fmt: skip
def test_the_rules_see_what_is_imported(module, source, expected):
    assert violations(source, module) == expected


def test_nothing_of_ours_is_imported_by_the_name_of_datasets():
    """It belongs to a library that half of our users have; even a bare folder would be importable."""
    assert PathFinder.find_spec("datasets", [str(ROOT)]) is None
    assert PathFinder.find_spec("captioning", [str(ROOT)]) is not None


@pytest.mark.slow
def test_the_wheel_holds_captioning_and_no_answers(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--wheel-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
    tops = {name.partition("/")[0] for name in files if ".dist-info/" not in name}
    assert "captioning" in tops
    assert tops <= {"captioning", "autograder"}
    expected = [path for ending in ("*.py", "*.h5") for path in (ROOT / "captioning").rglob(ending)]
    assert {path.relative_to(ROOT).as_posix() for path in expected} <= set(files)


def test_solutions_share_nothing_private():
    """What one takes from another, a student has from ``captioning.layers``, which has public names."""
    taken = [
        f"{path.name}: {alias.name}"
        for path in (ROOT / "solutions").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert taken == []
