"""nbgrader's settings for a course folder of this course; other assignments in it work as before."""

from nbgrader import preprocessors as nbgrader

from autograder.nbgrader.stubs import ClearSolutions

c = get_config()  # noqa: F821  (given by nbgrader)
c.CourseDirectory.course_id = "captioning-from-scratch"
# nbgrader's own list, but for ClearSolutions: ours says in each stub which exercise it is.
c.GenerateAssignment.preprocessors = [
    nbgrader.IncludeHeaderFooter,
    nbgrader.InstantiateTests,
    nbgrader.LockCells,
    ClearSolutions,
    nbgrader.ClearOutput,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
    nbgrader.SaveCells,
    nbgrader.ClearHiddenTests,
    nbgrader.ClearMarkScheme,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
]
# A check cell that was deleted by accident is put back.
c.OverwriteCells.add_missing_cells = True
# Warnings, and what an answer prints to stderr, cost nothing: a check that fails raises.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"(?s).*"
# What runs longer than this does not end.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.extra_arguments = [
    # No warning that this machine's own kernel is talked to without encryption.
    "--IPKernelApp.log_level=40",
    # Nobody's saved answers are looked up: what one student leaves in the course folder is not another's.
    "--IPKernelApp.exec_lines=import os; os.environ['CAPTIONING_LIBRARY'] = ''",
]
