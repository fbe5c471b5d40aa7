"""The benchmarks compare equals, in turns."""

import numpy as np
import pytest
from tqdm import tqdm

from benchmarks import timing
from benchmarks.naive import NAIVE
from solutions.cells import CELLS


@pytest.mark.parametrize("cell", CELLS)
def test_the_naive_version_computes_the_same(cell):
    rng = np.random.default_rng(0)
    N, T, D, H = 3, 4, 5, 6
    G = len(CELLS[cell].blocks)
    arrays = [rng.standard_normal(shape) for shape in [(N, T, D), (N, H), (D, G * H), (H, G * H), (G * H,)]]
    dh = rng.standard_normal((N, T, H))
    h, cache = CELLS[cell].forward(*arrays)
    forward, backward = NAIVE[cell]
    naive_h, naive_cache = forward(*arrays)
    np.testing.assert_allclose(naive_h, h, rtol=1e-12)
    for naive, ours in zip(backward(dh, naive_cache), CELLS[cell].backward(dh, cache), strict=True):
        np.testing.assert_allclose(naive, ours, rtol=1e-10, atol=1e-12)


def test_contestants_take_turns_and_warm_up(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE_SECONDS", 0)
    calls = []
    contestants = {name: lambda name=name: calls.append(name) for name in "AB"}
    seconds = timing.median_seconds(contestants, repeats=2, bar=tqdm(disable=True))
    assert calls == list("AABB" * 3)
    assert seconds.keys() == {"A", "B"}
    assert all(0 <= duration < 1 for duration in seconds.values())
