"""A beam search, drawn as the tree of beginnings that it followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Curve

from captioning import layers
from captioning.data.coco_layout import NULL_WORD, START_WORD
from captioning.figures.style import LIGHT, SMALL, TEXT, Theme, canvas, in_inches, text_width
from captioning.figures.words import number

# In inches.
MARGIN, LINE_HEIGHT, GAP, PAD, MIN_COLUMN = 0.15, 0.38, 0.34, 0.06, 0.35

Prefix = tuple[str, ...]


@dataclass
class Node:
    """A beginning of a caption that the search kept at one step or more.

    Attributes:
        log_prob: the log-probability of its words.
        children: the beginnings that are one word longer, the most successful first.
        rank: the place, from 0, of the best final caption that begins so; None if the search dropped it.
        score: if the final caption ends here, its length-normalised score; else None.
        line: where it is drawn, from 0.
    """

    log_prob: float
    children: list[Prefix]
    rank: int | None = None
    score: float | None = None
    line: int = 0


def beam_tree(beams: "layers.Beams", idx_to_word: Sequence[str], row: int = 0) -> dict[Prefix, Node]:
    """Return every beginning that a beam search kept, by its words; the first is the root.

    A node's first child stands on its own line and the others below that. So the winning caption is the
    straight line on top, and no two nodes of a step share a line.

    Args:
        beams: from ``beam_search``.
        idx_to_word: the vocabulary.
        row: of which image.
    """
    n_given = beams.words.shape[2] - len(beams.steps)
    root = tuple(idx_to_word[word] for word in beams.words[row, 0, :n_given])
    tree = {root: Node(0.0, [])}
    followed = [root] * beams.words.shape[1]
    for parents, words, totals in beams.steps:
        before, followed = followed, []
        for parent, word, total in zip(parents[row], words[row], totals[row], strict=True):
            prefix = before[parent]
            # A caption that has ended goes on with <NULL>. A place without a caption is impossible.
            if idx_to_word[word] != NULL_WORD and np.isfinite(total):
                child = (*prefix, idx_to_word[word])
                tree[prefix].children.append(child)
                tree[child] = Node(float(total), [])
                prefix = child
            followed.append(prefix)
    for rank, (prefix, score) in enumerate(zip(followed, beams.scores[row], strict=True)):
        if np.isfinite(score):
            tree[prefix].score = float(score)
            for length in range(len(root), len(prefix) + 1):
                node = tree[prefix[:length]]
                node.rank = rank if node.rank is None else node.rank
    _lay_out(tree, root, 0)
    return tree


def _lay_out(tree: dict[Prefix, Node], prefix: Prefix, line: int) -> int:
    """Put a beginning and all that follow from it on lines from ``line`` on; return the first free line."""
    node = tree[prefix]
    node.line = line
    node.children.sort(key=lambda child: (tree[child].rank is None, tree[child].rank, -tree[child].log_prob))
    for child in node.children:
        line = _lay_out(tree, child, line)
    return line if node.children else line + 1


def draw_beam_tree(
    beams: "layers.Beams", idx_to_word: Sequence[str], path: Path, *, row: int = 0, theme: Theme = LIGHT
) -> None:
    """Draw the tree of a beam search, from left to right.

    Under each word stands the log-probability up to it; behind each final caption its place and score.
    The winner is drawn thick and bold, the other final captions thin, and what was dropped pale.

    Args:
        beams: from ``beam_search``.
        idx_to_word: the vocabulary.
        path: the figure to write, ``.png``, ``.svg`` or ``.pdf``.
        row: which image.
        theme: the colours.

    Raises:
        InputError: the suffix is none that we can write, the folder cannot be written, or the disk is full.
    """
    drawing = _Drawing(beam_tree(beams, idx_to_word, row))
    with canvas(path, *drawing.size, theme) as figure:
        drawing.draw(figure, theme)


def beam_tree_figure(beams: "layers.Beams", idx_to_word: Sequence[str], row: int = 0) -> Figure:
    """Return the tree of a beam search as a figure, which shows itself at the end of a notebook's cell.

    Args:
        beams, idx_to_word, row: as for ``draw_beam_tree``.
    """
    drawing = _Drawing(beam_tree(beams, idx_to_word, row))
    figure = Figure(figsize=drawing.size)
    drawing.draw(figure, LIGHT)
    return figure


class _Drawing:
    """Where the words of a tree stand.

    Attributes:
        size: width and height, in inches.
    """

    def __init__(self, tree: dict[Prefix, Node]) -> None:
        self._tree = tree
        root = next(iter(tree))
        self._labels = {prefix: prefix[-1] for prefix in tree if prefix != root}
        self._labels[root] = " ".join((START_WORD, *root))
        self._widths = {prefix: text_width(label, TEXT, bold=True) for prefix, label in self._labels.items()}
        # Each step is a column as wide as its widest word.
        self._lefts = {len(root): MARGIN}
        for length in range(len(root), max(map(len, tree)) + 1):
            widest = max(width for prefix, width in self._widths.items() if len(prefix) == length)
            self._lefts[length + 1] = self._lefts[length] + max(widest, MIN_COLUMN) + GAP
        ends = [
            self._lefts[len(prefix)]
            + self._widths[prefix]
            + 2 * PAD
            + text_width(_verdict(node), SMALL, bold=True)
            for prefix, node in tree.items()
        ]
        height = 2 * MARGIN + LINE_HEIGHT * (1 + max(node.line for node in tree.values()))
        self.size = max(ends) + MARGIN, height

    def draw(self, figure: Figure, theme: Theme) -> None:
        """Draw the tree into an empty figure of its size."""
        axes = in_inches(figure)
        for prefix, node in self._tree.items():
            x, width = self._lefts[len(prefix)], self._widths[prefix]
            _draw_node(axes, x, node, self._labels[prefix], width, theme)
            for child in node.children:
                parent_end = (x + width + PAD, _y(node))
                child_start = (self._lefts[len(child)] - PAD, _y(self._tree[child]))
                _draw_branch(axes, parent_end, child_start, self._tree[child], theme)


def _verdict(node: Node) -> str:
    """Return the place and the score of the final caption that ends at a node, if one does."""
    return "" if node.score is None or node.rank is None else f"{node.rank + 1}.  {number(node.score)}"


def _y(node: Node) -> float:
    """Return where the middle of a node's word is."""
    return MARGIN + (node.line + 0.35) * LINE_HEIGHT


def _draw_node(axes: Axes, x: float, node: Node, label: str, width: float, theme: Theme) -> None:
    weight = "bold" if node.rank == 0 else "normal"
    color = theme.quiet if node.rank is None else theme.ink
    style: dict[str, Any] = {"weight": weight, "va": "center_baseline"}
    axes.text(x, _y(node), label, fontsize=TEXT, color=color, **style)
    axes.text(x + width + 2 * PAD, _y(node), _verdict(node), fontsize=SMALL, color=theme.accent, **style)
    # Nothing has been said at the root.
    if node.log_prob < 0:
        below = _y(node) + 0.4 * LINE_HEIGHT
        axes.text(
            x, below, number(node.log_prob), fontsize=SMALL - 1, color=theme.quiet, va="center_baseline"
        )


def _draw_branch(
    axes: Axes, parent_end: tuple[float, float], child_start: tuple[float, float], child: Node, theme: Theme
) -> None:
    """Draw a branch: straight on, or out of its parent's straight branch down to another line."""
    color, width, z = (theme.line, 0.8, 1) if child.rank is None else (theme.quiet, 1.2, 2)
    if child.rank == 0:
        color, width, z = theme.accent, 2.8, 3
    (x, y), (x_end, y_end) = parent_end, child_start
    knots, codes = [(x, y), (x_end, y)], [Curve.MOVETO, Curve.LINETO]
    if y_end != y:
        x, middle = x_end - GAP + PAD, x_end - (GAP - PAD) / 2
        knots = [(x, y), (middle, y), (middle, y_end), (x_end, y_end)]
        codes = [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4]
    axes.add_patch(
        PathPatch(
            Curve(knots, codes), fill=False, edgecolor=color, linewidth=width, capstyle="butt", zorder=z
        )
    )
