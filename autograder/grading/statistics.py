"""What a class finds hard: for each exercise how many have it right, and which mistakes they make."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.exercises.exercise import Exercise
from autograder.judge.verdict import Verdict

_MOST = 5


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
        submissions, right: how many, and how many of them are right.
        points, of: the mean, of what.
        mistakes: the commonest, the commonest first.
    """

    exercise: str
    submissions: int
    right: int
    points: float
    of: float
    mistakes: list[Made]


def summaries(exercises: Iterable[Exercise], verdicts: dict[str, tuple[Verdict, ...]]) -> Iterator[Summary]:
    """Yield how a class did each exercise.

    Args:
        exercises: of an assignment.
        verdicts: by student.
    """
    for exercise in exercises:
        own = {
            student: verdict
            for student, found in sorted(verdicts.items())
            for verdict in found
            if verdict.exercise == exercise.name
        }
        points = sum(verdict.points for verdict in own.values()) / max(len(own), 1)
        right = sum(verdict.passed for verdict in own.values())
        yield Summary(exercise.name, len(own), right, points, float(exercise.points), list(_mistakes(own)))


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
