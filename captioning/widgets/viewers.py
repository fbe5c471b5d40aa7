"""The widgets on pages without a kernel: what the kernel would have answered is recorded beforehand.

They are plain HTML with a script of their own; nothing is loaded from anywhere, and they work by keyboard.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from captioning.scenes.scene import Scene
from captioning.training.captioner import Captioner
from captioning.widgets.gates import gates_of, gates_view
from captioning.widgets.look import front_end, style_sheet
from captioning.widgets.pictures import Picture, as_data_url, picture_of_scene
from captioning.widgets.sampler_view import sampler_view
from captioning.widgets.session import Session, Settings

# Evenly spaced, as the positions of a slider are.
TEMPERATURES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
DRAWN = 3
# Of the words that a step may say, for a page that is to be light.
CHOICES = 6


@dataclass(frozen=True)
class Viewer:
    """A piece of a page; at the end of a notebook's cell it shows itself."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def sampling_viewer(captioner: Captioner, scene: Scene, name: str = "sampling") -> Viewer:
    """Return a viewer of what a temperature does: to the likeliest caption, and to some that are drawn.

    Args:
        captioner: which one speaks.
        scene: what it sees.
        name: the viewer's, once on a page.
    """
    greedy = _session(captioner, scene)
    answers = {}
    for temperature in TEMPERATURES:
        settings = Settings(decoding="temperature", temperature=temperature)
        drawn = sampler_view(_session(captioner, scene, settings), 0)["captions"][:DRAWN]
        # The likeliest caption again, with the probabilities of this temperature.
        view = sampler_view(_session(captioner, scene, settings, greedy.captions[0].words), 0)
        words = [word | {"own": False, "choices": word["choices"][:CHOICES]} for word in view["words"]]
        answers[f"{temperature:g}"] = {
            "captions": [view["captions"][0], *drawn],
            "words": words,
            "draws": True,
        }
    values = {
        "decoding": "temperature",
        "temperature": 1,
        "caption": 0,
        "options": {
            "decoding": {"temperature": "Drawn from all words; the lower, the likelier the likely ones."},
            "controls": {"temperature": ["temperature"]},
            "limits": {"temperature": (TEMPERATURES[0], TEMPERATURES[-1], TEMPERATURES[0])},
        },
    }
    note = "The first caption is the likeliest; the others were drawn at the temperature that you choose."
    return _viewer("sampler", name, greedy.picture, values, note=note, by="temperature", answers=answers)


def gates_viewer(captioner: Captioner, scene: Scene, name: str = "gates") -> Viewer:
    """Return a viewer of what a captioner's gates do while it says the likeliest caption.

    Args:
        captioner: one whose cell has gates.
        scene: what it sees.
        name: the viewer's, once on a page.
    """
    session = _session(captioner, scene)
    values = {"options": {}, "shown": gates_view(gates_of(session))}
    return _viewer("gates", name, session.picture, values)


def _session(
    captioner: Captioner, scene: Scene, settings: Settings | None = None, prefix: tuple[str, ...] = ()
) -> Session:
    return Session(picture_of_scene(scene), settings or Settings(), prefix, captioner)


def _viewer(
    widget: str,
    name: str,
    picture: Picture,
    values: dict[str, Any],
    *,
    note: str = "",
    by: str = "",
    answers: dict[str, dict[str, Any]] | None = None,
) -> Viewer:
    """Return a widget with the values of its traits, and its answers to each value of the trait ``by``."""
    shown_picture = {"src": as_data_url(picture.shown), "name": picture.name, "notes": [note]}
    recorded = {"values": values | {"step": 0, "shown_picture": shown_picture}, "by": by, "answers": answers}
    # A closing tag in the data must not end the script.
    data = json.dumps(recorded, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    start = f'render({{ model: recorded({data}), el: document.getElementById("viewer-{name}") }});'
    return Viewer(
        f'<div id="viewer-{name}"></div>\n<style>\n{style_sheet()}</style>\n'
        f'<script type="module">\n{front_end("recorded", widget)}\n{start}\n</script>\n'
    )
