"""The captioners that come with the course: they tell the truth, and run on whose layers they should."""

import importlib.util
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning import layers
from captioning.answers import library
from captioning.errors import InputError
from captioning.layers import beam_search, greedy_decode, reference
from captioning.photos.features import scene_vgg16
from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene
from captioning.scenes.truth import truth
from captioning.training import captioner as pretrained
from captioning.training.captioner import BLOCKS, CELLS, captioner_path, load_captioner, save_captioner
from tests.tiny import edited

# Of all 1000 scenes of the test split it is 17.1, 93.9, 94.6 and 89.3 %.
AT_LEAST = {"rnn": 0.06, "lstm": 0.88, "gru": 0.88, "attention": 0.8}
# A student's step that learns nothing from the word it reads.
DEAF = "def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):\n    return prev_h, prev_c, None\n"


@pytest.fixture(scope="module")
def scenes(splits: dict[str, list[Scene]]) -> list[Scene]:
    """Return 50 scenes that no captioner was trained on."""
    return splits["test"][:50]


@pytest.fixture(scope="module")
def pictures(scenes: list[Scene]) -> np.ndarray:
    return np.stack([draw(scene, 64) for scene in scenes])


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the LSTM alone, from which captioners are read."""
    shutil.copy(pretrained.FOLDER / "lstm.h5", tmp_path)
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CELLS)
def test_the_blocks_of_a_captioner_are_those_of_its_cell(name: str) -> None:
    assert tuple(BLOCKS[name]) == load_captioner(name, layers=reference()).model.cell.blocks


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_captions_of_scenes_are_true(name: str, scenes: list[Scene], pictures: np.ndarray) -> None:
    captioner = load_captioner(name, layers=reference())
    said = captioner.caption(pictures)
    assert np.mean([truth(c, s).wholly_true for c, s in zip(said, scenes, strict=True)]) >= AT_LEAST[name]
    features = captioner.encode(pictures)
    assert features.dtype == np.float32
    assert features.shape == ((50, 96, 4, 4) if name == "attention" else (50, 256))
    assert {values.dtype for values in captioner.model.params.values()} == {np.dtype(np.float32)}
    assert captioner_path(name).stat().st_size < 1.5e6
    state = captioner.model.start(features[:3])
    logits, _ = captioner.model.step(np.full(3, captioner.word_to_idx["<START>"]), state)
    assert logits.shape == (3, len(captioner.idx_to_word))
    assert captioner.model.cell is layers.CELLS["lstm" if name == "attention" else name]


def test_a_caption_does_not_depend_on_the_pictures_beside_it(
    pictures: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    captioner = load_captioner("lstm")
    together = captioner.encode(pictures[:5])
    monkeypatch.setattr(pretrained, "BATCH", 2)
    np.testing.assert_allclose(captioner.encode(pictures[:5]), together, atol=1e-4)


def test_every_decoder_can_be_asked(pictures: np.ndarray) -> None:
    captioner = load_captioner("gru")
    greedy = captioner.caption(pictures[:3])
    assert captioner.caption(pictures[:3], greedy_decode) == greedy
    assert captioner.caption(pictures[:3], decode=partial(beam_search, beam_width=1)) == greedy
    assert captioner.caption(pictures[:3], decode=lambda model, features: model.sample(features)) == greedy


@pytest.mark.slow
def test_a_student_s_saved_layer_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: np.ndarray
) -> None:
    expected = {name: load_captioner(name, reference()).caption(pictures[:3]) for name in CELLS}
    (tmp_path / "my_layers").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(library.VARIABLE, raising=False)
    (tmp_path / "answer.py").write_text(DEAF)
    spec = importlib.util.spec_from_file_location("answer", tmp_path / "answer.py")
    assert spec is not None
    assert spec.loader is not None
    answer = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "answer", answer)
    spec.loader.exec_module(answer)
    before = load_captioner("lstm")
    library.save_answer(answer.lstm_step_forward, "lstm_step_forward")
    assert layers.whose("lstm_step_forward").startswith("yours")
    for name in ("lstm", "attention"):
        said = [caption.split() for caption in load_captioner(name).caption(pictures[:3])]
        # Who hears nothing repeats the first word for ever.
        assert all(len(set(words)) == 1 or not words for words in said), said
        assert load_captioner(name, layers=reference()).caption(pictures[:3]) == expected[name]
    for name in ("rnn", "gru"):
        assert load_captioner(name).caption(pictures[:3]) == expected[name]
    assert before.caption(pictures[:3]) != expected["lstm"]  # the model is made when it is first asked for


def test_there_is_no_other_captioner() -> None:
    with pytest.raises(
        InputError,
        match=r"no captioner 'transformer'.* Expected rnn, lstm, gru, attention, or",
    ):
        load_captioner("transformer")


@pytest.mark.parametrize(
    ("wrong", "came"),
    [
        (np.zeros((64, 64, 3), np.uint8), r"uint8 of shape \(64, 64, 3\)"),
        (np.zeros((2, 32, 32, 3), np.uint8), r"uint8 of shape \(2, 32, 32, 3\)"),
        (np.zeros((2, 3, 64, 64), np.uint8), r"uint8 of shape \(2, 3, 64, 64\)"),
        (np.zeros((0, 64, 64, 3), np.uint8), r"uint8 of shape \(0, 64, 64, 3\)"),
        (np.zeros((2, 64, 64, 3), np.float32), r"float32 of shape \(2, 64, 64, 3\)"),
    ],
)
def test_other_pictures_are_refused(wrong: np.ndarray, came: str) -> None:
    expected = rf"the pictures are {came}, expected uint8 of shape \(N, 64, 64, 3\)"
    with pytest.raises(InputError, match=expected):
        load_captioner("rnn").caption(wrong)


def test_a_damaged_file_is_told(shelf: Path) -> None:
    path = shelf / "lstm.h5"
    whole = path.read_bytes()

    def complaint() -> str:
        with pytest.raises(InputError) as caught:
            load_captioner("lstm")
        assert str(path) in str(caught.value)
        return str(caught.value)

    path.write_bytes(whole[: len(whole) // 2])
    assert "was cut off" in complaint()
    path.write_bytes(b"nothing")
    assert "is not an HDF5 file" in complaint()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    assert "is damaged" in complaint()
    for name in ("params/Wh", "mean", "params"):
        path.write_bytes(whole)
        with edited(path) as file:
            del file[name]
        message = complaint()
        assert "is damaged" in message
        assert "Train again; one of the course's comes back" in message
    path.write_bytes(whole)
    with edited(path) as file:
        del file["idx_to_word"]
        file["idx_to_word"] = [b"<NULL>"]
    assert "expected those of the cell lstm with 256 features and 1 words" in complaint()
    with edited(path) as file:
        del file.attrs["format"]
    assert "not a captioner that this version of the course wrote" in complaint()
    path.unlink()
    assert "there is no captioner 'lstm'" in complaint()


@pytest.mark.slow
def test_a_captioner_survives_being_written(shelf: Path, pictures: np.ndarray) -> None:
    captioner = load_captioner("lstm")
    said = captioner.caption(pictures[:3])
    save_captioner(captioner, shelf / "gru.h5")
    save_captioner(load_captioner("gru"), shelf / "rnn.h5")
    assert (shelf / "rnn.h5").read_bytes() == (shelf / "gru.h5").read_bytes()
    for which in ("gru", shelf / "gru.h5", str(shelf / "gru.h5")):
        assert load_captioner(which).caption(pictures[:3]) == said
    assert "array" not in repr(captioner)  # at the end of a cell it says what it is, not all its weights


@pytest.mark.slow
def test_photos_are_seen_as_pictures(shelf: Path, pictures: np.ndarray) -> None:
    for number, picture in enumerate(pictures[:11]):
        Image.fromarray(picture).save(shelf / f"{number}.png")
    captioner = load_captioner("lstm")
    photos = [shelf / f"{number}.png" for number in range(11)]
    np.testing.assert_allclose(captioner.encode_photos(photos), captioner.encode(pictures[:11]), atol=1e-4)


def test_the_weights_of_the_scenes_vgg16() -> None:
    params = scene_vgg16()
    assert params["fc7_w"].shape == (256, 256)
    assert params.keys() == scene_vgg16(reference()).keys()
