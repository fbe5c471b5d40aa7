"""Make the files that the student's side needs.

Run ``python -m autograder.proof.ship`` after a change of the registry, of a reference function or of a
mistake. ``autograder/student/public.npz`` gets what the reference answers on the public inputs, but no
gradient; ``autograder/student/mistakes.json`` the fingerprint and the sentence of each mistake.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.catalogue import looks_of
from autograder.grading.reference import right_outputs, the_reference
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.mutants import all_mutants
from autograder.mistakes.registry import all_mistakes
from autograder.proof.processors import OnAnotherProcessor
from autograder.student.fingerprints import are_alike, entry_of
from autograder.student.public import (
    EXPECTED_FILE,
    MISTAKES_FILE,
    SEED,
    digest,
    draw_cases,
    plain_outputs,
    public_cases,
)
from captioning.files import atomic_write

# That many are tried; it takes two minutes.
PROCESSORS = 8
SLIP_CASES = 2
FOLDER = Path(__file__).parents[1] / "student"


def expected_arrays() -> Iterator[tuple[str, np.ndarray]]:
    """Yield what the reference answers: a key ``lstm_forward/0/h`` and the array.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    for exercise in all_exercises().values():
        for number, arguments in enumerate(draw_cases(exercise, SEED)):
            yield f"{exercise.name}/{number}/inputs", np.array(digest(arguments), dtype=np.uint32)
            outputs = exercise.named(right_outputs(exercise, arguments))
            for name in plain_outputs(exercise):
                yield f"{exercise.name}/{number}/{name}", np.asarray(outputs[name])


def fingerprint_of(mistake: Mistake) -> dict[str, Any] | None:
    """Return what is shipped of a mistake, None if nothing is.

    A mistake that does not show in the numbers of the public outputs, such as one that only loses accuracy or
    changes an input, has no fingerprint. Numbers that are others each time, or on another processor, are left
    out; so is a mistake of which no numbers are left.
    """
    exercise = all_exercises()[mistake.exercise]
    cases = public_cases(exercise)
    made = looks_of(exercise, InProcess(mistake.layers()), cases)
    elsewhere = [
        looks_of(exercise, OnAnotherProcessor(InProcess(mistake.layers()), seed), cases)
        for seed in range(PROCESSORS)
    ]
    entry = entry_of(made, looks_of(exercise, the_reference(), cases), elsewhere, exercise.fine_print)
    if entry is None:
        return None
    return {"name": mistake.name, "sentence": mistake.sentence, "cases": entry}


def mistake_fingerprints() -> dict[str, list[dict[str, Any]]]:
    """Return for each exercise the fingerprints of its mistakes, and after them those of mere slips."""
    fingerprints: dict[str, list[dict[str, Any]]] = {}
    for mistake in sorted(all_mistakes(), key=lambda mistake: list(all_exercises()).index(mistake.exercise)):
        _add(fingerprints.setdefault(mistake.exercise, []), fingerprint_of(mistake))
    for name, slips in all_mutants().items():
        for entry in slip_fingerprints(all_exercises()[name], slips):
            _add(fingerprints.setdefault(name, []), entry)
    return fingerprints


def slip_fingerprints(exercise: Exercise, slips: list[Mistake]) -> Iterator[dict[str, Any]]:
    """Yield what is shipped of slips that raise nothing: two cases are enough to know one of them again."""
    cases = public_cases(exercise)
    right = looks_of(exercise, the_reference(), cases[:SLIP_CASES])
    for slip in slips:
        made = looks_of(exercise, InProcess(slip.layers()), cases[:SLIP_CASES])
        entry = None if any(look.failure for look in made) else entry_of(made, right)
        if entry is not None:
            rest = [None] * (len(cases) - SLIP_CASES)
            yield {"name": slip.name, "sentence": slip.sentence, "cases": [*entry, *rest]}


def _add(others: list[dict[str, Any]], entry: dict[str, Any] | None) -> None:
    # The same mistake in other words needs no other sentence.
    if entry is not None and not any(are_alike(entry["cases"], other["cases"]) for other in others):
        others.append(entry)


def _as_json(fingerprints: dict[str, list[dict[str, Any]]]) -> str:
    """Write a line for each mistake, so that a difference of two versions can be read."""
    blocks = []
    for name, entries in fingerprints.items():
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        blocks.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def write(folder: Path) -> None:
    """Write both files into a folder."""
    arrays = dict(expected_arrays())
    with atomic_write(folder / EXPECTED_FILE) as path, open(path, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    with atomic_write(folder / MISTAKES_FILE) as path:
        path.write_text(_as_json(mistake_fingerprints()), encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
    sys.stdout.write(f"{FOLDER / EXPECTED_FILE}\n{FOLDER / MISTAKES_FILE}\n")
