"""Views that a reader moves by hand: their JavaScript and what they are given, as a piece of a page.

The JavaScript is in ``book/_views/``; what makes elements is that of the widgets. A page holds it as one
script of its own, which also works where it is opened from the disk, and which no other page carries.
"""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene, Thing
from coursebuilder.errors import ChapterError
from coursebuilder.plain import BOOK

FOLDER = BOOK / "_views"
STYLE_SHEET = FOLDER / "views.css"
IMPORT = re.compile(r'^import .* from "(\.[\w./]*\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ", re.MULTILINE)
# Whole lines of them.
COMMENT = re.compile(r"^ *(?://.*|/\*\*(?s:.*?)\*/)\n", re.MULTILINE)
# What a notebook, which has no views, says in their place.
TITLES = {
    "sliding_filter": "a filter that slides over a scene",
    "lstm_step": "one step of an LSTM",
    "gru_step": "one step of a GRU",
    "beam_tree": "beam search as a tree, with six numbers",
}
PIXELS = 32


def _scene() -> dict[str, object]:
    """Return a scene's pixels in grey, a byte for each: in hundredths, so that what is shown is exact."""
    boat, lighthouse = Thing("boat", "red", "large"), Thing("lighthouse", "white", "large")
    scene = Scene((boat, lighthouse), "left of", "sea", "day", "clear", variation=1)
    grey = draw(scene, PIXELS).mean(axis=2) / 255
    hundredths = (100 * grey).round().astype(np.uint8)
    return {"hundredths": base64.b64encode(hundredths.tobytes()).decode(), "size": PIXELS}


# What a view is given as data, computed when the page is made.
DATA: dict[str, Callable[[], object]] = {"sliding_filter": _scene}


def require_view(name: str, where: str) -> None:
    """Hold a chapter to views that there are.

    Raises:
        ChapterError: there is none of this name.
    """
    if name not in TITLES:
        raise ChapterError(f"{where}: there is no view {name!r}; there are {', '.join(TITLES)}")


def files(name: str) -> list[Path]:
    """Return the modules of a view, each after those that it imports."""
    return _with_imports(FOLDER / f"{name}.js")


def _with_imports(path: Path) -> list[Path]:
    imported = [(path.parent / other).resolve() for other in IMPORT.findall(path.read_text(encoding="utf-8"))]
    return list(dict.fromkeys([file for other in imported for file in _with_imports(other)] + [path]))


def script(name: str) -> str:
    """Return a view's JavaScript as one script, without comments, which defines all that its modules do."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in files(name))
    for left_out in (IMPORT, EXPORT, COMMENT):
        text = left_out.sub("", text)
    return text


def html(name: str, without: str) -> str:
    """Return a view as a piece of a page, where it stands once.

    Args:
        name: the view's.
        without: what a reader without JavaScript can look at instead.
    """
    # A closing tag in the data must not end the script.
    data = json.dumps(DATA[name](), separators=(",", ":")).replace("<", "\\u003c") if name in DATA else ""
    given = f", {data}" if data else ""
    style = STYLE_SHEET.read_text(encoding="utf-8")
    return (
        f'<noscript><p>This needs JavaScript. {without}</p></noscript>\n<div id="view-{name}"></div>\n'
        f'<style>\n{style}</style>\n<script type="module">\n{script(name)}\n'
        f'render(document.getElementById("view-{name}"){given});\n</script>\n'
    )
