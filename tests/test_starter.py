"""The starter: as the book and the solutions are, and written over nobody's work."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from captioning import cli
from captioning.course.folder import START_HERE
from coursebuilder import __main__ as command_line
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.starter import committed_outputs, stale_files, starter_files, stated_outputs, write_starter
from tests.chapters import CHAPTERS, EXERCISE, QUIZ, STARTER, by_name, chapter


@pytest.mark.slow
@pytest.mark.usefixtures("quick_gradebooks")
def test_the_starter_is_as_the_book_and_the_solutions_are() -> None:
    made = starter_files(CHAPTERS, committed_outputs(STARTER, CHAPTERS))
    assert stale_files(STARTER, made) == [], "run `make starter`"


@by_name
def test_the_starter_states_what_every_demonstration_prints(chapter: Chapter) -> None:
    notebook = nbformat.read(STARTER / chapter.name / f"{chapter.name}.ipynb", as_version=4)
    printing = [
        made.id
        for made in notebook.cells
        if "expected" in made.metadata.get("tags", []) and re.search(r"^print\(", made.source, re.MULTILINE)
    ]
    assert set(printing) <= set(stated_outputs(notebook))


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """Return a starter of one chapter."""
    shutil.copytree(STARTER / "04_softmax", tmp_path / "starter" / "04_softmax")
    (tmp_path / "starter" / "prerequisites").mkdir()
    (tmp_path / "starter" / "prerequisites" / "shapes.py").write_text("x = 1\n")
    return tmp_path / "starter"


NOTEBOOK = "04_softmax/04_softmax.ipynb"


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_that_are_stale(starter: Path) -> None:
    files = contents(starter)
    assert stale_files(starter, files) == []
    (starter / "04_softmax" / ".ipynb_checkpoints").mkdir()
    (starter / "04_softmax" / ".ipynb_checkpoints" / "04_softmax-checkpoint.ipynb").touch()
    assert stale_files(starter, files) == []
    assert stale_files(starter, files | {NOTEBOOK: "other"}) == [NOTEBOOK]
    assert stale_files(starter, files | {"05_new/05_new.ipynb": ""}) == ["05_new/05_new.ipynb"]
    (starter / "prerequisites" / "old.py").touch()
    assert stale_files(starter, files) == ["prerequisites/old.py"]


def test_the_starter_written_anew(starter: Path) -> None:
    files = {"04_renamed/04_renamed.ipynb": (starter / NOTEBOOK).read_text("utf-8")}
    write_starter(starter, files)
    assert contents(starter) == files
    assert [path.name for path in starter.iterdir()] == ["04_renamed"]


def edit_cell(path: Path, grade_id: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    (made,) = (
        made for made in notebook.cells if made.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    made.source += "\n# mine"
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    "work",
    [
        lambda starter: edit_cell(starter / NOTEBOOK, "softmax_loss"),
        lambda starter: edit_cell(starter / NOTEBOOK, "softmax_soft_labels"),
        lambda starter: (starter / "my_answer.py").write_text("x = 1"),
        lambda starter: (starter / "04_softmax" / "notes.ipynb").write_text("{}"),
        lambda starter: (starter / NOTEBOOK).write_text("<<<<<<< mine\n{}"),
    ],
    ids=["answer", "open question", "file", "notebook", "conflict"],
)
def test_the_starter_is_not_written_over_somebody_s_work(
    work: Callable[[Path], object], starter: Path
) -> None:
    work(starter)
    before = contents(starter)
    with pytest.raises(ChapterError, match="run `make starter`"):
        write_starter(starter, {"05_new/05_new.ipynb": "new"})
    assert contents(starter) == before


@pytest.mark.slow
@pytest.mark.usefixtures("quick_gradebooks")
def test_the_command_that_makes_the_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, starter = tmp_path / "book", tmp_path / "starter"
    book.mkdir()
    (book / "04_softmax.md").write_text(chapter(EXERCISE, QUIZ).text, encoding="utf-8")
    monkeypatch.setattr(command_line, "BOOK", book)
    monkeypatch.setattr(command_line, "STARTER", starter)
    monkeypatch.setattr(command_line, "ROOT", tmp_path)
    monkeypatch.setattr(command_line, "require_rules", lambda chapters: None)  # one chapter is not a course

    def run(*args: str) -> tuple[int, str]:
        done = CliRunner().invoke(command_line.main, ["starter", *args])
        return done.exit_code, done.output

    assert run()[0] == 0
    cells = json.loads((starter / NOTEBOOK).read_text("utf-8"))["cells"]
    sources = ["".join(made["source"]) for made in cells]
    assert "**Expected output**\n```text\n1.3862943611198906\n```" in sources
    assert any("softmax_loss is yours to write: exercise 4.1" in source for source in sources)
    assert not any(made.get("outputs") for made in cells)
    made = contents(starter)
    assert run("--check") == (0, "")
    (book / "04_softmax.md").write_text(chapter(EXERCISE, QUIZ, "More.\n").text, encoding="utf-8")
    code, said = run("--check")
    assert code == 1
    assert "stale: starter/04_softmax/04_softmax.ipynb. Run `make starter`." in said
    assert contents(starter) == made


@by_name
def test_chapters_and_exercises_have_numbers_and_what_only_imports_or_draws_is_folded(
    chapter: Chapter,
) -> None:
    cells = nbformat.read(STARTER / chapter.name / f"{chapter.name}.ipynb", as_version=4).cells
    assert cells[0].source.splitlines()[0] == f"# {chapter.number}. {chapter.title}"
    assert cells[1].id == "setup"
    folded = [made for made in cells if made.metadata.get("jupyter", {}).get("source_hidden")]
    assert not any("nbgrader" in made.metadata or "check(" in made.source for made in folded)
    text = "\n".join(made.source for made in cells if made.cell_type == "markdown")
    for number, exercise in enumerate(chapter.exercises, 1):
        assert f"**Exercise {chapter.number}.{number}** · `{exercise.argument}` · " in text
    captions = [made for made in cells if made.source.startswith("*Figure.*")]
    for caption in captions:
        above = cells[cells.index(caption) - 1]
        assert (above.cell_type, above in folded) == ("code", True)
    assert len(captions) == chapter.text.count("\n  figure:\n")


def test_start_here_names_commands_that_there_are() -> None:
    notebook = nbformat.read(STARTER / START_HERE, as_version=4)
    text = "\n".join(made.source for made in notebook.cells)
    commands = set(re.findall(r"`captioning (\w+)", text))
    assert {"progress", "check", "update", "reset", "borrow"} <= commands <= set(cli.COMMANDS)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (STARTER / link).is_file()
