"""How features are shifted and scaled before a captioner sees them."""

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

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Return ``(features - mean) / scale``, float32.

        Args:
            features: ``(N, D)``, or a grid ``(N, D, R, C)``, where each of the D channels has one mean.
        """
        mean = self.mean.reshape(-1, *[1] * (features.ndim - 2))
        return (features - mean) / np.float32(self.scale)
