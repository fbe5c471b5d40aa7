"""A captioner's model that never says ``<UNK>``: it stands for a word, and is none."""

from typing import Any

import numpy as np

UNKNOWN = "<UNK>"


class KnownWordsOnly:
    """A model whose decoders choose among the words that it knows; all else is that of the model given."""

    def __init__(self, model: Any, word_to_idx: dict[str, int]) -> None:
        self._model = model
        self._unknown = word_to_idx[UNKNOWN]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def step(self, words: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        """Return the logits ``(N, V)`` of the next words, and the state after these words ``(N,)``."""
        logits, state = self._model.step(words, state)
        logits = logits.copy()
        logits[:, self._unknown] = -np.inf
        return logits, state
