"""Draw many scenes, and do something with the pictures, on all processors."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from captioning.datasets.scenes.drawing import draw
from captioning.datasets.scenes.scene import Scene

BATCH = 100


def map_pictures(
    function: Callable[[np.ndarray], np.ndarray], scenes: Sequence[Scene], size: int
) -> Iterator[np.ndarray]:
    """Yield what a function makes of the pictures of scenes, a batch at a time, in their order.

    Args:
        function: takes pictures ``(N, size, size, 3)`` uint8, for N up to ``BATCH``. It is called in other
            processes, so it must be one that can be pickled; each computes on one thread.
        scenes: what to draw.
        size: height and width in pixels.
    """
    batches = [scenes[start : start + BATCH] for start in range(0, len(scenes), BATCH)]
    with ProcessPoolExecutor(initializer=threadpool_limits, initargs=(1,)) as pool:
        yield from pool.map(partial(_draw_and_call, function, size), batches)


def _draw_and_call(
    function: Callable[[np.ndarray], np.ndarray], size: int, scenes: Sequence[Scene]
) -> np.ndarray:
    return function(np.stack([draw(scene, size) for scene in scenes]))
