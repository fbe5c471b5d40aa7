"""What the long experiments of the book found: a chapter plots it, and runs one seed of it itself."""

import json
from pathlib import Path

import numpy as np

from captioning.errors import InputError
from captioning.files import shipped


def stored(name: str) -> dict[str, np.ndarray]:
    """Return the arrays that an experiment of the book left.

    Args:
        name: of the script in ``book/experiments/``; ``make experiments`` in a checkout runs it.

    Raises:
        InputError: there is no experiment of that name.
    """
    in_wheel = shipped("experiments")
    in_checkout = Path(__file__).resolve().parents[2] / "book" / "experiments"
    folder = in_wheel if in_wheel.is_dir() else in_checkout
    path = folder / f"{name}.json"
    if not path.is_file():
        there = ", ".join(sorted(other.stem for other in folder.glob("*.json"))) or "none"
        raise InputError(f"there is no stored experiment {name!r}; there are: {there}")
    arrays = json.loads(path.read_text(encoding="utf-8"))["arrays"]
    return {key: np.array(values) for key, values in arrays.items()}
