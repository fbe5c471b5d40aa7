"""What a scene is: a small record, the words for its attributes, how scenes are sampled and split.

A scene is sensible by construction: boats float, birds fly, camels walk in the desert, no snow falls
there, and no two things of a scene are of the same kind. `things[0]` is always the left one, the upper
one or the one in front, as `relation` says, so a picture determines every field except `variation`.
"""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
SIZES = ("small", "large")
BACKGROUNDS = ("sea", "meadow", "desert", "city", "mountains")
TIMES = ("day", "dusk", "night")
WEATHERS = ("clear", "cloudy", "rainy", "snowy")
# How things[0] stands to things[1].
RELATIONS = ("alone", "left of", "above", "in front of")
RELATION_WEIGHTS = (0.2, 0.3, 0.25, 0.25)
RELATION_LIMITS = tuple(accumulate(RELATION_WEIGHTS))


@dataclass(frozen=True)
class Kind:
    """What one kind of thing is like.

    `layer` is where it is: "air", "land" or "water". `places` are its backgrounds. A `tall` kind can
    stand behind a small thing; a `fair_weather` kind is not out in rain or snow.
    """

    layer: str
    places: tuple[str, ...]
    tall: bool = False
    fair_weather: bool = False


KINDS: dict[str, Kind] = {
    "balloon": Kind("air", BACKGROUNDS, fair_weather=True),
    "bird": Kind("air", BACKGROUNDS),
    "butterfly": Kind("air", ("meadow", "city", "mountains"), fair_weather=True),
    "kite": Kind("air", ("sea", "meadow", "city", "mountains"), fair_weather=True),
    "plane": Kind("air", BACKGROUNDS),
    "boat": Kind("water", ("sea",)),
    "duck": Kind("water", ("sea",)),
    "lighthouse": Kind("water", ("sea",), tall=True),
    "ship": Kind("water", ("sea",), tall=True),
    "whale": Kind("water", ("sea",)),
    "camel": Kind("land", ("desert",)),
    "car": Kind("land", ("meadow", "desert", "city", "mountains")),
    "castle": Kind("land", ("meadow", "desert", "mountains"), tall=True),
    "cat": Kind("land", ("meadow", "city")),
    "elephant": Kind("land", ("meadow", "desert")),
    "flower": Kind("land", ("meadow", "city")),
    "horse": Kind("land", ("meadow", "desert", "city", "mountains")),
    "house": Kind("land", ("meadow", "desert", "city", "mountains"), tall=True),
    "rabbit": Kind("land", ("meadow", "mountains")),
    "sheep": Kind("land", ("meadow", "mountains")),
    "tree": Kind("land", ("meadow", "city", "mountains"), tall=True),
    "windmill": Kind("land", ("meadow", "mountains"), tall=True),
}

# The weather a background may have: it does not rain in the desert, nor on snow.
WEATHERS_OF: dict[str, tuple[str, ...]] = {
    "sea": WEATHERS,
    "meadow": WEATHERS,
    "desert": ("clear", "cloudy"),
    "city": WEATHERS,
    "mountains": ("clear", "cloudy", "snowy"),
}
WET = frozenset({"rainy", "snowy"})

# Combinations that only the split `unseen` holds. No kind is named twice, every colour once or twice.
HELD_OUT: frozenset[tuple[str, str]] = frozenset(
    {
        ("balloon", "white"),
        ("boat", "purple"),
        ("car", "green"),
        ("cat", "purple"),
        ("duck", "blue"),
        ("elephant", "yellow"),
        ("house", "pink"),
        ("kite", "green"),
        ("plane", "yellow"),
        ("rabbit", "orange"),
        ("tree", "red"),
        ("whale", "orange"),
    }
)

LABELS: dict[str, tuple[str, ...]] = {
    "kind_0": tuple(KINDS),
    "colour_0": COLOURS,
    "size_0": SIZES,
    "kind_1": ("none", *KINDS),
    "colour_1": ("none", *COLOURS),
    "size_1": ("none", *SIZES),
    "relation": RELATIONS,
    "background": BACKGROUNDS,
    "time": TIMES,
    "weather": WEATHERS,
}

# How many scenes are drawn for which split, in this order. The larger part of `train` comes last: so `train`
# can grow or shrink, while the other splits stay what the shipped VGG16 has never seen.
HELPINGS = (("train", 6000), ("val", 500), ("test", 1000), ("unseen", 500), ("train", 10000))


@dataclass(frozen=True)
class Thing:
    """A thing of a scene; the fields are keys of `KINDS`, `COLOURS` and `SIZES`."""

    kind: str
    colour: str
    size: str

    def __str__(self) -> str:
        return f"{self.size} {self.colour} {self.kind}"


@dataclass(frozen=True)
class Scene:
    """One or two things, how `things[0]` stands to `things[1]`, where, when and in which weather.

    `variation` seeds what no caption speaks of: exact places, poses, clouds.
    """

    things: tuple[Thing, ...]
    relation: str
    background: str
    time: str
    weather: str
    variation: int

    @property
    def description(self) -> tuple[object, ...]:
        """Everything but `variation`: two scenes are the same scene when these are equal."""
        return self.things, self.relation, self.background, self.time, self.weather


# The scene that the figures of chapters 10 to 17 show. No network of the course has seen it: it is the first
# of the split `test`.
EXAMPLE = Scene(
    (Thing("balloon", "blue", "large"), Thing("car", "yellow", "small")),
    "above",
    "meadow",
    "dusk",
    "clear",
    431153949,
)


def scene_to_record(scene: Scene) -> dict[str, Any]:
    """Return the scene as plain dictionaries, lists, strings and numbers, for JSON."""
    return asdict(scene)


def scene_from_record(record: Mapping[str, Any]) -> Scene:
    """Return the scene that `scene_to_record` wrote.

    Raises:
        KeyError, TypeError: the record lacks a field, or has one too many.
    """
    return Scene(**{**record, "things": tuple(Thing(**thing) for thing in record["things"])})


def scene_labels(scene: Scene) -> dict[str, int]:
    """Return the index of each attribute of the scene in `LABELS`; of a missing second thing, "none"."""
    values = {"relation": scene.relation, "background": scene.background}
    values |= {"time": scene.time, "weather": scene.weather}
    for slot in range(2):
        thing = scene.things[slot] if slot < len(scene.things) else Thing("none", "none", "none")
        values |= {f"kind_{slot}": thing.kind, f"colour_{slot}": thing.colour, f"size_{slot}": thing.size}
    return {head: LABELS[head].index(values[head]) for head in LABELS}


T = TypeVar("T")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of the options, each as likely as the others."""
    return options[int(rng.integers(len(options)))]


def can_stand(relation: str, first: Kind, second: Kind) -> bool:
    """Whether a thing of the first kind can stand so to one of the second, and be seen to."""
    if relation == "left of":
        return first.layer == second.layer
    if relation == "above":
        return first.layer == "air" and second.layer != "air"
    return first.layer == second.layer != "air" and second.tall


@cache
def _orders(kind: str, relation: str, background: str, weather: str) -> tuple[tuple[str, ...], ...]:
    """Return which kinds such a scene may hold, one of them the given, each in the order of `relation`."""
    out = [
        name
        for name, other in KINDS.items()
        if background in other.places and not (other.fair_weather and weather in WET)
    ]
    if kind not in out:
        return ()
    if relation == "alone":
        return ((kind,),)
    pairs = [pair for name in out if name != kind for pair in ((kind, name), (name, kind))]
    return tuple(pair for pair in pairs if can_stand(relation, *(KINDS[name] for name in pair)))


def sample_scene(rng: np.random.Generator, *, unseen: bool = False) -> Scene:
    """Draw a sensible scene.

    Args:
        rng: its next numbers determine the scene.
        unseen: whether the scene holds a combination of `HELD_OUT` (at least one, or none at all).
    """
    relation = RELATIONS[bisect(RELATION_LIMITS, rng.random())]
    while True:
        kind = pick(rng, sorted(HELD_OUT))[0] if unseen else pick(rng, tuple(KINDS))
        background = pick(rng, KINDS[kind].places)
        weather = pick(rng, WEATHERS_OF[background])
        time = pick(rng, TIMES)
        orders = _orders(kind, relation, background, weather)
        if not orders:
            continue
        kinds = pick(rng, orders)
        colours = [pick(rng, COLOURS) for _ in kinds]
        # What stands in front is small and what stands behind is large, so that both can be seen.
        sizes = SIZES if relation == "in front of" else [pick(rng, SIZES) for _ in kinds]
        things = tuple(Thing(*fields) for fields in zip(kinds, colours, sizes, strict=True))
        if unseen == any((thing.kind, thing.colour) in HELD_OUT for thing in things):
            return Scene(things, relation, background, time, weather, int(rng.integers(2**31)))


def distinct_scenes(count: int, sample: Callable[[], Scene], used: set[tuple[object, ...]]) -> list[Scene]:
    """Return `count` scenes with descriptions that are not in `used`, and add them to it."""
    scenes: list[Scene] = []
    while len(scenes) < count:
        scene = sample()
        if scene.description not in used:
            used.add(scene.description)
            scenes.append(scene)
    return scenes


def make_splits(helpings: Sequence[tuple[str, int]] = HELPINGS, seed: int = 0) -> dict[str, list[Scene]]:
    """Return the scenes of each split; no description occurs twice, within a split or across.

    Args:
        helpings: splits and how many scenes are drawn for them, one after the other. Scenes of the split
            named `unseen` all hold a combination of `HELD_OUT`, scenes of the others never do.
        seed: determines everything. A helping's scenes depend on the helpings before it.
    """
    rng = np.random.default_rng(seed)
    used: set[tuple[object, ...]] = set()
    splits: dict[str, list[Scene]] = {}
    for split, count in helpings:
        sample = partial(sample_scene, rng, unseen=split == "unseen")
        splits.setdefault(split, []).extend(distinct_scenes(count, sample, used))
    return splits
