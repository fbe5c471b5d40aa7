"""A caption word by word: what else could have been said, and what the gates did."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from captioning import layers
from captioning.figures.style import LIGHT, SMALL, TEXT, Theme, canvas, in_inches, readable_on
from captioning.figures.words import GATE_NAMES, TANH_GATES, caption_text, percent, split_gates, spoken

# In inches.
MARGIN, GAP = 0.15, 0.25
STEPS_PER_ROW, STEP_WIDTH, LINE_HEIGHT = 6, 1.6, 0.19
PICTURE, HEADING, LOOK = 2.0, 0.75, 1.55
GATE_LABEL, GATE_HEIGHT, WORD_WIDTH, WORDS_HEIGHT = 0.95, 0.34, 0.45, 0.6

# Left, right, bottom, top.
Place = tuple[float, float, float, float]


class Candidate(NamedTuple):
    """A word that could be said: its place among all, from 1; its index; whether it was said."""

    rank: int
    word: int
    probability: float
    said: bool


def draw_explanation(
    words: np.ndarray,
    trace: "layers.Trace",
    path: Path,
    *,
    idx_to_word: Sequence[str],
    blocks: tuple[str, ...] = (),
    row: int = 0,
    picture: np.ndarray | None = None,
    top: int = 5,
    theme: Theme = LIGHT,
) -> None:
    """Draw, for each word of a caption, the likeliest words with their probabilities, and the gates' means.

    The word that was said has a mark and stands in bold. Where the model has attention and there is a
    picture, each step shows where it looked.

    Args:
        words: the caption ``(L,)``, integers; what follows ``<END>`` is left out.
        trace: what happened inside, from a decoder or from ``replay``.
        path: the figure to write, ``.png``, ``.svg`` or ``.pdf``.
        idx_to_word: the vocabulary.
        blocks: the names of the cell's gates, in the order of their columns (``Cell.blocks``).
        row: which image of the trace the caption is of.
        picture: ``(height, width, 3)`` uint8, or None.
        top: how many words to show for each step.
        theme: the colours.

    Raises:
        InputError: the suffix is none that we can write, the folder cannot be written, or the disk is full.
    """
    said = spoken(words, idx_to_word)
    probabilities = np.exp(trace.log_probs[row, : len(said)])
    gates = split_gates(trace.inside["gates"][row, : len(said)], blocks) if "gates" in trace.inside else {}
    attention = trace.inside.get("attention") if picture is not None else None
    look_height = 0 if attention is None else LOOK
    step_height = look_height + LINE_HEIGHT * (top + 1) + GAP

    steps_top = MARGIN + (HEADING if picture is None else PICTURE) + GAP
    gates_top = steps_top + -(-len(said) // STEPS_PER_ROW) * step_height
    width = 2 * MARGIN + STEPS_PER_ROW * STEP_WIDTH - GAP
    height = gates_top + (GAP + GATE_HEIGHT * len(gates) + WORDS_HEIGHT if gates else 0)
    with canvas(path, width, height, theme) as figure:
        axes = in_inches(figure)
        _draw_heading(axes, caption_text(said), picture)
        for step in range(len(said)):
            line, column = divmod(step, STEPS_PER_ROW)
            x, y = MARGIN + column * STEP_WIDTH, steps_top + line * step_height
            axes.text(x, y, f"{step + 1}", color=theme.quiet, fontsize=SMALL, va="top")
            y += LINE_HEIGHT
            if attention is not None and picture is not None:
                _draw_look(axes, (x, x + LOOK - GAP, y + LOOK - GAP, y), picture, attention[row, step])
            shown = likeliest(probabilities[step], int(words[step]), top)
            _draw_bars(axes, x, y + look_height, shown, idx_to_word, theme)
        if gates:
            _draw_gate_means(axes, gates_top, width - MARGIN, gates, said, theme)


def likeliest(probabilities: np.ndarray, said: int, top: int) -> list[Candidate]:
    """Return the words that are likeliest at a step, and the one that was said.

    A word that was drawn at random may be far down the list; then it takes the last place.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranks = list(range(min(top, len(order))))
    said_rank = int(np.flatnonzero(order == said)[0])
    if said_rank not in ranks:
        ranks[-1] = said_rank
    return [
        Candidate(rank + 1, int(order[rank]), float(probabilities[order[rank]]), rank == said_rank)
        for rank in ranks
    ]


def _draw_heading(axes: Axes, caption: str, picture: np.ndarray | None) -> None:
    if picture is None:
        x, middle, columns = MARGIN, MARGIN + HEADING / 2, 62
    else:
        width = PICTURE * picture.shape[1] / picture.shape[0]
        _draw_image(axes, picture, (MARGIN, MARGIN + width, MARGIN + PICTURE, MARGIN))
        x, middle, columns = 2 * MARGIN + width, MARGIN + PICTURE / 2, 46
    text = textwrap.fill(caption, columns)
    axes.text(x, middle, text, fontsize=14, weight="bold", va="center", linespacing=1.4)


def _draw_look(axes: Axes, place: Place, picture: np.ndarray, attention: np.ndarray) -> None:
    """Draw the picture, darkened where the model did not look."""
    _draw_image(axes, picture, place)
    shade = np.zeros((*attention.shape, 4))
    shade[..., 3] = 0.75 * (1 - attention / attention.max())
    _draw_image(axes, shade, place, interpolation="bilinear")


def _draw_image(axes: Axes, image: np.ndarray, place: Place, **options: Any) -> None:
    """Draw an image at its place, and leave the axes as they are."""
    limits = axes.axis()
    axes.imshow(image, extent=place, aspect="auto", **options)
    axes.axis(limits)


def _draw_bars(
    axes: Axes,
    x: float,
    y: float,
    shown: list[Candidate],
    idx_to_word: Sequence[str],
    theme: Theme,
) -> None:
    """Draw a list of words, each on a bar as long as it is likely."""
    full = STEP_WIDTH - GAP
    for line, (rank, word, probability, said) in enumerate(shown):
        middle = y + (line + 0.43) * LINE_HEIGHT
        color, weight = (theme.tint, "bold") if said else (theme.grey, "normal")
        axes.add_patch(
            Rectangle(
                (x, y + line * LINE_HEIGHT), probability * full, 0.85 * LINE_HEIGHT, color=color, linewidth=0
            )
        )
        if said:
            axes.plot(x + 0.06, middle, marker=">", markersize=4, color=theme.accent)
        name = idx_to_word[word] if rank == line + 1 else f"{rank}. {idx_to_word[word]}"
        style: dict[str, Any] = {"fontsize": SMALL, "weight": weight, "va": "center_baseline"}
        axes.text(x + 0.14, middle, name, **style)
        axes.text(x + full, middle, percent(probability), ha="right", **style)


def _draw_gate_means(
    axes: Axes, y: float, right: float, gates: dict[str, np.ndarray], said: list[str], theme: Theme
) -> None:
    """Draw a row per gate and a column per word: the mean over the units, of tanh gates that of its size."""
    left = MARGIN + GATE_LABEL
    column = (right - left) / len(said)
    crowded = column < WORD_WIDTH
    axes.text(left, y, "Gates: the mean over the units at each word", weight="bold", fontsize=TEXT, va="top")
    y += GAP
    label: dict[str, Any] = {"color": theme.quiet, "fontsize": SMALL, "va": "center_baseline"}
    for line, (gate, values) in enumerate(gates.items()):
        is_tanh = gate in TANH_GATES
        middle = y + (line + 0.5) * GATE_HEIGHT
        name = f"|{GATE_NAMES[gate]}|" if is_tanh else GATE_NAMES[gate]
        axes.text(left - 0.08, middle, name, ha="right", **label)
        for step, mean in enumerate((np.abs(values) if is_tanh else values).mean(axis=1)):
            color = theme.sequential(float(mean))
            corner = left + step * column, y + line * GATE_HEIGHT
            axes.add_patch(Rectangle(corner, column, GATE_HEIGHT, color=color, linewidth=0))
            if not crowded:
                number = label | {"color": readable_on(color, theme)}
                axes.text(left + (step + 0.5) * column, middle, f"{mean:.2f}", ha="center", **number)
    for step, word in enumerate(said):
        x, bottom = left + (step + 0.5) * column, y + len(gates) * GATE_HEIGHT + 0.06
        look: dict[str, Any] = {"rotation": 45, "ha": "right"} if crowded else {"ha": "center"}
        axes.text(x, bottom, word, color=theme.quiet, fontsize=SMALL, va="top", **look)
