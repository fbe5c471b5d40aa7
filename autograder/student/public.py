"""What is public: inputs drawn from a seed that everybody knows, and the outputs that belong to them.

``public.npz`` holds the expected outputs that are not gradients, ``mistakes.json`` the fingerprints of
mistakes. Both are made by ``python -m autograder.proof.ship``. A gradient is held against the student's own
forward function, so none is shipped.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from autograder.exercises.exercise import Arguments, Exercise
from captioning.errors import InputError

SEED = 2026
EXPECTED_FILE = "public.npz"
MISTAKES_FILE = "mistakes.json"


@dataclass(frozen=True)
class Inputs:
    """What an answer is tried on.

    Attributes:
        cases: the arguments of each call, those of the variations last.
        expected: for each call the outputs that are not gradients, by name.
        seed: for what else is random: the directions of differences, other points.
    """

    cases: list[Arguments]
    expected: list[dict[str, np.ndarray]]
    seed: int


def generator(exercise: Exercise, seed: int, stream: int) -> np.random.Generator:
    """Return an exercise's own random numbers; stream 0 draws the inputs."""
    return np.random.default_rng([seed, zlib.crc32(exercise.name.encode()), stream])


def draw_cases(exercise: Exercise, seed: int) -> list[Arguments]:
    """Draw the arguments of the calls, and after them those of the variations."""
    rng = generator(exercise, seed, 0)
    return exercise.cases(rng) + exercise.varied(rng)


def public_cases(exercise: Exercise) -> list[Arguments]:
    """Draw the public inputs, the same for everybody, without the variations."""
    return draw_cases(exercise, SEED)[: len(exercise.sizes)]


def public_inputs(exercise: Exercise) -> Inputs:
    """Return the public inputs with the shipped outputs.

    Raises:
        InputError: as ``expected_outputs``.
    """
    cases = draw_cases(exercise, SEED)
    return Inputs(cases, expected_outputs(exercise, cases), SEED)


def plain_outputs(exercise: Exercise) -> list[str]:
    """Return the names of the outputs that are not gradients."""
    gradients = exercise.gradients.wrt if exercise.gradients is not None else {}
    return [name for name in exercise.outputs if name not in gradients]


def digest(arguments: Arguments) -> int:
    """Return a number that says whether two draws are the same; it looks at the arrays."""
    return zlib.crc32(
        b"".join(np.ascontiguousarray(value).tobytes() for value in arguments.values() if _is_numeric(value))
    )


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub"


def expected_outputs(exercise: Exercise, cases: list[Arguments]) -> list[dict[str, np.ndarray]]:
    """Return for each public case the expected outputs that are not gradients, by name.

    Raises:
        InputError: nothing was shipped for this exercise, or this NumPy draws other random numbers.
    """
    shipped = shipped_outputs()
    expected = []
    for number, arguments in enumerate(cases):
        key = f"{exercise.name}/{number}"
        if f"{key}/inputs" not in shipped:
            raise InputError(
                f"no public values of {exercise.name} were shipped. In a checkout make them with `python -m "
                "autograder.proof.ship`; else install the course again."
            )
        if int(shipped[f"{key}/inputs"]) != digest(arguments):
            raise InputError(
                f"the public inputs of {exercise.name} are not those that its values belong to: NumPy "
                f"{np.__version__} draws other random numbers, or the exercise was changed. In a checkout "
                "run `python -m autograder.proof.ship`; else install the course again."
            )
        expected.append({name: shipped[f"{key}/{name}"] for name in plain_outputs(exercise)})
    return expected


@cache
def shipped_outputs() -> Any:
    """Return the expected values; arrays are unpacked when asked for, and the file is not kept open."""
    resource = files("autograder.student").joinpath(EXPECTED_FILE)
    return np.load(BytesIO(resource.read_bytes()), allow_pickle=False) if resource.is_file() else {}


@cache
def shipped_mistakes() -> dict[str, list[dict[str, Any]]]:
    """Return the fingerprints of mistakes, by exercise."""
    resource = files("autograder.student").joinpath(MISTAKES_FILE)
    if not resource.is_file():
        return {}
    mistakes: dict[str, list[dict[str, Any]]] = json.loads(resource.read_text(encoding="utf-8"))
    return mistakes
