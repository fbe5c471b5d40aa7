"""Update rules, gradient clipping and dropout.

An update rule takes a parameter, its gradient and a ``config`` dictionary that carries the
hyperparameters and what the rule remembers; it returns the new parameter and the new ``config``.
"""

import numpy as np

from solutions.shapes import require_floats, require_shape


def _complete(config, defaults):
    """Fill in what ``config`` leaves out, with its NumPy scalars as plain numbers.

    A learning rate from ``np.cos`` is an ``np.float64``, and would turn float32 weights into float64.
    """
    config = defaults | (config or {})
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in config.items()}


def sgd_momentum(w, dw, config=None):
    """Take a step of stochastic gradient descent with momentum.

    ``v <- momentum * v - learning_rate * dw``, ``w <- w + v``.

    Source: I. Sutskever et al., “On the importance of initialization and momentum in deep
    learning”, 2013, equations 1 and 2.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-2), ``momentum`` (0.9), ``velocity`` (zeros).

    Returns:
        next_w, next_config.
    """
    require_shape("dw", dw, w.shape)
    config = _complete(config, {"learning_rate": 1e-2, "momentum": 0.9, "velocity": np.zeros_like(w)})
    ### BEGIN SOLUTION
    velocity = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    next_w = w + velocity
    config["velocity"] = velocity
    ### END SOLUTION
    return next_w, config


def rmsprop(w, dw, config=None):
    """Take a step of RMSProp: each entry is scaled by a running root mean square of its gradient.

    ``s <- decay_rate * s + (1 - decay_rate) * dw^2``, ``w <- w - learning_rate * dw / (sqrt(s) + epsilon)``.

    Source: T. Tieleman and G. Hinton, “Neural Networks for Machine Learning”, lecture 6.5, 2012.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-2), ``decay_rate`` (0.99), ``epsilon`` (1e-8), ``cache`` (zeros).

    Returns:
        next_w, next_config.
    """
    require_shape("dw", dw, w.shape)
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(w)}
    config = _complete(config, defaults)
    ### BEGIN SOLUTION
    cache = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    config["cache"] = cache
    ### END SOLUTION
    return next_w, config


def adam(w, dw, config=None):
    """Take a step of Adam: momentum over RMSProp's scale, both freed of their start at 0.

    ``t <- t + 1``, ``m <- beta1 * m + (1 - beta1) * dw``, ``v <- beta2 * v + (1 - beta2) * dw^2``,
    ``w <- w - learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)``.

    Source: D. Kingma and J. Ba, “Adam: A Method for Stochastic Optimization”, 2015, algorithm 1.

    Args:
        w, dw: a parameter and its gradient, of one shape.
        config: ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8), first
            and second moments ``m`` and ``v`` (zeros), number of steps taken ``t`` (0).

    Returns:
        next_w, next_config.
    """
    require_shape("dw", dw, w.shape)
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
                "m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}  # fmt: skip
    config = _complete(config, defaults)
    ### BEGIN SOLUTION
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    # The moments start at 0; dividing by 1 - beta^t takes out the pull towards it.
    unbiased_m = m / (1 - beta1**t)
    unbiased_v = v / (1 - beta2**t)
    next_w = w - config["learning_rate"] * unbiased_m / (np.sqrt(unbiased_v) + config["epsilon"])
    config |= {"m": m, "v": v, "t": t}
    ### END SOLUTION
    return next_w, config


def clip_gradients(grads, max_norm):
    """Scale all gradients together so that their global norm is at most ``max_norm``.

    ``g <- g * min(1, max_norm / norm)``, with one ``norm`` for all of them.

    Source: R. Pascanu et al., “On the difficulty of training recurrent neural networks”, 2013,
    algorithm 1.

    Args:
        grads: a dictionary of arrays.
        max_norm: a positive number.

    Returns:
        clipped: a dictionary of arrays; their direction is that of ``grads``.
        norm: the global norm before clipping, ``sqrt(sum over all entries of all arrays of g^2)``.

    Raises:
        ValueError: ``max_norm`` is not positive.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm is {max_norm}, expected a positive number")
    ### BEGIN SOLUTION
    norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
    scale = float(max_norm / norm) if norm > max_norm else 1.0
    clipped = {name: scale * grad for name, grad in grads.items()}
    ### END SOLUTION
    return clipped, norm


def dropout_forward(x, dropout_param):
    """Drop entries at random while training, and divide the others by ``p`` (inverted dropout).

    Source: N. Srivastava et al., “Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting”, 2014.

    Args:
        x: inputs of any shape.
        dropout_param: ``mode`` ("train" or "test"), ``p``, the probability of *keeping* an entry, and
            for training ``rng``, a ``numpy.random.Generator``; one ``rng.random(x.shape)`` is drawn,
            and entries below ``p`` are kept.

    Returns:
        out: of the shape of ``x``; in mode "test" it is ``x``.
        cache: what ``dropout_backward`` needs.

    Raises:
        ValueError: the mode is another one, or ``p`` not in (0, 1].
    """
    require_floats("dropout_forward", "x", x)
    mode, p = dropout_param["mode"], dropout_param["p"]
    if mode not in {"train", "test"}:
        raise ValueError(f"the dropout mode is {mode!r}, expected 'train' or 'test'")
    if not 0 < p <= 1:
        raise ValueError(f"the probability of keeping an entry is {p}, expected 0 < p <= 1")
    ### BEGIN SOLUTION
    mask = None
    out = x
    if mode == "train":
        mask = (dropout_param["rng"].random(x.shape) < p).astype(x.dtype) / x.dtype.type(p)
        out = x * mask
    ### END SOLUTION
    return out, (mask, x.shape)


def dropout_backward(dout, cache):
    """Pass the upstream gradient on through the entries that were kept.

    Args:
        dout: upstream gradient, of the shape of ``x``.
        cache: from ``dropout_forward``.

    Returns:
        dx: of the shape of ``x``.
    """
    mask, x_shape = cache
    require_shape("dout", dout, x_shape)
    ### BEGIN SOLUTION
    dx = dout if mask is None else dout * mask
    ### END SOLUTION
    return dx
