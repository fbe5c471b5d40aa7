"""How often the student's side says that something is wrong when nothing is.

``python -m autograder.proof.false_alarms --seeds 1000`` holds the reference to every exercise, on fresh
inputs for each seed.
"""

import time
from collections.abc import Iterable
from functools import partial

import click
import numpy as np
from tqdm import tqdm

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import right_outputs, the_reference
from autograder.judge.verdict import Finding
from autograder.student.oracle import judge
from autograder.student.public import Inputs, draw_cases, plain_outputs


def fresh_inputs(exercise: Exercise, seed: int) -> Inputs:
    """Draw inputs, and get the expected outputs from the reference.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    cases = draw_cases(exercise, seed)
    expected = []
    for arguments in cases:
        outputs = exercise.named(right_outputs(exercise, arguments))
        expected.append({name: np.asarray(outputs[name]) for name in plain_outputs(exercise)})
    return Inputs(cases, expected, seed)


def false_alarms(exercise: Exercise, seeds: Iterable[int]) -> dict[int, list[Finding]]:
    """Return the seeds with which the reference does not pass an exercise, and what was found."""
    found = {
        seed: list(judge(exercise, the_reference(), partial(fresh_inputs, seed=seed)).findings)
        for seed in tqdm(seeds, desc=exercise.name, leave=False, disable=None)
    }
    return {seed: findings for seed, findings in found.items() if findings}


@click.command()
@click.option("--seeds", metavar="N", type=click.IntRange(1), default=25, show_default=True)
@click.argument("names", metavar="[EXERCISE...]", nargs=-1)
def main(seeds: int, names: tuple[str, ...]) -> None:
    """Count the false alarms of the student's side; exit with 1 if there are any."""
    total = 0
    for name in names or all_exercises():
        began = time.perf_counter()
        alarms = false_alarms(all_exercises()[name], range(seeds))
        milliseconds = 1000 * (time.perf_counter() - began) / seeds
        click.echo(f"{name}: {len(alarms)} of {seeds}, {milliseconds:.0f} ms each")
        for seed, findings in list(alarms.items())[:3]:
            click.echo(f"    seed {seed}: {findings[0].sentence} {findings[0].numbers} {findings[0].case}")
        total += len(alarms)
    click.echo(f"{total} false alarms")
    raise SystemExit(bool(total))


if __name__ == "__main__":
    main()
