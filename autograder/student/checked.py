"""A verdict that shows itself, and stops a graded cell that does not pass."""

from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any

from autograder.exercises.afterwards import AFTERWARDS
from autograder.judge.render import as_html, as_json, as_text, headline
from autograder.judge.verdict import Verdict
from autograder.student import hints
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.hints import Shown
from captioning.answers.library import course_folder
from captioning.answers.resolver import reference_source
from captioning.course.machine import Machine
from captioning.course.milestones import milestone_as_uri, milestone_of
from captioning.source.markers import without_markers

SECONDS_TO_DRAW = 20.0
SLOW_BUT_RIGHT = "It is slow, though: which loop over single numbers could be one operation on arrays?"


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
        source: of the answer, "" where it is not known.
        is_slow: whether it took far longer than such answers do.
        machine: the picture of the machine, of an answer that has passed and was saved.
    """

    note: str = ""
    source: str = field(default="", repr=False, compare=False)
    is_slow: bool = field(default=False, repr=False, compare=False)
    machine: Machine | None = field(default=None, repr=False, compare=False)

    def hint(self) -> Shown:
        """Return a hint, and another when asked again; where the answer is right, see ``solution``."""
        if self.passed:
            return Shown(f"{self.exercise} is right. check({self.exercise}).solution() shows the course's.")
        return hints.hint(self.exercise)

    def solution(self) -> Shown:
        """Return the course's own version, beside the answer if that is right; before, after two tries.

        Raises:
            InputError: it is too early, or the reference is not installed.
        """
        return hints.solution(self.exercise, self.source if self.passed else "")

    def __str__(self) -> str:
        owned = self.machine.headline() if self.machine is not None else ""
        return "\n".join(filter(None, [as_text(self), self.afterwards, self.note, owned]))

    __repr__ = __str__

    @property
    def afterwards(self) -> str:
        """What an answer that has passed is good for next, and that it is slow if it is; else ""."""
        if not self.passed:
            return ""
        return " ".join(
            filter(None, [SLOW_BUT_RIGHT if self.is_slow else "", AFTERWARDS.get(self.exercise, "")])
        )

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
            raise NotYet(f"{headline(self)}.")
        return None if self.passed else self.points

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return as_json(self) | {"note": self.note}

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(text)}</p>" for text in (self.afterwards, self.note) if text)
        return as_html(self) + said + self._milestone() + self._picture() + self._the_course_s()

    def _milestone(self) -> str:
        """Return the picture of the milestone that was reached, if any, drawn by the layers there are."""
        milestone = milestone_of(self.exercise) if self.machine is not None else None
        if milestone is None:
            return ""
        try:
            uri = call_within(SECONDS_TO_DRAW, partial(milestone_as_uri, milestone))
        except OutOfTime:
            return f"<p>Its picture was not drawn within {SECONDS_TO_DRAW:g} seconds.</p>"
        except Exception as error:  # noqa: BLE001  (layers of the student run, some of which nobody has tried together)
            return f"<p>Its picture could not be drawn: {escape(str(error) or type(error).__name__)}</p>"
        caption = f"<figcaption>{escape(milestone.title)}, drawn by the layers that are there.</figcaption>"
        return f'<figure><img src="{uri}" alt="{escape(milestone.alt)}">{caption}</figure>'

    def _picture(self) -> str:
        if self.machine is None:
            return ""
        # A layer that is complete is a moment to see it.
        is_open = " open" if self.machine.is_owned(self.exercise.partition(".")[0]) else ""
        picture = self.machine.as_html(headline=False)
        return f"<details{is_open}><summary>{escape(self.machine.headline())}</summary>{picture}</details>"

    def _the_course_s(self) -> str:
        """Return the course's version of what passed, folded, in a folder of the course that has it."""
        theirs = reference_source(self.exercise) if self.passed and course_folder() is not None else None
        if theirs is None:
            return ""
        beside = hints.side_by_side(self.source, without_markers(theirs))
        return f"<details><summary>The course's version</summary>{beside}</details>"
