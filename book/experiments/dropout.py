"""What dropout does to a small network that overfits 600 scenes: losses and shares right, known and new."""

import numpy as np

from captioning.layers import (
    adam,
    affine_backward,
    affine_forward,
    dropout_backward,
    dropout_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from captioning.scenes.drawing import draw
from captioning.scenes.scene import sample_scene

SETTINGS = {"keep": [1.0, 0.5, 0.25], "seeds": 3, "steps": 1000, "every": 50, "pictures": 600, "new": 600}


def world():
    rng = np.random.default_rng(0)
    return np.stack([draw(sample_scene(rng), 8) for _ in range(4)])


def scenes(rng, count):
    """Return pictures (count, 768) and the index of each first thing's kind, (count,)."""
    sampled = [sample_scene(rng) for _ in range(count)]
    pictures = np.stack([draw(scene, 16) for scene in sampled]).astype(np.float32).reshape(count, -1) / 255
    return pictures, np.unique([scene.things[0].kind for scene in sampled], return_inverse=True)[1]


def initial(rng, D, H, classes):
    """Return the parameters of two affine layers."""
    params = {"w1": np.sqrt(2 / D) * rng.standard_normal((D, H)), "b1": np.zeros(H)}
    params |= {"w2": np.sqrt(1 / H) * rng.standard_normal((H, classes)), "b2": np.zeros(classes)}
    return {name: values.astype(np.float32) for name, values in params.items()}


def forward(x, params, dropout):
    a, cache_1 = affine_forward(x, params["w1"], params["b1"])
    h, cache_relu = relu_forward(a)
    h, cache_drop = dropout_forward(h, dropout)
    scores, cache_2 = affine_forward(h, params["w2"], params["b2"])
    return scores, (cache_1, cache_relu, cache_drop, cache_2)


def backward(dscores, caches):
    cache_1, cache_relu, cache_drop, cache_2 = caches
    dh, dw2, db2 = affine_backward(dscores, cache_2)
    da = relu_backward(dropout_backward(dh, cache_drop), cache_relu)
    _, dw1, db1 = affine_backward(da, cache_1)
    return {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}


def watch(x, y, params):
    scores, _ = forward(x, params, {"mode": "test", "p": 1.0})
    return softmax_loss(scores, y)[0], (scores.argmax(axis=1) == y).mean()


def experiment(keep, seeds, steps, every, pictures, new):
    found = np.zeros((len(keep), seeds, steps // every, 2, 2))  # known and new; loss and share right
    for seed in range(seeds):
        x, y = scenes(np.random.default_rng(seed), pictures + new)
        x -= x[:pictures].mean(axis=0)
        for row, p in enumerate(keep):
            rng = np.random.default_rng(seed)
            params = initial(rng, x.shape[1], 128, y.max() + 1)
            memory = {name: {"learning_rate": 1e-3} for name in params}
            for step in range(1, steps + 1):
                chosen = rng.integers(pictures, size=64)
                scores, caches = forward(x[chosen], params, {"mode": "train", "p": p, "rng": rng})
                _, dscores = softmax_loss(scores, y[chosen])
                for name, grad in backward(dscores, caches).items():
                    params[name], memory[name] = adam(params[name], grad, memory[name])
                if step % every == 0:
                    halves = (x[:pictures], y[:pictures]), (x[pictures:], y[pictures:])
                    found[row, seed, step // every - 1] = [watch(*half, params) for half in halves]
    for p, mean in zip(keep, found.mean(axis=1), strict=True):
        (_, known), (loss, share) = mean[-1]
        lowest = mean[:, 1, 0].min()
        print(f"p = {p}: right on {known:.0%} of known and {share:.1%} of new scenes;", end=" ")
        print(f"loss on new ones {loss:.2f}, at its lowest {lowest:.2f}")
    return {"keep": keep, "every": every, "found": found.round(3)}
