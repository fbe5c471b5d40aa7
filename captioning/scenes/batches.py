"""Draw many scenes, and do something with the pictures, on all processors."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene

# So few pictures that their feature maps fit in the processor's cache; and so many batches to a process at a
# time that the function, which may hold weights, is seldom sent.
BATCH, BATCHES_AT_ONCE = 25, 8


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
    with ProcessPoolExecutor(initializer=_prepare_process) as pool:
        yield from pool.map(partial(_draw_and_call, function, size), batches, chunksize=BATCHES_AT_ONCE)


def _prepare_process() -> None:
    threadpool_limits(1)
    # The C library of Linux keeps twice as much free memory as the largest block that was ever freed, at most
    # 64 MB. Without this it would hand back the feature maps after every batch, only to ask for them again.
    np.empty(31 * 2**20, dtype=np.uint8)


def _draw_and_call(
    function: Callable[[np.ndarray], np.ndarray], size: int, scenes: Sequence[Scene]
) -> np.ndarray:
    return function(np.stack([draw(scene, size) for scene in scenes]))
