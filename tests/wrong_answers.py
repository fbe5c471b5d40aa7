"""Wrong answers in our own words, as students write them: right ones with an edit, and what must be said.

They are written in other styles than ``autograder.mistakes.as_written``, so that a cause is found by what an
answer does, and not by how it is written.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """An edit of a right answer.

    Attributes:
        exercise: what is checked.
        base: the right answer, Python source.
        old, new: the edit.
        said: a pattern that the verdict, as text, must have: the cause.
    """

    exercise: str
    base: str
    old: str
    new: str
    said: str


CONV = """
def conv_forward_naive(x, w, b, conv_param):
    st, pd = conv_param["stride"], conv_param["pad"]
    num, ch, rows, cols = x.shape
    nf, _, fh, fw = w.shape
    padded = np.zeros((num, ch, rows + 2 * pd, cols + 2 * pd))
    padded[:, :, pd:pd + rows, pd:pd + cols] = x
    oh = int((rows + 2 * pd - fh) / st + 1)
    ow = int((cols + 2 * pd - fw) / st + 1)
    out = np.zeros((num, nf, oh, ow))
    for r in range(oh):
        for c in range(ow):
            patch = padded[:, :, r * st:r * st + fh, c * st:c * st + fw]
            for k in range(nf):
                out[:, k, r, c] = (patch * w[k]).sum(axis=(1, 2, 3))
    out += b.reshape(1, -1, 1, 1)
    return out, (x, w, b, conv_param, padded)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param, padded = cache
    st, pd = conv_param["stride"], conv_param["pad"]
    fh, fw = w.shape[2:]
    dpad = np.zeros_like(padded)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for r in range(dout.shape[2]):
        for c in range(dout.shape[3]):
            patch = padded[:, :, r * st:r * st + fh, c * st:c * st + fw]
            for k in range(w.shape[0]):
                dw[k] += (patch * dout[:, k, r, c][:, None, None, None]).sum(axis=0)
            for m in range(x.shape[0]):
                dpad[m, :, r * st:r * st + fh, c * st:c * st + fw] += np.tensordot(dout[m, :, r, c], w, 1)
    dx = dpad[:, :, pd:pd + x.shape[2], pd:pd + x.shape[3]]
    return dx, dw, db
"""
POOL = """
def max_pool_forward(x, pool_param):
    ph, pw, st = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    num, ch, rows, cols = x.shape
    oh, ow = (rows - ph) // st + 1, (cols - pw) // st + 1
    out = np.zeros((num, ch, oh, ow))
    for r in range(oh):
        for c in range(ow):
            out[:, :, r, c] = x[:, :, r * st:r * st + ph, c * st:c * st + pw].max(axis=(2, 3))
    return out, (x, pool_param)

def max_pool_backward(dout, cache):
    x, pool_param = cache
    ph, pw, st = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for m in range(x.shape[0]):
        for k in range(x.shape[1]):
            for r in range(dout.shape[2]):
                for c in range(dout.shape[3]):
                    patch = x[m, k, r * st:r * st + ph, c * st:c * st + pw]
                    at = np.argmax(patch)
                    dx[m, k, r * st + at // pw, c * st + at % pw] += dout[m, k, r, c]
    return dx
"""
RNN = """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(np.dot(x, Wx) + np.dot(prev_h, Wh) + b)
    return next_h, {"x": x, "p": prev_h, "Wx": Wx, "Wh": Wh, "h": next_h}

def rnn_step_backward(dnext_h, cache):
    dscore = (1 - np.square(cache["h"])) * dnext_h
    dx = np.dot(dscore, cache["Wx"].T)
    dprev = np.dot(dscore, cache["Wh"].T)
    dWx = np.dot(cache["x"].T, dscore)
    dWh = np.dot(cache["p"].T, dscore)
    db = dscore.sum(0)
    return dx, dprev, dWx, dWh, db

def rnn_forward(x, h0, Wx, Wh, b):
    steps = []
    caches = []
    state = h0
    for t in range(x.shape[1]):
        state, c = rnn_step_forward(x[:, t], state, Wx, Wh, b)
        steps.append(state)
        caches.append(c)
    return np.stack(steps, axis=1), caches

def rnn_backward(dh, cache):
    N, T, H = dh.shape
    grads = [0, 0, 0]
    dx = []
    back = 0
    for t in range(T - 1, -1, -1):
        up = dh[:, t] + back
        d, back, *weights = rnn_step_backward(up, cache[t])
        dx.insert(0, d)
        for k in range(3):
            grads[k] = grads[k] + weights[k]
    return np.stack(dx, axis=1), back, grads[0], grads[1], grads[2]
"""
LSTM = """
def sigm(a):
    return 0.5 * (1 + np.tanh(0.5 * a))

def lstm_gates(x, prev_h, Wx, Wh, b):
    A = x @ Wx + prev_h @ Wh + b
    ai, af, ao, ag = np.split(A, 4, axis=1)
    return np.concatenate((sigm(ai), sigm(af), sigm(ao), np.tanh(ag)), axis=1)

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    A = x @ Wx + prev_h @ Wh + b
    ai, af, ao, ag = np.split(A, 4, axis=1)
    I, F, O, G = sigm(ai), sigm(af), sigm(ao), np.tanh(ag)
    next_c = F * prev_c + I * G
    th = np.tanh(next_c)
    next_h = O * th
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, I, F, O, G, th)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, I, F, O, G, th = cache
    dcell = dnext_c + O * dnext_h * (1 - th * th)
    dA = np.concatenate((
        dcell * G * I * (1 - I),
        dcell * prev_c * F * (1 - F),
        dnext_h * th * O * (1 - O),
        dcell * I * (1 - G * G)), axis=1)
    return dA @ Wx.T, dA @ Wh.T, dcell * F, x.T @ dA, prev_h.T @ dA, dA.sum(axis=0)

def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    hs, cs, caches = np.zeros((T, N, H)), np.zeros((N, H)), []
    state = h0
    for t in range(T):
        state, cs, k = lstm_step_forward(x[:, t], state, cs, Wx, Wh, b)
        hs[t] = state
        caches.append(k)
    return hs.swapaxes(0, 1), caches

def lstm_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx, dWx, dWh, db = np.zeros((N, T, D)), np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
    ph, pc = np.zeros((N, H)), np.zeros((N, H))
    for t in range(T)[::-1]:
        dx[:, t], ph, pc, a, c, e = lstm_step_backward(dh[:, t] + ph, pc, cache[t])
        dWx += a
        dWh += c
        db += e
    return dx, ph, dWx, dWh, db
"""
LINEAR = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), flat.T @ dout, dout.sum(0)

def relu_forward(x):
    return np.where(x > 0, x, 0), x

def relu_backward(dout, cache):
    dx = np.array(dout)
    dx[cache <= 0] = 0
    return dx

def softmax_loss(x, y):
    n = len(y)
    z = x - x.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    logp = z - np.log(e.sum(axis=1, keepdims=True))
    loss = 0.0
    for k in range(n):
        loss -= logp[k, y[k]]
    loss /= n
    dx = p.copy()
    for k in range(n):
        dx[k, y[k]] -= 1
    return loss, dx / n

def word_embedding_forward(x, W):
    N, T = x.shape
    out = np.zeros((N, T, W.shape[1]))
    for n in range(N):
        for t in range(T):
            out[n, t] = W[x[n, t]]
    return out, (x, W.shape)

def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW
"""
ADAM = """
def adam(w, dw, config=None):
    config = {} if config is None else dict(config)
    lr = config.setdefault("learning_rate", 1e-3)
    b1 = config.setdefault("beta1", 0.9)
    b2 = config.setdefault("beta2", 0.999)
    eps = config.setdefault("epsilon", 1e-8)
    m = config.get("m", np.zeros(w.shape))
    v = config.get("v", np.zeros(w.shape))
    t = config.get("t", 0) + 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * np.square(dw)
    mh = m / (1 - b1 ** t)
    vh = v / (1 - b2 ** t)
    step = lr * mh / (np.sqrt(vh) + eps)
    config.update(m=m, v=v, t=t)
    return w - step, config

def rmsprop(w, dw, config=None):
    config = {} if config is None else dict(config)
    lr = config.setdefault("learning_rate", 1e-2)
    rho = config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    s = config.get("cache", np.zeros(w.shape))
    s = rho * s + (1 - rho) * dw * dw
    config["cache"] = s
    return w - lr * dw / (np.sqrt(s) + eps), config

def sgd_momentum(w, dw, config=None):
    config = {} if config is None else dict(config)
    lr = config.setdefault("learning_rate", 1e-2)
    mu = config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros(w.shape))
    v = mu * v - lr * dw
    config["velocity"] = v
    return w + v, config
"""
GRU = """
def sg(a):
    return 0.5 * (1 + np.tanh(0.5 * a))

def gru_gates(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    u, s = x @ Wx + b, prev_h @ Wh
    r, z = sg(u[:, :H] + s[:, :H]), sg(u[:, H:2 * H] + s[:, H:2 * H])
    n = np.tanh(u[:, 2 * H:] + r * s[:, 2 * H:])
    return np.hstack((r, z, n))

def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    u, s = x @ Wx + b, prev_h @ Wh
    r, z = sg(u[:, :H] + s[:, :H]), sg(u[:, H:2 * H] + s[:, H:2 * H])
    n = np.tanh(u[:, 2 * H:] + r * s[:, 2 * H:])
    return (1 - z) * n + z * prev_h, None
"""
OVERLAP = "(several|more than one) .*(window|of them)|overlap"
STRIDE = "stride"
SQUARE = "height|square"

GATED = """
def sig(a):
    return 0.5 * (1 + np.tanh(0.5 * a))

def gru_gates(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    ax = x @ Wx + b
    ah = prev_h @ Wh
    r = sig(ax[:, :H] + ah[:, :H])
    z = sig(ax[:, H:2*H] + ah[:, H:2*H])
    n = np.tanh(ax[:, 2*H:] + r * ah[:, 2*H:])
    return np.concatenate([r, z, n], axis=1)

def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    gates = gru_gates(x, prev_h, Wx, Wh, b)
    r, z, n = gates[:, :H], gates[:, H:2*H], gates[:, 2*H:]
    next_h = (1 - z) * n + z * prev_h
    return next_h, (x, prev_h, Wx, Wh, r, z, n)

def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, r, z, n = cache
    H = prev_h.shape[1]
    hn = (prev_h @ Wh)[:, 2*H:]
    dn = dnext_h * (1 - z)
    dz = dnext_h * (prev_h - n)
    dan = dn * (1 - n**2)
    dr = dan * hn
    dar = dr * r * (1 - r)
    daz = dz * z * (1 - z)
    dax = np.concatenate([dar, daz, dan], axis=1)
    dah = np.concatenate([dar, daz, dan * r], axis=1)
    dx = dax @ Wx.T
    dWx = x.T @ dax
    db = dax.sum(0)
    dprev_h = dah @ Wh.T + dnext_h * z
    dWh = prev_h.T @ dah
    return dx, dprev_h, dWx, dWh, db
"""

ATTENTION = """
def dot_product_attention_forward(h, A):
    N, H, R, C = A.shape
    flat = A.reshape(N, H, R * C)
    scores = np.einsum('nh,nhp->np', h, flat) / np.sqrt(H)
    scores = scores - scores.max(axis=1, keepdims=True)
    w = np.exp(scores)
    w = w / w.sum(axis=1, keepdims=True)
    attended = np.einsum('np,nhp->nh', w, flat)
    return attended, w.reshape(N, R, C), (h, A, w)

def dot_product_attention_backward(dattended, cache):
    h, A, w = cache
    N, H, R, C = A.shape
    flat = A.reshape(N, H, R * C)
    dw = np.einsum('nh,nhp->np', dattended, flat)
    mean = (w * dw).sum(axis=1, keepdims=True)
    dscores = w * (dw - mean) / np.sqrt(H)
    dh = np.einsum('np,nhp->nh', dscores, flat)
    dA = np.einsum('np,nh->nhp', w, dattended) + np.einsum('np,nh->nhp', dscores, h)
    return dh, dA.reshape(N, H, R, C)
"""

WORDS = """
def word_embedding_forward(x, W):
    out = W[x, :]
    cache = (x, W)
    return out, cache

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW

def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = (x, w, b, out)
    return out, cache

def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
    db = dout.sum(axis=(0, 1))
    return dx, dw, db

def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    x_flat = x.reshape(N * T, V)
    y_flat = y.reshape(N * T)
    mask_flat = mask.reshape(N * T)
    probs = np.exp(x_flat - np.max(x_flat, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(mask_flat * np.log(probs[np.arange(N * T), y_flat])) / N
    dx_flat = probs.copy()
    dx_flat[np.arange(N * T), y_flat] -= 1
    dx_flat /= N
    dx_flat *= mask_flat[:, None]
    dx = dx_flat.reshape(N, T, V)
    return loss, dx
"""

WRONG = [
    Wrong(
        "conv_forward_naive",
        CONV,
        "(patch * w[k]).sum(axis=(1, 2, 3))",
        "(patch * w[k])[:, -1].sum(axis=(1, 2))",
        "last channel",
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "np.tensordot(dout[m, :, r, c], w, 1)",
        "np.tensordot(dout[m, :1, r, c], w[:1], 1)",
        "depends on the first filter of dout alone",
    ),
    Wrong(
        "max_pool_forward",
        POOL,
        "r * st:r * st + ph, c * st:c * st + pw].max",
        "r * st:r * st + ph - 1, c * st:c * st + pw].max",
        "row too small",
    ),
    Wrong(
        "word_embedding_backward",
        LINEAR,
        "    np.add.at(dW, x, dout)\n",
        "    for n in range(len(x)):\n        dW[x[n]] += dout[n]\n",
        "in one caption",
    ),
    Wrong("conv_forward_naive", CONV, "r * st:r * st + fh, c * st:c * st + fw", "r:r + fh, c:c + fw", STRIDE),
    Wrong(
        "conv_forward_naive",
        CONV,
        "c * st:c * st + fw]\n            for k",
        "c:c + fw]\n            for k",
        STRIDE,
    ),
    Wrong("conv_forward_naive", CONV, "    out += b.reshape(1, -1, 1, 1)\n", "", "bias|\\bb\\b"),
    Wrong(
        "conv_forward_naive",
        CONV,
        "pd:pd + rows, pd:pd + cols] = x",
        "pd:-pd, pd:-pd] = x",
        "-0 is 0|minus 0",
    ),
    Wrong(
        "conv_forward_naive",
        CONV,
        "int((rows + 2 * pd - fh) / st + 1)",
        "(rows + 2 * pd - fh) / st + 1",
        "`//`",
    ),
    Wrong(
        "conv_forward_naive", CONV, "ow = int((cols + 2 * pd - fw)", "ow = int((rows + 2 * pd - fh)", SQUARE
    ),
    Wrong(
        "conv_forward_naive",
        CONV,
        "out += b.reshape(1, -1, 1, 1)",
        "out += b",
        "compared from the last axis|broadcast",
    ),
    Wrong(
        "conv_forward_naive", CONV, "(patch * w[k]).sum", "(patch * w[k]).mean", "mean|weighted sum|average"
    ),
    Wrong(
        "conv_forward_naive",
        CONV,
        "(patch * w[k])",
        "(patch * w[k][:, ::-1, ::-1])",
        "turned round|flipped|cross-correlation",
    ),
    Wrong("conv_forward_naive", CONV, "out += b.reshape(1, -1, 1, 1)", "out += b.sum()", "bias|\\bb\\b"),
    Wrong(
        "conv_backward_naive",
        CONV,
        "c * st:c * st + fw] += np.tens",
        "c * st:c * st + fw] = np.tens",
        OVERLAP,
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "dpad[m, :, r * st:r * st + fh, c * st:c * st + fw]",
        "dpad[m, :, r:r + fh, c:c + fw]",
        STRIDE,
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "dpad[:, :, pd:pd + x.shape[2], pd:pd + x.shape[3]]",
        "dpad[:, :, pd:-pd, pd:-pd]",
        "minus 0",
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "    dx = dpad[:, :, pd:pd + x.shape[2], pd:pd + x.shape[3]]\n",
        "    dx = np.zeros_like(x)\n    dx[...] = dpad[:, :, pd:-pd, pd:-pd]\n",
        "-0 is 0",
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "dpad[:, :, pd:pd + x.shape[2], pd:pd + x.shape[3]]",
        "dpad",
        "shape|padding",
    ),
    Wrong("conv_backward_naive", CONV, "dw[k] +=", "dw[k] =", "came last|same weights|each place"),
    Wrong(
        "conv_backward_naive",
        CONV,
        "dout.sum(axis=(0, 2, 3))",
        "dout.sum(axis=(2, 3))",
        "axis N|axis too many|one axis",
    ),
    Wrong("conv_backward_naive", CONV, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)", "axis too many|axes"),
    Wrong("conv_backward_naive", CONV, "dout.sum(axis=(0, 2, 3))", "np.sum(dout)", "one number"),
    Wrong(
        "conv_backward_naive",
        CONV,
        "dout.sum(axis=(0, 2, 3))",
        "dout.mean(axis=(0, 2, 3))",
        "1/|averaged|mean",
    ),
    Wrong(
        "conv_backward_naive",
        CONV,
        "patch = padded[:, :, r * st:r * st + fh, c * st:c * st + fw]\n            for k in range(w",
        "patch = padded[:, :, r:r + fh, c:c + fw]\n            for k in range(w",
        STRIDE,
    ),
    Wrong(
        "max_pool_forward",
        POOL,
        "r * st:r * st + ph, c * st:c * st + pw].max",
        "r:r + ph, c:c + pw].max",
        STRIDE,
    ),
    Wrong("max_pool_forward", POOL, "c * st + pw].max", "c * st + ph].max", "height|square"),
    Wrong("max_pool_forward", POOL, ".max(axis=(2, 3))", ".mean(axis=(2, 3))", "mean|average"),
    Wrong("max_pool_forward", POOL, "(cols - pw) // st + 1", "(cols - pw) / st + 1", "`//`"),
    Wrong(
        "max_pool_forward",
        POOL,
        "r * st:r * st + ph, c * st:c * st + pw].max",
        "r * ph:r * ph + ph, c * pw:c * pw + pw].max",
        STRIDE + "|overlap",
    ),
    Wrong("max_pool_backward", POOL, "c * st + at % pw] += dout", "c * st + at % pw] = dout", OVERLAP),
    Wrong(
        "max_pool_backward",
        POOL,
        "dx[m, k, r * st + at // pw, c * st + at % pw] += dout[m, k, r, c]",
        "dx[m, k, r * st:r * st + ph, c * st:c * st + pw] = (patch == patch.max()) * dout[m, k, r, c]",
        OVERLAP,
    ),
    Wrong(
        "max_pool_backward",
        POOL,
        "dx[m, k, r * st + at // pw, c * st + at % pw] += dout[m, k, r, c]",
        "dx[m, k, r * st:r * st + ph, c * st:c * st + pw] += (patch == patch.max()) * dout[m, k, r, c]",
        "largest|tied|first",
    ),
    Wrong(
        "max_pool_backward",
        POOL,
        "at // pw, c * st + at % pw",
        "at // ph, c * st + at % ph",
        SQUARE + "|width|wide",
    ),
    Wrong(
        "max_pool_backward",
        POOL,
        "dx[m, k, r * st + at // pw, c * st + at % pw]",
        "dx[m, k, r + at // pw, c + at % pw]",
        STRIDE,
    ),
    Wrong("rnn_step_forward", RNN, "+ b)", ")", "b\\b|bias|[Tt]hree terms"),
    Wrong("rnn_step_backward", RNN, "dscore.sum(0)", "dscore.sum(1)", "over which axis|N|batch"),
    Wrong("rnn_step_backward", RNN, "dscore.sum(0)", "np.sum(dscore)", "one number"),
    Wrong(
        "rnn_step_backward",
        RNN,
        '(1 - np.square(cache["h"])) * dnext_h',
        '(1 - cache["h"]) * dnext_h',
        "[Ss]quare|derivative",
    ),
    Wrong(
        "rnn_step_backward",
        RNN,
        '(1 - np.square(cache["h"])) * dnext_h',
        'np.square(1 - cache["h"]) * dnext_h',
        "derivative|tanh",
    ),
    Wrong(
        "rnn_step_backward", RNN, 'np.dot(dscore, cache["Wx"].T)', 'np.dot(dscore, cache["Wx"])', "transposed"
    ),
    Wrong(
        "rnn_step_backward",
        RNN,
        'np.dot(dscore, cache["Wh"].T)',
        'np.dot(dnext_h, cache["Wh"].T)',
        "tanh|dprev_h",
    ),
    Wrong(
        "rnn_step_backward",
        RNN,
        'np.dot(cache["p"].T, dscore)',
        'np.dot(cache["h"].T, dscore)',
        "before the step|state",
    ),
    Wrong(
        "rnn_forward",
        RNN,
        "rnn_step_forward(x[:, t], state,",
        "rnn_step_forward(x[:, t], h0,",
        "initial state",
    ),
    Wrong("rnn_forward", RNN, "np.stack(steps, axis=1)", "np.stack(steps)", "transposed|exchanged|axes"),
    Wrong(
        "rnn_forward",
        RNN,
        "np.stack(steps, axis=1)",
        "np.array(steps).reshape(x.shape[0], x.shape[1], -1)",
        "reshape",
    ),
    Wrong("rnn_forward", RNN, "x[:, t], state", "x[t], state", "shape|index|axis"),
    Wrong("rnn_backward", RNN, "up = dh[:, t] + back", "up = dh[:, t]", "both|only|matters|comes back"),
    Wrong(
        "rnn_backward",
        RNN,
        "grads[k] = grads[k] + weights[k]",
        "grads[k] = weights[k]",
        "every step|assignment",
    ),
    Wrong("rnn_backward", RNN, "dx.insert(0, d)", "dx.append(d)", "reverse order along T"),
    Wrong("rnn_backward", RNN, 'np.dot(dscore, cache["Wh"].T)', 'np.dot(dscore, cache["Wh"])', "Wh"),
    Wrong("rnn_backward", RNN, "up = dh[:, t] + back", "up = 2 * dh[:, t] + back", "2|twice"),
    Wrong("rnn_backward", RNN, "range(T - 1, -1, -1)", "range(T - 1, 0, -1)", "shape|time step|step 0"),
    Wrong(
        "rnn_backward",
        RNN,
        "return np.stack(dx, axis=1), back, grads[0], grads[1]",
        "return np.stack(dx, axis=1), back, grads[1], grads[0]",
        "order|taken for each other",
    ),
    Wrong(
        "lstm_gates",
        LSTM,
        "ai, af, ao, ag = np.split(A, 4, axis=1)\n    return",
        "ai, af, ag, ao = np.split(A, 4, axis=1)\n    return",
        "PyTorch",
    ),
    Wrong(
        "lstm_gates",
        LSTM,
        "ai, af, ao, ag = np.split(A, 4, axis=1)\n    return np.concatenate((sigm(ai), sigm(af), "
        "sigm(ao), np.tanh(ag))",
        "ai, af, ag, ao = np.split(A, 4, axis=1)\n    return np.concatenate((sigm(ai), sigm(af), "
        "np.tanh(ag), sigm(ao))",
        "PyTorch",
    ),
    Wrong(
        "lstm_step_forward",
        LSTM,
        "ai, af, ao, ag = np.split(A, 4, axis=1)\n    I",
        "ai, af, ag, ao = np.split(A, 4, axis=1)\n    I",
        "PyTorch",
    ),
    Wrong(
        "lstm_step_forward",
        LSTM,
        "ai, af, ao, ag = np.split(A, 4, axis=1)\n    I",
        "af, ai, ao, ag = np.split(A, 4, axis=1)\n    I",
        "forget",
    ),
    Wrong("lstm_step_forward", LSTM, "next_h = O * th", "next_h = O * next_c", "tanh|bent"),
    Wrong(
        "lstm_step_forward",
        LSTM,
        "I, F, O, G = sigm(ai), sigm(af), sigm(ao), np.tanh(ag)",
        "I, F, O, G = sigm(ai), sigm(af), sigm(ao), sigm(ag)",
        "tanh|negative|-1 to 1",
    ),
    Wrong(
        "lstm_step_forward",
        LSTM,
        "next_c = F * prev_c + I * G",
        "next_c = F * prev_c + G",
        "input gate|candidate",
    ),
    Wrong("lstm_step_backward", LSTM, "dnext_c + O * dnext_h", "O * dnext_h", "dnext_c|upstream"),
    Wrong("lstm_step_backward", LSTM, "dcell * F, x.T", "dnext_c * F, x.T", "previous cell"),
    Wrong("lstm_step_backward", LSTM, "(1 - th * th)", "(1 - th) * th", "tanh|derivative"),
    Wrong("lstm_step_backward", LSTM, "dcell * G * I * (1 - I)", "dcell * G * (1 - I)", "sigmoid"),
    Wrong("lstm_step_backward", LSTM, "dcell * prev_c * F", "dcell * prev_h * F", "forget gate"),
    Wrong("lstm_step_backward", LSTM, "dcell * I * (1 - G * G)", "dcell * I * (1 - I) * G", "candidate"),
    Wrong(
        "lstm_step_backward",
        LSTM,
        "dnext_h * th * O * (1 - O)",
        "dcell * th * O * (1 - O)",
        "output gate|hidden state",
    ),
    Wrong(
        "lstm_backward",
        LSTM,
        "lstm_step_backward(dh[:, t] + ph, pc,",
        "lstm_step_backward(dh[:, t], pc,",
        "comes back|only the last|next",
    ),
    Wrong(
        "lstm_backward",
        LSTM,
        "lstm_step_backward(dh[:, t] + ph, pc,",
        "lstm_step_backward(dh[:, t] + ph, 0 * pc,",
        "cell",
    ),
    Wrong("lstm_backward", LSTM, "dWh += c", "dWh = c", "every step|assignment"),
    Wrong("lstm_backward", LSTM, "range(T)[::-1]", "range(T)", "future|last step|which end"),
    Wrong("lstm_backward", LSTM, "return dx, ph, dWx, dWh, db", "return dx, pc, dWx, dWh, db", "dh0"),
    Wrong("lstm_forward", LSTM, "state, cs, k = lstm", "state, _, k = lstm", "cell"),
    Wrong("lstm_forward", LSTM, "hs.swapaxes(0, 1)", "hs.reshape(N, T, H)", "reshape"),
    Wrong("affine_backward", LINEAR, "dout.sum(0)", "dout.sum()", "one number"),
    Wrong("affine_backward", LINEAR, "(dout @ w.T).reshape(x.shape)", "dout @ w.T", "reshape|shape"),
    Wrong("affine_backward", LINEAR, "flat.T @ dout, dout", "dout.T @ flat, dout", "transposed"),
    Wrong("affine_backward", LINEAR, "flat.T @ dout, dout", "x.T @ dout, dout", "reshape|shape|axes"),
    Wrong("relu_backward", LINEAR, "dx[cache <= 0] = 0", "dx[cache < 0] = 0", "0"),
    Wrong("relu_backward", LINEAR, "dx[cache <= 0] = 0", "dx[dout <= 0] = 0", "what went in|gradient"),
    Wrong("softmax_loss", LINEAR, "    loss /= n\n", "", "N|mean|averaged"),
    Wrong("softmax_loss", LINEAR, "dx / n", "dx", "N|mean|averaged"),
    Wrong("softmax_loss", LINEAR, "dx[k, y[k]] -= 1", "dx[k, y[k]] += 1", "right class|sign|subtract|y"),
    Wrong("softmax_loss", LINEAR, "z = x - x.max(axis=1, keepdims=True)", "z = x", "exp"),
    Wrong(
        "softmax_loss",
        LINEAR,
        "logp = z - np.log(e.sum(axis=1, keepdims=True))",
        "logp = np.log(p + 1e-7)",
        "small",
    ),
    Wrong("softmax_loss", LINEAR, "x.max(axis=1, keepdims=True)", "x.max(axis=1)", "keepdims|broadcast"),
    Wrong(
        "word_embedding_backward", LINEAR, "np.add.at(dW, x, dout)", "dW[x] += dout", "occurs|once|several"
    ),
    Wrong("word_embedding_backward", LINEAR, "np.add.at(dW, x, dout)", "dW[x] = dout", "occurs|once|several"),
    Wrong("adam", ADAM, 'config.get("t", 0) + 1', 'config.get("t", 0)', "t\\b|first step"),
    Wrong("adam", ADAM, "v=v, t=t", "v=v", "configuration|remember|next step"),
    Wrong("adam", ADAM, "(np.sqrt(vh) + eps)", "np.sqrt(vh + eps)", "root"),
    Wrong(
        "adam",
        ADAM,
        "step = lr * mh / (np.sqrt(vh) + eps)",
        "step = lr * m / (np.sqrt(v) + eps)",
        "small at first|bias correction|both",
    ),
    Wrong(
        "adam",
        ADAM,
        "step = lr * mh / (np.sqrt(vh) + eps)",
        "step = lr * np.sqrt(1 - b2 ** t) / (1 - b1 ** t) * m / (np.sqrt(v) + eps)",
        "[Ee]psilon",
    ),
    Wrong(
        "adam",
        ADAM,
        "config.update(m=m, v=v, t=t)",
        "config.update(m=mh, v=vh, t=t)",
        "running mean|next step",
    ),
    Wrong("adam", ADAM, "np.square(dw)", "dw", "square"),
    Wrong("rmsprop", ADAM, "(1 - rho) * dw * dw", "(1 - rho) * dw", "square"),
    Wrong("rmsprop", ADAM, "(np.sqrt(s) + eps)", "np.sqrt(s + eps)", "root"),
    Wrong("rmsprop", ADAM, '    config["cache"] = s\n', "", "remember|next step|cache"),
    Wrong("sgd_momentum", ADAM, "w + v, config", "w - v, config", "sign|climb|minus"),
    Wrong("sgd_momentum", ADAM, "v = mu * v - lr * dw\n", "v = mu * v + lr * dw\n", "sign|grows|uphill"),
    Wrong(
        "gru_gates",
        GRU,
        "n = np.tanh(u[:, 2 * H:] + r * s[:, 2 * H:])\n    return np.h",
        "n = np.tanh(u[:, 2 * H:] + (r * prev_h) @ Wh[:, 2 * H:])\n    return np.h",
        "before the product|two GRUs",
    ),
    Wrong("gru_gates", GRU, "return np.hstack((r, z, n))", "return np.hstack((z, r, n))", "order|Keras"),
    Wrong(
        "gru_step_forward",
        GRU,
        "(1 - z) * n + z * prev_h, None",
        "z * n + (1 - z) * prev_h, None",
        "keeps the old|other way",
    ),
    Wrong(
        "gru_step_forward",
        GRU,
        "n = np.tanh(u[:, 2 * H:] + r * s[:, 2 * H:])\n    return (1 - z) * n + z * prev_h",
        "n = np.tanh(u[:, 2 * H:] + (r * prev_h) @ Wh[:, 2 * H:])\n    return z * n + (1 - z) * prev_h",
        "[Tt]wo conventions",
    ),
    Wrong(
        "gru_step_forward", GATED, "(1 - z) * n + z * prev_h", "z * n + (1 - z) * prev_h", "open update gate"
    ),
    Wrong(
        "gru_step_forward", GATED, "n + z * prev_h", "n + prev_h", "factor is missing, that with the update"
    ),
    Wrong("gru_gates", GATED, "r * ah[:, 2*H:]", "z * ah[:, 2*H:]", "second for the first"),
    Wrong("gru_gates", GATED, "[r, z, n]", "[z, r, n]", "update gate, reset gate"),
    Wrong("gru_step_backward", GATED, " + dnext_h * z", "", "two ways"),
    Wrong("gru_step_backward", GATED, "dr = dan * hn", "dr = dan * prev_h", "by its weights"),
    Wrong("gru_step_backward", GATED, "dr = dan * hn", "dr = dn * hn", "lies a tanh"),
    Wrong("gru_step_backward", GATED, "prev_h.T @ dah", "prev_h.T @ dax", "reset gate"),
    Wrong("gru_step_backward", GATED, "db = dax.sum(0)", "db = dax.sum(0) + dah.sum(0)", "added once"),
    Wrong("dot_product_attention_forward", ATTENTION, " / np.sqrt(H)", "", "scalar product"),
    Wrong("dot_product_attention_forward", ATTENTION, "w.sum(axis=1", "w.sum(axis=0", "Over which axis"),
    Wrong(
        "dot_product_attention_forward", ATTENTION, "nh', w, flat", "nh', scores, flat", "before the softmax"
    ),
    Wrong("dot_product_attention_backward", ATTENTION, "w * (dw - mean)", "w * (1 - w) * dw", "they lose"),
    Wrong("dot_product_attention_backward", ATTENTION, "(w * dw).sum", "dw.sum", "Which mean"),
    Wrong("word_embedding_forward", WORDS, "W[x, :]", "W[:, x]", "another axis"),
    Wrong("word_embedding_backward", WORDS, "np.add.at(dW, x, dout)", "dW[x] += dout", "occurs three times"),
    Wrong("temporal_affine_backward", WORDS, "sum(axis=(0, 1))", "sum(axis=0)", "one axis too many"),
    Wrong("temporal_affine_forward", WORDS, ".reshape(N, T, M) + b", ".reshape(N, T, M)", "too small by b"),
    Wrong("temporal_softmax_loss", WORDS, "dx_flat /= N\n", "dx_flat /= mask.sum()\n", "True in mask"),
    Wrong("temporal_softmax_loss", WORDS, "    dx_flat *= mask_flat[:, None]\n", "", "mask is False"),
    Wrong("temporal_softmax_loss", WORDS, "mask_flat * np.log", "np.log", "leaves the padding out"),
    Wrong(
        "temporal_softmax_loss",
        WORDS,
        "np.max(x_flat, axis=1, keepdims=True)",
        "np.max(x_flat)",
        "of that row",
    ),
    Wrong("conv_forward_naive", CONV, "padded[:, :, r * st", "x[:, :, r * st", "the padded one|beyond"),
]


@dataclass(frozen=True)
class Whole:
    """A wrong answer in full.

    Attributes:
        exercise: what is checked.
        source: the answer.
        said: a pattern that the verdict, as text, must have: the cause.
        unsaid: a pattern that it must not have: what is not the cause.
    """

    exercise: str
    source: str
    said: str
    unsaid: str = "never said"


QUOTIENT = """
def numeric_gradient(f, x, upstream=1.0, h=1e-5):
    grad = np.zeros(x.shape)
    point = x.copy()
    for k in np.ndindex(x.shape):
        here = np.copy(f(x))
        point[k] = x[k] + h
        grad[k] = np.sum(upstream * (f(point) - here)) / STEP
        point[k] = x[k]
    return grad
"""
LOOK = """
def dot_product_attention_forward(h, A):
    N, H, R, C = A.shape
    cells = A.reshape(N, H, R * C)
    scores = np.zeros((N, R * C))
    for n in range(N):
        scores[n] = h[n] @ cells[n] / np.sqrt(SCALE)
    e = np.exp(scores - MAX)
    weights = e / SUM
    attended = np.zeros((N, H))
    for n in range(N):
        attended[n] = cells[n] @ weights[n]
    return attended, weights.reshape(N, R, C), (h, cells, weights, A.shape)
"""
FILTER = """
def top_k_filter(logits, k):
    out = np.zeros(logits.shape)
    for n in range(len(logits)):
        best = np.argsort(-logits[n], kind="stable")[:k]
        out[n, best] = logits[n, best]
    return out
"""
IN_TIME = """
def rnn_forward(x, h0, Wx, Wh, b):
    states, now = [], h0
    for t in range(x.shape[1]):
        now = np.tanh(x[:, READ] @ Wx + now @ Wh + b)
        states.append(now)
    return KEPT, None
"""
GATED = """
def lstm_gates(x, prev_h, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    gates = [0.5 + 0.5 * np.tanh(a / 2) for a in (SIGN i, f, o)]
    return np.concatenate([*gates, np.tanh(g)], axis=AXIS)
"""
BACK = """
from captioning.layers import rnn_step_backward, rnn_step_forward

def rnn_forward(x, h0, Wx, Wh, b):
    h, steps = [h0], []
    for t in range(x.shape[1]):
        now, step = rnn_step_forward(x[:, t], h[-1], Wx, Wh, b)
        h.append(now)
        steps.append(step)
    return np.stack(h[1:], axis=1), steps

def rnn_backward(dh, cache):
    dx, dnow, sums = np.zeros((*dh.shape[:2], cache[0][0].shape[1])), 0, [0, 0, 0]
    for t in range(len(cache))[::-1]:
        dx[:, t], dnow, *weights = rnn_step_backward(dh[:, t] + dnow, cache[STEP])
        sums = [one + other for one, other in zip(sums, weights)]
        EARLY
    return dx, dnow, *sums
"""
WINDOWS = """
def col2im(cols, x_shape, window_height, window_width, stride=1, pad=0):
    N, C, H, W = x_shape
    large = np.zeros((N, C, H + 2 * pad, W + 2 * pad), cols.dtype)
    patches = iter(cols.T)
    for n in range(N):
        for top in range(0, H + 2 * pad - window_height + 1, stride):
            for left in range(0, W + 2 * pad - window_width + 1, stride):
                patch = next(patches).reshape(C, window_height, window_width)
                large[n, :, top:top + window_height, left:left + window_width] ADD patch
    return large[:, :, CUT]
"""
WHOLE = [
    Whole("numeric_gradient", QUOTIENT.replace("STEP", "h"), "to one side only", "float32"),
    Whole("numeric_gradient", QUOTIENT.replace("STEP", "(2 * h)"), "nearly 0.5 times"),
    Whole(
        "relative_error",
        "def relative_error(x, y):\n    s = x + y\n"
        "    return float(np.max(np.abs(x - y) / np.where(s == 0, 1, s)))",
        "A negative number has a size too",
    ),
    Whole(
        "complex_step_gradient",
        "def complex_step_gradient(f, x, upstream=1.0, h=1e-30):\n    g = np.zeros(x.shape)\n"
        "    for k in np.ndindex(x.shape):\n        z = x.astype(complex)\n        z[k] += 1j * h\n"
        "        g[k] = np.sum(upstream * np.real(f(z))) / h\n    return g",
        "same number everywhere|imaginary",
        "lacks a term",
    ),
    Whole(
        "standardize",
        "def standardize(x, epsilon=1e-8):\n    return (x - x.mean(0)) / np.sqrt(x.var(0, ddof=1) + epsilon)",
        r"sqrt\(\(N - 1\)/N\)|N - 1",
    ),
    Whole(
        "softmax_loss",
        "def softmax_loss(x, y):\n    e = np.exp(x - x.max(axis=0))\n"
        "    p = e / e.sum(axis=1, keepdims=True)\n"
        "    n = np.arange(len(x))\n    d = p.copy()\n    d[n, y] -= 1\n"
        "    return -np.log(p[n, y]).mean(), d / len(x)",
        "largest number of each row",
    ),
    Whole(
        "log_softmax",
        "def log_softmax(logits):\n    e = np.exp(logits - np.max(logits))\n"
        "    return np.log(e / e.sum(axis=1, keepdims=True))",
        "largest number of each row",
    ),
    Whole("top_k_filter", FILTER, "what is -inf: is False everywhere"),
    Whole(
        "dot_product_attention_forward",
        LOOK.replace("SCALE", "R * C")
        .replace("MAX", "scores.max(1, keepdims=True)")
        .replace("SUM", "e.sum(1, keepdims=True)"),
        "sum over H products",
    ),
    Whole(
        "dot_product_attention_forward",
        LOOK.replace("SCALE", "H").replace("MAX", "scores.max()").replace("SUM", "e.sum()"),
        "all images compete",
    ),
    Whole(
        "cosine_learning_rate",
        "def cosine_learning_rate(step, n_steps, peak, n_warm_up=0):\n    if step < n_warm_up:\n"
        "        return peak * (step + 1) / n_warm_up\n"
        "    return peak * 0.5 * (1 + np.cos(np.pi * step / n_steps))",
        "two are multiplied",
    ),
    Whole(
        "temporal_softmax_loss",
        "def temporal_softmax_loss(x, y, mask):\n    N, T, V = x.shape\n    z = x * mask[:, :, None]\n"
        "    z = z - z.max(axis=2, keepdims=True)\n    p = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)\n"
        "    n, t = np.arange(N)[:, None], np.arange(T)[None]\n    loss = -np.log(p[n, t, y]).sum() / N\n"
        "    dx = p.copy()\n    dx[n, t, y] -= 1\n    return loss, dx / N",
        "Logits of 0 do not leave a position out",
    ),
    Whole(
        "numeric_gradient",
        "def numeric_gradient(f, x, upstream=1.0, h=1e-5):\n    g = np.zeros_like(x)\n"
        "    for k in np.ndindex(x.shape):\n        up = down = x\n        up[k] += h\n        down[k] -= h\n"
        "        g[k] = np.sum(upstream * (f(up) - f(down))) / (2 * h)\n    return g",
        "gets the same array twice",
        "filled in",
    ),
    Whole(
        "rnn_forward",
        IN_TIME.replace("READ", "0").replace("KEPT", "np.stack(states, axis=1)"),
        "time step of x alone",
    ),
    Whole(
        "rnn_forward",
        IN_TIME.replace("READ", "t").replace("KEPT", "np.stack([h0, *states], axis=1)"),
        "state before the first step",
    ),
    Whole("lstm_gates", GATED.replace("SIGN", "").replace("AXIS", "0"), "below each other", "reshape"),
    Whole(
        "lstm_gates",
        GATED.replace("SIGN", "-").replace("AXIS", "1"),
        "input gate .*1 minus what it should be",
    ),
    Whole(
        "rnn_backward",
        BACK.replace("STEP", "-1").replace("EARLY", "pass"),
        "a cache of its own",
        "hands back",
    ),
    Whole(
        "rnn_backward",
        BACK.replace("STEP", "t").replace("EARLY", "return dx, dnow, *sums"),
        "0 at every time step but the last.*return",
        "hands back",
    ),
    Whole(
        "col2im",
        WINDOWS.replace("ADD", "=").replace("CUT", "pad:pad + H, pad:pad + W"),
        "keeps what came last",
    ),
    Whole("col2im", WINDOWS.replace("ADD", "+=").replace("CUT", "pad:-pad, pad:-pad"), "`\\[pad:-pad\\]`"),
    Whole(
        "top_p_filter",
        "def top_p_filter(logits, p):\n    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
        "    return np.where(e / e.sum(axis=1, keepdims=True) >= p, logits, -np.inf)",
        "what is -inf: is True everywhere",
        "0 everywhere",
    ),
    Whole(
        "dropout_backward",
        "def dropout_backward(dout, cache):\n    mask, _ = cache\n    return dout * mask",
        "None in the cache",
        "never filled in",
    ),
    Whole(
        "tokenize",
        "def tokenize(text):\n    yield from text.lower().split()",
        "expected a list of strings",
        "NumPy",
    ),
    Whole(
        "bleu",
        "import math\nfrom captioning.layers import ngram_counts\n"
        "def bleu(candidates, references, max_n=4):\n    total = 0\n"
        "    for words, told in zip(candidates, references):\n        logs = 0\n"
        "        for n in range(1, max_n + 1):\n            runs = ngram_counts(words, n)\n"
        "            hits = sum(min(k, max(ngram_counts(o, n)[r] for o in told)) for r, k in runs.items())\n"
        "            logs += math.log(hits / runs.total()) / max_n if hits else -math.inf\n"
        "        r = min((abs(len(o) - len(words)), len(o)) for o in told)[1]\n"
        "        total += math.exp(logs + min(0, 1 - r / len(words)))\n    return total / len(candidates)",
        "all captions together",
    ),
    Whole(
        "vgg16_forward_train",
        "from captioning.layers import vgg16_forward\n"
        "def vgg16_forward_train(x, params):\n    return vgg16_forward(x, params, 'fc8')",
        "its outputs and a cache",
    ),
]
