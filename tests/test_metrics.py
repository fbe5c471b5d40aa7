"""Metrics: known values, and nothing printed by the package that computes them."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captioning.data.coco_layout import CaptionData
from captioning.data.scenes import build_scenes, load_scenes
from captioning.errors import InputError
from captioning.layers import CaptioningRNN, greedy_decode
from captioning.scenes.scene import make_splits
from captioning.scenes.sentences import describe
from captioning.training.metrics import (
    caption_images,
    evaluate_split,
    human_captions,
    sentence_scores,
    truth_scores,
)
from captioning.training.run import new_run, train_run
from tests.tiny import CONFIG, silently, write_tiny_data

REFERENCES = {
    0: ["a black dog runs over the grass", "the dog is running"],
    1: ["two boats lie at the shore", "a pair of boats"],
    2: ["a man climbs a steep rock", "someone is climbing"],
}


def greedy(model: CaptioningRNN, features: np.ndarray) -> np.ndarray:
    return greedy_decode(model, features, 10).words


def mean_colour(images: np.ndarray) -> np.ndarray:
    return images.mean(axis=(1, 2))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    return CaptionData(write_tiny_data(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> CaptionData:
    folder = tmp_path_factory.mktemp("scenes")
    build_scenes(folder, mean_colour, limit=6)
    return CaptionData(folder, pca_features=False)


def test_the_words_of_people_have_the_highest_scores() -> None:
    scores = sentence_scores(REFERENCES, {row: texts[0] for row, texts in REFERENCES.items()})
    assert list(scores) == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"]
    for name in ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L"):
        assert scores[name] == pytest.approx(1)
    # Half of the references are matched wholly, the others hardly.
    assert 5 <= scores["CIDEr"] < 6


def test_scores_worked_out_by_hand() -> None:
    scores = sentence_scores({0: ["a b c d", "x y"]}, {0: "a b d"})
    # All three words occur; of the two pairs, "a b". The reference nearest in length has 2 words: no brevity
    # penalty. (The package adds 1e-15 and 1e-9 where it divides.)
    assert scores["BLEU-1"] == pytest.approx(1)
    assert scores["BLEU-2"] == pytest.approx(math.sqrt(1 * 1 / 2))
    # The longest common subsequence is "a b d": precision 3/3, recall 3/4, beta 1.2.
    assert scores["ROUGE-L"] == pytest.approx((1 + 1.2**2) * 0.75 / (0.75 + 1.2**2))


def test_a_short_caption_is_punished() -> None:
    scores = sentence_scores({0: ["a b c d e f"]}, {0: "a b c"})
    assert scores["BLEU-1"] == pytest.approx(math.exp(1 - 6 / 3))


def test_an_empty_caption_scores_nothing() -> None:
    scores = sentence_scores(REFERENCES, dict.fromkeys(REFERENCES, ""))
    assert all(score == pytest.approx(0, abs=1e-6) for score in scores.values())


def test_a_word_that_nobody_knows_is_no_match() -> None:
    assert sentence_scores({0: ["<UNK> <UNK>"]}, {0: "<UNK> <UNK>"})["BLEU-1"] < 1e-6


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    sentence_scores(REFERENCES, {0: "a dog", 1: "boats", 2: "a rock"})
    assert capfd.readouterr() == ("", "")


def test_without_the_package_there_is_bleu_and_it_is_the_package_s(monkeypatch: pytest.MonkeyPatch) -> None:
    captions = {0: "a black dog runs", 1: "two boats at the shore", 2: "a man climbs a rock <UNK>"}
    from pycocoevalcap.bleu.bleu import Bleu  # noqa: PLC0415

    theirs, _ = Bleu(4).compute_score(REFERENCES, {row: [text] for row, text in captions.items()}, verbose=0)
    monkeypatch.setitem(sys.modules, "pycocoevalcap.cider.cider", None)
    scores = sentence_scores(REFERENCES, captions)
    assert list(scores) == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4"]
    np.testing.assert_allclose(list(scores.values()), theirs, rtol=1e-6)


def test_perplexity_of_a_model_that_knows_nothing(data: CaptionData) -> None:
    run = new_run(data, CONFIG)
    zeros = {name: np.zeros_like(value) for name, value in run.params.items()}
    scores = evaluate_split(replace(run.captioner, params=zeros), data, "val", greedy, progress=False)
    # Every one of the 17 words is equally likely.
    assert scores["perplexity"] == pytest.approx(17, rel=1e-5)
    n_words = (data.captions("val")[:, 1:] != 0).sum()
    assert scores["loss"] == pytest.approx(n_words / len(data.captions("val")) * math.log(17), rel=1e-5)
    assert "true captions" not in scores


def test_every_image_is_captioned_once(data: CaptionData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captioning.training.metrics.DECODING_BATCH", 7)
    run = new_run(data, CONFIG)
    captions = caption_images(run.captioner, data, "val", greedy, progress=False)
    assert list(captions) == list(range(40))
    row = 23
    alone = run.captioner.model.sample(
        run.captioner.standardization.apply(data.features("val", np.array([row]))), 10
    )
    said = [data.idx_to_word[word] for word in alone[0] if word > 2]
    assert captions[row] == " ".join(said)


def test_the_captions_of_people(data: CaptionData) -> None:
    captions = human_captions(data, "train")
    assert len(captions) == 40
    assert {len(sentences) for sentences in captions.values()} == {2}
    first = [data.idx_to_word[word] for word in data.captions("train")[0] if word > 2]
    assert captions[0][0] == " ".join(first)


def test_true_captions_and_true_statements() -> None:
    scenes = make_splits([("val", 4)])["val"]
    captions = {row: describe(scene)[0] for row, scene in enumerate(scenes)}
    assert truth_scores(captions, scenes) == {"true captions": 1.0, "true statements": 1.0}
    captions[2] = captions[2] + " nonsense"
    scores = truth_scores(captions, scenes)
    assert scores["true captions"] == 0.75
    assert 0.75 < scores["true statements"] < 1
    assert truth_scores(dict.fromkeys(captions, ""), scenes)["true captions"] == 0


@pytest.mark.slow
def test_scenes_are_judged(scenes: CaptionData, tmp_path: Path) -> None:
    config = replace(CONFIG, pca_features=False, epochs=2)
    run = new_run(scenes, config)
    train_run(run, scenes, tmp_path / "c.h5", progress=silently)
    for split in ("test", "unseen"):
        scores = evaluate_split(run.captioner, scenes, split, greedy, progress=False)
        judged = truth_scores(
            caption_images(run.captioner, scenes, split, greedy, progress=False),
            load_scenes(scenes.folder, split),
        )
        assert {name: scores[name] for name in judged} == judged


@pytest.mark.slow
def test_data_that_do_not_fit(data: CaptionData, scenes: CaptionData) -> None:
    with pytest.raises(InputError, match="different vocabularies"):
        evaluate_split(new_run(data, CONFIG).captioner, scenes, "val", greedy)
    with pytest.raises(InputError, match="no split 'luck'"):
        evaluate_split(new_run(data, CONFIG).captioner, data, "luck", greedy)
