"""Every layer of ``solutions`` once, with the shapes of its arguments: the table that tests run over.

Shapes are written as in ``solutions.shapes`` (``"N T D"``, ``"D 4H"``), but written again here, so that a
wrong declaration there is found. Gradients come in the order of the floating-point arguments.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from solutions import affine, attention, convolution, gru, losses, lstm, optimizers, rnn, temporal, words

# All different within a layer, but for the 3 x 2 window. V is more than N * T: some words do not occur.
SIZES = {"N": 3, "T": 4, "D": 5, "H": 2, "M": 6, "V": 13, "C": 2, "R": 3, "S": 4, "F": 4, "I": 5, "J": 6,
         "P": 3, "Q": 2}  # fmt: skip
BATCHES = [(3, 4), (1, 4), (3, 1), (1, 1)]  # (N, T)


@dataclass(frozen=True)
class Layer:
    """A forward function, its backward, and what they take.

    Attributes:
        name: for the test's id.
        forward: ``(*arrays, *options) -> (*outputs, cache)``.
        backward: ``(*upstream, cache) -> gradients``, one per floating-point array.
        shapes: of the arrays, by argument name; ``int:V`` for integers below V and ``bool`` stand first.
        options: what else ``forward`` takes, made anew for each call.
        n_upstream: how many outputs have an upstream gradient; they come first.
        checks_upstream: whether a wrong shape of the upstream gradient can be noticed.
    """

    name: str
    forward: Callable
    backward: Callable
    shapes: dict[str, str]
    options: Callable = field(default=tuple)
    n_upstream: int = 1
    checks_upstream: bool = True

    def arrays(self, N, T, seed=0):
        """Draw the arguments, by name, in float64."""
        rng = np.random.default_rng(seed)
        sizes = SIZES | {"N": N, "T": T}
        return {name: _draw(rng, spec, sizes) for name, spec in self.shapes.items()}

    def run(self, arrays):
        """Return the outputs with an upstream gradient, and the cache."""
        *outputs, cache = self.forward(*arrays.values(), *self.options())
        return outputs[: self.n_upstream], cache

    def gradients(self, upstream, cache):
        """Return the gradients, a list even when there is one."""
        grads = self.backward(*upstream, cache)
        return list(grads) if isinstance(grads, tuple) else [grads]

    def axes(self, name):
        """Return the symbols of an argument's axes, ``[(1, "D"), (4, "H")]``."""
        tokens = [token for token in self.shapes[name].split() if token != "bool" and ":" not in token]
        return [(int(factor or 1), symbol) for factor, symbol in (_split(token) for token in tokens)]

    def __str__(self):
        return self.name


def _split(token):
    return re.fullmatch(r"(\d*)([A-Z])", token).groups()


def _draw(rng, spec, sizes):
    kind, tokens = "float", spec.split()
    if tokens[0] == "bool" or ":" in tokens[0]:
        kind, *tokens = tokens
    shape = tuple(int(factor or 1) * sizes[symbol] for factor, symbol in map(_split, tokens))
    if kind == "float":
        return rng.standard_normal(shape)
    if kind == "bool":
        mask = rng.random(shape) < 0.7
        mask.flat[0] = True
        return mask
    return rng.integers(0, sizes[kind.removeprefix("int:")], shape)


def is_float(array):
    """Tell an argument that has a gradient from integers and masks."""
    return array.dtype.kind in "fc"


def draw_upstream(outputs, seed=1):
    """Draw upstream gradients for some outputs, of their dtype."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(np.shape(out)), dtype=np.asarray(out).dtype) for out in outputs]


def _loss_as_layer(loss):
    """Give a function that returns (loss, gradient) the form of a layer."""

    def forward(*arrays):
        value, dx = loss(*arrays)
        return value, dx

    def backward(dvalue, dx):
        return dvalue * dx

    return forward, backward


def _dropout_options():
    return ({"mode": "train", "p": 0.7, "rng": np.random.default_rng(5)},)


def _cell_layers(name, module, gates):
    states = {"prev_h": "N H", "prev_c": "N H"} if name == "lstm" else {"prev_h": "N H"}
    weights = {"Wx": f"D {gates}H", "Wh": f"H {gates}H", "b": f"{gates}H"}
    step = Layer(
        f"{name}_step",
        getattr(module, f"{name}_step_forward"),
        getattr(module, f"{name}_step_backward"),
        {"x": "N D", **states, **weights},
        n_upstream=len(states),
    )
    sequence = Layer(
        name,
        getattr(module, f"{name}_forward"),
        getattr(module, f"{name}_backward"),
        {"x": "N T D", "h0": "N H", **weights},
    )
    return step, sequence


def _convolutions():
    images = {"x": "N C I J", "w": "F C P Q", "b": "F"}
    for kind in ("_naive", ""):
        for stride, pad in [(1, 0), (1, 1), (2, 1), (3, 2)]:
            yield Layer(
                f"conv{kind}-stride{stride}-pad{pad}",
                getattr(convolution, f"conv_forward{kind}"),
                getattr(convolution, f"conv_backward{kind}"),
                images,
                options=lambda stride=stride, pad=pad: ({"stride": stride, "pad": pad},),
            )


def _poolings():
    for height, width, stride in [(2, 2, 2), (3, 2, 1), (2, 3, 3)]:
        yield Layer(
            f"max_pool-{height}x{width}-stride{stride}",
            convolution.max_pool_forward,
            convolution.max_pool_backward,
            {"x": "N C I J"},
            options=lambda h=height, w=width, s=stride: ({"pool_height": h, "pool_width": w, "stride": s},),
        )


LAYERS = [
    Layer("affine", affine.affine_forward, affine.affine_backward, {"x": "N D", "w": "D M", "b": "M"}),
    Layer(  # an image of 2 x 3 x 4 numbers is a row of 6 * S = 24
        "affine-images",
        affine.affine_forward,
        affine.affine_backward,
        {"x": "N C R S", "w": "6S M", "b": "M"},
    ),
    Layer("relu", affine.relu_forward, affine.relu_backward, {"x": "N T D"}),
    Layer(
        "dropout",
        optimizers.dropout_forward,
        optimizers.dropout_backward,
        {"x": "N T D"},
        options=_dropout_options,
    ),
    Layer(
        "dropout-test",
        optimizers.dropout_forward,
        optimizers.dropout_backward,
        {"x": "N T D"},
        options=lambda: ({"mode": "test", "p": 0.7},),
    ),
    *_convolutions(),
    *_poolings(),
    Layer(
        "word_embedding",
        words.word_embedding_forward,
        words.word_embedding_backward,
        {"x": "int:V N T", "W": "V D"},
    ),
    *_cell_layers("rnn", rnn, 1),
    *_cell_layers("lstm", lstm, 4),
    *_cell_layers("gru", gru, 3),
    Layer(
        "temporal_affine",
        temporal.temporal_affine_forward,
        temporal.temporal_affine_backward,
        {"x": "N T D", "w": "D M", "b": "M"},
    ),
    Layer(
        "softmax_loss",
        *_loss_as_layer(losses.softmax_loss),
        {"x": "N M", "y": "int:M N"},
        checks_upstream=False,
    ),
    Layer(
        "temporal_softmax_loss",
        *_loss_as_layer(temporal.temporal_softmax_loss),
        {"x": "N T V", "y": "int:V N T", "mask": "bool N T"},
        checks_upstream=False,
    ),
    Layer(
        "dot_product_attention",
        attention.dot_product_attention_forward,
        attention.dot_product_attention_backward,
        {"h": "N H", "A": "N H R S"},
    ),
    Layer(
        "attention_lstm_step",
        attention.attention_lstm_step_forward,
        attention.attention_lstm_step_backward,
        {"x": "N D", "prev_h": "N H", "prev_c": "N H", "attended": "N H"}
        | {"Wx": "D 4H", "Wh": "H 4H", "Wattn": "H 4H", "b": "4H"},
        n_upstream=2,
    ),
    Layer(
        "attention_lstm",
        attention.attention_lstm_forward,
        attention.attention_lstm_backward,
        {"x": "N T D", "A": "N H R S", "Wx": "D 4H", "Wh": "H 4H", "Wattn": "H 4H", "b": "4H"},
    ),
]


def batches_of(layer):
    """Return the (N, T) worth trying: T only where the layer has time."""
    has_time = any(symbol == "T" for name in layer.shapes for _, symbol in layer.axes(name))
    return BATCHES if has_time else [(3, 1), (1, 1)]


LAYER_BATCHES = [(layer, N, T) for layer in LAYERS for N, T in batches_of(layer)]
