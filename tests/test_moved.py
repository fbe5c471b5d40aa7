"""What has moved since earlier versions: the table, and the folders that students and instructors have."""

import importlib
import json
import shutil
from pathlib import Path

import pytest
from traitlets.config import PyFileConfigLoader

from autograder.nbgrader import course_folder
from autograder.nbgrader.course_folder import CONFIG, has_our_stubs, renew_settings
from captioning import layers
from captioning.answers import library
from captioning.course.folder import RECORD, file_digest
from captioning.course.moved import GONE, MODULES, NAMES, outdated, today, up_to_date
from captioning.errors import InputError
from captioning.source.notebook import read_cells
from tests.conftest import Command

# --- The table

# All imports of ours in the chapters of 0.1.0, but for those of layers.
IMPORTS = """\
from autograder import check
from captioning.datasets.scenes import drawing
from captioning.datasets.scenes.drawing import draw
from captioning.datasets.scenes.lexicon import NOUNS
from captioning.datasets.scenes.scene import LABELS, sample_scene, scene_labels
from captioning.datasets.scenes.scene import Scene, Thing, make_splits
from captioning.datasets.scenes.sentences import MAX_WORDS, describe
from captioning.datasets.scenes.truth import COLOURS, NOUNS, SIZES, truth
from captioning.figures.notebook import computational_graph, house_style, number_grid
from captioning.figures.viewers import gates_viewer, sampling_viewer
from captioning.images import open_photo
from captioning.layers import whose
from captioning.pretrained import PACKAGE, WEIGHTS, scene_vgg16
from captioning.pretrained import load_captioner
from captioning.widgets import CaptionSampler, GateViewer
"""
LAYERS = """\
Beams CELLS CONVOLUTIONS CaptioningRNN Decoded END FULLY_CONNECTED LAYERS NULL START Trace UNKNOWN
adam affine_backward affine_forward beam_search bleu build_vocabulary clip_gradients conv_backward
conv_forward conv_forward_naive cosine_learning_rate decode_captions encode_captions greedy_decode
log_softmax lstm_backward lstm_forward lstm_gates lstm_step_backward lstm_step_forward
max_pool_backward max_pool_forward numeric_gradient relative_error relu_backward relu_forward replay
require_floats require_shape rnn_backward rnn_forward sample_decode shapes softmax_loss
temporal_affine_backward temporal_affine_forward temporal_softmax_loss vgg16_forward vgg16_init
vgg16_load vgg16_preprocess vgg16_shapes word_embedding_backward word_embedding_forward
"""


@pytest.mark.parametrize("line", IMPORTS.splitlines())
def test_what_the_chapters_imported_can_be_imported_still(line: str) -> None:
    renewed = up_to_date(line)
    assert outdated(renewed) == []
    names: dict[str, object] = {}
    exec(renewed, names)
    assert {name.strip() for name in line.partition(" import ")[2].split(",")} <= set(names)
    assert up_to_date(renewed) == renewed


@pytest.mark.parametrize("name", LAYERS.split())
def test_the_layers_of_the_chapters_are_there_still(name: str) -> None:
    assert layers.whose(name)


@pytest.mark.parametrize("name", sorted({*MODULES.values(), *NAMES.values()}))
def test_what_the_table_names_is_there(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, last = name.rpartition(".")
        assert hasattr(importlib.import_module(module), last)


@pytest.mark.parametrize("old", [*MODULES, *NAMES])
def test_nothing_moves_twice(old: str) -> None:
    assert today(today(old)) == today(old)


def test_what_cannot_be_imported_is_come_by_otherwise() -> None:
    for lines in GONE.values():
        names: dict[str, object] = {}
        exec("\n".join(lines).format(name="thing"), names)
        assert isinstance(names["thing"], Path | str) or callable(names["thing"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from captioning.trainer import train", "from captioning.training.loop import train"),
        ("from captioning.trainer import *", "from captioning.training.loop import *"),
        ("import captioning.trainer as t, os", "import captioning.training.loop as t, os"),
        (
            "from captioning import trainer, cli  # both",
            "from captioning.training import loop as trainer\nfrom captioning import cli  # both",
        ),
        (
            "from captioning.images import (\n    open_photo,  # ä\n    b as c,\n)\nx = 1",
            "from captioning.photos.images import (\n    open_photo,  # ä\n    b as c,\n)\nx = 1",
        ),
        (
            "ä = 1; from captioning import images, plots as p; x = 2\n",
            "ä = 1; from captioning.photos import images; "
            "from captioning.figures import learning_curves as p; x = 2\n",
        ),
        (
            "def f():\n    try:\n        from captioning.pretrained import PACKAGE as HERE, WEIGHTS\n"
            "    finally:\n        pass",
            "def f():\n    try:\n        from captioning.files import shipped\n"
            '        HERE = shipped("scenes")\n        WEIGHTS = "vgg16.h5"\n'
            "    finally:\n        pass",
        ),
        (
            "%matplotlib inline\n!ls \\\n  -l\nfrom captioning.trainer import train\nx?",
            "%matplotlib inline\n!ls \\\n  -l\nfrom captioning.training.loop import train\nx?",
        ),
        ("%%time\nfrom captioning.images import a", "%%time\nfrom captioning.photos.images import a"),
        ("from autograder.check.checking import Checked", "from autograder.student.checking import Checked"),
        (
            "from captioning.widgets.viewers import sampling_viewer as show",
            "from captioning.widgets import CaptionSampler\n"
            'show = lambda captioner, scene: CaptionSampler(decoding="temperature")',
        ),
        ("from captioning.sources import bundle, load_module as l", None),
        ("from autograder import check", "from autograder import check"),
        ("s = '''\nfrom captioning.trainer import x\n'''", "s = '''\nfrom captioning.trainer import x\n'''"),
        ("# from captioning.trainer import train", "# from captioning.trainer import train"),
        ("%%bash\nfrom captioning.trainer import train", "%%bash\nfrom captioning.trainer import train"),
        ("import captioning.trainer\nprint(captioning)", "import captioning.trainer\nprint(captioning)"),
        ("from .trainer import x\nimport numpy as np", "from .trainer import x\nimport numpy as np"),
        ("", ""),
    ],
)  # fmt: skip
def test_only_the_import_changes(source: str, expected: str | None) -> None:
    if expected is None:
        expected = (
            "from captioning.answers.sources import bundle\n"
            "from captioning.answers.loading import load_module as l"
        )
    assert up_to_date(source) == expected
    assert up_to_date(expected) == expected


def test_what_is_named_still_is_told_and_what_is_no_python_refused() -> None:
    assert outdated("import captioning.trainer\nfrom captioning.training.loop import train") == [
        "captioning.trainer"
    ]
    with pytest.raises(InputError, match="this is not Python"):
        up_to_date("from captioning.trainer import (")
    with pytest.raises(InputError, match="cannot read this"):
        up_to_date("from captioning.trainer import train\n'\ud800'")


# --- A student's folder, as `captioning start` of 0.1.0 made it

CHAPTER = """\
{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "import",
   "metadata": {},
   "outputs": [{"data": {"image/png": "iVBORw0KGgo=\\n"}, "metadata": {}, "output_type": "display_data"}],
   "source": [
    "from autograder import check\\n",
    "from captioning.images import open_photo\\n",
    "from captioning.layers import affine_forward"
   ]
  },
  {
   "cell_type": "markdown",
   "id": "text",
   "metadata": {},
   "source": [
    "from captioning.images import open_photo"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "answer",
   "metadata": {
    "nbgrader": {
     "grade_id": "lstm_gates"
    }
   },
   "outputs": [],
   "source": [
    "# größer\\n",
    "def lstm_gates(x):\\n",
    "    return x  # from captioning.images import open_photo"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
"""
FORWARD = """\
from captioning.datasets.scenes.scene import LABELS


def relu_forward(x):
    from captioning.images import open_photo  # mine
    return x.clip(0), x
"""
BACKWARD = "def relu_backward(dout, cache):\n    return dout * (cache > 0)\n"
MODEL = """\
from captioning.trainer import train


class Net:
    def loss(self, x):
        from captioning.plots import plot_losses
        return x

    def sample(self, x):
        return x
"""


def save(folder: Path, name: str, body: str, **header: object) -> Path:
    """Write an answer as a check of 0.1.0 did."""
    digest = library.digest(body)
    line = {"digest": digest, "exercises": {name: digest}, "forward": {}, "partners": [], "checked": "2026"}
    path = folder / f"{name}.py"
    path.write_text(f"# captioning check: {json.dumps(line | header)}\n{body}", encoding="utf-8")
    return path


@pytest.fixture
def old_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a student's folder with a chapter that was changed, three answers, and one that was edited."""
    course = tmp_path / "course"
    (course / "10_lstm").mkdir(parents=True)
    (course / "10_lstm" / "10_lstm.ipynb").write_text(CHAPTER, encoding="utf-8")
    (course / "prerequisites").mkdir()
    (course / "prerequisites" / "gone.py").write_text("X = 1\n")
    (course / "prerequisites" / "mine.py").write_text("Y = 1\n")
    gone = file_digest(course / "prerequisites" / "gone.py")
    files = {"10_lstm/10_lstm.ipynb": "0", "prerequisites/gone.py": gone, "prerequisites/mine.py": "0"}
    (course / RECORD).write_text(json.dumps({"files": files}))
    my_layers = course / "my_layers"
    my_layers.mkdir()
    save(my_layers, "relu_forward", FORWARD, partners=["relu_backward"])
    forward = {"relu_forward": library.digest(FORWARD)}
    save(my_layers, "relu_backward", BACKWARD, forward=forward, partners=["relu_forward"])
    loss = MODEL[MODEL.index("def loss") : MODEL.index("\n\n    def sample")]
    sample = MODEL[MODEL.index("def sample") :].rstrip()
    passed = {"Net.loss": library.digest(loss), "Net.sample": library.digest(sample)}
    save(my_layers, "Net", MODEL, exercises=passed)
    edited = save(my_layers, "lstm_gates", "from captioning.trainer import train\n\ndef lstm_gates(): pass\n")
    edited.write_text(edited.read_text() + "# edited\n")
    (my_layers / "notes.py").write_text("from captioning.trainer import train\n")
    monkeypatch.chdir(course)
    monkeypatch.delenv(library.VARIABLE, raising=False)
    return course


def test_update_renews_the_imports_of_a_student_s_own_and_nothing_else(
    old_course: Path, command: Command
) -> None:
    before = {path: path.read_bytes() for path in old_course.rglob("*") if path.is_file()}
    code, out, err = command("update")
    assert (code, err) == (0, "")
    chapter = Path("10_lstm/10_lstm.ipynb")
    assert "Left alone 10_lstm/10_lstm.ipynb: it holds your changes" in out
    assert f"Brought {chapter} up to date with modules that have moved; what it was is kept: backups" in out
    # Outputs, metadata, Markdown, comments, the format: all as it was, but for one line.
    text = chapter.read_text("utf-8")
    assert json.loads(text)["cells"][1:] == json.loads(CHAPTER)["cells"][1:]
    assert json.loads(text)["cells"][0]["outputs"] == json.loads(CHAPTER)["cells"][0]["outputs"]
    assert '"from captioning.photos.images import open_photo\\n",' in text
    assert "cell 3 still names captioning.images, which is captioning.photos.images now" in out
    # Backups of all that was rewritten.
    names = ["10_lstm.ipynb", "Net.py", "lstm_gates.py", "relu_backward.py", "relu_forward.py"]
    backups = {path.name: path for path in (old_course / "backups").rglob("*") if path.is_file()}
    assert sorted(backups) == names
    for name in names:
        home = old_course / ("10_lstm" if name.endswith("ipynb") else "my_layers") / name
        assert backups[name].read_bytes() == before[home]
        assert home.read_bytes() != before[home]
    # What no check wrote is not touched.
    assert (old_course / "my_layers" / "notes.py").read_bytes() == before[
        old_course / "my_layers" / "notes.py"
    ]
    # Once is enough.
    after = {path: path.read_bytes() for path in old_course.rglob("*") if path.is_file()}
    assert "Brought" not in command("update")[1]
    assert {path: path.read_bytes() for path in old_course.rglob("*") if path.is_file()} == after


def test_answers_count_after_their_imports_are_renewed_as_they_did_before(
    old_course: Path, command: Command
) -> None:
    folder = old_course / "my_layers"
    before = library.saved_answers(folder)
    assert command("update")[0] == 0
    after = library.saved_answers(folder)
    assert set(after) == set(before) == {"Net", "lstm_gates", "relu_backward", "relu_forward"}
    for name, answer in after.items():
        assert bool(answer.problem) == bool(before[name].problem) == (name == "lstm_gates")
        assert bool(library.complaint(answer, after)) == (name == "lstm_gates")
        assert list(answer.exercises) == list(before[name].exercises)
        assert "captioning.trainer" not in answer.path.read_text("utf-8")
    assert layers.whose("relu_backward") == "yours (my_layers/relu_backward.py)"
    assert layers.relu_forward.__module__.startswith("captioning_layers.")
    # A method whose text has changed with an import has its own digest, too.
    body = (folder / "Net.py").read_text("utf-8").partition("\n")[2]
    assert after["Net"].exercises["Net.loss"] != before["Net"].exercises["Net.loss"]
    assert after["Net"].exercises["Net.sample"] == before["Net"].exercises["Net.sample"]
    loss = body[body.index("def loss") : body.index("\n\n    def sample")]
    assert "captioning.figures.learning_curves" in loss
    assert after["Net"].exercises["Net.loss"] == library.digest(loss)


def test_update_says_so_in_json_and_leaves_what_it_cannot_read(old_course: Path, command: Command) -> None:
    shutil.rmtree(old_course / "my_layers")
    chapter = old_course / "10_lstm" / "10_lstm.ipynb"
    chapter.write_text(CHAPTER[:300], encoding="utf-8")
    code, out, _ = command("update", "--json")
    result = json.loads(out)
    assert (code, result["backups"]) == (0, {})
    assert any(
        "10_lstm.ipynb is not a notebook that can be read: it breaks off" in why for why in result["left"]
    )
    assert chapter.read_text("utf-8") == CHAPTER[:300]
    broken = CHAPTER.replace("def lstm_gates(x):", "def lstm_gates(x:").replace(
        "import open_photo", "import a"
    )
    chapter.write_text(broken, encoding="utf-8")
    result = json.loads(command("update", "--json")[1])
    assert list(result["backups"]) == ["10_lstm/10_lstm.ipynb"]
    assert "from captioning.photos.images import a\n" in read_cells(chapter)[0].source


def test_update_removes_prerequisites_that_the_course_no_longer_has(
    old_course: Path, command: Command
) -> None:
    shutil.rmtree(old_course / "my_layers")
    out = command("update")[1]
    assert "Removed prerequisites/gone.py, which is no longer of the course." in out
    assert not (old_course / "prerequisites" / "gone.py").exists()
    # This one was changed.
    assert (old_course / "prerequisites" / "mine.py").read_text() == "Y = 1\n"
    assert "Removed" not in command("update")[1]


# --- An instructor's course folder

# As `captioning release` of 0.1.0 wrote it, to the letter: no rule of today's reads it.
OLD_CONFIG = (Path(__file__).parent / "earlier" / "nbgrader_config.txt").read_text(encoding="utf-8")


def test_settings_of_an_earlier_version_become_today_s(tmp_path: Path) -> None:
    path = tmp_path / CONFIG.name
    assert renew_settings(tmp_path) is None
    assert not path.exists()
    path.write_bytes(OLD_CONFIG.replace("\n", "\r\n").encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_folder, "up_to_date", None)  # it is not asked
        assert renew_settings(tmp_path) == path
    assert path.read_text("utf-8") == CONFIG.read_text("utf-8")
    assert (tmp_path / f"{CONFIG.name}.bak").read_bytes().decode() == OLD_CONFIG
    assert has_our_stubs(tmp_path)
    assert renew_settings(tmp_path) is None


def test_of_an_instructor_s_own_settings_only_the_import_changes(tmp_path: Path) -> None:
    own = (
        OLD_CONFIG.replace("captioning-from-scratch", "cs101") + "c.Exchange.root = '/srv/exchange'  # ours\n"
    )
    path = tmp_path / CONFIG.name
    path.write_text(own, encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot be loaded: ModuleNotFoundError: .*autograder\.stubs"):
        has_our_stubs(tmp_path)
    assert renew_settings(tmp_path) == path
    assert path.read_text("utf-8") == own.replace("autograder.stubs", "autograder.nbgrader.stubs")
    config = PyFileConfigLoader(CONFIG.name, path=str(tmp_path)).load_config()
    assert (config.CourseDirectory.course_id, config.Exchange.root) == ("cs101", "/srv/exchange")
    assert has_our_stubs(tmp_path)


@pytest.mark.parametrize(
    "text", ["c = get_config()\n", "c = get_config(\n", "from autograder.stubs import (\n"]
)
def test_settings_that_need_nothing_or_cannot_be_read_stay(text: str, tmp_path: Path) -> None:
    (tmp_path / CONFIG.name).write_text(text)
    assert renew_settings(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [CONFIG.name]
    assert (tmp_path / CONFIG.name).read_text() == text
