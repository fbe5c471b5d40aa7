"""A verdict that shows itself, and stops a graded cell that does not pass."""

from dataclasses import dataclass
from html import escape
from typing import Any

from autograder.judge.render import as_html, as_json, as_text
from autograder.judge.verdict import Verdict


class NotYet(Exception):
    """An answer did not pass, in a place where it had to: a graded cell of a notebook.

    What is wrong was shown above it, so a notebook shows no traceback, only this sentence.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Checked(Verdict):
    """A verdict that shows itself, in a notebook and in a terminal.

    Attributes:
        note: where an answer that passed was saved, or why it was not; of one that did not, where another is.
    """

    note: str = ""

    def __str__(self) -> str:
        return as_text(self) + (f"\n{self.note}" if self.note else "")

    __repr__ = __str__

    def require(self) -> float | None:
        """Show the verdict in a notebook; for the graded cells, which count as solved unless they fail.

        Returns:
            The points of an answer whose arithmetic is right, while something of the contract is left: a
            number that a graded cell shows counts as its points. None if all is right.

        Raises:
            NotYet: the arithmetic is not right.
        """
        from IPython.display import display  # noqa: PLC0415  (scripts and graders have no notebook)

        display(self)
        if not self.works:
            raise NotYet(f"{self.exercise}: not yet, {self.points:g} of {self.max_points:g} points.")
        return None if self.passed else self.points

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return as_json(self) | {"note": self.note}

    def _repr_html_(self) -> str:
        return as_html(self) + (f"<p>{escape(self.note)}</p>" if self.note else "")
