"""The randomness of a run: all of it comes from the seed, a purpose and a position."""

import numpy as np

# What random numbers are for. With the seed and a position they make a generator of their own, so that
# a resumed run draws what an uninterrupted one does.
INITIAL, ORDER, DROPOUT, SUBSET, SHUFFLE, SAMPLE, VALIDATION = range(7)


def generator(seed: int, purpose: int, position: int = 0) -> np.random.Generator:
    """Return the generator for one purpose at one position of a run."""
    return np.random.default_rng((seed, purpose, position))
