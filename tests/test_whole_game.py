"""The whole game: two notebooks from one page, on the reference's layers and on those of a student."""

import difflib
import json
import re
import sys
from pathlib import Path

import h5py
import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from captioning.answers.library import FOLDER
from captioning.answers.state import FILE
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.notebook import execute, printed
from coursebuilder.page import with_game_links
from coursebuilder.plain import BOOK, GAME
from coursebuilder.whole_game import NOTEBOOKS, PAGE, game_notebook
from tests.chapters import STARTER
from tests.conftest import Command
from tests.student import cells_of, write_notebook
from tests.tiny import write_tiny_data
from tests.wheel import run

TEXT = Chapter.read(BOOK / f"{PAGE}.md").text
# As few scenes as a test has time for. The page of the book, and the first test below, are of the usual size.
SMALL = {"limit=2000": "limit=60", "epochs=6": "epochs=1", "epochs=200": "epochs=2"}
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, allow_errors=True, shutdown_kernel="immediate").execute()
nbformat.write(notebook, "executed.ipynb")
"""


def small(cell: str) -> NotebookNode:
    """Return a notebook of the whole game that takes seconds."""
    text = TEXT
    for usual, few in SMALL.items():
        assert text.count(usual) == 1, usual
        text = text.replace(usual, few)
    notebook = game_notebook("LSTM_Captioning", text)
    notebook.cells = [nbformat.from_dict(one) for one in notebook.cells]
    for one in notebook.cells:
        one.source = one.source.replace('CELL = "lstm"', f'CELL = "{cell}"')
    return notebook


def said(notebook: NotebookNode, beginning: str) -> str:
    """Return what a cell printed that has this line in it."""
    (found,) = [one for one in notebook.cells if one.cell_type == "code" and beginning in one.source]
    return printed(found)


def errors_in(notebook: NotebookNode) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]


def executed(python: Path, folder: Path, name: str) -> NotebookNode:
    """Run a notebook as a student does, in the folder of the course."""
    done = run(python, folder, "-c", EXECUTE, name)
    assert done.returncode == 0, done.stdout + done.stderr
    return nbformat.read(folder / "executed.ipynb", as_version=4)


def test_two_notebooks_are_one_page_but_for_the_cell() -> None:
    one, other = (
        [line for cell in game_notebook(name).cells for line in cell.source.splitlines()]
        for name in NOTEBOOKS
    )
    changed = [line for line in difflib.ndiff(one, other) if line[0] in "+-"]
    assert changed == [
        "- # The whole game: RNN captioning",
        "+ # The whole game: LSTM captioning",
        '- CELL = "rnn"  # "rnn", "lstm" or "gru"',
        '+ CELL = "lstm"  # "rnn", "lstm" or "gru"',
    ]
    for text in (TEXT.replace('CELL = "lstm"', "CELL = 3"), TEXT + '\nCELL = "lstm"\n'):
        with pytest.raises(ChapterError, match=r"times 'CELL = \"lstm\"', expected it once"):
            game_notebook("RNN_Captioning", text)


def test_they_are_at_the_top_of_the_course_and_lead_to_chapters_that_there_are() -> None:
    assert GAME.removesuffix(".ipynb") in NOTEBOOKS
    for name in NOTEBOOKS:
        notebook = nbformat.read(STARTER / f"{name}.ipynb", as_version=4)
        assert notebook.cells[1].id == "setup"
        links = re.findall(r"\]\(([^)]+)\)", "\n".join(cell.source for cell in notebook.cells))
        assert len(links) > 3
        assert all((STARTER / link).is_file() for link in links)
    # Chapter 0 leads here, from its folder and on its page.
    play = nbformat.read(STARTER / "00_play" / "00_play.ipynb", as_version=4)
    assert any(f"(../{GAME})" in cell.source for cell in play.cells)
    links = re.findall(r'href="([^"]+)" download', with_game_links(TEXT))
    assert links == [f"{name}.ipynb" for name in NOTEBOOKS]


def test_its_prose_quotes_no_number_of_a_run() -> None:
    """The numbers are others for each cell, and for each one's layers."""
    prose = re.sub(r"^```.*?^```$", "", expand(Chapter(PAGE, TEXT), "open"), flags=re.M | re.S)
    assert re.findall(r"\d+(?:\.\d+)? ?%|\b\d+\.\d+\b", prose) == []


@pytest.mark.slow
def test_the_rnn_s_as_it_is(tmp_path: Path) -> None:
    """The LSTM's is the page of the book, which `make book` executes."""
    notebook = execute(game_notebook("RNN_Captioning"), tmp_path)
    assert "rnn_forward              the reference (solutions/rnn.py)" in said(notebook, "lend(LAYERS)")
    by_heart = re.search(r"(\d+) of 50 captions are said word for word", said(notebook, "by_heart"))
    assert by_heart
    assert int(by_heart[1]) >= 45
    rows = said(notebook, "bleu(*words").splitlines()[1:]
    scores = {row[:20].strip(): [float(number) for number in re.findall(r"\d\.\d\d", row)] for row in rows}
    assert list(map(len, scores.values())) == [4, 4, 4]
    # It sees something, and less than people do.
    assert scores["of other pictures"][3] < scores["the captioner"][3]
    assert rows[-1].startswith("a person")
    assert rows[-1].endswith(" 100%")


@pytest.mark.slow
def test_a_student_s_own_layers_run_and_the_others_are_borrowed(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAPTIONING_LIBRARY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert command("start", "course")[0] == 0
    course = tmp_path / "course"
    nbformat.write(small("gru"), course / "game.ipynb")
    fresh = executed(Path(sys.executable), course, "game.ipynb")
    assert errors_in(fresh) == []
    owners = said(fresh, "lend(LAYERS)").splitlines()
    assert len(owners) == 20
    assert all(" borrowed (solutions/" in line for line in owners)

    answers = write_notebook(course / "mine.ipynb", cells_of("affine"))
    monkeypatch.chdir(course)
    assert command("check", answers)[0] in {0, 3}
    mine = executed(Path(sys.executable), course, "game.ipynb")
    assert errors_in(mine) == []
    owners = said(mine, "lend(LAYERS)").splitlines()
    assert [line.split()[0] for line in owners if "yours (my_layers/" in line] == [
        "affine_forward",
        "affine_backward",
    ]
    # It was lent for the run, and nothing is noted.
    assert not (course / FOLDER / FILE).exists()
    steps = json.loads(command("progress", "--json")[1])["exercises"]
    assert {step["runs"] for step in steps} == {"yours", "nobody's yet"}


@pytest.mark.slow
def test_where_nobody_can_lend_it_says_in_which_chapters_the_layers_are(python: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    program = ("-c", "from captioning.cli import main; main()")
    assert run(python, tmp_path / "home", *program, "start", "my-course").returncode == 0
    first = executed(python, tmp_path / "home" / "my-course", GAME)
    error = errors_in(first)[0]
    assert "some are not written yet, nor is the reference installed" in error
    assert "chapter 6: conv_forward, max_pool_forward; chapter 7: vgg16_forward" in error


def write_as_downloaded(folder: Path) -> None:
    """Write a small set of captions and features as in CS231n's archive: plain HDF5, without a checksum."""
    write_tiny_data(folder, pca_features=True)
    for path in folder.glob("*.h5"):
        with h5py.File(path) as file:
            arrays = {name: dataset[:] for name, dataset in file.items()}
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array.astype(np.int32 if array.dtype.kind in "iu" else np.float32)
    for path in folder.glob("*_urls.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        photos = [f"http://images.cocodataset.org/{line.replace('.png', '.jpg')}" for line in lines]
        path.write_text("\n".join(photos) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_on_photos_it_reads_what_the_download_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPTIONING_HOME", str(tmp_path / "home"))
    write_as_downloaded(tmp_path / "home" / "coco" / "coco_captioning")
    text = TEXT
    for usual, ours in {'DATA = "scenes"': 'DATA = "coco"', "epochs=200": "epochs=40"}.items():
        assert text.count(usual) == 1, usual
        text = text.replace(usual, ours)
    notebook = execute(game_notebook("LSTM_Captioning", text), tmp_path)
    about = said(notebook, "The first caption:")
    assert "train     40 pictures,     80 captions of 10 integers" in about
    assert re.search(r"in words: +a (red|green|blue|black) \w+ (waits|moves quickly|shines)", about)
    by_heart = re.search(r"(\d+) of 50 captions are said word for word", said(notebook, "by_heart"))
    assert by_heart
    assert int(by_heart[1]) >= 45
    (shown,) = [one for one in notebook.cells if "as_html(say(" in one.source]
    html = shown.outputs[0].data["text/html"]
    assert html.count('<img src="http://images.cocodataset.org/val/') == 6
    # Whether a caption of a photo is true, nobody knows.
    rows = said(notebook, "bleu(*words").splitlines()
    assert "wholly true" not in rows[0]
    assert [len(re.findall(r"\d\.\d\d", row)) for row in rows[1:]] == [4, 4, 4]
