"""The views of a page: what stands in the page's HTML for each, and the files that bring it to life.

A view is JavaScript that ends with a function ``show({ el, settings, ask })``: it fills the element ``el``,
and asks the engine by ``ask(question, ...files)`` (see ``engine/page.js``, ``engine/worker.js``). The page
holds a picture and a sentence; ``views/start.js`` puts a button there, and loads all else on a click. Modules
know the tables of ``tables.py`` as ``TABLES``, and what the engine exports as ``ENGINE``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from captioning.errors import InputError
from captioning.live import tables
from captioning.widgets.look import STATIC, style_sheet

HERE = Path(__file__).parent / "views"
# The folder of the files, beside the pages.
FOLDER = "captioner"

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        what: what a reader can do with it; it ends the sentence “With JavaScript you can ... here.”
        button: what stands on the button that starts it.
        modules: its JavaScript, each after those that it needs; the last has ``show``.
        settings: turns what a chapter says into what ``show`` and ``tables.still`` get; it raises InputError.
        widget: the class of ``captioning.widgets`` that takes its place in a notebook, or "".
    """

    what: str
    button: str
    modules: tuple[Path, ...]
    settings: Callable[[Settings], Settings]
    widget: str = ""


def _modules(*names: str) -> tuple[Path, ...]:
    """Return the paths of modules: “widgets/x” is one that the notebook has too."""
    return tuple(
        STATIC / f"{name.removeprefix('widgets/')}.js" if name.startswith("widgets/") else HERE / f"{name}.js"
        for name in names
    )


# What answers for a kernel, and what the sampler needs beyond.
ANSWERS = ("widgets/elements", "widgets/parts", "numbers", "reading", "session", "page_model")
SAMPLER = (*ANSWERS, "widgets/sampler", "sampler_session")
VIEWS = {
    "sampler": View(
        what="choose a picture, a captioner and a decoding, and see word by word what else might be said",
        button="Let it caption",
        modules=_modules(*SAMPLER, "show_sampler"),
        settings=tables.sampler_settings,
        widget="CaptionSampler",
    ),
    "gates": View(
        what="choose a picture, see word by word what the gates do, and hold units of a gate",
        button="Look at the gates",
        modules=_modules(*ANSWERS, "gates_view", "widgets/gates", "holding", "show_gates"),
        settings=tables.gates_settings,
        widget="GateViewer",
    ),
    "scene": View(
        what="move the things, change them, and see what the captioner says of them",
        button="Bring it to life",
        modules=_modules(*SAMPLER, "room", "show_scene"),
        settings=tables.scene_settings,
    ),
    "beam": View(
        what="choose a picture and a width, and see what the search keeps and what it leaves behind",
        button="Let it search",
        modules=_modules(*ANSWERS, "beam", "show_beam"),
        settings=tables.beam_settings,
    ),
    "covering": View(
        what="choose a picture and a word, and see where the captioner looks and what covering a cell costs",
        button="Cover a cell",
        modules=_modules(*ANSWERS, "covering", "show_covering"),
        settings=tables.covering_settings,
    ),
}


def require_view(name: str) -> View:
    """Return a view.

    Raises:
        InputError: there is none of that name.
    """
    if name not in VIEWS:
        raise InputError(f"there is no view {name!r}; there are {', '.join(map(repr, VIEWS))}.")
    return VIEWS[name]


def view_html(name: str, settings: Settings, folder: str = FOLDER) -> str:
    """Return what a page holds for a view, until a click brings it to life.

    Args:
        name: a key of ``VIEWS``.
        settings: what it begins with; each view knows its own.
        folder: where ``files()`` lie, seen from the page.

    Raises:
        InputError: there is no such view, or it cannot be set so.
    """
    view = require_view(name)
    begins = view.settings(settings)
    said = json.dumps(begins, ensure_ascii=False, separators=(",", ":"))
    attributes = {"view": name, "settings": said, "button": view.button, "loads": "It loads on a click."}
    data = " ".join(f'data-{key}="{escape(value)}"' for key, value in attributes.items())
    needs = f"With JavaScript, in a browser of 2023 or later, you can {view.what} here."
    return (
        f'<div class="live-view" {data}>\n{tables.still(begins)}\n'
        f'<p class="live-needs">{escape(needs)}</p>\n'
        f'</div>\n<script defer src="{folder}/start.js"></script>\n'
    )


def notebook_cell(name: str, settings: Settings, *, on_layers: bool = True) -> str:
    """Return what a notebook holds in place of a view, in MyST: its widget, or the view itself.

    Args:
        name: a key of ``VIEWS``.
        settings: what it begins with.
        on_layers: take the widget, which runs on the layers of the notebook, where there is one.

    Raises:
        InputError: there is no such view, or it cannot be set so.
    """
    view = require_view(name)
    view.settings(settings)
    arguments = ", ".join(f"{key}={value!r}" for key, value in settings.items())
    if on_layers and view.widget:
        source = f"from captioning.widgets import {view.widget}\n\n{view.widget}({arguments})"
    else:
        arguments = ", ".join(filter(None, [repr(name), arguments]))
        source = f"from captioning.live import LiveView\n\nLiveView({arguments})"
    # Not run where a notebook is executed for what it prints: an output of it would need a kernel.
    return f"```{{code-cell}} ipython3\n---\ntags: [skip-execution]\n---\n{source}\n```\n"


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each file that brings views to life."""
    yield "start.js", (HERE / "start.js").read_text(encoding="utf-8")
    yield "views.css", look()
    for name in VIEWS:
        yield f"view-{name}.js", bundle(name)


def look() -> str:
    """Return the CSS of the views."""
    return "\n".join([style_sheet(), *(p.read_text(encoding="utf-8") for p in sorted(HERE.glob("*.css")))])


def bundle(name: str) -> str:
    """Return the modules of a view as one classic script."""
    view = VIEWS[name]
    known = json.dumps(tables.known(), ensure_ascii=False, separators=(",", ":"))
    inside = "\n".join(_as_script(path) for path in view.modules)
    head = f'"use strict";\nconst [ENGINE, TABLES] = [captioningEngine(), {known}];'
    return f'captioningViews["{name}"] = (() => {{\n{head}\n{inside}\nreturn show;\n}})();\n'


def _as_script(path: Path) -> str:
    """Return a module's source without what only modules have."""
    source = path.read_text(encoding="utf-8")
    return re.sub(r"^import .*\n|^export default .*\n|^export ", "", source, flags=re.M)
