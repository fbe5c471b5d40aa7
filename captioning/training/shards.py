"""Parts of a minibatch on threads, each with matrix products of its own: for large models on many cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

# As the built-in map: what a function makes of each of some things, in their order.
Map = Callable[..., Iterator[Any]]


@contextmanager
def threads(n_threads: int) -> Iterator[Map]:
    """Give a ``map`` that works on so many threads; a matrix product then stays on one."""
    if n_threads == 1:
        yield map
        return
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        yield pool.map


def sharded_loss(
    model: Any, features: np.ndarray, captions: np.ndarray, n_shards: int, mapped: Map
) -> tuple[float, dict[str, np.ndarray]]:
    """Compute what ``model.loss`` does, a share of the minibatch at a time.

    The result depends on the number of shards, in its last digits, and not on that of the processors.

    Args:
        model: of a captioner.
        features, captions: of the minibatch, ``B`` rows.
        n_shards: parts to divide it into; fewer where there are fewer rows.
        mapped: of ``threads``.

    Returns:
        loss: summed over time, averaged over the minibatch.
        grads: a dictionary with the keys and shapes of ``model.params``.
    """
    rows = np.array_split(np.arange(len(captions)), min(n_shards, len(captions)))
    if len(rows) == 1:
        loss, grads = model.loss(features, captions)
        return float(loss), grads
    results = list(mapped(lambda part: model.loss(features[part], captions[part]), rows))
    shares = [np.float32(len(part) / len(captions)) for part in rows]
    loss = sum(float(share) * float(loss) for share, (loss, _) in zip(shares, results, strict=True))
    total: dict[str, np.ndarray] = {}
    for share, (_, grads) in zip(shares, results, strict=True):
        for name, grad in grads.items():
            grad = grad * share
            total[name] = np.add(total[name], grad, out=grad) if name in total else grad
    return loss, total
