"""What a judge says: a verdict with findings. Every report is a rendering of this."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is wrong, or likely to be."""

    RAISED = "raised"
    TIMEOUT = "timeout"
    COST = "costs too much"
    NOT_WRITTEN = "not written"
    RETURNED_NONE = "returned None"
    COUNT = "number of outputs"
    TYPE = "type"
    SHAPE = "shape"
    ORDER = "order of outputs"
    CACHE = "cache unpacked as something else"
    TRANSPOSED = "transposed"
    DTYPE = "dtype"
    FLOAT32 = "computed in float32"
    NON_FINITE = "not finite"
    MUTATED = "input changed"
    MEMORY = "needs too much memory"
    ALIASED = "shares memory with an input"
    NOT_REPEATABLE = "not repeatable"
    ACCUMULATED = "accumulated over calls"
    SIGN = "sign"
    FACTOR = "constant factor"
    EXTRA_TERM = "additional term"
    MISSING_TERM = "missing term"
    WHERE = "wrong only where"
    PLACE = "wrong only at"
    GATE_ORDER = "gates in another order"
    NOT_CARRIED = "not carried through time"
    NOT_LINEAR = "not linear in the upstream gradient"
    NEARLY = "nearly right"
    VALUE = "wrong value"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: what sort of thing.
        argument: the output or input that it is about, by name; "" if it is about the call as a whole.
        sentence: for the student: what was expected, what came, what it suggests.
        place: where the error is largest, an index per axis; None where there is no place.
        numbers: what was measured, such as ``{"error": 0.3, "factor": 2.0}``; JSON can hold it.
        case: the shapes that it came up with, such as "N=3, T=5".
        residual: the error per entry, at most two axes, with their names, to be drawn; None where there is
            nothing to see.
        also: other outputs or inputs of which the same is to be said.
        guess: how the sentence ends, if that is a guess: it gives way to a cause that is known.
        is_contract: whether it concerns the contract alone, and the arithmetic is right.
    """

    kind: Kind
    argument: str
    sentence: str
    place: tuple[int, ...] | None = None
    numbers: dict[str, Any] = field(default_factory=dict)
    case: str = ""
    residual: "Residual | None" = None
    also: tuple[str, ...] = ()
    guess: str = ""
    is_contract: bool = False


@dataclass(frozen=True)
class Residual:
    """A small picture of where an error sits.

    Attributes:
        values: rows of ``|actual - expected|`` relative to the largest expected value; NaN where the
            student's value is not finite.
        rows, columns: the names of the axes, such as "N" and "4H"; "" for an axis that is not there.
    """

    values: tuple[tuple[float, ...], ...]
    rows: str
    columns: str


@dataclass(frozen=True)
class Verdict:
    """The judgement of one exercise.

    Attributes:
        exercise: its name.
        passed: whether all is right, the numbers and the contract.
        points, max_points: what it got, of what.
        findings: what is wrong, the most telling first; empty when passed.
        mistake: the sentence of the catalogued mistake that this is; None if it is none.
        seconds: how long it took.
        compared: for which variations of the inputs a wrong answer is right, and for which it is wrong; "" if
            that tells nothing.
    """

    exercise: str
    passed: bool
    points: float
    max_points: float
    findings: tuple[Finding, ...] = ()
    mistake: str | None = None
    seconds: float = 0.0
    compared: str = ""

    @property
    def works(self) -> bool:
        """Whether the arithmetic is right, in float64, whatever is left of the contract."""
        return self.passed or (bool(self.findings) and all(f.is_contract for f in self.findings))
