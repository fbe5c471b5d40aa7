"""One style for every figure: colours for light and dark paper, fonts, and how a figure is written.

Nothing but colour ever tells two things apart: a line has its dashes, a bar its mark, a path its width.
The colours of the cells stay distinct for colour-blind readers (a test simulates it) and stand out
from the paper by at least 3:1, text by 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.typing import ColorType

from captioning.errors import InputError
from captioning.files import atomic_write

FORMATS = ("png", "svg", "pdf")
DASHES: dict[str, str] = {"rnn": ":", "lstm": "-", "gru": "--"}
# It comes with Matplotlib, so that a figure looks the same everywhere.
FONT = "DejaVu Sans"
# In points.
TEXT, SMALL = 9, 8


@dataclass(frozen=True)
class Theme:
    """The colours of figures on one kind of paper.

    Attributes:
        name: "light" or "dark".
        paper: what the figure lies on.
        ink, quiet: text, and text of second rank.
        line: axes, grids, edges of no consequence.
        accent: what matters most in a figure; `tint` is the same, pale enough to stand behind text.
        grey: as `tint`, for what matters less.
        cells: a colour for each cell's curves.
        warm: the other end of a scale whose one end is `accent`.
    """

    name: str
    paper: str
    ink: str
    quiet: str
    line: str
    accent: str
    tint: str
    grey: str
    warm: str
    cells: dict[str, str]

    @property
    def sequential(self) -> Colormap:
        """From 0 (the paper) to 1 (the accent)."""
        return LinearSegmentedColormap.from_list("sequential", [self.paper, self.accent])

    @property
    def diverging(self) -> Colormap:
        """From -1 (warm) over 0 (the paper) to 1 (the accent)."""
        return LinearSegmentedColormap.from_list("diverging", [self.warm, self.paper, self.accent])


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1d2327",
    quiet="#5a646c",
    line="#c9d0d6",
    accent="#0b5a8f",
    tint="#bcdcf2",
    grey="#e6eaed",
    warm="#b4540a",
    cells={"rnn": "#c8641b", "lstm": "#0b5a8f", "gru": "#6d1030"},
)
DARK = Theme(
    name="dark",
    paper="#16191c",
    ink="#e8ebed",
    quiet="#a3adb5",
    line="#434b52",
    accent="#7cc0ef",
    tint="#1f4d6e",
    grey="#2b3137",
    warm="#f0a35e",
    cells={"rnn": "#f0a35e", "lstm": "#7cc0ef", "gru": "#d94f8a"},
)
THEMES: dict[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK)}


@contextmanager
def canvas(path: Path, width: float, height: float, theme: Theme = LIGHT) -> Iterator[Figure]:
    """Give an empty figure; write it to `path` when the block succeeds.

    The same figure always gives the same bytes.

    Args:
        path: its suffix is one of `FORMATS`.
        width, height: in inches.
        theme: of which paper it is.

    Raises:
        InputError: the suffix is none that we can write, the folder cannot be written, or the disk is full.
    """
    file_format = path.suffix.removeprefix(".").lower()
    if file_format not in FORMATS:
        raise InputError(
            f"cannot draw {path}: the name of a figure ends in .{', .'.join(FORMATS)}; "
            f"this one ends in {path.suffix or 'nothing'}."
        )
    with style.context(["default", settings(theme)]):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        with atomic_write(path) as temporary:
            dated = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
            figure.savefig(temporary, format=file_format, dpi=200, metadata=dated[file_format])


def in_inches(figure: Figure) -> Axes:
    """Give axes over the whole figure whose coordinates are inches from its upper left corner."""
    width, height = figure.get_size_inches()
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text of `size` points is, in inches."""
    font = FontProperties(family=FONT, weight="bold" if bold else "normal")
    return TextPath((0, 0), text, size=size, prop=font).get_extents().x1 / 72 if text.strip() else 0.0


def contrast(one: ColorType, other: ColorType) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: ColorType, theme: Theme) -> str:
    """Return the theme's colour for text that stands out more from this background."""
    return max((theme.ink, theme.paper), key=lambda color: contrast(color, background))


def _luminance(color: ColorType) -> float:
    """Return the relative luminance (WCAG 2.2) of a colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def settings(theme: Theme) -> dict[str, object]:
    """Return the rcParams of a theme, for ``matplotlib.style.context``."""
    return {
        "font.family": FONT,
        "font.size": TEXT,
        "axes.titlesize": TEXT,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": TEXT,
        "axes.labelcolor": theme.quiet,
        "axes.edgecolor": theme.line,
        "axes.facecolor": theme.paper,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": theme.paper,
        "grid.color": theme.line,
        "grid.linewidth": 0.5,
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "text.color": theme.ink,
        # Letters are as wide as text_width says, in every format.
        "text.hinting": "none",
        # A dollar in a caption is a dollar.
        "text.parse_math": False,
        "xtick.color": theme.line,
        "xtick.labelcolor": theme.quiet,
        "xtick.labelsize": SMALL,
        "ytick.color": theme.line,
        "ytick.labelcolor": theme.quiet,
        "ytick.labelsize": SMALL,
        "svg.hashsalt": "captioning",
    }
