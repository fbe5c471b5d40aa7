"""A student's folder: what ``captioning start``, ``update`` and ``reset`` leave, and what they say."""

import json
import re
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from captioning import cli
from captioning.answers.state import FILE as STATE
from captioning.course import folder as my_course
from captioning.course.folder import (
    RECORD,
    copy_starter,
    file_digest,
    reset_chapter,
    starter_folder,
)
from captioning.course.merging import cell_digests, merged
from captioning.errors import InputError
from tests.conftest import Command
from tests.wheel import run

ROOT = Path(__file__).parents[1]
NAMES = ("01_arrays", "09_rnn", "10_lstm")
FILES = (*(f"{name}/{name}.ipynb" for name in NAMES), "prerequisites/cells.py", "prerequisites/words.py")
RNN, LSTM, CELLS = FILES[1], FILES[2], FILES[3]


def write_starter(folder: Path, version: str, points: int = 2) -> None:
    """Write a starter of three chapters, which all say the version."""
    for name in NAMES:
        answer = new_code_cell("raise NotImplementedError", id="answer")
        answer.metadata["nbgrader"] = {"grade_id": name, "points": points}
        notebook = new_notebook(cells=[new_markdown_cell(version, id="version"), answer])
        (folder / name).mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / name / f"{name}.ipynb")
    (folder / "prerequisites").mkdir(exist_ok=True)
    for name in ("cells", "words"):
        (folder / "prerequisites" / f"{name}.py").write_text(f"VERSION = {version!r}\n")


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a starter where an installed course has it, and be in an empty folder."""
    package, home = tmp_path / "site-packages" / "captioning", tmp_path / "home"
    write_starter(package / "starter", "one")
    home.mkdir()
    monkeypatch.setattr(my_course, "__file__", str(package / "course" / "folder.py"))
    monkeypatch.chdir(home)
    return package / "starter"


@pytest.fixture
def command(starter: Path, command: Command) -> Command:
    """Return the command line of that installed course."""
    return command


@pytest.fixture
def course(command: Command) -> Path:
    """Return a student's folder with all chapters."""
    assert command("start", "course")[0] == 0
    return Path("course")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, but for what is noted of it, and locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(RECORD)
        and path.suffix != ".lock"
        and path.name != STATE
    }


def version_of(path: Path) -> str:
    if path.suffix == ".py":
        return re.findall(r"'(.*)'", path.read_text())[0]
    return nbformat.read(path, as_version=4).cells[0].source


def answer(path: Path, source: str = "mine") -> bytes:
    """Write an answer as a student does, with its output; return the file."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = source
    notebook.cells[1].outputs = [new_output("stream", text="so")]
    nbformat.write(notebook, path)
    return path.read_bytes()


def answer_in(path: Path) -> object:
    """Return the answer in a chapter, with its output."""
    cell = nbformat.read(path, as_version=4).cells[1]
    return cell.source, cell.outputs


def run_only(path: Path) -> None:
    """Change what running a notebook changes."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [new_output("stream", text="so")]
    notebook.cells[1].execution_count = 3
    notebook.cells[1].metadata["execution"] = {"iopub.status.busy": "now"}
    notebook.metadata["language_info"] = {"name": "python", "version": "3.99"}
    nbformat.write(notebook, path)


# --- start


def test_start_copies_everything_and_says_how_to_go_on(starter: Path, command: Command) -> None:
    code, out, err = command("start", "my course")
    assert (code, err) == (0, "")
    assert out == (
        "Copied 5 new files.\n\n"
        "The layers of the chapters 2, 3, 4, 5, 6, 7, 8, which are not in my course, are borrowed from the "
        "reference until yours pass.\n\nBegin with: jupyter lab 'my course/01_arrays/01_arrays.ipynb'\n"
        "What is done, and what comes next: cd 'my course', and there captioning progress\n"
    )
    assert contents(Path("my course")) == contents(starter)
    code, out, _ = command("start", "my course")
    assert (code, out.splitlines()[0]) == (0, "Everything is there, and up to date.")
    assert contents(Path("my course")) == contents(starter)


@pytest.mark.parametrize("chapters", ["9,10_lstm", "rnn, lstm", "09,10", "10_LSTM/,rnn,9"])
def test_start_with_some_chapters(chapters: str, command: Command) -> None:
    code, out, _ = command("start", "course", "--chapters", chapters)
    assert code == 0
    assert "Copied 4 new files." in out
    assert "jupyter lab course/09_rnn/09_rnn.ipynb" in out
    assert set(contents(Path("course"))) == set(FILES[1:])


def test_chapters_can_be_added_later(command: Command) -> None:
    command("start", "course", "--chapters", "9")
    mine = answer(Path("course") / RNN)
    code, out, _ = command("start", "course", "--chapters", "10")
    assert (code, out.splitlines()[0]) == (0, "Copied 1 new files.")
    assert (Path("course") / RNN).read_bytes() == mine


@pytest.mark.parametrize("wrong", ["12", "gru", "²", "0", "1,gru", "_", "../10_lstm", "-1"])
def test_a_chapter_that_there_is_not(wrong: str, command: Command) -> None:
    code, out, err = command("start", "course", "--chapters", wrong)
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"Error: there is no chapter '.+'; there are 01_arrays, 09_rnn, 10_lstm\.", err.strip()
    )
    assert not Path("course").exists()


def test_bad_usage(command: Command) -> None:
    assert command("start")[0] == 2
    Path("file").touch()
    code, _, err = command("start", "file")
    assert (code, "is a file" in err) == (2, True)
    with pytest.raises(InputError, match="file is a file"):
        copy_starter(Path("file"), NAMES, starter_folder())


def test_start_for_machines(command: Command) -> None:
    code, out, err = command("start", "course", "--chapters", "9", "--json")
    assert (code, err) == (0, "")
    answered = json.loads(out)
    assert answered.pop("borrowed")["affine_forward"] == 3
    assert answered == {
        "folder": "course",
        "chapters": ["09_rnn"],
        "new": ["prerequisites/cells.py", "prerequisites/words.py", RNN],
        "updated": [],
        "merged": {},
        "kept": [],
        "removed": [],
    }


def test_start_never_writes_over_what_was_there_before(starter: Path, command: Command) -> None:
    theirs = Path("course") / LSTM
    theirs.parent.mkdir(parents=True)
    theirs.write_text("notes of last year")
    code, out, _ = command("start", "course")
    assert code == 0
    assert f"Left alone {LSTM}" in out
    assert theirs.read_text() == "notes of last year"
    write_starter(starter, "two")
    command("start", "course")
    assert theirs.read_text() == "notes of last year"


def test_what_tools_leave_in_the_starter_is_not_copied(starter: Path, command: Command) -> None:
    for name in (
        "10_lstm/.ipynb_checkpoints/a.ipynb",
        "prerequisites/__pycache__/a.pyc",
        "10_lstm/.DS_Store",
    ):
        (starter / name).parent.mkdir(exist_ok=True)
        (starter / name).touch()
    command("start", "course")
    assert set(contents(Path("course"))) == set(FILES)


def test_an_interrupted_start_leaves_whole_files(
    starter: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[Path] = []
    copy = my_course._copy

    def interrupted(source: Path, target: Path) -> None:
        if len(copied) == 2:
            raise KeyboardInterrupt
        copied.append(target)
        copy(source, target)

    monkeypatch.setattr(my_course, "_copy", interrupted)
    assert command("start", "course")[0] == 130
    there, whole = contents(Path("course")), contents(starter)
    assert len(there) == 2
    assert there.items() <= whole.items()
    # What was copied counts as copied, though it never came to an end.
    monkeypatch.setattr(my_course, "_copy", copy)
    write_starter(starter, "two")
    code, out, _ = command("start", "course")
    assert (code, "Left alone" in out) == (0, False)
    assert contents(Path("course")) == contents(starter)


def test_without_a_starter_the_message_says_where_one_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(my_course, "__file__", str(tmp_path / "captioning" / "course" / "folder.py"))
    assert cli.run(["start", str(tmp_path / "course")]) == 1
    assert "Error: the starter is not there. In a checkout `make starter` makes it" in capfd.readouterr().err
    assert not (tmp_path / "course").exists()


# --- update


def test_update_brings_what_is_untouched_and_says_what_it_left_alone(
    course: Path, starter: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = answer(course / LSTM)
    run_only(course / RNN)
    (course / CELLS).write_text("mine")
    write_starter(starter, "two")
    monkeypatch.chdir(course)
    code, out, err = command("update")
    assert (code, err) == (0, "")
    assert set(out.splitlines()) == {
        "Updated prerequisites/words.py.",
        "Updated 01_arrays/01_arrays.ipynb.",
        f"Updated {RNN}.",
        f"Left alone {CELLS}: it was changed, and there is a newer version. Remove it to get that.",
        f"Brought the newer version of {LSTM} around what you wrote; backups/ has what it was.",
    }
    (backup,) = Path("backups").rglob("*.ipynb")
    assert backup.read_bytes() == mine
    assert answer_in(Path(LSTM)) == answer_in(backup)
    assert Path(CELLS).read_text() == "mine"
    assert [version_of(Path(name)) for name in (*FILES[:3], FILES[4])] == ["two"] * 4
    # It says so again until something is done about it.
    assert command("update")[1].count("Left alone") == 1
    Path(CELLS).unlink()
    assert "Copied 1 new files." in command("update")[1]
    assert command("update")[1] == "Everything is there, and up to date.\n"
    assert [version_of(Path(name)) for name in FILES] == ["two"] * 5


CHAPTER = {
    "title": "# One",
    "intro": "Read.",
    "stub": "def f(): ...",
    "given": "import numpy",
    "end": "The end.",
}
NEWER = {
    "title": "# One",
    "why": "Newer.",
    "stub": "def f(x): ...",
    "given": "import numpy as np",
    "end": "Bye.",
}


def write_cells(path: Path, cells: dict[str, str]) -> Path:
    nbformat.write(new_notebook(cells=[new_code_cell(text, id=name) for name, text in cells.items()]), path)
    return path


def merge_cells(folder: Path, mine: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    delivered = cell_digests(write_cells(folder / "delivered.ipynb", CHAPTER))
    result = merged(
        write_cells(folder / "mine.ipynb", mine), write_cells(folder / "newer.ipynb", NEWER), delivered
    )
    assert result is not None
    notebook = nbformat.reads(result[0], as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell.source for cell in notebook.cells}, result[1]


def test_a_newer_chapter_is_brought_around_what_was_changed_added_and_removed(tmp_path: Path) -> None:
    assert merge_cells(tmp_path, CHAPTER) == (NEWER, [])
    answered = CHAPTER | {"stub": "def f(): return 1", "given": "import numpy as np"}
    assert merge_cells(tmp_path, answered) == (NEWER | {"stub": "def f(): return 1"}, ["stub"])
    noted = {
        "first": "mine",
        "title": "# One",
        "intro": "Read!",
        "stub": CHAPTER["stub"],
        "then": "print(f())",
    }
    assert list(merge_cells(tmp_path, noted)[0].items()) == [
        ("first", "mine"),
        ("title", "# One"),
        ("intro", "Read!"),  # the course has it no more, and what was written in it stays
        ("why", "Newer."),
        ("stub", "def f(x): ..."),
        ("then", "print(f())"),
        ("given", "import numpy as np"),  # removed, and newer than what was removed
        ("end", "Bye."),
    ]
    kept_away = {name: text for name, text in CHAPTER.items() if name != "title"}
    assert "title" not in merge_cells(tmp_path, kept_away)[0]


def test_a_notebook_whose_cells_have_no_ids_is_left_alone(
    course: Path, starter: Path, command: Command
) -> None:
    notebook = json.loads((course / LSTM).read_text())
    for cell in notebook["cells"]:
        del cell["id"]
    notebook["nbformat_minor"] = 4
    notebook["cells"][1]["source"] = "mine"
    (course / LSTM).write_text(json.dumps(notebook))
    before = (course / LSTM).read_bytes()
    write_starter(starter, "two")
    out = command("update", "--folder", course)[1]
    assert f"Left alone {LSTM}: it holds your changes, and there is a newer version. " in out
    assert "To start it again, with a backup: captioning reset 10_lstm" in out
    assert (course / LSTM).read_bytes() == before


def test_a_changed_file_is_no_matter_while_there_is_no_newer_version(course: Path, command: Command) -> None:
    answer(course / LSTM)
    assert command("update", "--folder", course)[:2] == (0, "Everything is there, and up to date.\n")


def test_a_notebook_that_was_merely_run_keeps_its_output_until_there_is_a_newer_one(
    course: Path, command: Command
) -> None:
    run_only(course / LSTM)
    before = (course / LSTM).read_bytes()
    command("update", "--folder", course)
    assert (course / LSTM).read_bytes() == before


def test_an_update_of_points_alone_is_one(course: Path, starter: Path, command: Command) -> None:
    write_starter(starter, "one", points=5)
    code, out, _ = command("update", "--folder", course, "--json")
    assert (code, json.loads(out)["updated"]) == (0, list(FILES[:3]))
    assert nbformat.read(course / LSTM, as_version=4).cells[1].metadata.nbgrader.points == 5


def test_update_leaves_chapters_out_that_were_not_asked_for(starter: Path, command: Command) -> None:
    command("start", "course", "--chapters", "9")
    (Path("course") / "20_notes").mkdir()
    (Path("course") / "20_notes" / "20_notes.ipynb").write_text("mine")
    write_starter(starter, "two")
    code, out, _ = command("update", "--folder", "course", "--json")
    assert (code, json.loads(out)["chapters"]) == (0, ["09_rnn"])
    assert {name for name in contents(Path("course")) if name[0] in "01"} == {RNN}
    assert (Path("course") / "20_notes" / "20_notes.ipynb").read_text() == "mine"


def test_update_outside_of_a_course(command: Command) -> None:
    code, out, err = command("update")
    assert (code, out) == (1, "")
    assert "Error: . is not a folder of the course: it has no .captioning.json." in err
    assert "--folder" in err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("damage", ["{", "[]", '{"files": 3}', '{"files": ["a"]}', "\udcff"])
def test_a_damaged_record(damage: str, course: Path, starter: Path, command: Command) -> None:
    (course / RECORD).write_bytes(damage.encode(errors="surrogateescape"))
    mine = answer(course / LSTM)
    before = contents(course)
    write_starter(starter, "two")
    code, _, err = command("update", "--folder", course)
    assert (code, "is damaged" in err, "Remove it" in err) == (1, True, True)
    assert contents(course) == before
    # Without a record everything that differs counts as changed.
    (course / RECORD).unlink()
    assert command("start", course)[1].count("Left alone") == 5
    assert (course / LSTM).read_bytes() == mine


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"cells": [1]}', '{"cells": [{"cell_type": "code"}]}'])
def test_a_damaged_notebook_counts_as_changed(
    damaged: str, course: Path, starter: Path, command: Command
) -> None:
    (course / LSTM).write_text(damaged)
    write_starter(starter, "two")
    assert f"Left alone {LSTM}" in command("update", "--folder", course)[1]
    assert (course / LSTM).read_text() == damaged


edits = st.sampled_from(["nothing", "answer", "run", "remove"])


@pytest.mark.slow
@given(
    st.lists(edits, min_size=3, max_size=3), st.lists(st.sampled_from(["one", "two"]), min_size=1, max_size=3)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_no_answer_is_lost_and_the_rest_is_up_to_date(
    tmp_path_factory: pytest.TempPathFactory, done: list[str], versions: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    starter, course = folder / "starter", folder / "course"
    write_starter(starter, "one")
    copy_starter(course, NAMES, starter)
    kept = {}
    for name, what in zip(FILES, done, strict=False):
        if what == "answer":
            answer(course / name)
            kept[name] = answer_in(course / name)
        elif what == "run":
            run_only(course / name)
        elif what == "remove":
            (course / name).unlink()
    before = "one"
    for version in versions:
        write_starter(starter, version)
        copied = copy_starter(course, NAMES, starter)
        assert copied.kept == []
        assert copied.merged == ({key: [] for key in kept} if version != before else {})
        before = version
    for name in FILES:
        if name in kept:
            assert answer_in(course / name) == kept[name]
            assert version_of(course / name) == before
        else:
            assert file_digest(course / name) == file_digest(starter / name)


def test_a_folder_of_earlier_gets_what_every_folder_has(
    starter: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chapter 0 and the notebooks beside the chapters came later, and come unasked."""
    command("start", "course", "--chapters", "9")
    course = Path("course")
    before = contents(course)
    notebook = new_notebook(cells=[new_markdown_cell("one", id="version"), new_code_cell("", id="answer")])
    unasked = {"00_play/00_play.ipynb", "start_here.ipynb", "RNN_Captioning.ipynb"}
    for name in unasked:
        (starter / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, starter / name)
    code, out, err = command("update", "--folder", "course")
    assert (code, out, err) == (0, "Copied 3 new files.\n", "")
    assert contents(course).keys() == before.keys() | unasked
    # They are as the chapters are: kept where they were changed, begun again where that is asked for.
    mine = answer(course / "RNN_Captioning.ipynb")
    write_starter(starter, "two")
    command("update", "--folder", "course")
    assert (course / "RNN_Captioning.ipynb").read_bytes() == mine
    answer(course / "00_play/00_play.ipynb")
    assert command("reset", "0", "--folder", "course")[0] == 0
    command("start", "other", "--chapters", "10")
    assert contents(Path("other")).keys() == {
        *unasked, LSTM, CELLS, FILES[4],
    }  # fmt: skip


# --- reset


def test_reset_keeps_a_dated_backup(course: Path, starter: Path, command: Command) -> None:
    mine = answer(course / LSTM)
    code, out, err = command("reset", "lstm", "--folder", course)
    assert (code, err) == (0, "")
    found = re.fullmatch(
        r"10_lstm/10_lstm\.ipynb is as it was at first\.\nYour notebook is kept: (.+)\n", out
    )
    assert found
    backup = Path(found[1])
    assert backup.read_bytes() == mine
    assert re.fullmatch(r"course/backups/\d{4}-\d\d-\d\d_\d{6}/10_lstm\.ipynb", backup.as_posix())
    made = datetime.strptime(backup.parent.name, "%Y-%m-%d_%H%M%S")
    assert abs((datetime.now() - made).total_seconds()) < 60
    assert (course / LSTM).read_bytes() == (starter / LSTM).read_bytes()
    # It is as untouched as at first.
    write_starter(starter, "two")
    command("update", "--folder", course)
    assert version_of(course / LSTM) == "two"


def test_no_backup_is_written_over_another(
    course: Path, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2030, 1, 2, 3, 4, 5)

    monkeypatch.setattr(my_course, "datetime", Stopped)
    kept = {}
    for text in ("first", "second", "third"):
        mine = answer(course / LSTM, text)
        backup = reset_chapter(course, "10_lstm", starter)
        assert backup is not None
        kept[backup] = mine
    assert len(kept) == 3
    assert {path: path.read_bytes() for path in (course / "backups").rglob("*.ipynb")} == kept


def test_reset_of_a_chapter_that_is_not_there(starter: Path, command: Command) -> None:
    command("start", "course", "--chapters", "9")
    code, out, _ = command("reset", "10", "--folder", "course", "--json")
    assert (code, json.loads(out)) == (0, {"chapter": "10_lstm", "backup": None})
    assert (Path("course") / LSTM).read_bytes() == (starter / LSTM).read_bytes()
    assert not (Path("course") / "backups").exists()


def test_reset_touches_nothing_else(course: Path, starter: Path, command: Command) -> None:
    answer(course / RNN)
    (course / "my_layers").mkdir(exist_ok=True)
    (course / "my_layers" / "lstm_forward.py").write_text("mine")
    write_starter(starter, "two")
    before = contents(course)
    command("reset", "10", "--folder", course)
    after = contents(course)
    assert {name for name in after if after[name] != before.get(name)} - {LSTM} == {
        name for name in after if name.startswith("backups/")
    }


@pytest.mark.parametrize(("args", "code"), [(("reset", "10"), 1), (("reset", "77"), 1), (("reset",), 2)])
def test_a_reset_that_cannot_be(args: tuple[str, ...], code: int, command: Command) -> None:
    got, out, err = command(*args)
    assert (got, out) == (code, "")
    assert err.startswith("Error: " if code == 1 else "Usage: ")
    assert list(Path().iterdir()) == []


def test_a_failed_reset_loses_nothing(
    course: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = answer(course / LSTM)
    copy = my_course._copy

    def failing(source: Path, target: Path) -> None:
        if source == course / LSTM:
            raise InputError("cannot write: the disk is full")
        copy(source, target)

    monkeypatch.setattr(my_course, "_copy", failing)
    code, _, err = command("reset", "10", "--folder", course)
    assert (code, err) == (1, "Error: cannot write: the disk is full\n")
    assert (course / LSTM).read_bytes() == mine


# --- As students have it


@pytest.mark.slow
def test_from_the_wheel_alone_the_starter_is_copied(python: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    program = ("-c", "from captioning.cli import main; main()")
    done = run(python, tmp_path / "home", *program, "start", "my-course")
    assert (done.returncode, done.stderr) == (0, "")
    expected = {
        path.relative_to(ROOT / "starter").as_posix(): path.read_bytes()
        for pattern in ("*.ipynb", "*/*.ipynb", "prerequisites/*.py")
        for path in (ROOT / "starter").glob(pattern)
    }
    assert len(expected) > 18
    assert contents(tmp_path / "home" / "my-course") == expected
    done = run(python, tmp_path / "home" / "my-course", *program, "update")
    assert (done.returncode, done.stdout) == (0, "Everything is there, and up to date.\n")
    done = run(python, tmp_path / "home" / "my-course", *program, "reset", "10")
    assert (done.returncode, done.stderr) == (0, "")
    # The solutions are where a release is made.
    done = run(python, tmp_path / "home", *program, "release", "10")
    assert done.returncode == 1
    assert "Error: `captioning release` needs a checkout of the project" in done.stderr
    assert "Traceback" not in done.stderr
