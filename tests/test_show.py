"""``captioning show``: what is said beside what people said, and words that are none are not said."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.training.captioner import Captioner, save_captioner
from captioning.training.run import new_run
from captioning.training.speaking import UNKNOWN, KnownWordsOnly
from tests.conftest import Command
from tests.tiny import CONFIG, write_tiny_data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_tiny_data(tmp_path / "data")


@pytest.fixture
def run(tmp_path: Path, data: Path) -> Path:
    """Return a run whose captioner would say <UNK> at every step, were it let; else it says "a"."""
    captioner = new_run(CaptionData(data), CONFIG).captioner
    captioner.params["b_vocab"][captioner.word_to_idx["a"]] = 50
    captioner.params["b_vocab"][captioner.word_to_idx[UNKNOWN]] = 100
    (tmp_path / "run").mkdir()
    save_captioner(captioner, tmp_path / "run" / "checkpoint.h5")
    Image.new("RGB", (4, 4)).save(tmp_path / "run" / "learning_curves.png")
    return tmp_path / "run"


class Sources(HTMLParser):
    """Collects where the pictures of a page come from."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        if tag == "img":
            self.found.append(dict(attrs)["src"] or "")


def test_it_says_what_the_captioner_and_what_people_say(run: Path, data: Path, command: Command) -> None:
    code, out, err = command("show", run, "--data", data, "--number", 3)
    assert (code, err) == (0, "")
    pictures = out.strip().split("\n\n")
    assert len(pictures) == 3
    urls = CaptionData(data).urls("val")
    for picture in pictures:
        name, said, *people = picture.splitlines()
        assert name in urls
        assert re.match(r"    said:   (?!.*<UNK>)", said)
        assert len(people) == 2
        assert all(line.startswith("    people: a ") for line in people)
    assert command("show", run, "--data", data, "--number", 3)[1] == out
    assert command("show", run, "--data", data, "--number", 3, "--seed", 1)[1] != out
    said = json.loads(command("show", run, "--data", data, "--unknown", "--json", "--max-length", 2)[1])
    assert {picture["said"] for picture in said["pictures"]} == {"<UNK> <UNK>"}


def test_evaluate_measures_what_is_said_of_known_words(run: Path, data: Path, command: Command) -> None:
    """What stands for a rare word is none of those that people have said."""
    args = ["evaluate", run, "--data", data, "--max-length", 2, "--json"]
    known, unknown = (
        json.loads(command(*args, *more)[1])["splits"]["val"][str(run)] for more in ([], ["--unknown"])
    )
    assert unknown["BLEU-1"] == 0 < known["BLEU-1"]
    assert unknown["loss"] == known["loss"]


def test_the_page_is_one_file_with_the_photos_in_it(
    run: Path, data: Path, command: Command, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for url in CaptionData(data).urls("val"):
        Image.new("RGB", (9, 7), "red").save(photos / url.rpartition("/")[2], "PNG")
    out = tmp_path / "said & more.html"
    args = ("--data", data, "--number", 4, "--photos", photos, "--out", out)
    assert command("show", run, *args)[0] == 0
    sources = Sources()
    sources.feed(out.read_text())
    assert len(sources.found) == 5  # the learning curve is the last
    assert all(source.startswith("data:image/") for source in sources.found)
    photo = next(photos.iterdir())
    for path in photos.iterdir():
        path.write_text("no picture")
    code, _, err = command("show", run, *args)
    assert (code, "is not a picture" in err, str(photo.parent) in err) == (1, True, True)


@pytest.mark.slow
def test_a_scene_is_drawn_and_judged(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from captioning.data import scenes_cache  # noqa: PLC0415
    from captioning.gallery import saying  # noqa: PLC0415

    monkeypatch.setenv("CAPTIONING_HOME", str(tmp_path))
    data = CaptionData(scenes_cache.scenes_folder(limit=2, progress=False), pca_features=False)
    from captioning.training.captioner import load_captioner  # noqa: PLC0415

    captioner = load_captioner("lstm")
    (item, _) = saying.say(
        captioner, data, "val", np.arange(2), lambda x: layers.greedy_decode(captioner.model, x).words
    )
    assert item.truth in {"true", "not true"}
    assert item.picture.startswith("data:image/jpeg;base64,")
    assert item.description.startswith("A drawing: a ")
    html = saying.as_html([item, replace(item, picture="", name="<b>")])
    assert f'alt="{item.description}"' in html
    assert html.count("<img ") == 1
    assert "&lt;b&gt;" in html
    assert saying.whose_code() == ""  # all of it is the reference's


def test_only_known_words_are_said(data: Path) -> None:
    captioner: Captioner = new_run(CaptionData(data), CONFIG).captioner
    model = KnownWordsOnly(captioner.model, captioner.word_to_idx)
    features = np.ones((3, captioner.input_dim), dtype=np.float32)
    state = model.start(features)
    words = np.full(3, captioner.word_to_idx["<START>"])
    before, _ = captioner.model.step(words, state)
    after, _ = model.step(words, state)
    unknown = captioner.word_to_idx[UNKNOWN]
    assert (after[:, unknown] == -np.inf).all()
    np.testing.assert_array_equal(np.delete(after, unknown, 1), np.delete(before, unknown, 1))
