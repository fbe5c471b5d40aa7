"""How often a small convolutional network names the kind of a scene's first thing, while it learns."""

import time
from itertools import pairwise

import numpy as np

from captioning.layers import (
    adam,
    affine_backward,
    affine_forward,
    conv_backward,
    conv_forward,
    max_pool_backward,
    max_pool_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from captioning.scenes.drawing import draw
from captioning.scenes.scene import sample_scene

SETTINGS = {
    "pictures": 2400,
    "new": 600,
    "steps": 500,
    "every": 50,
    "seeds": 3,
    "channels": [3, 16, 32, 64],
    "learning_rate": 0.002,
}
CONV, POOL = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def world():
    rng = np.random.default_rng(0)
    return np.stack([draw(sample_scene(rng), 8) for _ in range(4)])


def scenes(rng, count):
    """Return pictures (count, 3, 32, 32) and the index of each first thing's kind, (count,)."""
    sampled = [sample_scene(rng) for _ in range(count)]
    pictures = np.stack([draw(scene, 32) for scene in sampled]).astype(np.float32).transpose(0, 3, 1, 2) / 255
    return pictures, np.unique([scene.things[0].kind for scene in sampled], return_inverse=True)[1]


def initial(rng, channels, classes, side=32):
    """Return parameters of He's scale for the convolutions between these channels, and an affine layer."""
    params = {}
    for number, (C, F) in enumerate(pairwise(channels)):
        params[f"w{number}"] = np.sqrt(2 / (9 * C)) * rng.standard_normal((F, C, 3, 3))
        params[f"b{number}"] = np.zeros(F)
    D = channels[-1] * (side >> len(channels) - 1) ** 2
    params |= {"w": np.sqrt(1 / D) * rng.standard_normal((D, classes)), "b": np.zeros(classes)}
    return {name: values.astype(np.float32) for name, values in params.items()}


def forward(x, params):
    caches = []
    for number in range(len(params) // 2 - 1):
        x, conv = conv_forward(x, params[f"w{number}"], params[f"b{number}"], CONV)
        x, relu = relu_forward(x)
        x, pool = max_pool_forward(x, POOL)
        caches.append((conv, relu, pool))
    scores, cache = affine_forward(x, params["w"], params["b"])
    return scores, (caches, cache)


def backward(dscores, cache):
    caches, last = cache
    grads = {}
    dx, grads["w"], grads["b"] = affine_backward(dscores, last)
    for number in reversed(range(len(caches))):
        conv, relu, pool = caches[number]
        dx = relu_backward(max_pool_backward(dx, pool), relu)
        dx, grads[f"w{number}"], grads[f"b{number}"] = conv_backward(dx, conv)
    return grads


def share_right(x, y, params):
    right = [
        (forward(x[k : k + 100], params)[0].argmax(axis=1) == y[k : k + 100]).mean()
        for k in range(0, len(x), 100)
    ]
    return np.mean(right)


def learn(seed, exchanged, pictures, new, steps, every, channels, learning_rate):
    """Train one network; return the loss of each step, the shares right on known and new scenes, and seconds.

    ``exchanged``: with the pixels of all pictures in another order, the same for all of them.
    """
    rng = np.random.default_rng(seed)
    x, y = scenes(rng, pictures + new)
    x -= x[:pictures].mean(axis=0)
    if exchanged:
        order = np.random.default_rng(0).permutation(32 * 32)
        x = x.reshape(len(x), 3, -1)[:, :, order].reshape(x.shape)
    params = initial(rng, channels, y.max() + 1)
    memory = {name: {"learning_rate": learning_rate} for name in params}
    losses, shares, seconds = np.zeros(steps), np.zeros((steps // every, 2)), 0.0
    for step in range(steps):
        began = time.process_time()
        chosen = rng.integers(pictures, size=64)
        scores, cache = forward(x[chosen], params)
        losses[step], dscores = softmax_loss(scores, y[chosen])
        for name, grad in backward(dscores, cache).items():
            params[name], memory[name] = adam(params[name], grad, memory[name])
        seconds += time.process_time() - began
        if (step + 1) % every == 0:
            known = share_right(x[:new], y[:new], params)
            shares[step // every] = known, share_right(x[pictures:], y[pictures:], params)
    return losses, shares, seconds


def experiment(seeds, every, **settings):
    kept = {"every": every}
    for exchanged in (False, True):
        runs = [learn(seed, exchanged, every=every, **settings) for seed in range(seeds)]
        losses, shares, seconds = (np.array(found) for found in zip(*runs, strict=True))
        known_mean, new_mean = shares[:, -1].mean(axis=0)
        each = ", ".join(f"{share:.0%}" for share in shares[:, -1, 1])
        print("pixels exchanged:" if exchanged else "pixels in their places:")
        print(f"right on {each} of new scenes, {new_mean:.0%} in all; {known_mean:.0%} of known")
        print(f"{seconds.mean():.0f} seconds of one processor for each seed")
        if exchanged:
            kept["exchanged"] = shares.round(4)
        else:
            kept |= {"losses": losses.round(3), "shares": shares.round(4)}
    return kept
