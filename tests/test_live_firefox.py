"""The captioner alive in Firefox, from a server and from the disk."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from captioning.scenes.drawing import draw
from captioning.scenes.scene import make_splits, scene_to_record
from captioning.scenes.words import read_scene
from captioning.training.captioner import load_captioner
from tests.browser import serve
from tests.firefox import FirefoxPage, open_firefox
from tests.live import SCENE, write_page

pytestmark = pytest.mark.xdist_group("live")
CAPTIONS = """(model, scenes) => Promise.all(scenes.map((scene) =>
  captioningAsk({ do: "caption", model, scene }, "world", "vgg16", model).then(([{ text }]) => text)))"""
BUTTON = ".live-view button"
CAPTION = """() => document.querySelector(
  '.captioning-widget:not([aria-busy]) table .caption')?.textContent"""
BOAT = '.thing[aria-label="small red boat"]'
WIDTH = "() => document.querySelector('.captioning-widget canvas').clientWidth"
IS_PAST = """() => document.querySelector('.captioning-widget figcaption').textContent
  .startsWith('a large white lighthouse left of a small red boat')"""


@pytest.fixture(scope="module")
def firefox() -> Iterator[FirefoxPage]:
    with open_firefox() as page:
        yield page


def caption_of(firefox: FirefoxPage, address: str) -> str:
    """Open a page, bring its view to life, and return the first caption."""
    firefox.goto(address)
    scripts = firefox.evaluate("() => [...document.scripts].map((script) => script.src)")
    assert scripts == [f"{address.rpartition('/')[0]}/captioner/start.js"]
    firefox.drag(BUTTON)
    said: str = firefox.wait_for(CAPTION)
    return said


@pytest.mark.parametrize("comes_from", ["a server", "the disk"])
def test_a_view_in_firefox(firefox: FirefoxPage, live_folder: Path, tmp_path: Path, comes_from: str) -> None:
    written = write_page(live_folder, tmp_path, "scene")
    with serve(tmp_path) as address:
        home = address if comes_from == "a server" else tmp_path.as_uri()
        said = caption_of(firefox, f"{home}/{written.name}")
        assert [said] == load_captioner("lstm").caption(draw(read_scene(SCENE).scene)[None])
        # By the pointer past the lighthouse, and what is said goes along.
        firefox.drag(BOAT, right=firefox.evaluate(WIDTH))
        firefox.wait_for(IS_PAST)
        firefox.wait_for(f"(before) => {{ const now = ({CAPTION})(); return now && now !== before; }}", said)
    assert firefox.complaints == []
    assert [url for url in firefox.requests if not url.startswith((home, "data:", "blob:"))] == []


def test_firefox_says_what_python_says(firefox: FirefoxPage, live_folder: Path, tmp_path: Path) -> None:
    """Also with attention, whose features are another layer of VGG16."""
    caption_of(firefox, write_page(live_folder, tmp_path, "scene").as_uri())
    splits = make_splits((("test", 10), ("unseen", 10)), seed=5)
    scenes = [scene for split in splits.values() for scene in split]
    records = [scene_to_record(scene) for scene in scenes]
    pictures = np.stack([draw(scene) for scene in scenes])
    for model in ("lstm", "attention"):
        assert firefox.evaluate(CAPTIONS, model, records) == load_captioner(model).caption(pictures)
