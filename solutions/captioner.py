"""The captioning model: image features start a recurrent network that says one word after the other.

Source: O. Vinyals et al., “Show and Tell: A Neural Image Caption Generator”, 2015; the features are
the initial hidden state, as in Stanford's CS231n.
"""

import numpy as np

from solutions.affine import affine_backward, affine_forward
from solutions.cells import CELLS
from solutions.temporal import temporal_affine_backward, temporal_affine_forward, temporal_softmax_loss
from solutions.words import END, NULL, START, word_embedding_backward, word_embedding_forward


class CaptioningRNN:
    """A captioner over any cell of ``CELLS``.

    Attributes:
        params: ``W_proj`` ``(D, H)`` and ``b_proj`` ``(H,)`` from features to the initial hidden state;
            ``W_embed`` ``(V, E)``, a vector per word; the cell's ``Wx`` ``(E, G * H)``, ``Wh``
            ``(H, G * H)`` and ``b`` ``(G * H,)``; ``W_vocab`` ``(H, V)`` and ``b_vocab`` ``(V,)`` from
            hidden state to the logits of the next word.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
        rng=None,
    ):
        """Draw fresh parameters.

        Args:
            word_to_idx: the vocabulary, ``V`` words with ``<NULL>``, ``<START>`` and ``<END>`` among them.
            input_dim: ``D``, size of an image's features.
            wordvec_dim: ``E``, size of a word's vector.
            hidden_dim: ``H``, size of the hidden state.
            cell_type: "rnn", "lstm" or "gru".
            dtype: of the parameters; float32 to train, float64 to check gradients.
            rng: a ``numpy.random.Generator``; by default one with seed 0.

        Raises:
            ValueError: the cell is unknown, or the vocabulary lacks a special word.
        """
        if cell_type not in CELLS:
            raise ValueError(f"cell_type is {cell_type!r}, expected one of {', '.join(CELLS)}")
        missing = [word for word in (NULL, START, END) if word not in word_to_idx]
        if missing:
            raise ValueError(f"the vocabulary has no {', '.join(missing)}")
        rng = rng or np.random.default_rng(0)
        self.cell_type = cell_type
        self.cell = CELLS[cell_type]
        self.null, self.start_word, self.end = (word_to_idx[word] for word in (NULL, START, END))

        V, D, E, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        G = len(self.cell.blocks)

        def normal(*shape, scale):
            return (scale * rng.standard_normal(shape)).astype(dtype)

        self.params = {
            "W_embed": normal(V, E, scale=0.3),
            "W_proj": normal(D, H, scale=D**-0.5),
            "b_proj": np.zeros(H, dtype=dtype),
            "Wx": normal(E, G * H, scale=E**-0.5),
            "Wh": normal(H, G * H, scale=H**-0.5),
            "b": self.cell.initial_bias(H, dtype),
            "W_vocab": normal(H, V, scale=H**-0.5),
            "b_vocab": np.zeros(V, dtype=dtype),
        }

    def _recurrent_params(self):
        return self.params["Wx"], self.params["Wh"], self.params["b"]

    def _split(self, captions):
        """Return the words to read, the words to say next ``(N, T-1)``, and where those are not padding."""
        words_out = captions[:, 1:]
        return captions[:, :-1], words_out, words_out != self.null

    def loss(self, features, captions):
        """Compute the loss of a minibatch and its gradients: the network reads each word and says the next.

        Args:
            features: image features ``(N, D)``.
            captions: ``(N, T)`` integers, ``<START> words... <END> <NULL>...``.

        Returns:
            loss: summed over time, averaged over the minibatch.
            grads: a dictionary with the keys and shapes of ``params``.
        """
        p = self.params
        words_in, words_out, mask = self._split(captions)
        grads = {}
        ### BEGIN SOLUTION
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(words_in, p["W_embed"])
        h, recurrent_cache = self.cell.forward(x, h0, *self._recurrent_params())
        logits, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dlogits = temporal_softmax_loss(logits, words_out, mask)

        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dlogits, vocab_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = self.cell.backward(dh, recurrent_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        ### END SOLUTION
        return loss, grads

    def start(self, features):
        """Return the state before the first word, a tuple of arrays with a row per image.

        Args:
            features: image features ``(N, D)``.
        """
        h0, _ = affine_forward(features, self.params["W_proj"], self.params["b_proj"])
        return self.cell.initial_states(h0)

    def step(self, words, state):
        """Read one word per image and say how likely each next word is.

        Args:
            words: ``(N,)`` integers.
            state: from ``start`` or ``step``.

        Returns:
            logits: ``(N, V)``.
            next_state.
        """
        *next_state, _ = self.cell.step_forward(
            self.params["W_embed"][words], *state, *self._recurrent_params()
        )
        logits, _ = affine_forward(next_state[0], self.params["W_vocab"], self.params["b_vocab"])
        return logits, tuple(next_state)

    def explain_step(self, words, state):
        """Return what ``step`` hides: ``{"gates": (N, G * H)}``, or nothing for a cell without gates.

        Args:
            words, state: what ``step`` is to be given.
        """
        if self.cell.gates is None:
            return {}
        return {"gates": self.cell.gates(self.params["W_embed"][words], state[0], *self._recurrent_params())}

    def sample(self, features, max_length=30):
        """Caption images, always taking the likeliest next word.

        Args:
            features: image features ``(N, D)``.
            max_length: words to say at most.

        Returns:
            captions: ``(N, max_length)`` integers, ``<NULL>`` after ``<END>``.
        """
        captions = np.full((len(features), max_length), self.null, dtype=np.int32)
        ### BEGIN SOLUTION
        state = self.start(features)
        words = np.full(len(features), self.start_word)
        finished = np.zeros(len(features), dtype=bool)
        for t in range(max_length):
            logits, state = self.step(words, state)
            words = np.where(finished, self.null, logits.argmax(axis=1))
            captions[:, t] = words
            finished |= words == self.end
            if finished.all():
                break
        ### END SOLUTION
        return captions
