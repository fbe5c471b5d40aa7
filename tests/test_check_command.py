"""``captioning check`` and ``captioning progress``, as a student sees them."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat
import pytest

from autograder.exercises.registry import all_exercises
from autograder.student.files import AnswerFile, chapter_of, find_files
from autograder.student.loading import load
from captioning.answers import library
from captioning.errors import InputError
from captioning.source.code import Code
from coursebuilder.chapter import Chapter
from coursebuilder.starter import source_notebook
from tests.chapters import STARTER, by_name
from tests.conftest import Command
from tests.student import cells_of, write_notebook

WRONG = ("    next_h = o * tanh_c", "    next_h = o * next_c")
LSTM = [name for name, exercise in all_exercises().items() if exercise.chapter == 10]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a course with a right LSTM notebook and a library."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_layers").mkdir()
    write_notebook(tmp_path / "10_lstm" / "10_lstm.ipynb", cells_of("lstm"))
    return tmp_path


@pytest.mark.slow
def test_a_chapter_by_its_name(course: Path, command: Command) -> None:
    code, out, err = command("check", "10_lstm")
    assert (code, err) == (0, "")
    assert f"{len(LSTM)} of {len(LSTM)} right" in out
    for name in LSTM:
        assert name in out
    assert {path.stem for path in (course / "my_layers").glob("*.py")} == set(LSTM)


@pytest.mark.slow
def test_wrong_and_missing_answers(course: Path, command: Command) -> None:
    cells = [cell for cell in cells_of("lstm") if not cell.startswith("def lstm_backward")]
    write_notebook(course / "10_lstm" / "10_lstm.ipynb", cells, WRONG)
    code, out, _ = command("check", "10_lstm/10_lstm")
    assert code == 3
    rows = {line.split()[1]: line for line in out.splitlines() if line.strip().startswith("10 ")}
    assert "right" in rows["lstm_gates"]
    assert "not written" in rows["lstm_backward"]
    assert "next_h" in rows["lstm_step_forward"]
    assert "check(lstm_step_forward) first" in out
    assert {path.stem for path in (course / "my_layers").glob("*.py")} == {"lstm_gates", "lstm_forward"}


@pytest.mark.slow
def test_a_folder_of_notebooks_is_saved_whole(course: Path, command: Command) -> None:
    """Each answer that is saved has the layers read anew; what the next notebooks imported still counts."""
    for number, module in ((13, "captioner"), (15, "decoding"), (17, "attention")):
        write_notebook(course / f"{number}_{module}" / f"{number}_{module}.ipynb", cells_of(module))
    asked = [name for name, exercise in all_exercises().items() if exercise.chapter in {10, 13, 15, 17}]
    for _ in range(2):  # the second time with the answers of the first
        code, out, _ = command("check", ".")
        assert (code, f"{len(asked)} of {len(asked)} right" in out, "not be saved" in out) == (0, True, False)
    saved = {path.stem for path in (course / "my_layers").glob("*.py")}
    assert saved == {name.partition(".")[0] for name in asked}


@pytest.mark.slow
def test_json_alone(course: Path, command: Command) -> None:
    code, out, _ = command("check", "10_lstm", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["right"] == len(LSTM)
    assert result["points"] == result["max_points"]
    assert [entry["exercise"] for entry in result["exercises"]] == LSTM
    assert result["problems"] == {}


@pytest.mark.slow
def test_a_report_for_machines_that_read_junit(course: Path, command: Command) -> None:
    write_notebook(course / "10_lstm" / "10_lstm.ipynb", cells_of("lstm"), WRONG)
    code, out, _ = command("check", "10_lstm", "--junit", "report.xml")
    assert code == 3
    assert "lstm_gates" in out
    suite = ET.parse(course / "report.xml").getroot()[0]
    assert [case.get("name") for case in suite.findall("testcase")] == LSTM
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["lstm_step_forward", "lstm_step_backward"]
    assert [path.name for path in course.iterdir() if "report" in path.name] == ["report.xml"]


@pytest.mark.slow
def test_all_lists_the_whole_course(course: Path, command: Command) -> None:
    code, out, _ = command("check", "--all", ".", "--json")
    result = json.loads(out)
    assert [entry["exercise"] for entry in result["exercises"]] == list(all_exercises())
    assert code == (0 if set(LSTM) == set(all_exercises()) else 3)
    assert result["right"] == len(LSTM)
    assert json.loads(command("check", "--all", "--json")[1])["right"] == len(LSTM)
    code, out, err = command("check")
    assert (code, out) == (2, "")
    assert "say what to check" in err


def test_cells_that_train_are_not_run(course: Path, command: Command) -> None:
    cells = [
        "%matplotlib inline\n!rm -rf /\nimport numpy as np",
        "%%time\nraise SystemExit",
        "losses = [1 / 0 for _ in range(10)]\nfor step in range(10**9):\n    pass\ntrain = run(3)",
        "RATE = 1e-3; BEST, WORST = 0, 1\nhalf = lambda x: x / 2",
        "def lstm_gates(x):\n    return half(x)",
        "lstm_gates?",
    ]
    names = load(AnswerFile.read(write_notebook(course / "x.ipynb", cells))).names
    assert names["RATE"] == 1e-3
    assert names["lstm_gates"](4) == 2
    assert "losses" not in names
    assert "train" not in names


@pytest.mark.slow
def test_what_cannot_be_loaded_costs_only_what_needs_it(course: Path, command: Command) -> None:
    """What a chapter shows between its exercises is not run, and may need what is not there."""
    cells = [
        "import numpy as np\nimport a_module_that_is_not_there\n"
        "from captioning.layers import no_layer, shapes",
        "targets = np.arange(3)\nfirst = targets[0]\nfiles = !ls\nSIZE = len(lost)",
        "%%time\ndef relu_forward(x):\n    return np.maximum(0, x), x",
        "def relu_backward(dout, cache):\n    return a_module_that_is_not_there.relu(dout)",
        "def affine_forward(x, w, b:\n    pass",
        "@shapes(dout='N M')\ndef affine_backward(dout, cache):\n    pass",
        "def log_sum_exp(x):\n    return np.zeros(SIZE)",
        "@no_layer\ndef softmax_loss(x, y):\n    pass",
    ]
    write_notebook(course / "03_affine" / "03_affine.ipynb", cells)
    code, out, _ = command("check", ".")
    assert code == 3
    rows = {line.split()[1]: line.split()[3] for line in out.splitlines() if re.match(r" +\d+ ", line)}
    assert {name: rows[name] for name in LSTM} == dict.fromkeys(LSTM, "right")
    assert rows["relu_forward"] == "right"
    where = "could not be loaded: 03_affine/03_affine.ipynb cell"
    no_module = "line 2: ModuleNotFoundError: No module named 'a_module_that_is_not_there'"
    assert f"relu_backward uses a_module_that_is_not_there, which {where} 1, {no_module}" in out
    assert f"affine_forward {where} 5, line 1: this is not Python" in out
    assert f"log_sum_exp uses SIZE, which {where} 2, line 4: NameError: name 'lost' is not defined" in out
    assert f"softmax_loss {where} 8, line 2: NameError: name 'no_layer' is not defined" in out


def test_what_stands_in_try_if_and_with_is_loaded_as_in_a_notebook(course: Path) -> None:
    cells = [
        "import numpy as np\ntry:\n    import not_there\nexcept ImportError:\n    not_there = None",
        "try:\n    HALF = 0.5\n    train = run(3)\n    def f(x):\n        return HALF * x\n"
        "except NameError:\n    raise",
        "if HALF > 1:\n    def g():\n        return 1\nelse:\n    def g():\n        return 2",
        "if not hasattr(np, 'g'):\n    run(4)\n    def h():\n        return 3",
        "with open('weights') as file:\n    weights = file.read()\n    def i():\n        return 4",
        "def j():\n    return 5\ntry:\n    from captioning.layers import no_layer\n    def k(): pass\n"
        "finally:\n    def j():\n        return 6",
        "if lost:\n    def m(): pass",
        "try:\n    def n(x):\n        return x\nexcept ValueError:\n    n = None",
    ]
    file = AnswerFile.read(write_notebook(course / "x.ipynb", cells))
    found = load(file)
    names = found.names
    assert (names["not_there"], names["f"](4), names["g"](), names["h"](), names["i"]()) == (None, 2, 2, 3, 4)
    assert (names["j"](), names["n"](7)) == (6, 7)
    assert set("fghijkmn") == {name for name in "abcdefghijklmnop" if file.has(name)}
    assert {"train", "weights", "no_layer", "k", "m"} == set(found.lost)
    assert found.lost["train"].endswith(
        "cell 2, line 3 is not run here: only imports, functions, classes and plain assignments are."
    )
    assert "cell 6, line 4: " in found.lost["k"]
    assert found.lost["m"].endswith("cell 7, line 1: NameError: name 'lost' is not defined")


def test_what_an_answer_needs_is_computed_and_nothing_else(course: Path) -> None:
    cells = [
        "def train():\n    raise SystemExit\ndef make(f):\n    return lambda *given: f(*given)",
        "PAIRS = [(i, j) for i in range(2) for j in range(2)]\nlosses = [train() for _ in range(9)]\n"
        "history = train()",
        "KEPT = {}\nKEPT['eps'] = 1\nSCALE = 4\nSCALE /= 2\nclass Kept: pass\nKept.size = len(PAIRS)\n",
        "def my_relu(x):\n    return helper(x) * SCALE, (KEPT['eps'], Kept, PAIRS)",
        "relu_forward = make(my_relu)\nhelper = make(float)",
    ]
    file = AnswerFile.read(write_notebook(course / "x.ipynb", cells))
    for names in (None, {"relu_forward"}):
        found = load(file, names)
        value, (eps, kept, pairs) = found.names["relu_forward"](3)
        assert (value, eps, len(pairs)) == (6.0, 1, 4)
        assert not hasattr(kept, "size")  # it would be computed, and is not asked for by a name
        assert {"losses", "history"}.isdisjoint(found.names)


@pytest.mark.slow
def test_an_answer_in_a_try_is_checked_and_saved(course: Path, command: Command) -> None:
    inside = "    def relu_forward(x):\n        '''Text\nflush left'''\n        return np.maximum(x, 0), x"
    cells = ["import numpy as np", f"try:\n{inside}\nexcept Exception:\n    raise"]
    write_notebook(course / "03_affine" / "03_affine.ipynb", cells)
    assert "relu_forward" in command("check", "03_affine")[1]
    saved = course / "my_layers" / "relu_forward.py"
    assert saved.read_text("utf-8").endswith(f"import numpy as np\n\n\nif True:\n{inside}\n")
    assert command("check", saved, "--json")[0] == 0
    assert json.loads(command("progress", "--json")[1])["done"] == 1


STUB = "def relu_forward(x):\n    raise NotImplementedError('relu_forward is yours to write')"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["03_affine.ipynb", "03_affine.py"])
def test_an_answer_above_a_stub_of_the_same_name_is_pointed_at(
    name: str, course: Path, command: Command
) -> None:
    cells = ["import numpy as np", "def relu_forward(x):\n    return np.maximum(x, 0), x", STUB]
    if name.endswith(".py"):
        (course / name).write_text("\n".join(cells))
    else:
        write_notebook(course / name, cells)
    where = "line 2 and line 4" if name.endswith(".py") else "cell 2 and cell 3"
    sentence = f"relu_forward is defined more than once, in {where} of {name}. The last one counts"
    assert sentence in command("check", name)[1]
    entries = json.loads(command("check", name, "--json")[1])["exercises"]
    (note,) = [entry["note"] for entry in entries if entry["exercise"] == "relu_forward"]
    assert note.startswith(sentence)
    # One definition, or the other order, is as it was.
    write_notebook(course / "03_a.ipynb", [cells[0], cells[2]])
    assert "more than once" not in command("check", "03_a.ipynb")[1]
    write_notebook(course / "03_b.ipynb", [cells[0], cells[2], cells[1]])
    assert "more than once" not in command("check", "03_b.ipynb")[1]


@pytest.mark.slow
def test_a_file_that_cannot_be_read_does_not_hide_the_others(course: Path, command: Command) -> None:
    write_notebook(course / "09_rnn" / "09_rnn.ipynb", ["rnn_forward = (", "import numpy as np"])
    (course / "11_gru.ipynb").write_text("{")
    code, out, _ = command("check", ".")
    assert code == 3
    assert (
        "There is no rnn_forward in 09_rnn/09_rnn.ipynb. 09_rnn/09_rnn.ipynb cell 1, line 1: this is" in out
    )
    assert "11_gru.ipynb is not a notebook that can be read" in out
    assert "lstm_backward" in out


def test_what_answers_print_is_no_part_of_the_result(course: Path, command: Command) -> None:
    cells = ["import numpy as np", "def relu_forward(x):\n    print(x.shape)\n    return np.maximum(0, x), x"]
    write_notebook(course / "relu.ipynb", cells)
    code, out, err = command("check", "relu", "--json")
    assert code == 0
    assert json.loads(out)["right"] == 1
    assert "(3, 5, 4)" in err


@pytest.mark.slow
def test_an_edited_saved_answer_can_be_checked_again(course: Path, command: Command) -> None:
    command("check", "10_lstm")
    path = course / "my_layers" / "lstm_gates.py"
    path.write_text(path.read_text() + "\n\nMORE = 1\n")
    code, out, _ = command("progress")
    assert code == 0
    assert "Check again: lstm_gates" in out
    assert command("check", path)[0] == 0
    assert "Check again" not in command("progress")[1]


def test_what_is_not_there(course: Path, command: Command) -> None:
    code, out, err = command("check", "11_gru")
    assert (code, out) == (1, "")
    assert "there is no notebook, script or folder '11_gru'" in err
    (course / "empty").mkdir()
    code, _, err = command("check", "empty")
    assert code == 1
    assert "holds no notebooks" in err
    (course / "note.txt").write_text("x")
    with pytest.raises(InputError, match="is neither a notebook"):
        find_files("note.txt")
    (course / "broken.ipynb").write_text("{")
    assert "broken.ipynb is not a notebook that can be read" in command("check", "broken.ipynb")[1]


@pytest.mark.slow
def test_saved_answers_and_prerequisites_are_no_notebooks(course: Path, command: Command) -> None:
    command("check", "10_lstm")
    (course / "prerequisites").mkdir()
    (course / "prerequisites" / "affine.py").write_text("x = 1\n")
    (course / ".ipynb_checkpoints").mkdir()
    (course / ".ipynb_checkpoints" / "10_lstm.ipynb").write_text("{}")
    assert [path.name for path in find_files(".")] == ["10_lstm.ipynb"]


@pytest.mark.parametrize(
    ("path", "chapter"),
    [("10_lstm.ipynb", 10), ("10_lstm/answers.ipynb", 10), ("lstm.ipynb", None), ("my/02_x.py", 2)],
)
def test_the_chapter_of_a_file(path: str, chapter: int | None, course: Path) -> None:
    assert chapter_of(Path(path)) == chapter


@pytest.mark.slow
def test_progress(course: Path, command: Command) -> None:
    code, out, err = command("progress")
    assert (code, err) == (0, "")
    assert f"0/{len(LSTM)}" in out
    assert "Next: chapter 0, Play first.\nOpen it: jupyter lab 00_play/00_play.ipynb\n" in out
    command("check", "10_lstm")
    code, out, _ = command("progress")
    # Who has begun to write is not sent back to play.
    first = next(iter(all_exercises()))
    assert f"Next: {first}, chapter {all_exercises()[first].chapter}" in out
    assert re.search(r" 0  Play first +to run +5 min", out)
    assert f"{len(LSTM)}/{len(LSTM)}" in out
    result = json.loads(command("progress", "--json")[1])
    assert result["library"] == str(course / "my_layers")
    assert result["done"] == len(LSTM)
    by_name = {entry["exercise"]: entry for entry in result["exercises"]}
    assert by_name["lstm_backward"]["state"] == "done"
    assert by_name["lstm_backward"]["runs"] == "yours"
    assert "lstm_gates" in command("progress", "--exercises")[1]
    assert result["next_notebook"] == "01_arrays/01_arrays.ipynb"
    assert re.search(r"16  Capstone.* to run +\d+ min", out)
    assert re.search(r"18  Making it fast +to run", out)
    assert f"{len(LSTM)} of {len(all_exercises())} exercises" in out
    assert out.endswith("Open it: jupyter lab 01_arrays/01_arrays.ipynb\n")


@pytest.mark.slow
def test_after_the_last_exercise_before_it_the_capstone_comes_next(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    command("start", ".", "--chapters", "16,17")
    assert (
        "Next: chapter 0, Play first.\nOpen it: jupyter lab 00_play/00_play.ipynb" in command("progress")[1]
    )
    pretend_to_run(Path("00_play/00_play.ipynb"))
    out = command("progress")[1]
    assert "Next: chapter 16, Capstone: VGG16 + LSTM captioning.\nOpen it: jupyter lab 16_capstone/" in out
    pretend_to_run(Path("16_capstone/16_capstone.ipynb"))
    assert "Next: dot_product_attention_forward, chapter 17" in command("progress")[1]


def pretend_to_run(path: Path) -> None:
    notebook = json.loads(path.read_text())
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "so"}]
    path.write_text(json.dumps(notebook))


def test_progress_without_a_library(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    code, out, _ = command("progress")
    assert code == 0
    assert out.startswith("This is not a folder of the course: go to yours with `cd`, and ask again.\n")
    assert out.endswith("A folder of your own: captioning start my-course\n")
    assert "the reference" in out
    command("start", ".", "--chapters", "3")
    out = command("progress")[1]
    assert out.startswith("Saved answers: ")
    assert out.endswith("Open it: jupyter lab 00_play/00_play.ipynb\n")


@pytest.mark.slow
@by_name
def test_a_stub_is_known_as_one_without_being_run(chapter: Chapter, tmp_path: Path) -> None:
    """What it would be tried with may not be there yet: of a captioner, say, all chapters before."""
    file = AnswerFile.read(STARTER / chapter.name / f"{chapter.name}.ipynb")
    for made in chapter.exercises:
        assert file.left_open(made.argument).startswith(f"{made.argument} is yours to write: exercise")
    nbformat.write(source_notebook(chapter, {}), tmp_path / "solved.ipynb")
    solved = AnswerFile.read(tmp_path / "solved.ipynb")
    assert not any(solved.left_open(made.argument) for made in chapter.exercises)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    {stub}\n    return x", "f is yours to write"),
        ("    if x < 0:\n        return x\n    {stub}", "f is yours to write"),
        ("    return x\n    {stub}", ""),
        ("    raise NotImplementedError\n", ""),
        ("    raise ValueError('f is yours to write')", ""),
        ("    def g():\n        {stub}\n    return x", ""),
    ],
)
def test_what_is_a_stub(body: str, says: str) -> None:
    source = "def f(x):\n" + body.format(stub="raise NotImplementedError('f is yours to write')")
    cell, later = Code.of("cell 1", source), Code.of("cell 2", "f = lambda x: x")
    assert AnswerFile(Path("x.py"), (cell,)).left_open("f") == says
    assert AnswerFile(Path("x.py"), (cell, later)).left_open("f") == ""
    assert AnswerFile(Path("x.py"), (cell,)).left_open("g") == ""


@pytest.mark.slow
def test_nothing_is_tried_of_a_course_that_has_just_begun(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    command("start", "course")
    monkeypatch.chdir("course")
    code, out, err = command("check", "--all")
    assert (code, err) == (3, "")
    rows = [line for line in out.splitlines() if re.match(r" +\d+ ", line)]
    assert len(rows) == len(all_exercises())
    assert all("not written" in row for row in rows)
    assert "not yet" not in out


@pytest.mark.slow
def test_what_is_nearly_an_exercise_is_not_passed_over_in_silence(course: Path, command: Command) -> None:
    """CS231n calls it max_pool_forward_naive; others slip in a letter."""
    (course / "pooling.py").write_text(
        "def max_pool_forward_naive(x, pool_param):\n    pass\n\n\n"
        "def lstm_step_foward(x):\n    pass\n\n\n"
        "def relu_forward(x):\n    return x * (x > 0), x\n\n\n"
        "def relu_forwards(x):\n    pass\n\n\n"
        "def sigmoid(x):\n    pass\n\n\n"
        "def lstm(x):\n    pass\n",
        encoding="utf-8",
    )
    code, out, _ = command("check", "pooling.py")
    assert code == 0
    said = [line for line in out.splitlines() if "passed over" in line]
    assert said == [
        f"{place} of pooling.py defines {name}, which is not an exercise, and is passed over. Do you mean "
        f"{meant}? An answer is known by its name."
        for place, name, meant in (
            ("line 1", "max_pool_forward_naive", "max_pool_forward"),
            ("line 5", "lstm_step_foward", "lstm_step_forward"),
        )
    ]
    result = json.loads(command("check", "pooling.py", "--json")[1])
    assert result["passed_over"] == said
