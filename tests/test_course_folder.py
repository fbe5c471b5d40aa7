"""What the course adds to nbgrader, each by itself; ``test_release`` has them together."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions as NbgraderClearSolutions
from traitlets.config import PyFileConfigLoader

from autograder.grading.batch import EXPORTER, HARMLESS
from autograder.nbgrader.course_folder import (
    CONFIG,
    has_our_stubs,
    is_cache,
    require_no_other_source,
    write_source,
)
from autograder.nbgrader.stubs import NUMBERS, ClearSolutions
from captioning.errors import InputError

MARKED = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"

pytestmark = pytest.mark.xdist_group("release")


def solution(**metadata: object) -> NotebookNode:
    cell = new_code_cell(MARKED, metadata=metadata)
    kinds = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
    cell.metadata["nbgrader"] = {**kinds, "grade_id": "square"}
    return cell


def test_the_settings_are_nbgrader_s_own_but_for_the_stubs() -> None:
    config = PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()
    theirs = GenerateAssignment.class_traits()["preprocessors"].default()
    ours = [
        NbgraderClearSolutions if made is ClearSolutions else made
        for made in config.GenerateAssignment.preprocessors
    ]
    assert ours == theirs
    assert ClearSolutions in config.GenerateAssignment.preprocessors
    # What grading refuses to go without.
    assert config.Autograde.exporter_class == EXPORTER
    assert config.HTMLExporter.filters == {"markdown2html": HARMLESS}


def test_stubs_name_the_exercise_where_the_cell_has_one_and_are_nbgrader_s_elsewhere() -> None:
    clear = ClearSolutions()
    ours, _ = clear.preprocess_cell(solution(**{NUMBERS: {"square": "7.1"}}), {"language": "python"}, 0)
    assert ours.source == (
        'def square(x):\n    raise NotImplementedError("square is yours to write: exercise 7.1")'
    )
    other, _ = clear.preprocess_cell(solution(), {"language": "python"}, 0)
    assert other.source == "def square(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def test_a_source_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[solution()])
    folder = write_source(tmp_path, "ps1", notebook, {"shapes.py": "x = 1\n"})
    assert folder == tmp_path / "source" / "ps1"
    assert (folder / "prerequisites" / "shapes.py").read_text() == "x = 1\n"
    assert has_our_stubs(tmp_path)
    # What Jupyter and Python leave there is not a change.
    for name in (".ipynb_checkpoints/ps1.ipynb", "prerequisites/__pycache__/shapes.pyc", ".DS_Store"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
        assert is_cache(folder / name, folder)
    assert write_source(tmp_path, "ps1", notebook, {"shapes.py": "x = 1\n"}) == folder
    with pytest.raises(InputError, match=r"shapes\.py is there already, and differs .* --out"):
        require_no_other_source(tmp_path, "ps1", notebook, {"shapes.py": "x = 2\n"})
    with pytest.raises(InputError, match=r"shapes\.py is there already"):
        write_source(tmp_path, "ps1", notebook, {})
    assert (folder / "prerequisites" / "shapes.py").read_text() == "x = 1\n"
