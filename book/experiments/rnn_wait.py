"""How many updates a vanilla network needs until it remembers a signal over T steps, and how it then does so.

Each network that has learned is asked whether its state still tells the signal after far more steps, and
what a step back does to its gradient.
"""

import numpy as np

from captioning.layers import (
    adam,
    affine_backward,
    affine_forward,
    clip_gradients,
    rnn_backward,
    rnn_forward,
    softmax_loss,
)

SETTINGS = {"lengths": [5, 10, 15, 20, 30, 50, 80, 120], "seeds": 5, "most": 3000, "long": 1000}
PASSES = 0.8  # what a step back multiplies a gradient by: there is no network near it


def examples(rng, N, T, D=8):
    """Return inputs (N, T, D), a signal in column 0 of the first step, then noise; and the signals (N,)."""
    x, y = rng.standard_normal((N, T, D)), rng.integers(2, size=N)
    x[:, 0] = 0
    x[:, :, 0] = 0
    x[:, 0, 0] = 2 * y - 1
    return x, y


def gradients(params, x, y):
    """Return which are right (N,), the gradients of the parameters, and that of the inputs (N, T, D)."""
    N, H = len(x), len(params["b"])
    h, cache = rnn_forward(x, np.zeros((N, H)), params["Wx"], params["Wh"], params["b"])
    scores, affine_cache = affine_forward(h[:, -1], params["w"], params["b_out"])
    _, dscores = softmax_loss(scores, y)
    dlast, dw, db_out = affine_backward(dscores, affine_cache)
    dh = np.zeros(h.shape)
    dh[:, -1] = dlast
    dx, _, dWx, dWh, db = rnn_backward(dh, cache)
    return scores.argmax(axis=1) == y, {"Wx": dWx, "Wh": dWh, "b": db, "w": dw, "b_out": db_out}, dx


def learned(T, seed, most, H=16, D=8):
    """Return after how many updates the last 50 minibatches are 95 % right, ``inf`` if not by ``most``.

    With it, the parameters.
    """
    rng = np.random.default_rng([seed, T])
    params = {
        "Wx": rng.standard_normal((D, H)) / np.sqrt(D),
        "Wh": rng.standard_normal((H, H)) / np.sqrt(H),
        "b": np.zeros(H),
    }
    params |= {"w": rng.standard_normal((H, 2)) / np.sqrt(H), "b_out": np.zeros(2)}
    memory = {name: {"learning_rate": 0.01} for name in params}
    right = []
    while len(right) < most:
        is_right, grads, _ = gradients(params, *examples(rng, 32, T))
        clipped, _ = clip_gradients(grads, max_norm=1.0)
        for name, grad in clipped.items():
            params[name], memory[name] = adam(params[name], grad, memory[name])
        right.append(is_right.mean())
        if len(right) >= 50 and np.mean(right[-50:]) >= 0.95:
            return len(right), params
    return np.inf, params


def states(params, x):
    """Return the last hidden states (N, H), and a column of ones."""
    h, _ = rnn_forward(x, np.zeros((len(x), len(params["b"]))), params["Wx"], params["Wh"], params["b"])
    return np.hstack([h[:, -1], np.ones((len(x), 1))])


def memory_of(params, T, long, N=400):
    """Return the factor of a gradient for a step back, and the share of signals known after a long time.

    Known is what the state tells, by an affine layer that is fitted to it then: the network's own may be of
    another moment, if the state moves on.
    """
    rng = np.random.default_rng(9)
    _, _, dx = gradients(params, *examples(rng, N, T))
    norms = np.linalg.norm(dx, axis=2)
    x, y = examples(rng, 2 * N, long)
    h, signs = states(params, x), 2.0 * y - 1
    fitted = np.linalg.lstsq(h[:N], signs[:N], rcond=None)[0]
    known = np.mean(np.sign(h[N:] @ fitted) == signs[N:])
    return np.median(norms[:, 0] / norms[:, -1]) ** (1 / (T - 1)), known


def experiment(lengths, seeds, most, long):
    updates, memories = np.zeros((len(lengths), seeds)), []
    for row, T in enumerate(lengths):
        for seed in range(seeds):
            updates[row, seed], params = learned(T, seed, most)
            if np.isfinite(updates[row, seed]):
                memories.append(memory_of(params, T, long))
        after = np.sort(updates[row][np.isfinite(updates[row])]).astype(int)
        late = f", {seeds - len(after)} of {seeds} not within {most}" if len(after) < seeds else ""
        print(f"T = {T:3}: learned after {', '.join(map(str, after))} updates{late}")
    factor, known = np.array(memories).T
    for those in (factor < PASSES, factor >= PASSES):
        print(f"{those.sum()} of {len(factor)} networks: a step back multiplies by", end=" ")
        print(f"{factor[those].min():.2f} to {factor[those].max():.2f}, after {long} steps", end=" ")
        print(f"{known[those].min():.0%} to {known[those].max():.0%} are known")
    return {
        "lengths": lengths,
        "updates": np.where(np.isfinite(updates), updates, 0),  # 0: not learned
        "factor": factor.round(4),
        "known": known.round(4),
    }
