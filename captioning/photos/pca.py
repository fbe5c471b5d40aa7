"""Third step, where it is wanted: from features to their principal components."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from captioning import layers
from captioning.errors import InputError
from captioning.hdf5 import get_dataset, open_hdf5, readable


class PCA(NamedTuple):
    """The principal components of features.

    Attributes:
        mean: ``(D,)``.
        components: ``(D, n)``, a component per column.
    """

    mean: np.ndarray
    components: np.ndarray

    def project(self, features: np.ndarray) -> np.ndarray:
        """Return the coordinates ``(N, n)`` of features ``(N, D)`` along the components."""
        self.require_columns(features.shape[1])
        return layers.pca_project(features, self.mean, self.components)

    def require_columns(self, n_columns: int) -> None:
        """Raise ``InputError`` unless this is a PCA of features with so many columns."""
        if n_columns != len(self.mean):
            raise InputError(
                f"the PCA is one of features with {len(self.mean)} columns, but these have {n_columns}. "
                "Use the PCA that was fitted to features of the same network."
            )

    def checksum(self) -> str:
        """Return the SHA-256 of the numbers: two PCAs with one checksum project alike."""
        return hashlib.sha256(self.mean.tobytes() + self.components.tobytes()).hexdigest()


def fit_pca(features: np.ndarray, n_components: int) -> PCA:
    """Fit a PCA to features ``(N, D)``.

    Raises:
        InputError: there are too few rows or columns for so many components.
    """
    require_components(n_components, *features.shape)
    return PCA(*layers.pca_fit(features, n_components))


def require_components(n_components: int, n_rows: int, n_columns: int) -> None:
    """Raise ``InputError`` unless so many components can be fitted to features of this shape."""
    limit = min(n_rows - 1, n_columns)
    if not 1 <= n_components <= limit:
        raise InputError(
            f"{n_components} principal components cannot be fitted to the features of {n_rows} photos with "
            f"{n_columns} columns; expected 1 to {limit}."
        )


def write_pca(file: h5py.File, pca: PCA) -> None:
    """Write a PCA into an open HDF5 file: ``pca_mean`` and ``pca_components``."""
    file["pca_mean"], file["pca_components"] = pca


def read_pca(path: Path) -> PCA:
    """Read what ``write_pca`` wrote.

    Raises:
        InputError: the file is missing, damaged or holds no PCA.
    """
    with open_hdf5(path) as file, readable(path):
        return PCA(get_dataset(file, "pca_mean")[:], get_dataset(file, "pca_components")[:])
