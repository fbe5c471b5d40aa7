"""Slips that a check lets pass: what the reference answers with one change, and nobody complains.

``python -m autograder.proof.holes softmax_loss`` makes every change of ``autograder.slips`` in the reference
of an exercise. If all is right on the public inputs, and not on others that are drawn in the same manner,
there is a hole in the cases. A change that no inputs of the exercise can show is not counted.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from functools import partial

import click
from tqdm import tqdm

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import the_reference
from autograder.judge.outcome import Outcome
from autograder.proof.false_alarms import fresh_inputs
from autograder.student.deadline import OutOfTime, call_within
from autograder.student.one_change import Change, changes
from autograder.student.oracle import PublicOracle
from autograder.student.public import public_inputs
from autograder.student.respondents import respondent_of
from captioning.layers import reference

SEEDS = 5  # of other inputs
SECONDS = 1.0  # for a call


def holes(exercise: Exercise, every: int = 1) -> Iterator[Change]:
    """Yield the changes of the reference that pass, though they show on other inputs.

    Args:
        exercise: which.
        every: try one change in so many.
    """
    top = exercise.name.partition(".")[0]
    own = {top: getattr(reference(), top)}
    public = PublicOracle(exercise, the_reference(), public_inputs)
    others = [
        PublicOracle(exercise, the_reference(), partial(fresh_inputs, seed=seed)) for seed in range(SEEDS)
    ]
    tried = enumerate(changes(exercise, own, []))
    for number, change in tqdm(tried, desc=exercise.name, leave=False, disable=None):
        if number % every or _is_wrong(exercise, public, change):
            continue
        if any(_is_wrong(exercise, oracle, change) for oracle in others):
            yield change


def _is_wrong(exercise: Exercise, oracle: PublicOracle, change: Change) -> bool:
    respondent = respondent_of(change.own)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, arguments in enumerate(oracle.cases):
            try:
                outputs = call_within(SECONDS, partial(respondent.call, exercise, arguments))
            except OutOfTime:
                return True
            if outputs is None or oracle.wrong(number, Outcome(outputs, outputs)):
                return True
    return False


@click.command()
@click.option("--every", metavar="N", type=click.IntRange(1), default=1, show_default=True)
@click.argument("names", metavar="[EXERCISE...]", nargs=-1)
def main(every: int, names: tuple[str, ...]) -> None:
    """List the slips that checks let pass, though other inputs show them; exit with 1 if there are any."""
    total = 0
    for name in names or all_exercises():
        found = list(holes(all_exercises()[name], every))
        click.echo(f"{name}: {len(found)}")
        for change in found:
            click.echo(f"    {change.line}: {change.words}")
        total += len(found)
    raise SystemExit(bool(total))


if __name__ == "__main__":
    main()
