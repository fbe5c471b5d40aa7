"""What an exercise is: how to call it, on what, and what comes out.

Arguments and outputs are declared as in the layers' docstrings: ``"N T D"`` is a float array with these
axes, ``"D 4H"`` has four blocks of H columns, ``"int:V N T"`` holds integers below V, ``"bool N T"`` is a
mask and ``"str N"`` holds strings. ``""`` is a number. From the declarations inputs are drawn, and a judge
names places by their axes. A symbol of an output that the sizes do not give is as large as it turns out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from operator import attrgetter
from typing import Any

import numpy as np

from autograder.exercises.caches import CacheError, WithCache, exchanged, mended, misfit

Arguments = dict[str, Any]
Sizes = Mapping[str, int]
# All sizes different, more rows than columns and fewer, one row, one step.
DEFAULT_SIZES: tuple[dict[str, int], ...] = (
    {"N": 3, "T": 5, "D": 4, "H": 2, "M": 6, "V": 11, "C": 2, "F": 4, "I": 5, "J": 6, "P": 3, "Q": 2},
    {"N": 7, "T": 2, "D": 3, "H": 5, "M": 4, "V": 9, "C": 3, "F": 2, "I": 6, "J": 4, "P": 2, "Q": 3},
    {"N": 1, "T": 4, "D": 2, "H": 3, "M": 5, "V": 7, "C": 1, "F": 3, "I": 4, "J": 5, "P": 2, "Q": 2},
    {"N": 4, "T": 1, "D": 5, "H": 3, "M": 2, "V": 6, "C": 4, "F": 5, "I": 7, "J": 3, "P": 3, "Q": 3},
)


@dataclass(frozen=True)
class Variation:
    """Sizes that differ from those of a simple case in one respect.

    Attributes:
        words: what is special: "pad 0".
        sizes: of the case.
        hint: what to look at, if the simple case is right and this one is wrong.
    """

    words: str
    sizes: dict[str, int]
    hint: str = ""


_SEQUENCE = {"N": 2, "T": 4, "D": 3, "H": 2, "M": 4, "V": 7, "C": 2, "F": 3, "I": 3, "J": 4, "P": 2, "Q": 3}
SEQUENCES = (
    Variation("several examples and time steps", _SEQUENCE),
    Variation("a single time step", _SEQUENCE | {"T": 1}),
    Variation("two time steps", _SEQUENCE | {"T": 2}),
    Variation("a single example", _SEQUENCE | {"N": 1}),
)
# An output that is True where the one before it is minus infinity, and holds 0.
INFINITE = "what is -inf"
# The share of the points that right arithmetic is worth; the rest is for the contract.
ARITHMETIC = 0.8


@dataclass(frozen=True)
class Spec:
    """The declaration of an array, taken apart.

    Attributes:
        kind: "float", "int", "bool" or "str".
        axes: the axes as written, ``("D", "4H")``.
        below: for integers the symbol of the size that they stay below, else "".
    """

    kind: str
    axes: tuple[str, ...]
    below: str = ""

    @classmethod
    @cache
    def parse(cls, text: str) -> Spec:
        """Read ``"N T D"``, ``"int:V N T"``, ``"bool N T"`` or ``"str N"``."""
        tokens = text.split()
        if tokens and tokens[0] in {"bool", "str"}:
            return cls(tokens[0], tuple(tokens[1:]))
        if tokens and tokens[0].startswith("int:"):
            return cls("int", tuple(tokens[1:]), tokens[0].removeprefix("int:"))
        return cls("float", tuple(tokens))

    def shape(self, sizes: Sizes) -> tuple[int, ...]:
        """Return the shape of the array for given sizes."""
        return tuple(_axis_size(axis, sizes) for axis in self.axes)

    def draw(self, rng: np.random.Generator, sizes: Sizes) -> np.ndarray:
        """Draw an array: standard normal floats, uniform integers, a mask with a row that is empty.

        Integers repeat, so that what must be added up is. The last row of a mask is False where there is
        another one. Strings are prepared, not drawn.
        """
        if self.kind == "str":
            raise ValueError("strings cannot be drawn; let the exercise prepare them")
        shape = self.shape(sizes)
        if self.kind == "int":
            return rng.integers(0, sizes[self.below], shape)
        if self.kind == "bool":
            mask = rng.random(shape) < 0.7
            mask.reshape(len(mask), -1)[:, 0] = True
            if len(mask) > 1:
                mask[-1] = False
            return mask
        return rng.standard_normal(shape)


def _axis_size(axis: str, sizes: Sizes) -> int:
    match = re.fullmatch(r"(\d*)([A-Z]?)", axis)
    if not axis or match is None:
        raise ValueError(f"the axis {axis!r} is none; expected a letter, a number, or both, such as H or 4H")
    factor, symbol = match.groups()
    return int(factor or 1) * (sizes[symbol] if symbol else 1)


@dataclass(frozen=True)
class Gradients:
    """Which of an exercise's outputs are gradients, of what.

    Attributes:
        of: the exercise whose outputs are differentiated; the exercise itself for a loss that returns its
            gradient.
        upstream: for each of that exercise's outputs the argument that is its upstream gradient; an output
            that is missing here has none (a loss counts 1).
        wrt: for each output that is a gradient the argument that it belongs to.
    """

    of: str
    upstream: dict[str, str]
    wrt: dict[str, str]


@dataclass(frozen=True)
class Exercise:
    """A function that a student writes.

    Attributes:
        name: of the function; ``CaptioningRNN.loss`` is a method.
        chapter: the number of the chapter, 1 to 18.
        points: what it is worth.
        arguments: the declaration of each array that is drawn, by name, in the order of the call.
        outputs: the declaration of each output, by name, in the order in which they are returned. Where the
            function returns a cache as well, that is left out.
        run: calls the function: ``run(layers, arguments)`` returns the outputs in their order. ``layers``
            has every layer as an attribute, the student's among them; the arguments are as
            ``autograder.exercises.arguments.given`` returns them. Only ``autograder.asking`` calls it.
        sizes: a case is drawn for each.
        prepare: adds to the drawn arguments, or replaces some: ``prepare(rng, arguments, sizes)``.
        gradients: which outputs are gradients; None if none is.
        blocks: the names of the blocks of an axis, ``{"4H": ("input gate", ...)}``.
        tolerance: the relative error that is right, in float64.
        tolerance_float32: the same in float32; None where the function has no arrays of floats, infinity
            where rounding may decide between words: then only types and shapes are looked at.
        requires: other exercises that ``run`` calls too, such as the forward function of a backward one.
        has_cache: whether the function returns a cache after its outputs; ``run`` leaves it out.
        fine_print: cases of what the text rules out, and what may come out right all the same, with words for
            each; they are a matter of the contract.
        not_negative: whether no output may be below 0, not even by rounding.
        no_overflow: whether no exponential may overflow on the way.
        frugal: whether no array on the way may be far larger than what goes in and comes out.
        variations: a simple case first, then those that differ from it in one respect; they are not graded,
            but show of a wrong answer where it is right.
    """

    name: str
    chapter: int
    points: int
    arguments: dict[str, str]
    outputs: dict[str, str]
    run: Callable[[Any, Arguments], tuple[Any, ...]]
    sizes: tuple[dict[str, int], ...] = DEFAULT_SIZES
    prepare: Callable[[np.random.Generator, Arguments, Sizes], Arguments] | None = None
    gradients: Gradients | None = None
    blocks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: float = 1e-9
    tolerance_float32: float | None = 1e-4
    requires: tuple[str, ...] = ()
    has_cache: bool = False
    variations: tuple[Variation, ...] = ()
    fine_print: dict[int, str] = field(default_factory=dict)
    not_negative: bool = False
    no_overflow: bool = False
    frugal: bool = False

    @property
    def points_for_arithmetic(self) -> float:
        """What right arithmetic is worth while something of the contract is left."""
        return round(ARITHMETIC * self.points, 1)

    @property
    def edges(self) -> tuple[int, ...]:
        """The cases of one example, of one time step, and of what the text rules out."""
        axes = {axis for text in self.arguments.values() for axis in Spec.parse(text).axes}
        return tuple(
            number
            for number, sizes in enumerate(self.sizes)
            if number in self.fine_print
            or (sizes in DEFAULT_SIZES and any(sizes[symbol] == 1 and symbol in axes for symbol in "NT"))
        )

    def cases(self, rng: np.random.Generator) -> list[Arguments]:
        """Draw the arguments of one call for each of the sizes, in float64."""
        return [self._case(rng, sizes) for sizes in self.sizes]

    def varied(self, rng: np.random.Generator) -> list[Arguments]:
        """Draw the arguments of one call for each of the variations, in float64."""
        return [self._case(rng, variation.sizes) for variation in self.variations]

    def named(self, outputs: tuple[Any, ...] | None) -> dict[str, Any]:
        """Return outputs by name; {} where there are none, or not as many as there should be."""
        if outputs is None or len(outputs) != len(self.outputs):
            return {}
        return dict(zip(self.outputs, outputs, strict=True))

    def _case(self, rng: np.random.Generator, sizes: Sizes) -> Arguments:
        arguments: Arguments = {
            name: Spec.parse(text).draw(rng, sizes) for name, text in self.arguments.items()
        }
        return arguments if self.prepare is None else self.prepare(rng, arguments, sizes)


def forward_exercise(
    name: str,
    chapter: int,
    points: int,
    arguments: dict[str, str],
    outputs: dict[str, str],
    *,
    options: Callable[[Sizes], Arguments] | None = None,
    has_cache: bool = True,
    **settings: Any,
) -> Exercise:
    """Return the exercise of a function that is called with arrays, then with options.

    Args:
        name, chapter, points, arguments, outputs, settings: as in ``Exercise``.
        options: what else the function takes, after the arrays, for given sizes.
        has_cache: whether the function returns a cache after its outputs.
    """
    prepare = None
    if options is not None:

        def prepare(rng: np.random.Generator, arguments: Arguments, sizes: Sizes) -> Arguments:
            return arguments | options(sizes)

    if "sizes" not in settings and any("T" in Spec.parse(text).axes for text in arguments.values()):
        settings.setdefault("variations", SEQUENCES)
    run = partial(_run_forward, name=name, has_cache=has_cache)
    return Exercise(
        name, chapter, points, arguments, outputs, run, prepare=prepare, has_cache=has_cache, **settings
    )


def backward_exercise(
    name: str,
    points: int,
    forward: Exercise,
    *,
    wrt: Iterable[str] | None = None,
    **settings: Any,
) -> Exercise:
    """Return the exercise of the backward function of a layer.

    It is called with the upstream gradients and with the cache of the student's own forward function. The
    upstream gradient of ``out`` is called ``dout``, the gradient of ``x`` is ``dx``.

    Args:
        name, points, settings: as in ``Exercise``.
        forward: the exercise of the forward function.
        wrt: the arguments whose gradients are returned, in order; by default all arrays of floats.
    """
    floats = [key for key, text in forward.arguments.items() if Spec.parse(text).kind == "float"]
    wrt = list(floats if wrt is None else wrt)
    upstream = {output: f"d{output}" for output in forward.outputs}
    arguments = forward.arguments | {
        upstream[output]: text for output, text in forward.outputs.items() if output in upstream
    }
    run = partial(_run_backward, name=name, forward=forward, upstream=tuple(upstream.values()))
    return Exercise(
        name,
        forward.chapter,
        points,
        arguments,
        {f"d{key}": forward.arguments[key] for key in wrt},
        run,
        **{
            "sizes": forward.sizes,
            "prepare": forward.prepare,
            "gradients": Gradients(forward.name, upstream, {f"d{key}": key for key in wrt}),
            "blocks": forward.blocks,
            "requires": (forward.name,),
            "variations": forward.variations,
        }
        | settings,
    )


def find_function(layers: Any, name: str) -> Callable[..., Any]:
    """Return a function or method by its name: ``CaptioningRNN.loss`` is two lookups."""
    found: Callable[..., Any] = attrgetter(name)(layers)
    return found


def _run_forward(layers: Any, arguments: Arguments, *, name: str, has_cache: bool) -> tuple[Any, ...]:
    returned = find_function(layers, name)(*arguments.values())
    return with_cache(name, returned)[:-1] if has_cache else _as_tuple(returned)


def _run_backward(
    layers: Any, arguments: Arguments, *, name: str, forward: Exercise, upstream: tuple[str, ...]
) -> tuple[Any, ...]:
    taken = {key: value for key, value in arguments.items() if key not in upstream}
    before = {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in taken.items()}
    *outputs, cache = with_cache(forward.name, find_function(layers, forward.name)(*taken.values()))
    backward = find_function(layers, name)
    known = before | dict(zip(forward.outputs, outputs, strict=False))
    odd = exchanged(backward, cache, known)
    another = mended(backward, cache, known) if odd else None
    try:
        returned = _as_tuple(backward(*(arguments[key] for key in upstream), cache))
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        wrong = odd or misfit(backward, cache, known)
        if wrong:
            raise CacheError(wrong) from error
        raise
    if another is None:
        return returned
    grads = WithCache(returned)
    grads.sentence = odd
    with suppress(ValueError, TypeError, IndexError, AttributeError):
        grads.mended = _as_tuple(backward(*(arguments[key] for key in upstream), another))
    return grads


def _as_tuple(returned: Any) -> tuple[Any, ...]:
    return returned if isinstance(returned, tuple) else (returned,)


def with_cache(name: str, returned: Any) -> tuple[Any, ...]:
    """Return outputs and cache; an array alone would come apart into its rows.

    Raises:
        TypeError: the function called ``name`` returned one thing.
    """
    if not isinstance(returned, tuple | list):
        raise TypeError(f"{name} returned one {type(returned).__name__}, expected its outputs and a cache")
    return tuple(returned)
