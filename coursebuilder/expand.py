"""A chapter with its directives expanded, as MyST Markdown: for a notebook, or for a page of the book."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import yaml

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.nbgrader.ids import cell_id, check_id
from autograder.nbgrader.stubs import (
    NUMBERS,
    MarkerError,
    stub,
    without_solutions,
)
from captioning.errors import InputError
from captioning.live.views import notebook_cell
from captioning.source.code import as_python
from captioning.source.markers import BEGIN, END, without_markers
from captioning.source.names import names_defined
from coursebuilder.chapter import (
    DIRECTIVE,
    Chapter,
    Directive,
    live_settings,
    question_text,
    quiz_questions,
    read_guess,
)
from coursebuilder.code import Symbol, helpers, symbol
from coursebuilder.errors import ChapterError
from coursebuilder.printed import without_role
from coursebuilder.views import TITLES, require_view

# "notebook" has solutions and what nbgrader needs; "open" and "class" are editions of the book.
EDITIONS = ("notebook", "open", "class")
# Who has come to this chapter has the layers of a captioner, and a widget runs on them.
CAPTIONER = 13
CODE_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def expand(chapter: Chapter, edition: str) -> str:
    """Return a chapter's text with every directive expanded.

    Args:
        chapter: the chapter.
        edition: one of ``EDITIONS``.

    Raises:
        ChapterError: an exercise is unknown, of another chapter, or used twice; a solution is not marked, or
            uses what is not there yet; a marker, a quiz or a question is malformed.
    """
    if edition not in EDITIONS:
        raise ValueError(f"edition is {edition!r}, expected one of {', '.join(EDITIONS)}")
    return _Expansion(chapter, edition).text()


@dataclass
class _Expansion:
    """One expansion; it remembers what the cells so far define.

    Attributes:
        known: the names that cells so far define.
        done: the exercises so far.
    """

    chapter: Chapter
    edition: str
    known: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def text(self) -> str:
        pieces, end, text = [], 0, self.chapter.text
        directives = iter(self.chapter.directives)
        for match in DIRECTIVE.finditer(text):
            prose = text[end : match.start()]
            self._learn(prose)
            pieces += [prose, self._expanded(next(directives))]
            end = match.end()
        return without_role("".join([*pieces, text[end:]]))

    def _learn(self, prose: str) -> None:
        for match in CODE_CELL.finditer(prose):
            self.known |= names_defined(as_python(match.group(1)))

    def _expanded(self, directive: Directive) -> str:
        by_kind = {
            "exercise": self._exercise,
            "quiz": self._quiz,
            "guess": self._guess,
            "live": self._live,
            "view": self._view,
            "open-question": self._open_question,
        }
        return by_kind[directive.kind](directive)

    def _exercise(self, directive: Directive) -> str:
        name = directive.argument
        exercise = self._require_exercise(name, directive.line)
        self.done.append(name)
        top = name.partition(".")[0]
        given, solution = self._code(symbol(top)) if top not in self.known else ("", "")
        self.known |= names_defined(given) | names_defined(solution) | {top}
        self.known |= names_defined(as_python(directive.body))
        numbers = {at: number for at, number in self._numbers().items() if at.partition(".")[0] == top}
        if solution:
            self._require_stubs(given, solution, numbers)
        if self.edition == "notebook":
            cells = self._notebook_cells(exercise, numbers, given, solution, directive.body)
        else:
            cells = self._book_cells(exercise, numbers, given, solution, directive.body)
        return "\n".join(cells)

    def _numbers(self) -> dict[str, str]:
        exercises = self.chapter.exercises
        return {made.argument: f"{self.chapter.number}.{n}" for n, made in enumerate(exercises, 1)}

    def _require_exercise(self, name: str, line: int) -> Exercise:
        where = f"{self.chapter.name}, line {line}"
        if name not in all_exercises():
            raise ChapterError(f"{where}: there is no exercise {name!r} in the registry")
        exercise = all_exercises()[name]
        if exercise.chapter != self.chapter.number:
            raise ChapterError(f"{where}: {name} is an exercise of chapter {exercise.chapter}")
        if name in self.done:
            raise ChapterError(f"{where}: {name} is used twice")
        return exercise

    def _code(self, of: Symbol) -> tuple[str, str]:
        """Return what is given before an exercise, and the exercise with its solution."""
        given = self._with_imports(helpers(of, without_solutions(of.source), self.known))
        seen = self.known | {helper.name for helper in helpers(of, without_solutions(of.source), self.known)}
        only_in_solution = helpers(of, of.source, seen)
        hidden = self._with_imports(only_in_solution)
        self._require_imported(of, only_in_solution)
        if hidden:
            hidden = f"{BEGIN}\n{hidden}{END}\n\n\n"
        return given, hidden + of.source

    def _require_imported(self, of: Symbol, hidden: list[Symbol]) -> None:
        """Hold the chapter to it that a student has the layers of earlier chapters that the solution uses."""
        written = {exercise.name.partition(".")[0] for exercise in all_exercises().values()}
        missing = sorted(helper.name for helper in hidden if helper.is_import and helper.name in written)
        if missing:
            raise ChapterError(
                f"{self.chapter.name}: the solution of {of.name} uses {', '.join(missing)}, which the "
                "chapter has not imported by then; a student needs it too. Import it in the first cell."
            )

    def _require_stubs(self, given: str, solution: str, numbers: dict[str, str]) -> None:
        """Hold the code to it that nothing is left of a solution where a student gets a stub."""
        try:
            stubs = stub(solution, numbers)
        except MarkerError as error:
            raise ChapterError(f"{self.chapter.name}: {', '.join(numbers)}: {error}") from error
        for name in numbers:
            if f"{name} is yours to write" not in stubs:
                raise ChapterError(f"{self.chapter.name}: {name} has no solution between {BEGIN} and {END}")
        if BEGIN in given:
            raise ChapterError(f"{self.chapter.name}: what is given for {', '.join(numbers)} has a {BEGIN}")

    def _with_imports(self, needed: list[Symbol]) -> str:
        """Return code that defines these: private helpers as they stand, the rest imported."""
        imports, layers, sources = set(), set(), []
        for helper in needed:
            if helper.is_import and "captioning.layers" not in helper.source:
                imports.add(helper.source)
            elif helper.is_import or not helper.name.startswith("_"):
                layers.add(helper.name)
                self._require_earlier(helper.name)
            else:
                sources.append(helper.source)
        lines = "".join(sorted(imports))
        if layers:
            lines += ("\n" if lines else "") + f"from captioning.layers import {', '.join(sorted(layers))}\n"
        return "\n\n".join(part for part in (lines, *sources) if part)

    def _require_earlier(self, name: str) -> None:
        for other in all_exercises().values():
            if other.name.partition(".")[0] == name and other.chapter >= self.chapter.number:
                raise ChapterError(
                    f"{self.chapter.name}: a solution uses {name}, an exercise of chapter {other.chapter}, "
                    "before it is written; its exercise must come first"
                )

    def _notebook_cells(
        self, exercise: Exercise, numbers: dict[str, str], given: str, solution: str, demo: str
    ) -> Iterator[str]:
        own = cell_id(exercise.name)
        yield _heading(exercise, numbers)
        if given:
            yield _cell(given, nbgrader=_nbgrader(f"given_{own}", locked=True))
        if solution:
            metadata = {"nbgrader": _nbgrader(own.partition("-")[0], solution=True), NUMBERS: numbers}
            yield _cell(solution, **metadata)
        if demo.strip():
            yield _cell(demo, tags=["expected"])
        test = _nbgrader(check_id(exercise.name), grade=True, locked=True, points=exercise.points)
        yield _cell(f"check({exercise.name}).require()\n", nbgrader=test)

    def _book_cells(
        self, exercise: Exercise, numbers: dict[str, str], given: str, solution: str, demo: str
    ) -> Iterator[str]:
        number = numbers[exercise.name]
        yield f"(exercise-{cell_id(exercise.name)})=\n"
        yield _heading(exercise, numbers)
        top = exercise.name.partition(".")[0]
        if solution:
            shown = "\n\n".join(part.strip("\n") for part in (given, stub(solution, numbers)) if part) + "\n"
            yield f"```python\n{shown}```\n"
            if self.edition == "class":
                source = f"from captioning.layers import {top}\n"
                if given:
                    source = given + ("\n" if not given.startswith("from") else "") + source
                yield _cell(source, tags=["remove-cell"])
            else:
                prompts = {
                    "code_prompt_show": f"Show the solution of {number}",
                    "code_prompt_hide": "Hide the solution",
                }
                source = (given + "\n\n" if given else "") + without_markers(solution)
                yield _cell(source, mystnb=prompts, tags=["hide-input", "solution"])
        if demo.strip():
            yield _cell(demo, tags=["expected"])
        yield _cell(f"check({exercise.name})\n", tags=["check"])

    def _quiz(self, directive: Directive) -> str:
        parts = []
        for number, question in enumerate(quiz_questions(directive, self.chapter.name), 1):
            parts.append(f"\n**Question {number}.** {str(question['question']).strip()}\n\n")
            for answer in question["answers"]:
                verdict = "Right." if answer.get("correct") else "No."
                parts.append(
                    f"::::{{dropdown}} {str(answer['text']).strip()}\n:class-container: quiz-answer\n"
                    f"**{verdict}** {str(answer['why']).strip()}\n::::\n\n"
                )
        return "".join(parts)

    def _guess(self, directive: Directive) -> str:
        guess = read_guess(directive, self.chapter.name)
        asked = f"**What do you expect?** {guess.question}"
        answers = "".join(f"- {answer}\n" for answer in guess.answers)
        if self.edition == "notebook":
            return f"{asked} Decide before you run the next cell.\n\n{answers}\n"
        # guess.js makes buttons of the answers, and shows the result after a click.
        return (
            f"::::{{container}} guess\n{asked}\n\n{answers}\n"
            f":::{{container}} guess-result\n{guess.result}\n:::\n::::\n"
        )

    def _live(self, directive: Directive) -> str:
        if self.edition != "notebook":
            # book/_ext/live_view.py makes it.
            return f"```{{live}} {directive.argument}\n{directive.body}```\n"
        where = f"{self.chapter.name}, line {directive.line}"
        try:
            on_layers = self.chapter.number >= CAPTIONER
            settings = live_settings(directive.body, where)
            return notebook_cell(directive.argument, settings, on_layers=on_layers)
        except InputError as error:
            raise ChapterError(f"{where}: {error}") from error

    def _view(self, directive: Directive) -> str:
        name = directive.argument
        require_view(name, f"{self.chapter.name}, line {directive.line}")
        if self.edition == "notebook":
            return f"*On this chapter's page in the book there is something to move here: {TITLES[name]}.*\n"
        # For the directive in book/_ext/views.py.
        return f"``````{{view}} {name}\n{directive.body}``````\n"

    def _open_question(self, directive: Directive) -> str:
        points, text = question_text(directive, self.chapter.name)
        if self.edition != "notebook":
            return f":::{{admonition}} Open question\n:class: note\n{text}\n:::\n"
        name = directive.argument
        question = json.dumps({"nbgrader": _nbgrader(f"question_{name}", locked=True)})
        answer = json.dumps({"nbgrader": _nbgrader(name, grade=True, solution=True, points=points)})
        return f"+++ {question}\n\n{text} ({points} points)\n\n+++ {answer}\n\n*Your answer.*\n\n+++\n"


def _heading(exercise: Exercise, numbers: dict[str, str]) -> str:
    points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    return f"**Exercise {numbers[exercise.name]}** · `{exercise.name}` · {points}\n"


def _nbgrader(
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: int | None = None,
) -> dict[str, object]:
    """Return a cell's metadata in nbgrader's schema 3."""
    metadata: dict[str, object] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata | ({"points": points} if points is not None else {})


def _cell(source: str, **metadata: object) -> str:
    """Return a code cell in MyST."""
    head = f"---\n{yaml.safe_dump(metadata, sort_keys=False)}---\n" if metadata else ""
    return f"```{{code-cell}} ipython3\n{head}{source.rstrip()}\n```\n"
