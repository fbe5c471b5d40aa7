"""Figures of the chapters: one style, graphs, boxes, grids of numbers, a picture and what is said of it."""

import textwrap
from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from captioning.figures.style import LIGHT, SMALL, TEXT, in_inches, settings

# In inches.
NODE_GAP, ROW_GAP, MARGIN = 1.35, 0.95, 0.55
CELL_WIDTH, CELL_HEIGHT, GRID_GAP = 0.56, 0.34, 0.4
PICTURE, COLUMN, LINE = 2.2, 3.5, 0.175
# What fits into the column.
LETTERS = 44
BOX_GAP, BOX_ROW = 1.25, 0.9


def house_style() -> None:
    """Draw all further figures of this notebook as SVG in the house's style.

    Lines that follow each other differ in colour and in dashes.
    """
    colors = (LIGHT.accent, LIGHT.warm, LIGHT.cells["gru"], LIGHT.quiet)
    ours = {
        "text.parse_math": True,
        "figure.figsize": (6.4, 3.2),
        "figure.constrained_layout.use": True,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=colors) + cycler(linestyle=("-", "--", ":", "-.")),
        "image.cmap": "gray",
        # Pictures as they are: the reader's browser makes them larger.
        "image.interpolation": "none",
    }
    plt.style.use(["default", settings(LIGHT), ours])
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats  # noqa: PLC0415
    except ModuleNotFoundError:  # a script, not a notebook: nothing is shown inline
        return
    set_matplotlib_formats("svg")


def computational_graph(
    inputs: Mapping[str, Sequence[str]],
    values: Mapping[str, object] | None = None,
    gradients: Mapping[str, object] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw a computational graph from left to right.

    Args:
        inputs: for each node the nodes that feed it, ``{"q": ["x", "y"], "f": ["q", "z"]}``; what feeds a
            node and is fed by none is a leaf, and need not be listed.
        values: what is written above a node: its value in the forward pass.
        gradients: what is written below a node: the gradient of the last node by it.
        labels: what is written in a node, if not its name.

    Returns:
        The figure; at the end of a cell it shows itself.

    Raises:
        ValueError: a node feeds itself, or there is a value, gradient or label for a node that is not there.
    """
    columns = _columns(inputs)
    for what, texts in {"values": values, "gradients": gradients, "labels": labels}.items():
        unknown = sorted(set(texts or {}) - set(columns))
        if unknown:
            raise ValueError(f"{what} has {', '.join(unknown)}, and the graph has only {', '.join(columns)}")
    places = _places(columns, inputs)
    width = max(x for x, _ in places.values()) + 2 * MARGIN
    heights = [y for _, y in places.values()]
    height = max(heights) - min(heights) + 2 * MARGIN
    figure, axes = _inches(width, height)
    low = min(heights) - MARGIN
    at = {node: (x + MARGIN, y - low) for node, (x, y) in places.items()}
    drawn = {}
    for node, (x, y) in at.items():
        is_leaf = not inputs.get(node)
        drawn[node] = axes.text(
            x, y, (labels or {}).get(node, node), ha="center", va="center", size=TEXT,
            bbox={
                "boxstyle": "square,pad=0.45" if is_leaf else "round,pad=0.45,rounding_size=0.9",
                "facecolor": LIGHT.grey if is_leaf else LIGHT.tint,
                "edgecolor": LIGHT.quiet,
            },
        )  # fmt: skip
        if node in (values or {}):
            axes.text(x, y + 0.27, _text((values or {})[node]), ha="center", va="bottom", size=SMALL)
        if node in (gradients or {}):
            text = "∂ " + _text((gradients or {})[node])
            axes.text(x, y - 0.27, text, ha="center", va="top", size=SMALL, color=LIGHT.warm, style="italic")
    for node, feeding in inputs.items():
        for source in feeding:
            # Above the nodes: the boxes where an arrow begins and ends are known once they are drawn.
            axes.add_patch(
                FancyArrowPatch(
                    at[source], at[node], arrowstyle="-|>", mutation_scale=9, color=LIGHT.quiet, linewidth=1,
                    patchA=drawn[source].get_bbox_patch(), patchB=drawn[node].get_bbox_patch(),
                    shrinkA=2, shrinkB=2, zorder=4,
                )
            )  # fmt: skip
    return figure


def number_grid(
    arrays: Mapping[str, np.ndarray], marked: Mapping[str, np.ndarray] | None = None, precision: int = 2
) -> Figure:
    """Draw matrices side by side as grids of numbers.

    Args:
        arrays: matrices ``(rows, columns)`` by the title that stands above each; vectors are one row.
        marked: for some of them a mask of the same shape; what is marked is tinted and bold.
        precision: digits after the decimal point.

    Returns:
        The figure; at the end of a cell it shows itself.
    """
    grids = {title: np.atleast_2d(array) for title, array in arrays.items()}
    width = sum(grid.shape[1] * CELL_WIDTH for grid in grids.values()) + GRID_GAP * (len(grids) + 1)
    height = max(grid.shape[0] for grid in grids.values()) * CELL_HEIGHT + 0.6
    figure, axes = _inches(width, height)
    x = GRID_GAP
    for title, grid in grids.items():
        mask = np.atleast_2d((marked or {}).get(title, np.zeros(grid.shape, dtype=bool)))
        top = (height + grid.shape[0] * CELL_HEIGHT) / 2 - 0.15
        axes.text(x, top + 0.08, title, ha="left", va="bottom", size=TEXT)
        for row, column in np.ndindex(grid.shape):
            left, bottom = x + column * CELL_WIDTH, top - (row + 1) * CELL_HEIGHT
            is_marked = bool(mask[row, column])
            axes.add_patch(
                plt.Rectangle(
                    (left, bottom), CELL_WIDTH, CELL_HEIGHT,
                    facecolor=LIGHT.tint if is_marked else LIGHT.paper, edgecolor=LIGHT.line, linewidth=0.8,
                )
            )  # fmt: skip
            axes.text(
                left + CELL_WIDTH / 2, bottom + CELL_HEIGHT / 2, _cell_text(grid[row, column], precision),
                ha="center", va="center", size=SMALL, weight="bold" if is_marked else "normal",
            )  # fmt: skip
        x += grid.shape[1] * CELL_WIDTH + GRID_GAP
    return figure


def box_diagram(
    places: Mapping[str, tuple[float, float]],
    arrows: Sequence[tuple[str, str] | tuple[str, str, float]],
    texts: Mapping[str, str] | None = None,
    plain: Collection[str] = (),
) -> Figure:
    """Draw boxes, and arrows from one to another.

    Args:
        places: the column and the row of each box, by its name; rows count from the top, and neither need be
            whole.
        arrows: from which box to which, and by how much the arrow bends, if it does.
        texts: what is written in a box, if not its name.
        plain: the boxes that are grey; the others are tinted.

    Returns:
        The figure; at the end of a cell it shows itself.
    """
    columns, rows = zip(*places.values(), strict=True)
    margin = 0.65
    bend = max((abs(arrow[2]) for arrow in arrows if len(arrow) == 3), default=0.0)
    top = margin + 2 * bend
    width = (max(columns) - min(columns)) * BOX_GAP + 2 * margin
    height = (max(rows) - min(rows)) * BOX_ROW + 2 * margin - 0.3 + 2 * bend
    figure, axes = _inches(width, height)
    drawn = {}
    for name, (column, row) in places.items():
        drawn[name] = axes.text(
            (column - min(columns)) * BOX_GAP + margin, height - (row - min(rows)) * BOX_ROW - top + 0.15,
            (texts or {}).get(name, name), ha="center", va="center", size=SMALL,
            bbox={
                "boxstyle": "round,pad=0.45",
                "facecolor": LIGHT.grey if name in plain else LIGHT.tint,
                "edgecolor": LIGHT.quiet,
            },
        )  # fmt: skip
    for start, end, *bends in arrows:
        # Above the boxes, as in a graph.
        axes.add_patch(
            FancyArrowPatch(
                drawn[start].get_position(), drawn[end].get_position(), arrowstyle="-|>", mutation_scale=9,
                color=LIGHT.quiet, linewidth=1, connectionstyle=f"arc3,rad={bends[0] if bends else 0}",
                patchA=drawn[start].get_bbox_patch(), patchB=drawn[end].get_bbox_patch(),
                shrinkA=1, shrinkB=1, zorder=4,
            )
        )  # fmt: skip
    return figure


def looks(picture: np.ndarray, weights: Mapping[str, np.ndarray], columns: int = 4) -> Figure:
    """Draw a picture, and once more for each word, bright where a captioner looked.

    Args:
        picture: ``(side, side, 3)``, ``uint8``.
        weights: by the words, which cells weigh how much, ``(rows, columns)``; the largest weight is drawn as
            full brightness and written into its cell.
        columns: how many pictures stand in a row.

    Returns:
        The figure; at the end of a cell it shows itself.
    """
    rows = -(-(1 + len(weights)) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(6.4, 1.85 * rows), squeeze=False)
    for panel in panels.flat:
        panel.set_axis_off()
    panels.flat[0].imshow(picture)
    side = len(picture)
    for panel, (word, weight) in zip(panels.flat[1:], weights.items(), strict=False):
        cell = side // len(weight)
        light = np.kron(weight / weight.max(), np.ones((cell, cell)))[..., None]
        panel.imshow((picture * (0.25 + 0.75 * light)).astype(np.uint8))
        row, column = np.unravel_index(weight.argmax(), weight.shape)
        panel.add_patch(
            plt.Rectangle(
                (column * cell - 0.5, row * cell - 0.5),
                cell,
                cell,
                facecolor="none",
                edgecolor=LIGHT.warm,
                linewidth=1.5,
            )
        )
        panel.set_title(f"{word}  {weight.max():.2f}")
    plt.close(figure)
    return figure


def beside(picture: np.ndarray, said: Mapping[str, str]) -> Figure:
    """Draw a picture, and beside it what is said of it; on a narrow page the words stand below.

    Args:
        picture: ``(side, side, 3)``, ``uint8`` or from 0 to 1.
        said: texts by the headings that stand above each; a text is wrapped.

    Returns:
        The figure; at the end of a cell it shows itself.
    """
    texts = {heading: textwrap.wrap(text, LETTERS) for heading, text in said.items()}
    needed = sum(len(lines) + 1.8 for lines in texts.values()) * LINE
    height = max(PICTURE, needed) + 0.1
    figure = Figure(figsize=(PICTURE + COLUMN + 0.3, height))
    figure.set_layout_engine("none")
    width = figure.get_figwidth()
    axes = figure.add_axes((0, (height - PICTURE) / 2 / height, PICTURE / width, PICTURE / height))
    axes.imshow(picture)
    axes.set_axis_off()
    axes = figure.add_axes(((PICTURE + 0.25) / width, 0, COLUMN / width, 1))
    axes.set(xlim=(0, COLUMN), ylim=(height, 0))
    axes.set_axis_off()
    # A page cuts panels from each other that have something drawn in them.
    axes.add_patch(plt.Rectangle((0, 0), COLUMN, height, facecolor=LIGHT.paper, edgecolor="none"))
    y = (height - needed) / 2 + LINE
    for heading, lines in texts.items():
        axes.text(0, y, heading, size=SMALL, color=LIGHT.quiet, va="baseline")
        for number, line in enumerate(lines, 1):
            axes.text(0, y + number * LINE * 1.08, line, size=TEXT, va="baseline")
        y += (len(lines) + 1.8) * LINE
    return figure


def _inches(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure, and axes over all of it whose coordinates are inches from its lower left corner."""
    figure = Figure(figsize=(width, height))
    axes = in_inches(figure)
    axes.set_ylim(0, height)
    return figure, axes


def _columns(inputs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return for each node how many arrows lie before it, along the longest way; a leaf stands just before
    what it feeds."""
    columns: dict[str, int] = {}

    def place(node: str, above: tuple[str, ...]) -> int:
        if node in above:
            raise ValueError(f"{node} feeds itself: {' <- '.join((*above, node))}")
        if node not in columns:
            columns[node] = 1 + max(
                (place(source, (*above, node)) for source in inputs.get(node, ())), default=-1
            )
        return columns[node]

    for node in inputs:
        place(node, ())
    for node in columns:
        if not inputs.get(node):
            columns[node] = min(columns[user] for user, feeding in inputs.items() if node in feeding) - 1
    return columns


def _places(
    columns: Mapping[str, int], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[float, float]]:
    """Return where each node stands: the first leaves below each other, others amid their inputs.

    A leaf that is used later stands just below the other inputs of what it feeds.
    """
    rows: dict[str, float] = {}
    taken: dict[int, list[float]] = {}

    def free(column: int, row: float) -> float:
        """Return the row nearest to this one that is free in a column."""
        steps = (row + sign * 0.5 * step for step in range(2 * len(columns) + 1) for sign in (1, -1))
        return next(at for at in steps if all(abs(at - other) >= 1 for other in taken.get(column, [])))

    first = min(columns.values())
    leaves = [node for node in columns if not inputs.get(node)]
    for row, leaf in enumerate(leaf for leaf in leaves if columns[leaf] == first):
        rows[leaf] = row
    for node in sorted(columns, key=lambda node: (columns[node], node in leaves)):
        if inputs.get(node):
            rows[node] = float(np.mean([rows[source] for source in inputs[node]]))
        elif node not in rows:
            user = next(user for user, feeding in inputs.items() if node in feeding)
            others = [other for other in inputs[user] if other in rows]
            # An arrow that goes on past the user needs room above it.
            goes_on = any(
                columns[later] > columns[user]
                for later, feeding in inputs.items()
                if set(others) & set(feeding)
            )
            rows[node] = max((rows[other] for other in others), default=-1.0) + (1.5 if goes_on else 1)
        rows[node] = free(columns[node], rows[node])
        taken.setdefault(columns[node], []).append(rows[node])
    return {node: (columns[node] * NODE_GAP, -rows[node] * ROW_GAP) for node in columns}


def _text(value: object) -> str:
    return _with_minus(f"{value:.3g}") if isinstance(value, float | np.floating) else str(value)


def _cell_text(value: object, precision: int) -> str:
    if isinstance(value, int | float | np.number):
        return _with_minus(f"{value:.{precision}f}" if isinstance(value, float | np.floating) else str(value))
    return str(value)


def _with_minus(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")
