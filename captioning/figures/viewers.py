"""Viewers for pages without a kernel: a slider, some buttons, and numbers that were computed before.

They are plain HTML with a script of their own; nothing is loaded from anywhere, and they work by keyboard.
"""

import base64
import io
import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from captioning.figures.words import GATE_NAMES, split_gates
from captioning.scenes.drawing import IMAGE_SIZE, draw
from captioning.scenes.scene import Scene
from captioning.scenes.truth import truth
from captioning.training.captioner import Captioner

TEMPERATURES = (0.1, 0.5, 1.0, 1.5, 2.0, 3.0)
CAPTIONS = 3
PIXELS = 256


@dataclass(frozen=True)
class Viewer:
    """A piece of a page; at the end of a notebook's cell it shows itself."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def sampling_viewer(captioner: Captioner, scene: Scene, name: str = "sampling") -> Viewer:
    """Return a viewer of what a temperature does: a distribution for each word, and drawn captions.

    The slider divides the logits in the reader's browser; the captions were drawn before, at
    ``TEMPERATURES``, and judged.

    Args:
        captioner: which one speaks.
        scene: what it sees.
        name: the viewer's, once on a page.
    """
    layers = captioner.layers
    features = captioner.encode(draw(scene, IMAGE_SIZE)[None])
    decoded = layers.greedy_decode(captioner.model, features, trace=True)
    words = [captioner.idx_to_word[index] for index in decoded.words[0]]
    drawn = []
    for temperature in TEMPERATURES:
        rng = np.random.default_rng(0)
        repeated = np.repeat(features, CAPTIONS, axis=0)
        indices = layers.sample_decode(captioner.model, repeated, rng, temperature=temperature).words
        captions = layers.decode_captions(indices, captioner.idx_to_word)
        judged = [(said, "true" if truth(said, scene).wholly_true else "not true") for said in captions]
        drawn.append({"temperature": temperature, "captions": judged})
    content = {
        "vocabulary": captioner.idx_to_word,
        "words": words,
        # Logits up to a constant, which a softmax takes out.
        "logits": decoded.trace.log_probs[0].astype(float).round(2).tolist(),
        "drawn": drawn,
    }
    return _viewer(
        scene, name, words, content,
        title="Temperature",
        prompt="The likeliest caption. Choose a word to see what else might have been said in its place:",
    )  # fmt: skip


def gates_viewer(captioner: Captioner, scene: Scene, name: str = "gates") -> Viewer:
    """Return a viewer of how open a captioner's gates are while it says a caption.

    Args:
        captioner: one whose cell has gates.
        scene: what it sees.
        name: the viewer's, once on a page.
    """
    features = captioner.encode(draw(scene, IMAGE_SIZE)[None])
    decoded = captioner.layers.greedy_decode(captioner.model, features, trace=True)
    words = [captioner.idx_to_word[index] for index in decoded.words[0]]
    blocks = captioner.model.cell.blocks
    by_gate = split_gates(decoded.trace.inside["gates"][0], blocks)
    gates = [
        (GATE_NAMES[block], values.mean(axis=1).astype(float).round(3).tolist())
        for block, values in by_gate.items()
        if block in {"i", "f", "o", "r", "z"}
    ]
    return _viewer(
        scene, name, words, {"words": words, "gates": gates},
        title="Gates over a sentence",
        prompt="Choose a word:",
    )  # fmt: skip


def _viewer(
    scene: Scene, name: str, words: list[str], content: dict[str, Any], *, title: str, prompt: str
) -> Viewer:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    things = " and ".join(f"a {thing}" for thing in scene.things)
    html = environment.get_template("viewer.html.j2").render(
        id=f"viewer-{name}",
        title=title,
        prompt=prompt,
        picture=_data_url(draw(scene, PIXELS)),
        alt=f"A drawn scene with {things}",
        temperatures="logits" in content,
        words=words,
        # A closing tag in the data must not end the script.
        content=Markup(json.dumps(content).replace("<", "\\u003c")),
    )
    return Viewer(html)


def _data_url(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + escape(base64.b64encode(file.getvalue()).decode())
