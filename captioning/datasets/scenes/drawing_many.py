"""Draw many scenes at once, on all processors."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from captioning.datasets.scenes.drawing import draw
from captioning.datasets.scenes.scene import Scene

BATCH = 100


def draw_batches(scenes: Sequence[Scene], size: int) -> Iterator[np.ndarray]:
    """Yield the pictures of scenes in their order, ``(N, size, size, 3)`` uint8, for N up to ``BATCH``."""
    batches = [scenes[start : start + BATCH] for start in range(0, len(scenes), BATCH)]
    with ProcessPoolExecutor() as pool:
        yield from pool.map(partial(_draw_batch, size=size), batches)


def _draw_batch(scenes: Sequence[Scene], size: int) -> np.ndarray:
    return np.stack([draw(scene, size) for scene in scenes])
