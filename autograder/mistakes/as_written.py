"""Right answers as students write them: in loops, step by step, in arrays of zeros that are float64.

Mistakes are made in these too (``loops``): in a loop, one and the same slip often gives other numbers
than in the reference, which does all at once.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RUF059  (students take the whole cache apart, whatever they need of it)

import math
from collections import Counter

import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    x_row = x.reshape(N, -1)
    out = np.dot(x_row, w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(N, -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config


def rmsprop(w, dw, config=None):
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    decay = config["decay_rate"]
    config["cache"] = decay * config["cache"] + (1 - decay) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w, config


def adam(w, dw, config=None):
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    lr, eps = config["learning_rate"], config["epsilon"]
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    t = config["t"]
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    mt = m / (1 - beta1**t)
    vt = v / (1 - beta2**t)
    next_w = w - lr * mt / (np.sqrt(vt) + eps)
    config["m"] = m
    config["v"] = v
    return next_w, config


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x_pad[n, :, hs : hs + HH, ws : ws + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    N, F, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dx_pad = np.zeros(x_pad.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x_pad[n, :, hs : hs + HH, ws : ws + WW]
                    db[f] += dout[n, f, i, j]
                    dw[f] += window * dout[n, f, i, j]
                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def max_pool_forward(x, pool_param):
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    H_out = 1 + (H - HH) // stride
    W_out = 1 + (W - WW) // stride
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    out[n, c, i, j] = np.max(x[n, c, hs : hs + HH, ws : ws + WW])
    cache = (x, pool_param)
    return out, cache


def max_pool_backward(dout, cache):
    x, pool_param = cache
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    N, C, H_out, W_out = dout.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x[n, c, hs : hs + HH, ws : ws + WW]
                    row, col = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, hs + row, ws + col] += dout[n, c, i, j]
    return dx


def word_embedding_forward(x, W):
    out = W[x]
    cache = (x, W)
    return out, cache


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    N, T = x.shape
    for n in range(N):
        for t in range(T):
            dW[x[n, t]] += dout[n, t]
    return dW


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, step_cache = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(step_cache)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x, prev_h, Wx, Wh, next_h = cache[0]
    D = x.shape[1]
    dx = np.zeros((N, T, D))
    dWx = np.zeros((D, H))
    dWh = np.zeros((H, H))
    db = np.zeros(H)
    dprev_h = np.zeros((N, H))
    for t in reversed(range(T)):
        dnext_h = dh[:, t, :] + dprev_h
        dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def _sigmoid(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-np.abs(a))), np.exp(-np.abs(a)) / (1 + np.exp(-np.abs(a))))


def lstm_gates(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = _sigmoid(a[:, 0 * H : 1 * H])
    f = _sigmoid(a[:, 1 * H : 2 * H])
    o = _sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H : 4 * H])
    return np.hstack([i, f, o, g])


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = _sigmoid(a[:, 0 * H : 1 * H])
    f = _sigmoid(a[:, 1 * H : 2 * H])
    o = _sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H : 4 * H])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    do = dnext_h * tanh_c
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    df = dc * prev_c
    dprev_c = dc * f
    di = dc * g
    dg = dc * i
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g**2)
    da = np.hstack((dai, daf, dao, dag))
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    prev_h = h0
    prev_c = np.zeros((N, H))
    for t in range(T):
        prev_h, prev_c, step_cache = lstm_step_forward(x[:, t, :], prev_h, prev_c, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(step_cache)
    return h, cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx = np.zeros((D, 4 * H))
    dWh = np.zeros((H, 4 * H))
    db = np.zeros(4 * H)
    dprev_h = np.zeros((N, H))
    dprev_c = np.zeros((N, H))
    for t in reversed(range(T)):
        dnext_h = dh[:, t, :] + dprev_h
        dx[:, t, :], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dnext_h, dprev_c, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def gru_gates(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    xs = x.dot(Wx) + b
    hs = prev_h.dot(Wh)
    r = _sigmoid(xs[:, :H] + hs[:, :H])
    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])
    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])
    return np.concatenate([r, z, n], axis=1)


def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    xs = x.dot(Wx) + b
    hs = prev_h.dot(Wh)
    r = _sigmoid(xs[:, :H] + hs[:, :H])
    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])
    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])
    next_h = (1 - z) * n + z * prev_h
    cache = (x, prev_h, Wx, Wh, r, z, n, hs)
    return next_h, cache


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, r, z, n, hs = cache
    H = prev_h.shape[1]
    dn = dnext_h * (1 - z)
    dz = dnext_h * (prev_h - n)
    dan = dn * (1 - n**2)
    dr = dan * hs[:, 2 * H :]
    dar = dr * r * (1 - r)
    daz = dz * z * (1 - z)
    da_x = np.concatenate([dar, daz, dan], axis=1)
    da_h = np.concatenate([dar, daz, dan * r], axis=1)
    dprev_h = dnext_h * z + da_h.dot(Wh.T)
    dx = da_x.dot(Wx.T)
    dWx = x.T.dot(da_x)
    dWh = prev_h.T.dot(da_h)
    db = np.sum(da_x, axis=0)
    return dx, dprev_h, dWx, dWh, db


def gru_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, step_cache = gru_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(step_cache)
    return h, cache


def gru_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx = np.zeros((D, 3 * H))
    dWh = np.zeros((H, 3 * H))
    db = np.zeros(3 * H)
    dprev_h = np.zeros((N, H))
    for t in reversed(range(T)):
        dnext_h = dh[:, t, :] + dprev_h
        dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = gru_step_backward(dnext_h, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = (x, w, b)
    return out, cache


def temporal_affine_backward(dout, cache):
    x, w, b = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = x.reshape(N * T, D).T.dot(dout.reshape(N * T, M))
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)
    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    log_probs = x_flat - np.max(x_flat, axis=1, keepdims=True)
    log_probs = log_probs - np.log(np.sum(np.exp(log_probs), axis=1, keepdims=True))
    loss = -np.sum(mask_flat * log_probs[np.arange(N * T), y_flat]) / N
    dx_flat = probs.copy()
    dx_flat[np.arange(N * T), y_flat] -= 1
    dx_flat /= N
    dx_flat *= mask_flat[:, None]
    dx = dx_flat.reshape(N, T, V)
    return loss, dx


def backpropagate(edges, slopes):
    gradients = np.zeros(edges.max() + 1, dtype=slopes.dtype)
    last = len(gradients) - 1
    gradients[last] = 1
    for node in range(last, -1, -1):
        for e in range(len(edges)):
            if edges[e, 0] == node:
                gradients[edges[e, 1]] += gradients[node] * slopes[e]
    return gradients


def numeric_gradient(f, x, upstream=1.0, h=1e-5):
    gradient = np.zeros_like(x)
    for ix in np.ndindex(*x.shape):
        old = x[ix]
        x[ix] = old + h
        above = np.array(f(x))
        x[ix] = old - h
        below = np.array(f(x))
        x[ix] = old
        gradient[ix] = np.sum(upstream * (above - below)) / (2 * h)
    return gradient


def im2col(x, window_height, window_width, stride=1, pad=0):
    N, C, H, W = x.shape
    H_out = 1 + (H + 2 * pad - window_height) // stride
    W_out = 1 + (W + 2 * pad - window_width) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    columns = []
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                hs, ws = i * stride, j * stride
                window = x_pad[n, :, hs : hs + window_height, ws : ws + window_width]
                columns.append(window.reshape(-1))
    return np.array(columns).T


def col2im(cols, x_shape, window_height, window_width, stride=1, pad=0):
    N, C, H, W = x_shape
    H_out = 1 + (H + 2 * pad - window_height) // stride
    W_out = 1 + (W + 2 * pad - window_width) // stride
    x_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    column = 0
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                hs, ws = i * stride, j * stride
                window = cols[:, column].reshape(C, window_height, window_width)
                x_pad[n, :, hs : hs + window_height, ws : ws + window_width] += window
                column += 1
    return x_pad[:, :, pad : pad + H, pad : pad + W]


def conv_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    cols = im2col(x, HH, WW, stride, pad)
    product = w.reshape(F, -1).dot(cols) + b.reshape(-1, 1)
    out = product.reshape(F, N, H_out, W_out).transpose(1, 0, 2, 3)
    return out, (x, w, b, conv_param)


def conv_backward(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    upstream = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    db = np.sum(dout, axis=(0, 2, 3))
    dw = upstream.dot(im2col(x, HH, WW, stride, pad).T).reshape(w.shape)
    dcols = w.reshape(F, -1).T.dot(upstream)
    dx = col2im(dcols, x.shape, HH, WW, stride, pad)
    return dx, dw, db


def encode_captions(captions, word_to_idx, max_length):
    encoded = np.full((len(captions), max_length + 2), word_to_idx["<NULL>"], dtype=np.int32)
    for n, caption in enumerate(captions):
        encoded[n, 0] = word_to_idx["<START>"]
        t = 1
        for word in caption:
            if t > max_length:
                break
            encoded[n, t] = word_to_idx.get(word, word_to_idx["<UNK>"])
            t += 1
        encoded[n, t] = word_to_idx["<END>"]
    return encoded


def bleu(candidates, references, max_n=4):
    c = sum(len(candidate) for candidate in candidates)
    r = 0
    for candidate, others in zip(candidates, references, strict=True):
        r += min((abs(len(other) - len(candidate)), len(other)) for other in others)[1]
    logs = 0.0
    for n in range(1, max_n + 1):
        hits = total = 0
        for candidate, others in zip(candidates, references, strict=True):
            counts = _runs(candidate, n)
            total += sum(counts.values())
            hits += sum(min(k, max(_runs(other, n)[run] for other in others)) for run, k in counts.items())
        if hits == 0:
            return 0.0
        logs += math.log(hits / total)
    penalty = 1.0 if c >= r else math.exp(1 - r / c)
    return penalty * math.exp(logs / max_n)


def _runs(words, n):
    return Counter(tuple(words[k : k + n]) for k in range(len(words) - n + 1))


def top_p_filter(logits, p):
    filtered = np.full_like(logits, -np.inf)
    for n, row in enumerate(logits):
        probs = np.exp(row - row.max())
        probs /= probs.sum()
        total = 0.0
        for word in np.argsort(-probs, kind="stable"):
            filtered[n, word] = row[word]
            total += probs[word]
            if total >= p:
                break
    return filtered


def dot_product_attention_forward(h, A):
    N, H, R, C = A.shape
    cells = A.reshape(N, H, R * C)
    scores = np.einsum("nh,nhl->nl", h, cells) / np.sqrt(H)
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = exps / exps.sum(axis=1, keepdims=True)
    attended = np.einsum("nl,nhl->nh", weights, cells)
    return attended, weights.reshape(N, R, C), (h, A, weights)


def dot_product_attention_backward(dattended, cache):
    h, A, weights = cache
    N, H, R, C = A.shape
    cells = A.reshape(N, H, R * C)
    dweights = np.einsum("nh,nhl->nl", dattended, cells)
    dscores = weights * (dweights - np.sum(weights * dweights, axis=1, keepdims=True)) / np.sqrt(H)
    dh = np.einsum("nl,nhl->nh", dscores, cells)
    dA = dattended[:, :, None] * weights[:, None] + h[:, :, None] * dscores[:, None]
    return dh, dA.reshape(A.shape)


def attention_lstm_step_forward(x, prev_h, prev_c, attended, Wx, Wh, Wattn, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + attended.dot(Wattn) + b
    i = _sigmoid(a[:, 0 * H : 1 * H])
    f = _sigmoid(a[:, 1 * H : 2 * H])
    o = _sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H : 4 * H])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, attended, Wx, Wh, Wattn, i, f, o, g, next_c)
    return next_h, next_c, cache


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, attended, Wx, Wh, Wattn, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    do = dnext_h * tanh_c
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    df = dc * prev_c
    dprev_c = dc * f
    di = dc * g
    dg = dc * i
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g**2)
    da = np.hstack((dai, daf, dao, dag))
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dattended = da.dot(Wattn.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    dWattn = attended.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dprev_c, dattended, dWx, dWh, dWattn, db


def attention_lstm_forward(x, A, Wx, Wh, Wattn, b):
    N, T, D = x.shape
    prev_h = A.mean(axis=(2, 3))
    prev_c = A.mean(axis=(2, 3))
    h = np.zeros((N, T, Wh.shape[0]))
    cache = []
    for t in range(T):
        attended, weights, look = dot_product_attention_forward(prev_h, A)
        prev_h, prev_c, step = attention_lstm_step_forward(
            x[:, t, :], prev_h, prev_c, attended, Wx, Wh, Wattn, b
        )
        h[:, t, :] = prev_h
        cache.append((step, look))
    return h, (cache, A)


def attention_lstm_backward(dh, cache):
    steps, A = cache
    N, T, H = dh.shape
    R, C = A.shape[2:]
    dx = np.zeros((N, T, steps[0][0][0].shape[1]))
    dA = np.zeros(A.shape)
    sums = [0.0, 0.0, 0.0, 0.0]
    dprev_h = np.zeros((N, H))
    dprev_c = np.zeros((N, H))
    for t in reversed(range(T)):
        step, look = steps[t]
        dnext_h = dh[:, t, :] + dprev_h
        dx[:, t, :], dprev_h, dprev_c, dattended, *weights = attention_lstm_step_backward(
            dnext_h, dprev_c, step
        )
        dlook, dA_t = dot_product_attention_backward(dattended, look)
        dprev_h = dprev_h + dlook
        dA += dA_t
        sums = [total + weight for total, weight in zip(sums, weights, strict=True)]
    dA += ((dprev_h + dprev_c) / (R * C))[:, :, None, None]
    return (dx, dA, *sums)


def standardize(x, epsilon=1e-8):
    shifted = x - x[0]
    mean = np.mean(shifted, axis=0)
    var = np.mean((shifted - mean) ** 2, axis=0)
    return (shifted - mean) / np.sqrt(var + epsilon)


def directional_derivative(f, x, direction, upstream=1.0, h=1e-5):
    above = np.sum(upstream * f(x + h * direction))
    below = np.sum(upstream * f(x - h * direction))
    return float((above - below) / (2 * h))


def dropout_forward(x, dropout_param):
    mask, out = None, x
    if dropout_param["mode"] == "train":
        p = dropout_param["p"]
        mask = (dropout_param["rng"].random(x.shape) < p) / p
        out = x * mask
    return out, (mask, x.shape)


def top_k_filter(logits, k):
    filtered = np.full_like(logits, -np.inf)
    kept = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    for n in range(len(logits)):
        filtered[n, kept[n]] = logits[n, kept[n]]
    return filtered


def sample_words(logits, rng):
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    darts = rng.random(len(logits))
    words = []
    for n in range(len(logits)):
        cumulative = np.cumsum(exps[n])
        words.append(np.searchsorted(cumulative, darts[n] * cumulative[-1], side="right"))
    return np.array(words)
