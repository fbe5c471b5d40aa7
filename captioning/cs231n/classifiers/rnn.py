"""``cs231n.classifiers.rnn``: the captioner."""

from typing import Any

import numpy as np

from captioning import layers
from captioning.errors import InputError

NULL, START, END = "<NULL>", "<START>", "<END>"


def CaptioningRNN(
    word_to_idx: dict[str, int],
    input_dim: int = 512,
    wordvec_dim: int = 128,
    hidden_dim: int = 128,
    cell_type: str = "rnn",
    dtype: type = np.float32,
) -> Any:
    """Return a ``captioning.layers.CaptioningRNN``.

    A vocabulary without ``<START>`` and ``<END>`` will do to train, as that of three words does with which
    the notebooks try the loss. Only captioning needs them.
    """
    captioner: Any = layers.CaptioningRNN
    missing = [word for word in (START, END) if word not in word_to_idx]
    if missing:
        captioner, word_to_idx = _without_captions(captioner, missing), _lent(word_to_idx, missing)
    return captioner(word_to_idx, input_dim, wordvec_dim, hidden_dim, cell_type, dtype)


def _without_captions(captioner: Any, missing: list[str]) -> Any:
    class WithoutCaptions(captioner):
        def start(self, features: np.ndarray) -> Any:
            raise InputError(f"Captioning needs {' and '.join(missing)}, which this vocabulary lacks.")

    return WithoutCaptions


def _lent(word_to_idx: dict[str, int], missing: list[str]) -> dict[str, int]:
    """Let other words lend their places to those that are missing, so that the vocabulary stays as large."""
    lenders = [word for word in word_to_idx if word not in {NULL, START, END}]
    new_names = dict(zip(lenders, missing, strict=False))
    return {new_names.get(word, word): index for word, index in word_to_idx.items()}
