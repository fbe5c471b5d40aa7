"""Principal components: the directions in which features vary most."""

import numpy as np

from solutions.shapes import shapes


@shapes(features="N D")
def pca_fit(features, n_components):
    """Find the directions in which features vary most.

    Source: K. Pearson, “On lines and planes of closest fit to systems of points in space”, 1901.

    Args:
        features: ``(N, D)``, a row per picture.
        n_components: how many directions to keep, at most ``D``.

    Returns:
        mean: ``(D,)``.
        components: ``(D, n_components)``, orthonormal columns in order of falling variance, each with
        its largest entry positive (the sign is free, so it is fixed here).

    Raises:
        ValueError: ``n_components`` is not one of 1 to ``D``.
    """
    if not 1 <= n_components <= features.shape[1]:
        raise ValueError(f"n_components is {n_components}, expected 1 to {features.shape[1]}")
    ### BEGIN SOLUTION
    mean = features.mean(axis=0)
    centred = features - mean
    _, components = np.linalg.eigh(centred.T @ centred)
    components = components[:, ::-1][:, :n_components]
    largest = np.abs(components).argmax(axis=0)
    components = components * np.sign(components[largest, np.arange(n_components)])
    ### END SOLUTION
    return mean, components


@shapes(features="N D", mean="D", components="D K")
def pca_project(features, mean, components):
    """Give the coordinates of features along the principal components.

    Args:
        features: ``(N, D)``.
        mean, components: from ``pca_fit``, ``(D,)`` and ``(D, K)``.

    Returns:
        projected: ``(N, K)``.
    """
    ### BEGIN SOLUTION
    projected = (features - mean) @ components
    ### END SOLUTION
    return projected
