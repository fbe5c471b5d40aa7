"""What Gradescope reads: results.json, by the schema of its page "Autograder Specifications"."""

from collections.abc import Iterable
from typing import Any

from autograder.judge.render import as_text
from autograder.judge.verdict import Verdict

Results = dict[str, Any]
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
NOT_YOURS = (
    "This could not be graded. It need not be your fault: your instructor sees why, and can grade it again."
)


def results_of(verdicts: Iterable[Verdict], visibility: str, note: str, facts: dict[str, Any]) -> Results:
    """Return what becomes of verdicts: a test for each exercise.

    Args:
        verdicts: of a submission.
        visibility: when a student sees them, one of ``VISIBILITIES``.
        note: for the instructor.
        facts: what the verdicts depend on; Gradescope stores it.
    """
    verdicts = list(verdicts)
    tests = [
        {
            "name": verdict.exercise,
            "name_format": "text",
            "score": verdict.points,
            "max_score": verdict.max_points,
            "status": "passed" if verdict.passed else "failed",
            "output": as_text(verdict),
            "output_format": "text",
            "visibility": visibility,
        }
        for verdict in verdicts
    ]
    score = sum(verdict.points for verdict in verdicts)
    return _results(score, "", [*tests, _for_the_instructor(note)]) | {"extra_data": facts}


def failed(reason: str, *, to_student: str = NOT_YOURS) -> Results:
    """Return 0 points, with a reason.

    Args:
        reason: for the instructor.
        to_student: what the student reads.
    """
    return _results(0.0, to_student, [_for_the_instructor(reason)])


def _results(score: float, output: str, tests: list[Results]) -> Results:
    return {
        "score": score,
        "output": output,
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _for_the_instructor(note: str) -> Results:
    return {
        "name": "For the instructor",
        "name_format": "text",
        "score": 0.0,
        "max_score": 0.0,
        "output": note,
        "output_format": "text",
        "visibility": "hidden",
    }
