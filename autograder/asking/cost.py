"""What an answer costs: differencing one's own forward function is right, at far too high a price.

A right answer must also solve one large case within a limit of computing time, which a grader measures
from outside of its process. What computes in plain loops of Python needs a sixth of the limit at most.
"""

import time
from typing import Any

from autograder.asking.respondent import Respondent
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.large import entries
from autograder.judge.findings import find, with_case
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind

# Seconds of computing; where a machine is slow, so many times what it takes for some plain steps of Python.
LIMIT, TIMES = 2.0, 4_000
_STEPS = 5_000
# What is above the limit is asked again: something else may have had the caches of a processor to itself.
_TRIES = 2


def limit() -> float:
    """Return how many seconds of computing the large case may take on this machine.

    It is the same rule for a student and for a grader: no answer passes with one alone.
    """
    began, total = time.thread_time(), 0.0
    for number in range(_STEPS):
        total += 0.5 * number
    return max(LIMIT, TIMES * (time.thread_time() - began))


def find_in_large(
    exercise: Exercise,
    arguments: Arguments,
    respondent: Respondent,
    *,
    expected: tuple[Any, ...] | None,
    within: float,
) -> list[Finding]:
    """Return what is wrong with an answer in the large case: its numbers, that it fails, or what it costs.

    Args:
        exercise: what was asked.
        arguments: from ``large_case``.
        respondent: who answers.
        expected: the outputs that are right; None where they are not known.
        within: so many seconds of computing; see ``limit``.
    """
    for _ in range(_TRIES):
        try:
            outputs = respondent.call(exercise, arguments, within=within)
        except TimeoutError:
            continue
        if outputs is None:
            failure = respondent.ask(exercise, arguments).failure
            return [] if failure is None else with_case(exercise, arguments, [failure])
        if expected is None:
            return []
        outcome = Outcome(outputs, outputs)
        return find(exercise, arguments, expected, outcome, tolerance=exercise.tolerance)
    return [too_dear(exercise, arguments)]


def too_dear(exercise: Exercise, arguments: Arguments) -> Finding:
    """Return that an answer costs too much in the large case."""
    asked = f"{entries(exercise, arguments):,} entries of the gradient"
    sentence = (
        f"{exercise.name} gives the right numbers, and costs too much: asked for {asked}, it had not come to "
        f"an end after {LIMIT:g} s of computing, or longer where a machine is slow; an answer in plain loops "
        "of Python takes some tenths of a second. So much do differences cost, or complex steps, of the "
        "forward function for each entry in turn. Derive the gradient: the way back then costs about twice "
        "what the way forward does."
    )
    (finding,) = with_case(exercise, arguments, [Finding(Kind.COST, "", sentence)])
    return finding
