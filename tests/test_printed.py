"""Numbers in the prose, held to what was printed; and the long experiments, held to their scripts."""

import json
from pathlib import Path

import numpy as np
import pytest

from captioning.errors import InputError
from captioning.figures.experiments import stored
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.experiments import Experiment, all_experiments, require_fresh
from coursebuilder.plain import plain
from coursebuilder.printed import require_printed, unprinted, without_role
from coursebuilder.starter import committed_outputs, source_notebook, stated_outputs
from tests.chapters import CHAPTERS, STARTER, cell, chapter

OUTPUT = "time: right on 96.1%, loss -2.31; 138,357,544 weights, 1e-05\nkind: 12 %"


@pytest.mark.parametrize(
    "quoted",
    [
        "96.1 %",
        "96.1%",
        "\N{MINUS SIGN}2.31",
        "2.31",
        "138,357,544",
        "1e-05",
        "12 %",
        "time: right on 96.1 %",
    ],
)
def test_a_number_that_is_printed(quoted: str) -> None:
    assert not list(unprinted(chapter(f"It is {{printed}}`{quoted}`.\n"), [OUTPUT]))


@pytest.mark.parametrize("quoted", ["6.1 %", "96", "96.1 percent", "2.3", "2.310", "357,54", "5e-05", "2 %"])
def test_a_number_that_is_not(quoted: str) -> None:
    made = chapter(f"A line.\n\nIt is {{printed}}`{quoted}`.\n")
    (problem,) = unprinted(made, [OUTPUT])
    line = next(n for n, text in enumerate(made.text.splitlines(), 1) if "printed" in text)
    assert problem.startswith(f"{made.name}, line {line}: ")
    assert problem.endswith(f"prints {quoted}")
    with pytest.raises(ChapterError, match=f"line {line}"):
        require_printed([made], {made.name: {"a-cell": OUTPUT}})


@pytest.mark.parametrize("quoted", ["96 %", "98 %", "9 %", "\N{MINUS SIGN}2.4", "138,357,000", "135,000,000"])
def test_about_a_number_that_is_printed(quoted: str) -> None:
    assert not list(unprinted(chapter(f"It is {{about}}`{quoted}`.\n"), [OUTPUT]))


@pytest.mark.parametrize("quoted", ["80 %", "96", "-2.9", "2.31", "2 steps", "much"])
def test_about_a_number_that_is_not(quoted: str) -> None:
    (problem,) = unprinted(chapter(f"It is {{about}}`{quoted}`.\n"), [OUTPUT])
    assert problem.endswith(f"prints a number near {quoted}")


def test_a_number_of_the_datasheet() -> None:
    kept = "\n".join(["It has read {datasheet}`192,000 captions`, and has {datasheet}`590,964` weights.", ""])
    assert not list(unprinted(chapter(kept), []))
    (problem,) = unprinted(chapter("It has read {datasheet}`191,000 captions`.\n"), ["191,000 captions"])
    assert problem.endswith("datasets/scenes/DATASHEET.md does not state 191,000 captions")


def test_the_role_is_in_no_notebook_and_on_no_page() -> None:
    made = chapter("It is {printed}`96.1 %`.\n\n", cell("x = 1"))
    assert without_role("a {printed}`1` b {datasheet}`2` {term}`c`") == "a 1 b 2 {term}`c`"
    assert without_role("it is {about}`34 %`") == "it is about 34 %"
    for edition in ("notebook", "open", "class"):
        assert "It is 96.1 %." in plain(expand(made, edition))


def test_what_a_cell_prints_that_the_prose_quotes_is_kept_out_of_sight() -> None:
    code = "```{code-cell} ipython3\n---\ntags: [hide-input, printed]\n---\nprint(96.1)\n```\n"
    made = source_notebook(chapter("Guess.\n\n", code), {"print-96-1": "96.1"})
    assert stated_outputs(made) == {"print-96-1": "96.1"}
    assert not any("96.1" in one.source for one in made.cells if one.cell_type == "markdown")


@pytest.mark.parametrize("made", CHAPTERS, ids=lambda made: made.name)
def test_every_number_that_a_chapter_quotes_is_printed(made: Chapter) -> None:
    outputs = committed_outputs(STARTER, [made])[made.name]
    assert list(unprinted(made, outputs.values())) == [], "run the chapter; then `make starter`"


SCRIPT = """
SETTINGS = {"rows": 2}

def experiment(rows):
    print(f"{rows} rows")
    return {"table": [[1.0, 2.0]] * rows}
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tables.py"
    path.write_text(SCRIPT)
    return path


def test_an_experiment_is_kept_with_what_it_was_made_by(script: Path) -> None:
    made = Experiment.read(script)
    assert made.is_stale
    made.run()
    kept = json.loads(made.kept.read_text())
    assert kept["settings"] == {"rows": 2}
    assert kept["printed"] == ["2 rows"]
    assert kept["arrays"] == {"table": [[1.0, 2.0], [1.0, 2.0]]}
    require_fresh([made])


@pytest.mark.parametrize(
    "changed",
    [
        SCRIPT.replace('"rows": 2', '"rows": 3'),
        SCRIPT.replace("2.0", "3.0"),
        SCRIPT + "\nimport numpy as np\ndef world():\n    return np.full((1, 8, 8, 3), 100)\n",
    ],
)
def test_an_experiment_of_another_script_is_stale(script: Path, changed: str) -> None:
    Experiment.read(script).run()
    script.write_text(changed)
    with pytest.raises(ChapterError, match=r"stale: tables\. Run `make experiments`"):
        require_fresh([Experiment.read(script)])


def test_an_experiment_that_asked_another_network_is_stale(script: Path) -> None:
    network = script.with_name("network.h5")
    network.write_bytes(b"weights")
    script.write_text(SCRIPT + f"from pathlib import Path\nMADE_OF = [Path({str(network)!r})]\n")
    made = Experiment.read(script)
    made.run()
    assert not made.is_stale
    network.write_bytes(b"other weights")
    assert made.is_stale


def test_an_experiment_on_scenes_that_are_drawn_in_another_way_is_stale(script: Path) -> None:
    drawn = script.with_name("drawn.npy")
    script.write_text(SCRIPT + f"import numpy as np\nworld = lambda: np.load({str(drawn)!r})\n")
    pictures = np.full((2, 8, 8, 3), 100, dtype=np.uint8)
    np.save(drawn, pictures)
    made = Experiment.read(script)
    made.run()
    np.save(drawn, pictures + 3)  # as another release of Pillow may round
    assert not made.is_stale
    pictures[0, 0, 0, 0] = 130
    np.save(drawn, pictures)
    assert made.is_stale


def test_a_script_that_is_no_experiment(script: Path) -> None:
    script.write_text("SETTINGS = 3\n")
    with pytest.raises(ChapterError, match="needs SETTINGS"):
        Experiment.read(script)
    (script.parent / "left.json").write_text("{}")
    with pytest.raises(ChapterError, match=r"left\.json"):
        all_experiments(script.parent)


def test_the_experiments_of_the_book_are_fresh() -> None:
    experiments = all_experiments()
    require_fresh(experiments)
    for made in experiments:
        assert stored(made.path.stem)
        assert made.kept.stat().st_size < 50_000


def test_an_experiment_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"no stored experiment 'walks'; there are: .*rnn_wait"):
        stored("walks")
