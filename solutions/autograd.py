"""Backpropagation through any graph of numbers."""

import numpy as np

from solutions.shapes import shapes


@shapes(edges="int E K", slopes="E")
def backpropagate(edges, slopes):
    """Return the gradient of the last node of a graph with respect to every node.

    Nodes are numbered from 0 in the order in which they were computed. An edge ``(node, source)`` says that a
    node was computed from a source, which has a smaller number. Edges stand in the order of their nodes; two
    of them may be equal, as in ``x * x``.

    Args:
        edges: integers ``(E, 2)``.
        slopes: for each edge, by how much its node grows for each unit by which its source grows, ``(E,)``.

    Returns:
        gradients: ``(nodes,)``, of the dtype of ``slopes``.
    """
    gradients = np.zeros(edges.max() + 1, dtype=slopes.dtype)
    ### BEGIN SOLUTION
    gradients[-1] = 1
    for (node, source), slope in zip(edges[::-1], slopes[::-1], strict=True):
        gradients[source] += gradients[node] * slope
    ### END SOLUTION
    return gradients
