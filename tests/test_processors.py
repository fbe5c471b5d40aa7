"""Nothing that is shipped or checked hangs on the last digits, which differ from processor to processor."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.catalogue import looks_of
from autograder.grading.reference import the_reference
from autograder.judge.compare import relative_error
from autograder.mistakes.mutants import all_mutants
from autograder.mistakes.registry import all_mistakes
from autograder.proof.processors import OnAnotherProcessor
from autograder.proof.ship import PROCESSORS
from autograder.student.fingerprints import recognise
from autograder.student.public import public_cases, public_inputs, shipped_mistakes

# Those are other processors than the fingerprints were chosen with.
SEEDS = range(PROCESSORS, PROCESSORS + 3)
every_exercise = pytest.mark.parametrize("name", list(all_exercises()))


def asked(run, seed=0, noise=1e-13, **arguments):
    """Return the outputs of a function of arrays on another processor."""
    exercise = Exercise("layer", 1, 1, {}, {"out": ""}, lambda layers, given: (layers.layer(**given),))
    respondent = OnAnotherProcessor(InProcess(SimpleNamespace(layer=run)), seed, noise)
    (output,) = respondent.ask(exercise, arguments).outputs
    assert np.array_equal(respondent.call(exercise, arguments)[0], output)
    return output


def test_the_last_digits_differ_and_ties_remain_ties():
    x = np.array([1.0, 3.0, -1.0, 0.0, np.inf, 3.0])
    other = asked(lambda x: x, x=x)
    assert (other[[0, 1]] != x[[0, 1]]).all()
    np.testing.assert_allclose(other, x, rtol=1e-13, atol=0)
    assert (other[0], other[1], other[3]) == (-other[2], other[5], 0.0)
    assert not np.array_equal(asked(lambda x: x, seed=1, x=x), other)
    inside = asked(lambda config: config["x"], config={"x": x})
    np.testing.assert_array_equal(inside, other)


def put_together(left, values, right):
    return (left * values) @ right


@pytest.mark.parametrize(
    ("hangs", "function"),
    [
        (True, lambda x: np.linalg.eigh(x.T @ x)[1]),
        (True, lambda x: np.linalg.svd(x)[2]),
        (True, lambda x: np.linalg.svd(x, full_matrices=False)[0]),
        (False, lambda x: np.abs(np.linalg.eigh(x.T @ x)[1])),
        (False, lambda x: np.linalg.svd(x, compute_uv=False)),
        (False, lambda x: put_together(*np.linalg.svd(x, full_matrices=False))),
        (True, lambda x: x.sum(axis=0) > x[::-1].sum(axis=0)),
    ],
)
def test_signs_and_rounding_are_seen(hangs, function):
    x = np.random.default_rng(0).standard_normal((7, 3))
    before = function(x)
    same = [np.allclose(asked(function, seed, x=x), before, rtol=1e-9, atol=1e-9) for seed in range(20)]
    assert all(same) is not hangs


@pytest.mark.proof
@every_exercise
def test_expected_values_are_right_on_any_processor(name):
    exercise = all_exercises()[name]
    inputs = public_inputs(exercise)
    for seed in SEEDS:
        for arguments, expected in zip(inputs.cases, inputs.expected, strict=True):
            outputs = exercise.named(
                OnAnotherProcessor(the_reference(), seed).ask(exercise, arguments).outputs
            )
            for output, value in expected.items():
                if value.dtype.kind == "f":
                    assert relative_error(value, outputs[output]) <= exercise.tolerance, output
                else:
                    np.testing.assert_array_equal(outputs[output], value)


@pytest.mark.proof
@every_exercise
def test_mistakes_are_known_again_on_any_processor(name):
    exercise = all_exercises()[name]
    cases = public_cases(exercise)
    ours = [mistake for mistake in all_mistakes() if mistake.exercise == name]
    mistakes = {mistake.name: mistake for mistake in [*ours, *all_mutants().get(name, [])]}
    unknown = []
    for entry in shipped_mistakes().get(name, []):
        respondent = OnAnotherProcessor(InProcess(mistakes[entry["name"]].layers()), SEEDS[0])
        if not recognise([entry], looks_of(exercise, respondent, cases), [()] * len(cases)):
            unknown.append(entry["name"])
    assert unknown == []
