"""Slips that a check would let pass: found where the cases are too few, and not where they are not."""

from dataclasses import replace
from functools import partial

import pytest

from autograder.exercises.registry import all_exercises
from autograder.proof.false_alarms import fresh_inputs
from autograder.proof.holes import holes
from captioning.answers import library
from tests.test_one_change import checked


@pytest.fixture(autouse=True)
def no_library(tmp_path, monkeypatch):
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu_forward", "cosine_learning_rate"])
def test_no_slip_passes_that_other_inputs_show(name):
    assert [f"{change.line}: {change.words}" for change in holes(all_exercises()[name], every=4)] == []


@pytest.mark.slow
def test_with_a_single_case_of_one_entry_slips_pass(monkeypatch):
    whole = all_exercises()["affine_forward"]
    small = replace(whole, sizes=({"N": 1, "I": 1, "J": 1, "D": 1, "M": 1},), variations=())
    monkeypatch.setattr("autograder.proof.holes.public_inputs", partial(fresh_inputs, seed=0))
    monkeypatch.setattr("autograder.proof.holes.fresh_inputs", lambda _, seed: fresh_inputs(whole, seed))
    assert len(list(holes(small, every=2))) > 3


# These passed once.

SMALLEST = """
def log_sum_exp(x):
    smallest = x.min(axis=1)
    return smallest + np.log(np.exp(x - smallest[:, None]).sum(axis=1))
"""
LAST_WORD = """
def tokenize(text):
    words, word = [], ""
    for sign in text.lower():
        if sign.isalnum():
            word += sign
        elif word:
            words.append(word)
            word = ""
    return words
"""
CHANNELS_LAST = """
from captioning.layers import CONVOLUTIONS, LAYERS
from captioning.layers import affine_forward, conv_forward, max_pool_forward, relu_forward

def vgg16_forward_train(x, params):
    caches = []
    for name in LAYERS:
        if name.startswith("pool"):
            x, cache = max_pool_forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
            caches.append((name, cache))
            continue
        weights = params[f"{name}_w"], params[f"{name}_b"]
        if name in CONVOLUTIONS:
            x, cache = conv_forward(x, *weights, {"stride": 1, "pad": 1})
        else:
            x, cache = affine_forward(np.moveaxis(x, 1, -1) if x.ndim == 4 else x, *weights)
        cut = None
        if name != "fc8":
            x, cut = relu_forward(x)
        caches.append((name, (cache, cut)))
    return x, caches
"""


@pytest.mark.parametrize(
    ("name", "source", "right"),
    [
        ("log_sum_exp", SMALLEST, ("min", "max")),
        ("tokenize", LAST_WORD, ("    return words", "    return [*words, word] if word else words")),
        pytest.param(
            "vgg16_forward_train",
            CHANNELS_LAST,
            ("np.moveaxis(x, 1, -1) if x.ndim == 4 else x", "x"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_passed_once_does_not(name, source, right):
    verdict, _ = checked(name, source)
    assert verdict.points == 0, str(verdict)
    verdict, _ = checked(name, source.replace(*right))
    assert verdict.passed, str(verdict)
