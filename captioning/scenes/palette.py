"""The colours of the pictures.

Dusk and night colour the land and the sky, never the things: a red boat is as red at night.
"""

from functools import lru_cache

from PIL import ImageColor

RGB = tuple[int, int, int]

THING_COLOURS: dict[str, RGB] = {
    "red": (216, 34, 44),
    "orange": (255, 132, 22),
    "yellow": (255, 222, 44),
    "green": (28, 150, 66),
    "blue": (32, 92, 222),
    "purple": (128, 52, 178),
    "pink": (255, 146, 196),
    "white": (250, 250, 252),
}

FIXED_PAINTS: dict[str, RGB] = {
    "ink": (44, 42, 56),
    "cream": (255, 246, 228),
    "white": (255, 255, 255),
    "wood": (134, 88, 56),
    "rock": (136, 134, 142),
    "leaf": (58, 122, 62),
    "beak": (244, 164, 50),
    "glass": (188, 224, 240),
    "foam": (226, 244, 250),
}
WINDOW: dict[str, RGB] = {"day": (150, 200, 226), "dusk": (255, 224, 138), "night": (255, 232, 128)}


def mix(one: RGB, other: RGB, amount: float) -> RGB:
    """Return the colour that lies `amount` (0 to 1) of the way from one to the other."""
    r, g, b = (round(a + (z - a) * amount) for a, z in zip(one, other, strict=True))
    return r, g, b


@lru_cache(maxsize=1000)
def thing_paints(colour: str, time: str) -> dict[str, RGB]:
    """Return the RGB of each paint of a thing, and of its "outline".

    Args:
        colour: one of ``THING_COLOURS``, or any other as "#rrggbb".
        time: of the day.
    """
    main = THING_COLOURS.get(colour) or ImageColor.getrgb(colour)[:3]
    own = {
        "main": main,
        "shade": mix(main, (40, 30, 80), 0.24 if colour != "white" else 0.18),
        "light": mix(main, (255, 255, 255), 0.25),
        "outline": mix(main, (24, 18, 48), 0.66),
    }
    return {**FIXED_PAINTS, **own, "window": WINDOW[time]}


# The light that falls on the land, and how vivid the land is in it.
LIGHT: dict[str, tuple[tuple[float, float, float], float]] = {
    "day": ((1.0, 1.0, 1.0), 1.0),
    "dusk": ((0.92, 0.74, 0.74), 1.1),
    "night": ((0.38, 0.4, 0.54), 1.6),
}


def graded(colour: RGB, time: str) -> RGB:
    """Return the colour of a piece of land at that time of day."""
    light, vividness = LIGHT[time]
    grey = sum(colour) / 3
    lit = (share * (grey + vividness * (c - grey)) for share, c in zip(light, colour, strict=True))
    r, g, b = (round(min(255.0, max(0.0, c))) for c in lit)
    return r, g, b
