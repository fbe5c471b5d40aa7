"""Timing that survives a busy machine: contestants take turns, and medians are compared."""

import gc
import statistics
import time
from collections.abc import Callable

from tqdm import tqdm

# OpenBLAS's idle threads spin for some 30 ms before they sleep, on the cores that the next contestant
# wants. The pause lets them; the untimed call after it wakes the contestant's own threads.
PAUSE_SECONDS = 0.06


def median_seconds(contestants: dict[str, Callable[[], object]], repeats: int, bar: tqdm) -> dict[str, float]:
    """Time each contestant's call, in turns A B C A B C, without garbage collection.

    Args:
        contestants: functions without arguments, by name.
        repeats: how many turns count; one more comes before them as a warm-up.
        bar: moved on by one after every call.

    Returns:
        The median duration of each, in seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.disable()
    try:
        for _ in range(1 + repeats):
            for name, call in contestants.items():
                time.sleep(PAUSE_SECONDS)
                call()
                start = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - start)
                bar.update()
    finally:
        gc.enable()
    return {name: statistics.median(durations[1:]) for name, durations in seconds.items()}
