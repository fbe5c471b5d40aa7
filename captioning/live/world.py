"""What the engine needs to know of the scenes: tables, and drawings as vectors."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from captioning.scenes import backdrop, drawing, lexicon, scene
from captioning.scenes.palette import RGB, THING_COLOURS, mix, thing_paints

# Of a corner of a thing, in units of its box: finer than what float64 keeps of it once it is drawn.
DECIMALS = 9


class _Recorder(backdrop.Canvas):
    """A canvas of the unit square that remembers what is drawn on it.

    Attributes:
        drawn: for each stroke the method of the engine's canvas, where it draws, its opacity and its width.
        colours: of each stroke.
    """

    def __init__(self) -> None:
        self.size = 1
        self.drawn: list[dict[str, Any]] = []
        self.colours: list[RGB] = []

    def fill(self, corners: list[float], colour: RGB) -> None:
        self._add(colour, does="polygon", where=corners, opacity=255)

    def disc(self, x: float, y: float, rx: float, ry: float, colour: RGB, opacity: int = 255) -> None:
        self._add(colour, does="disc", where=[x, y, rx, ry], opacity=opacity)

    def line(self, points: np.ndarray, width: float, colour: RGB, opacity: int = 255) -> None:
        where = np.asarray(points).ravel().tolist()
        self._add(colour, does="line", where=where, opacity=opacity, width=width)

    def _add(self, colour: RGB, **stroke: Any) -> None:
        self.drawn.append(stroke)
        self.colours.append(colour)


def _recorded(paint: Callable[[backdrop.Canvas, str], None], times: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the strokes of a painting, each with its colour at each time of the day.

    Raises:
        ValueError: at another time it has other strokes, not only other colours.
    """
    recorders = [_Recorder() for _ in times]
    for recorder, time in zip(recorders, times, strict=True):
        paint(recorder, time)
    if any(recorder.drawn != recorders[0].drawn for recorder in recorders):
        raise ValueError(f"{paint.__name__} draws other shapes at another time; expected other colours only")
    colours = zip(*(recorder.colours for recorder in recorders), strict=True)
    return [
        stroke | {"colours": dict(zip(times, these, strict=True))}
        for stroke, these in zip(recorders[0].drawn, colours, strict=True)
    ]


def _sky(time: str, weather: str) -> list[RGB]:
    """Return the colours of the sky at the zenith, between, and at the horizon."""
    if weather == "clear":
        return list(backdrop.SKIES[time])
    overcast, amount = backdrop.OVERCAST[weather][time], backdrop.OVERCAST_AMOUNT[weather]
    return [mix(stop, overcast, amount) for stop in backdrop.SKIES[time]]


def _sprite(kind: str, size: str) -> list[tuple[str, list[float]]]:
    """Return the paint and the corners of each polygon of a thing, in the order in which they are drawn."""
    sprite = drawing._sprite(kind, size)
    ends = [end for _, end in sprite.parts]
    polygons = np.split(sprite.points.round(DECIMALS), ends[:-1])
    return [
        (paint, points.ravel().tolist()) for (paint, _), points in zip(sprite.parts, polygons, strict=True)
    ]


def world() -> dict[str, Any]:
    """Return the tables and drawings, ready for JSON.

    Raises:
        ValueError: a land has other shapes at another time of the day.
    """
    return {
        "imageSize": drawing.IMAGE_SIZE,
        "supersampling": drawing.SUPERSAMPLING,
        "horizon": backdrop.HORIZON,
        "skies": {weather: {time: _sky(time, weather) for time in scene.TIMES} for weather in scene.WEATHERS},
        "lights": {time: _recorded(backdrop._lights, (time,)) for time in scene.TIMES},
        "lands": {place: _recorded(paint, scene.TIMES) for place, paint in backdrop._LANDS.items()},
        "clouds": drawing.CLOUDS,
        "cloud": drawing.CLOUD,
        "lamps": drawing.LAMPS,
        "scales": drawing.SCALES,
        "room": {
            "margin": drawing.MARGIN,
            "leastGap": drawing.LEAST_GAP,
            "apart": drawing.APART,
            "shifts": drawing.SHIFTS,
            "flyerHeights": drawing.FLYER_HEIGHTS,
            "ground": drawing.GROUND,
            "depths": drawing.DEPTHS,
        },
        "paints": {
            colour: {time: thing_paints(colour, time) for time in scene.TIMES} for colour in THING_COLOURS
        },
        "sprites": {kind: {size: _sprite(kind, size) for size in scene.SIZES} for kind in scene.KINDS},
        "kinds": {name: asdict(kind) for name, kind in scene.KINDS.items()},
        "lexicon": {
            "nouns": lexicon.NOUNS,
            "colours": lexicon.COLOUR_WORDS,
            "sizes": lexicon.SIZE_WORDS,
            "verbs": lexicon.VERBS,
            "inverses": lexicon.INVERSES,
            "relations": lexicon.RELATION_PHRASES,
            "pronouns": lexicon.PRONOUN_PHRASES,
            "settings": lexicon.settings(),
        },
    }
