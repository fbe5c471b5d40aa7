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
# The experiments of a chapter run for seconds, on a busy machine for longer.
c.ExecutePreprocessor.timeout = 300
# No warning that this machine's own kernel is talked to without encryption.
c.ExecutePreprocessor.extra_arguments = ["--IPKernelApp.log_level=40"]
