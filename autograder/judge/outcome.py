"""What came of asking a function: values, and nothing that is alive."""

from dataclasses import dataclass
from typing import Any

from autograder.judge.verdict import Finding


@dataclass(frozen=True)
class Outcome:
    """What came of calling a function twice on one case.

    Attributes:
        outputs: what the exercise takes of the first call, as it was before the second; None after a failure.
        again: the same of a second call with equal arguments.
        changed: the arguments that the first call changed in place.
        aliased: pairs of an output and an argument that share memory.
        failure: that it raised, or is not written.
        overflows: whether some number became too large for its type on the way.
        sprawls: whether the first call took far more memory than what goes in and comes out.
        odd_cache: a sentence on a cache that holds one thing where another is unpacked; else "".
        mended: the outputs if the cache held what is unpacked; None where that is not known.
    """

    outputs: tuple[Any, ...] | None
    again: tuple[Any, ...] | None
    changed: tuple[str, ...] = ()
    aliased: tuple[tuple[str, str], ...] = ()
    failure: Finding | None = None
    overflows: bool = False
    sprawls: bool = False
    odd_cache: str = ""
    mended: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Opaque:
    """The description of an output that is neither an array nor a plain value: an iterator, a masked array.

    Attributes:
        type_name: such as ``"MaskedArray"``.
        shape: of what is an array of some sort, else None.
    """

    type_name: str
    shape: tuple[int, ...] | None = None
