"""The small captioners that exercises are run with: their parameters are arguments like others."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Sizes

SPECIAL_WORDS = ("<NULL>", "<START>", "<END>", "<UNK>")
NULL, START, END, UNKNOWN = range(len(SPECIAL_WORDS))
# G is the number of columns that the gates have together: H for an RNN, 3H for a GRU, 4H for an LSTM.
PARAMETERS = {
    "W_embed": "V E",
    "W_proj": "D H",
    "b_proj": "H",
    "Wx": "E G",
    "Wh": "H G",
    "b": "G",
    "W_vocab": "H V",
    "b_vocab": "V",
}
CELL_TYPES = {1: "rnn", 3: "gru", 4: "lstm"}


def moderate_weights(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
    """Let products with weights be half as large as what goes in, so that states are not saturated.

    Where all units are, a gradient is a difference of nearly equal numbers, and float32 has few digits of it.
    """
    for name, array in arguments.items():
        if name.startswith("W"):
            array *= 0.5 * len(array) ** -0.5
        elif name.startswith("b"):
            array *= 0.5
    return arguments


def make_vocabulary(size: int) -> list[str]:
    """Return the special words and others, ``size`` in all."""
    return [*SPECIAL_WORDS, *(f"word{n}" for n in range(len(SPECIAL_WORDS), size))]


def make_captioner(layers: Any, arguments: Arguments) -> Any:
    """Return a ``CaptioningRNN`` with the parameters that are among the arguments.

    The shape of ``Wh`` says which cell it has.
    """
    parameters = {name: arguments[name] for name in PARAMETERS}
    hidden_dim, columns = parameters["Wh"].shape
    return _with_parameters(layers.CaptioningRNN, parameters, cell_type=CELL_TYPES[columns // hidden_dim])


def make_attention_captioner(layers: Any, arguments: Arguments) -> Any:
    """Return an ``AttentionCaptioner`` with the parameters that are among the arguments."""
    return _with_parameters(
        layers.AttentionCaptioner, {name: arguments[name] for name in (*PARAMETERS, "Wattn")}
    )


def _with_parameters(model_class: Any, parameters: dict[str, np.ndarray], **options: str) -> Any:
    n_words, wordvec_dim = parameters["W_embed"].shape
    input_dim, hidden_dim = parameters["W_proj"].shape
    model = model_class(
        {word: n for n, word in enumerate(make_vocabulary(n_words))},
        input_dim=input_dim,
        wordvec_dim=wordvec_dim,
        hidden_dim=hidden_dim,
        dtype=parameters["W_embed"].dtype,
        **options,
    )
    model.params = parameters
    return model


def loss_and_gradients(model: Any, arguments: Arguments) -> tuple[Any, ...]:
    """Return the loss and the gradient of each parameter, in the order of ``model.params``.

    A missing gradient is None; what is not a pair of a loss and a dictionary is returned as it is.
    """
    names = list(model.params)
    returned = model.loss(arguments["features"], arguments["captions"])
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        return returned if isinstance(returned, tuple) else (returned,)
    loss, grads = returned
    return (loss, *(grads.get(name) for name in names))


def draw_captions(rng: np.random.Generator, n_captions: int, length: int, n_words: int) -> np.ndarray:
    """Draw ``<START> words... <END> <NULL>...``: the first of full length, the last of one word at most."""
    captions = np.full((n_captions, length), NULL)
    captions[:, 0] = START
    longest = length - 2
    words = rng.integers(0, longest + 1, n_captions)
    words[-1] = min(1, longest)
    words[0] = longest
    for row, count in zip(captions, words, strict=True):
        row[1 : 1 + count] = rng.integers(UNKNOWN, n_words, count)
        row[1 + count] = END
    return captions
