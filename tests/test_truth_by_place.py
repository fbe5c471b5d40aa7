"""How true captions are by place: the places that are tried, and the command."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from captioning.scenes.drawing import places
from captioning.scenes.scene import COLOURS, HELD_OUT, RELATIONS, sample_scene
from tests.recipes import recipe

by_place = recipe("scenes/truth_by_place")


def test_all_that_the_course_draws_can_be_told():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        scene = sample_scene(rng)
        assert by_place.can_be_told(scene.relation, places(scene, rng)), scene


@pytest.mark.slow
def test_a_hand_goes_further_and_takes_any_colour():
    rng = np.random.default_rng(1)
    scenes = [by_place.in_any_colours(rng) for _ in range(600)]
    placed = [(scene, by_place.put_anywhere(scene, rng)) for scene in scenes]
    columns = [place.x for _, spots in placed for place in spots]
    assert 0.1 <= min(columns) < 0.12
    assert 0.88 < max(columns) <= 0.9
    assert {scene.relation for scene, _ in placed} == set(RELATIONS)
    coloured = {(thing.kind, thing.colour) for scene, _ in placed for thing in scene.things}
    assert {colour for _, colour in coloured} == set(COLOURS)
    assert coloured & HELD_OUT


@pytest.mark.parametrize("made", by_place.MAPS, ids=lambda made: made.title)
def test_a_map_moves_the_things_of_its_scenes(made):
    rng = np.random.default_rng(2)
    scenes = by_place.scenes_of(made.of, rng)
    tried = 0
    for u in made.across[1]:
        for v in made.down[1]:
            scene = next(scenes)
            usual = places(scene, rng)
            moved = made.move(usual, u, v)
            if moved is None:
                continue
            tried += 1
            assert len(moved) == len(scene.things)
            assert u in [pytest.approx(place.x) for place in moved]
            assert [place.side for place in moved] == [place.side for place in usual]
            if scene.relation == "left of":
                assert moved[0].x < moved[1].x == v
            elif scene.relation != "alone":
                assert moved[0].x - moved[1].x == pytest.approx(v)
    assert tried > 10


def test_every_relation_has_a_map():
    rng = np.random.default_rng(3)
    for _ in range(100):
        scene = sample_scene(rng)
        assert sum(made.of(scene) for made in by_place.MAPS) == 1


@pytest.mark.slow
def test_the_command_prints_shares_and_draws_the_maps(tmp_path):
    figure = tmp_path / "maps.svg"
    result = CliRunner().invoke(
        by_place.main, ["--captioner", "rnn", "--count", "1", "--figure", str(figure)]
    )
    assert result.exit_code == 0, result.output
    assert re.search(r"\| wholly true( +\| \d+%){9}", result.output)
    assert len(re.findall(r"120 scenes in any colours, things .*: \d+% wholly true", result.output)) == 2
    drawn = figure.read_text(encoding="utf-8")
    assert all(f"<!-- {made.title} -->" in drawn for made in by_place.MAPS)
