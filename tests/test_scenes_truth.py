"""Captions of scenes: the writer's own are true, and a caption with one wrong word is caught."""

import re
from collections import Counter

import numpy as np
import pytest

from captioning.scenes import lexicon
from captioning.scenes.scene import Scene, Thing, make_splits
from captioning.scenes.sentences import describe
from captioning.scenes.truth import truth

SEA = Scene(
    (Thing("boat", "red", "small"), Thing("lighthouse", "white", "large")),
    "left of",
    "sea",
    "night",
    "clear",
    0,
)
SKY = Scene(
    (Thing("bird", "blue", "large"), Thing("cat", "green", "small")), "above", "city", "dusk", "rainy", 0
)
LONE = Scene((Thing("elephant", "orange", "small"),), "alone", "desert", "day", "cloudy", 0)


@pytest.fixture(scope="module")
def described() -> list[tuple[Scene, list[str]]]:
    splits = make_splits([("train", 1500), ("unseen", 200)], seed=11)
    return [(scene, describe(scene)) for scenes in splits.values() for scene in scenes]


def test_five_different_sentences_of_5_to_16_words(described):
    for _, sentences in described:
        assert len(set(sentences)) == 5
        assert all(5 <= len(sentence.split()) <= 16 for sentence in sentences)


def test_scene_and_seed_determine_the_sentences(described):
    scene, sentences = described[0]
    assert describe(scene) == sentences
    assert describe(scene, seed=1) != sentences


def test_the_vocabulary_is_what_is_written(described):
    words = {word for _, sentences in described for sentence in sentences for word in sentence.split()}
    assert words == set(lexicon.vocabulary())
    assert 120 <= len(words) <= 250


def test_articles_fit(described):
    text = ". ".join(sentence for _, sentences in described for sentence in sentences)
    assert not re.search(r"\ba [aeiou]", text)
    assert not re.search(r"\ban [^aeiou]", text)


def test_the_usual_sentence_is_rich(described):
    """The first sentence names both things, colours and sizes more often than not."""
    kinds = Counter[str]()
    pairs = [(scene, sentences[0]) for scene, sentences in described if len(scene.things) == 2]
    for scene, sentence in pairs:
        kinds.update(statement.kind for statement in truth(sentence, scene).statements)
    assert kinds["thing"] == 2 * len(pairs)
    assert kinds["relation"] == len(pairs)
    assert kinds["colour"] > 1.7 * len(pairs)
    assert kinds["size"] > 1.4 * len(pairs)
    assert kinds["time"] + kinds["weather"] > 1.2 * len(pairs)


@pytest.mark.slow
def test_all_that_is_written_is_true(described):
    for scene, sentences in described:
        for sentence in sentences:
            result = truth(sentence, scene)
            assert result.wholly_true, (sentence, scene, result)


def one_word_changed(scene: Scene, sentence: str) -> list[str]:
    """Return every sentence in which one content word is another of its class, such that it is false."""
    here = {thing.kind for thing in scene.things}
    classes = [lexicon.COLOUR_WORDS, lexicon.SIZE_WORDS]
    absent = {kind: nouns for kind, nouns in lexicon.NOUNS.items() if kind not in here}
    words = sentence.split()
    changed = []

    def change(n: int, others: list[str]) -> None:
        changed.extend(" ".join([*words[:n], other, *words[n + 1 :]]) for other in others)

    subject = ""
    for n, word in enumerate(words):
        for meanings in classes:
            for options in meanings.values():
                if word in options:
                    change(n, [o for other in meanings.values() if other is not options for o in other])
        for kind, nouns in lexicon.NOUNS.items():
            if word in nouns:
                subject = subject or kind
                change(n, [noun for others in absent.values() for noun in others])
        if any(word in verbs for verbs in lexicon.VERBS.values()):
            every = {verb for verbs in lexicon.VERBS.values() for verb in verbs}
            change(n, sorted(every - set(lexicon.VERBS[subject])))
        for group in OPPOSITES:
            for options in group:
                if word in options:
                    change(n, [o for others in group if others is not options for o in others])
    return changed


# Content words of relations, places, times and weathers: words of different tuples exclude each other.
OPPOSITES = [
    [("left",), ("right",)],
    [("above",), ("below", "beneath"), ("behind",)],
    [("sea", "water", "waves"), ("meadow", "grass", "field"), ("desert", "sand", "dunes"),
     ("city", "town", "street"), ("mountains", "peaks")],
    [("day", "daylight"), ("dusk", "evening", "twilight", "sunset"), ("night",)],
    [("clear", "sunny", "starry"), ("cloudy", "overcast"), ("rainy", "wet"), ("snowy", "winter")],
    [("rains", "rain"), ("snows", "snow")],
]  # fmt: skip


@pytest.mark.slow
def test_one_wrong_word_is_caught(described):
    rng = np.random.default_rng(0)
    n_changed = 0
    for scene, sentences in described[::8]:
        for sentence in sentences:
            changed = one_word_changed(scene, sentence)
            for n in rng.permutation(len(changed))[:12]:
                n_changed += 1
                assert not truth(changed[n], scene).wholly_true, (sentence, changed[n], scene)
    assert n_changed > 10_000


@pytest.mark.parametrize(
    ("caption", "scene", "false"),
    [
        ("a small red boat sails left of a large white lighthouse at night", SEA, []),
        ("a large white lighthouse stands right of a tiny scarlet sailboat under a starry sky", SEA, []),
        ("there is a boat left of a lighthouse on the sea", SEA, []),
        ("a boat and a lighthouse on the water at night in clear weather", SEA, []),
        ("A small red boat sails on the sea, with a lighthouse to its right.", SEA, []),
        ("a small white boat sails left of a large red lighthouse", SEA, ["white boat", "red lighthouse"]),
        ("a small red boat sails right of a large white lighthouse", SEA, ["boat right of lighthouse"]),
        ("a red lighthouse stands left of a boat", SEA, ["red lighthouse", "lighthouse left of boat"]),
        ("a red whale swims left of a lighthouse", SEA,
         ["whale", "red whale", "whale swims", "whale left of lighthouse"]),
        ("a red boat grazes on the sea", SEA, ["boat grazes"]),
        ("a boat sails alone on the sea", SEA, ["alone"]),
        ("a boat sails left of a boat", SEA, ["boat", "boat left of boat"]),
        ("a boat sails above a lighthouse at night", SEA, ["boat above lighthouse"]),
        ("on a rainy night a boat sails left of a lighthouse", SEA, ["on a rainy night"]),
        ("on a rainy evening a boat sails left of a lighthouse", SEA, 2 * ["on a rainy evening"]),
        ("a big blue bird flies over the city with a green cat below it", SKY, []),
        ("a little green cat sits under a blue bird at dusk in the rain", SKY, []),
        ("a green cat sits over a blue bird", SKY, ["cat above bird"]),
        ("a blue bird flies over the sea while it rains", SKY, ["over the sea"]),
        ("an orange elephant walks alone in the desert", LONE, []),
        ("there is a large orange elephant in the desert", LONE, ["large elephant"]),
        ("an orange elephant walks left of a cat", LONE, ["cat", "elephant left of cat"]),
    ],
)  # fmt: skip
def test_statements_are_judged_one_by_one(caption, scene, false):
    result = truth(caption, scene)
    assert [statement.text for statement in result.statements if statement.verdict == "false"] == false
    assert "not understood" not in {statement.verdict for statement in result.statements}
    assert result.wholly_true == (not false)
    assert result.n_true == len(result.statements) - len(false)


@pytest.mark.parametrize(
    ("caption", "rest"),
    [
        ("", "(it breaks off)"),
        (".", "(it breaks off)"),
        ("a small red", "a small red"),
        ("a a red boat sails at night", "a a red boat sails at night"),
        ("a red red boat sails at night", "a red red boat sails at night"),
        ("red boat sails at night", "red boat sails at night"),
        ("an red boat sails at night", "an red boat sails at night"),
        ("a boat", "(it breaks off)"),
        ("there is a boat", "(it breaks off)"),
        ("there is a boat sails on the sea", "sails on the sea"),
        ("a boat sails left of a", "a"),
        ("a boat sails left of", "(it breaks off)"),
        ("a boat sails left", "left"),
        ("a boat sails on the", "on the"),
        ("a boat sails sails at night", "sails at night"),
        ("a boat sails at night at night", "at night"),
        ("a boat sails at night under a starry sky", "under a starry sky"),
        ("a boat sails on the sea on the water", "on the water"),
        ("a boat sails left of a lighthouse left of a lighthouse", "left of a lighthouse"),
        ("a boat and a lighthouse sails at night", "sails at night"),
        ("a boat sails at night with a lighthouse", "(it breaks off)"),
        ("a boat sails <UNK> a lighthouse", "<unk> a lighthouse"),
        ("at night", "(it breaks off)"),
        ("a boat sails near a lighthouse", "near a lighthouse"),
    ],
)
def test_pieces_and_garbage_are_not_understood(caption, rest):
    result = truth(caption, SEA)
    assert not result.wholly_true
    assert result.statements[-1].kind == "unknown"
    assert result.statements[-1].verdict == "not understood"
    assert result.statements[-1].text == rest


@pytest.mark.slow
def test_a_sentence_cut_anywhere_is_a_sentence_or_not_understood(described):
    """No prefix is judged wrongly: what is understood of it is true."""
    for scene, sentences in described[::10]:
        for sentence in sentences:
            words = sentence.split()
            for end in range(len(words)):
                result = truth(" ".join(words[:end]), scene)
                assert {statement.verdict for statement in result.statements} <= {"true", "not understood"}
                if words[:end] and words[end - 1] in {
                    "a",
                    "an",
                    "the",
                    "of",
                    "with",
                    "and",
                    "there",
                    "to",
                    "its",
                }:
                    assert not result.wholly_true
