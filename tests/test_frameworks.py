"""Captioners of PyTorch and Keras say the same here, as `tests/vectors/generate.py` had them say it."""

import errno
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from captioning.data.coco_layout import END, SPECIAL_WORDS, CaptionData, features_file, write_features
from captioning.errors import InputError
from captioning.layers import temporal_affine_forward, word_embedding_forward
from captioning.photos.encoder import Encoder
from captioning.photos.standardization import Standardization
from captioning.training.captioner import Captioner, load_captioner
from captioning.training.frameworks import export, load_params, words_of
from tests.conftest import Command
from tests.tiny import FEATURES, write_tiny_data

VECTORS = Path(__file__).parent / "vectors"
FILES = {"torch": "torch_{}.safetensors", "keras": "keras_{}.weights.h5"}
CELLS = ("rnn", "lstm", "gru")


def captioner_of(cell: str, params: dict[str, np.ndarray]) -> Captioner:
    V, D = len(params["W_embed"]), len(params["W_proj"])
    words = [*SPECIAL_WORDS, *(f"word{n}" for n in range(V - 4))]
    return Captioner(cell, words, Encoder(), Standardization(np.zeros(D, np.float32), 1.0), params)


def logits_of(captioner: Captioner, features: np.ndarray, captions: np.ndarray) -> np.ndarray:
    model, p = captioner.model, captioner.params
    (h0, *_) = model.start(features)
    x, _ = word_embedding_forward(captions, p["W_embed"])
    h, _ = model.cell.forward(x, h0, p["Wx"], p["Wh"], p["b"])
    return temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])[0]


@pytest.mark.parametrize("framework", FILES)
@pytest.mark.parametrize("cell", CELLS)
def test_what_they_trained_says_the_same_here(cell: str, framework: str) -> None:
    found, params = load_params(VECTORS / FILES[framework].format(cell))
    assert found == cell
    captioner = captioner_of(cell, params)
    with np.load(VECTORS / f"frameworks_{cell}.npz") as said:
        features, theirs = said["features"], said[f"{framework}_words"]
        ours = logits_of(captioner, features, said["captions"])
        np.testing.assert_allclose(ours, said[f"{framework}_logits"], rtol=1e-4, atol=1e-5)
    for row, words in zip(captioner.model.sample(features, theirs.shape[1]), theirs, strict=True):
        until = int((words == END).argmax()) + 1 if END in words else len(words)
        np.testing.assert_array_equal(row[:until], words[:until])


@pytest.mark.parametrize("ending", [".safetensors", ".weights.h5"])
@pytest.mark.parametrize("cell", CELLS)
def test_what_is_written_for_them_comes_back(cell: str, ending: str, tmp_path: Path) -> None:
    captioner = load_captioner(cell)
    export(captioner, tmp_path / f"ours{ending}")
    found, params = load_params(tmp_path / f"ours{ending}")
    assert found == cell
    for name in set(params) - {"W_proj", "b_proj"}:
        np.testing.assert_array_equal(params[name], captioner.params[name])
    features = 50 * np.random.default_rng(0).random((3, captioner.input_dim), dtype=np.float32)
    (expected, *_) = captioner.model.start(captioner.standardization.apply(features))
    (h0, *_) = captioner_of(cell, params).model.start(features)
    np.testing.assert_allclose(h0, expected, rtol=1e-3, atol=1e-3)


def test_the_names_are_those_of_the_modules(tmp_path: Path) -> None:
    """The states that PyTorch's and Keras's models load; the stored ones are theirs."""
    for cell in CELLS:
        _, params = load_params(VECTORS / f"torch_{cell}.safetensors")
        if cell == "gru":
            params = load_captioner("gru").params  # the stored one has a unit more than PyTorch's
        captioner = captioner_of(cell, params)
        export(captioner, tmp_path / "a.safetensors")
        theirs = load_file(VECTORS / f"torch_{cell}.safetensors")
        assert set(load_file(tmp_path / "a.safetensors")) == set(theirs)
        with safe_open(tmp_path / "a.safetensors", framework="numpy") as file:
            assert json.loads(file.metadata()["idx_to_word"]) == captioner.idx_to_word
        export(captioner, tmp_path / "a.h5")
        with h5py.File(tmp_path / "a.h5") as ours, h5py.File(VECTORS / f"keras_{cell}.weights.h5") as keras:
            assert sorted(names_of(ours)) == sorted(names_of(keras))


def names_of(file: h5py.File) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    file.visititems(lambda name, item: found.append((name, item.ndim)) if hasattr(item, "ndim") else None)
    return found


def a_second_layer(state: dict[str, np.ndarray]) -> None:
    state["recurrent.weight_ih_l1"] = state["recurrent.weight_hh_l0"]


def both_directions(state: dict[str, np.ndarray]) -> None:
    state["recurrent.weight_ih_l0_reverse"] = state["recurrent.weight_ih_l0"]


def no_words(state: dict[str, np.ndarray]) -> None:
    del state["embed.weight"]


def another_linear(state: dict[str, np.ndarray]) -> None:
    state["more.weight"], state["more.bias"] = np.ones((6, 6), np.float32), np.ones(6, np.float32)


def of_another_size(state: dict[str, np.ndarray]) -> None:
    state["recurrent.weight_ih_l0"] = state["recurrent.weight_ih_l0"][:-1]


def with_nan(state: dict[str, np.ndarray]) -> None:
    state["vocab.bias"][0] = np.nan


def quantized(state: dict[str, np.ndarray]) -> None:
    state["vocab.weight"] = (100 * state["vocab.weight"]).astype(np.int8)


def two_without_a_bias(state: dict[str, np.ndarray]) -> None:
    V, H = len(state.pop("embed.weight")), len(state["project.bias"])
    state["recurrent.weight_ih_l0"] = np.ones((4 * H, H), np.float32)
    state["one.weight"] = state["two.weight"] = np.ones((V, H), np.float32)
    del state["vocab.weight"], state["vocab.bias"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (a_second_layer, r"recurrent\.weight_ih_l1 .* has no place in a captioner"),
        (both_directions, r"weight_ih_l0_reverse .* has no place"),
        (no_words, "has no nn.Embedding"),
        (another_linear, r"has the layers .*more \(6, 6\).* expected one from features \(D, 6\)"),
        (of_another_size, "the recurrent layer has weights"),
        (with_nan, "what becomes b_vocab holds NaN"),
        (lambda state: state.pop("recurrent.weight_hh_l0"), "has no weight_ih_l0 and weight_hh_l0"),
        (
            lambda state: state.pop("vocab.weight"),
            r"vocab\.bias has no vocab\.weight beside it.* a clone\(\)",
        ),
        (two_without_a_bias, r"any of one, two could be the nn\.Embedding"),
        (quantized, r"vocab\.weight is of type int8, expected floats"),
    ],
)
def test_another_captioner_is_refused(change: object, sentence: str, tmp_path: Path) -> None:
    state = load_file(VECTORS / "torch_lstm.safetensors")
    change(state)  # type: ignore[operator]
    save_file(
        {name: np.ascontiguousarray(array) for name, array in state.items()}, tmp_path / "a.safetensors"
    )
    with pytest.raises(InputError, match=sentence):
        load_params(tmp_path / "a.safetensors")


def test_a_cell_is_as_good_as_a_layer(tmp_path: Path) -> None:
    """nn.LSTMCell has the parameters of nn.LSTM, without the number of the layer."""
    for cell in CELLS:
        state = load_file(VECTORS / f"torch_{cell}.safetensors")
        state = {name.removesuffix("_l0"): array for name, array in state.items()}
        save_file(state, tmp_path / "a.safetensors")
        expected, found = (
            load_params(VECTORS / f"torch_{cell}.safetensors"),
            load_params(tmp_path / "a.safetensors"),
        )
        assert found[0] == expected[0]
        assert all(np.array_equal(found[1][name], array) for name, array in expected[1].items())


def test_the_data_must_have_the_words_that_a_file_says(tmp_path: Path, command: Command) -> None:
    data = write_tiny_data(tmp_path / "data")
    words = CaptionData(data).idx_to_word
    V, H = len(words), 6
    params = {
        **{"W_embed": np.ones((V, 3)), "W_proj": np.ones((FEATURES, H)), "b_proj": np.ones(H)},
        **{"Wx": np.ones((3, 4 * H)), "Wh": np.ones((H, 4 * H)), "b": np.ones(4 * H)},
        **{"W_vocab": np.ones((H, V)), "b_vocab": np.ones(V)},
    }
    plain = Standardization(np.zeros(FEATURES, np.float32), 1.0)
    for said, expected in ((words, 0), ([*words[:4], *reversed(words[4:])], 1)):
        for ending in (".safetensors", ".h5"):
            ours = Captioner(
                "lstm", said, Encoder(), plain, {n: a.astype(np.float32) for n, a in params.items()}
            )
            export(ours, tmp_path / f"a{ending}")
            args = ["import", tmp_path / f"a{ending}", "--data", data, "--out", tmp_path / "c.h5"]
            code, _, err = command(*args)
            assert code == expected, err
            assert ("has others, or the same in another order" in err) == bool(expected)


def test_of_features_before_and_after_pca_those_that_fit_are_taken(tmp_path: Path, command: Command) -> None:
    data = write_tiny_data(tmp_path / "data")
    for split in ("train", "val"):
        with h5py.File(data / features_file(split, True)) as file:
            features = file["features"][:]
        write_features(data / features_file(split, False), np.concatenate([features, features], axis=1))
    state = load_file(VECTORS / "torch_lstm.safetensors")
    V, H = len(CaptionData(data).idx_to_word), len(state["project.bias"])
    E = state["embed.weight"].shape[1]
    state |= {"embed.weight": np.ones((V, E), np.float32), "vocab.bias": np.ones(V, np.float32)}
    state["vocab.weight"] = np.ones((V, H), np.float32)
    for columns, is_projected in ((FEATURES, True), (2 * FEATURES, False)):
        state["project.weight"] = np.ones((H, columns), np.float32)
        save_file(state, tmp_path / "a.safetensors")
        args = ["import", tmp_path / "a.safetensors", "--data", data, "--out", tmp_path / "c.h5"]
        code, _, err = command(*args)
        assert code == 0, err
        assert load_captioner(tmp_path / "c.h5").encoder.pca_features == is_projected


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="the disk is full"):
        export(load_captioner("rnn"), tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_large_vocabulary_is_written_for_keras(tmp_path: Path) -> None:
    """HDF5's older formats have attributes of at most 64 KB."""
    words = [*SPECIAL_WORDS, *(f"word{n}" for n in range(9000))]
    state = load_params(VECTORS / "torch_lstm.safetensors")[1]
    H, E = len(state["Wh"]), len(state["Wx"])
    state |= {"W_embed": np.ones((9004, E)), "W_vocab": np.ones((H, 9004)), "b_vocab": np.ones(9004)}
    plain = Standardization(np.zeros(len(state["W_proj"]), np.float32), 1.0)
    captioner = Captioner("lstm", words, Encoder(), plain, state)
    export(captioner, tmp_path / "a.weights.h5")
    assert words_of(tmp_path / "a.weights.h5") == words


def test_a_gru_that_resets_before_the_product_is_refused(tmp_path: Path) -> None:
    with h5py.File(VECTORS / "keras_gru.weights.h5") as file, h5py.File(tmp_path / "a.h5", "w") as copy:
        file.copy("layers", copy)
        del copy["layers/gru/cell/vars/2"]
        copy["layers/gru/cell/vars/2"] = np.zeros(18, np.float32)
    with pytest.raises(InputError, match="reset_after=False"):
        load_params(tmp_path / "a.h5")


@pytest.mark.slow
def test_weights_become_a_captioner_of_the_commands(tmp_path: Path, command: Command) -> None:
    data = write_tiny_data(tmp_path / "data", pca_features=False)
    rng = np.random.default_rng(0)
    shapes = {
        **{"embed.weight": (17, 5), "project.weight": (7, FEATURES), "project.bias": (7,)},
        **{"recurrent.weight_ih_l0": (28, 5), "recurrent.weight_hh_l0": (28, 7)},
        **{"vocab.weight": (17, 7), "vocab.bias": (17,)},
    }
    theirs = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(theirs, tmp_path / "theirs.safetensors")
    args = ["import", tmp_path / "theirs.safetensors", "--data", data]
    code, out, err = command(*args, "--out", tmp_path / "c.h5")
    assert code == 0, err
    assert f"{tmp_path / 'c.h5'}: lstm, 17 words, 12 features" in out
    code, out, err = command("evaluate", tmp_path / "c.h5", "--data", data, "--json")
    assert code == 0, err
    assert "CIDEr weighs words by how few images they are said of" in err
    code, out, err = command("export", tmp_path / "c.h5", "--out", tmp_path / "again.safetensors")
    assert code == 0, err
    for name, array in load_file(tmp_path / "again.safetensors").items():
        np.testing.assert_array_equal(array, theirs.get(name, np.zeros_like(array)))
    code, _, err = command("export", "attention", "--out", tmp_path / "a.safetensors")
    assert code == 1
    assert "no counterpart" in err
    code, _, err = command("export", tmp_path / "c.h5", "--out", tmp_path / "a.pt")
    assert code == 1
    assert "ends in .safetensors (for PyTorch) or .h5 (for Keras)" in err
    code, _, err = command("export", tmp_path / "c.h5", "--out", tmp_path / "c.h5")
    assert (code, "which would be lost" in err) == (1, True)
    code, _, err = command("import", tmp_path / "c.h5", "--data", data, "--out", tmp_path / "d.h5")
    assert (code, "is a captioner of the course's already" in err) == (1, True)
    other = write_tiny_data(tmp_path / "other", words=("zebra",), pca_features=False)
    code, _, err = command(
        "import", tmp_path / "theirs.safetensors", "--data", other, "--out", tmp_path / "d"
    )
    assert code == 1
    assert "has 17 words and takes 12 features" in err
