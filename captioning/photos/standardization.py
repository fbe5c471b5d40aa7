"""Last step: features are shifted and scaled before a captioner sees them."""

from typing import NamedTuple

import numpy as np


class Standardization(NamedTuple):
    """How features are shifted and scaled before the model sees them; a part of what is learned.

    Features that are all positive and far from 1, as a rectifier leaves them, look alike to the model:
    what they have in common drowns what distinguishes them.

    Attributes:
        mean: of the training features ``(D,)`` float32.
        scale: the root mean square of what is left, one number for all columns, so that directions keep
            their proportions (after PCA, the last ones are noise).
    """

    mean: np.ndarray
    scale: float

    @classmethod
    def of(cls, features: np.ndarray) -> "Standardization":
        """Return the standardization that fits features ``(N, D)`` or grids ``(N, D, R, C)`` of any dtype.

        The scale is 0 where all are the same.
        """
        features = features.astype(np.float64)
        mean = features.mean(axis=(0, *range(2, features.ndim)))
        scale = float(np.sqrt((cls(mean, 1.0).shift(features) ** 2).mean()))
        return cls(mean.astype(np.float32), scale)

    def shift(self, features: np.ndarray) -> np.ndarray:
        """Return ``features - mean``; of a grid ``(N, D, R, C)`` each of the D channels has one mean."""
        return features - self.mean.reshape(-1, *[1] * (features.ndim - 2))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Return ``(features - mean) / scale``, float32.

        Args:
            features: ``(N, D)``, or grids ``(N, D, R, C)``.
        """
        return self.shift(features) / np.float32(self.scale)
