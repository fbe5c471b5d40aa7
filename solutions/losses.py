"""The softmax and its cross-entropy loss."""

import numpy as np

from solutions.shapes import shapes


@shapes(x="N C", y="int N")
def softmax_loss(x, y):
    """Compute the cross-entropy of a softmax, averaged over the minibatch, and its gradient.

    ``loss = -1/N sum over n of log p[n, y[n]]`` with ``p[n, c] = exp(x[n, c]) / sum_k exp(x[n, k])``.

    Args:
        x: logits ``(N, C)``.
        y: the right classes ``(N,)``, integers in ``[0, C)``.

    Returns:
        loss: a number.
        dx: gradient of the loss ``(N, C)``: ``(p - one_hot(y)) / N``.

    Raises:
        ValueError: a class is not in ``[0, C)``.
    """
    N, C = x.shape
    if y.min() < 0 or y.max() >= C:
        raise ValueError(f"softmax_loss: y runs from {y.min()} to {y.max()}; the classes are 0 to {C - 1}")
    ### BEGIN SOLUTION
    shifted = x - x.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    rows = np.arange(N)
    loss = (np.log(sums[:, 0]) - shifted[rows, y]).sum() / N
    dx = exps / (sums * N)
    dx[rows, y] -= 1 / N
    ### END SOLUTION
    return loss, dx
