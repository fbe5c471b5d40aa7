"""The vanilla recurrent network: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``.

Source: J. Elman, “Finding Structure in Time”, 1990.
"""

import numpy as np

from solutions.shapes import require_shape, shapes


@shapes(x="N D", prev_h="N H", Wx="D H", Wh="H H", b="H")
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Take one step in time: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``.

    Args:
        x: inputs ``(N, D)``.
        prev_h: hidden states before the step ``(N, H)``.
        Wx: weights from input to hidden state ``(D, H)``.
        Wh: weights from hidden state to hidden state ``(H, H)``.
        b: biases ``(H,)``.

    Returns:
        next_h: hidden states after the step ``(N, H)``.
        cache: what ``rnn_step_backward`` needs.
    """
    ### BEGIN SOLUTION
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    cache = x, prev_h, Wx, Wh, next_h
    ### END SOLUTION
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    """Return the gradients of one step.

    Args:
        dnext_h: upstream gradient ``(N, H)``.
        cache: from ``rnn_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h ``(N, H)``, dWx ``(D, H)``, dWh ``(H, H)``, db ``(H,)``.
    """
    x, prev_h, Wx, Wh, next_h = cache
    require_shape("dnext_h", dnext_h, next_h.shape)
    ### BEGIN SOLUTION
    da = dnext_h * (1 - next_h**2)
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dWx, dWh, db


@shapes(x="N T D", h0="N H", Wx="D H", Wh="H H", b="H")
def rnn_forward(x, h0, Wx, Wh, b):
    """Run over a whole sequence: ``h_t = tanh(x_t Wx + h_{t-1} Wh + b)``, beginning with ``h0``.

    Args:
        x: inputs ``(N, T, D)``.
        h0: initial hidden states ``(N, H)``.
        Wx, Wh, b: as in ``rnn_step_forward``; the same at every step.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``rnn_backward`` needs.
    """
    N, T, D = x.shape
    H = h0.shape[1]
    ### BEGIN SOLUTION
    # Time first: a step is then one block of memory, and the inputs of all steps are one product.
    x = x.transpose(1, 0, 2).reshape(T * N, D)
    a = (x @ Wx).reshape(T, N, H)
    a += b
    h = np.empty((T + 1, N, H), dtype=a.dtype)
    h[0] = h0
    for t in range(T):
        a[t] += h[t] @ Wh
        np.tanh(a[t], out=h[t + 1])
    cache = x, h, Wx, Wh
    ### END SOLUTION
    return h[1:].transpose(1, 0, 2), cache


def rnn_backward(dh, cache):
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``rnn_forward``.

    Returns:
        dx ``(N, T, D)``, dh0 ``(N, H)``, dWx ``(D, H)``, dWh ``(H, H)``, db ``(H,)``.
    """
    x, h, Wx, Wh = cache
    T, N, H = h[1:].shape
    require_shape("dh", dh, (N, T, H))
    ### BEGIN SOLUTION
    da = 1 - h[1:] ** 2
    dprev_h = np.zeros((N, H), dtype=da.dtype)
    for t in reversed(range(T)):
        dprev_h += dh[:, t]
        da[t] *= dprev_h
        dprev_h = da[t] @ Wh.T
    da = da.reshape(T * N, H)
    dx = (da @ Wx.T).reshape(T, N, -1).transpose(1, 0, 2)
    dWx = x.T @ da
    dWh = h[:-1].reshape(T * N, H).T @ da
    db = da.sum(axis=0)
    ### END SOLUTION
    return dx, dprev_h, dWx, dWh, db
