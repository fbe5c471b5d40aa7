"""One step of an LSTM and of a GRU as diagrams, drawn alike, so that they can be compared.

The memory runs along the top, from left to right. What a step reads comes along the bottom, and all gates
read it. A box is an affine layer with a sigmoid or a tanh behind it; a circle works on single entries.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from captioning.figures.style import LIGHT, SMALL, TEXT, in_inches

GATE = {"boxstyle": "round,pad=0.45", "facecolor": LIGHT.tint, "edgecolor": LIGHT.accent}
TANH = {"boxstyle": "round,pad=0.45", "facecolor": LIGHT.grey, "edgecolor": LIGHT.quiet}
ENTRIES = {"boxstyle": "circle,pad=0.2", "facecolor": LIGHT.paper, "edgecolor": LIGHT.ink}
PLAIN = {"boxstyle": "round,pad=0.35", "facecolor": LIGHT.paper, "edgecolor": LIGHT.quiet}
BARE = {"boxstyle": "round,pad=0.2", "facecolor": LIGHT.paper, "edgecolor": "none"}
SIZE = (7.0, 3.5)
TIMES = "\N{MULTIPLICATION SIGN}"

Point = tuple[float, float]
Node = tuple[float, float, str, Mapping[str, object]]


def lstm_cell() -> Figure:
    """Draw one step of an LSTM; at the end of a notebook's cell it shows itself."""
    figure = Figure(figsize=SIZE)
    axes = in_inches(figure)
    axes.set_ylim(0, SIZE[1])
    boxes = _boxes(axes, {
        "c before": (0.4, 3.2, "$c_{t-1}$", BARE), "keep": (1.6, 3.2, TIMES, ENTRIES),
        "add": (3.2, 3.2, "+", ENTRIES), "c": (6.6, 3.2, "$c_t$", BARE),
        "write": (3.2, 2.4, TIMES, ENTRIES), "tanh": (5.8, 2.6, "tanh", TANH),
        "show": (5.8, 1.9, TIMES, ENTRIES), "h": (6.6, 1.9, "$h_t$", BARE),
        "f": (1.6, 1.5, "f", GATE), "i": (2.7, 1.5, "i", GATE),
        "g": (3.7, 1.5, "g", TANH), "o": (4.8, 1.5, "o", GATE),
        "h before": (0.4, 0.55, "$h_{t-1}$", BARE), "x": (0.9, 0.15, "$x_t$", BARE),
    })  # fmt: skip
    for memory in (("c before", "keep"), ("keep", "add"), ("add", "c")):
        _arrow(axes, boxes, memory, LIGHT.accent, 2.6)
    paths: tuple[Sequence[str | Point], ...] = (
        ("f", "keep"), ("i", (2.7, 2.4), "write"), ("g", (3.7, 2.4), "write"), ("write", "add"),
        ((5.8, 3.2), "tanh"), ("tanh", "show"), ("o", (4.8, 1.9), "show"), ("show", "h"),
    )  # fmt: skip
    for path in paths:
        _arrow(axes, boxes, path)
    names = {"f": "forget gate:\nkeep?", "i": "input gate:\nwrite?"}
    _read(axes, boxes, names | {"g": "candidate:\nwhat?", "o": "output gate:\nshow?"})
    return figure


def gru_cell() -> Figure:
    """Draw one step of a GRU as this course has it; at the end of a notebook's cell it shows itself."""
    figure = Figure(figsize=SIZE)
    axes = in_inches(figure)
    axes.set_ylim(0, SIZE[1])
    boxes = _boxes(axes, {
        "memory": (0.4, 3.2, "$h_{t-1}$", BARE), "keep": (4.2, 3.2, TIMES, ENTRIES),
        "add": (5.8, 3.2, "+", ENTRIES), "h": (6.6, 3.2, "$h_t$", BARE),
        "past": (0.95, 2.4, "$W_h$", PLAIN), "reset": (1.8, 2.4, TIMES, ENTRIES),
        "n": (3.0, 2.4, "n", TANH), "take": (5.8, 2.4, TIMES, ENTRIES),
        "r": (1.8, 1.5, "r", GATE), "z": (4.2, 1.5, "z", GATE),
        "rest": (5.1, 1.5, "1 \N{MINUS SIGN} z", PLAIN),
        "h before": (0.4, 0.55, "$h_{t-1}$", BARE), "x": (0.9, 0.15, "$x_t$", BARE),
    })  # fmt: skip
    for memory in (("memory", "keep"), ("keep", "add"), ("add", "h")):
        _arrow(axes, boxes, memory, LIGHT.accent, 2.6)
    paths: tuple[Sequence[str | Point], ...] = (
        ((0.95, 3.2), "past"), ("past", "reset"), ("r", "reset"), ("reset", "n"), ((3.0, 0.55), "n"),
        ("n", "take"), ("z", "keep"), ("z", "rest"), ("rest", (5.8, 1.5), "take"), ("take", "add"),
    )  # fmt: skip
    for path in paths:
        _arrow(axes, boxes, path)
    _read(axes, boxes, {"r": "reset gate:\nlook back?", "z": "update gate:\nkeep?"})
    axes.text(3.08, 1.1, "reads $x_t$ only", ha="left", va="center", size=SMALL, color=LIGHT.quiet)
    axes.text(3.0, 2.72, "candidate: what?", ha="center", va="bottom", size=SMALL, color=LIGHT.quiet)
    return figure


def _boxes(axes: Axes, nodes: Mapping[str, Node]) -> dict[str, Text]:
    """Write the nodes; return them by name."""
    return {
        name: axes.text(x, y, text, ha="center", va="center", size=TEXT, bbox=dict(style), zorder=2.5)
        for name, (x, y, text, style) in nodes.items()
    }


def _arrow(
    axes: Axes,
    nodes: Mapping[str, Text],
    path: Sequence[str | Point],
    color: str = LIGHT.quiet,
    linewidth: float = 1.0,
) -> None:
    """Draw an arrow to a node, from another or from a point on a line, around corners."""
    points = [nodes[at].get_position() if isinstance(at, str) else at for at in path]
    axes.plot(*zip(*points[:-1], strict=True), color=color, linewidth=linewidth, linestyle="-", zorder=2)
    start, end = path[-2], path[-1]
    axes.add_patch(
        FancyArrowPatch(
            points[-2], points[-1], arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=1, zorder=3,
            patchA=nodes[start].get_bbox_patch() if isinstance(start, str) else None,
            patchB=nodes[str(end)].get_bbox_patch(), color=color, linewidth=linewidth,
        )
    )  # fmt: skip


def _read(axes: Axes, nodes: Mapping[str, Text], names: Mapping[str, str]) -> None:
    """Draw the line of what is read, from the old state and the input to each gate, and the gates' names."""
    (left, y), (x, below) = nodes["h before"].get_position(), nodes["x"].get_position()
    right = max(nodes[gate].get_position()[0] for gate in names)
    for ends in (((left, right), (y, y)), ((x, x), (below, y))):
        axes.plot(*ends, color=LIGHT.quiet, linewidth=1, linestyle="-", zorder=1)
    for gate, name in names.items():
        at, _ = nodes[gate].get_position()
        _arrow(axes, nodes, ((at, y), gate))
        axes.text(at + 0.06, y + 0.1, name, ha="left", va="bottom", size=SMALL, color=LIGHT.quiet)
