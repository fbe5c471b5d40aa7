"""From hidden states to words: an affine layer and a softmax loss at every time step."""

import numpy as np

from solutions.affine import affine_backward, affine_forward
from solutions.shapes import require_shape, shapes


@shapes(x="N T D", w="D M", b="M")
def temporal_affine_forward(x, w, b):
    """Apply one affine layer at every time step, as one matrix product: ``out[n, t] = x[n, t] w + b``.

    Args:
        x: ``(N, T, D)``.
        w: weights ``(D, M)``.
        b: biases ``(M,)``.

    Returns:
        out: ``(N, T, M)``.
        cache: what ``temporal_affine_backward`` needs.
    """
    N, T, D = x.shape
    ### BEGIN SOLUTION
    out, affine_cache = affine_forward(x.reshape(N * T, D), w, b)
    out = out.reshape(N, T, -1)
    cache = affine_cache, x.shape
    ### END SOLUTION
    return out, cache


def temporal_affine_backward(dout, cache):
    """Return the gradients of ``temporal_affine_forward``.

    Args:
        dout: upstream gradient ``(N, T, M)``.
        cache: from ``temporal_affine_forward``.

    Returns:
        dx ``(N, T, D)``, dw ``(D, M)``, db ``(M,)``.
    """
    affine_cache, (N, T, D) = cache
    _, w = affine_cache
    require_shape("dout", dout, (N, T, w.shape[1]))
    ### BEGIN SOLUTION
    dx, dw, db = affine_backward(dout.reshape(N * T, -1), affine_cache)
    dx = dx.reshape(N, T, D)
    ### END SOLUTION
    return dx, dw, db


@shapes(x="N T V", y="int N T", mask="bool N T")
def temporal_softmax_loss(x, y, mask):
    """Compute the cross-entropy of the right words, summed over time and averaged over the minibatch.

    ``loss = -1/N sum over n, t of mask[n, t] * log softmax(x[n, t])[y[n, t]]``; the average is over the
    ``N`` captions, not over their words.

    Args:
        x: logits ``(N, T, V)``.
        y: the right words ``(N, T)``, integers in ``[0, V)``.
        mask: ``(N, T)`` bool; False where ``y`` is padding and counts for nothing.

    Returns:
        loss: a number.
        dx: gradient of the loss ``(N, T, V)``; 0 where the mask is False.

    Raises:
        ValueError: a word is not in ``[0, V)``, whatever the mask says of it.
    """
    N, _, V = x.shape
    if y.min() < 0 or y.max() >= V:
        raise ValueError(
            f"temporal_softmax_loss: y holds words {y.min()} to {y.max()}; the vocabulary has 0 to {V - 1}"
        )
    ### BEGIN SOLUTION
    # Padding is a third of a minibatch of captions: leave it out before the costly exponential.
    logits, words = x[mask], y[mask]
    logits -= logits.max(axis=1, keepdims=True)
    rows = np.arange(len(words))
    right_logits = logits[rows, words]
    exps = np.exp(logits, out=logits)
    sums = exps.sum(axis=1)
    loss = (np.log(sums) - right_logits).sum() / N
    exps *= (1 / (sums * N))[:, None]
    exps[rows, words] -= 1 / N
    dx = np.zeros_like(x)
    dx[mask] = exps
    ### END SOLUTION
    return loss, dx
