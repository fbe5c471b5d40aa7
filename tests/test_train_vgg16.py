"""The training of the scenes' VGG16, on a handful of pictures."""

import numpy as np
import pytest

from captioning.datasets.scenes.drawing import draw
from captioning.datasets.scenes.scene import LABELS, make_splits
from captioning.datasets.scenes.train_vgg16 import (
    IMAGE_SIZE,
    SHAPES,
    accuracies,
    head_columns,
    heads_loss,
    initial_params,
    label_array,
    recolour,
    train,
)
from captioning.layers import relative_error, softmax_loss


@pytest.fixture(scope="module")
def pictures():
    scenes = make_splits()["train"][:8]
    return np.stack([draw(scene, IMAGE_SIZE) for scene in scenes]), label_array(scenes)


def test_shapes_are_learned_from_recoloured_pictures_and_all_else_from_the_others():
    rng = np.random.default_rng(0)
    labels = np.array([[rng.integers(len(values)) for values in LABELS.values()] for _ in range(5)])
    logits = rng.standard_normal((5, sum(map(len, LABELS.values()))))
    loss, dlogits = heads_loss(logits, labels, n_true=2)
    losses = []
    for column, (attribute, head) in zip(labels.T, head_columns().items(), strict=True):
        asked, others = ([2, 3, 4], [0, 1]) if attribute in SHAPES else ([0, 1], [2, 3, 4])
        part, gradient = softmax_loss(logits[asked, head], column[asked])
        losses.append(part)
        assert relative_error(dlogits[asked, head], gradient) < 1e-12
        assert not dlogits[others, head].any()
    assert relative_error(loss, sum(losses)) < 1e-12


def test_recolouring_changes_colours_and_keeps_shapes(pictures):
    images, _ = pictures
    before = images.copy()
    recoloured = recolour(images, np.random.default_rng(0))
    assert recoloured.shape == images.shape
    assert recoloured.dtype == np.uint8
    np.testing.assert_array_equal(images, before)
    assert all(np.abs(new.astype(int) - old).mean() > 5 for new, old in zip(recoloured, images, strict=True))
    # Where two neighbours are alike they still are.
    alike = (images[:, :, 1:] == images[:, :, :-1]).all(axis=3)
    assert (recoloured[:, :, 1:] == recoloured[:, :, :-1]).all(axis=3)[alike].all()


def test_it_learns_a_handful_of_pictures_by_heart_in_single_precision(pictures):
    images, labels = pictures
    rng = np.random.default_rng(0)
    start = initial_params(rng)
    params = train(start, images, labels, rng, epochs=40, batch_size=8, learning_rate=3e-3, recoloured=0.5)
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}
    before, after = (accuracies(images, labels, each)[:-1].mean() for each in (start, params))
    assert before < 0.5
    assert after > 0.65
