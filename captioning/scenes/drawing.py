"""Draw a scene at any size: for the network at 64 pixels, for people at 512."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from captioning.scenes.backdrop import Canvas, cached_backdrop, paint_backdrop, scattered
from captioning.scenes.outlines import outset
from captioning.scenes.palette import RGB, thing_paints
from captioning.scenes.scene import KINDS, Scene, Thing
from captioning.scenes.things import SHAPES

# Every picture is drawn this many times larger, and averaged down.
SUPERSAMPLING = 4
# Height and width, in pixels, at which the networks of the course see a scene.
IMAGE_SIZE = 64
# The side of a thing's unit box, and the width of its outline, as shares of the picture's width.
SCALES = {"small": 0.235, "large": 0.43}
OUTLINE = 0.009

# Where things may be, as shares of the picture's side, y downwards. The middles of all things keep away from
# the left and the right border.
MARGIN = 0.15
# The least distance between things side by side, and the same as a share of their mean side.
LEAST_GAP, APART = 0.25, 0.85
# How far things[0] is beside things[1], to either side.
SHIFTS = {"above": (0.0, 0.3), "in front of": (0.06, 0.2)}
# The middle of what flies; the foot of what stands, and of things[0] and things[1] where one is in front.
FLYER_HEIGHTS = {"alone": (0.24, 0.4), "left of": (0.24, 0.4), "above": (0.22, 0.32)}
GROUND = (0.87, 0.93)
DEPTHS = ((0.93, 0.97), (0.83, 0.87))

CLOUDS: dict[str, dict[str, RGB]] = {
    "cloudy": {"day": (244, 247, 251), "dusk": (236, 190, 190), "night": (98, 108, 150)},
    "rainy": {"day": (82, 94, 112), "dusk": (64, 54, 82), "night": (54, 60, 84)},
    "snowy": {"day": (214, 222, 234), "dusk": (206, 182, 200), "night": (112, 120, 156)},
}
# The discs of a cloud, in units of half its width: middle and radii.
CLOUD = ((-0.5, 0.06, 0.36, 0.28), (0.5, 0.1, 0.4, 0.24), (0.05, -0.08, 0.5, 0.42), (0, 0.18, 1, 0.2))
# Where in its box a kind has a lamp, which has a halo at night.
LAMPS = {"lighthouse": (0.0, 0.81)}


@dataclass(frozen=True)
class Place:
    """Where a thing is drawn: the middle of its foot, the side of its box, its pose."""

    x: float
    y: float
    side: float
    flip: bool
    turn: float


def places(scene: Scene, rng: np.random.Generator) -> list[Place]:
    """Return where each thing of the scene stands, in unit coordinates with y downwards.

    A thing may stand anywhere between the margins, whatever else the scene holds: the place of one thing does
    not tell how many there are.
    """
    sides = [SCALES[thing.size] * rng.uniform(0.96, 1.04) for thing in scene.things]
    spots = []
    for slot, (x, thing) in enumerate(zip(_columns(scene.relation, sides, rng), scene.things, strict=True)):
        flying = KINDS[thing.kind].layer == "air"
        if flying:
            y = rng.uniform(*FLYER_HEIGHTS[scene.relation]) + sides[slot] / 2
        elif scene.relation == "in front of":
            y = rng.uniform(*DEPTHS[slot])
        else:
            y = rng.uniform(*GROUND)
        turn = rng.uniform(-7, 7) if flying else 0.0
        spots.append(Place(x, y, sides[slot], bool(rng.random() < 0.5), turn))
    return spots


def _columns(relation: str, sides: list[float], rng: np.random.Generator) -> list[float]:
    """Return how far to the right each thing of a scene is, between the margins."""
    left, right = MARGIN, 1 - MARGIN
    if relation == "left of":
        least = max(LEAST_GAP, APART * sum(sides) / 2)
        # All pairs of places that are far enough apart are equally likely, the close ones too.
        near, far = sorted(rng.uniform(left, right - least) for _ in range(2))
        return [near, far + least]
    x = rng.uniform(left, right)
    if relation == "alone":
        return [x]
    shift = (1 if rng.random() < 0.5 else -1) * rng.uniform(*SHIFTS[relation])
    # What would be beyond a margin is on the other side.
    return [x + shift if left <= x + shift <= right else x - shift, x]


@dataclass(frozen=True, eq=False)
class _Sprite:
    """All the polygons of a kind, one after the other: (n, 2) points, and per polygon its paint and end."""

    points: np.ndarray
    parts: list[tuple[str, int]]


@cache
def _sprite(kind: str, size: str) -> _Sprite:
    """Return the kind's polygons, first those of the outline, which grow with no scale."""
    distance = OUTLINE / SCALES[size]
    outlines = [("outline", outset(shape.points, distance)) for shape in SHAPES[kind]]
    polygons = outlines + [(shape.paint, shape.points) for shape in SHAPES[kind]]
    ends = np.cumsum([len(points) for _, points in polygons]).tolist()
    paints = [paint for paint, _ in polygons]
    return _Sprite(np.concatenate([points for _, points in polygons]), list(zip(paints, ends, strict=True)))


def _draw_thing(canvas: Canvas, thing: Thing, place: Place, time: str) -> None:
    sprite = _sprite(thing.kind, thing.size)
    layer = KINDS[thing.kind].layer
    if layer == "land":
        canvas.disc(place.x, place.y, 0.5 * place.side, 0.05 * place.side, (24, 22, 52), 90)
    elif layer == "water":
        canvas.disc(place.x, place.y, 0.62 * place.side, 0.07 * place.side, (236, 248, 250), 110)
        canvas.disc(
            place.x, place.y + 0.02 * place.side, 0.5 * place.side, 0.045 * place.side, (20, 60, 90), 90
        )
    if time == "night" and thing.kind in LAMPS:
        x, y = place.x + LAMPS[thing.kind][0] * place.side, place.y - LAMPS[thing.kind][1] * place.side
        for radius in (0.36, 0.24):
            canvas.disc(x, y, radius * place.side, radius * place.side, (255, 236, 160), 70)
    angle = np.radians(place.turn)
    facing = -1 if place.flip else 1
    c, s = np.cos(angle), np.sin(angle)
    # Turned about the middle of the box, then set upright: y points down in the picture.
    turn = place.side * np.array([[facing * c, -s], [-facing * s, -c]])
    points = (sprite.points - (0, 0.5)) @ turn + (place.x, place.y - place.side / 2)
    corners = (points * canvas.size).ravel().tolist()
    paints = thing_paints(thing.colour, time)
    start = 0
    for paint, end in sprite.parts:
        canvas.fill(corners[2 * start : 2 * end], paints[paint])
        start = end


def _draw_clouds(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    colour = CLOUDS[scene.weather][scene.time]
    heavy = scene.weather != "cloudy"
    if heavy:
        canvas.bar(0, 0, 1, 0.06, colour)
    middles = (0.05, 0.28, 0.5, 0.74, 0.96) if heavy else (0.14, 0.5, 0.86)
    for i, middle in enumerate(middles):
        jitter = rng.uniform(-1, 1, 3)
        x, y = middle + 0.06 * jitter[0], (0.05 if heavy else 0.15 + 0.06 * (i % 2)) + 0.03 * jitter[1]
        width = (0.2 if heavy else 0.15) * (1 + 0.15 * jitter[2])
        for dx, dy, rx, ry in CLOUD:
            canvas.disc(x + dx * width, y + dy * width, rx * width, ry * width, colour)


def _draw_fall(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Draw the rain or the snow."""
    if scene.weather == "rainy":
        for x, y in scattered(rng, 7, 8, 0.1, 0.98):
            canvas.line(np.array([(x, y), (x - 0.022, y + 0.075)]), 0.008, (206, 226, 246), 190)
    else:
        for x, y in scattered(rng, 9, 8, 0.02, 1.0):
            r = 0.006 + 0.007 * float(rng.random())
            canvas.disc(x, y, r, r, (255, 255, 255))


def draw(scene: Scene, size: int = 64, spots: list[Place] | None = None) -> np.ndarray:
    """Draw a scene; the same scene is the same picture, whatever was drawn before.

    Args:
        size: pixels of a side.
        spots: where each thing stands; by default what ``places`` says.

    Returns:
        (size, size, 3) uint8, RGB.
    """
    rng = np.random.default_rng(scene.variation)
    backdrop = cached_backdrop if size <= IMAGE_SIZE else paint_backdrop
    image = backdrop(scene.background, scene.time, scene.weather, SUPERSAMPLING * size)
    flip = Image.Transpose.FLIP_LEFT_RIGHT
    canvas = Canvas(image.transpose(flip) if rng.random() < 0.5 else image.copy())
    if scene.weather != "clear":
        _draw_clouds(canvas, scene, rng)
    usual = places(scene, rng)  # drawn in any case: rain and snow take the numbers that come after
    # From back to front: things[0] is never behind things[1].
    for thing, place in reversed(list(zip(scene.things, spots or usual, strict=True))):
        _draw_thing(canvas, thing, place, scene.time)
    if scene.weather in {"rainy", "snowy"}:
        _draw_fall(canvas, scene, rng)
    return np.array(canvas.image.reduce(SUPERSAMPLING))
