"""How often a linear classifier names the kind of a scene's first thing, against steps and pictures."""

import numpy as np

from captioning.layers import affine_backward, affine_forward, softmax_loss
from captioning.scenes.drawing import draw
from captioning.scenes.scene import sample_scene

SETTINGS = {
    "pictures": [600, 2400],
    "steps": [100, 200, 400, 700, 1000],
    "seeds": 3,
    "new": 600,
    "learning_rate": 0.04,
}


def world():
    rng = np.random.default_rng(0)
    return np.stack([draw(sample_scene(rng), 8) for _ in range(4)])


def scenes(rng, count):
    """Return pictures (count, 3072) and the index of each first thing's kind, (count,)."""
    sampled = [sample_scene(rng) for _ in range(count)]
    pictures = np.stack([draw(scene, 32) for scene in sampled]).astype(np.float32).reshape(count, -1) / 255
    return pictures, np.unique([scene.things[0].kind for scene in sampled], return_inverse=True)[1]


def shares_right(x, y, x_new, y_new, steps, learning_rate):
    """Train by gradient descent; return the shares right, of known and of new scenes, after ``steps``."""
    mean, classes = x.mean(axis=0), y.max() + 1
    x, x_new = x - mean, x_new - mean
    w, b = np.zeros((x.shape[1], classes), dtype=np.float32), np.zeros(classes, dtype=np.float32)
    shares = []
    for step in range(1, steps[-1] + 1):
        scores, cache = affine_forward(x, w, b)
        _, dscores = softmax_loss(scores, y)
        _, dw, db = affine_backward(dscores, cache)
        w, b = w - learning_rate * dw, b - learning_rate * db
        if step in steps:
            shares.append(
                [
                    (affine_forward(at, w, b)[0].argmax(axis=1) == of).mean()
                    for at, of in ((x, y), (x_new, y_new))
                ]
            )
    return shares


def experiment(pictures, steps, seeds, new, learning_rate):
    shares = np.zeros((len(pictures), seeds, len(steps), 2))
    for seed in range(seeds):
        x, y = scenes(np.random.default_rng(seed), max(pictures) + new)
        for row, count in enumerate(pictures):
            shares[row, seed] = shares_right(x[:count], y[:count], x[-new:], y[-new:], steps, learning_rate)
    for count, mean in zip(pictures, shares.mean(axis=1), strict=True):
        told = ", ".join(f"{share:.0%} after {step}" for step, share in zip(steps, mean[:, 1], strict=True))
        print(f"{count} pictures: right on {told} steps; on known scenes {mean[-1, 0]:.0%}")
    return {"pictures": pictures, "steps": steps, "shares": shares.round(4)}
