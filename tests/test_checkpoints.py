"""Checkpoints: they come back bit for bit, and what is wrong with one is said."""

import json
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.photos.encoder import Encoder
from captioning.training.captioner import captioner_path, load_captioner, save_captioner
from captioning.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from captioning.training.run import new_run, train_run
from tests.tiny import CONFIG, edited, silently, write_tiny_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    return CaptionData(write_tiny_data(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def run(data: CaptionData, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    run = new_run(data, CONFIG)
    train_run(run, data, tmp_path_factory.mktemp("run") / "c.h5", progress=silently)
    return run


@pytest.fixture
def path(run: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.h5"
    save_checkpoint(path, run)
    return path


def test_it_comes_back_as_it_was(run: Checkpoint, path: Path) -> None:
    loaded = load_checkpoint(path)
    assert loaded.config == run.config
    assert loaded.captions_checksum == run.captions_checksum
    assert loaded.history == run.history
    ours, theirs = run.captioner, loaded.captioner
    assert (theirs.cell, theirs.idx_to_word, theirs.encoder) == (ours.cell, ours.idx_to_word, ours.encoder)
    assert theirs.standardization.scale == ours.standardization.scale
    np.testing.assert_array_equal(theirs.standardization.mean, ours.standardization.mean)
    for name, value in run.params.items():
        np.testing.assert_array_equal(loaded.params[name], value)
        np.testing.assert_array_equal(theirs.params[name], ours.params[name])
        assert loaded.params[name].dtype == np.float32
        memory, loaded_memory = run.optimizer[name], loaded.optimizer[name]
        assert memory.keys() == loaded_memory.keys()
        for key, kept in memory.items():
            np.testing.assert_array_equal(loaded_memory[key], kept)
            # A NumPy number would turn float32 parameters into float64 in the next step.
            assert type(loaded_memory[key]) is type(kept)


def test_a_run_that_has_not_begun_comes_back(data: CaptionData, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.h5"
    save_checkpoint(path, new_run(data, CONFIG))
    loaded = load_checkpoint(path)
    assert (loaded.iteration, loaded.epoch, loaded.best_epoch) == (0, 0, 0)
    assert loaded.captioner.encoder == Encoder("fc7", pca_features=True)
    with pytest.raises(InputError, match="the first epoch of this run is not complete"):
        load_captioner(path)


def test_the_folder_of_a_run_stands_for_its_checkpoint(path: Path) -> None:
    assert captioner_path(path.parent) == path == captioner_path(path)
    assert load_checkpoint(path.parent).iteration == 15


def test_a_checkpoint_is_a_captioner_with_the_state_of_its_training(
    run: Checkpoint, path: Path, tmp_path: Path
) -> None:
    features = np.ones((1, run.captioner.input_dim), dtype=np.float32)
    said = run.captioner.model.sample(features)
    for file in (path, path.parent):
        captioner = load_captioner(file)
        np.testing.assert_array_equal(captioner.model.sample(features), said)
    save_captioner(captioner, tmp_path / "alone.h5")
    np.testing.assert_array_equal(load_captioner(tmp_path / "alone.h5").model.sample(features), said)
    with pytest.raises(InputError, match="without the state of its training"):
        load_checkpoint(tmp_path / "alone.h5")


def test_what_is_learned_later_is_not_yet_the_captioner_s(run: Checkpoint) -> None:
    later = replace(run, params={name: np.zeros_like(value) for name, value in run.params.items()})
    assert later.model().params is later.params
    assert later.captioner.model.params["Wh"].any()


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"checkpoint\.h5 is missing"):
        load_checkpoint(tmp_path)


def test_not_hdf5(path: Path) -> None:
    path.write_text("a letter")
    with pytest.raises(InputError, match="is not an HDF5 file"):
        load_checkpoint(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.9999])
def test_cut_off(share: float, path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"was cut off|is not an HDF5 file"):
        load_checkpoint(path)


def test_hdf5_of_something_else(data: CaptionData) -> None:
    with pytest.raises(InputError, match="not a captioner"):
        load_checkpoint(data.folder / "coco2014_captions.h5")


@pytest.mark.parametrize("group", ["params", "training/params"])
def test_parameters_that_are_no_numbers(group: str, path: Path) -> None:
    with edited(path) as file:
        file[group]["Wh"][2, 3] = np.nan
    with pytest.raises(InputError, match="the parameter Wh holds NaN"):
        load_checkpoint(path)


def test_parameters_of_another_cell(path: Path) -> None:
    with edited(path) as file:
        file.attrs["cell"] = "gru"
    with pytest.raises(InputError, match="expected those of the cell gru with 12 features and 17 words"):
        load_checkpoint(path)


def with_config(**settings: object) -> Callable[[h5py.File], None]:
    """Return what changes settings in the configuration of a checkpoint."""

    def change(file: h5py.File) -> None:
        config = json.loads(file["training"].attrs["config"]) | settings
        file["training"].attrs["config"] = json.dumps(config)

    return change


def replaced(file: h5py.File, name: str, values: object) -> None:
    del file[name]
    file[name] = values


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file["training"].__delitem__("history"),
        lambda file: file.__delitem__("idx_to_word"),
        lambda file: file.__delitem__("mean"),
        lambda file: file.__delitem__("params"),
        lambda file: file["params"].__delitem__("b"),
        lambda file: file["params"].__delitem__("Wx"),
        lambda file: file["training/params"].__delitem__("b"),
        lambda file: file["training/history"].__delitem__("val_loss"),
        lambda file: file["training/history"].create_dataset("luck", data=[1.0]),
        lambda file: file["training"].attrs.__setitem__("config", "{"),
        lambda file: file["training"].attrs.__setitem__("config", '{"cell": "lstm", "luck": 3}'),
        lambda file: file.attrs.__setitem__("cell", "transformer"),
        lambda file: file.attrs.__setitem__("encoder", "{"),
        lambda file: file.attrs.__delitem__("encoder"),
        lambda file: file["training"].attrs.__delitem__("numbers"),
        with_config(hidden_dim=10**6),
        with_config(hidden_dim="a"),
        with_config(hidden_dim=24.0),
        with_config(wordvec_dim=True),
        with_config(cell="transformer"),
        with_config(cell="gru"),
        with_config(batch_size=0),
        with_config(learning_rate="x"),
        with_config(learning_rate=float("nan")),
        with_config(feature_dropout=1),
        with_config(optimizer="lbfgs"),
        with_config(seed=None),
        lambda file: file.attrs.__setitem__("encoder", "[1]"),
        lambda file: file.attrs.__setitem__("encoder", '{"layer": 7}'),
        lambda file: file.attrs.__setitem__("scale", np.nan),
        lambda file: file.attrs.__setitem__("scale", "one"),
        lambda file: file["mean"].__setitem__(0, np.inf),
        lambda file: replaced(file, "mean", np.float32(1)),
        lambda file: replaced(file, "mean", [b"x"] * 12),
        lambda file: replaced(file, "idx_to_word", np.arange(17)),
        lambda file: replaced(file, "idx_to_word", [b"\xff"] * 17),
        lambda file: replaced(file, "idx_to_word", [b"same"] * 17),
        lambda file: replaced(file, "params/b", np.zeros(96, int)),
        lambda file: replaced(file, "training/optimizer/b/m", np.zeros(3)),
        lambda file: file["training/optimizer/b/m"].__setitem__(0, np.nan),
        lambda file: file["training/optimizer"].__delitem__("b"),
        lambda file: file["training/optimizer/b"].attrs.__setitem__("numbers", '{"luck": 3}'),
        lambda file: file["training"].attrs.__setitem__("numbers", '{"captions_checksum": "x"}'),
        lambda file: replaced(file, "training/history/iterations", [9, 3, 5]),
        lambda file: replaced(file, "training/history/train_loss", [1.0]),
        lambda file: replaced(file, "training/history/val_loss", [1.0, np.nan, 2.0]),
    ],
)
def test_damaged(damage: object, path: Path) -> None:
    with edited(path) as file:
        damage(file)
    with pytest.raises(InputError, match="is damaged"):
        load_checkpoint(path)


def test_data_with_other_words(run: Checkpoint, tmp_path: Path) -> None:
    more = CaptionData(write_tiny_data(tmp_path / "more", words=("zebra",)))
    with pytest.raises(InputError, match="different vocabularies: 17 words and 18"):
        run.captioner.require_data(more)
    words = ["<NULL>", "<START>", "<END>", "<UNK>", "the", *run.captioner.idx_to_word[5:]]
    other = replace(run.captioner, idx_to_word=words)
    same = CaptionData(write_tiny_data(tmp_path / "same"))
    run.captioner.require_data(same)
    with pytest.raises(InputError, match="word 4 is 'the' in the one and 'a' in the other"):
        other.require_data(same)


def test_data_with_other_features(run: Checkpoint, data: CaptionData, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path)
    for split in ("train", "val"):
        with edited(folder / f"{split}2014_vgg16_fc7_pca.h5") as file:
            del file["features"]
            file["features"] = np.zeros((40, 5), dtype=np.float32)
    with pytest.raises(InputError, match=r"takes features of 12 columns; those in .* have 5"):
        run.captioner.require_data(CaptionData(folder))


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_disk_that_fills_up_leaves_the_old_checkpoint(run: Checkpoint, path: Path, share: float) -> None:
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * len(before)), hard))
    try:
        with pytest.raises(InputError, match="the disk is full"):
            save_checkpoint(path, run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_a_file(run: Checkpoint, path: Path) -> None:
    with pytest.raises(OSError, match=r"checkpoint\.h5"):
        save_checkpoint(path / "checkpoint.h5", run)
