"""The promise of a layer's arguments: shapes that fit together, and floating-point numbers."""

import functools
import inspect
import numpy as np
import re


def shapes(**specs):
    """Decorate a layer with the shapes of its arguments, and hold its callers to them.

    ``@shapes(x="N D", Wx="D 4H", b="4H", y="int N")`` binds ``N`` and ``D`` to the sizes of ``x``;
    every later argument must then agree. ``4H`` is four times ``H``. Arrays are of floating-point
    numbers (complex ones too, for complex-step differentiation) unless the spec begins with ``int``
    or ``bool``.

    Raises (when the decorated layer is called):
        ValueError: a shape does not fit; the message gives the shape that came and the one expected.
        TypeError: an argument is not an array, or is one of another kind, say of integers for floats.
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
    """Hold an upstream gradient to its shape, and to floating-point numbers.

    Raises:
        ValueError: the shape is another one than ``expected``; the message names both.
        TypeError: the numbers are integers, say.
    """
    if np.shape(array) != tuple(expected):
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {tuple(expected)}")
    if np.asarray(array).dtype.kind not in _KINDS["float"]:
        raise TypeError(f"{name} has dtype {np.asarray(array).dtype}, expected floats")


def require_floats(layer, name, array):
    """Raise ``TypeError`` unless an argument of ``layer`` is an array of floats (or complex numbers)."""
    _require_kind(layer, name, array, "float")


_KINDS = {"float": "fc", "int": "iu", "bool": "b"}


def _require_kind(layer, name, array, kind):
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{layer}: {name} is a {type(array).__name__}, expected a NumPy array")
    if array.dtype.kind not in _KINDS[kind]:
        hint = f": {name}.astype(np.float64)" if kind == "float" else ""
        raise TypeError(f"{layer}: {name} has dtype {array.dtype}, expected {kind}s{hint}")


@functools.cache
def _parse(spec):
    """Split ``"D 4H"`` into ``((1, "D"), (4, "H"))``, and tell which kind of numbers is meant."""
    tokens = spec.split()
    kind = tokens.pop(0) if tokens[0] in _KINDS else "float"
    axes = []
    for token in tokens:
        factor, symbol = re.findall(r"^(\d*)([A-Za-z]\w*)$", token)[0]
        axes.append((int(factor or 1), symbol))
    return tuple(axes), kind


def _check_argument(layer, name, array, spec, sizes):
    axes, kind = _parse(spec)
    _require_kind(layer, name, array, kind)
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
