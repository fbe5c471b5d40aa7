"""What contributors are held to is one list, wherever it stands."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from types import FunctionType

import pytest
import yaml

from tests import NO_GRAMMARS
from tests.conftest import CHAPTERS

ROOT = Path(__file__).parents[1]
# What waits for another program, or for thousands of answers, is done by one of these.
WAITS = {
    "NotebookClient",
    "Popen",
    "Worker",
    "build_wheel",
    "generate_release",
    "open_browser",
    "train_side_by_side",
}


def test_pre_commit_runs_what_make_lint_runs() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in repo["hooks"]]
    _, _, recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlint: $(VENV)/.installed\n")
    lines = recipe.partition("\n\n")[0].splitlines()
    assert hooks == [line.removeprefix("\t$(BIN)/") for line in lines]
    assert len(hooks) == 5


def waiting(item: pytest.Function) -> Iterator[str]:
    """Yield what a test waits for, and each fixture that it asks for."""
    fixtures = [made for one in item._fixtureinfo.name2fixturedefs.values() for made in one]
    for function in (item.function, *(made.func for made in fixtures)):
        if isinstance(function, FunctionType):
            yield from (f"{function.__name__}: {name}" for name in WAITS & set(function.__code__.co_names))


def test_what_is_quick_waits_for_no_other_program(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    quick = [item for item in items if item.get_closest_marker("slow") is None]
    assert {f"{item.path.name} {wait}" for item in quick for wait in waiting(item)} == set()
    if {item.path.name for item in items} >= {path.name for path in (ROOT / "tests").glob("test_*.py")}:
        assert len(quick) > 0.9 * len(items)
        run = [item for item in quick if item.get_closest_marker("proof") is None]
        assert len(run) > 2 / 3 * len(items)
        markers = {marker.name for item in quick for marker in item.iter_markers()}
        assert markers >= {f"ch{number:02}" for number in CHAPTERS.values()}


def test_no_process_that_tests_makes_grammars_of_addresses() -> None:
    """As tests/__init__.py says; an import that stands before it would undo that."""
    assert sys.modules["rfc3987_syntax"] is None
    # Nor does a program that it starts.
    assert NO_GRAMMARS in os.environ["PYTHONPATH"].split(os.pathsep)
    with pytest.raises(ImportError):
        run_path(str(Path(NO_GRAMMARS) / "rfc3987_syntax.py"))
