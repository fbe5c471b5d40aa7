"""Grades one submission where Gradescope has put it; whatever goes wrong is 0 points and a reason.

Only NumPy and what reads a notebook are needed here: no nbgrader, no gradebook, no course folder.
"""

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from autograder.grading.assignment import Assignment, read_assignment
from autograder.grading.graded import Grader, Records, grade_submission, notebook_in
from autograder.grading.gradescope.results import Results, failed, results_of
from autograder.grading.probes import good_isolation
from autograder.grading.submission import IS_NOTEBOOK
from autograder.grading.workers import NoWorkerError
from captioning.errors import InputError
from captioning.files import write_text

ASSIGNMENT, SETTINGS = "assignment", "settings.json"
# What operating systems and Jupyter put beside a notebook.
_BESIDE = {".ipynb_checkpoints", "__MACOSX"}


def main(arguments: list[str]) -> None:
    """Grade what is in ``ROOT/submission``, and write ``ROOT/results/results.json``.

    Args:
        arguments: ROOT; with "--try" after it, the sandbox is tried and nothing is graded.
    """
    root = Path(arguments[0])
    if "--try" in arguments:
        settings = json.loads((root / "source" / SETTINGS).read_text(encoding="utf-8"))
        print(f"Here students' code runs in this sandbox: {_isolation(settings)}.")
        return
    try:
        results = graded_results(root)
    except Exception:  # noqa: BLE001  (the result of what nobody thought of is 0 points, and the traceback)
        results = failed(traceback.format_exc())
    write_text(root / "results" / "results.json", json.dumps(results, indent=1) + "\n")
    # What Gradescope keeps of this is shown to the instructor alone.
    print(results["tests"][-1]["output"])


def graded_results(root: Path) -> Results:
    """Return what becomes of a submission; raises whatever nobody has thought of."""
    source = root / "source"
    settings = json.loads((source / SETTINGS).read_text(encoding="utf-8"))
    name = settings["assignment"]
    folder = source / ASSIGNMENT
    assignment = read_assignment(folder, folder, name)
    if assignment is None:
        raise FileNotFoundError(f"{folder} holds no assignment {name}")
    try:
        isolation = _isolation(settings)
    except InputError as error:
        return failed(str(error))
    try:
        return _results(root, assignment, isolation, settings["visibility"])
    except NoWorkerError as error:
        return failed(str(error))
    except InputError as error:  # it concerns what was handed in
        return failed(str(error), to_student=str(error))


def _isolation(settings: dict[str, Any]) -> str:
    wanted = settings["isolation"]
    return str(wanted) if wanted == "none" else good_isolation(wanted)


def _results(root: Path, assignment: Assignment, isolation: str, visibility: str) -> Results:
    path = _notebook(root / "submission", assignment.name)
    student = _student(root / "submission_metadata.json")
    records = Records(root / "source")
    graded = grade_submission(assignment, student, path, Grader.here(isolation), records)
    place = f"{isolation}, Python {graded.facts['versions'][0]}, NumPy {graded.facts['versions'][1]}"
    note = f"Graded in this sandbox: {place}. The inputs are those of {student}."
    if isolation == "none":
        note = f"GRADED WITHOUT A SANDBOX: this mark is only as good as the trust in {student}. {place}."
    return results_of(graded.verdicts, visibility, note, graded.facts)


def _notebook(folder: Path, name: str) -> Path:
    """Return the notebook, also where a folder was handed in as a zip.

    Raises:
        InputError: there is none, or several.
    """
    notebooks = [
        path
        for path in sorted(folder.rglob("*"))
        if IS_NOTEBOOK.search(path.name) and not path.name.startswith(".") and not _BESIDE & set(path.parts)
    ]
    for found in ([path for path in notebooks if path.name == f"{name}.ipynb"], notebooks):
        if len(found) == 1:
            return found[0]
    return notebook_in(folder, name)


def _student(metadata: Path) -> str:
    """Return who handed it in, by the addresses that Gradescope knows."""
    users = json.loads(metadata.read_text(encoding="utf-8"))["users"]
    return ", ".join(sorted(str(user["email"]) for user in users))


if __name__ == "__main__":
    main(sys.argv[1:])
