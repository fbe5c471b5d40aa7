"""What lies behind the things: the sky of each time and weather, and the land or the sea."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from captioning.scenes.palette import RGB, graded, mix

HORIZON = 0.58

# From the zenith to the horizon.
SKIES: dict[str, tuple[RGB, RGB, RGB]] = {
    "day": ((74, 158, 228), (132, 196, 240), (206, 234, 248)),
    "dusk": ((84, 70, 142), (222, 116, 128), (255, 204, 138)),
    "night": ((12, 17, 50), (24, 36, 84), (52, 70, 126)),
}
# What bad weather draws the sky towards, and how far.
OVERCAST: dict[str, dict[str, RGB]] = {
    "cloudy": {"day": (158, 184, 208), "dusk": (158, 116, 136), "night": (40, 47, 80)},
    "rainy": {"day": (108, 124, 144), "dusk": (92, 76, 104), "night": (24, 28, 48)},
    "snowy": {"day": (158, 172, 196), "dusk": (158, 132, 160), "night": (66, 72, 106)},
}
OVERCAST_AMOUNT = {"cloudy": 0.5, "rainy": 0.78, "snowy": 0.72}


class Canvas:
    """A square picture that is drawn on in the unit square, y downwards."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.size = image.width
        self._opaque = ImageDraw.Draw(image)
        self._glazed = ImageDraw.Draw(image, "RGBA")

    def polygon(self, points: np.ndarray, colour: RGB) -> None:
        """Fill a polygon (n, 2)."""
        corners = (np.asarray(points) * self.size).ravel().tolist()
        self.fill(corners, colour)

    def fill(self, corners: list[float], colour: RGB) -> None:
        """Fill a polygon whose corners x, y, x, y, ... are in pixels."""
        self._opaque.polygon(corners, fill=colour)

    def disc(self, x: float, y: float, rx: float, ry: float, colour: RGB, opacity: int = 255) -> None:
        """Fill an ellipse around (x, y)."""
        box = [(x - rx) * self.size, (y - ry) * self.size, (x + rx) * self.size, (y + ry) * self.size]
        if opacity == 255:
            self._opaque.ellipse(box, fill=colour)
        else:
            self._glazed.ellipse(box, fill=(*colour, opacity))

    def bar(self, left: float, top: float, right: float, bottom: float, colour: RGB) -> None:
        """Fill an upright rectangle."""
        self.polygon(np.array([(left, top), (right, top), (right, bottom), (left, bottom)]), colour)

    def line(self, points: np.ndarray, width: float, colour: RGB, opacity: int = 255) -> None:
        """Draw a line through the points (n, 2)."""
        corners = (np.asarray(points) * self.size).ravel().tolist()
        self._glazed.line(corners, fill=(*colour, opacity), width=max(1, round(width * self.size)))


def scattered(rng: np.random.Generator, columns: int, rows: int, top: float, bottom: float) -> np.ndarray:
    """Return points (columns * rows, 2) across the picture, one somewhere in each cell of a grid."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    cells = np.stack([x.ravel(), y.ravel()], axis=1) + rng.random((columns * rows, 2))
    return cells / (columns, rows) * (1, bottom - top) + (0, top)


def _gradient(size: int, stops: list[tuple[float, RGB]]) -> np.ndarray:
    """Return (size, size, 3) uint8: colours between the stops (height from the top, colour)."""
    heights = (np.arange(size) + 0.5) / size
    at, colours = [stop[0] for stop in stops], np.array([stop[1] for stop in stops], float)
    column = np.stack([np.interp(heights, at, colours[:, channel]) for channel in range(3)], axis=1)
    return np.broadcast_to(np.rint(column).astype(np.uint8)[:, None], (size, size, 3))


def _ridge(canvas: Canvas, knots: list[tuple[float, float]], colour: RGB) -> None:
    """Fill what lies below the smooth line through the knots, which goes from edge to edge."""
    x, y = np.array(knots).T
    at = np.linspace(x[0], x[-1], 60)
    # Cosine interpolation: hills with flat tops and no overshoot.
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    t = (1 - np.cos(np.pi * (at - x[i]) / (x[i + 1] - x[i]))) / 2
    line = np.stack([at, y[i] + (y[i + 1] - y[i]) * t], axis=1)
    canvas.polygon(np.concatenate([line, [(1, 1), (0, 1)]]), colour)


def _meadow(canvas: Canvas, time: str) -> None:
    rng = np.random.default_rng(1)
    _ridge(canvas, [(0, 0.52), (0.3, 0.58), (0.68, 0.5), (1, 0.56)], graded((158, 200, 150), time))
    _ridge(canvas, [(0, 0.6), (0.35, 0.55), (0.8, 0.62), (1, 0.58)], graded((166, 208, 126), time))
    _ridge(canvas, [(0, 0.66), (0.5, 0.62), (1, 0.7)], graded((182, 216, 120), time))
    _ridge(canvas, [(0, 0.84), (0.4, 0.8), (1, 0.88)], graded((166, 204, 104), time))
    for x, y in scattered(rng, 8, 5, 0.69, 0.99):
        blade = np.array(
            [(x - 0.008, y), (x - 0.004, y - 0.028), (x, y), (x + 0.006, y - 0.022), (x + 0.01, y)]
        )
        canvas.polygon(blade, graded((132, 178, 86), time))


def _sea(canvas: Canvas, time: str) -> None:
    rng = np.random.default_rng(2)
    bands = [(116, 196, 206), (98, 182, 196), (82, 168, 186), (68, 154, 174)]
    for i, colour in enumerate(bands):
        top = HORIZON + (0, 0.05, 0.14, 0.27)[i]
        x = np.linspace(0, 1, 80)
        wave = top + (0, 0.004, 0.007, 0.01)[i] * np.sin(x * (0, 44, 30, 22)[i] + i)
        canvas.polygon(np.concatenate([np.stack([x, wave], 1), [(1, 1), (0, 1)]]), graded(colour, time))
    for x, y in scattered(rng, 5, 6, HORIZON + 0.03, 0.99):
        length = 0.02 + 0.09 * (y - HORIZON)
        at = np.linspace(0, 1, 9)
        crest = np.stack([x + at * 2 * length, y - np.sin(at * np.pi) * 0.012], axis=1)
        canvas.line(crest, 0.006, graded((190, 230, 232), time), 170)


def _desert(canvas: Canvas, time: str) -> None:
    sand = graded((240, 212, 158), time)
    shadow = graded((216, 176, 122), time)
    _ridge(
        canvas, [(0, 0.56), (0.2, 0.5), (0.5, 0.58), (0.82, 0.52), (1, 0.56)], graded((230, 196, 142), time)
    )
    _ridge(canvas, [(0, 0.62), (0.3, 0.64), (0.66, 0.56), (1, 0.64)], sand)
    _ridge(canvas, [(0, 0.7), (0.26, 0.64), (0.6, 0.72), (1, 0.66)], mix(sand, shadow, 0.35))
    _ridge(canvas, [(0, 0.78), (0.5, 0.74), (1, 0.8)], sand)
    for y in (0.8, 0.86, 0.93):
        x = np.linspace(0, 1, 60)
        canvas.line(np.stack([x, y + 0.012 * np.sin(9 * x + 20 * y)], 1), 0.005, shadow, 150)


def _city(canvas: Canvas, time: str) -> None:
    rng = np.random.default_rng(3)
    lit = (255, 224, 130) if time != "day" else (214, 230, 240)
    for layer, tone in enumerate([(170, 182, 204), (136, 150, 180)]):
        x = -0.03
        while x < 1:
            width = rng.uniform(0.08, 0.14)
            top = HORIZON - (rng.uniform(0.12, 0.26), rng.uniform(0.0, 0.16))[layer]
            canvas.bar(x, top, x + width - 0.008 * layer, 0.74, graded(tone, time))
            for row in np.arange(top + 0.025, 0.66, 0.042):
                for column in np.arange(x + 0.016, x + width - 0.03, 0.032):
                    if rng.random() < (0.35, 0.6)[layer]:
                        glow = mix(graded(tone, time), lit, (0.4, 0.7)[layer])
                        canvas.bar(column, row, column + 0.014, row + 0.02, glow)
            x += width
    canvas.bar(0, 0.7, 1, 1, graded((206, 204, 206), time))
    canvas.bar(0, 0.7, 1, 0.715, graded((160, 160, 168), time))
    canvas.bar(0, 0.95, 1, 1, graded((116, 118, 130), time))
    for x in np.arange(0.02, 1, 0.2):
        canvas.bar(x, 0.972, x + 0.1, 0.98, graded((236, 232, 214), time))
    for x in np.arange(-0.4, 1.5, 0.14):
        seam = np.array([(0.5 + (x - 0.5) * 0.8, 0.715), (0.5 + (x - 0.5) * 1.4, 0.95)])
        canvas.line(seam, 0.004, graded((184, 182, 186), time))


def _mountains(canvas: Canvas, time: str) -> None:
    snow = graded((250, 252, 255), time)
    for x, y, width, tone in [
        (0.16, 0.3, 0.34, (150, 162, 194)), (0.84, 0.26, 0.36, (150, 162, 194)),
        (0.5, 0.34, 0.36, (128, 140, 176)),
        (0.3, 0.44, 0.26, (112, 124, 160)), (0.7, 0.42, 0.26, (112, 124, 160)),
    ]:  # fmt: skip
        foot, cap = 0.76, y + 0.11
        slope = width / (foot - y)
        rock = graded(tone, time)
        canvas.polygon(np.array([(x, y), (x + width, foot), (x - width, foot)]), rock)
        shaded = np.array([(x, y), (x + width, foot), (x + 0.15 * width, foot), (x + 0.02, y + 0.16)])
        canvas.polygon(shaded, mix(rock, (20, 24, 60), 0.16))
        reach = slope * (cap - y)
        teeth = [(x + reach, cap), (x + 0.5 * reach, cap - 0.03), (x + 0.2 * reach, cap + 0.02)]
        teeth += [(x - 0.2 * reach, cap - 0.025), (x - 0.55 * reach, cap + 0.02), (x - reach, cap)]
        canvas.polygon(np.array([(x, y), *teeth]), snow)
    _ridge(canvas, [(0, 0.66), (0.3, 0.62), (0.7, 0.68), (1, 0.63)], graded((224, 234, 246), time))
    _ridge(canvas, [(0, 0.74), (0.45, 0.78), (1, 0.71)], graded((210, 222, 240), time))
    _ridge(canvas, [(0, 0.86), (0.5, 0.8), (1, 0.86)], graded((222, 232, 246), time))


_LANDS = {"sea": _sea, "meadow": _meadow, "desert": _desert, "city": _city, "mountains": _mountains}


def _lights(canvas: Canvas, time: str) -> None:
    """Draw what a clear sky shows: the sun, or the moon and the stars."""
    if time == "day":
        for radius, opacity in ((0.13, 60), (0.1, 90)):
            canvas.disc(0.85, 0.14, radius, radius, (255, 246, 200), opacity)
        canvas.disc(0.85, 0.14, 0.07, 0.07, (255, 240, 150))
    elif time == "dusk":
        for radius, opacity in ((0.2, 50), (0.15, 80)):
            canvas.disc(0.84, 0.52, radius, radius, (255, 226, 150), opacity)
        canvas.disc(0.84, 0.52, 0.1, 0.1, (255, 236, 170))
    else:
        rng = np.random.default_rng(4)
        for x, y in scattered(rng, 10, 6, 0.0, 0.52):
            radius = float(rng.choice([0.0035, 0.005, 0.008]))
            canvas.disc(x, y, radius, radius, (250, 246, 214))
        canvas.disc(0.86, 0.14, 0.12, 0.12, (200, 210, 240), 40)
        canvas.disc(0.86, 0.14, 0.068, 0.068, (252, 246, 214))
        for x, y, radius in ((0.835, 0.125, 0.016), (0.88, 0.165, 0.012), (0.875, 0.11, 0.009)):
            canvas.disc(x, y, radius, radius, (232, 222, 186))


def paint_backdrop(background: str, time: str, weather: str, size: int) -> Image.Image:
    """Return a picture (size, size) of the background without things, clouds, rain or snow."""
    stops = list(SKIES[time])
    if weather != "clear":
        stops = [mix(stop, OVERCAST[weather][time], OVERCAST_AMOUNT[weather]) for stop in stops]
    sky = _gradient(size, list(zip((0.0, 0.34, HORIZON), stops, strict=True)))
    canvas = Canvas(Image.fromarray(np.ascontiguousarray(sky)))
    if weather == "clear":
        _lights(canvas, time)
    _LANDS[background](canvas, time)
    return canvas.image


# All the backdrops of the pictures that the network sees.
cached_backdrop = lru_cache(maxsize=64)(paint_backdrop)
