"""What marks a solution in a source, as nbgrader knows it."""

import re

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REGION = re.compile(rf"^([ ]*){BEGIN}\n(.*?)^\1{END}(?:\n|\Z)", re.MULTILINE | re.DOTALL)


def without_markers(source: str) -> str:
    """Return a solution as it is read: without the lines that mark it."""
    lines = [line for line in source.splitlines(keepends=True) if line.strip() not in {BEGIN, END}]
    return "".join(lines).lstrip("\n")
