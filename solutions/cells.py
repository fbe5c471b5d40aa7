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
        memory_gate: the block whose gate, when open, keeps the state as it is; None where there is none.
        n_states: arrays ``(N, H)`` carried from step to step; the first is the hidden state.
        step_forward: ``(x, *states, Wx, Wh, b) -> (*next_states, cache)``.
        forward: ``(x, h0, Wx, Wh, b) -> (h, cache)`` over a sequence; further states start at zero.
        backward: ``(dh, cache) -> (dx, dh0, dWx, dWh, db)``.
        gates: ``(x, h, Wx, Wh, b) -> (N, len(blocks) * H)``, or None for a cell without gates.
    """

    blocks: tuple[str, ...]
    memory_gate: str | None
    n_states: int
    step_forward: Callable
    forward: Callable
    backward: Callable
    gates: Callable | None

    def initial_bias(self, hidden_dim, dtype):
        """Return the biases ``(len(blocks) * H,)`` to begin with: 0, and 2 for the memory gate.

        A memory gate that starts open lets the picture in the initial state reach the last words from the
        first step of training on.

        Source: R. Jozefowicz et al., “An Empirical Exploration of Recurrent Network Architectures”, 2015.
        """
        values = [2.0 if block == self.memory_gate else 0.0 for block in self.blocks]
        return np.repeat(values, hidden_dim).astype(dtype)

    def initial_states(self, h0):
        """Return the states before the first step, given the initial hidden states ``(N, H)``."""
        return (h0, *(np.zeros_like(h0) for _ in range(self.n_states - 1)))


CELLS = {
    "rnn": Cell(("h",), None, 1, rnn_step_forward, rnn_forward, rnn_backward, None),
    "lstm": Cell(("i", "f", "o", "g"), "f", 2, lstm_step_forward, lstm_forward, lstm_backward, lstm_gates),
    "gru": Cell(("r", "z", "n"), "z", 1, gru_step_forward, gru_forward, gru_backward, gru_gates),
}
