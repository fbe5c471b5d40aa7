"""What the views know of the course as tables, and what stands in a page until they are started."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from html import escape
from typing import Any

from captioning.errors import InputError
from captioning.figures.words import GATE_NAMES, TANH_GATES
from captioning.gallery.exhibits import description, judge
from captioning.scenes import lexicon, phrases, scene, words
from captioning.scenes.drawing import IMAGE_SIZE, draw
from captioning.training.captioner import BLOCKS, load_captioner
from captioning.widgets import pictures, session
from captioning.widgets.captioners import MODELS
from captioning.widgets.gates import GATED, require_gates

# The sides of a picture that stands for a view until it is started: light enough for a page.
STILL = 192

Settings = Mapping[str, Any]


def known() -> dict[str, Any]:
    """Return what the views know as ``TABLES``, ready for JSON."""
    options = {
        "model": MODELS,
        "decoding": session.DECODINGS,
        "controls": session.CONTROLS,
        "limits": session.LIMITS,
    }
    values = {name: value for name, value in asdict(session.Settings()).items() if name != "layers"}
    return {
        "settings": list(values),
        "traits": {**values, "options": options, "caption": 0, "step": 0},
        "options": options,
        "maxLength": session.MAX_LENGTH,
        "samples": session.SAMPLES,
        "top": session.TOP,
        "whose": "It runs in this page, in JavaScript, with the weights that come with the course.",
        "gated": GATED,
        "gateNames": GATE_NAMES,
        "tanhGates": sorted(TANH_GATES),
        "blocks": {model: list(BLOCKS[model]) for model in GATED},
        "imageSize": IMAGE_SIZE,
        "shown": pictures.SHOWN,
        "thumbnail": pictures.THUMBNAIL,
        "gallery": [scene.scene_to_record(one) for one in pictures.gallery_scenes()],
        **_world_tables(),
    }


def _world_tables() -> dict[str, Any]:
    return {
        "vocabulary": words.words_for_scenes(),
        "kinds": {name: asdict(kind) for name, kind in scene.KINDS.items()},
        "colours": scene.COLOURS,
        "times": scene.TIMES,
        "weathersOf": scene.WEATHERS_OF,
        "wet": sorted(scene.WET),
        "heldOut": sorted(scene.HELD_OUT),
        "relations": scene.RELATIONS,
        "inverses": lexicon.INVERSES,
        "reading": {
            "settings": words.SETTINGS,
            "shortSettings": words.SHORT_SETTINGS,
            "relations": words.RELATION_PHRASES,
            "pronouns": phrases.PRONOUNS,
            "nouns": phrases.NOUNS,
            "colours": phrases.COLOURS,
            "sizes": phrases.SIZES,
            "verbs": sorted(phrases.VERBS),
            "fillers": words.FILLERS,
            "longest": phrases.LONGEST,
            "maxLength": words.MAX_LENGTH,
        },
        "saying": {
            "air": {place: said[0] for place, said in lexicon.AIR_PHRASES.items()},
            "place": {place: said[0] for place, said in lexicon.PLACE_PHRASES.items()},
            "sky": {" ".join(sky): said[0] for sky, said in lexicon.SKY_PHRASES.items()},
        },
    }


def sampler_settings(given: Settings) -> Settings:
    """Return the settings of a sampler.

    Raises:
        InputError: there is no such setting, or no such value.
    """
    names = [one.name for one in fields(session.Settings) if one.name != "layers"]
    for name in given:
        if name not in names:
            raise InputError(f"there is no setting {name!r}; there are {', '.join(map(repr, names))}.")
    session.Settings(**given)
    return dict(given)


def gates_settings(given: Settings) -> Settings:
    """Return the settings of a gate viewer.

    Raises:
        InputError: there is another setting than ``model``, or the model has no gates.
    """
    if others := given.keys() - {"model"}:
        raise InputError(f"there is no setting {min(others)!r}; there is 'model'.")
    require_gates(given.get("model", "lstm"))
    return dict(given)


def scene_settings(given: Settings) -> Settings:
    """Return the settings of the live scene: those of a sampler, and the ``scene``, from a sentence.

    Raises:
        InputError: the sentence describes no scene; there is no such setting, or no such value.
    """
    rest = {name: value for name, value in given.items() if name != "scene"}
    shown = words.read_scene(str(given["scene"])).scene if "scene" in given else pictures.gallery_scenes()[0]
    return {**sampler_settings(rest), "scene": scene.scene_to_record(shown)}


def beam_settings(given: Settings) -> Settings:
    """Return the settings of a beam search: those of a sampler that have to do with one.

    Raises:
        InputError: there is no such setting, or no such value.
    """
    names = ("model", *session.CONTROLS["beam"])
    for name in given:
        if name not in names:
            raise InputError(f"there is no setting {name!r}; there are {', '.join(map(repr, names))}.")
    return sampler_settings(given)


def covering_settings(given: Settings) -> Settings:
    """Return the settings of the view that covers cells: the captioner that looks at cells.

    Raises:
        InputError: a chapter sets something.
    """
    if given:
        raise InputError(f"there is no setting {min(given)!r}; there is nothing to set.")
    return {"model": "attention"}


def still(begins: Settings) -> str:
    """Return what stands in a page until a view starts: the picture it begins with, captioned and judged."""
    shown = pictures.gallery_scenes()[0]
    if "scene" in begins:
        shown = scene.scene_from_record(begins["scene"])
    return _still(shown, begins.get("model", "lstm"))


@cache
def _still(shown: scene.Scene, model: str) -> str:
    caption = load_captioner(model).caption(draw(shown, IMAGE_SIZE)[None])[0]
    said = judge(model, caption, shown)
    verdict = "✓ all of it is true" if said.true else f"✗ not true: {', '.join(said.false + said.unclear)}"
    source, alt = pictures.as_data_url(draw(shown, STILL), effort=4), escape(description(shown))
    return (
        f'<figure><img src="{source}" alt="{alt}" width="{STILL}" height="{STILL}">'
        f"<figcaption>{escape(caption)} <small>{escape(verdict)}</small></figcaption></figure>"
    )
