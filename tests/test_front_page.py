"""The pictures of the first page."""

import numpy as np
import pytest

from captioning.scenes.scene import sample_scene
from captioning.scenes.sentences import describe
from coursebuilder.front_page import captioned_scenes, grid


def test_a_caption_says_in_words_whether_it_is_true() -> None:
    scenes = [sample_scene(np.random.default_rng(seed)) for seed in (0, 1)]
    true = describe(scenes[0])[0]
    html = grid(scenes, [true, "a green submarine <b>"])
    right, wrong = html.split("<li>")[1:]
    assert true in right
    assert "all of it is true" in right
    assert "not true: " in wrong
    assert "<b>" not in wrong
    assert html.count('alt="A drawing: ') == 2


@pytest.mark.slow
def test_the_page_shows_a_caption_that_is_wrong_too() -> None:
    html = captioned_scenes()
    assert html.count("<li>") == 8
    assert 1 <= html.count("✗ not true") <= 3
