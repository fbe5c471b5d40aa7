"""A chapter taken apart: prose as it stands, and the directives that the weaver expands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import yaml
from jupytext.myst import MystMetadataParsingError
from nbformat import NotebookNode

from coursebuilder.errors import ChapterError

DIRECTIVE = re.compile(
    r"^(?P<fence>`{3,})\{(?P<kind>exercise|quiz|guess|open-question|live|view)\}[ ]*(?P<argument>[^\n]*)\n"
    r"(?P<body>.*?)^(?P=fence)[ ]*$\n?",
    re.MULTILINE | re.DOTALL,
)
# What is meant as a directive, and is none: indented, with other fences, or never closed.
STRAY = re.compile(
    r"^[ \t]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{(?:exercise|quiz|guess|open-question|live|view)\}.*$",
    re.MULTILINE,
)
NAME = re.compile(r"(\d\d)_([a-z0-9_]+)")
# Pages that are executed like chapters, and stand beside them; the one that takes longest is last.
PAGES = ("numpy", "whole_game")


@dataclass(frozen=True)
class Directive:
    """An exercise, a quiz, a guess before an experiment, an open question, or a view in a chapter.

    A `view` is moved by hand; a `live` one has the captioner in it.

    Attributes:
        kind: "exercise", "quiz", "guess", "open-question", "live" or "view".
        argument: the id of the exercise or of the question, the name of the view; "" for a quiz or a guess.
        body: the demonstration of an exercise; a quiz, a guess or the settings of a live view in YAML; the
            text of a question or of a view.
        line: where it begins, counted from 1.
    """

    kind: str
    argument: str
    body: str
    line: int


@dataclass(frozen=True)
class Chapter:
    """A chapter's text.

    Attributes:
        name: "10_lstm".
        text: MyST Markdown, with front matter.
    """

    name: str
    text: str

    @classmethod
    def read(cls, path: Path) -> "Chapter":
        """Read a chapter.

        Raises:
            ChapterError: its name is none of a chapter's, or the file cannot be read.
        """
        if not NAME.fullmatch(path.stem) and path.stem not in PAGES:
            raise ChapterError(f"{path} is not a chapter: expected two digits and a name, such as 10_lstm.md")
        try:
            return cls(path.stem, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ChapterError(f"cannot read {path}: {error}") from error

    @property
    def number(self) -> int:
        return int(self.name[:2])

    @property
    def title(self) -> str:
        match = re.search(r"^# (.+)$", self.text, re.MULTILINE)
        if match is None:
            raise ChapterError(f"{self.name} has no title: expected a line such as '# The LSTM'")
        return match.group(1)

    @cached_property
    def directives(self) -> list[Directive]:
        """The directives, in their order."""
        return list(self._directives())

    def _directives(self) -> Iterator[Directive]:
        for match in DIRECTIVE.finditer(self.text):
            line = self.text.count("\n", 0, match.start()) + 1
            if re.search(f"^{match['fence']}", match["body"], re.MULTILINE):
                raise ChapterError(f"{self.name}, line {line}: the {match['kind']} is never closed")
            yield Directive(match["kind"], match["argument"].strip(), match["body"], line)
        stray = STRAY.search(DIRECTIVE.sub("", self.text))
        if stray:
            raise ChapterError(
                f"{self.name}: {stray.group(0)!r} is never closed, or does not begin with ``` at the "
                "beginning of its line"
            )

    @property
    def exercises(self) -> list[Directive]:
        return [directive for directive in self.directives if directive.kind == "exercise"]


def read_notebook(text: str, name: str) -> NotebookNode:
    """Return a text in MyST Markdown as a notebook.

    Raises:
        ChapterError: the options of a cell are malformed.
    """
    try:
        return jupytext.reads(text, fmt="md:myst")
    except MystMetadataParsingError as error:
        raise ChapterError(f"{name}: {error}") from error


def quiz_questions(directive: Directive, chapter: str) -> list[dict[str, Any]]:
    """Return the questions of a quiz.

    Raises:
        ChapterError: a question has no text, no right answer, or an answer without explanation.
    """
    where = f"{chapter}, line {directive.line}"
    try:
        questions = yaml.safe_load(directive.body)
    except yaml.YAMLError as error:
        raise ChapterError(f"{where}: the quiz is not YAML: {error}") from error
    if not isinstance(questions, list) or not questions:
        raise ChapterError(f"{where}: a quiz is a list of questions")
    for question in questions:
        answers = _dictionary(question).get("answers")
        answers = [_dictionary(answer) for answer in answers] if isinstance(answers, list) else []
        if not _dictionary(question).get("question") or not any(answer.get("correct") for answer in answers):
            raise ChapterError(
                f"{where}: each question has `question`, `answers`, and a `correct: true` among them"
            )
        if not all(answer.get("text") is not None and answer.get("why") for answer in answers):
            raise ChapterError(f"{where}: each answer of {question['question']!r} has `text` and `why`")
    return questions


@dataclass(frozen=True)
class Guess:
    """What a reader is asked before an experiment.

    Attributes:
        question: what is to be guessed.
        answers: two to four, none of them marked as right: the experiment tells.
        result: what came out, and where it is to be seen.
    """

    question: str
    answers: tuple[str, ...]
    result: str


def read_guess(directive: Directive, chapter: str) -> Guess:
    """Return a guess.

    Raises:
        ChapterError: it has no question, no result, or not two to four answers.
    """
    where = f"{chapter}, line {directive.line}"
    try:
        body = _dictionary(yaml.safe_load(directive.body))
    except yaml.YAMLError as error:
        raise ChapterError(f"{where}: the guess is not YAML: {error}") from error
    answers = body.get("answers")
    if not isinstance(answers, list) or not 2 <= len(answers) <= 4:
        raise ChapterError(f"{where}: a guess has two to four `answers`, in a list")
    if set(body) != {"question", "answers", "result"} or not all(body.values()):
        raise ChapterError(f"{where}: a guess has a `question`, `answers` and a `result`, and nothing else")
    return Guess(
        str(body["question"]).strip(),
        tuple(str(answer).strip() for answer in answers),
        str(body["result"]).strip(),
    )


def live_settings(text: str, where: str) -> dict[str, Any]:
    """Return the settings of a view, the body of its directive; ``where`` is where it stands.

    Raises:
        ChapterError: they are not names and values in YAML.
    """
    try:
        settings = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ChapterError(f"{where}: the settings of the view are not YAML: {error}") from error
    if not isinstance(settings, dict):
        raise ChapterError(f"{where}: the settings of a view are lines such as `model: gru`, not {text!r}")
    return settings


def _dictionary(thing: object) -> dict[str, Any]:
    return thing if isinstance(thing, dict) else {}


def question_text(directive: Directive, chapter: str) -> tuple[int, str]:
    """Return the points and the text of an open question.

    Raises:
        ChapterError: it has no id or no text, or an option that is not ``:points: 2``.
    """
    if not re.fullmatch(r"[a-z0-9_]+", directive.argument):
        raise ChapterError(
            f"{chapter}, line {directive.line}: an open question needs an id such as lstm_forget_bias"
        )
    match = re.match(r"\s*:points:[ ]*(\d+)[ ]*\n", directive.body)
    points = int(match.group(1)) if match else 2
    text = directive.body[match.end() if match else 0 :].strip()
    if not text or re.match(r":[a-z]+:", text):
        raise ChapterError(
            f"{chapter}, line {directive.line}: expected `:points: 2` or another number, and the question, "
            f"came {text.partition(chr(10))[0]!r}"
        )
    return points, text


def read_pages(book: Path) -> list[Chapter]:
    """Return the pages of a book that are executed beside its chapters."""
    return [Chapter.read(book / f"{name}.md") for name in PAGES]


def read_chapters(book: Path) -> list[Chapter]:
    """Return all chapters of a book, in order.

    Raises:
        ChapterError: there is none.
    """
    chapters = [Chapter.read(path) for path in sorted(book.glob("[0-9][0-9]_*.md"))]
    if not chapters:
        raise ChapterError(f"no chapters in {book}: expected files such as 10_lstm.md")
    return chapters
