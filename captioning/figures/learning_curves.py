"""The learning curves of training runs."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

import numpy as np

from captioning.figures.style import DASHES, LIGHT, Theme, canvas
from captioning.training.checkpoint import History

# In inches.
WIDTH, HEIGHT = 8.0, 3.4
# The training loss jumps from minibatch to minibatch: so many means are drawn of each run.
POINTS = 100


def learning_curves(histories: Mapping[str, History], path: Path, theme: Theme = LIGHT) -> None:
    """Draw the losses of runs over the epochs: training on the left, validation on the right.

    Args:
        histories: the history of each run by its name; "rnn", "lstm" and "gru" have their own colours.
        path: the figure to write, ``.png``, ``.svg`` or ``.pdf``.
        theme: the colours.

    Raises:
        InputError: the suffix is none that we can write, the folder cannot be written, or the disk is full.
    """
    others = cycle(theme.cells)
    with canvas(path, WIDTH, HEIGHT, theme) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for name, history in histories.items():
            cell = name if name in theme.cells else next(others)
            look = {"color": theme.cells[cell], "linestyle": DASHES[cell], "label": name}
            left.plot(*_smoothed(history), **look)
            right.plot(
                range(1, len(history.val_loss) + 1), history.val_loss, marker="o", markersize=3, **look
            )
        left.set(title="Training", xlabel="epoch", ylabel="loss of a caption (nats)")
        right.set(title="Validation", xlabel="epoch")
        for axes in (left, right):
            axes.set_xlim(0)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
        right.tick_params(labelleft=True)
        right.legend()


def _smoothed(history: History) -> tuple[list[float], list[float]]:
    """Return up to ``POINTS`` positions, in epochs, and the mean training loss around each."""
    losses = history.minibatch_loss
    per_epoch = history.iterations[0] if history.iterations else len(losses)
    pieces = [piece for piece in np.array_split(np.arange(len(losses)), POINTS) if len(piece)]
    epochs = [float((piece.mean() + 0.5) / per_epoch) for piece in pieces]
    return epochs, [float(np.mean([losses[i] for i in piece])) for piece in pieces]
