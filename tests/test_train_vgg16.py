"""The training of the scenes' VGG16, on a handful of pictures."""

import numpy as np
import pytest

from captioning.datasets.scenes.drawing import draw
from captioning.datasets.scenes.scene import LABELS, make_splits
from captioning.datasets.scenes.train_vgg16 import (
    IMAGE_SIZE,
    accuracies,
    head_columns,
    heads_loss,
    initial_params,
    label_array,
    train,
)
from captioning.layers import relative_error, softmax_loss


@pytest.fixture(scope="module")
def pictures():
    scenes = make_splits()["train"][:8]
    return np.stack([draw(scene, IMAGE_SIZE) for scene in scenes]), label_array(scenes)


def test_the_loss_is_that_of_each_attribute_added_up():
    rng = np.random.default_rng(0)
    labels = np.array([[rng.integers(len(values)) for values in LABELS.values()] for _ in range(5)])
    logits = rng.standard_normal((5, sum(map(len, LABELS.values()))))
    loss, dlogits = heads_loss(logits, labels)
    losses, grads = zip(
        *(softmax_loss(logits[:, head], labels[:, n]) for n, head in enumerate(head_columns().values())),
        strict=True,
    )
    assert relative_error(loss, sum(losses)) < 1e-12
    assert relative_error(dlogits, np.concatenate(grads, axis=1)) < 1e-12


def test_it_learns_a_handful_of_pictures_by_heart_in_single_precision(pictures):
    images, labels = pictures
    rng = np.random.default_rng(0)
    start = initial_params(rng)
    params = train(start, images, labels, rng, epochs=40, batch_size=8, learning_rate=3e-3)
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}
    before, after = (accuracies(images, labels, each)[:-1].mean() for each in (start, params))
    assert before < 0.5
    assert after > 0.8
