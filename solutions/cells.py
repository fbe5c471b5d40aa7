"""What the captioner, the trainer and the decoders need to know of a recurrent cell.

RNN, LSTM and GRU differ in the columns of their weights and in the arrays that they carry from step
to step; behind this protocol nobody else needs to know.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from solutions.gru import gru_backward, gru_forward, gru_gates, gru_step_forward
from solutions.lstm import lstm_backward, lstm_forward, lstm_gates, lstm_step_forward
from solutions.rnn import rnn_backward, rnn_forward, rnn_step_forward


class Cell(NamedTuple):
    """A recurrent cell.

    Attributes:
        blocks: names of the column blocks of ``Wx``, ``Wh`` and ``b``, each ``H`` wide.
        n_states: arrays ``(N, H)`` carried from step to step; the first is the hidden state.
        step_forward: ``(x, *states, Wx, Wh, b) -> (*next_states, cache)``.
        forward: ``(x, h0, Wx, Wh, b) -> (h, cache)`` over a sequence; further states start at zero.
        backward: ``(dh, cache) -> (dx, dh0, dWx, dWh, db)``.
        gates: ``(x, h, Wx, Wh, b) -> (N, len(blocks) * H)``, or None for a cell without gates.
    """

    blocks: tuple[str, ...]
    n_states: int
    step_forward: Callable
    forward: Callable
    backward: Callable
    gates: Callable | None

    def initial_states(self, h0):
        """Return the states before the first step, given the initial hidden states ``(N, H)``."""
        return (h0, *(np.zeros_like(h0) for _ in range(self.n_states - 1)))


CELLS = {
    "rnn": Cell(("h",), 1, rnn_step_forward, rnn_forward, rnn_backward, None),
    "lstm": Cell(("i", "f", "o", "g"), 2, lstm_step_forward, lstm_forward, lstm_backward, lstm_gates),
    "gru": Cell(("r", "z", "n"), 1, gru_step_forward, gru_forward, gru_backward, gru_gates),
}
