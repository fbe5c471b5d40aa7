"""The seam around a student's code: who may call it, what crosses, and that it can be in another process."""

import ast
import io
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.asking.crossing import can_cross, crossing
from autograder.asking.respondent import InProcess
from autograder.exercises.arguments import Seeded
from autograder.exercises.exercise import Arguments, Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.reference import grade, the_reference
from autograder.judge.outcome import Opaque, Outcome
from autograder.judge.verdict import Verdict
from autograder.mistakes.registry import all_mistakes
from autograder.proof.verdicts import stubbed
from autograder.student.oracle import judge
from autograder.student.public import draw_cases, public_cases

ROOT = Path(__file__).parents[1]
AUTOGRADER = ROOT / "autograder"
EXERCISES = all_exercises()
SEED = 1

every_exercise = pytest.mark.parametrize("name", list(EXERCISES))


def calls_to_run(source: str) -> list[int]:
    """Return the lines that call something called ``run``, or take it to call it elsewhere."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr == "run"
        # What runs programs, coroutines, and functions on the machines of a cluster.
        and not (isinstance(node.value, ast.Name) and node.value.id in {"subprocess", "asyncio", "client"})
    ]


@pytest.mark.slow
def test_nothing_but_the_seam_calls_a_student_s_function() -> None:
    rooms = ("judge", "asking", "student", "grading", "proof", "nbgrader", "commands", "mistakes", "worker")
    found = {
        path.relative_to(AUTOGRADER).as_posix()
        for room in rooms
        for path in (AUTOGRADER / room).rglob("*.py")
        if calls_to_run(path.read_text(encoding="utf-8"))
    }
    assert found == {"asking/respondent.py"}
    assert calls_to_run("f = partial(exercise.run, layers)\nexercise.run(layers, {})") == [1, 2]


# What crosses


@every_exercise
def test_every_argument_can_cross(name: str) -> None:
    for seed in range(5):
        for arguments in draw_cases(EXERCISES[name], seed):
            wrong = [argument for argument, value in arguments.items() if not can_cross(value)]
            assert wrong == []
            np.testing.assert_equal(through_a_pipe(arguments), arguments)


class Loss(float):
    """A number of a student's own."""


ARRAY = np.arange(6.0).reshape(3, 2)
LIVE: list[Any] = [
    np.tanh, lambda x: x, print, iter([1]), np.random.default_rng(0), object(), ..., np.ma.array(ARRAY),
    ARRAY.view(np.matrix), np.array([None, print]), {"a": print}, [np.tanh], (1, [print]), Loss(2), type,
]  # fmt: skip


@pytest.mark.parametrize("value", LIVE, ids=lambda value: type(value).__name__)
def test_what_is_alive_cannot_cross_and_is_described(value: Any) -> None:
    assert not can_cross(value)
    assert can_cross(crossing(value))


def test_what_becomes_of_what_is_alive() -> None:
    assert crossing(np.ma.array(ARRAY)) == Opaque("MaskedArray", (3, 2))
    assert crossing(iter([1])) == Opaque("list_iterator")
    assert crossing(Loss(2)) == 2.0
    objects, function = crossing([np.array([1, print]), np.tanh])
    np.testing.assert_array_equal(objects, np.array([None, None]))
    assert function == Opaque("ufunc")
    endless: list[Any] = []
    endless.append(endless)
    assert can_cross(crossing(endless))


PLAIN: list[Any] = [
    None, True, 3, 10**400, 1.5, 1j, "text", b"bytes", np.float32(2), np.int64(3), np.bool_(True), ARRAY,
    np.array(["a"]), ARRAY > 0, np.asfortranarray(ARRAY), np.zeros((0, 3)), [1, (2, {"a": ARRAY})], Seeded(3),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_what_is_plain_crosses_as_it_is(value: Any) -> None:
    assert can_cross(value)
    assert repr(through_a_pipe(value)) == repr(value)
    if not isinstance(value, Seeded):
        assert repr(crossing(value)) == repr(value)
        assert type(crossing(value)) is type(value)


def test_an_output_that_crosses_is_a_copy() -> None:
    array = ARRAY.copy()
    (copy,) = crossing([array])
    array[:] = 0
    np.testing.assert_array_equal(copy, ARRAY)


# A respondent at the other end of a pipe


class OnlyValues(pickle.Unpickler):
    """Reads arrays, and the dataclasses that cross; refuses whatever else has a name."""

    def find_class(self, module: str, name: str) -> Any:
        ours = {"autograder.judge.outcome", "autograder.judge.verdict", "autograder.exercises.arguments"}
        if module in ours or module.partition(".")[0] == "numpy" or (module, name) == ("builtins", "complex"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is alive")


def through_a_pipe(value: Any) -> Any:
    return OnlyValues(io.BytesIO(pickle.dumps(value))).load()


class AtTheOtherEnd:
    """Answers as a respondent in another process would: it is sent a name and values, and sends values."""

    def __init__(self, layers: Any) -> None:
        self._there = InProcess(layers)

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        name, sent = through_a_pipe((exercise.name, arguments))
        outcome = through_a_pipe(self._there.ask(EXERCISES[name], sent))
        assert isinstance(outcome, Outcome)
        assert can_cross([outcome.outputs, outcome.again])
        return outcome

    def call(
        self, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> tuple[Any, ...] | None:
        name, sent = through_a_pipe((exercise.name, arguments))
        outputs = through_a_pipe(self._there.call(EXERCISES[name], sent, within))
        assert can_cross(outputs)
        return outputs


def without_time(verdict: Verdict) -> dict[str, Any]:
    return {key: value for key, value in vars(verdict).items() if key != "seconds"}


@pytest.mark.proof
@every_exercise
def test_verdicts_are_the_same_at_the_other_end_of_a_pipe(name: str) -> None:
    exercise = EXERCISES[name]
    reference = AtTheOtherEnd(the_reference()._layers)
    assert grade(exercise, reference, SEED).passed
    assert judge(exercise, reference).passed
    mistakes = [
        mistake
        for mistake in all_mistakes()
        if mistake.exercise == name and mistake.name != "global random numbers"  # of its own accord
    ]
    for layers in (
        lambda: stubbed(name, returns_none=True),
        random.Random(name).choice(mistakes).layers,
    ):
        here, there = (
            grade(exercise, respondent(layers()), SEED) for respondent in (InProcess, AtTheOtherEnd)
        )
        assert without_time(here) == without_time(there)
        assert not here.passed


# In a sandbox

WORKER = '''
"""A worker with NumPy and what a student installs, and nothing else: it answers what comes in."""
import pickle, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path and path != ROOT]
sys.path.insert(0, SITE)
from autograder.asking import examiner, probe
from autograder.asking.respondent import InProcess
from autograder.exercises.registry import all_exercises
exercises = all_exercises()
judging = sorted(sys.modules)
from captioning import layers
respondent = InProcess(layers)
asked = pickle.load(sys.stdin.buffer)
outcomes = [respondent.ask(exercises[name], arguments) for name, arguments in asked]
pickle.dump((judging, sorted(sys.modules), outcomes), sys.stdout.buffer)
'''
MAY_BE_LOADED = {"captioning", "captioning.errors"}
MUST_NOT_BE_LOADED = {
    "matplotlib",
    "h5py",
    "PIL",
    "tqdm",
    "click",
    "pooch",
    "requests",
    "nbgrader",
    "IPython",
}
# Of captioning, what draws, trains or plots.
ROOMS = ("scenes", "data", "photos", "training", "figures", "gallery", "widgets", "commands")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the packages that are in the sandbox, and NumPy."""
    site = tmp_path / "site"
    for room in ("exercises", "judge", "asking"):
        shutil.copytree(AUTOGRADER / room, site / "autograder" / room)
    shutil.copy(AUTOGRADER / "__init__.py", site / "autograder")
    shutil.copytree(
        ROOT / "captioning", site / "captioning", ignore=shutil.ignore_patterns("*.h5", "starter")
    )
    shutil.copytree(ROOT / "solutions", site / "solutions")
    libraries = Path(np.__file__).parents[1]
    for library in libraries.glob("numpy*"):
        (site / library.name).symlink_to(library)
    return site


@pytest.mark.slow
def test_the_registry_answers_in_a_sandbox(site: Path) -> None:
    asked = [
        (exercise.name, arguments) for exercise in EXERCISES.values() for arguments in public_cases(exercise)
    ]
    script = WORKER.replace("SITE", repr(str(site))).replace("ROOT", repr(str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        input=pickle.dumps(asked),
        capture_output=True,
        check=False,
        cwd=site,
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr.decode()
    judging, loaded, outcomes = pickle.loads(done.stdout)
    assert {name for name in judging if name.partition(".")[0] == "captioning"} <= MAY_BE_LOADED
    assert not {name for name in judging if name.partition(".")[0] == "solutions"}
    assert not MUST_NOT_BE_LOADED & set(loaded)
    assert not [name for name in loaded if name.startswith(tuple(f"captioning.{room}" for room in ROOMS))]
    assert not [name for name in loaded if name.startswith(("autograder.student", "autograder.grading"))]
    for (name, arguments), outcome in zip(asked, outcomes, strict=True):
        assert outcome.failure is None, (name, outcome.failure)
        here = the_reference().ask(EXERCISES[name], arguments)
        for mine, theirs in zip(here.outputs or (), outcome.outputs, strict=True):
            if np.asarray(mine).dtype.kind == "f":
                np.testing.assert_allclose(theirs, mine, rtol=1e-9, atol=1e-12)
            else:
                np.testing.assert_array_equal(theirs, mine)
