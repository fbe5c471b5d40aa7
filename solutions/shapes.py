"""The promise of a layer's arguments: shapes that fit together, and floating-point numbers."""

import functools
import inspect
import re

import numpy as np


def shapes(**specs):
    """Decorate a layer with the shapes of its arguments, and hold its callers to them.

    ``@shapes(x="N D", Wx="D 4H", b="4H", y="int N")`` binds ``N`` and ``D`` to the sizes of ``x``;
    every later argument must then agree. ``4H`` is four times ``H``. Arrays are of floating-point
    numbers (complex ones too, for complex-step differentiation) unless the spec begins with ``int``.

    Raises (when the decorated layer is called):
        ValueError: a shape does not fit; the message gives the shape that came and the one expected.
        TypeError: an argument is no array, or integers where a layer needs floats (or the reverse).
    """

    def decorate(layer):
        names = tuple(inspect.signature(layer).parameters)

        @functools.wraps(layer)
        def checked(*args, **kwargs):
            given = dict(zip(names, args, strict=False), **kwargs)
            sizes: dict[str, int] = {}
            for name, spec in specs.items():
                if name in given:
                    _check_argument(layer.__name__, name, given[name], spec, sizes)
            return layer(*args, **kwargs)

        return checked

    return decorate


def require_shape(name, array, expected):
    """Raise ``ValueError``, naming both shapes, unless ``array`` has the shape ``expected``."""
    if np.shape(array) != tuple(expected):
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {tuple(expected)}")


@functools.cache
def _parse(spec):
    """Split ``"D 4H"`` into ``((1, "D"), (4, "H"))``, and tell whether integers are meant."""
    tokens = spec.split()
    integers = tokens[0] == "int"
    axes = []
    for token in tokens[integers:]:
        factor, symbol = re.findall(r"^(\d*)([A-Za-z]\w*)$", token)[0]
        axes.append((int(factor or 1), symbol))
    return tuple(axes), integers


def _check_argument(layer, name, array, spec, sizes):
    axes, integers = _parse(spec)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{layer}: {name} is a {type(array).__name__}, expected a NumPy array")
    if integers and array.dtype.kind not in "iu":
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}, expected integers")
    if not integers and array.dtype.kind not in "fc":
        raise TypeError(
            f"{layer}: {name} has dtype {array.dtype}, expected floats: {name}.astype(np.float64)"
        )
    if array.ndim == len(axes):
        for size, (factor, symbol) in zip(array.shape, axes, strict=True):
            if symbol not in sizes and size % factor == 0:
                sizes[symbol] = size // factor
    expected = tuple(factor * sizes.get(symbol, -1) for factor, symbol in axes)
    if array.shape != expected:
        symbols = ", ".join(f"{factor if factor > 1 else ''}{symbol}" for factor, symbol in axes)
        known = ", ".join(f"{symbol}={sizes[symbol]}" for _, symbol in axes if symbol in sizes)
        raise ValueError(
            f"{layer}: {name} has shape {array.shape}, expected ({symbols})"
            + (f" with {known}" if known else "")
        )
