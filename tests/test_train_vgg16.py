"""The training of the scenes' VGG16, on a handful of pictures."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from captioning.layers import relative_error, softmax_loss, vgg16_load, vgg16_save
from captioning.scenes.drawing import draw
from captioning.scenes.palette import THING_COLOURS
from captioning.scenes.scene import LABELS
from tests.recipes import recipe

train_vgg16 = recipe("scenes/train_vgg16")


@pytest.fixture(scope="module")
def pictures(splits):
    scenes = splits["train"][:8]
    return np.stack([draw(scene, train_vgg16.IMAGE_SIZE) for scene in scenes]), train_vgg16.label_array(
        scenes
    )


def test_of_repainted_pictures_only_shapes_are_asked():
    rng = np.random.default_rng(0)
    labels = np.array([[rng.integers(len(values)) for values in LABELS.values()] for _ in range(5)])
    logits = rng.standard_normal((5, sum(map(len, LABELS.values()))))
    loss, dlogits = train_vgg16.heads_loss(logits, labels, n_true=2)
    losses = []
    for column, (attribute, head) in zip(labels.T, train_vgg16.head_columns().items(), strict=True):
        asked = slice(None) if attribute in train_vgg16.SHAPES else slice(2)
        part, gradient = softmax_loss(logits[asked, head], column[asked])
        losses.append(part)
        assert relative_error(dlogits[asked, head], gradient) < 1e-12
        assert attribute in train_vgg16.SHAPES or not dlogits[2:, head].any()
    assert relative_error(loss, sum(losses)) < 1e-12


def test_repainting_changes_colours_alone_and_keeps_away_from_what_is_held_out(splits):
    rng = np.random.default_rng(0)
    scene = next(scene for scene in splits["unseen"] if scene.things[0].kind == "balloon")
    white = np.array(THING_COLOURS["white"])
    for _ in range(200):
        repainted = train_vgg16.repaint(scene, rng)
        red, green, blue = bytes.fromhex(repainted.things[0].colour[1:])
        assert np.linalg.norm(white - (red, green, blue)) > train_vgg16.DISTANCE - 1
    things = [
        replace(thing, colour=old.colour) for thing, old in zip(repainted.things, scene.things, strict=True)
    ]
    assert replace(repainted, things=tuple(things)) == scene
    before, after = (draw(each, train_vgg16.IMAGE_SIZE).astype(int) for each in (scene, repainted))
    changed = (before != after).any(axis=2).mean()
    assert 0.005 < changed < 0.5


@pytest.mark.slow
def test_it_learns_a_handful_of_pictures_by_heart_in_single_precision(pictures):
    images, labels = pictures
    rng = np.random.default_rng(0)
    start = train_vgg16.initial_params(rng)
    repainted = np.arange(len(images)) % 4 == 0
    params = train_vgg16.train(
        start, images, labels, repainted, rng, epochs=40, batch_size=8, learning_rate=3e-3
    )
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}
    before, after = (train_vgg16.accuracies(images, labels, each)[:-1].mean() for each in (start, params))
    assert before < 0.5
    assert after > 0.65


@pytest.mark.slow
def test_it_goes_on_from_the_mean_of_several_weights(tmp_path, monkeypatch, splits):
    """At a rate of 0 what is written is that mean, as it is after the last two of a round."""
    few = {split: scenes[:4] for split, scenes in splits.items()}
    monkeypatch.setattr(train_vgg16, "make_splits", lambda: few)
    starts = [train_vgg16.initial_params(np.random.default_rng(seed)) for seed in range(2)]
    arguments = [
        "--out",
        str(tmp_path / "mean.h5"),
        "--pictures",
        "64",
        "--epochs",
        "1",
        "--learning-rate",
        "0",
    ]
    for number, params in enumerate(starts):
        vgg16_save(tmp_path / f"{number}.h5", params)
        arguments += ["--start", str(tmp_path / f"{number}.h5")]
    result = CliRunner().invoke(train_vgg16.main, arguments)
    assert result.exit_code == 0, result.output
    assert "all of them" in result.output
    mean = vgg16_load(tmp_path / "mean.h5")
    for name, values in mean.items():
        np.testing.assert_allclose(values, (starts[0][name] + starts[1][name]) / 2, rtol=2e-3, atol=1e-6)
