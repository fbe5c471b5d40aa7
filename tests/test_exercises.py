"""The exercises and their mistakes: declared rightly, and each mistake seen."""

import ast
import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.exercises.arguments import Seeded, as_float32, given
from autograder.exercises.exercise import Spec
from autograder.exercises.registry import all_exercises
from autograder.mistakes import as_written
from autograder.mistakes.mistake import written
from autograder.mistakes.registry import all_mistakes
from captioning.layers import reference
from solutions.gradients import complex_step_gradient

MODULES = (
    "arrays",
    "gradients",
    "affine",
    "autograd",
    "losses",
    "optimizers",
    "convolution",
    "vgg16",
    "pca",
    "words",
    "rnn",
    "lstm",
    "gru",
    "temporal",
    "captioner",
    "schedule",
    "bleu",
    "decoding",
    "attention",
)
EXERCISES = all_exercises()
MISTAKES = [mistake for mistake in all_mistakes() if mistake.exercise in EXERCISES]
GRADIENTS = [name for name, exercise in EXERCISES.items() if exercise.gradients is not None]
KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool", "U": "str"}

every_exercise = pytest.mark.parametrize("name", EXERCISES)


def cases(exercise, seed=0):
    return exercise.cases(np.random.default_rng(seed))


def run(exercise, layers, arguments):
    """Return the outputs and the arguments as they are afterwards; the outputs are an exception's name if
    there is one."""
    copies = given(arguments)
    try:
        with np.errstate(all="ignore"):
            return exercise.run(layers, copies), copies
    except Exception as error:  # noqa: BLE001  (a mistake may raise whatever it likes)
        return type(error).__name__, copies


def is_same(one, other, tolerance=0.0):
    """Compare values of all sorts; arrays of floats by the error relative to the norm."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, Seeded) and isinstance(other, np.random.Generator):
        return True  # it moves on
    if not isinstance(one, np.ndarray | np.generic):
        return type(one) is type(other) and one == other
    same_type = getattr(other, "dtype", None) is not None and one.dtype.kind == other.dtype.kind
    if not same_type or one.shape != other.shape or (one.dtype.kind == "f" and one.dtype != other.dtype):
        return False
    # Where the tolerance is infinite, rounding decides between words.
    if one.dtype.kind != "f" or tolerance == 0:
        return math.isinf(tolerance) or bool(np.array_equal(one, other))
    finite = bool(np.isfinite(other).all())
    return finite and bool(np.abs(one - other).max() <= tolerance * np.abs(one).max())


def marked_functions():
    """Return the names of all functions and methods whose body a student writes."""
    for module in MODULES:
        source = (Path(__file__).parents[1] / "solutions" / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            members = node.body if isinstance(node, ast.ClassDef) else [node]
            for member in members:
                if "### BEGIN SOLUTION" in (ast.get_source_segment(source, member) or ""):
                    yield f"{node.name}.{member.name}" if member is not node else node.name


@pytest.mark.slow
def test_every_marked_function_is_an_exercise():
    assert sorted(EXERCISES) == sorted(marked_functions())


@every_exercise
def test_outputs_are_as_declared(name):
    exercise = EXERCISES[name]
    for sizes, arguments in zip(exercise.sizes, cases(exercise), strict=True):
        outputs, after = run(exercise, reference(), arguments)
        outputs = [np.asarray(output) for output in outputs]  # a number may be Python's own
        assert len(outputs) == len(exercise.outputs)
        assert is_same(arguments, after)
        known = dict(sizes)
        for output, text in zip(outputs, exercise.outputs.values(), strict=True):
            spec = Spec.parse(text)
            assert KINDS[output.dtype.kind] == spec.kind
            assert output.ndim == len(spec.axes)
            for axis, size in zip(spec.axes, output.shape, strict=True):
                known.setdefault(axis, size)  # a symbol without a size is as large as it turns out
            assert output.shape == spec.shape(known)
            if spec.kind == "int":
                assert output.min() >= 0
                assert output.max() < known[spec.below]
            if spec.kind == "float":
                assert np.isfinite(output).all()
                # An error is relative to the largest value; a score may be 0.
                # Of words that are certain the logits may be 0, too.
                assert output.any() or not spec.axes or name == "top_p_filter"


@every_exercise
def test_draws_and_answers_repeat(name):
    exercise = EXERCISES[name]
    for one, other in zip(cases(exercise), cases(exercise), strict=True):
        assert is_same(one, other)
        answers = [run(exercise, reference(), arguments)[0] for arguments in (one, other)]
        assert all(is_same(a, b) for a, b in zip(*answers, strict=True))
    another = cases(exercise, seed=1)
    assert not all(is_same(one, other) for one, other in zip(cases(exercise), another, strict=True))


@every_exercise
@pytest.mark.parametrize("seed", range(3))
def test_float32_goes_in_and_comes_out(name, seed):
    exercise = EXERCISES[name]
    if exercise.tolerance_float32 is None:
        pytest.skip("it has no arrays of floats, or refuses float32")
    for arguments in cases(exercise, seed):
        expected, _ = run(exercise, reference(), arguments)
        outputs, _ = run(exercise, reference(), as_float32(arguments))
        assert not isinstance(outputs, str), outputs
        for output, wanted in zip(outputs, expected, strict=True):
            wanted = wanted.astype(np.float32) if wanted.dtype.kind == "f" else wanted
            assert is_same(wanted, output, exercise.tolerance_float32)


@pytest.mark.proof
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_are_those_of_the_forward_function(name):
    exercise = EXERCISES[name]
    gradients = exercise.gradients
    forward = all_exercises()[gradients.of]
    upstream = set(gradients.upstream.values())
    for arguments in cases(exercise):
        outputs, _ = run(exercise, reference(), arguments)
        by_name = dict(zip(exercise.outputs, outputs, strict=True))
        taken = {key: as_complex(value) for key, value in arguments.items() if key not in upstream}

        def objective(x, argument, taken=taken, arguments=arguments):
            values = forward.run(reference(), given(taken) | {argument: x})
            values = dict(zip(forward.outputs, values, strict=True))
            if not gradients.upstream:
                return np.asarray(values["loss"])
            return sum((values[out] * arguments[up]).sum() for out, up in gradients.upstream.items())

        for output, argument in gradients.wrt.items():
            expected = complex_step_gradient(
                lambda x, argument=argument: objective(x, argument), arguments[argument]
            )
            assert is_same(expected, by_name[output], 1e-11), output


def test_pooling_is_tried_on_ties_that_no_difference_sees():
    exercise = EXERCISES["max_pool_backward"]
    for arguments in cases(exercise):
        assert len(np.unique(arguments["x"])) == arguments["x"].size
        assert len(np.unique(arguments["x with ties"])) < 8
    assert list(exercise.gradients.wrt) == ["dx"]


@pytest.mark.parametrize("name", ["sgd_momentum", "rmsprop", "adam"])
def test_rules_take_several_steps_from_rest_and_from_what_was_remembered(name):
    steps = [(len(arguments["dw"]), arguments["steps_before"]) for arguments in cases(EXERCISES[name])]
    assert any(count > 1 and not before for count, before in steps)
    assert any(count > 1 and before for count, before in steps)


def as_complex(value):
    """Return an array of floats as complex numbers, so that no layer writes those into real arrays."""
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.complex128) if is_float else value


def differs(exercise, mistake, seed):
    """Tell whether the mistake shows in a value, a type, a changed argument, or an exception."""
    layers = mistake.layers()
    upstream = exercise.gradients.upstream.values() if exercise.gradients is not None else ()
    for arguments in cases(exercise, seed):
        tried = [(arguments, exercise.tolerance)]
        if upstream:  # what is cut off shows when it is large
            louder = arguments | {name: 100 * arguments[name] for name in upstream}
            tried.append((louder, exercise.tolerance))
        if exercise.tolerance_float32 is not None:
            tried.append((as_float32(arguments), exercise.tolerance_float32))
        for asked, tolerance in tried:
            right, _ = run(exercise, reference(), asked)
            wrong, after = run(exercise, layers, asked)
            if isinstance(wrong, str) or len(wrong) != len(right) or not is_same(asked, after):
                return True
            if not all(is_same(a, b, tolerance) for a, b in zip(right, wrong, strict=True)):
                return True
    return False


def mistake_id(mistake):
    return f"{mistake.exercise}: {mistake.name}"


@pytest.mark.proof
@pytest.mark.parametrize("mistake", MISTAKES, ids=mistake_id)
def test_every_mistake_shows(mistake):
    assert all(differs(EXERCISES[mistake.exercise], mistake, seed) for seed in range(2))


@pytest.mark.parametrize("mistake", MISTAKES, ids=mistake_id)
def test_sentences_hold_no_code(mistake):
    for text in (mistake.old, mistake.new):
        for line in text.splitlines():
            assert len(line.strip()) < 8 or line.strip() not in mistake.sentence
    assert not any(sign in mistake.sentence for sign in (" @ ", "np.", "**", " = np", ".T", "axis="))
    assert mistake.sentence[-1] in ".?"


def test_there_are_enough_mistakes():
    assert len(MISTAKES) >= 150
    counts = Counter(mistake.exercise for mistake in MISTAKES)
    assert {name for name in EXERCISES if counts[name] < 3} == set()
    names = [(mistake.exercise, mistake.name) for mistake in MISTAKES]
    assert len(set(names)) == len(names)
    assert sum(bool(mistake.only_grader) for mistake in MISTAKES) <= 3


@pytest.mark.parametrize("name", [name for name, exercise in EXERCISES.items() if exercise.has_cache])
def test_outputs_without_the_cache_are_refused(name):
    exercise = EXERCISES[name]

    def alone(*arguments):
        outputs = getattr(reference(), name)(*arguments)[:-1]
        return outputs if len(outputs) > 1 else outputs[0]

    layers = SimpleNamespace(**vars(reference()) | {name: alone})
    outputs, _ = run(exercise, layers, cases(exercise)[0])
    assert outputs == "TypeError" or len(outputs) != len(exercise.outputs)


@pytest.mark.parametrize("name", [name for name in EXERCISES if hasattr(as_written, name)])
def test_answers_as_written_are_right(name):
    exercise = EXERCISES[name]
    layers = SimpleNamespace(**vars(reference()) | written(as_written))
    for arguments in cases(exercise):
        (right, _), (made, _) = (run(exercise, these, arguments) for these in (reference(), layers))
        for ours, theirs in zip(right, made, strict=True):
            if np.asarray(ours).dtype.kind == "f":
                assert np.allclose(theirs, ours, rtol=1e-9, atol=1e-9)
            else:
                assert np.array_equal(theirs, ours)
