"""Who may import whom: the table of the architecture page, kept."""

import ast
import importlib.util
import sys
import zipfile
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

# Each module is taken apart once.
pytestmark = pytest.mark.xdist_group("imports")

ROOT = Path(__file__).parents[1]
OURS = {"solutions", "captioning", "autograder", "coursebuilder", "benchmarks", "datasets", "tests"}
ANYTHING = None

# Module (or package, with all below it) -> the modules of ours and the libraries that it may import; the
# longest name that fits counts. The standard library is free.
INTO_THE_SANDBOX = {
    "autograder.exercises",
    "autograder.judge",
    "autograder.asking",
    "captioning.errors",
    "captioning.layers",
}
STUDENT_SIDE = INTO_THE_SANDBOX | {"autograder.slips", "autograder.student", "captioning"}
MAY_IMPORT = {
    "solutions": ({"solutions"}, {"numpy", "h5py", "safetensors"}),
    "captioning": ({"captioning"}, ANYTHING),
    # What captioning.layers gives in a checkout comes from here.
    "captioning.answers.resolver": ({"captioning", "solutions"}, ANYTHING),
    "datasets": ({"captioning"}, ANYTHING),
    "autograder": ({"autograder", "captioning", "solutions"}, ANYTHING),
    "autograder.asking": (INTO_THE_SANDBOX, {"numpy"}),
    "autograder.commands": (STUDENT_SIDE, ANYTHING),
    "autograder.exercises": (INTO_THE_SANDBOX - {"autograder.judge", "autograder.asking"}, {"numpy"}),
    "autograder.judge": (INTO_THE_SANDBOX - {"autograder.asking"}, {"numpy"}),
    "autograder.slips": ({"autograder.slips"}, set()),
    "autograder.student": (STUDENT_SIDE, ANYTHING),
    "autograder.worker": (STUDENT_SIDE | {"autograder.worker"}, {"numpy"}),
    "autograder.worker.filters.generate": (set(), {"pyseccomp"}),
    "coursebuilder": ({"coursebuilder", "autograder", "captioning"}, ANYTHING),
    "benchmarks": ({"benchmarks", "solutions", "captioning"}, ANYTHING),
    "tests": (OURS, ANYTHING),
}
# Inside captioning no arrow runs up: a room imports from its own floor and from those before it.
FLOORS = (
    {"errors", "files", "formats", "hdf5", "installing", "records"},
    {"source"},
    {"answers"},
    {"layers"},
    {"scenes"},
    {"photos"},
    {"data"},
    {"training"},
    {"figures"},
    {"cs231n", "gallery", "widgets", "course", "live"},
    {"cli", "commands"},
)
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
            # “from autograder import check” imports autograder.student, if that is a module.
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names if _is_module(base, alias.name))}
        elif isinstance(node, ast.Call) and _called_name(node) in {"import_module", "__import__"}:
            names.add(_beginning_of_string(node.args[0]))
    return names


@cache
def imported_by(module, path):
    """Return what one of our modules imports."""
    return imported_modules(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")


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


def violations(imported, module):
    """Return what a module imports and may not, by the row that fits it best."""
    row = max((name for name in MAY_IMPORT if is_within(module, name)), key=len)
    ours, libraries = MAY_IMPORT[row]
    wrong = []
    for name in imported - {""}:
        top = name.partition(".")[0]
        if top in OURS:
            # A package may be named on the way to a module in it: “from autograder import check”.
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


@pytest.mark.slow
@pytest.mark.parametrize("room", sorted(OURS))
def test_every_room_keeps_to_its_row(room):
    inside = [(module, path) for module, path in modules() if is_within(module, room)]
    assert len(inside) > 1
    wrong = {}
    for module, path in inside:
        found = violations(imported_by(module, path), module)
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
        ("captioning.layers", "import solutions", ["solutions"]),
        ("captioning.answers.resolver", "import solutions", []),
        ("captioning.answers.resolver", "import autograder.exercises", ["autograder.exercises"]),
        ("captioning.commands.x", "import coursebuilder.door", ["coursebuilder.door"]),
        ("autograder.grading.grade", "from coursebuilder.code import x", ["coursebuilder.code"]),
        ("captioning.commands.train", "from ..layers import adam\nfrom .. import files", []),
        ("captioning.commands.train", "import torch", ["torch"]),
        ("captioning.commands.train", "from autograder.student import check", ["autograder.student"]),
        ("autograder.student", "from captioning.layers import adam\nimport autograder.exercises", []),
        ("autograder.student", "import solutions.lstm", ["solutions.lstm"]),
        ("autograder.student.x", "import autograder.grading.reference", ["autograder.grading.reference"]),
        ("autograder.grading.reference", "from solutions.lstm import lstm_forward\nimport nbgrader", []),
        ("autograder.exercises.x", "import json\nimport numpy\nimport captioning.errors", []),
        ("autograder.exercises.x", "import h5py, captioning.files", ["captioning.files", "h5py"]),
        ("benchmarks.timing", "import torch, solutions.lstm", []),
        ("tests.test_x", "import torch", ["torch"]),
        ("tests.vectors.generate", "import torch", []),
    ],
)  # fmt: skip
def test_the_rules_see_what_is_imported(module, source, expected):
    assert violations(imported_modules(source, module), module) == expected


def arrows():
    """Return which modules of ours each module imports, at its top or in a function.

    A module's own package is left out: it is on the way to it.
    """
    ours = dict(modules())
    return {
        module: {name for name in imported_by(module, path) if name in ours and not is_within(module, name)}
        for module, path in ours.items()
    }


def circle(graph):
    """Return the modules of an import circle, [] if there is none."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return error.args[1]
    return []


def arrows_up(graph):
    """Return the arrows inside ``captioning`` from a floor to a higher one."""
    floor_of = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    inside = [
        (module, name)
        for module, names in graph.items()
        for name in names
        if is_within(module, "captioning") and is_within(name, "captioning")
    ]
    return {
        (module, name)
        for module, name in inside
        if floor_of[module.split(".")[1]] < floor_of[name.split(".")[1]]
    }


@pytest.mark.slow
def test_no_module_of_ours_is_in_a_circle():
    graph = arrows()
    assert "solutions.shapes" in graph["solutions.lstm"]
    assert circle(graph) == []
    assert set(circle(graph | {"solutions.shapes": {"solutions.cells"}})) > {"solutions.shapes"}


@pytest.mark.slow
def test_no_arrow_inside_captioning_runs_up():
    graph = arrows()
    assert arrows_up(graph) == set()
    added = {"captioning.files": {"captioning.layers"}, "captioning.cli": {"captioning.files"}}
    assert arrows_up(added) == {("captioning.files", "captioning.layers")}


@pytest.mark.parametrize("order", ["ours first", "theirs first"])
def test_the_library_called_datasets_is_importable_beside_ours(tmp_path, order):
    """That name is Hugging Face's; our folder of data has no ``__init__.py``, so it never hides theirs."""
    theirs = tmp_path / "site-packages"
    (theirs / "datasets").mkdir(parents=True)
    (theirs / "datasets" / "__init__.py").write_text("WHOSE = 'theirs'\n")
    places = [str(ROOT), str(theirs)]
    if order == "theirs first":
        places.reverse()
    spec = PathFinder.find_spec("datasets", places)
    assert spec is not None
    assert spec.origin == str(theirs / "datasets" / "__init__.py")
    # Where theirs is not installed, nothing of ours can be imported by that name but an empty namespace.
    alone = PathFinder.find_spec("datasets", [str(ROOT)])
    assert alone is not None
    assert alone.origin is None


@pytest.mark.slow
def test_the_wheel_holds_captioning_and_no_answers(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
    tops = {name.partition("/")[0] for name in files if ".dist-info/" not in name}
    assert "captioning" in tops
    assert tops <= {"captioning", "autograder"}
    expected = [
        path
        for ending in ("*.py", "*.pyi", "*.json", "*.h5", "py.typed")
        for path in (ROOT / "captioning").rglob(ending)
    ]
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
