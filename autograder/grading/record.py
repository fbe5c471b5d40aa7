"""Marks and reasons into nbgrader's gradebook, through nbgrader's own classes."""

from collections.abc import Iterable

from nbgrader.api import Gradebook, MissingEntry

from autograder.grading.assignment import Assignment
from autograder.grading.graded import Graded
from autograder.grading.shown import has_no_answer
from autograder.judge.render import as_text
from autograder.judge.verdict import Verdict
from captioning.errors import InputError

WITHOUT_SANDBOX = "Graded without a sandbox: this mark is only as good as the trust in who handed it in."


def require_known(gradebook: Gradebook, assignment: Assignment) -> None:
    """Hold the gradebook to it that it has the exercises of an assignment, with the points of today.

    Raises:
        InputError: it has not.
    """
    try:
        known = gradebook.find_notebook(assignment.name, assignment.name)
    except MissingEntry as error:
        raise InputError(
            f"the gradebook does not know {assignment.name}. In the course folder, run "
            f"`nbgrader generate_assignment {assignment.name} --force`."
        ) from error
    points = {cell.name: cell.max_score for cell in known.grade_cells}
    for exercise in assignment.asked.exercises:
        has = points.get(assignment.check_of(exercise.name))
        if has != exercise.points:
            raise InputError(
                f"{exercise.name} has {exercise.points} points today, in the gradebook "
                f"{'none' if has is None else f'{has:g}'}: {assignment.name} was released by another "
                "version. Grade with that version, or release the chapter again."
            )


def record(gradebook: Gradebook, assignment: Assignment, graded: Graded) -> None:
    """Write the marks of a submission, and why they are what they are; whatever a person wrote is kept.

    A cell that a person has graded before is marked as to be looked at again where its mark changes.
    """
    student = graded.student
    gradebook.update_or_create_student(student)
    submission = gradebook.update_or_create_submission(assignment.name, student)
    notebook = next(each for each in submission.notebooks if each.name == assignment.name)
    scores = {assignment.check_of(name): points for name, points in graded.points.items()}
    for grade in notebook.grades:
        score = scores.get(grade.name)
        if score is None and has_no_answer(assignment, graded.cells, grade.name):
            score = 0.0
        was_graded = grade.manual_score is not None
        if grade.auto_score != score or not was_graded:
            grade.needs_manual_grade = score is None or was_graded
        grade.auto_score = score
    reasons = _reasons(assignment, graded.verdicts)
    for comment in notebook.comments:
        comment.auto_comment = reasons.get(comment.name)
        if graded.facts["isolation"] == "none" and comment.auto_comment:
            comment.auto_comment += f"\n\n{WITHOUT_SANDBOX}"
    gradebook.db.commit()


def recorded_points(gradebook: Gradebook, assignment: Assignment, student: str) -> dict[str, float] | None:
    """Return the points of each exercise in the gradebook, None if there are none of this student."""
    try:
        notebook = gradebook.find_submission_notebook(assignment.name, assignment.name, student)
    except MissingEntry:
        return None
    scores = {grade.name: grade.auto_score for grade in notebook.grades}
    found = {e.name: scores.get(assignment.check_of(e.name)) for e in assignment.asked.exercises}
    points = {name: float(score) for name, score in found.items() if score is not None}
    return points if len(points) == len(found) else None


def _reasons(assignment: Assignment, verdicts: Iterable[Verdict]) -> dict[str, str]:
    """Return for each answer what is said of it, ready for Markdown."""
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts:
        reasons.setdefault(assignment.answer_of(verdict.exercise), []).append(as_text(verdict))
    return {answer: "\n\n".join(texts) for answer, texts in reasons.items()}
