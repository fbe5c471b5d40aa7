"""A figure as a page shows it: SVG inside the page, in the colours of the page's theme.

Matplotlib draws with the colours of the light theme, so that a figure is right in a notebook. On a page each
of them becomes a variable, `--figure-ink` and so on, whose value a style sheet gives for light and for dark.
"""

import base64
import io
import re
from collections.abc import Iterator
from itertools import pairwise
from math import cos, radians, sin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PIL import Image

from captioning.errors import InputError
from captioning.figures.style import DARK, LIGHT, Theme

COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
GREYS = ("ink", "quiet", "line", "grey", "paper")
NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
# Inside `url(…)`, or the whole of an href: a colour in the same style has the same mark.
REFERENCE = re.compile(r"(?<=url\(#)[\w.-]+|(?<=^#)[\w.-]+$")
TRANSFORM = re.compile(r"(translate|rotate|scale)\(([^)]*)\)")
# A letter's width in units of its em, where it is the last of a text: about that of the widest.
LETTER = 0.75
# In points: what is narrower is a bar of colours or the like, and stays with what it stands beside.
NARROWEST = 90
PIXELS_PER_POINT = 4 / 3


def variables(theme: Theme) -> dict[str, str]:
    """Return the colours of a theme by the names of their variables."""
    # The colour of the LSTM is the accent: one colour, one variable.
    cells = {"rnn": theme.cells["rnn"], "gru": theme.cells["gru"]}
    names = ("paper", "ink", "quiet", "line", "accent", "tint", "grey", "warm")
    return {
        f"--figure-{name}": colour for name, colour in ({n: getattr(theme, n) for n in names} | cells).items()
    }


def style_sheet() -> str:
    """Return the variables' values: in the light and in print, and in the dark, on the page's own ground."""
    light = "".join(f"{name}:{colour};" for name, colour in variables(LIGHT).items())
    dark = variables(DARK) | {"--figure-paper": "var(--pst-color-background)"}
    dim = "".join(f"{name}:{colour};" for name, colour in dark.items())
    return f':root{{{light}}}@media screen{{html[data-theme="dark"]{{{dim}}}}}'


def inline_svg(svg: str, label: str, name: str) -> str:
    """Return a figure of Matplotlib's as HTML.

    Panels that stand side by side are pictures of their own, which a narrow page shows below each other.

    Args:
        svg: what Matplotlib has written.
        label: what the figure shows, for those who do not see it.
        name: the figure's, once on a page; it becomes part of all ids.

    Raises:
        InputError: it has a colour that is none of the house's, and would not follow the theme.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {key.rpartition("}")[2]: value for key, value in element.items()}
        element.text = element.tail = None
    _, _, width, height = (float(side) for side in root.attrib["viewBox"].split())
    _drop(root, "metadata", "style")
    _keep_used_ids(root, name)
    for picture in root.iter("image"):
        _in_fewer_bytes(picture)
    for element in root.iter():
        _in_colours_of_the_page(element)
        _in_short_numbers(element)
    cuts = [0.0, *_cuts(root), width]
    drawing = next(child for child in root if child.tag == "g")
    defs = [child for child in root if child.tag == "defs"]
    pieces = []
    for left, right in pairwise(cuts):
        # The panels share one drawing: the others show another part of the first one's.
        inside = [*defs, drawing] if left == 0 else [Element("use", href=f"#{drawing.attrib['id']}")]
        pieces.append(_svg(inside, left, right, height))
    # A single picture scrolls where it is too wide.
    frame = Element("div", {"class": "figure-scrolls" if len(pieces) == 1 else "figure-panels"})
    frame.extend(pieces)
    if len(pieces) == 1:
        pieces[0].attrib |= {"role": "img", "aria-label": label}
    else:
        frame.attrib |= {"role": "img", "aria-label": label}
        for piece in pieces:
            piece.set("aria-hidden", "true")
    return _text(frame)


def _svg(inside: list[Element], left: float, right: float, height: float) -> Element:
    width = right - left
    pixels = f"{width * PIXELS_PER_POINT:.0f}"
    piece = Element(
        "svg",
        {
            "class": "figure",
            "viewBox": f"{left:.4g} 0 {width:.4g} {height:.4g}",
            "width": pixels,
            "height": f"{height * PIXELS_PER_POINT:.0f}",
            # Beside each other panels keep their proportions.
            "style": f"--width:{pixels}px;flex-grow:{pixels}",
        },
    )
    piece.extend(inside)
    return piece


def _text(element: Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def _drop(root: Element, *tags: str) -> None:
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in tags]:
            parent.remove(child)


def _keep_used_ids(root: Element, name: str) -> None:
    """Leave the ids that something refers to, and the figure's, each as a number with the name before it."""
    used = {"figure_1"}
    for element in root.iter():
        for key, value in element.items():
            if key == "href" or "url(#" in value:
                used |= set(REFERENCE.findall(value))
    short = {own: f"{name}-{number}" for number, own in enumerate(sorted(used))}
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in used:
            element.set("id", short[own])
        for key, value in element.items():
            if key == "href" or "url(#" in value:
                element.set(key, REFERENCE.sub(lambda match: short[match[0]], value))


def _in_fewer_bytes(picture: Element) -> None:
    """Write a picture as WebP, which loses nothing either, and is a third smaller than PNG.

    With all effort it would be smaller by another 7 %, and the book would take half a minute longer.
    """
    data = base64.b64decode(picture.attrib["href"].partition("base64,")[2])
    file = io.BytesIO()
    Image.open(io.BytesIO(data)).save(file, "WEBP", lossless=True, quality=50, method=4, exact=True)
    picture.set("href", "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode())


def _in_colours_of_the_page(element: Element) -> None:
    for attribute in ("fill", "stroke"):
        if COLOUR.fullmatch(element.get(attribute, "")):
            element.set("style", f"{attribute}: {element.attrib.pop(attribute)}; {element.get('style', '')}")
    if "style" in element.attrib:
        # A reference may look like a colour.
        parts = re.split(r"(url\([^)]*\))", element.attrib["style"])
        element.set(
            "style", "".join(part if "url" in part else COLOUR.sub(_variable, part) for part in parts)
        )


def _variable(match: re.Match[str]) -> str:
    colour = match.group().lower()
    named = {value: name for name, value in variables(LIGHT).items()}
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    if red == green == blue:
        # A grey by its number, or the black of what nobody has coloured: the house has five greys.
        return f"var(--figure-{min(GREYS, key=lambda name: abs(int(getattr(LIGHT, name)[1:3], 16) - red))})"
    if colour not in named:
        ours = ", ".join(f"{name.removeprefix('--figure-')} {value}" for value, name in named.items())
        raise InputError(
            f"it has the colour {colour}, which would not follow the page's theme; expected a grey, or one "
            f"of captioning.figures.style: {ours}"
        )
    return f"var({named[colour]})"


def _in_short_numbers(element: Element) -> None:
    """Round to a hundredth of a point; what is scaled to letters is in units of which it has thousands."""
    for key in ("d", "x", "y", "width", "height"):
        if key in element.attrib:
            element.set(key, " ".join(NUMBER.sub(_shorter, element.attrib[key]).split()))
    if "transform" in element.attrib:
        element.set(
            "transform",
            TRANSFORM.sub(
                lambda match: match.group() if match[1] == "scale" else NUMBER.sub(_shorter, match.group()),
                element.attrib["transform"],
            ),
        )


def _shorter(match: re.Match[str]) -> str:
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")


# --- Where a figure can be cut


def _cuts(root: Element) -> list[float]:
    """Return where panels that stand in one row can be cut from each other, from left to right, in points."""
    figure = next(child for child in root if child.tag == "g")
    # The figure's background is its first child; each other group is one of the axes, a legend or a title.
    groups = list(figure)[1:]
    rectangles = [_rectangle(group, root) for group in groups]
    panels = [rectangle for rectangle in rectangles if rectangle is not None]
    if len(panels) < 2 or max(top for _, _, top, _ in panels) >= min(bottom for *_, bottom in panels):
        return []
    reaches = []
    for group, rectangle in zip(groups, rectangles, strict=True):
        ends = [*_texts(group), *([rectangle[:2]] if rectangle else [])]
        reaches += [(min(left for left, _ in ends), max(right for _, right in ends))] if ends else []
    clusters = _clusters(reaches)
    # What has no panel, or is too narrow to stand alone, stays with what is left of it.
    alone = [
        (left, right)
        for left, right in clusters
        if right - left >= NARROWEST and any(left <= panel[0] <= right for panel in panels)
    ]
    return [(max(right for _, right in clusters if right < left) + left) / 2 for left, _ in alone[1:]]


def _clusters(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for left, right in sorted(intervals):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _rectangle(axes: Element, root: Element) -> tuple[float, float, float, float] | None:
    """Return left, right, top and bottom of what axes clip to, or None where nothing is clipped."""
    for element in axes.iter():
        clip = REFERENCE.findall(element.get("clip-path", ""))
        if clip:
            rectangle = next(path[0] for path in root.iter("clipPath") if path.get("id") == clip[0])
            x, y, width, height = (float(rectangle.attrib[key]) for key in ("x", "y", "width", "height"))
            return x, x + width, y, y + height
    return None


def _texts(root: Element) -> Iterator[tuple[float, float]]:
    """Yield from where to where the texts reach from left to right."""
    for group in root.iter("g"):
        letters = group.findall("use")
        if not letters or "scale" not in group.get("transform", ""):
            continue
        moves = dict(TRANSFORM.findall(group.attrib["transform"]))
        size = float(moves["scale"].split()[0]) * 100
        start = float(moves["translate"].split()[0])
        angle = radians(float(moves.get("rotate", "0").split()[0]))
        length = max(_place(letter) for letter in letters) / 100 * size + LETTER * size
        ends = (start, start + length * cos(angle), start + size * sin(angle))
        yield min(ends), max(ends)


def _place(letter: Element) -> float:
    moves = dict(TRANSFORM.findall(letter.get("transform", "")))
    return float(moves["translate"].split()[0]) if "translate" in moves else float(letter.get("x", 0))
