"""The gated recurrent unit.

``r, z = sigmoid(...)`` of ``x_t Wx + h_{t-1} Wh + b``, ``n = tanh(x_t Wxn + bn + r * (h_{t-1} Whn))``, in
the order r, z, n along the columns; ``h_t = (1 - z) * n + z * h_{t-1}``. The reset gate acts after
the product, as in cuDNN and PyTorch, so one product with ``Wh`` serves all three.

Source: K. Cho et al., “Learning Phrase Representations using RNN Encoder-Decoder”, 2014.
"""

import numpy as np

from solutions.shapes import require_shape, shapes


def _activate(a_x, a_h):
    """Turn ``x Wx + b`` ``(N, 3H)`` into the gates r, z, n, in place, given ``a_h = h Wh`` ``(N, 3H)``.

    ``sigmoid(a) = (1 + tanh(a / 2)) / 2`` never overflows.
    """
    H = a_x.shape[1] // 3
    r_and_z, n = a_x[:, : 2 * H], a_x[:, 2 * H :]
    r_and_z += a_h[:, : 2 * H]
    r_and_z *= 0.5
    np.tanh(r_and_z, out=r_and_z)
    r_and_z *= 0.5
    r_and_z += 0.5
    n += r_and_z[:, :H] * a_h[:, 2 * H :]
    np.tanh(n, out=n)


def _gate_gradients(dnext_h, gates, prev_h, h_to_n, da_x, da_h):
    """Write the gradients of ``x Wx + b`` and of ``h Wh`` into ``da_x`` and ``da_h``, both ``(N, 3H)``.

    Returns the part of ``dprev_h`` that does not pass through ``Wh``, ``(N, H)``.
    """
    r, z, n = np.split(gates, 3, axis=1)
    dr, dz, dn = np.split(da_x, 3, axis=1)
    H = r.shape[1]
    # The update gate divides what arrives: this much is the candidate's, the rest the old state's.
    dcandidate = dnext_h * (1 - z)
    np.multiply(dcandidate, 1 - n**2, out=dn)
    np.multiply(dcandidate * z, prev_h - n, out=dz)
    np.multiply(dn * h_to_n, r * (1 - r), out=dr)
    da_h[:, : 2 * H] = da_x[:, : 2 * H]
    np.multiply(dn, r, out=da_h[:, 2 * H :])
    return dnext_h - dcandidate


@shapes(x="N D", prev_h="N H", Wx="D 3H", Wh="H 3H", b="3H")
def gru_gates(x, prev_h, Wx, Wh, b):
    """Compute the gates of one step.

    ``r, z = sigmoid(a)`` of their columns of ``a = x Wx + prev_h Wh + b``, and of the last columns
    ``n = tanh(x Wxn + bn + r * (prev_h Whn))``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 3H)``, ``(H, 3H)`` and biases ``(3H,)``; columns r, z, n.

    Returns:
        gates: ``(N, 3H)``: r, z in (0, 1), then n in (-1, 1).
    """
    ### BEGIN SOLUTION
    gates = x @ Wx
    gates += b
    _activate(gates, prev_h @ Wh)
    ### END SOLUTION
    return gates


@shapes(x="N D", prev_h="N H", Wx="D 3H", Wh="H 3H", b="3H")
def gru_step_forward(x, prev_h, Wx, Wh, b):
    """Take one step in time: ``h_t = (1 - z) * n + z * h_{t-1}``, with the gates of ``gru_gates``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 3H)``, ``(H, 3H)`` and biases ``(3H,)``; columns r, z, n.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        cache: what ``gru_step_backward`` needs.
    """
    ### BEGIN SOLUTION
    H = prev_h.shape[1]
    gates = gru_gates(x, prev_h, Wx, Wh, b)
    _, z, n = np.split(gates, 3, axis=1)
    next_h = (1 - z) * n + z * prev_h
    cache = x, prev_h, Wx, Wh, gates, prev_h @ Wh[:, 2 * H :]
    ### END SOLUTION
    return next_h, cache


def gru_step_backward(dnext_h, cache):
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient ``(N, H)``.
        cache: from ``gru_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dWx ``(D, 3H)``, dWh ``(H, 3H)``, db ``(3H,)``.
    """
    x, prev_h, Wx, Wh, gates, h_to_n = cache
    require_shape("dnext_h", dnext_h, prev_h.shape)
    ### BEGIN SOLUTION
    da_x, da_h = np.empty_like(gates), np.empty_like(gates)
    dprev_h = _gate_gradients(dnext_h, gates, prev_h, h_to_n, da_x, da_h)
    dprev_h += da_h @ Wh.T
    dx = da_x @ Wx.T
    dWx = x.T @ da_x
    dWh = prev_h.T @ da_h
    db = da_x.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dWx, dWh, db


@shapes(x="N T D", h0="N H", Wx="D 3H", Wh="H 3H", b="3H")
def gru_forward(x, h0, Wx, Wh, b):
    """Run over a whole sequence: ``h_t = (1 - z) * n + z * h_{t-1}``, the gates from ``x_t`` and ``h_{t-1}``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``gru_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``gru_backward`` needs.
    """
    N, T, D = x.shape
    H = h0.shape[1]
    ### BEGIN SOLUTION
    # Time first: a step is then one block of memory, and the inputs of all steps are one product.
    x = x.transpose(1, 0, 2).reshape(T * N, D)
    gates = (x @ Wx).reshape(T, N, 3 * H)
    gates += b
    h = np.empty((T + 1, N, H), dtype=gates.dtype)
    h_to_n = np.empty((T, N, H), dtype=gates.dtype)
    h[0] = h0
    for t in range(T):
        a_h = h[t] @ Wh
        _activate(gates[t], a_h)
        _, z, n = np.split(gates[t], 3, axis=1)
        h_to_n[t] = a_h[:, 2 * H :]
        np.multiply(z, h[t] - n, out=h[t + 1])
        h[t + 1] += n
    cache = x, h, Wx, Wh, gates, h_to_n
    ### END SOLUTION
    return h[1:].transpose(1, 0, 2), cache


def gru_backward(dh, cache):
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``gru_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, 3H)``, dWh ``(H, 3H)``, db ``(3H,)``.
    """
    x, h, Wx, Wh, gates, h_to_n = cache
    T, N, H = h_to_n.shape
    require_shape("dh", dh, (N, T, H))
    ### BEGIN SOLUTION
    da_x, da_h = np.empty_like(gates), np.empty_like(gates)
    dprev_h = np.zeros((N, H), dtype=gates.dtype)
    for t in reversed(range(T)):
        dprev_h += dh[:, t]
        dprev_h = _gate_gradients(dprev_h, gates[t], h[t], h_to_n[t], da_x[t], da_h[t])
        dprev_h += da_h[t] @ Wh.T
    da_x, da_h = da_x.reshape(T * N, 3 * H), da_h.reshape(T * N, 3 * H)
    dx = (da_x @ Wx.T).reshape(T, N, -1).transpose(1, 0, 2)
    dWx = x.T @ da_x
    dWh = h[:-1].reshape(T * N, H).T @ da_h
    db = da_x.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dWx, dWh, db
