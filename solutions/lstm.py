"""The long short-term memory.

``i, f, o = sigmoid(...)``, ``g = tanh(...)`` of ``x_t Wx + h_{t-1} Wh + b``, in that order along the
columns; ``c_t = f * c_{t-1} + i * g`` and ``h_t = o * tanh(c_t)``.

Source: S. Hochreiter and J. Schmidhuber, “Long Short-Term Memory”, 1997, with the forget gate of
F. Gers et al., “Learning to Forget”, 2000.
"""

import numpy as np

from solutions.shapes import require_shape, shapes


def _activate(a):
    """Turn pre-activations ``(N, 4H)`` into the gates i, f, o, g, in place.

    ``sigmoid(a) = (1 + tanh(a / 2)) / 2`` never overflows, and one ``tanh`` serves all four gates.
    """
    sigmoids = a[:, : 3 * a.shape[1] // 4]
    sigmoids *= 0.5
    np.tanh(a, out=a)
    sigmoids *= 0.5
    sigmoids += 0.5


def _gate_gradients(dnext_h, dnext_c, gates, prev_c, tanh_c, da):
    """Write the gradient of the pre-activations into ``da`` ``(N, 4H)``; return ``dprev_c`` ``(N, H)``."""
    i, f, o, g = np.split(gates, 4, axis=1)
    di, df, do, dg = np.split(da, 4, axis=1)
    # The cell reaches the loss by two ways: on to the next cell, and out through the hidden state.
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    np.multiply(dc * g, i * (1 - i), out=di)
    np.multiply(dc * prev_c, f * (1 - f), out=df)
    np.multiply(dnext_h * tanh_c, o * (1 - o), out=do)
    np.multiply(dc * i, 1 - g**2, out=dg)
    return dc * f


@shapes(x="N D", prev_h="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_gates(x, prev_h, Wx, Wh, b):
    """Compute the gates of one step.

    ``i, f, o = sigmoid(a)``, ``g = tanh(a)`` of their columns of ``a = x Wx + prev_h Wh + b``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 4H)``, ``(H, 4H)`` and biases ``(4H,)``; columns i, f, o, g.

    Returns:
        gates: ``(N, 4H)``: i, f, o in (0, 1), then g in (-1, 1).
    """
    ### BEGIN SOLUTION
    gates = x @ Wx
    gates += prev_h @ Wh
    gates += b
    _activate(gates)
    ### END SOLUTION
    return gates


@shapes(x="N D", prev_h="N H", prev_c="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Take one step in time: ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    The gates are those of ``lstm_gates``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        prev_c: cell states before the step ``(N, H)``.
        Wx, Wh, b: weights ``(D, 4H)``, ``(H, 4H)`` and biases ``(4H,)``; columns i, f, o, g.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        next_c: cell states after the step ``(N, H)``.
        cache: what ``lstm_step_backward`` needs.
    """
    ### BEGIN SOLUTION
    gates = lstm_gates(x, prev_h, Wx, Wh, b)
    i, f, o, g = np.split(gates, 4, axis=1)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    cache = x, prev_h, prev_c, Wx, Wh, gates, tanh_c
    ### END SOLUTION
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient of the hidden states ``(N, H)``.
        dnext_c: upstream gradient of the cell states ``(N, H)``.
        cache: from ``lstm_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dprev_c ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``,
        db ``(4H,)``.
    """
    x, prev_h, prev_c, Wx, Wh, gates, tanh_c = cache
    require_shape("dnext_h", dnext_h, tanh_c.shape)
    require_shape("dnext_c", dnext_c, tanh_c.shape)
    ### BEGIN SOLUTION
    da = np.empty_like(gates)
    dprev_c = _gate_gradients(dnext_h, dnext_c, gates, prev_c, tanh_c, da)
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dprev_c, dWx, dWh, db


@shapes(x="N T D", h0="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_forward(x, h0, Wx, Wh, b):
    """Run over a whole sequence; the initial cell state is zero.

    ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``, the gates from ``x_t`` and ``h_{t-1}``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``lstm_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``lstm_backward`` needs.
    """
    N, T, D = x.shape
    H = h0.shape[1]
    ### BEGIN SOLUTION
    # Time first: a step is then one block of memory, and the inputs of all steps are one product.
    x = x.transpose(1, 0, 2).reshape(T * N, D)
    gates = (x @ Wx).reshape(T, N, 4 * H)
    gates += b
    h = np.empty((T + 1, N, H), dtype=gates.dtype)
    c = np.empty_like(h)
    tanh_c = np.empty((T, N, H), dtype=gates.dtype)
    h[0] = h0
    c[0] = 0
    for t in range(T):
        gates[t] += h[t] @ Wh
        _activate(gates[t])
        i, f, o, g = np.split(gates[t], 4, axis=1)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    cache = x, h, c, Wx, Wh, gates, tanh_c
    ### END SOLUTION
    return h[1:].transpose(1, 0, 2), cache


def lstm_backward(dh, cache):
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``lstm_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``, db ``(4H,)``.
    """
    x, h, c, Wx, Wh, gates, tanh_c = cache
    T, N, H = tanh_c.shape
    require_shape("dh", dh, (N, T, H))
    ### BEGIN SOLUTION
    da = np.empty_like(gates)
    dprev_h = np.zeros((N, H), dtype=gates.dtype)
    dprev_c = np.zeros((N, H), dtype=gates.dtype)
    for t in reversed(range(T)):
        dprev_h += dh[:, t]
        dprev_c = _gate_gradients(dprev_h, dprev_c, gates[t], c[t], tanh_c[t], da[t])
        dprev_h = da[t] @ Wh.T
    da = da.reshape(T * N, 4 * H)
    dx = (da @ Wx.T).reshape(T, N, -1).transpose(1, 0, 2)
    dWx = x.T @ da
    dWh = h[:-1].reshape(T * N, H).T @ da
    db = da.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dWx, dWh, db
