"""Training: what is learned, and that it is the same whatever interrupts it."""

import json
import math
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captioning import layers
from captioning.data.coco_layout import GRID_LAYER, NULL, CaptionData
from captioning.errors import InputError
from captioning.training import callbacks, loop
from captioning.training.checkpoint import Checkpoint, load_checkpoint
from captioning.training.examples import (
    Examples,
    ShuffledFeatures,
    epoch_minibatches,
    open_data,
    split_examples,
)
from captioning.training.loop import step
from captioning.training.measures import caption_loss
from captioning.training.run import new_run, train_run
from captioning.training.shards import sharded_loss, threads
from tests.tiny import CONFIG, edited, silently, write_tiny_data, write_tiny_grids

OPTIMIZERS = {"sgd_momentum": 5e-2, "rmsprop": 5e-3, "adam": 2e-2}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    return CaptionData(write_tiny_data(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    return CaptionData(write_tiny_data(tmp_path_factory.mktemp("many"), n_images=200))


@pytest.fixture(scope="module")
def grids(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    folder = write_tiny_data(tmp_path_factory.mktemp("grids"), pca_features=False)
    write_tiny_grids(folder)
    return CaptionData(folder, pca_features=False, layer=GRID_LAYER)


def trained(data: CaptionData, path: Path, **settings: object) -> Checkpoint:
    run = new_run(data, replace(CONFIG, **settings))
    train_run(run, data, path, progress=silently)
    return run


def assert_same(run: Checkpoint, other: Checkpoint) -> None:
    for name, value in run.params.items():
        np.testing.assert_array_equal(other.params[name], value)
        np.testing.assert_array_equal(other.captioner.params[name], run.captioner.params[name])
    assert other.history == run.history


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_learns_a_few_captions_by_heart(cell: str, data: CaptionData, tmp_path: Path) -> None:
    run = trained(data, tmp_path / "c.h5", cell=cell, epochs=32, batch_size=2, max_captions=20)
    assert run.history.val_loss[-1] < 0.1
    assert run.history.train_loss[-1] < 0.1
    assert run.history.val_perplexity[-1] < 1.02


@pytest.mark.slow
def test_attention_learns_a_few_captions_by_heart(grids: CaptionData, tmp_path: Path) -> None:
    settings = {"cell": "attention", "batch_size": 2, "max_captions": 20, "feature_dropout": 0.1}
    run = trained(grids, tmp_path / "c.h5", epochs=32, **settings)
    assert run.history.val_loss[-1] < 0.1
    assert run.params["Wattn"].shape == (24, 96)
    assert run.captioner.encoder.layer == GRID_LAYER
    loaded = load_checkpoint(tmp_path / "c.h5")
    assert_same(run, loaded)
    loaded.config = replace(loaded.config, epochs=33)
    train_run(loaded, grids, tmp_path / "c.h5", progress=silently)
    assert loaded.epoch == 33


def test_each_channel_of_a_grid_has_one_mean(grids: CaptionData) -> None:
    standardization = new_run(grids, replace(CONFIG, cell="attention")).captioner.standardization
    features = standardization.apply(grids.features("train", np.arange(40)))
    assert features.shape == (40, 12, 2, 2)
    np.testing.assert_allclose(features.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    assert np.mean(features**2) == pytest.approx(1, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learns_to_see(optimizer: str, many: CaptionData, tmp_path: Path) -> None:
    run = trained(many, tmp_path / "c.h5", optimizer=optimizer, learning_rate=OPTIMIZERS[optimizer], epochs=8)
    shuffled = ShuffledFeatures(many.folder)
    model = run.captioner.model
    seen, _ = caption_loss(model, split_examples(run.captioner, many, "val"))
    unseen, _ = caption_loss(model, split_examples(run.captioner, shuffled, "val"))
    assert seen == min(run.history.val_loss)
    # Who does not look can only guess: log 4 for the colour, log 4 for the thing, log 3 for the verb.
    assert seen < 1
    assert unseen > math.log(4 * 4 * 3)


@pytest.mark.slow
def test_features_of_other_images_teach_language_only(many: CaptionData, tmp_path: Path) -> None:
    config = replace(CONFIG, shuffle_features=True, epochs=2)
    shuffled = open_data(many.folder, config)
    rows = np.arange(200)
    true_rows, shuffled_rows = many.features("val", rows), shuffled.features("val", rows)
    assert not np.array_equal(true_rows, shuffled_rows)
    np.testing.assert_array_equal(np.sort(true_rows, axis=0), np.sort(shuffled_rows, axis=0))
    run = new_run(shuffled, config)
    train_run(run, shuffled, tmp_path / "c.h5", progress=silently)
    assert min(run.history.val_loss) > math.log(4 * 4 * 3)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_parameters(data: CaptionData, tmp_path: Path) -> None:
    run = trained(data, tmp_path / "a.h5", feature_dropout=0.3)
    assert_same(run, trained(data, tmp_path / "b.h5", feature_dropout=0.3))
    other = trained(data, tmp_path / "c.h5", feature_dropout=0.3, seed=1)
    assert not np.array_equal(run.params["Wh"], other.params["Wh"])


def test_an_epoch_of_a_few_captions_reads_others_each_time(
    data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[np.ndarray] = []
    minibatch = Examples.minibatch

    def recorded(self: Examples, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        read.append(which)
        return minibatch(self, which)

    monkeypatch.setattr(Examples, "minibatch", recorded)
    monkeypatch.setattr(loop, "caption_loss", lambda *_: (1.0, 1.0))
    trained(data, tmp_path / "a.h5", epochs=2, epoch_captions=10, batch_size=8)
    assert [len(which) for which in read] == [8, 2, 8, 2]
    first, second = np.concatenate(read[:2]), np.concatenate(read[2:])
    assert len(set(first)) == len(set(second)) == 10
    assert set(first) != set(second)


def test_an_epoch_of_more_captions_than_there_are_reads_them_all(data: CaptionData, tmp_path: Path) -> None:
    everything = trained(data, tmp_path / "a.h5", epochs=1)
    assert_same(everything, trained(data, tmp_path / "b.h5", epochs=1, epoch_captions=10**6))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("minibatches", [0, 1, 3, 7])
def test_goes_on_as_if_nothing_had_happened(
    optimizer: str, minibatches: int, data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"optimizer": optimizer, "cell": "gru", "feature_dropout": 0.3, "epoch_captions": 40}
    uninterrupted = trained(data, tmp_path / "a.h5", **settings)

    def interrupted_step(run: Checkpoint, *args: object, **kwargs: int) -> None:
        if run.iteration == minibatches:
            raise KeyboardInterrupt
        step(run, *args, **kwargs)

    monkeypatch.setattr(loop, "step", interrupted_step)
    path = tmp_path / "b.h5"
    with pytest.raises(KeyboardInterrupt):
        trained(data, path, **settings)
    monkeypatch.undo()
    run = load_checkpoint(path)
    assert run.iteration == minibatches
    train_run(run, data, path, progress=silently)
    assert_same(uninterrupted, run)
    assert_same(uninterrupted, load_checkpoint(path))


@pytest.mark.slow
def test_a_killed_validation_is_repeated(
    data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.h5"

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "caption_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(data, path)
    monkeypatch.undo()
    run = load_checkpoint(path)
    assert (run.iteration, run.epoch) == (5, 0)
    train_run(run, data, path, progress=silently)
    assert_same(trained(data, tmp_path / "a.h5"), run)


def test_a_minibatch_in_shards_is_the_same_minibatch(data: CaptionData) -> None:
    run = new_run(data, replace(CONFIG, cell="gru"))
    model = run.model()
    features, captions = split_examples(run.captioner, data, "train").minibatch(slice(0, 13))
    loss, grads = model.loss(features, captions)
    for n_shards in (1, 2, 5, 99):
        with threads(2) as mapped:
            ours, parts = sharded_loss(model, features, captions, n_shards, mapped)
        assert ours == pytest.approx(loss, rel=1e-5)
        assert parts.keys() == grads.keys()
        for name, grad in grads.items():
            np.testing.assert_allclose(parts[name], grad, rtol=1e-4, atol=1e-5)
            assert parts[name].dtype == np.float32


@pytest.mark.slow
def test_a_run_in_shards_goes_on_as_it_would_have(
    data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(data, tmp_path / "a.h5", shards=2, epochs=2)
    monkeypatch.setattr(loop, "end_epoch", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trained(data, tmp_path / "b.h5", shards=2, epochs=2)
    monkeypatch.undo()
    run = load_checkpoint(tmp_path / "b.h5")
    assert (run.config.shards, run.epoch) == (2, 0)
    train_run(run, data, tmp_path / "b.h5", progress=silently)
    assert_same(whole, run)


def test_ctrl_c_waits_for_the_end_of_a_step(data: CaptionData, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(data, CONFIG)
    model = run.captioner.model
    features, captions = split_examples(run.captioner, data, "train").minibatch(slice(0, 16))
    step(run, model, features, captions, n_steps=10)
    before = dict(run.params)
    update = loop.layer("adam")

    def update_and_press_ctrl_c(*args: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return update(*args)

    patched = {"adam": update_and_press_ctrl_c}
    monkeypatch.setattr(loop, "layer", lambda name: patched.get(name) or getattr(layers, name))
    with pytest.raises(KeyboardInterrupt):
        step(run, model, features, captions, n_steps=10)
    assert run.iteration == 2
    assert all(memory["t"] == 2 for memory in run.optimizer.values())
    assert not any(np.array_equal(run.params[name], before[name]) for name in before)


def test_ctrl_c_again_leaves_the_last_checkpoint_whole(
    data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.h5"

    def press(*args: object, **kwargs: object) -> None:
        # Once in the middle of training, once more while the checkpoint is written.
        monkeypatch.setattr(os, "fsync", lambda descriptor: signal.raise_signal(signal.SIGINT))
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(loop, "caption_loss", press)
    with pytest.raises(KeyboardInterrupt):
        trained(data, path)
    monkeypatch.undo()
    assert load_checkpoint(path).iteration == 0
    assert [left.name for left in tmp_path.iterdir()] == ["c.h5"]


def test_a_checkpoint_is_written_every_so_often(
    data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(callbacks, "save_checkpoint", lambda path, run: written.append(run.iteration))
    train_run(new_run(data, replace(CONFIG, epochs=2)), data, tmp_path, save_every=1e9, progress=silently)
    assert written == [0, 5, 10]
    written.clear()
    train_run(new_run(data, replace(CONFIG, epochs=1)), data, tmp_path, save_every=0, progress=silently)
    assert written == [0, 1, 2, 3, 4, 5, 5]


def test_minibatches_are_as_long_as_their_longest_caption(data: CaptionData) -> None:
    examples = split_examples(new_run(data, CONFIG).captioner, data, "train")
    lengths = (examples.captions != NULL).sum(axis=1)
    shortest = np.flatnonzero(lengths == lengths.min())
    features, captions = examples.minibatch(shortest)
    assert captions.shape == (len(shortest), lengths.min())
    assert features.shape == (len(shortest), data.input_dim)
    assert features.dtype == np.float32


def some_captions(n: int) -> np.ndarray:
    """Return captions ``(n, 18)`` of 2 to 18 words."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 19, size=n)
    return np.where(np.arange(18) < lengths[:, None], 5, NULL)


@pytest.mark.parametrize(("n_captions", "epoch_captions"), [(1000, None), (1000, 100), (50, None)])
def test_an_epoch_reads_each_caption_once(n_captions: int, epoch_captions: int | None) -> None:
    config = replace(CONFIG, epoch_captions=epoch_captions)
    minibatches = epoch_minibatches(some_captions(n_captions), config, 0)
    assert [len(rows) for rows in minibatches[:-1]] == [config.batch_size] * (len(minibatches) - 1)
    rows = np.concatenate(minibatches)
    assert len(set(rows)) == len(rows) == config.captions_per_epoch(n_captions)
    again = epoch_minibatches(some_captions(n_captions), config, 0)
    np.testing.assert_array_equal(np.concatenate(again), rows)
    assert not np.array_equal(np.concatenate(epoch_minibatches(some_captions(n_captions), config, 1)), rows)


def test_captions_of_one_length_are_read_together() -> None:
    captions = some_captions(8000)
    lengths = (captions != NULL).sum(axis=1)
    minibatches = epoch_minibatches(captions, CONFIG, 0)
    steps = np.array([lengths[rows].max() for rows in minibatches])
    # Of 16 captions drawn by lot the longest nearly always has 17 or 18 words, where the mean has 10.
    assert steps.mean() < lengths.mean() + 1.5
    # The short ones do not come first.
    assert abs(steps[:100].mean() - steps[-100:].mean()) < 2


def test_the_training_features_are_standardized(data: CaptionData) -> None:
    standardization = new_run(data, CONFIG).captioner.standardization
    features = standardization.apply(data.features("train", np.arange(40)))
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-5)
    assert np.mean(features**2) == pytest.approx(1, rel=1e-5)
    raw = data.features("val", np.array([3, 5]))
    apart = np.subtract(*standardization.apply(raw))
    np.testing.assert_allclose(apart * standardization.scale, raw[0] - raw[1], atol=1e-5)


def test_the_validation_loss_is_the_model_s(data: CaptionData) -> None:
    run = new_run(data, CONFIG)
    model = run.captioner.model
    examples = split_examples(run.captioner, data, "val")
    loss, perplexity = caption_loss(model, examples)
    expected, _ = model.loss(*examples.minibatch(slice(None)))
    assert loss == pytest.approx(expected, rel=1e-5)
    n_words = (examples.captions[:, 1:] != NULL).sum()
    assert perplexity == pytest.approx(math.exp(loss * len(examples.captions) / n_words))


def test_the_best_epoch_is_kept(data: CaptionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([3.0, 1.0, 2.0])
    monkeypatch.setattr(loop, "caption_loss", lambda *_: (next(losses), 7.0))
    run = new_run(data, CONFIG)
    epochs = []
    monkeypatch.setattr(callbacks, "save_checkpoint", lambda path, run: epochs.append(dict(run.params)))
    train_run(run, data, tmp_path, progress=silently)
    assert run.best_epoch == 2
    np.testing.assert_array_equal(run.captioner.model.params["Wh"], epochs[2]["Wh"])
    assert not np.array_equal(run.params["Wh"], epochs[2]["Wh"])


def test_history(data: CaptionData, tmp_path: Path) -> None:
    history = trained(data, tmp_path / "c.h5", batch_size=32).history
    assert history.iterations == [3, 6, 9]
    # The last minibatch of an epoch has 16 captions, the others 32.
    assert history.train_loss[0] == pytest.approx(np.dot(history.minibatch_loss[:3], [0.4, 0.4, 0.2]))
    assert len(history.val_loss) == len(history.val_perplexity) == 3
    assert history.val_loss[-1] < history.val_loss[0]
    assert json.loads(json.dumps(vars(history))) == vars(history)


def test_the_learning_rate_falls_along_a_cosine(data: CaptionData) -> None:
    run = new_run(data, CONFIG)
    batch = split_examples(run.captioner, data, "train").minibatch(slice(0, 4))
    rates = []
    for _ in range(5):
        step(run, run.captioner.model, *batch, n_steps=4)
        rates.append(run.optimizer["b"]["learning_rate"] / CONFIG.learning_rate)
    np.testing.assert_allclose(rates, [1, 0.5 + 0.125**0.5, 0.5, 0.5 - 0.125**0.5, 0], atol=1e-12)


def test_weight_decay_shrinks_matrices(data: CaptionData) -> None:
    runs = [new_run(data, replace(CONFIG, weight_decay=decay)) for decay in (0.0, 0.5)]
    before = runs[0].params.copy()
    for run in runs:
        step(
            run,
            run.captioner.model,
            *split_examples(run.captioner, data, "train").minibatch(slice(0, 4)),
            n_steps=10,
        )
    for name, value in before.items():
        decay = 0.5 * CONFIG.learning_rate if value.ndim > 1 else 0
        np.testing.assert_allclose(
            runs[1].params[name], runs[0].params[name] - decay * value, rtol=1e-4, atol=1e-6
        )


@pytest.mark.slow
def test_everything_stays_float32(data: CaptionData, tmp_path: Path) -> None:
    path = tmp_path / "c.h5"
    trained(data, path, feature_dropout=0.2, epochs=1)
    run = load_checkpoint(path)
    run.config = replace(run.config, epochs=2)
    train_run(run, data, path, progress=silently)
    assert {value.dtype for value in run.params.values()} == {np.dtype(np.float32)}
    assert {memory["m"].dtype for memory in run.optimizer.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("learning_rate", [1e20, 1e38])
def test_a_loss_that_is_no_number_stops_the_training(
    learning_rate: float, data: CaptionData, tmp_path: Path
) -> None:
    path = tmp_path / "c.h5"
    run = new_run(data, replace(CONFIG, learning_rate=learning_rate, optimizer="sgd_momentum", cell="rnn"))
    with pytest.raises(InputError, match="learning rate of 1e\\+"):
        train_run(run, data, path, save_every=0, progress=silently)
    load_checkpoint(path)


def test_word_vectors(data: CaptionData, tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    vector = [round(0.1 * n, 1) for n in range(CONFIG.wordvec_dim)]
    file.write_text(f"boat {' '.join(map(str, vector))}\nunheard {' '.join(map(str, vector))}\n")
    run = new_run(data, replace(CONFIG, word_vectors=str(file)))
    np.testing.assert_allclose(run.params["W_embed"][data.word_to_idx["boat"]], vector, rtol=1e-6)
    untouched = new_run(data, CONFIG).params
    np.testing.assert_array_equal(
        run.params["W_embed"][data.word_to_idx["dog"]], untouched["W_embed"][data.word_to_idx["dog"]]
    )
    np.testing.assert_array_equal(run.params["Wx"], untouched["Wx"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("boat 1 2 3\n", "3 numbers, expected 12"),
        ("boat " + "x " * 12 + "\n", "cannot be used as word vectors"),
        ("2 12\nboat " + "\0" * 48, "in word2vec's binary format. Save it as text"),
        ("boat\0", "is not a text"),
        ("<!DOCTYPE html>", "is a web page"),
        ("version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS.* Run `git lfs pull`"),
        ("unheard 1 2\n", "none of the 17 words"),
        *(
            (mark.join(["boat", *"123456789012"]) + "\n", "begins with .boat.*with one space between")
            for mark in ("\t", "  ", ",")
        ),
        ("BOAT 1 2\n", "in small letters"),
        ("", "begins with ''"),
        ("<<<<<<< HEAD\nboat 1\n=======\n", "line 1: this is one of Git's conflict markers .<<<<<<<."),
        ("\n<<<<<<< 1 2\n>>>>>>> 4f2ab1 more words\n", "line 3: this is one of Git's conflict markers"),
        (">>>>>>> \n", "line 1: this is one of Git's conflict markers"),
        ("<<<<<<< -0.25 1e-3\n", "none of the 17 words"),  # a word of GloVe's
        ("2 12\nboat \x06\x7f~", "in word2vec's binary format"),  # no zero among its numbers
    ],
)
def test_word_vectors_that_cannot_be_used(
    content: str, message: str, data: CaptionData, tmp_path: Path
) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        new_run(data, replace(CONFIG, word_vectors=str(file)))


def test_the_run_goes_on_with_its_own_captions_only(data: CaptionData, tmp_path: Path) -> None:
    path = tmp_path / "c.h5"
    trained(data, path, epochs=1)
    more = CaptionData(write_tiny_data(tmp_path / "more", n_images=41))
    run = load_checkpoint(path)
    with pytest.raises(InputError, match="are not those that the run"):
        train_run(run, more, path, progress=silently)


def test_features_that_are_all_the_same(tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path)
    with edited(folder / "train2014_vgg16_fc7_pca.h5") as file:
        file["features"][:] = 1
    with pytest.raises(InputError, match="the same features"):
        new_run(CaptionData(folder), CONFIG)


def test_nan_in_the_features_stops_the_training(data: CaptionData, tmp_path: Path) -> None:
    folder = write_tiny_data(tmp_path / "data")
    path = tmp_path / "c.h5"
    run = new_run(data, CONFIG)
    with edited(folder / "val2014_vgg16_fc7_pca.h5") as file:
        file["features"][3] = np.nan
    with pytest.raises(InputError, match="row 3 hold NaN"):
        train_run(run, CaptionData(folder), path, progress=silently)
    assert load_checkpoint(path).epoch == 0


def test_it_tells_how_it_goes(data: CaptionData, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    train_run(new_run(data, CONFIG), data, tmp_path / "c.h5")
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("epoch ") == 3
    assert "epoch 1 of 3: training loss" in err
    assert "(best so far)" in err
    assert len(re.findall(r"; done at about \d\d:\d\d\n", err)) == 2


def test_ctrl_c_while_an_object_is_tidied_up_is_not_lost(
    data: CaptionData, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    class Tidied:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    @contextmanager
    def pressing(run: Checkpoint, n_captions: int) -> Iterator[callbacks.Callback]:
        yield lambda run: Tidied() if run.iteration == 3 else None  # type: ignore[func-returns-value]

    run = new_run(data, CONFIG)
    with pytest.raises(KeyboardInterrupt):
        train_run(run, data, tmp_path / "c.h5", progress=pressing)
    assert load_checkpoint(tmp_path / "c.h5").iteration == 3
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("steps", "validations", "expected"),
    [
        ([0.1] * 50, [2.0], 20 + 6),
        ([0.1] * 49 + [1.1], [2.0, 3.0], 24 + 6),  # a checkpoint was written
        ([0.1] * 500 + [8 * 3600.0], [2.0], 20 + 4 + 6),  # a night with the lid closed
        ([0.1] * 50, [8 * 3600.0, 2.0], 20 + 6),
        ([0.1], [], 20),
    ],
)
def test_the_time_that_is_left_knows_nothing_of_sleep(
    steps: list[float], validations: list[float], expected: float
) -> None:
    assert callbacks.seconds_left(steps, 200, validations, 3) == pytest.approx(expected, rel=0.01)
