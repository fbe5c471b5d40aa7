"""The fully connected layer and the rectifier."""

import numpy as np

from solutions.shapes import require_floats, require_shape, shapes


@shapes(w="D M", b="M")
def affine_forward(x, w, b):
    """Compute ``out = x w + b`` for each row of a minibatch.

    Args:
        x: inputs ``(N, d_1, ..., d_k)``; each is flattened to a row of ``D = d_1 * ... * d_k`` numbers.
        w: weights ``(D, M)``.
        b: biases ``(M,)``.

    Returns:
        out: ``(N, M)``.
        cache: what ``affine_backward`` needs.

    Raises:
        ValueError: the rows of ``x`` have more or fewer numbers than ``w`` has rows.
    """
    require_floats("affine_forward", "x", x)
    if x[0].size != w.shape[0]:
        raise ValueError(
            f"affine_forward: x has shape {x.shape}, {x[0].size} numbers a row; w has shape {w.shape}"
        )
    ### BEGIN SOLUTION
    out = x.reshape(len(x), -1) @ w
    out += b
    ### END SOLUTION
    return out, (x, w)


def affine_backward(dout, cache):
    """Return the gradients of ``affine_forward``: ``dx = dout w^T``, ``dw = x^T dout``, ``db = sum dout``.

    Args:
        dout: upstream gradient ``(N, M)``.
        cache: from ``affine_forward``.

    Returns:
        dx ``(N, d_1, ..., d_k)``, dw ``(D, M)``, db ``(M,)``.
    """
    x, w = cache
    require_shape("dout", dout, (len(x), w.shape[1]))
    ### BEGIN SOLUTION
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    ### END SOLUTION
    return dx, dw, db


def relu_forward(x):
    """Compute ``max(x, 0)``, element by element.

    Args:
        x: inputs of any shape.

    Returns:
        out: of the shape of ``x``.
        cache: what ``relu_backward`` needs.
    """
    require_floats("relu_forward", "x", x)
    ### BEGIN SOLUTION
    out = np.maximum(x, 0)
    ### END SOLUTION
    return out, x


def relu_backward(dout, cache):
    """Pass the upstream gradient on where the input was positive; at exactly 0 the gradient is 0.

    Args:
        dout: upstream gradient, of the shape of ``x``.
        cache: from ``relu_forward``.

    Returns:
        dx: of the shape of ``x``.
    """
    x = cache
    require_shape("dout", dout, x.shape)
    ### BEGIN SOLUTION
    dx = dout * (x > 0)
    ### END SOLUTION
    return dx
