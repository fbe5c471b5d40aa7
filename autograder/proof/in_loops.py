"""Right answers as slow as honest work can be: a loop for every axis, one number at a time.

What costs as much as this must pass (``autograder.grading.cost``). The text of this module is a cell of a
notebook: it uses nothing but NumPy and what earlier chapters give.
"""

# mypy: ignore-errors

import math

import numpy as np

from captioning import layers


def _product(a, b):
    out = np.zeros((a.shape[0], b.shape[1]), dtype=a.dtype)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[k, j]
    return out


def _column_sums(a):
    out = np.zeros(a.shape[1], dtype=a.dtype)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] += a[i, j]
    return out


def _each(function, *arrays):
    """Compute a function of numbers for each entry of arrays."""
    out = np.zeros_like(arrays[0])
    for index in np.ndindex(out.shape):
        out[index] = function(*(array[index] for array in arrays))
    return out


def _sigmoid(a):
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


def affine_forward(x, w, b):
    rows = x.reshape(len(x), -1)
    out = _product(rows, w)
    for n in range(out.shape[0]):
        for m in range(out.shape[1]):
            out[n, m] += b[m]
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = _product(dout, w.T).reshape(x.shape)
    return dx, _product(x.reshape(len(x), -1).T, dout), _column_sums(dout)


def relu_forward(x):
    return _each(lambda value: value if value > 0 else 0.0, x), x


def relu_backward(dout, cache):
    return _each(lambda upstream, value: upstream if value > 0 else 0.0, dout, cache)


def softmax_loss(x, y):
    N, V = x.shape
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(N):
        largest = max(x[n, v] for v in range(V))
        exps = [math.exp(x[n, v] - largest) for v in range(V)]
        total = sum(exps)
        loss -= (x[n, y[n]] - largest - math.log(total)) / N
        for v in range(V):
            dx[n, v] = (exps[v] / total - (v == y[n])) / N
    return x.dtype.type(loss), dx


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x.copy(), (dropout_param, None)
    mask = dropout_param["rng"].random(x.shape) < dropout_param["p"]
    out = _each(lambda value, kept: value / dropout_param["p"] if kept else 0.0, x, mask)
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if mask is None:
        return dout.copy()
    return _each(lambda upstream, kept: upstream / dropout_param["p"] if kept else 0.0, dout, mask)


def conv_forward_naive(x, w, b, conv_param):
    (N, C, H, W), (F, _, P, Q) = x.shape, w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    out = np.zeros((N, F, 1 + (H + 2 * pad - P) // stride, 1 + (W + 2 * pad - Q) // stride), dtype=x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        out[n, f, i, j] = b[f]
        for c in range(C):
            for p in range(P):
                for q in range(Q):
                    row, column = i * stride + p - pad, j * stride + q - pad
                    if 0 <= row < H and 0 <= column < W:
                        out[n, f, i, j] += x[n, c, row, column] * w[f, c, p, q]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    (_, C, H, W), (_, _, P, Q) = x.shape, w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(dout.shape):
        db[f] += dout[n, f, i, j]
        for c in range(C):
            for p in range(P):
                for q in range(Q):
                    row, column = i * stride + p - pad, j * stride + q - pad
                    if 0 <= row < H and 0 <= column < W:
                        dw[f, c, p, q] += dout[n, f, i, j] * x[n, c, row, column]
                        dx[n, c, row, column] += dout[n, f, i, j] * w[f, c, p, q]
    return dx, dw, db


conv_forward, conv_backward = conv_forward_naive, conv_backward_naive


def max_pool_forward(x, pool_param):
    N, C, H, W = x.shape
    P, Q, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    out = np.zeros((N, C, 1 + (H - P) // stride, 1 + (W - Q) // stride), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = max(x[n, c, i * stride + p, j * stride + q] for p in range(P) for q in range(Q))
    return out, (x, out, pool_param)


def max_pool_backward(dout, cache):
    x, out, pool_param = cache
    P, Q, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        first = next(
            (i * stride + p, j * stride + q)
            for p in range(P)
            for q in range(Q)
            if x[n, c, i * stride + p, j * stride + q] == out[n, c, i, j]
        )
        dx[n, c, *first] += dout[n, c, i, j]
    return dx


def word_embedding_forward(x, W):
    (N, T), D = x.shape, W.shape[1]
    out = np.zeros((N, T, D), dtype=W.dtype)
    for n, t, d in np.ndindex(out.shape):
        out[n, t, d] = W[x[n, t], d]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for n, t, d in np.ndindex(dout.shape):
        dW[x[n, t], d] += dout[n, t, d]
    return dW


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = _each(math.tanh, _product(x, Wx) + _product(prev_h, Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = _each(lambda upstream, h: upstream * (1 - h * h), dnext_h, next_h)
    dx, dprev_h = _product(da, Wx.T), _product(da, Wh.T)
    return dx, dprev_h, _product(x.T, da), _product(prev_h.T, da), _column_sums(da)


def rnn_forward(x, h0, Wx, Wh, b):
    return _forward(rnn_step_forward, x, (h0,), Wx, Wh, b)


def rnn_backward(dh, cache):
    return _backward(rnn_step_backward, dh, cache, n_states=1)


def _forward(step, x, states, *weights):
    h, caches = [], []
    for t in range(x.shape[1]):
        *states, cache = step(x[:, t], *states, *weights)
        h.append(states[0])
        caches.append(cache)
    return np.stack(h, axis=1), caches


def _backward(step, dh, caches, n_states):
    dx, dweights = [], None
    dstates = [np.zeros_like(dh[:, 0]) for _ in range(n_states)]
    for t in reversed(range(len(caches))):
        dx_t, *rest = step(dh[:, t] + dstates[0], *dstates[1:], caches[t])
        dx.append(dx_t)
        dstates, of_step = rest[:n_states], rest[n_states:]
        dweights = (
            of_step
            if dweights is None
            else [one + other for one, other in zip(dweights, of_step, strict=True)]
        )
    return np.stack(dx[::-1], axis=1), dstates[0], *dweights


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = _product(x, Wx) + _product(prev_h, Wh) + b
    i, f, o = (_each(_sigmoid, a[:, k * H : (k + 1) * H]) for k in range(3))
    g = _each(math.tanh, a[:, 3 * H :])
    next_c = _each(lambda f, c, i, g: f * c + i * g, f, prev_c, i, g)
    next_h = _each(lambda o, c: o * math.tanh(c), o, next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dc = _each(lambda dc, dh, o, c: dc + dh * o * (1 - math.tanh(c) ** 2), dnext_c, dnext_h, o, next_c)
    di = _each(lambda dc, g, i: dc * g * i * (1 - i), dc, g, i)
    df = _each(lambda dc, c, f: dc * c * f * (1 - f), dc, prev_c, f)
    do = _each(lambda dh, c, o: dh * math.tanh(c) * o * (1 - o), dnext_h, next_c, o)
    dg = _each(lambda dc, i, g: dc * i * (1 - g * g), dc, i, g)
    da = np.concatenate([di, df, do, dg], axis=1)
    dprev_c = _each(lambda dc, f: dc * f, dc, f)
    dx, dprev_h = _product(da, Wx.T), _product(da, Wh.T)
    return dx, dprev_h, dprev_c, _product(x.T, da), _product(prev_h.T, da), _column_sums(da)


def lstm_forward(x, h0, Wx, Wh, b):
    return _forward(lstm_step_forward, x, (h0, np.zeros_like(h0)), Wx, Wh, b)


def lstm_backward(dh, cache):
    dx, dh0, *dweights = _backward(lstm_step_backward, dh, cache, n_states=2)
    return dx, dh0, *dweights


def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    xs, hs = _product(x, Wx) + b, _product(prev_h, Wh)
    r, z = (_each(_sigmoid, (xs + hs)[:, k * H : (k + 1) * H]) for k in range(2))
    n = _each(lambda x, r, h: math.tanh(x + r * h), xs[:, 2 * H :], r, hs[:, 2 * H :])
    next_h = _each(lambda z, n, h: (1 - z) * n + z * h, z, n, prev_h)
    return next_h, (x, prev_h, Wx, Wh, r, z, n, hs[:, 2 * H :])


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, r, z, n, hn = cache
    dan = _each(lambda dh, z, n: dh * (1 - z) * (1 - n * n), dnext_h, z, n)
    daz = _each(lambda dh, h, n, z: dh * (h - n) * z * (1 - z), dnext_h, prev_h, n, z)
    dar = _each(lambda dan, hn, r: dan * hn * r * (1 - r), dan, hn, r)
    da_x = np.concatenate([dar, daz, dan], axis=1)
    da_h = np.concatenate([dar, daz, _each(lambda dan, r: dan * r, dan, r)], axis=1)
    dprev_h = _product(da_h, Wh.T)
    for index in np.ndindex(dprev_h.shape):
        dprev_h[index] += dnext_h[index] * z[index]
    dx = _product(da_x, Wx.T)
    return dx, dprev_h, _product(x.T, da_x), _product(prev_h.T, da_h), _column_sums(da_x)


def gru_forward(x, h0, Wx, Wh, b):
    return _forward(gru_step_forward, x, (h0,), Wx, Wh, b)


def gru_backward(dh, cache):
    return _backward(gru_step_backward, dh, cache, n_states=1)


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    out, cache = affine_forward(x.reshape(N * T, D), w, b)
    return out.reshape(N, T, -1), (x.shape, cache)


def temporal_affine_backward(dout, cache):
    (N, T, D), affine_cache = cache
    dx, dw, db = affine_backward(dout.reshape(N * T, -1), affine_cache)
    return dx.reshape(N, T, D), dw, db


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    loss, dx = 0.0, np.zeros_like(x)
    for n, t in np.ndindex(N, T):
        if mask[n, t]:
            loss_t, dx_t = softmax_loss(x[n, t][None], y[n, t][None])
            loss += loss_t / N
            for v in range(V):
                dx[n, t, v] = dx_t[0, v] / N
    return x.dtype.type(loss), dx


class CaptioningRNN(layers.CaptioningRNN):
    def loss(self, features, captions):
        p = self.params
        words_in, words_out, mask = self._split(captions)
        H = p["Wh"].shape[0]
        forward, backward = {
            1: (rnn_forward, rnn_backward), 3: (gru_forward, gru_backward), 4: (lstm_forward, lstm_backward)
        }[p["Wh"].shape[1] // H]  # fmt: skip
        h0, projected = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embedded = word_embedding_forward(words_in, p["W_embed"])
        h, recurrent = forward(x, h0, p["Wx"], p["Wh"], p["b"])
        logits, said = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dlogits = temporal_softmax_loss(logits, words_out, mask)
        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dlogits, said)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, recurrent)
        grads["W_embed"] = word_embedding_backward(dx, embedded)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, projected)
        return loss, grads


def dot_product_attention_forward(h, A):
    N, H, R, C = A.shape
    attended, weights = np.zeros_like(h), np.zeros((N, R, C), dtype=h.dtype)
    for n in range(N):
        for r, c in np.ndindex(R, C):
            for k in range(H):
                weights[n, r, c] += h[n, k] * A[n, k, r, c] / math.sqrt(H)
        largest = weights[n].max()
        weights[n] = _each(lambda score: math.exp(score - largest), weights[n])  # noqa: B023
        weights[n] /= weights[n].sum()
        for k, r, c in np.ndindex(H, R, C):
            attended[n, k] += weights[n, r, c] * A[n, k, r, c]
    return attended, weights, (h, A, weights)


def dot_product_attention_backward(dattended, cache):
    h, A, weights = cache
    N, H, R, C = A.shape
    dh, dA, dweights = np.zeros_like(h), np.zeros_like(A), np.zeros_like(weights)
    for n, k, r, c in np.ndindex(A.shape):
        dweights[n, r, c] += dattended[n, k] * A[n, k, r, c]
        dA[n, k, r, c] += dattended[n, k] * weights[n, r, c]
    for n in range(N):
        mean = sum(dweights[n, r, c] * weights[n, r, c] for r, c in np.ndindex(R, C))
        for r, c in np.ndindex(R, C):
            dscore = weights[n, r, c] * (dweights[n, r, c] - mean) / math.sqrt(H)
            for k in range(H):
                dh[n, k] += dscore * A[n, k, r, c]
                dA[n, k, r, c] += dscore * h[n, k]
    return dh, dA


def attention_lstm_step_forward(x, prev_h, prev_c, attended, Wx, Wh, Wattn, b):
    inputs = np.concatenate([x, attended], axis=1)
    return lstm_step_forward(inputs, prev_h, prev_c, np.concatenate([Wx, Wattn]), Wh, b)


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    H = dnext_h.shape[1]
    dinputs, dprev_h, dprev_c, dW, dWh, db = lstm_step_backward(dnext_h, dnext_c, cache)
    return dinputs[:, :-H], dprev_h, dprev_c, dinputs[:, -H:], dW[:-H], dWh, dW[-H:], db


def attention_lstm_forward(x, A, Wx, Wh, Wattn, b):
    h = c = A.mean(axis=(2, 3))
    hidden, caches = [], []
    for t in range(x.shape[1]):
        attended, _, look = dot_product_attention_forward(h, A)
        h, c, cache = attention_lstm_step_forward(x[:, t], h, c, attended, Wx, Wh, Wattn, b)
        hidden.append(h)
        caches.append((cache, look))
    return np.stack(hidden, axis=1), (caches, A.shape)


def attention_lstm_backward(dh, cache):
    caches, (N, H, R, C) = cache
    dx, dA, dweights = [], np.zeros((N, H, R, C), dtype=dh.dtype), None
    dprev_h = dprev_c = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(len(caches))):
        step, look = caches[t]
        dx_t, dprev_h, dprev_c, dattended, *of_step = attention_lstm_step_backward(
            dh[:, t] + dprev_h, dprev_c, step
        )
        dlooked, dA_t = dot_product_attention_backward(dattended, look)
        dprev_h = dprev_h + dlooked
        dx.append(dx_t)
        dA += dA_t
        dweights = (
            of_step
            if dweights is None
            else [one + other for one, other in zip(dweights, of_step, strict=True)]
        )
    dWx, dWh, dWattn, db = dweights
    for n, k, r, c in np.ndindex(dA.shape):
        dA[n, k, r, c] += (dprev_h[n, k] + dprev_c[n, k]) / (R * C)
    return np.stack(dx[::-1], axis=1), dA, dWx, dWh, dWattn, db


class AttentionCaptioner(layers.AttentionCaptioner):
    def loss(self, features, captions):
        p = self.params
        words_in, words_out, mask = self._split(captions)
        N, D, R, C = features.shape
        cells = features.transpose(0, 2, 3, 1).reshape(N * R * C, D)
        rows, projected = affine_forward(cells, p["W_proj"], p["b_proj"])
        A = rows.reshape(N, R, C, -1).transpose(0, 3, 1, 2)
        x, embedded = word_embedding_forward(words_in, p["W_embed"])
        h, recurrent = attention_lstm_forward(x, A, p["Wx"], p["Wh"], p["Wattn"], p["b"])
        logits, said = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dlogits = temporal_softmax_loss(logits, words_out, mask)
        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dlogits, said)
        dx, dA, *dweights = attention_lstm_backward(dh, recurrent)
        grads.update(zip(("Wx", "Wh", "Wattn", "b"), dweights, strict=True))
        grads["W_embed"] = word_embedding_backward(dx, embedded)
        drows = dA.transpose(0, 2, 3, 1).reshape(N * R * C, -1)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(drows, projected)
        return loss, grads
