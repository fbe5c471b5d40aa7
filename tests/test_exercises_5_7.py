"""The exercises of chapters 5 to 7 and their mistakes: declared rightly, and each mistake seen."""

import ast
import copy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from autograder.check.fingerprints import as_float32
from autograder.exercises.exercise import Spec
from autograder.exercises.registry import all_exercises
from autograder.mistakes.registry import all_mistakes
from captioning.layers import Reference
from tests.test_exercises_8_17 import as_complex, cases, differs, is_same, mistake_id, run

MODULES = ("optimizers", "convolution", "vgg16")
EXERCISES = {name: exercise for name, exercise in all_exercises().items() if 5 <= exercise.chapter <= 7}
MISTAKES = [mistake for mistake in all_mistakes() if mistake.exercise in EXERCISES]
GRADIENTS = [name for name, exercise in EXERCISES.items() if exercise.gradients is not None]

every_exercise = pytest.mark.parametrize("name", EXERCISES)


def test_every_marked_function_is_an_exercise():
    marked = []
    for module in MODULES:
        source = (Path(__file__).parents[1] / "solutions" / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if "### BEGIN SOLUTION" in (ast.get_source_segment(source, node) or ""):
                marked.append(node.name)
    assert sorted(EXERCISES) == sorted(marked)


@every_exercise
def test_outputs_are_as_declared(name):
    exercise = EXERCISES[name]
    for sizes, arguments in zip(exercise.sizes, cases(exercise), strict=True):
        outputs, after = run(exercise, Reference(), arguments)
        assert len(outputs) == len(exercise.outputs)
        assert is_same(arguments, after)
        for output, text in zip(outputs, exercise.outputs.values(), strict=True):
            assert output.shape == Spec.parse(text).shape(sizes)
            assert np.isfinite(output).all()
            assert output.any()


@every_exercise
def test_draws_and_answers_repeat(name):
    exercise = EXERCISES[name]
    for one, other in zip(cases(exercise), cases(exercise), strict=True):
        assert is_same(one, other)
        answers = [run(exercise, Reference(), arguments)[0] for arguments in (one, other)]
        assert all(is_same(a, b) for a, b in zip(*answers, strict=True))
    another = cases(exercise, seed=1)
    assert not all(is_same(one, other) for one, other in zip(cases(exercise), another, strict=True))


@every_exercise
def test_float32_goes_in_and_comes_out(name):
    exercise = EXERCISES[name]
    if exercise.tolerance_float32 is None:
        pytest.skip("it has no arrays of floats")
    for arguments in cases(exercise):
        expected, _ = run(exercise, Reference(), arguments)
        outputs, _ = run(exercise, Reference(), as_float32(arguments))
        for output, wanted in zip(outputs, expected, strict=True):
            wanted = wanted.astype(np.float32) if wanted.dtype.kind == "f" else wanted
            assert is_same(wanted, output, exercise.tolerance_float32)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_are_those_of_the_forward_function(name):
    exercise = EXERCISES[name]
    gradients = exercise.gradients
    forward = all_exercises()[gradients.of]
    rng = np.random.default_rng(0)
    step = 1e-30
    for arguments in cases(exercise):
        outputs, _ = run(exercise, Reference(), arguments)
        by_name = dict(zip(exercise.outputs, outputs, strict=True))
        upstream = set(gradients.upstream.values())
        given = {key: as_complex(value) for key, value in arguments.items() if key not in upstream}
        for output, argument in gradients.wrt.items():
            direction = rng.standard_normal(arguments[argument].shape)
            moved = copy.deepcopy(given) | {argument: given[argument] + 1j * step * direction}
            values = dict(zip(forward.outputs, forward.run(Reference(), moved), strict=True))
            slope = sum((values[out] * arguments[up]).sum() for out, up in gradients.upstream.items())
            np.testing.assert_allclose(np.vdot(by_name[output], direction), slope.imag / step, rtol=1e-9)


def test_pooling_is_tried_on_ties_that_no_difference_sees():
    exercise = EXERCISES["max_pool_backward"]
    for arguments in cases(exercise):
        assert len(np.unique(arguments["x"])) == arguments["x"].size
        assert len(np.unique(arguments["tied_x"])) < 8
    assert list(exercise.gradients.wrt) == ["dx"]


@pytest.mark.parametrize("name", ["sgd_momentum", "rmsprop", "adam"])
def test_rules_take_several_steps_from_rest_and_from_what_was_remembered(name):
    steps = [(len(arguments["dw"]), arguments["steps_before"]) for arguments in cases(EXERCISES[name])]
    assert any(count > 1 and not before for count, before in steps)
    assert any(count > 1 and before for count, before in steps)


@pytest.mark.parametrize("mistake", MISTAKES, ids=mistake_id)
def test_every_mistake_shows(mistake):
    assert differs(EXERCISES[mistake.exercise], mistake, seed=0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=mistake_id)
def test_sentences_hold_no_code(mistake):
    for text in (mistake.old, mistake.new):
        for line in text.splitlines():
            assert len(line.strip()) < 8 or line.strip() not in mistake.sentence
    assert not any(sign in mistake.sentence for sign in (" @ ", "np.", "**", " = np", ".T", "axis="))
    assert mistake.sentence[-1] in ".?"


def test_there_are_enough_mistakes():
    counts = Counter(mistake.exercise for mistake in MISTAKES)
    assert {name for name in EXERCISES if counts[name] < 3} == set()
    names = [(mistake.exercise, mistake.name) for mistake in MISTAKES]
    assert len(set(names)) == len(names)
    assert not any(mistake.only_grader for mistake in MISTAKES)
