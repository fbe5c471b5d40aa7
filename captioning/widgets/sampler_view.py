"""What the front end of the sampler shows of a session: plain text and numbers, ready for JSON."""

from typing import Any

import numpy as np

from captioning.data.coco_layout import END_WORD
from captioning.figures.words import fine_percent, number
from captioning.scenes.truth import Truth
from captioning.widgets.captioners import whose_layers
from captioning.widgets.session import CONTROLS, Choice, Said, Session


def sampler_view(session: Session, caption: int) -> dict[str, Any]:
    """Return all that is shown.

    Args:
        session: picture, settings and beginning.
        caption: which of its captions is looked at.

    Returns:
        ``captions`` (text, log-probability, score, summary of their truth), ``statements`` of the caption
        looked at, its ``words`` with the ``choices`` at each and where attention ``looks``, and the length
        of the ``prefix``.

    Raises:
        InputError: a layer of the student's is missing, or stopped.
    """
    said = session.captions[caption]
    draws = "seed" in CONTROLS[session.settings.decoding]
    attention = session.inside(caption).get("attention")
    words = [
        {
            "word": word,
            "log_prob": number(float(said.log_probs[step])),
            "own": step < len(session.prefix),
            "choices": [_choice(choice, draws) for choice in choices],
            **({} if attention is None else _look(attention[step])),
        }
        for step, (word, choices) in enumerate(zip(said.words, session.choices(caption), strict=True))
    ]
    return {
        "captions": [_caption(one) for one in session.captions],
        "statements": None if said.truth is None else _statements(said.truth),
        "words": words,
        "draws": draws,
        "prefix": " ".join(session.prefix),
        "whose": whose_layers(session.settings.layers),
    }


def _caption(said: Said) -> dict[str, str]:
    return {
        "text": said.text + ("" if said.words[-1] == END_WORD else " …"),
        "log_prob": number(said.log_prob),
        "score": "" if said.score is None else number(said.score),
        "truth": "nothing known" if said.truth is None else _summary(said.truth),
    }


def _summary(truth: Truth) -> str:
    return f"{truth.n_true} of {len(truth.statements)} true"


def _statements(truth: Truth) -> list[dict[str, str]]:
    # A phrase such as “on a sunny day” says two things.
    settings = {"background", "time", "weather"}
    return [
        {"text": f"{said.kind}: {said.text}" if said.kind in settings else said.text, "verdict": said.verdict}
        for said in truth.statements
    ]


def _choice(choice: Choice, draws: bool) -> dict[str, Any]:
    """Return a word and its bar; where words are drawn, also the model's own probability."""
    text = fine_percent(choice.drawn)
    if draws and choice.drawn == 0:
        text = "left out"
    return {
        "word": choice.word,
        "share": round(choice.drawn, 4),
        "own_share": round(choice.probability, 4),
        "text": text,
        "own_text": fine_percent(choice.probability) if draws else "",
        "said": choice.said,
    }


def _look(attention: np.ndarray) -> dict[str, Any]:
    """Return where the model looked ``(R, C)``: as shares, and in words."""
    rows, columns = attention.shape
    row, column = np.unravel_index(int(attention.argmax()), attention.shape)
    share = fine_percent(float(attention.max()))
    return {
        "attention": attention.round(4).tolist(),
        "looks": f"Looks most at row {row + 1} of {rows}, column {column + 1} of {columns}: {share}.",
    }
