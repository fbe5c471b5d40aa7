"""Learning curves: of several runs, of one that was stopped, of one that has not begun."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.errors import InputError
from captioning.figures.learning_curves import learning_curves
from captioning.training.checkpoint import History


def history(n_minibatches: int, n_epochs: int, level: float) -> History:
    losses = (level + 40 * np.exp(-np.arange(n_minibatches) / 50)).tolist()
    return History(
        minibatch_loss=losses,
        iterations=[90 * (epoch + 1) for epoch in range(n_epochs)],
        train_loss=[level + 10] * n_epochs,
        val_loss=[level + 12 - epoch for epoch in range(n_epochs)],
        val_perplexity=[20.0] * n_epochs,
    )


@pytest.mark.slow
def test_runs_side_by_side(tmp_path: Path) -> None:
    histories = {"rnn": history(360, 4, 32), "lstm": history(200, 2, 28), "gru": history(30, 0, 30)}
    path = tmp_path / "curves.png"
    learning_curves(histories, path)
    with Image.open(path) as picture:
        together = np.asarray(picture.convert("RGB"))
    learning_curves({"lstm": histories["lstm"]}, path)
    with Image.open(path) as picture:
        alone = np.asarray(picture.convert("RGB"))
    orange, blue = (200, 100, 27), (11, 90, 143)
    for picture, colours in ((together, {orange, blue}), (alone, {blue})):
        found = {colour for colour in (orange, blue) if (picture == colour).all(axis=2).any()}
        assert found == colours


@pytest.mark.slow
def test_names_that_are_no_cells_and_runs_that_have_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "curves.svg"
    learning_curves({"slow": history(90, 1, 30), "fast": History()}, path)
    assert "<svg" in path.read_text()


def test_a_format_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.png"):
        learning_curves({"rnn": history(90, 1, 30)}, tmp_path / "curves.bmp")
