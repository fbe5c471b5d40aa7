"""One case of an exercise, as the judge looks at it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.exercises.exercise import INFINITE, Arguments, Exercise, Spec
from autograder.judge.compare import relative_error
from autograder.judge.evidence import Labelled
from autograder.judge.naming import symbol_of
from autograder.judge.outcome import Outcome

_ROUNDING = {2: 1e-2, 4: 1e-5}


class Case:
    """An exercise, the arguments of a call, what should come of it and what did."""

    def __init__(
        self,
        exercise: Exercise,
        arguments: Arguments,
        expected: tuple[Any, ...],
        outcome: Outcome,
        tolerance: float | Mapping[str, float],
    ) -> None:
        self.exercise = exercise
        self.arguments = arguments
        self.outcome = outcome
        self.names = tuple(exercise.outputs)
        self.axes = {name: Spec.parse(text).axes for name, text in exercise.outputs.items()}
        self.expected = dict(zip(self.names, map(np.asarray, expected), strict=True))
        self.outputs = outcome.outputs or ()
        self._tolerance = tolerance

    def tolerance(self, name: str) -> float:
        return self._tolerance[name] if isinstance(self._tolerance, Mapping) else self._tolerance

    @property
    def actual(self) -> dict[str, np.ndarray]:
        """The outputs by name; only when their number and types are right.

        Where one says what is infinite, and is wrong, the numbers before it are not looked at.
        """
        actual = self.named(self.outputs)
        for numbers, infinite in pairwise(self.names):
            right, came = self.expected[infinite], actual[infinite]
            shape = actual[numbers].shape
            if infinite == INFINITE and shape == right.shape == came.shape == self.expected[numbers].shape:
                actual[numbers] = np.where(right == came, actual[numbers], self.expected[numbers])
        return actual

    def named(self, outputs: Sequence[Any]) -> dict[str, np.ndarray]:
        """Return outputs by name, as arrays."""
        return {name: np.asarray(value) for name, value in zip(self.names, outputs, strict=True)}

    def evidence(self, name: str) -> dict[str, Any]:
        """Return what ``diagnose`` may look at for an output."""
        gradients = self.exercise.gradients
        expected = self.expected
        return {
            "axes": self._axes_of(name),
            "arguments": _labelled(self.exercise, self.arguments, expected[name], self.axes[name]),
            "others": {
                other: Labelled(value, self.axes[other])
                for other, value in expected.items()
                if other != name and value.ndim == len(self.axes[other]) > 0
            },
            "upstream": tuple(gradients.upstream.values()) if gradients is not None else (),
            "is_gradient": gradients is not None and name in gradients.wrt,
            "blocks": self.exercise.blocks,
            "sizes": sizes_of(self.exercise, self.arguments),
            "scalars": _scalars(self.arguments),
            "tolerance": self.tolerance(name),
        }

    def _axes_of(self, name: str) -> tuple[str, ...]:
        ndim, axes = self.expected[name].ndim, self.axes[name]
        return axes if len(axes) == ndim else tuple(f"axis {k}" for k in range(ndim))

    def values(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Yield each output with what it should be and what came."""
        actual = self.actual
        for name in self.names:
            yield name, self.expected[name], actual[name]

    def wrong(self) -> list[str]:
        """Return the outputs whose numbers are wrong; their shapes are right.

        Of points where no difference is a gradient nothing is said if gradients are wrong anyway.
        """
        wrong = [name for name, _, actual in self.values() if not self.is_right(name, actual)]
        gradients = self.exercise.gradients
        if gradients is None or gradients.of == self.exercise.name:
            return wrong
        return [name for name in wrong if name in gradients.wrt] or wrong

    def is_right(self, name: str, actual: np.ndarray) -> bool:
        """Compare the numbers; where the tolerance is infinite any will do, integers and words too."""
        expected = self.expected[name]
        if math.isinf(self.tolerance(name)):
            return True
        if expected.dtype.kind == "f" and actual.dtype.kind in "fiub":
            # The narrower type has fewer digits, and that is said of the type.
            narrow = expected.dtype != actual.dtype and actual.dtype.kind == "f"
            size = min(expected.dtype.itemsize, actual.dtype.itemsize)
            rounding = _ROUNDING.get(size, 0.0) if narrow else 0.0
            return relative_error(expected, actual) <= max(self.tolerance(name), rounding)
        return np.array_equal(expected, actual)


def sizes_of(exercise: Exercise, arguments: Arguments) -> dict[str, int]:
    """Return the sizes of the symbols in the declarations, as far as the arrays tell."""
    sizes: dict[str, int] = {}
    for name, text in exercise.arguments.items():
        value, spec = arguments.get(name), Spec.parse(text)
        if isinstance(value, np.ndarray) and value.ndim == len(spec.axes):
            for axis, size in zip(spec.axes, value.shape, strict=True):
                count, symbol = symbol_of(axis)
                if symbol.isalpha() and size % count == 0:
                    sizes.setdefault(symbol, size // count)
    return sizes


def settings_of(arguments: Arguments) -> dict[str, float]:
    """Return the numbers among the arguments, such as a stride, a probability or a temperature."""
    return {name: float(f"{value:.4g}") for name, value in _scalars(arguments).items()}


def _labelled(
    exercise: Exercise, arguments: Arguments, output: np.ndarray, axes: tuple[str, ...]
) -> dict[str, Labelled]:
    """Return the arrays among the arguments with their axes; those of the output's shape get its axes."""
    found: dict[str, Labelled] = {}
    for name, value in _flat(arguments):
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub" or not value.size:
            continue
        spec = Spec.parse(exercise.arguments[name]) if name in exercise.arguments else None
        if spec is not None and value.ndim == len(spec.axes):
            found[name] = Labelled(value, spec.axes, spec.below)
        elif value.shape == output.shape and len(axes) == output.ndim:
            found[name] = Labelled(value, axes)
    return found


def _scalars(arguments: Arguments) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in _flat(arguments)
        if isinstance(value, int | float | np.floating | np.integer)
        and not isinstance(value, bool)
        and math.isfinite(value)
    }


def _flat(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield arguments by name, and what is in dictionaries among them."""
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from ((str(key), inner) for key, inner in value.items())
        else:
            yield name, value
