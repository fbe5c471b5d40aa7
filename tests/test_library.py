"""The student's library, and whose code ``captioning.layers`` serves."""

import importlib
import os
import stat
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from captioning import layers
from captioning.answers import library, resolver, sources
from captioning.answers.loading import load_module, public_names
from captioning.errors import InputError
from solutions import lstm

HELPERS = """\
import numpy as np
from numpy import tanh
from captioning.layers import affine_forward

SCALE = 0.5
x = np.zeros(3)

def sigmoid(x):
    return SCALE * (1 + tanh(SCALE * x))

def lstm_gates(x, prev_h, Wx, Wh, b):
    a, _ = affine_forward(x, Wx, b)
    return np.concatenate([sigmoid(a + prev_h @ Wh)], axis=1)

class Net:
    words = 3

    def loss(self, x):
        return sigmoid(x).sum()

    def sample(self):
        return self.words
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a course with a library, with a chapter's folder as the working folder."""
    (tmp_path / "my_layers").mkdir()
    (tmp_path / "10_lstm").mkdir()
    monkeypatch.chdir(tmp_path / "10_lstm")
    monkeypatch.delenv(library.VARIABLE, raising=False)
    return tmp_path


def answers(folder: Path, source: str, name: str = "answers") -> ModuleType:
    """Write a script and import it."""
    (folder / f"{name}.py").write_text(source)
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_a_bundle_stands_alone_and_holds_no_more_than_is_used(tmp_path: Path) -> None:
    module = answers(tmp_path, HELPERS)
    text = sources.bundle(module.lstm_gates)
    assert text.splitlines()[:5] == [
        "from captioning.layers import affine_forward",
        "from numpy import tanh",
        "import numpy as np",
        "SCALE = 0.5",
        "",
    ]
    assert "class Net" not in text
    assert "np.zeros" not in text
    (tmp_path / "alone.py").write_text(text)
    alone = load_module(tmp_path / "alone.py")
    rng = np.random.default_rng(0)
    arguments = [rng.standard_normal(shape) for shape in ((3, 4), (3, 2), (4, 8), (2, 8), (8,))]
    np.testing.assert_array_equal(alone.lstm_gates(*arguments), module.lstm_gates(*arguments))
    assert sources.bundle(alone.lstm_gates) == text


def test_names_of_python_s_own_that_an_answer_takes_from_elsewhere_are_saved_too(tmp_path: Path) -> None:
    source = "from numpy import *\ndef total(x):\n    print(open)\n    return sum(x, axis=0), abs(x)\n"
    text = sources.bundle(answers(tmp_path, source).total)
    assert text.startswith("from numpy import absolute as abs\nfrom numpy import sum\n\n\ndef total")


def test_a_class_is_bundled_whole(tmp_path: Path) -> None:
    text = sources.bundle(answers(tmp_path, HELPERS).Net)
    assert "def loss" in text
    assert "def sample" in text
    assert "def sigmoid" in text


PAIR = """\
from typing import NamedTuple

from captioning.layers import CELLS, Decoded, shapes

class Pair(NamedTuple):
    one: int
    other: int

@shapes(x="N D")
def log_softmax(x):
    return Pair(len(CELLS), Decoded(x, x, None))
"""


def test_a_tuple_with_names_is_bundled_and_layers_are_imported(course: Path) -> None:
    names = answers(course, PAIR)
    # The library changes, so that all layers are read anew.
    library.save_answer(lstm.lstm_gates, "lstm_gates")
    from captioning.layers import Decoded  # noqa: PLC0415

    assert Decoded is not names.Decoded
    source = sources.bundle(names.log_softmax)
    assert source.startswith(
        "from captioning.layers import CELLS\nfrom captioning.layers import Decoded\n"
        "from captioning.layers import shapes\nfrom typing import NamedTuple\n"
    )
    assert "class Pair(NamedTuple):\n    one: int\n    other: int\n" in source
    path = course / "bundled.py"
    path.write_text(source)
    assert load_module(path).log_softmax(np.ones((2, 3))).one == 3


def test_a_variable_of_the_notebook_cannot_be_saved(tmp_path: Path) -> None:
    module = answers(tmp_path, "import numpy as np\nW = np.zeros(3)\ndef affine(x):\n    return x @ W\n")
    with pytest.raises(
        InputError, match="affine uses W, which is not an argument but a variable of the notebook"
    ):
        sources.bundle(module.affine)


def test_what_was_typed_at_a_prompt_cannot_be_saved() -> None:
    names: dict[str, object] = {}
    exec("def relu(x):\n    return x", names)
    with pytest.raises(InputError, match="the source of relu cannot be found"):
        sources.bundle(names["relu"])


def test_in_a_checkout_the_reference_runs_and_nothing_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(library.VARIABLE, raising=False)
    assert layers.lstm_forward is lstm.lstm_forward
    assert layers.whose("lstm_forward") == "the reference (solutions/lstm.py)"
    assert layers.whose("CELLS") == "the reference (solutions/cells.py)"
    assert library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates") is None
    assert not (tmp_path / "my_layers").exists()


def test_a_saved_answer_is_served_to_all_chapters(course: Path, tmp_path: Path) -> None:
    path = library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    assert path == course / "my_layers" / "lstm_gates.py"
    assert layers.whose("lstm_gates") == "yours (my_layers/lstm_gates.py)"
    assert "SCALE" in layers.lstm_gates.__globals__
    # The cells of the model, which were given, use it too.
    assert layers.CELLS["lstm"].gates is layers.lstm_gates
    assert layers.CaptioningRNN({"<NULL>": 0, "<START>": 1, "<END>": 2}, cell_type="lstm").cell.gates is (
        layers.lstm_gates
    )
    assert layers.reference().lstm_gates is lstm.lstm_gates
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_forward_and_backward_come_from_one_hand(course: Path, tmp_path: Path) -> None:
    module = answers(tmp_path, (Path(lstm.__file__)).read_text())
    library.save_answer(module.lstm_forward, "lstm_forward", partners=["lstm_backward"])
    assert layers.whose("lstm_forward").startswith("the reference")
    library.save_answer(
        module.lstm_backward,
        "lstm_backward",
        forward={"lstm_forward": module.lstm_forward},
        partners=["lstm_forward"],
    )
    assert layers.whose("lstm_forward").startswith("yours")
    assert layers.whose("lstm_backward").startswith("yours")
    # Another forward, perhaps with another cache: the backward must be checked with it.
    source = Path(lstm.__file__).read_text().replace("h[0] = h0", "h[0] = 1 * h0")
    changed = answers(tmp_path, source, "changed")
    library.save_answer(changed.lstm_forward, "lstm_forward", partners=["lstm_backward"])
    assert layers.whose("lstm_forward").startswith("the reference")
    with pytest.raises(InputError, match="lstm_backward was checked with another lstm_forward"):
        layers.lstm_backward  # noqa: B018


def test_an_edited_answer_is_not_served(course: Path, tmp_path: Path) -> None:
    path = library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    assert path is not None
    path.write_text(path.read_text().replace("0.5", "0.25"))
    with pytest.raises(
        InputError, match=r"lstm_gates.py was changed after its check. Run check\(lstm_gates\)"
    ):
        layers.whose("lstm_gates")


def test_a_saved_answer_that_needs_what_is_not_there(course: Path, tmp_path: Path) -> None:
    answers(tmp_path, "def half(x):\n    return x / 2\n", "helpers_of_mine")
    source = "from helpers_of_mine import half\ndef lstm_gates(x):\n    return half(x)\n"
    library.save_answer(answers(tmp_path, source).lstm_gates, "lstm_gates")
    del sys.modules["helpers_of_mine"]
    with pytest.raises(
        InputError, match=r"lstm_gates.py cannot be loaded: No module named 'helpers_of_mine'"
    ):
        layers.lstm_gates  # noqa: B018


ODD = {
    "an editor's lock": lambda path: path.with_name(f".#{path.name}").symlink_to("me@host.1:2"),
    "what macOS adds": lambda path: path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07\xb0"),
    "notes in Latin-1": lambda path: path.with_name("notes.py").write_bytes("# für später".encode("latin-1")),
    "a folder": lambda path: path.mkdir(),
    "a link to nothing": lambda path: path.symlink_to("nowhere.py"),
    "a cut first line": lambda path: path.write_text("# captioning check: {"),
    "a first line that is a list": lambda path: path.write_text("# captioning check: [1]\n"),
    "a first line of other types": lambda path: path.write_text(
        '# captioning check: {"digest": 1, "exercises": 2, "forward": 3, "partners": 4, "checked": 5}\n'
    ),
    "bytes": lambda path: path.write_bytes(bytes(range(256))),
    "an answer in Latin-1": lambda path: path.write_bytes(b"# captioning check: {}\n# f\xfcr sp\xe4ter\n"),
    "a failing import": lambda path: library._write(
        library.Saved("relu_forward", path, library.digest("1 / 0\n"), {"relu_forward": ""}), "1 / 0\n"
    ),
    "a circle": lambda path: library._write(
        library.Saved("relu_forward", path, library.digest(CIRCLE), {"relu_forward": ""}), CIRCLE
    ),
}
CIRCLE = "from captioning.layers import relu_forward as other\ndef relu_forward(x):\n    return other(x)\n"


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_file_costs_that_answer_at_most_and_passing_again_mends_it(
    odd: str, course: Path, tmp_path: Path
) -> None:
    module = answers(tmp_path, HELPERS + "def relu_forward(x):\n    return x, x\n")
    library.save_answer(module.lstm_gates, "lstm_gates")
    path = course / "my_layers" / "relu_forward.py"
    ODD[odd](path)
    assert layers.whose("lstm_gates").startswith("yours")
    assert "SCALE" in layers.lstm_gates.__globals__
    try:
        layers.relu_forward  # noqa: B018
    except InputError as error:
        assert "relu_forward" in str(error)  # noqa: PT017  (some of these are not answers, and cost nothing)
    if path.is_dir():
        with pytest.raises(InputError, match="there is a folder of this name"):
            library.save_answer(module.relu_forward, "relu_forward")
        path.rmdir()
    library.save_answer(module.relu_forward, "relu_forward")
    assert layers.relu_forward(3) == (3, 3)
    assert layers.whose("relu_forward").startswith("yours")


def test_an_answer_that_notepad_saved_counts_still(course: Path, tmp_path: Path) -> None:
    path = library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    assert path is not None
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert layers.whose("lstm_gates").startswith("yours")
    assert "SCALE" in layers.lstm_gates.__globals__


def test_a_damaged_first_line_is_told(course: Path) -> None:
    (course / "my_layers" / "lstm_gates.py").write_text("# captioning check: {\n")
    with pytest.raises(InputError, match=r"its first line is damaged.* Run check\(lstm_gates\) again"):
        layers.whose("lstm_gates")


def test_in_a_course_answers_are_kept_from_a_checkout_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(library.VARIABLE, raising=False)
    (tmp_path / "my_layers").mkdir()  # of another course: a course does not reach beyond its folder
    chapter = tmp_path / "my-course" / "10_lstm" / "scratch"
    chapter.mkdir(parents=True)
    (tmp_path / "my-course" / library.RECORD).write_text("{}")
    with library.working_in(chapter):
        assert library.library_folder() is None
        assert library.why_not_kept() == ""
        source = "def lstm_gates(x):\n    return x\n"
        path = library.save_answer(answers(tmp_path, source).lstm_gates, "lstm_gates")
        assert layers.whose("lstm_gates").startswith("yours")
    assert path == tmp_path / "my-course" / "my_layers" / "lstm_gates.py"


def test_annotations_that_name_nothing_are_loaded_as_they_were_defined(tmp_path: Path) -> None:
    source = "from __future__ import annotations\ndef total(x: Batch) -> Batch:\n    return x\n"
    text = sources.bundle(answers(tmp_path, source).total)
    (tmp_path / "alone.py").write_text(text)
    assert load_module(tmp_path / "alone.py").total(3) == 3


def test_methods_of_a_class_are_passed_one_by_one(course: Path, tmp_path: Path) -> None:
    def passed() -> set[str]:
        return set(library.saved_answers(course / "my_layers")["Net"].exercises)

    library.save_answer(answers(tmp_path, HELPERS).Net, "Net.loss")
    library.save_answer(answers(tmp_path, HELPERS).Net, "Net.sample")
    assert passed() == {"Net.loss", "Net.sample"}
    other = answers(tmp_path, HELPERS.replace("return self.words", "return 1 * self.words"), "other")
    library.save_answer(other.Net, "Net.loss")
    assert passed() == {"Net.loss"}


def test_prerequisites_come_before_the_checkout_and_after_the_student(course: Path, tmp_path: Path) -> None:
    (course / "prerequisites").mkdir()
    (course / "prerequisites" / "gates.py").write_text(
        "from solutions.affine import affine_forward\nWIDTH, DEPTH = 3, 4\n"
        "def lstm_gates(x):\n    return affine_forward\n"
    )
    assert layers.whose("lstm_gates") == "the course (prerequisites/gates.py)"
    assert layers.WIDTH == 3
    assert layers.lstm_gates(0) is layers.affine_forward
    library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    assert layers.whose("lstm_gates").startswith("yours")


def test_the_library_can_be_chosen_and_switched_off(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    monkeypatch.setenv(library.VARIABLE, "")
    assert layers.lstm_gates is lstm.lstm_gates
    monkeypatch.setenv(library.VARIABLE, str(tmp_path / "another"))
    assert library.save_answer(answers(tmp_path, HELPERS).Net, "Net.loss") == tmp_path / "another" / "Net.py"


def test_without_a_checkout_the_first_answer_makes_a_library_beside_the_chapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "is_checkout", lambda: False)
    monkeypatch.delenv(library.VARIABLE, raising=False)
    with library.working_in(tmp_path / "course" / "10_lstm"):
        path = library.save_answer(answers(tmp_path, HELPERS).lstm_gates, "lstm_gates")
    assert path == tmp_path / "course" / "my_layers" / "lstm_gates.py"


def test_what_nobody_serves_names_the_chapter(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_solutions_folder", lambda: None)
    monkeypatch.setattr(resolver, "_reference", dict)
    resolver._resolver_for.cache_clear()
    try:
        with pytest.raises(InputError, match="lstm_forward is not here yet: you write it in chapter 10"):
            layers.lstm_forward  # noqa: B018
        with pytest.raises(InputError, match="no layer Trace: it is not an exercise"):
            layers.whose("Trace")
    finally:
        resolver._resolver_for.cache_clear()


def test_tab_completes_what_is_here_and_what_is_to_be_written(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"lstm_forward", "CaptioningRNN", "Trace", "whose"} <= set(dir(layers))
    assert not {"Any", "find", "layer_names"} & set(dir(layers))
    monkeypatch.setattr(resolver, "_solutions_folder", lambda: None)
    resolver._resolver_for.cache_clear()
    try:
        (course / "my_layers" / "mine.py").write_text(
            '# captioning check: {"digest": "", "exercises": {}, '
            '"forward": {}, "partners": [], "checked": ""}\n'
        )
        assert {"lstm_forward", "CaptioningRNN", "mine", "whose"} <= set(dir(layers))
        assert "Trace" not in dir(layers)
    finally:
        resolver._resolver_for.cache_clear()


def test_the_names_of_a_module_are_read_anew_when_it_changes(tmp_path: Path) -> None:
    module = tmp_path / "given.py"
    module.write_text("import os\n\n_OWN = 1\nSIZE = 2\n")
    assert public_names(module) == {"SIZE"}
    module.write_text("def forward():\n    pass\n")
    assert public_names(module) == {"forward"}
