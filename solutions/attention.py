"""Attention: at every word the network looks at another part of the picture.

The features are a grid of cells; the hidden state is compared with each, and the weighted mean of
the cells is a third input of the LSTM.

Source: K. Xu et al., “Show, Attend and Tell”, 2015, with the scaled dot product of A. Vaswani et al.,
“Attention Is All You Need”, 2017, equation 1, as in Stanford's CS231n.
"""

import numpy as np

from solutions.affine import affine_backward, affine_forward
from solutions.captioner import CaptioningRNN
from solutions.lstm import lstm_gates, lstm_step_backward, lstm_step_forward
from solutions.shapes import require_shape, shapes
from solutions.temporal import temporal_affine_backward, temporal_affine_forward, temporal_softmax_loss
from solutions.words import word_embedding_backward, word_embedding_forward


@shapes(h="N H", A="N H R C")
def dot_product_attention_forward(h, A):
    """Look at a grid of features with the hidden state.

    ``weights = softmax over the grid of (h . A[:, r, c] / sqrt(H))``, ``attended = sum of weights * A``.

    Args:
        h: hidden states ``(N, H)``.
        A: a grid of features of the same size ``(N, H, R, C)``.

    Returns:
        attended: ``(N, H)``.
        weights: ``(N, R, C)``, positive, with sum 1 for each image.
        cache: what ``dot_product_attention_backward`` needs.
    """
    N, H, R, C = A.shape
    ### BEGIN SOLUTION
    cells = A.reshape(N, H, R * C)
    scores = (h[:, None, :] @ cells)[:, 0] * H**-0.5
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = exps / exps.sum(axis=1, keepdims=True)
    attended = (cells @ weights[:, :, None])[:, :, 0]
    cache = h, cells, weights, A.shape
    ### END SOLUTION
    return attended, weights.reshape(N, R, C), cache


def dot_product_attention_backward(dattended, cache):
    """Return the gradients of ``dot_product_attention_forward``.

    Args:
        dattended: upstream gradient ``(N, H)``.
        cache: from ``dot_product_attention_forward``.

    Returns:
        dh ``(N, H)``, dA ``(N, H, R, C)``.
    """
    h, cells, weights, grid_shape = cache
    require_shape("dattended", dattended, h.shape)
    ### BEGIN SOLUTION
    dweights = (dattended[:, None, :] @ cells)[:, 0]
    dscores = weights * (dweights - (weights * dweights).sum(axis=1, keepdims=True)) * h.shape[1] ** -0.5
    dh = (cells @ dscores[:, :, None])[:, :, 0]
    dA = dattended[:, :, None] * weights[:, None, :] + h[:, :, None] * dscores[:, None, :]
    ### END SOLUTION
    return dh, dA.reshape(grid_shape)


@shapes(x="N D", prev_h="N H", prev_c="N H", attended="N H", Wx="D 4H", Wh="H 4H", Wattn="H 4H", b="4H")
def attention_lstm_step_forward(x, prev_h, prev_c, attended, Wx, Wh, Wattn, b):
    """Take one step of an LSTM whose gates also see the attended features.

    ``i, f, o = sigmoid(...)``, ``g = tanh(...)`` of ``x_t Wx + h_{t-1} Wh + attended Wattn + b``;
    ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    Args:
        x: inputs ``(N, D)``.
        prev_h, prev_c: hidden and cell states before the step ``(N, H)``.
        attended: from ``dot_product_attention_forward`` ``(N, H)``.
        Wx, Wh, b: as in ``lstm_step_forward``.
        Wattn: weights from attended features to gates ``(H, 4H)``.

    Returns:
        next_h, next_c: ``(N, H)``.
        cache: what ``attention_lstm_step_backward`` needs.
    """
    ### BEGIN SOLUTION
    # One more product in the sum is one more block of inputs: [x, attended] [Wx; Wattn].
    inputs = np.concatenate([x, attended], axis=1)
    next_h, next_c, cache = lstm_step_forward(inputs, prev_h, prev_c, np.concatenate([Wx, Wattn]), Wh, b)
    ### END SOLUTION
    return next_h, next_c, cache


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    """Return the gradients of one step.

    Args:
        dnext_h, dnext_c: upstream gradients ``(N, H)``.
        cache: from ``attention_lstm_step_forward``.

    Returns:
        dx ``(N, D)``, dprev_h, dprev_c, dattended ``(N, H)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``,
        dWattn ``(H, 4H)``, db ``(4H,)``.
    """
    H = dnext_h.shape[1]
    ### BEGIN SOLUTION
    dinputs, dprev_h, dprev_c, dW, dWh, db = lstm_step_backward(dnext_h, dnext_c, cache)
    dx, dattended = dinputs[:, :-H], dinputs[:, -H:]
    dWx, dWattn = dW[:-H], dW[-H:]
    ### END SOLUTION
    return dx, dprev_h, dprev_c, dattended, dWx, dWh, dWattn, db


@shapes(x="N T D", A="N H R C", Wx="D 4H", Wh="H 4H", Wattn="H 4H", b="4H")
def attention_lstm_forward(x, A, Wx, Wh, Wattn, b):
    """Run over a whole sequence; hidden and cell state start as the mean of the grid.

    Args:
        x: inputs ``(N, T, D)``.
        A: a grid of features ``(N, H, R, C)``.
        Wx, Wh, Wattn, b: as in ``attention_lstm_step_forward``.

    Returns:
        h: hidden states ``(N, T, H)``.
        cache: what ``attention_lstm_backward`` needs.
    """
    N, T, D = x.shape
    H = Wh.shape[0]
    ### BEGIN SOLUTION
    # As in lstm_forward: time first, and the inputs of all steps are one product.
    x = x.transpose(1, 0, 2).reshape(T * N, D)
    gates = (x @ Wx).reshape(T, N, 4 * H)
    gates += b
    h = np.empty((T + 1, N, H), dtype=gates.dtype)
    c = np.empty_like(h)
    attended = np.empty((T, N, H), dtype=gates.dtype)
    tanh_c = np.empty_like(attended)
    looks = []
    h[0] = c[0] = A.mean(axis=(2, 3))
    for t in range(T):
        attended[t], _, look = dot_product_attention_forward(h[t], A)
        looks.append(look)
        gates[t] += h[t] @ Wh
        gates[t] += attended[t] @ Wattn
        # sigmoid(a) = (1 + tanh(a / 2)) / 2, so one tanh serves all four gates.
        sigmoids = gates[t, :, : 3 * H]
        sigmoids *= 0.5
        np.tanh(gates[t], out=gates[t])
        sigmoids *= 0.5
        sigmoids += 0.5
        i, f, o, g = np.split(gates[t], 4, axis=1)
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    cache = x, h, c, attended, Wx, Wh, Wattn, gates, tanh_c, looks, A.shape
    ### END SOLUTION
    return h[1:].transpose(1, 0, 2), cache


def attention_lstm_backward(dh, cache):
    """Return the gradients of a whole sequence.

    Args:
        dh: upstream gradient of every hidden state ``(N, T, H)``.
        cache: from ``attention_lstm_forward``.

    Returns:
        dx ``(N, T, D)``, dA ``(N, H, R, C)``, dWx ``(D, 4H)``, dWh ``(H, 4H)``, dWattn ``(H, 4H)``,
        db ``(4H,)``.
    """
    x, h, c, attended, Wx, Wh, Wattn, gates, tanh_c, looks, (N, H, R, C) = cache
    T = len(looks)
    require_shape("dh", dh, (N, T, H))
    ### BEGIN SOLUTION
    da = np.empty_like(gates)
    dA = np.zeros((N, H, R, C), dtype=gates.dtype)
    dprev_h = np.zeros((N, H), dtype=gates.dtype)
    dprev_c = np.zeros((N, H), dtype=gates.dtype)
    for t in reversed(range(T)):
        dprev_h += dh[:, t]
        i, f, o, g = np.split(gates[t], 4, axis=1)
        di, df, do, dg = np.split(da[t], 4, axis=1)
        # As in lstm_step_backward: the cell reaches the loss by two ways.
        dc = dprev_c + dprev_h * o * (1 - tanh_c[t] ** 2)
        np.multiply(dc * g, i * (1 - i), out=di)
        np.multiply(dc * c[t], f * (1 - f), out=df)
        np.multiply(dprev_h * tanh_c[t], o * (1 - o), out=do)
        np.multiply(dc * i, 1 - g**2, out=dg)
        dprev_c = dc * f
        # The hidden state before the step reached the gates, and decided where to look.
        dprev_h, dA_t = dot_product_attention_backward(da[t] @ Wattn.T, looks[t])
        dprev_h += da[t] @ Wh.T
        dA += dA_t
    dA += ((dprev_h + dprev_c) / (R * C))[:, :, None, None]
    da = da.reshape(T * N, 4 * H)
    dx = (da @ Wx.T).reshape(T, N, -1).transpose(1, 0, 2)
    dWx = x.T @ da
    dWh = h[:-1].reshape(T * N, H).T @ da
    dWattn = attended.reshape(T * N, H).T @ da
    db = da.sum(axis=0)
    ### END SOLUTION
    return dx, dA, dWx, dWh, dWattn, db


class AttentionCaptioner(CaptioningRNN):
    """A captioner that looks at a grid of features ``(N, D, R, C)``, say ``pool5`` of a VGG16.

    It has the parameters of an LSTM captioner and ``Wattn`` ``(H, 4H)``; ``W_proj`` projects each cell of
    the grid.
    """

    def __init__(
        self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, dtype=np.float32, rng=None
    ):
        """Draw fresh parameters; the arguments are those of ``CaptioningRNN``."""
        rng = rng or np.random.default_rng(0)
        super().__init__(word_to_idx, input_dim, wordvec_dim, hidden_dim, "lstm", dtype, rng)
        Wattn = hidden_dim**-0.5 * rng.standard_normal((hidden_dim, 4 * hidden_dim))
        self.params["Wattn"] = Wattn.astype(dtype)

    def _recurrent_params(self):
        return tuple(self.params[name] for name in ("Wx", "Wh", "Wattn", "b"))

    def _project(self, features):
        """Project every cell of the grid: ``(N, D, R, C) -> (N, H, R, C)``."""
        N, D, R, C = features.shape
        rows = features.transpose(0, 2, 3, 1).reshape(N * R * C, D)
        projected, cache = affine_forward(rows, self.params["W_proj"], self.params["b_proj"])
        return projected.reshape(N, R, C, -1).transpose(0, 3, 1, 2), cache

    def loss(self, features, captions):
        """Compute the loss of a minibatch and its gradients, as ``CaptioningRNN.loss`` does.

        Args:
            features: grids of image features ``(N, D, R, C)``.
            captions: ``(N, T)`` integers, ``<START> words... <END> <NULL>...``.

        Returns:
            loss: summed over time, averaged over the minibatch.
            grads: a dictionary with the keys and shapes of ``params``.
        """
        p = self.params
        words_in, words_out, mask = self._split(captions)
        grads = {}
        ### BEGIN SOLUTION
        A, proj_cache = self._project(features)
        x, embed_cache = word_embedding_forward(words_in, p["W_embed"])
        h, recurrent_cache = attention_lstm_forward(x, A, *self._recurrent_params())
        logits, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dlogits = temporal_softmax_loss(logits, words_out, mask)

        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dlogits, vocab_cache)
        dx, dA, *dweights = attention_lstm_backward(dh, recurrent_cache)
        grads |= dict(zip(("Wx", "Wh", "Wattn", "b"), dweights, strict=True))
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        dprojected = dA.transpose(0, 2, 3, 1).reshape(-1, dA.shape[1])
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dprojected, proj_cache)
        ### END SOLUTION
        return loss, grads

    def start(self, features):
        """Return the state before the first word: hidden state, cell state and the projected grid.

        Args:
            features: grids of image features ``(N, D, R, C)``.
        """
        A, _ = self._project(features)
        mean = A.mean(axis=(2, 3))
        return mean, mean, A

    def step(self, words, state):
        """Read one word per image and say how likely each next word is; see ``CaptioningRNN.step``."""
        h, c, A = state
        attended, _, _ = dot_product_attention_forward(h, A)
        x = self.params["W_embed"][words]
        h, c, _ = attention_lstm_step_forward(x, h, c, attended, *self._recurrent_params())
        logits, _ = affine_forward(h, self.params["W_vocab"], self.params["b_vocab"])
        return logits, (h, c, A)

    def explain_step(self, words, state):
        """Return what ``step`` hides: ``gates`` ``(N, 4H)`` and the ``attention`` map ``(N, R, C)``."""
        h, _, A = state
        attended, weights, _ = dot_product_attention_forward(h, A)
        Wx, Wh, Wattn, b = self._recurrent_params()
        inputs = np.concatenate([self.params["W_embed"][words], attended], axis=1)
        return {"gates": lstm_gates(inputs, h, np.concatenate([Wx, Wattn]), Wh, b), "attention": weights}
