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
# What is handed in of this course is graded in a sandbox, as by `captioning grade`; see there.
c.Autograde.exporter_class = "autograder.nbgrader.exporter.GradingExporter"
# What students write is shown without what would run, in formgrader and in the feedback.
c.HTMLExporter.filters = {"markdown2html": "autograder.grading.shown.as_harmless_html"}
