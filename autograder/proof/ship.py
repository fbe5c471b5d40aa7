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
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import right_outputs, the_reference
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from autograder.student.fingerprints import Fingerprint, fingerprint
from autograder.student.public import EXPECTED_FILE, MISTAKES_FILE, digest, plain_outputs, public_cases
from captioning.files import atomic_write

FOLDER = Path(__file__).parents[1] / "student"


def expected_arrays() -> Iterator[tuple[str, np.ndarray]]:
    """Yield what the reference answers: a key ``lstm_forward/0/h`` and the array.

    Raises:
        ValueError: the reference fails at its own exercise.
    """
    for exercise in all_exercises().values():
        for number, arguments in enumerate(public_cases(exercise)):
            yield f"{exercise.name}/{number}/inputs", np.array(digest(arguments), dtype=np.uint32)
            outputs = exercise.named(right_outputs(exercise, arguments))
            for name in plain_outputs(exercise):
                yield f"{exercise.name}/{number}/{name}", np.asarray(outputs[name])


def mistake_fingerprints() -> dict[str, list[dict[str, Any]]]:
    """Return for each exercise the fingerprints of its mistakes.

    A mistake that shows in no public output, such as one that only loses accuracy, has none; nor has one
    that answers otherwise each time.
    """
    fingerprints: dict[str, list[dict[str, Any]]] = {}
    for exercise in all_exercises().values():
        mistakes = [mistake for mistake in all_mistakes() if mistake.exercise == exercise.name]
        cases = public_cases(exercise)
        right = fingerprint(exercise, the_reference(), cases) if mistakes else None
        for mistake in mistakes:
            made, again = (fingerprint(exercise, InProcess(mistake.layers()), cases) for _ in range(2))
            assert right is not None
            if made.is_like(*_shown(again)) and not right.is_like(*_shown(made)):
                fingerprints.setdefault(exercise.name, []).append(_entry(mistake, made))
    return fingerprints


def _shown(made: Fingerprint) -> tuple[list[str], list[list[float]]]:
    return list(made.behaviour), [list(numbers) for numbers in made.numbers]


def _entry(mistake: Mistake, made: Fingerprint) -> dict[str, Any]:
    behaviour, numbers = _shown(made)
    return {
        "name": mistake.name,
        "sentence": mistake.sentence,
        "behaviour": behaviour,
        "numbers": numbers,
    }


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
