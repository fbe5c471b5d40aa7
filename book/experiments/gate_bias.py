"""How many updates each cell needs until it remembers a signal for thirty steps, over several seeds."""

import numpy as np

from captioning.layers import (
    adam,
    affine_backward,
    affine_forward,
    clip_gradients,
    gru_backward,
    gru_forward,
    lstm_backward,
    lstm_forward,
    rnn_backward,
    rnn_forward,
    softmax_loss,
)

SETTINGS = {"steps": 30, "seeds": 6, "early": 120, "most": 2000}
# Forward, backward, blocks of columns, and the bias of the second block: of f in an LSTM, of z in a GRU.
CELLS = {
    "vanilla": (rnn_forward, rnn_backward, 1, 0.0),
    "LSTM, 0": (lstm_forward, lstm_backward, 4, 0.0),
    "LSTM, 2": (lstm_forward, lstm_backward, 4, 2.0),
    "GRU, 0": (gru_forward, gru_backward, 3, 0.0),
    "GRU, 2": (gru_forward, gru_backward, 3, 2.0),
}


def shares_right(forward, backward, blocks, bias, T, seed, early, most, N=32, D=8, H=16):
    """Return the share of right answers at each update, until it has been 95 % over 50 of them."""
    rng = np.random.default_rng(seed)
    b = np.zeros(blocks * H)
    b[H : 2 * H] = bias
    params = {
        "Wx": rng.standard_normal((D, blocks * H)) / np.sqrt(D),
        "Wh": rng.standard_normal((H, blocks * H)) / np.sqrt(H),
        "b": b,
        "w": rng.standard_normal((H, 2)) / np.sqrt(H),
        "b_out": np.zeros(2),
    }
    memory = {name: {"learning_rate": 0.01} for name in params}
    right = []
    while len(right) < early or (len(right) < most and np.mean(right[-50:]) < 0.95):
        x, y = rng.standard_normal((N, T, D)), rng.integers(2, size=N)
        x[:, 0] = 0
        x[:, :, 0] = 0
        x[:, 0, 0] = 2 * y - 1
        h, cache = forward(x, np.zeros((N, H)), params["Wx"], params["Wh"], params["b"])
        scores, affine_cache = affine_forward(h[:, -1], params["w"], params["b_out"])
        _, dscores = softmax_loss(scores, y)
        dlast, dw, db_out = affine_backward(dscores, affine_cache)
        dh = np.zeros(h.shape)
        dh[:, -1] = dlast
        _, _, dWx, dWh, db = backward(dh, cache)
        grads, _ = clip_gradients({"Wx": dWx, "Wh": dWh, "b": db, "w": dw, "b_out": db_out}, max_norm=1.0)
        for name, grad in grads.items():
            params[name], memory[name] = adam(params[name], grad, memory[name])
        right.append((scores.argmax(axis=1) == y).mean())
    return np.array(right)


def experiment(steps, seeds, early, most):
    print(f"{seeds} seeds: share right in updates {early - 29} to {early}; updates until 95% are right")
    early_shares, updates = np.zeros((len(CELLS), seeds)), np.zeros((len(CELLS), seeds), dtype=int)
    for row, (name, cell) in enumerate(CELLS.items()):
        for seed in range(seeds):
            right = shares_right(*cell, steps, seed, early, most)
            early_shares[row, seed] = right[early - 30 : early].mean()
            means = np.convolve(right, np.ones(50) / 50, mode="valid")
            updates[row, seed] = 50 + np.argmax(means >= 0.95) if means.max() >= 0.95 else 0  # 0: not learned
        learned = np.sort(updates[row][updates[row] > 0])
        late = f"; {seeds - len(learned)} of {seeds} not within {most}" if len(learned) < seeds else ""
        found = ", ".join(f"{share:.2f}" for share in np.sort(early_shares[row]))
        print(f"{name:8} {found}; learned after {', '.join(map(str, learned)) or '-'}{late}")
    return {"early_shares": early_shares, "updates": updates}
