"""What the gates of a captioner did while it said a caption, in numbers; nothing of how it looks."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from captioning.data.coco_layout import START_WORD
from captioning.errors import InputError
from captioning.figures.words import GATE_NAMES, TANH_GATES, caption_text, number, percent, split_gates
from captioning.widgets.captioners import MODELS, running
from captioning.widgets.pictures import Picture
from captioning.widgets.session import Session, Settings

GATED = {name: text for name, text in MODELS.items() if name != "rnn"}
# A gate this near to 1 is called open, this near to 0 shut.
OPEN, SHUT = 0.9, 0.1


@dataclass(frozen=True, eq=False)
class Gates:
    """The gates over a caption.

    Attributes:
        words: the ``L`` words that were said.
        values: by the name of the gate, ``(L, H)``: step ``t`` reads the word before ``words[t]``.
    """

    words: tuple[str, ...]
    values: dict[str, np.ndarray]


def gates_over(picture: Picture, model: str, owner: str) -> Gates:
    """Let a captioner caption a picture greedily, and return what its gates did.

    Args:
        picture: which is captioned.
        model: a key of ``GATED``.
        owner: whose layers, a key of ``captioners.owners()``.

    Raises:
        InputError: the model has no gates; a layer of the student's is missing, or stopped.
    """
    require_gates(model)
    return gates_of(Session(picture, Settings(model=model, layers=owner)))


def gates_of(session: Session) -> Gates:
    """Return what the gates did while the first caption of a session was said."""
    said = session.captions[0].words
    with running(session.settings.layers):
        return Gates(said, split_gates(session.inside(0)["gates"], session.captioner.model.cell.blocks))


def require_gates(model: str) -> None:
    """Refuse a model that has no gates.

    Raises:
        InputError: it has none.
    """
    if model not in GATED:
        raise InputError(f"the model {model!r} has no gates; these have: {', '.join(map(repr, GATED))}.")


def gates_view(gates: Gates) -> dict[str, Any]:
    """Return what is shown: the ``caption``, its ``words``, what is ``read`` before each, and the ``gates``.

    Of each gate: its name, whether it lies between -1 and 1, a ``map`` of all units, and for each step its
    ``means`` and further ``numbers``, in text; of a gate with signs, those of its sizes.
    """
    return {
        "caption": caption_text(gates.words),
        "words": list(gates.words),
        "read": [START_WORD, *gates.words[:-1]],
        "gates": [_gate_view(gate, values) for gate, values in gates.values.items()],
    }


def _gate_view(gate: str, values: np.ndarray) -> dict[str, Any]:
    is_tanh = gate in TANH_GATES
    sizes = np.abs(values) if is_tanh else values
    return {
        "name": f"|{GATE_NAMES[gate]}|" if is_tanh else GATE_NAMES[gate],
        "title": GATE_NAMES[gate],
        "signed": is_tanh,
        "units": values.shape[1],
        "map": _as_map(values, is_tanh),
        "means": [number(float(mean)) for mean in sizes.mean(axis=1)],
        "numbers": [
            {
                "mean": number(float(size.mean())),
                "least": number(float(size.min())),
                "most": number(float(size.max())),
                "open": percent(float((size > OPEN).mean())),
                "shut": percent(float((size < SHUT).mean())),
            }
            for size in sizes
        ],
    }


def _as_map(values: np.ndarray, is_tanh: bool) -> str:
    """Return a heat map ``(H, L)`` of bytes, row after row, in base 64: a row for each unit, by its mean.

    0 to 255 stands for 0 to 1, of a signed gate for -1 to 1.
    """
    by_mean = values[:, np.argsort(-values.mean(axis=0), kind="stable")].T
    shares = (by_mean + 1) / 2 if is_tanh else by_mean
    return base64.b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode()
