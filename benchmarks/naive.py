"""The recurrent networks as courses hand them out: step by step, in float64.

Every step is a function of its own, with two matrix products, fresh arrays and its own weight
gradients, which the loop adds up. Correct, easily read, and the yardstick for what the layers in
``solutions`` gain. The signatures are those of ``solutions``.
"""

import numpy as np


def sigmoid(a):
    """Compute ``1 / (1 + exp(-a))`` without overflow, a formula for either sign, as courses hand it out."""
    positive = a >= 0
    exps = np.empty_like(a)
    exps[positive] = np.exp(-a[positive])
    exps[~positive] = np.exp(a[~positive])
    tops = np.ones_like(a)
    tops[~positive] = exps[~positive]
    return tops / (1 + exps)


def _rnn_step_forward(x, state, Wx, Wh, b):
    (prev_h,) = state
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return (next_h,), (x, prev_h, Wx, Wh, next_h)


def _rnn_step_backward(dstate, cache):
    (dnext_h,) = dstate
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, (da @ Wh.T,), x.T @ da, prev_h.T @ da, da.sum(axis=0)


def _lstm_step_forward(x, state, Wx, Wh, b):
    prev_h, prev_c = state
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return (next_h, next_c), (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def _lstm_step_backward(dstate, cache):
    dnext_h, dnext_c = dstate
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    da = np.hstack(
        [
            dc * g * i * (1 - i),
            dc * prev_c * f * (1 - f),
            dnext_h * tanh_c * o * (1 - o),
            dc * i * (1 - g**2),
        ]
    )
    return da @ Wx.T, (da @ Wh.T, dc * f), x.T @ da, prev_h.T @ da, da.sum(axis=0)


def _gru_step_forward(x, state, Wx, Wh, b):
    (prev_h,) = state
    H = prev_h.shape[1]
    a_x, a_h = x @ Wx + b, prev_h @ Wh
    r = sigmoid(a_x[:, :H] + a_h[:, :H])
    z = sigmoid(a_x[:, H : 2 * H] + a_h[:, H : 2 * H])
    h_to_n = a_h[:, 2 * H :]
    n = np.tanh(a_x[:, 2 * H :] + r * h_to_n)
    return ((1 - z) * n + z * prev_h,), (x, prev_h, Wx, Wh, r, z, n, h_to_n)


def _gru_step_backward(dstate, cache):
    (dnext_h,) = dstate
    x, prev_h, Wx, Wh, r, z, n, h_to_n = cache
    dn = dnext_h * (1 - z) * (1 - n**2)
    dz = dnext_h * (prev_h - n) * z * (1 - z)
    dr = dn * h_to_n * r * (1 - r)
    da_x, da_h = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
    return da_x @ Wx.T, (dnext_h * z + da_h @ Wh.T,), x.T @ da_x, prev_h.T @ da_h, da_x.sum(axis=0)


def _sequence(n_states, step_forward, step_backward):
    """Make the pair of functions over a whole sequence from the pair over one step."""

    def forward(x, h0, Wx, Wh, b):
        N, T, _ = x.shape
        h = np.zeros((N, T, h0.shape[1]))
        state = (h0, *(np.zeros_like(h0) for _ in range(n_states - 1)))
        caches = []
        for t in range(T):
            state, cache = step_forward(x[:, t], state, Wx, Wh, b)
            h[:, t] = state[0]
            caches.append(cache)
        return h, caches

    def backward(dh, caches):
        N, T, H = dh.shape
        x, _, *_ = caches[0]
        dx = np.zeros((N, T, x.shape[1]))
        dstate = tuple(np.zeros((N, H)) for _ in range(n_states))
        dWx = dWh = db = 0
        for t in reversed(range(T)):
            dnext_h, *others = dstate
            dx[:, t], dstate, dWx_t, dWh_t, db_t = step_backward((dnext_h + dh[:, t], *others), caches[t])
            dWx = dWx + dWx_t
            dWh = dWh + dWh_t
            db = db + db_t
        return dx, dstate[0], dWx, dWh, db

    return forward, backward


NAIVE = {
    "rnn": _sequence(1, _rnn_step_forward, _rnn_step_backward),
    "lstm": _sequence(2, _lstm_step_forward, _lstm_step_backward),
    "gru": _sequence(1, _gru_step_forward, _gru_step_backward),
}
