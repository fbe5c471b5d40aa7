"""Knowing a mistake again by its arithmetic: enough to recognise it, too little to learn an output from.

Of each output that a mistake makes wrong two random projections are kept, with six digits. They are the
mistake's numbers, and what an output's dozens of entries should be does not follow from them. Nothing else
of an answer counts: neither the type it comes in, nor whether it changes an input. So a mistake is known in
other words than those it was collected in, and beside another one that concerns other outputs.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.judge.outcome import Outcome

PROJECTIONS = 2
DIGITS = 6
TOLERANCE = 1e-5
ROUNDING = 1e-9
_FEWEST = 8  # whole numbers that differ tell one mistake from another; so does one that is not whole

# How a mistake is shipped: of each case what was raised, or the numbers of the outputs that it makes wrong;
# None for numbers that are others each time.
# None for a whole case that does not count.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Print:
    """Two numbers that stand for an output.

    Attributes:
        numbers: the projections.
        exact: the same, unrounded; not shipped.
        size: the norm of the output, the scale of the projections.
        shape: of the output.
        tells: whether its numbers are like no other's; zeros everywhere, or ones, come of many mistakes.
    """

    numbers: tuple[float, ...]
    exact: tuple[float, ...]
    size: float
    shape: tuple[int, ...]
    tells: bool

    def is_like(self, numbers: Sequence[float]) -> bool:
        """Tell whether these are the same numbers, but for rounding."""
        return all(
            abs(own - other) <= TOLERANCE * self.size + 10.0**-DIGITS * abs(other)
            for own, other in zip(self.numbers, numbers, strict=True)
        )

    def is_same(self, other: "Print") -> bool:
        """Tell whether both are of the same output, but for the rounding of a computer."""
        return self.shape == other.shape and all(
            abs(one - another) <= ROUNDING * max(self.size, other.size)
            for one, another in zip(self.exact, other.exact, strict=True)
        )


@dataclass(frozen=True)
class Look:
    """How an answer to one case looks from far.

    Attributes:
        failure: such as ``"raised ValueError"``; "" if outputs came.
        prints: of each output, by name.
    """

    failure: str
    prints: Mapping[str, Print]


def look_at(exercise: Exercise, outcome: Outcome, case: int) -> Look:
    """Take the prints of what came of a case, which is known by its number."""
    if outcome.failure is not None:
        raised = outcome.failure.numbers.get("exception", "")
        return Look(f"{outcome.failure.kind} {raised}".strip(), {})
    outputs = exercise.named(outcome.outputs)
    if not outputs:
        return Look("other outputs", {})
    prints = {name: _print(f"{exercise.name}/{name}", case, value) for name, value in outputs.items()}
    return Look("", {name: one for name, one in prints.items() if one is not None})


def _print(name: str, case: int, output: Any) -> Print | None:
    """Return the print of an output; None if it has no numbers."""
    try:
        array = np.asarray(output)
    except ValueError:  # lists in a list that do not fit together
        return None
    if array.dtype.kind in "US":
        hashed = [zlib.crc32(str(text).encode()) / 2**32 for text in array.ravel()]
        array = np.array(hashed).reshape(array.shape)
    if array.dtype.kind not in "fiub":
        return None
    # An overflow is a mark as good as any; infinity has no projection.
    values = np.nan_to_num(array.astype(np.float64).ravel(), nan=1e3, posinf=1e4, neginf=-1e4)
    rng = np.random.default_rng([zlib.crc32(f"{name} {array.shape}".encode()), case])
    projections = rng.standard_normal((PROJECTIONS, values.size)) @ values
    return Print(
        tuple(float(f"{value:.{DIGITS - 1}e}") for value in projections),
        tuple(map(float, projections)),
        float(np.linalg.norm(values)),
        array.shape,
        bool((values != np.round(values)).any()) or (values.size >= _FEWEST and bool(np.ptp(values))),
    )


def entry_of(
    made: Sequence[Look],
    right: Sequence[Look],
    elsewhere: Sequence[Sequence[Look]] = (),
    fine_print: Collection[int] = (),
) -> list[Any] | None:
    """Return what is kept of a mistake, for each case.

    Args:
        made: how the mistake looks in each case.
        right: how the reference does.
        elsewhere: how the mistake looks on other processors.
        fine_print: cases that count only if nothing else tells the mistake: there a simple answer goes wrong
            beside it.

    Returns:
        None if its arithmetic does not tell it: it is right, or raises, or has no numbers that last.
    """
    cases: list[Any] = []
    telling: set[int] = set()
    for case, (look, reference) in enumerate(zip(made, right, strict=True)):
        others = [looks[case] for looks in elsewhere]
        if look.failure:
            cases.append(look.failure)
            continue
        wrong = {
            name: _lasting(one, reference.prints.get(name), [other.prints.get(name) for other in others])
            for name, one in look.prints.items()
            if name not in reference.prints or not reference.prints[name].is_same(one)
        }
        if any(
            look.prints[name].tells or look.prints[name].shape != reference.prints[name].shape
            for name, numbers in wrong.items()
            if numbers is not None and name in reference.prints
        ):
            telling.add(case)
        cases.append(wrong)
    if telling - set(fine_print):
        cases = [None if case in fine_print else these for case, these in enumerate(cases)]
    return cases if telling else None


def _lasting(one: Print, right: Print | None, others: Sequence[Print | None]) -> list[float] | None:
    """Return the numbers of a print if they are so everywhere, and tell it from the right one."""
    if right is not None and right.shape == one.shape and right.is_like(one.numbers):
        return None
    lasts = all(other is not None and other.is_like(one.numbers) for other in others)
    return list(one.numbers) if lasts else None


def are_alike(some: Sequence[Any], others: Sequence[Any]) -> bool:
    """Tell whether two mistakes, as ``entry_of`` returns them, are one and the same in other words."""
    return len(some) == len(others) and all(map(_is_case_alike, some, others))


def _is_case_alike(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return True
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    return set(one) == set(other) and all(
        numbers is None
        or other[name] is None
        or np.allclose(numbers, other[name], rtol=TOLERANCE, atol=TOLERANCE)
        for name, numbers in one.items()
    )


def recognise(
    entries: Sequence[Entry], own: Sequence[Look], wrong: Sequence[Collection[str]]
) -> dict[str, str]:
    """Return for each wrong output the sentence of the mistake that makes it what it is, if one does.

    A mistake is made if all that it makes wrong is wrong in just that way, in every case. Of several the one
    that explains the most comes first.

    Args:
        entries: the mistakes of the exercise, with ``"sentence"`` and ``"cases"``.
        own: how the answer looks in each case.
        wrong: the outputs that are wrong in each case.
    """
    made = [entry for entry in entries if _is_made(entry["cases"], own, wrong)]
    explained = {entry["name"]: set(_outputs_of(entry["cases"])) for entry in made}
    sentences: dict[str, str] = {}
    for entry in sorted(made, key=lambda entry: -len(explained[entry["name"]])):
        for output in sorted(explained[entry["name"]]):
            sentences.setdefault(output, entry["sentence"])
    return sentences


def _is_made(cases: Sequence[Any], own: Sequence[Look], wrong: Sequence[Collection[str]]) -> bool:
    if len(cases) != len(own):
        return False
    concerned = set(_outputs_of(cases))
    for numbers, look, wrong_here in zip(cases, own, wrong, strict=True):
        if not isinstance(numbers, dict):
            if numbers is not None and look.failure != numbers:
                return False
            continue
        if look.failure or (concerned - set(numbers)) & set(wrong_here):
            return False
        for output, these in numbers.items():
            if output not in look.prints:
                return False
            if these is not None and not look.prints[output].is_like(these):
                return False
    return True


def _outputs_of(cases: Sequence[Any]) -> Iterator[str]:
    for numbers in cases:
        if isinstance(numbers, dict):
            yield from numbers
