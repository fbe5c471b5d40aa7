"""What a class finds hard: for each exercise how many have it right, and which mistakes they make."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from autograder.exercises.exercise import Exercise
from autograder.grading.assignment import Assignment
from autograder.judge.verdict import Kind, Verdict

_MOST = 5
Verdicts = Mapping[str, tuple[Verdict, ...]]


@dataclass(frozen=True)
class Made:
    """A mistake, and by how many.

    Attributes:
        what: the sentence of the catalogue, or for what it does not name the kind of the finding.
        students: by how many.
        example: one that made it.
        said: what was said to that one.
    """

    what: str
    students: int
    example: str
    said: str


@dataclass(frozen=True)
class Summary:
    """How a class did an exercise.

    Attributes:
        exercise: its name.
        submissions: how many; each is one of the next four.
        right, nearly, wrong, unwritten: how many have all of it; have the arithmetic, and not all of the
            contract; have it wrong; have not begun.
        points, of: the mean, of what.
        seconds: that a submission took to be graded, the median; None where that is not known.
        mistakes: the commonest, the commonest first.
    """

    exercise: str
    submissions: int
    right: int
    nearly: int
    wrong: int
    unwritten: int
    points: float
    of: float
    seconds: float | None
    mistakes: list[Made]

    @property
    def failing(self) -> float:
        """Which part of the class has not all of it, 0 to 1."""
        return 1 - self.right / self.submissions if self.submissions else 0.0


@dataclass(frozen=True)
class Release:
    """How a class did an assignment.

    Attributes:
        assignment: its name.
        submissions: how many were graded.
        points: of each, in no order that tells whose they are.
        of: the most that there are.
        exercises: how each was done.
    """

    assignment: str
    submissions: int
    points: list[float]
    of: float
    exercises: list[Summary]

    @property
    def mean(self) -> float:
        """The mean of the points; 0 where nobody has handed in."""
        return sum(self.points) / len(self.points) if self.points else 0.0


def summary_of(
    assignment: Assignment, verdicts: Verdicts, seconds: Mapping[str, Mapping[str, float]]
) -> Release:
    """Return how a class did an assignment.

    Args:
        assignment: which.
        verdicts: by student.
        seconds: that each exercise took, by student and exercise.
    """
    exercises = assignment.asked.exercises
    return Release(
        assignment.name,
        len(verdicts),
        sorted(sum(verdict.points for verdict in found) for found in verdicts.values()),
        float(sum(exercise.points for exercise in exercises)),
        [_summary(exercise, verdicts, seconds) for exercise in exercises],
    )


def _summary(exercise: Exercise, verdicts: Verdicts, seconds: Mapping[str, Mapping[str, float]]) -> Summary:
    own = {
        student: verdict
        for student, found in sorted(verdicts.items())
        for verdict in found
        if verdict.exercise == exercise.name
    }
    counts = Counter(map(_state, own.values()))
    took = [seconds[student][exercise.name] for student in own if exercise.name in seconds.get(student, {})]
    return Summary(
        exercise.name,
        len(own),
        counts["right"],
        counts["nearly"],
        counts["wrong"],
        counts["unwritten"],
        sum(verdict.points for verdict in own.values()) / max(len(own), 1),
        float(exercise.points),
        median(took) if took else None,
        list(_mistakes(own)),
    )


def _state(verdict: Verdict) -> str:
    if verdict.works:
        return "right" if verdict.passed else "nearly"
    kinds = {finding.kind for finding in verdict.findings}
    return "unwritten" if kinds == {Kind.NOT_WRITTEN} else "wrong"


def _mistakes(verdicts: dict[str, Verdict]) -> Iterator[Made]:
    wrong = {student: verdict for student, verdict in verdicts.items() if not verdict.passed}
    counts = Counter(map(_what, wrong.values()))
    for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST]:
        student = next(student for student, verdict in wrong.items() if _what(verdict) == what)
        said = " ".join(finding.sentence for finding in wrong[student].findings[:1])
        yield Made(what, count, student, said)


def _what(verdict: Verdict) -> str:
    if verdict.mistake is not None:
        return verdict.mistake
    if not verdict.findings:
        return "not right"
    first = verdict.findings[0]
    return f"{first.argument}: {first.kind}" if first.argument else str(first.kind)
