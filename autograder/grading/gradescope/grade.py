"""Starts the grader of this course that lies beside this file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("course")))

from autograder.grading.gradescope.running import main

main(sys.argv[1:])
