"""The weaver: chapters taken apart, held to the rules, and expanded."""

import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest

from autograder.exercises.registry import all_exercises
from autograder.nbgrader import stubs
from autograder.nbgrader.stubs import stub
from captioning.source.names import names_defined, names_used
from coursebuilder import code, prerequisites
from coursebuilder.chapter import Chapter, question_text, quiz_questions, read_chapters, read_notebook
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.notebook import solution_notebook
from coursebuilder.plain import plain
from coursebuilder.rules import problems_of, require_rules
from tests.chapters import (
    CHAPTERS,
    EXERCISE,
    QUESTION,
    QUIZ,
    STARTER,
    by_name,
    cell,
    chapter,
    lines_of,
    solution_lines,
)

# The notebook of a chapter with its answers, which several tests read.
solved = cache(solution_notebook)

# --- A chapter taken apart


def test_the_directives_of_a_chapter() -> None:
    found = chapter(EXERCISE, "\nProse.\n\n", QUIZ, QUESTION).directives
    assert [(made.kind, made.argument, made.line) for made in found] == [
        ("exercise", "softmax_loss", 9),
        ("quiz", "", 15),
        ("open-question", "softmax_why", 24),
    ]
    assert found[0].body == "print(softmax_loss(np.zeros((2, 4)), np.array([0, 1]))[0])\n"
    assert question_text(found[2], "04") == (3, "Why?")
    (question,) = quiz_questions(found[1], "04")
    assert [answer.get("correct") for answer in question["answers"]] == [True, None]


def test_a_longer_fence_may_hold_shorter_ones() -> None:
    (found,) = chapter(
        "````{open-question} softmax_why\nWhat does\n```python\n1 + 1\n```\nsay?\n````\n"
    ).directives
    assert question_text(found, "04") == (2, "What does\n```python\n1 + 1\n```\nsay?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXERCISE.removesuffix("```\n"), "never closed"),
        (EXERCISE.removesuffix("```\n") + "\nProse, and then\n\n" + cell("x = 1"), "line 9: .*never closed"),
        ("~~~{exercise} softmax_loss\n~~~\n", "beginning of its line"),
        (":::{exercise} softmax_loss\n:::\n", "beginning of its line"),
        ("  ```{quiz}\n  ```\n", "beginning of its line"),
        ("``` {open-question} why\nWhy?\n```\n", "beginning of its line"),
    ],
)
def test_a_directive_that_is_malformed(text: str, message: str) -> None:
    with pytest.raises(ChapterError, match=message):
        expand(chapter(text), "notebook")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "a list of questions"),
        ("question: Which?\n", "a list of questions"),
        ("- [unclosed\n", "not YAML"),
        ("- question: Which?\n", "correct: true"),
        ("- question: Which?\n  answers: [one, two]\n", "correct: true"),
        ("- question: Which?\n  answers:\n    - {text: one, why: so}\n", "correct: true"),
        ("- answers:\n    - {text: one, why: so, correct: true}\n", "has `question`"),
        ("- question: Which?\n  answers:\n    - {text: one, correct: true}\n", "`text` and `why`"),
        ("- question: Which?\n  answers:\n    - {why: so, correct: true}\n", "`text` and `why`"),
    ],
)
def test_a_quiz_that_is_malformed(body: str, message: str) -> None:
    with pytest.raises(ChapterError, match=f"04_softmax, line 9: .*{message}"):
        expand(chapter(f"```{{quiz}}\n{body}```\n"), "notebook")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{open-question}\nWhy?\n```\n", "needs an id"),
        ("```{open-question} Why so\nWhy?\n```\n", "needs an id"),
        ("```{open-question} why\n:points: two\nWhy?\n```\n", ":points: two"),
        ("```{open-question} why\n:marks: 2\nWhy?\n```\n", ":marks: 2"),
        ("```{open-question} why\n:points: 2\n```\n", "the question"),
    ],
)
def test_a_question_that_is_malformed(text: str, message: str) -> None:
    with pytest.raises(ChapterError, match=message):
        expand(chapter(text), "notebook")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{live} cinema\n```\n", "04_softmax, line 9: there is no view 'cinema'"),
        ("```{live} sampler\ntempo: 3\n```\n", "line 9: there is no setting 'tempo'"),
        ("```{live} sampler\nslow\n```\n", "line 9: the settings of a view are lines such as"),
        ("```{live} sampler\n- [unclosed\n```\n", "line 9: .*not YAML"),
    ],
)
def test_a_live_view_that_is_malformed(text: str, message: str) -> None:
    with pytest.raises(ChapterError, match=message):
        expand(chapter(text), "notebook")


def test_a_live_view_is_a_widget_in_a_notebook_once_there_are_the_layers_for_it() -> None:
    text = "```{live} gates\nmodel: gru\n```\n"
    assert "GateViewer(model='gru')" in expand(chapter(text, name="16_capstone"), "notebook")
    assert "LiveView('gates', model='gru')" in expand(chapter(text, name="10_lstm"), "notebook")
    assert text in expand(chapter(text), "open")
    assert "{live}" not in expand(chapter("```{live} scene\n```\n"), "notebook")


def test_a_cell_whose_options_are_no_yaml() -> None:
    with pytest.raises(ChapterError, match=r"04_softmax: .*Invalid YAML"):
        problems_of(chapter("```{code-cell} ipython3\n---\nalt: a: b\n---\nx = 1\n```\n", EXERCISE))


def test_files_that_are_no_chapter(tmp_path: Path) -> None:
    with pytest.raises(ChapterError, match="two digits"):
        Chapter.read(tmp_path / "notes.md")
    with pytest.raises(ChapterError, match="cannot read"):
        Chapter.read(tmp_path / "04_softmax.md")
    (tmp_path / "04_softmax.md").write_bytes(b"# \xff")
    with pytest.raises(ChapterError, match="cannot read"):
        Chapter.read(tmp_path / "04_softmax.md")
    with pytest.raises(ChapterError, match="no chapters in"):
        read_chapters(tmp_path / "empty")
    with pytest.raises(ChapterError, match="no title"):
        assert Chapter("04_softmax", "no heading").title


# --- A chapter expanded


def test_an_exercise_in_the_notebook() -> None:
    notebook = solution_notebook(chapter(EXERCISE, "\n", QUESTION))
    graded = {made.metadata.nbgrader.grade_id: made for made in notebook.cells if "nbgrader" in made.metadata}
    assert list(graded) == [
        "given_softmax_loss",
        "softmax_loss",
        "check_softmax_loss",
        "question_softmax_why",
        "softmax_why",
    ]
    solution, test = graded["softmax_loss"], graded["check_softmax_loss"]
    assert solution.source + "\n" == code.symbol("softmax_loss").source
    assert (solution.metadata.nbgrader.solution, solution.metadata.nbgrader.grade) == (True, False)
    assert test.source == "check(softmax_loss).require()"
    points = all_exercises()["softmax_loss"].points
    assert (test.metadata.nbgrader.points, test.metadata.nbgrader.locked) == (points, True)
    answer = graded["softmax_why"].metadata.nbgrader
    assert (answer.grade, answer.solution, answer.points) == (True, True, 3)
    # The demonstration stands between the exercise and its check.
    sources = [made.source for made in notebook.cells]
    demonstration = sources.index("print(softmax_loss(np.zeros((2, 4)), np.array([0, 1]))[0])")
    assert sources.index(solution.source) < demonstration < sources.index(test.source)


def test_an_exercise_in_the_editions_of_the_book() -> None:
    made = {edition: expand(chapter(EXERCISE), edition) for edition in ("open", "class")}
    for text in made.values():
        assert '    raise NotImplementedError("softmax_loss is yours to write: exercise 4.1")' in text
        assert "**Exercise 4.1** · `softmax_loss` · 4 points" in text
        assert "SOLUTION" not in text
        assert "nbgrader" not in text
    solution = solution_lines("softmax_loss")
    assert solution <= lines_of(made["open"])
    assert solution.isdisjoint(lines_of(made["class"]))
    assert made["open"].index("NotImplementedError") < made["open"].index("Show the solution of 4.1")
    assert "from captioning.layers import softmax_loss" in made["class"]


def test_an_edition_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="edition is 'close'"):
        expand(chapter(EXERCISE), "close")


@by_name
def test_every_exercise_once_and_by_its_number(chapter: Chapter) -> None:
    stated = {e.name: e.points for e in all_exercises().values() if e.chapter == chapter.number}
    cells = solved(chapter).cells
    checks = {made.source: made.metadata.nbgrader for made in cells if made.source.startswith("check(")}
    assert {source: meta.points for source, meta in checks.items()} == {
        f"check({name}).require()": points for name, points in stated.items()
    }
    numbers: dict[str, str] = {}
    for made in cells:
        for name, number in made.metadata.get(stubs.NUMBERS, {}).items():
            numbers[name] = number
            expected = f'raise NotImplementedError("{name} is yours to write: exercise {number}")'
            assert stub(made.source, made.metadata[stubs.NUMBERS]).count(expected) >= 1
    assert numbers == {made.argument: f"{chapter.number}.{n}" for n, made in enumerate(chapter.exercises, 1)}


@by_name
def test_no_solution_is_in_the_class_edition_nor_in_the_starter(chapter: Chapter) -> None:
    """Neither of this chapter nor of a later one."""
    starter = nbformat.read(STARTER / chapter.name / f"{chapter.name}.ipynb", as_version=4)
    texts = {
        "class edition": expand(chapter, "class"),
        "starter": "\n".join(made.source for made in starter.cells),
    }
    for exercise in all_exercises().values():
        if exercise.chapter < chapter.number:
            continue
        hidden = solution_lines(exercise.name)
        for where, text in texts.items():
            assert hidden & lines_of(text) == set(), f"{exercise.name} in the {where}"


@pytest.mark.slow
def test_prerequisites_hold_earlier_chapters_and_no_others() -> None:
    def defined(before: int) -> set[str]:
        texts = prerequisites.prerequisites(before).values()
        return set().union(*(names_defined(text) for text in texts))

    tops = {e.name.partition(".")[0]: e.chapter for e in all_exercises().values()}
    for before in (1, 4, 10, 14, 18):
        assert {top for top, number in tops.items() if number < before} == defined(before) & set(tops)
    for before in (1, 4, 10):
        for text in prerequisites.prerequisites(before).values():
            assert "SOLUTION" not in text
            compile(text, "prerequisite", "exec")
            assert "solutions" not in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)


# --- What the weaver refuses


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (["```{exercise} softmax_lost\n```\n"], "line 9: there is no exercise 'softmax_lost'"),
        (["```{exercise}\n```\n"], "there is no exercise ''"),
        (["```{exercise} affine_forward\n```\n"], "affine_forward is an exercise of chapter 3"),
        ([EXERCISE, "\n", EXERCISE], "line 13: softmax_loss is used twice"),
    ],
)
def test_an_exercise_that_is_unknown_or_used_twice(pieces: list[str], message: str) -> None:
    with pytest.raises(ChapterError, match=re.escape(message)):
        expand(chapter(*pieces), "notebook")


def test_an_exercise_that_is_used_nowhere() -> None:
    assert problems_of(chapter()) == ["04_softmax: softmax_loss of the registry is not in it"]
    assert problems_of(chapter(EXERCISE)) == []


def test_a_chapter_that_is_missing_and_one_that_is_there_twice() -> None:
    with pytest.raises(ChapterError) as refused:
        require_rules([chapter(EXERCISE, QUESTION), chapter(EXERCISE, QUESTION, name="04_again")])
    problems = str(refused.value).splitlines()
    assert "two chapters are number 4" in problems
    assert "two open questions are called softmax_why" in problems
    assert "affine_forward of the registry is in no chapter: there is none with the number 3" in problems
    assert not any(problem.startswith("softmax_loss ") for problem in problems)


def test_an_exercise_before_the_one_it_needs() -> None:
    ids = [made.argument for made in next(c for c in CHAPTERS if c.number == 10).exercises]
    ids = [ids[1], ids[0], *ids[2:]]
    text = "".join(f"```{{exercise}} {name}\n```\n\n" for name in ids)
    with pytest.raises(
        ChapterError, match="uses lstm_gates, an exercise of chapter 10, before it is written"
    ):
        expand(chapter(text, name="10_lstm"), "notebook")


def test_a_layer_of_an_earlier_chapter_that_a_solution_needs_is_imported_for_students_too() -> None:
    text = "```{exercise} temporal_affine_forward\n```\n"
    with pytest.raises(
        ChapterError, match="temporal_affine_forward uses affine_forward, which the chapter has not imported"
    ):
        expand(chapter(text, name="12_temporal"), "notebook")
    imported = "```{code-cell} ipython3\nfrom captioning.layers import affine_forward\n```\n\n"
    expand(chapter(imported + text, name="12_temporal"), "notebook")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("print(softmax_loss)", "a cell uses softmax_loss before its exercise"),
        ("def f(x):\n    return softmax_loss(x, x)", "a cell uses softmax_loss before its exercise"),
        ("print(temperature)", "a cell uses temperature before it is introduced"),
        ("def f():\n    return lambda: temperature", "a cell uses temperature before it is introduced"),
        (
            "from captioning.layers import lstm_forward",
            "a cell imports lstm_forward, which chapter 10 has written",
        ),
        (
            "from captioning.layers import softmax_loss as s",
            "a cell imports softmax_loss, which chapter 4 has written",
        ),
        ("from captioning import layers", "a cell imports all layers"),
        ("import captioning.layers as l", "a cell imports all layers"),
        ("from captioning.layers import *", "a cell imports all layers"),
        ("from solutions.lstm import lstm_forward", "a cell imports solutions"),
        ("import numpy, solutions", "a cell imports solutions"),
        ("def f():\n    import solutions.lstm", "a cell imports solutions"),
    ],
)
def test_what_a_cell_takes_before_its_time(source: str, problem: str) -> None:
    (found,) = problems_of(chapter(cell(source), EXERCISE))
    assert found.startswith(f"04_softmax: {problem}")


@pytest.mark.parametrize(
    "source",
    [
        "from captioning.layers import affine_forward\nprint([y for y in np.zeros(3)], affine_forward)",
        "%config InlineBackend.figure_formats = ['svg']\n!ls\nprint(__name__)",
        "def f(a, *b, c=1, **d):\n    e = a\n    return [e for g in b if c] + [d]",
        "class A:\n    x = 1\n\n    def f(self):\n        return self.x, A",
        "try:\n    np.f()\nexcept ValueError as e:\n    print(e)",
        "with open('f') as file:\n    for line in file:\n        (first, *rest) = line\nprint(first, rest)",
        "def later():\n    return helper()\n\n\ndef helper():\n    return 1",
    ],
)
def test_what_a_cell_may_do(source: str) -> None:
    assert problems_of(chapter(cell(source), EXERCISE, cell("print(softmax_loss)"))) == []


def test_the_names_that_a_cell_asks_for() -> None:
    source = "import a.b\nx = y\ndef f(z=w):\n    global v\n    v = x + z + u\n    return [t for t in s]\n"
    assert names_used(source) - names_defined(source) - {"x"} == {"y", "w", "u", "s"}


def test_a_cell_that_is_not_python() -> None:
    with pytest.raises(ChapterError, match="04_softmax: a cell, line 1: this is not Python"):
        problems_of(chapter(cell("print('"), EXERCISE))


@pytest.mark.parametrize("chapter", CHAPTERS[1:], ids=lambda chapter: chapter.name)
def test_a_chapter_opens_with_a_picture_that_asks_and_then_says_its_goals(chapter: Chapter) -> None:
    cells = read_notebook(chapter.text, chapter.name).cells
    title, picture, prose, imports = cells[:4]
    assert title.source == f"# {chapter.title}"
    figure = picture.metadata["mystnb"]
    assert "?" in figure["figure"]["caption"]
    assert figure["image"]["alt"]
    assert picture.metadata["tags"] == ["hide-input"]
    assert "## What you will be able to do" in prose.source
    assert imports.cell_type == "code"


@pytest.mark.slow
def test_the_course_keeps_to_its_rules() -> None:
    require_rules(CHAPTERS)


@pytest.fixture
def edited_solutions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Return a function that gives the weaver other solutions: an edit of ``losses.py``."""
    folder = tmp_path / "solutions"
    shutil.copytree(code.solutions_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (code, prerequisites):
        monkeypatch.setattr(module, "solutions_folder", lambda: folder)
    # What the builder remembers of a module is neither to be taken here nor to be left behind.
    monkeypatch.setattr(code, "module_symbols", code.module_symbols.__wrapped__)
    expand.cache_clear()

    def edit(old: str, new: str) -> None:
        text = (folder / "losses.py").read_text(encoding="utf-8")
        assert old in text
        (folder / "losses.py").write_text(text.replace(old, new), encoding="utf-8")

    yield edit
    expand.cache_clear()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    ### END SOLUTION\n", "", "malformed markers"),
        ("    ### BEGIN SOLUTION\n", "", "malformed markers"),
        ("    ### END SOLUTION\n", "  ### END SOLUTION\n", "malformed markers"),
        ("    ### END SOLUTION\n", "    ### END SOLUTION \n", "malformed markers"),
        ("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION\n" * 2, "malformed markers"),
        ("### BEGIN SOLUTION", "# begin solution", "malformed markers"),
        ("### BEGIN SOLUTION", "###BEGIN_SOLUTION", "malformed markers"),
    ],
)
def test_markers_that_are_malformed(
    old: str, new: str, message: str, edited_solutions: Callable[[str, str], None]
) -> None:
    edited_solutions(old, new)
    with pytest.raises(ChapterError, match=rf"solutions/losses\.py: {message}"):
        expand(chapter(EXERCISE), "notebook")
    with pytest.raises(ChapterError, match=rf"solutions/losses\.py: {message}"):
        prerequisites.prerequisites(before=18)


def test_a_solution_that_is_not_marked(edited_solutions: Callable[[str, str], None]) -> None:
    edited_solutions("    ### BEGIN SOLUTION\n", "")
    edited_solutions("    ### END SOLUTION\n", "")
    for edition in ("notebook", "open", "class"):
        with pytest.raises(ChapterError, match="04_softmax: softmax_loss has no solution between"):
            expand(chapter(EXERCISE), edition)


def test_a_solution_that_needs_a_later_chapter(edited_solutions: Callable[[str, str], None]) -> None:
    edited_solutions("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION\n    print(lstm_forward)\n")
    edited_solutions(
        "import numpy as np\n", "import numpy as np\n\nfrom solutions.lstm import lstm_forward\n"
    )
    with pytest.raises(ChapterError, match="a solution uses lstm_forward, an exercise of chapter 10"):
        expand(chapter(EXERCISE), "notebook")


def test_a_symbol_that_is_renamed(edited_solutions: Callable[[str, str], None]) -> None:
    edited_solutions("def softmax_loss", "def softmax_cost")
    with pytest.raises(ChapterError, match=r"softmax_loss must be defined in one module .* is in no module"):
        expand(chapter(EXERCISE), "notebook")


# --- Plain notebooks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":::{note}\nMind this.\n\nAnd this.\n:::", "> **Note**\n>\n> Mind this.\n>\n> And this."),
        (
            ":::{admonition} Open question\n:class: note\nWhy?\n:::",
            "> **Open question**\n>\n> Why?",
        ),
        (
            "::::{dropdown} Is `x < 1`?\n:class-container: quiz-answer\n**No.** It is 2.\n::::",
            "<details><summary>Is <code>x &lt; 1</code>?</summary>\n\n**No.** It is 2.\n\n</details>",
        ),
        ("the {term}`cache` of {term}`a layer <layer>`", "the *cache* of *a layer*"),
        ("{cite}`he2015`", "(He et al., 2015)"),
        ("{cite:t}`he2015`", "He et al. (2015)"),
        ("(exercise-adam)=\n\n## Adam", "## Adam"),
        ("[chapter 2](02_gradients.md#a)", "[chapter 2](../02_gradients/02_gradients.ipynb)"),
        ("[notation](notation.md)", "notation"),
        ("$x$ and `{code}` stay", "$x$ and `{code}` stay"),
    ],
)
def test_markdown_as_a_plain_notebook_shows_it(text: str, expected: str) -> None:
    assert plain(text) == expected


@by_name
def test_nothing_of_myst_is_left_in_a_notebook(chapter: Chapter) -> None:
    for made in solved(chapter).cells:
        if made.cell_type == "markdown":
            prose = re.sub(r"^```.*?^```", "", made.source, flags=re.MULTILINE | re.DOTALL)
            assert not re.search(r"^(?::{3,}|\+\+\+|%)|^\([\w-]+\)=|(?<!`)\{[a-z:]+\}`", prose, re.MULTILINE)


# --- Guesses

GUESS = """\
```{guess}
question: Does $W_h$ matter?
answers:
  - It does not.
  - It *does*.
result: It does; see the table.
```
"""


def test_a_guess_in_a_notebook_is_a_question_with_a_list() -> None:
    text = expand(chapter(GUESS), "notebook")
    assert "**What do you expect?** Does $W_h$ matter? Decide before you run" in text
    assert "\n- It does not.\n- It *does*.\n" in text
    assert "see the table" not in text


@pytest.mark.parametrize("edition", ["open", "class"])
def test_a_guess_on_a_page_holds_its_result(edition: str) -> None:
    text = expand(chapter(GUESS), edition)
    assert "::::{container} guess\n**What do you expect?** Does $W_h$ matter?\n\n- It does not." in text
    assert ":::{container} guess-result\nIt does; see the table.\n:::\n::::" in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  - It *does*.\n", "", "two to four `answers`"),
        ("  - It *does*.\n", "  - a\n  - b\n  - c\n  - d\n", "two to four `answers`"),
        ("result: It does; see the table.\n", "", "a `question`, `answers` and a `result`"),
        ("question:", "questions:", "a `question`, `answers` and a `result`"),
        ("question: Does", "question: [Does", "the guess is not YAML"),
    ],
)
def test_a_guess_that_is_malformed(old: str, new: str, message: str) -> None:
    with pytest.raises(ChapterError, match=message):
        expand(chapter(GUESS.replace(old, new)), "open")
