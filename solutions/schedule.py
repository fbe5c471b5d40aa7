"""How fast to learn at each step."""

import math


def cosine_learning_rate(step, n_steps, peak, n_warm_up=0):
    """Return the learning rate of a step: it rises over the first steps and falls along half a cosine.

    ``rate = peak * min(1, (step + 1) / n_warm_up) * (1 + cos(pi * step / n_steps)) / 2``

    Source: I. Loshchilov and F. Hutter, “SGDR: Stochastic Gradient Descent with Warm Restarts”, 2017,
    equation 5, without restarts.

    Args:
        step: 0 for the first; at ``n_steps`` the training is over, and the rate 0.
        n_steps: of the whole training.
        peak: the rate that the cosine begins with.
        n_warm_up: over so many steps the rate rises in equal parts; 0 for none.

    Returns:
        A number.

    Raises:
        ValueError: ``step`` is not one of 0 to ``n_steps``.
    """
    if not 0 <= step <= n_steps:
        raise ValueError(f"step is {step}, expected 0 to {n_steps}, the number of all steps")
    ### BEGIN SOLUTION
    warm_up = min(1.0, (step + 1) / n_warm_up) if n_warm_up else 1.0
    rate = warm_up * peak * (1 + math.cos(math.pi * step / n_steps)) / 2
    ### END SOLUTION
    return rate
