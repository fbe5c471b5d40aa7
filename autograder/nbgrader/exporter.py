"""nbgrader's own autograding, with verdicts from a sandbox in place of a run of the student's notebook.

`nbgrader autograde`, its API and formgrader's button all read and write notebooks by an exporter, which is a
setting. This one reads what was handed in as `captioning grade` does, and records the same marks; assignments
of other courses pass through it as ever.
"""

from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter

from autograder.grading.assignment import Assignment
from autograder.grading.batch import Course
from autograder.grading.graded import Graded, Grader, grade_submission
from autograder.grading.probes import good_isolation
from autograder.grading.record import require_known
from autograder.grading.shown import shown_notebook


class GradingExporter(NotebookExporter):
    """Grades in the first of nbgrader's two passes over a submission, and records in the second."""

    _graded: Graded | None = None

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """Return the notebook to be shown; see ``NotebookExporter``."""
        facts = (resources or {}).get("nbgrader", {})
        converter: Any = self.parent
        course = Course(converter.coursedir, self.config)
        assignment = course.find_assignment(facts.get("assignment", ""))
        if assignment is None:
            return super().from_filename(filename, resources, **options)
        if converter._sanitizing:
            grader = Grader.here(_isolation())
            self._graded = grade_submission(
                assignment, facts["student"], Path(filename), grader, course.records
            )
        else:
            self._record(course, assignment, facts["student"])
        assert self._graded is not None
        notebook = shown_notebook(assignment, self._graded.cells, self._graded.verdicts)
        return notebook, {**(resources or {}), "output_extension": self.file_extension}

    def _record(self, course: Course, assignment: Assignment, student: str) -> None:
        assert self._graded is not None
        assert self._graded.student == student
        with course.gradebook() as gradebook:
            require_known(gradebook, assignment)
            course.write(gradebook, assignment, self._graded)
            course.be_late(gradebook, assignment, student)


@cache
def _isolation() -> str:
    """Return the sandbox of this process: what it holds is tried once."""
    return good_isolation(None)
