"""The chapters of the book, others that are as short as can be, and the lines that a solution consists of."""

import pytest

from autograder.nbgrader.stubs import REGION
from coursebuilder.chapter import Chapter, read_chapters
from coursebuilder.code import symbol
from coursebuilder.plain import BOOK

STARTER = BOOK.parent / "starter"
CHAPTERS = read_chapters(BOOK)
by_name = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)

SETUP = """\
# The softmax

```{code-cell} ipython3
import numpy as np

from autograder import check
```

"""
EXERCISE = """\
```{exercise} softmax_loss
print(softmax_loss(np.zeros((2, 4)), np.array([0, 1]))[0])
```
"""
QUIZ = """\
```{quiz}
- question: Which?
  answers:
    - text: This `one`
      correct: true
      why: It is.
    - text: That one
      why: It is not.
```
"""
QUESTION = """\
```{open-question} softmax_why
:points: 3
Why?
```
"""


def cell(source: str) -> str:
    return f"```{{code-cell}} ipython3\n{source}\n```\n\n"


def chapter(*pieces: str, name: str = "04_softmax") -> Chapter:
    """Return a chapter that is as short as one can be."""
    return Chapter(name, SETUP + "".join(pieces))


def solution_lines(exercise: str) -> set[str]:
    """Return the lines between the markers of an exercise, as they are."""
    top, _, method = exercise.partition(".")
    source = symbol(top).source
    if method:
        source = source[source.index(f"    def {method}(") :]
        end = source.find("\n    def ", 1)
        source = source[: end if end > 0 else None]
    bodies = [body for _, body in REGION.findall(source)]
    assert bodies, exercise
    lines = {line.strip() for body in bodies for line in body.splitlines()}
    return {line for line in lines if len(line) > 12 and not line.startswith("#")}


def lines_of(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()}
