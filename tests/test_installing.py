"""What is advised to be installed: from the one address, and by names that a registry has."""

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest

from captioning import installing

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.slow
def test_the_address_stands_in_one_place() -> None:
    assert installing.address() == PROJECT["urls"]["Repository"]
    modules = [
        path for room in ("captioning", "autograder", "coursebuilder") for path in (ROOT / room).rglob("*.py")
    ]
    assert [path for path in modules if installing.address() in path.read_text()] == []


@pytest.mark.parametrize("page", ["README.md", "book/intro.md"])
def test_pages_install_what_is_there(page: str) -> None:
    text = (ROOT / page).read_text()
    lines = re.findall(r'python -m pip install "(.+ @ .+)"', text)
    assert lines == [installing.requirement("notebook"), installing.solutions_requirement()]
    assert "jupyter lab start_here.ipynb" in text


def test_notebooks_install_what_is_there_and_what_lends_the_layers_before_them() -> None:
    for path in (ROOT / "starter").glob("*/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert installing.requirement("widgets") in text
        assert installing.solutions_requirement() in text


@pytest.mark.parametrize("extra", ["widgets", "evaluate"])
def test_a_message_names_libraries_that_a_registry_has(extra: str) -> None:
    names = [re.match(r"[\w-]+", line)[0] for line in PROJECT["optional-dependencies"][extra]]  # type: ignore[index]
    line = installing.install(extra)
    assert line.startswith("python -m pip install ")
    assert [name for name in names if f'"{name}' not in line] == []
    assert installing.DISTRIBUTION not in line


def test_binder_makes_a_folder_as_a_student_has_it() -> None:
    assert (ROOT / ".binder" / "requirements.txt").read_text() == ".[notebook]\n./solutions\n"
    script = ROOT / ".binder" / "postBuild"
    assert script.read_text().splitlines()[-1] == "captioning start my-course"
    if os.name == "posix":
        assert stat.S_IMODE(script.stat().st_mode) & 0o111
