"""Is a wrong answer right but for one change? An experiment that tells where a slip was made.

The student's own code is changed in one place, asked the same again, and so on, until it answers rightly or
the time is up. What is said is true by construction: with that change the answer passes. Nothing is kept.
"""

import ast
import contextlib
import io
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.naming import listing
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Kind, Verdict
from autograder.slips.tree import Slip, likely, unlikely
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.oracle import PublicOracle, judge
from autograder.student.public import public_inputs
from autograder.student.respondents import respondent_of
from captioning.answers.sources import definition, home_of, is_defined_in
from captioning.errors import InputError
from captioning.source.names import names_used

# A change may let a loop run on and on: a call may take so many times as long as that of the answer.
_TIMES, _LEAST = 20, 0.2
# Of these there is nothing to be changed, or no end to trying.
_HOPELESS = {Kind.NOT_WRITTEN, Kind.TIMEOUT, Kind.COST, Kind.MUTATED}

Own = Mapping[str, Any]
Outputs = tuple[Any, ...] | None


@dataclass(frozen=True)
class Change:
    """An answer with one change.

    Attributes:
        own: the functions that it is run with.
        line: of the student's source, as it was.
        words: what is odd there.
    """

    own: Own
    line: str
    words: str

    @property
    def sentence(self) -> str:
        """What a student is told of it."""
        return f"Look at {self.line}: {self.words}{'' if self.words.endswith('?') else '.'}"


def with_slip(verdict: Verdict, exercise: Exercise, own: Own, seconds: float) -> Verdict:
    """Return a verdict that says which line is to be looked at, if one change makes a wrong answer right.

    Args:
        verdict: on the answer.
        exercise: what was asked.
        own: the answer, and the student's functions that it is run with, by name.
        seconds: of computing, in which to look for it.

    Returns:
        The verdict as it is, where the cause is known already or no such change was found.
    """
    of = exercise.gradients.of if exercise.gradients is not None else exercise.name
    first = verdict.findings[0] if verdict.findings else None
    if first is None or verdict.works or verdict.mistake is not None or first.kind in _HOPELESS:
        return verdict
    if first.argument == of != exercise.name:  # its forward function is wrong, and is asked for first
        return verdict
    search = _Search(exercise, own, seconds)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        search.look()
    if not search.sentence:
        return verdict
    if search.is_all:  # the guess gives way to what is known
        first = replace(first, sentence=first.sentence.removesuffix(first.guess).rstrip(), guess="")
    return replace(verdict, findings=(first, *verdict.findings[1:]), mistake=search.sentence)


class _Search:
    """Looks for a change after which an answer passes, or is right in more than before.

    Attributes:
        sentence: what was found; "" until then.
        is_all: whether the answer passes with it.
    """

    def __init__(self, exercise: Exercise, own: Own, seconds: float) -> None:
        self._exercise = exercise
        self._own = own
        self._seconds = seconds
        self.sentence = ""
        self.is_all = False

    def look(self) -> None:
        """Try one change after another; stop at the first that makes all right."""
        exercise = self._exercise
        respondent = respondent_of(self._own)
        oracle = PublicOracle(exercise, respondent, public_inputs)
        # What goes wrong at an edge alone is of the contract; a change need not mend that as well.
        cases = {n: oracle.cases[n] for n in range(len(oracle.cases)) if n not in exercise.edges}
        before, times = {}, {}
        for number, arguments in cases.items():
            began = time.monotonic()
            before[number] = self._answer(respondent, arguments, self._seconds)
            times[number] = time.monotonic() - began
        wrong = {number: self._wrong(oracle, number, outputs) for number, outputs in before.items()}
        # The quickest of the cases that most outputs are wrong in.
        first = min(cases, key=lambda number: (-len(wrong[number]), times[number]))
        if not wrong[first]:
            return
        within = max(_LEAST, _TIMES * times[first])
        all_wrong = len(wrong[first]) == len(exercise.outputs)
        positions = [] if all_wrong else [list(exercise.outputs).index(name) for name in wrong[first]]
        end = time.thread_time() + self._seconds
        for change in changes(exercise, self._own, positions):
            if time.thread_time() > end:
                return
            changed = respondent_of(change.own)
            outputs = self._answer(changed, oracle.cases[first], within)
            left = self._wrong(oracle, first, outputs)
            if not left and self._passes(changed):
                self.sentence = f"One change makes it right. {change.sentence}"
                self.is_all = True
                return
            if left and left < wrong[first] and not self.sentence:
                after = {n: self._answer(changed, given, self._seconds) for n, given in cases.items()}
                mended = self._mended(oracle, wrong, before, after)
                if mended:
                    names = listing(sorted(mended))
                    self.sentence = f"One change makes {names} right. {change.sentence}"

    def _answer(self, respondent: Respondent, arguments: Arguments, within: float) -> Outputs:
        """Return what comes of a call; None where it raises, or has no end."""
        try:
            return call_within(within, partial(respondent.call, self._exercise, arguments))
        except OutOfTime:
            return None

    def _wrong(self, oracle: PublicOracle, number: int, outputs: Outputs) -> set[str]:
        """Return the outputs of a case that are wrong; all where a call raises."""
        if outputs is None:
            return set(self._exercise.outputs)
        wrong = oracle.wrong(number, Outcome(outputs, outputs))
        return set(self._exercise.outputs) if "" in wrong else wrong

    def _passes(self, changed: Respondent) -> bool:
        try:
            return call_within(self._seconds, partial(judge, self._exercise, changed)).works
        except OutOfTime:
            return False

    def _mended(
        self,
        oracle: PublicOracle,
        wrong: Mapping[int, set[str]],
        before: Mapping[int, Outputs],
        after: Mapping[int, Outputs],
    ) -> set[str]:
        """Return the outputs that a change makes right in every case, if it leaves the others alone."""
        left = [self._wrong(oracle, number, outputs) for number, outputs in after.items()]
        mended = set().union(*wrong.values()) - set().union(*left)
        for number, outputs in before.items():
            came, comes = self._exercise.named(outputs), self._exercise.named(after[number])
            if came.keys() != comes.keys() or not all(
                np.array_equal(came[name], comes[name]) for name in came.keys() - mended
            ):
                return set()
        return mended


def changes(exercise: Exercise, own: Own, wrong: list[int]) -> Iterator[Change]:
    """Yield an answer with one change after another, in its own lines and in those of its helpers.

    Args:
        exercise, own: as for ``with_slip``.
        wrong: the positions of the outputs that are wrong, where others are right.
    """
    top, _, method = exercise.name.partition(".")
    thing = own[top]
    home = home_of(thing)
    parts = [_Part(name, source) for name, source in _sources(thing, home)]
    for kind, part in product((likely, unlikely), parts):
        others = [other for other in parts if other is not part]
        for function in part.functions(method if part.name == top else ""):
            for slip in kind(function, wrong if part.name == top else ()):
                names = dict(home)
                with contextlib.suppress(SyntaxError, ValueError):  # as for a `return` outside of a function
                    for code in (*(other.code for other in others), part.compiled()):
                        exec(code, names)
                    yield Change({**own, top: names[top]}, part.line(slip), slip.words)


class _Part:
    """The source of an answer, or of a helper of it.

    Attributes:
        name: of the function or class.
        code: as it was written.
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self._lines = source.splitlines()
        self._tree = ast.parse(source)
        self.code = self.compiled()

    def compiled(self) -> CodeType:
        """Return the code of the tree as it is now."""
        return compile(self._tree, f"<{self.name}, changed>", "exec")

    def functions(self, method: str) -> list[ast.FunctionDef]:
        """Return the functions to be changed: of a class one method, and those that are not exercises."""
        outer = next(
            node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        )
        if isinstance(outer, ast.FunctionDef):
            return [outer]
        methods = [node for node in outer.body if isinstance(node, ast.FunctionDef)]
        asked = {f"{outer.name}.{node.name}" for node in methods} & all_exercises().keys()
        own = [node for node in methods if node.name == method or f"{outer.name}.{node.name}" not in asked]
        return sorted(own, key=lambda node: node.name != method)

    def line(self, slip: Slip) -> str:
        """Return the line of a slip as it was written, and which it is where there are several."""
        line = self._lines[slip.line - 1].strip()
        alike = [number for number, other in enumerate(self._lines, 1) if other.strip() == line]
        which = f" (number {alike.index(slip.line) + 1} of {len(alike)} such lines)" if len(alike) > 1 else ""
        return f"`{line}`{which}"


def _sources(thing: Any, home: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the source of an answer and of the helpers beside it, the answer first."""
    found: dict[str, str] = {}

    def add(name: str, value: Any) -> None:
        found[name] = definition(value)
        for used in sorted(names_used(found[name]) - found.keys()):
            value = home.get(used)
            if used not in all_exercises() and isinstance(value, FunctionType) and is_defined_in(home, value):
                add(used, value)

    try:
        add(thing.__name__, thing)
    except InputError:  # what was typed at a prompt cannot be changed
        return []
    return list(found.items())
