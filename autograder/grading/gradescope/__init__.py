"""An assignment graded on Gradescope: what is uploaded there, and the program that grades one submission.

`packing` makes autograder.zip, `running` is what its `run_autograder` calls. The containers of Gradescope let
nobody make namespaces, so bubblewrap mostly has no chance there, and Landlock holds a student's code; which
of the two it was stands in each result, for the instructor. Where neither holds there are no points.
"""
