import math
from itertools import pairwise

import numpy as np
import pytest
from pycocoevalcap.bleu.bleu import Bleu

from solutions.bleu import bleu, ngram_counts
from solutions.schedule import cosine_learning_rate

WORDS = ["a", "the", "red", "boat", "cat", "sails", "left", "of"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_n", [1, 2, 4])
def test_bleu_is_that_of_the_coco_evaluation(seed, max_n):
    rng = np.random.default_rng(seed)
    references = [[rng.choice(WORDS, rng.integers(6, 12)).tolist() for _ in range(3)] for _ in range(6)]
    candidates = [[*others[0][:5], *rng.choice(WORDS, rng.integers(0, 4)).tolist()] for others in references]
    theirs, _ = Bleu(max_n).compute_score(
        {n: [" ".join(other) for other in others] for n, others in enumerate(references)},
        {n: [" ".join(candidate)] for n, candidate in enumerate(candidates)},
        verbose=0,
    )
    assert bleu(candidates, references, max_n) == pytest.approx(theirs[-1], rel=1e-6)


def test_bleu_of_a_reference_is_one_and_of_something_else_zero():
    caption = ["a", "red", "boat", "sails", "left", "of", "the", "cat"]
    assert bleu([caption], [[caption, ["boat"]]]) == 1
    assert bleu([["boat"] * 8], [[caption]]) == 0


SAID = "the cat is on the mat"


@pytest.mark.parametrize(
    ("candidates", "references", "sentence"),
    [
        (
            [SAID],
            [[SAID.split()]],
            r"candidates\[0\] has the caption 'the cat is on the mat', expected a list",
        ),
        (
            [SAID.split()],
            [[SAID]],
            r"references\[0\] has the caption 'the cat is on the mat', expected a list",
        ),
        ([SAID.split()], [SAID.split()], r"references\[0\] has the caption 'the', expected a list of words"),
        ([SAID.split()], [SAID], r"references\[0\] is 'the cat is on the mat', expected a list of captions"),
        ([SAID.split()], [[]], r"references\[0\] is \[\], expected a list of captions"),
        ([[SAID.split()]], [[SAID.split()]], "expected a list of words"),
        ([SAID.split()] * 2, [[SAID.split()]], "2 candidates, but 1 lists of references"),
    ],
)
def test_bleu_tells_words_from_letters(candidates, references, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        bleu(candidates, references)


def test_the_example_of_the_bleu_paper():
    """Papineni et al., section 2.1: seven times “the” counts twice, out of seven."""
    references = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    assert bleu([["the"] * 7], [references], max_n=1) == pytest.approx(2 / 7)


def test_ngrams_of_a_short_sentence():
    assert ngram_counts(["a", "b", "a", "b"], 2) == {("a", "b"): 2, ("b", "a"): 1}
    assert ngram_counts(["a"], 2) == {}


def test_the_rate_rises_in_equal_parts_and_falls_along_a_cosine():
    rates = [cosine_learning_rate(step, 100, 0.5, 4) for step in range(100)]
    np.testing.assert_allclose(
        rates[:4], [0.5 * (k + 1) / 4 * (1 + math.cos(math.pi * k / 100)) / 2 for k in range(4)]
    )
    assert all(later < earlier for earlier, later in pairwise(rates[4:]))
    assert cosine_learning_rate(0, 10, 0.5) == 0.5
    assert cosine_learning_rate(5, 10, 0.5) == pytest.approx(0.25)


@pytest.mark.parametrize("step", [-1, 11])
def test_a_step_outside_the_training_is_refused(step):
    with pytest.raises(ValueError, match=f"step is {step}, expected 0 to 10"):
        cosine_learning_rate(step, 10, 0.1)
