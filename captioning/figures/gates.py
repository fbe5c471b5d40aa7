"""The gates of a cell over a sentence, unit by unit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from captioning.figures.style import LIGHT, SMALL, Theme, canvas
from captioning.figures.words import GATE_NAMES, TANH_GATES, split_gates, spoken

# In inches.
WIDTH, PANEL_HEIGHT, WORD_HEIGHT = 9.4, 2.4, 0.75
# More words stand upright, for want of room.
MAX_SLANTED = 20


def draw_gates(
    words: np.ndarray,
    gates: np.ndarray,
    path: Path,
    *,
    idx_to_word: Sequence[str],
    blocks: tuple[str, ...],
    theme: Theme = LIGHT,
) -> None:
    """Draw a heat map for each gate of one cell: a row per unit, a column per word.

    Each map has its units in an order of its own, by their mean over the sentence: on top those whose
    gate is open all along, at the bottom those whose gate is shut, and between them those that listen to
    the words.

    Args:
        words: the caption ``(L,)``, integers; what follows ``<END>`` is left out.
        gates: ``(L, G * H)``, as in a ``Trace``.
        path: the figure to write, ``.png``, ``.svg`` or ``.pdf``.
        idx_to_word: the vocabulary.
        blocks: the names of the gates, in the order of their columns (``Cell.blocks``).
        theme: the colours.

    Raises:
        InputError: the suffix is none that we can write, the folder cannot be written, or the disk is full.
    """
    said = spoken(words, idx_to_word)
    by_gate = split_gates(gates[: len(said)], blocks)
    columns = 2
    slant: dict[str, Any] = {"rotation": 45} if len(said) <= MAX_SLANTED else {"rotation": 90, "va": "center"}
    rows = -(-len(blocks) // columns)
    with canvas(path, WIDTH, rows * (PANEL_HEIGHT + WORD_HEIGHT), theme) as figure:
        for place, (gate, values) in enumerate(by_gate.items()):
            axes = figure.add_subplot(rows, columns, place + 1)
            is_tanh = gate in TANH_GATES
            order = np.argsort(-values.mean(axis=0), kind="stable")
            image = axes.imshow(
                values[:, order].T,
                cmap=theme.diverging if is_tanh else theme.sequential,
                vmin=-1 if is_tanh else 0,
                vmax=1,
                aspect="auto",
                interpolation="nearest",
            )
            axes.set_title(GATE_NAMES[gate])
            axes.set_xticks(range(len(said)), said, rotation_mode="anchor", ha="right", **slant)
            axes.set_yticks([])
            axes.tick_params(length=0, labelsize=SMALL)
            axes.spines[:].set_visible(True)
            scale = figure.colorbar(
                image, ax=axes, ticks=[-1, 0, 1] if is_tanh else [0, 1], pad=0.01, aspect=30
            )
            scale.ax.tick_params(length=0)
            scale.outline.set_visible(False)
            if place % columns == 0:
                axes.set_ylabel(f"{len(order)} units, by their mean")
