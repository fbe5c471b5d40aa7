"""The picture scenes: records, splits, drawing, the files on disk."""

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from captioning.data.coco_layout import CaptionData
from captioning.data.scenes import build_scenes, load_scenes
from captioning.errors import InputError
from captioning.scenes.drawing import SCALES, Place, draw, places
from captioning.scenes.lexicon import vocabulary
from captioning.scenes.scene import (
    BACKGROUNDS,
    COLOURS,
    EXAMPLE,
    HELD_OUT,
    KINDS,
    LABELS,
    RELATIONS,
    TIMES,
    WEATHERS,
    WET,
    Scene,
    Thing,
    make_splits,
    sample_scene,
    scene_from_record,
    scene_labels,
    scene_to_record,
)
from captioning.scenes.sentences import describe
from tests.recipes import recipe

command = recipe("scenes/scene_statistics")


def a_scene(
    kind: str, *, colour: str = "red", size: str = "large", time: str = "day", variation: int = 1
) -> Scene:
    return Scene((Thing(kind, colour, size),), "alone", KINDS[kind].places[0], time, "clear", variation)


def pairs(scenes: list[Scene]) -> Counter[tuple[str, str]]:
    return Counter((thing.kind, thing.colour) for scene in scenes for thing in scene.things)


def test_the_scene_of_the_figures_is_one_that_no_network_has_seen(splits: dict[str, list[Scene]]) -> None:
    assert splits["test"][0] == EXAMPLE


def test_splits_are_disjoint_scenes_of_the_sizes_asked_for(splits):
    sizes = {"train": 16000, "val": 500, "test": 1000, "unseen": 500}
    assert {split: len(scenes) for split, scenes in splits.items()} == sizes
    descriptions = [scene.description for scenes in splits.values() for scene in scenes]
    assert len(set(descriptions)) == len(descriptions)


def test_only_unseen_holds_the_held_out_combinations(splits):
    for split in ("train", "val", "test"):
        assert not pairs(splits[split]).keys() & HELD_OUT
    for scene in splits["unseen"]:
        assert pairs([scene]).keys() & HELD_OUT
    assert pairs(splits["unseen"]).keys() >= HELD_OUT


def test_a_split_grows_without_a_change_to_the_others():
    small = make_splits([("train", 20), ("val", 5)])
    large = make_splits([("train", 20), ("val", 5), ("train", 30)])
    assert large["val"] == small["val"]
    assert large["train"][:20] == small["train"]
    assert len({scene.description for scenes in large.values() for scene in scenes}) == 55


@pytest.mark.slow
def test_every_kind_and_every_colour_stays_common_in_training(splits):
    seen = pairs(splits["train"])
    assert len(seen) == len(KINDS) * len(COLOURS) - len(HELD_OUT)
    assert len({kind for kind, _ in HELD_OUT}) == len(HELD_OUT) == 12
    for value in (*KINDS, *COLOURS):
        assert sum(count for pair, count in seen.items() if value in pair) > 200, value
    for head, values in LABELS.items():
        labels = Counter(scene_labels(scene)[head] for scene in splits["train"])
        assert all(labels[n] >= 40 for n in range(len(values)) if values[n] != "none" or head[-1] == "1"), (
            head
        )


def test_the_seed_determines_the_scenes_on_every_platform(splits):
    assert make_splits([("train", 3), ("unseen", 2)], seed=0)["train"] == splits["train"][:3]
    assert make_splits([("train", 3)], seed=1)["train"] != splits["train"][:3]
    assert splits["train"][0] == Scene(
        (Thing("balloon", "red", "large"), Thing("car", "orange", "large")),
        "above", "desert", "day", "clear", 1960127676,
    )  # fmt: skip


def test_scenes_are_sensible(splits):
    for scene in (scene for scenes in splits.values() for scene in scenes):
        kinds = [KINDS[thing.kind] for thing in scene.things]
        assert (
            len({thing.kind for thing in scene.things})
            == len(kinds)
            == (1 if scene.relation == "alone" else 2)
        )
        for kind in kinds:
            assert scene.background in kind.places
            assert not (kind.fair_weather and scene.weather in WET)
        assert not (scene.background == "desert" and scene.weather in WET)
        if scene.relation == "above":
            assert [kind.layer == "air" for kind in kinds] == [True, False]
        elif scene.relation != "alone":
            assert kinds[0].layer == kinds[1].layer
        if scene.relation == "in front of":
            assert kinds[1].tall
            assert [thing.size for thing in scene.things] == ["small", "large"]


def test_labels_say_the_whole_description(splits):
    """Two scenes with the same labels have the same description, and the other way round."""
    scenes = splits["test"]
    labels = {tuple(scene_labels(scene).items()) for scene in scenes}
    assert len(labels) == len({scene.description for scene in scenes})
    values = {head: LABELS[head][label] for head, label in scene_labels(scenes[0]).items()}
    first = scenes[0].things[0]
    assert (values["kind_0"], values["colour_0"], values["size_0"]) == (first.kind, first.colour, first.size)
    lone = scene_labels(a_scene("cat"))
    assert [LABELS[head][lone[head]] for head in ("kind_1", "colour_1", "size_1", "relation")] == [
        "none", "none", "none", "alone",
    ]  # fmt: skip


def test_a_record_gives_the_scene_back(splits):
    for scene in splits["val"][:50]:
        assert scene_from_record(json.loads(json.dumps(scene_to_record(scene)))) == scene


@pytest.mark.slow
@pytest.mark.parametrize("size", [32, 64, 200])
def test_a_picture_is_the_same_whatever_was_drawn_before(size):
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng) for _ in range(8)]
    pictures = [draw(scene, size) for scene in scenes]
    for scene, picture in reversed(list(zip(scenes, pictures, strict=True))):
        assert picture.shape == (size, size, 3)
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(draw(scene, size), picture)


@pytest.mark.parametrize(
    ("n", "means"),
    [
        (0, [151, 139, 171, 139, 195, 230, 212, 174, 126, 230, 205, 158]),
        (1, [183, 161, 176, 175, 130, 150, 188, 162, 144, 175, 150, 165]),
        (2, [76, 83, 119, 80, 87, 121, 95, 101, 69, 115, 99, 63]),
        (3, [183, 128, 145, 178, 113, 130, 158, 156, 87, 160, 140, 82]),
    ],
)
def test_the_pictures_are_those_the_shipped_network_was_trained_on(splits, n, means):
    """The mean of each quarter of each channel; versions of Pillow may differ by a pixel here and there."""
    np.testing.assert_allclose(features_of(draw(splits["train"][n])[None])[0], means, atol=1)


@pytest.mark.slow
def test_a_picture_is_the_same_picture_at_every_size():
    rng = np.random.default_rng(1)
    for _ in range(12):
        scene = sample_scene(rng)
        large = np.asarray(Image.fromarray(draw(scene, 256)).reduce(4), dtype=float)
        # Rain is a line of whole pixels, thicker at 64 pixels than at 256.
        assert np.abs(draw(scene, 64) - large).mean() < 4


def test_variation_changes_the_picture_and_not_the_caption_facts():
    one, other = a_scene("horse", variation=1), a_scene("horse", variation=2)
    assert (draw(one) != draw(other)).any()
    assert one.description == other.description


def _differs(one: Scene, other: Scene, spots: list[Place] | None = None) -> np.ndarray:
    """Return where two pictures of scenes with the same variation differ, (64, 64) bool."""
    return _differ(draw(one, 64, spots), draw(other, 64, spots))


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other).sum(axis=2) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_size_classes_are_far_apart_and_inside_the_picture(kind):
    extents = {}
    for size in ("small", "large"):
        (usual,) = drawn_places(a_scene(kind, size=size))
        whole = [replace(usual, x=0.5, side=SCALES[size])]
        # What changes with the colour is the thing; its width or height is that of its box, or nearly.
        changed = _differs(a_scene(kind, size=size), a_scene(kind, size=size, colour="blue"), whole)
        rows, columns = np.nonzero(changed)
        assert 0 < rows.min() <= rows.max() < 63
        assert 0 < columns.min() <= columns.max() < 63
        extents[size] = max(np.ptp(rows), np.ptp(columns)) + 1
    assert 0.14 * 64 <= extents["small"] <= 0.3 * 64
    assert 0.3 * 64 <= extents["large"] <= 0.52 * 64
    assert extents["large"] > 1.5 * extents["small"]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("kind", KINDS)
def test_colours_differ_at_every_time_of_day(kind, time):
    """A small thing in another colour changes at least twenty pixels, by day and by night."""
    pictures = [draw(a_scene(kind, size="small", colour=colour, time=time), 64) for colour in COLOURS]
    for (one, a), (other, b) in combinations(zip(COLOURS, pictures, strict=True), 2):
        assert _differ(a, b).sum() >= 20, (one, other)


@pytest.mark.slow
def test_backgrounds_times_and_weathers_look_different():
    pictures = [
        draw(Scene((Thing("plane", "red", "small"),), "alone", background, time, weather, 5)).astype(int)
        for background in BACKGROUNDS
        for time in TIMES
        for weather in WEATHERS
    ]
    for n, one in enumerate(pictures):
        for other in pictures[:n]:
            assert np.abs(one - other).mean() > 3


def drawn_places(scene: Scene) -> list[Place]:
    """Return the places of a scene in clear weather; only the turn of the land is drawn before them."""
    assert scene.weather == "clear"
    rng = np.random.default_rng(scene.variation)
    rng.random()
    return places(scene, rng)


@pytest.mark.slow
def test_the_place_of_a_thing_does_not_tell_how_many_there_are(splits):
    """A network once took every thing beside the middle for one of two."""
    columns: dict[str, list[float]] = {relation: [] for relation in RELATIONS}
    for scene in splits["train"][:3000]:
        columns[scene.relation] += [
            place.x for place in places(scene, np.random.default_rng(scene.variation))
        ]
    for relation, found in columns.items():
        assert all(0.15 <= x <= 0.85 for x in found), relation
        shares = np.histogram(found, bins=7, range=(0.15, 0.85))[0] / len(found)
        # Two things side by side are in the outer columns more often, and still in all of them.
        assert shares.min() > 0.04, (relation, shares)


@pytest.mark.parametrize("size", ["small", "large"])
def test_two_things_leave_room_for_both_to_be_seen(size):
    rng = np.random.default_rng(3)
    for relation in RELATIONS[1:]:
        things = (
            Thing("bird" if relation == "above" else "cat", "red", size),
            Thing("house", "blue", "large"),
        )
        scene = Scene(things, relation, "city", "day", "clear", 1)
        for _ in range(300):
            one, other = places(scene, rng)
            if relation == "left of":
                assert one.x + max(0.25, 0.85 * (one.side + other.side) / 2) <= other.x
            elif relation == "above":
                assert abs(one.x - other.x) <= 0.3
                assert one.y + 0.2 < other.y
            else:
                assert 0.06 <= abs(one.x - other.x) <= 0.2
                assert one.y > other.y + 0.05


def test_a_thing_can_be_drawn_elsewhere():
    scene = a_scene("cat", size="small")
    (place,) = drawn_places(scene)
    np.testing.assert_array_equal(draw(scene, 64, [place]), draw(scene))
    moved = draw(scene, 64, [replace(place, x=place.x + 0.125)])
    assert (moved != draw(scene)).any()
    other = a_scene("cat", size="small", colour="blue")
    columns = [
        np.nonzero((picture != as_blue).any(axis=2))[1].mean()
        for picture, as_blue in (
            (draw(scene), draw(other)),
            (moved, draw(other, 64, [replace(place, x=place.x + 0.125)])),
        )
    ]
    assert columns[1] - columns[0] == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize("relation", RELATIONS[1:])
def test_the_first_thing_is_left_upper_or_in_front(relation):
    rng = np.random.default_rng(7)
    for _ in range(30):
        scene = sample_scene(rng)
        while scene.relation != relation or scene.weather != "clear":
            scene = sample_scene(rng)
        middles = []
        for slot in range(2):
            recoloured = list(scene.things)
            colour = "green" if recoloured[slot].colour != "green" else "pink"
            recoloured[slot] = Thing(recoloured[slot].kind, colour, recoloured[slot].size)
            other = Scene(tuple(recoloured), *scene.description[1:], variation=scene.variation)  # type: ignore[arg-type]
            rows, columns = np.nonzero(_differs(scene, other))
            middles.append((columns.mean(), rows.mean()))
        (x0, y0), (x1, y1) = middles
        if relation == "left of":
            assert x0 + 12 < x1
        elif relation == "above":
            assert y0 + 12 < y1
            assert abs(x0 - x1) < 22
        else:
            # In front is lower; and the recoloured pixels of both are visible.
            assert y0 > y1 + 4


def features_of(images: np.ndarray) -> np.ndarray:
    """Return something of pictures that tells them apart: the mean of each quarter of each channel."""
    assert images.dtype == np.uint8
    assert images.shape[1:] == (64, 64, 3)
    return images.reshape(-1, 2, 32, 2, 32, 3).mean(axis=(2, 4)).reshape(len(images), 12)


@pytest.fixture(scope="module")
def scenes_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    build_scenes(folder, features_of, limit=120)
    return folder


@pytest.mark.slow
def test_the_files_are_read_by_the_reader_of_the_coco_files(scenes_folder, splits):
    data = CaptionData(scenes_folder, pca_features=False)
    assert set(data.splits) == set(splits)
    for split in data.splits:
        scenes = load_scenes(scenes_folder, split)
        assert scenes == splits[split][:120]
        assert data.captions(split).shape == (600, 18)
        np.testing.assert_array_equal(data.image_idxs(split), np.repeat(np.arange(120), 5))
        assert len(data.urls(split)) == data.n_images(split) == 120
        last = data.captions(split)[-5:]
        words = [" ".join(data.idx_to_word[word] for word in row if word > 2) for row in last]
        assert words == describe(scenes[-1])
        expected = features_of(draw(scenes[-1])[None])
        np.testing.assert_allclose(data.features(split, np.array([119])), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "missing"),
        ("{", "holds no scenes"),
        ("[]", "holds no scenes"),
        ('{"test": [{"things": []}]}', "holds no scenes"),
        ('{"train": []}', "no split 'test'; it has train"),
    ],
)
def test_a_damaged_scenes_file_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "scenes.json").write_text(content)
    with pytest.raises(InputError, match=message):
        load_scenes(tmp_path, "test")


@pytest.fixture
def few_scenes(monkeypatch, splits):
    """The command with the first twenty scenes of each split."""
    monkeypatch.setattr(
        command, "make_splits", lambda: {split: scenes[:20] for split, scenes in splits.items()}
    )


@pytest.mark.usefixtures("few_scenes")
def test_the_command_prints_statistics():
    result = CliRunner().invoke(command.main, [])
    assert result.exit_code == 0, result.output
    assert re.search(r"\| train +\| +20 \|", result.output)
    assert f"Vocabulary: {len(vocabulary())} words" in result.output


@pytest.mark.usefixtures("few_scenes")
def test_the_command_draws_a_contact_sheet(tmp_path):
    path = tmp_path / "sheet.png"
    arguments = ["--sheet", str(path), "--count", "3", "--columns", "2", "--size", "96"]
    result = CliRunner().invoke(command.main, arguments)
    assert result.exit_code == 0, result.output
    with Image.open(path) as sheet:
        assert sheet.width == 2 * 112 + 16
        assert len(sheet.getcolors(maxcolors=2**20)) > 1000
