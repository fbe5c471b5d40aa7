"""How many updates a vanilla network needs until it remembers a signal over T steps, against T."""

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

SETTINGS = {"lengths": [5, 10, 15, 20, 30, 50, 80, 120], "seeds": 5, "most": 3000}


def examples(rng, N, T, D=8):
    """Return inputs (N, T, D), a signal in column 0 of the first step, then noise; and the signals (N,)."""
    x, y = rng.standard_normal((N, T, D)), rng.integers(2, size=N)
    x[:, 0] = 0
    x[:, :, 0] = 0
    x[:, 0, 0] = 2 * y - 1
    return x, y


def updates_needed(T, seed, most, H=16, D=8):
    """Return after how many updates the last 50 minibatches are 95 % right; ``inf`` if not by ``most``."""
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
        x, y = examples(rng, 32, T)
        h, cache = rnn_forward(x, np.zeros((32, H)), params["Wx"], params["Wh"], params["b"])
        scores, affine_cache = affine_forward(h[:, -1], params["w"], params["b_out"])
        _, dscores = softmax_loss(scores, y)
        dlast, dw, db_out = affine_backward(dscores, affine_cache)
        dh = np.zeros(h.shape)
        dh[:, -1] = dlast
        _, _, dWx, dWh, db = rnn_backward(dh, cache)
        grads, _ = clip_gradients({"Wx": dWx, "Wh": dWh, "b": db, "w": dw, "b_out": db_out}, max_norm=1.0)
        for name, grad in grads.items():
            params[name], memory[name] = adam(params[name], grad, memory[name])
        right.append((scores.argmax(axis=1) == y).mean())
        if len(right) >= 50 and np.mean(right[-50:]) >= 0.95:
            return len(right)
    return np.inf


def experiment(lengths, seeds, most):
    updates = np.array([[updates_needed(T, seed, most) for seed in range(seeds)] for T in lengths])
    for T, row in zip(lengths, updates, strict=True):
        learned = np.sort(row[np.isfinite(row)]).astype(int)
        late = f", {seeds - len(learned)} of {seeds} not within {most}" if len(learned) < seeds else ""
        print(f"T = {T:3}: learned after {', '.join(map(str, learned))} updates{late}")
    return {"lengths": lengths, "updates": np.where(np.isfinite(updates), updates, 0)}  # 0: not learned
