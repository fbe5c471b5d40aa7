"""Fingerprints of answers: enough to know a mistake again, too little to learn an output from.

Of all outputs of a case together two random projections are kept, with six digits, and in words how the call
behaved: the types, what was changed, what was raised. They are a mistake's, and what a gradient's dozens
of entries are does not follow from two numbers.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.arguments import as_float32
from autograder.exercises.exercise import Arguments, Exercise
from autograder.judge.outcome import Outcome
from autograder.student.public import shipped_mistakes

PROJECTIONS = 2
DIGITS = 6
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Fingerprint:
    """How an answer looks from far.

    Attributes:
        behaviour: for each case a word or two, such as ``"float64 float64"`` or ``"raised ValueError"``.
        numbers: for each case the projections.
        sizes: for each case the norm of the outputs, the scale of the projections; it is not shipped.
    """

    behaviour: tuple[str, ...]
    numbers: tuple[tuple[float, ...], ...]
    sizes: tuple[float, ...]

    def is_like(self, behaviour: Sequence[str], numbers: Sequence[Sequence[float] | None]) -> bool:
        """Tell whether this is the answer that was fingerprinted; of a case with None any numbers will do."""
        return list(self.behaviour) == list(behaviour) and all(
            others is None or self.has_numbers(case, others) for case, others in enumerate(numbers)
        )

    def has_numbers(self, case: int, others: Sequence[float]) -> bool:
        """Tell whether these are the numbers of a case, but for rounding."""
        return all(
            abs(own - other) <= TOLERANCE * self.sizes[case] + 10.0**-DIGITS * abs(other)
            for own, other in zip(self.numbers[case], others, strict=True)
        )


def fingerprint(exercise: Exercise, respondent: Respondent, cases: list[Arguments]) -> Fingerprint:
    """Take the fingerprint of an answer on the public inputs; the first case in float32 too."""
    behaviour, numbers, sizes = [], [], []
    drawn = [*cases, as_float32(cases[0])] if exercise.tolerance_float32 is not None else cases
    for number, arguments in enumerate(drawn):
        outcome = respondent.ask(exercise, arguments)
        values = _as_numbers(outcome)
        behaviour.append(_behaviour(outcome))
        if number == len(cases) or values is None:
            values = np.zeros(0)  # float32 rounds as it likes, so only its types count
        rng = np.random.default_rng([zlib.crc32(exercise.name.encode()), number, values.size])
        directions = rng.standard_normal((PROJECTIONS, values.size))
        numbers.append(tuple(float(f"{value:.{DIGITS - 1}e}") for value in directions @ values))
        sizes.append(float(np.linalg.norm(values)))
    return Fingerprint(tuple(behaviour), tuple(numbers), tuple(sizes))


def _behaviour(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return f"{outcome.failure.kind} {outcome.failure.numbers.get('exception', '')}".strip()
    assert outcome.outputs is not None
    words = [
        str(output.dtype) if isinstance(output, np.ndarray | np.generic) else type(output).__name__
        for output in outcome.outputs
    ]
    words = ["str" if word.startswith("<U") else word for word in words]
    if outcome.changed:
        words.append(f"changes {' '.join(outcome.changed)}")
    if outcome.aliased:
        words.append(f"shares {' '.join(' '.join(pair) for pair in outcome.aliased)}")
    return " ".join(words)


def _as_numbers(outcome: Outcome) -> np.ndarray | None:
    """Return all outputs in one row of numbers; None if there are none, or one is no array or number."""
    if outcome.outputs is None:
        return None
    parts = []
    for output in outcome.outputs:
        if not isinstance(output, np.ndarray | np.generic | int | float | str):
            return None
        array = np.asarray(output)
        if array.dtype.kind in "US":
            array = np.array([zlib.crc32(str(text).encode()) / 2**32 for text in array.ravel()])
        if array.dtype.kind not in "fiub":
            return None
        parts.append(array.astype(np.float64).ravel())
    values = np.concatenate([np.zeros(0), *parts])
    # An overflow is a mark as good as any; infinity has no projection.
    return np.nan_to_num(values, nan=1e3, posinf=1e4, neginf=-1e4)


def known_mistake(exercise: Exercise, respondent: Respondent, cases: list[Arguments]) -> str | None:
    """Return the sentence of the catalogued mistake that an answer makes, None if it makes none."""
    catalogue = shipped_mistakes().get(exercise.name, [])
    if not catalogue:
        return None
    own = fingerprint(exercise, respondent, cases)
    return next(
        (entry["sentence"] for entry in catalogue if own.is_like(entry["behaviour"], entry["numbers"])), None
    )
