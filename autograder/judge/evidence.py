"""What a diagnosis may look at: two arrays, their axes, and the arguments with theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograder.judge.compare import largest
from autograder.judge.verdict import Kind

_MOST_TERMS = 10**6
# A hypothesis must leave no more than this of an error, else it does not explain it.
_UNEXPLAINED = 1e-2


@dataclass(frozen=True)
class Labelled:
    """An array with the names of its axes.

    Attributes:
        values: the array.
        axes: such as ``("N", "4H")``.
        below: for integers the axis that they index, such as "V"; else "".
    """

    values: np.ndarray
    axes: tuple[str, ...]
    below: str = ""


@dataclass(frozen=True)
class Cause:
    """What a hypothesis found.

    Attributes:
        kind: what sort of mistake.
        words: about the output, beginning with a verb: "has the sign turned".
        numbers: what was measured.
        hint: what it suggests, a sentence, or "".
    """

    kind: Kind
    words: str
    numbers: dict[str, Any] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True)
class Evidence:
    """An output that is wrong, and what may explain it.

    Attributes:
        expected, actual: arrays of one shape, finite.
        axes: the names of the axes, ``("N", "T", "4H")``; empty where they are unknown.
        arguments: by name, upstream gradients among them.
        others: what the other outputs should be.
        upstream: which arguments are upstream gradients.
        is_gradient: whether the output is the gradient of something.
        blocks: the names of the blocks of an axis, ``{"4H": ("input gate", ...)}``.
        sizes: of the axes' symbols, ``{"N": 3}``.
        scalars: numbers among the arguments, ``{"p": 0.5}``.
        tolerance: the relative error that is right.
    """

    expected: np.ndarray
    actual: np.ndarray
    axes: tuple[str, ...] = ()
    arguments: Mapping[str, Labelled] = field(default_factory=dict)
    others: Mapping[str, Labelled] = field(default_factory=dict)
    upstream: tuple[str, ...] = ()
    is_gradient: bool = False
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 1e-9

    @property
    def is_numeric(self) -> bool:
        """Whether the output is of floats: only these have signs turned and factors forgotten."""
        return self.expected.dtype.kind == "f"

    @cached_property
    def scale(self) -> float:
        """The largest expected number, or the largest that came where that is 0; 1 for non-numbers."""
        if self.expected.dtype.kind not in "fiu":
            return 1.0
        return largest(self.expected) or largest(self.actual)

    @cached_property
    def error(self) -> np.ndarray:
        """Of each entry, ``|actual - expected|``; for what is not a number, 1 where they differ."""
        if self.is_numeric:
            return np.asarray(np.abs(self.actual - self.expected))
        return np.asarray(self.actual != self.expected, dtype=np.float64)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which entries are wrong."""
        return self.error > (self.tolerance * self.scale if self.is_numeric else 0.0)

    def explained_by(self, hypothesis: np.ndarray) -> bool:
        """Tell whether what came is this, so nearly that hardly any error is left."""
        if not self.is_numeric:
            return self.expected.shape == hypothesis.shape and np.array_equal(hypothesis, self.actual)
        return largest(self.actual - hypothesis) <= self._most_left

    @cached_property
    def _most_left(self) -> float:
        """What a hypothesis may leave of the error; less than 0 where there is none to explain."""
        before = largest(self.error)
        scale = max(largest(self.actual), largest(self.expected))
        return min(10 * self.tolerance * scale, _UNEXPLAINED * before) if before > 0 else -1.0

    def spread(self, array: Labelled) -> np.ndarray | None:
        """Bring an array into the shape of the output by the names of its axes.

        Returns:
            An array of the output's shape; None if the array has an axis that the output has not.
        """
        if array.values.shape == self.expected.shape and array.axes == self.axes:
            return array.values
        if not set(array.axes) <= set(self.axes) or not (_is_plain(array.axes) and _is_plain(self.axes)):
            return None
        if not array.axes:
            return None
        order = [array.axes.index(axis) for axis in self.axes if axis in array.axes]
        values = array.values.transpose(order)
        shape = [
            size if axis in array.axes else 1
            for axis, size in zip(self.axes, self.expected.shape, strict=True)
        ]
        if values.size != np.prod(shape):
            return None
        return np.broadcast_to(values.reshape(shape), self.expected.shape)

    def collect(self, *arrays: Labelled) -> np.ndarray | None:
        """Multiply arrays, add up over the axes that the output has not, and spread the sum.

        Returns:
            None if an axis is there twice, nothing is shared with the output, or it would be a lot of work.
        """
        axes = sorted({axis for array in arrays for axis in array.axes})
        kept = [axis for axis in self.axes if axis in axes]
        if not kept or not all(_is_plain(array.axes) for array in arrays) or not _is_plain(self.axes):
            return None
        sizes = {
            axis: size for array in arrays for axis, size in zip(array.axes, array.values.shape, strict=True)
        }
        if np.prod([float(size) for size in sizes.values()]) > _MOST_TERMS:
            return None
        number = {axis: index for index, axis in enumerate(axes)}
        operands: list[Any] = []
        for array in arrays:
            operands += [array.values, [number[axis] for axis in array.axes]]
        values = np.einsum(*operands, [number[axis] for axis in kept])
        return self.spread(Labelled(values, tuple(kept)))

    @property
    def floats(self) -> dict[str, Labelled]:
        """The arguments that are arrays of finite floats, the upstream gradients first."""
        names = sorted(self.arguments, key=lambda name: name not in self.upstream)
        return {
            name: self.arguments[name]
            for name in names
            if self.arguments[name].values.dtype.kind == "f"
            and np.isfinite(self.arguments[name].values).all()
        }


def _is_plain(axes: tuple[str, ...]) -> bool:
    return len(set(axes)) == len(axes)
