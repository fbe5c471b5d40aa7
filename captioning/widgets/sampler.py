"""``CaptionSampler``: a picture, a captioner and a decoding, and word by word what could be said."""

from typing import Any

import traitlets

from captioning.errors import InputError
from captioning.widgets.captioners import MODELS, owners, usual_owner
from captioning.widgets.look import front_end, style_sheet
from captioning.widgets.picture_widget import PictureWidget, sentence
from captioning.widgets.sampler_view import sampler_view
from captioning.widgets.session import CONTROLS, DECODINGS, LIMITS, Session, Settings

SETTINGS = tuple(Settings.__dataclass_fields__)


class CaptionSampler(PictureWidget):
    """Caption a picture, and let the sentence go on with another word.

    All that can be set by hand can be set in Python too: ``sampler.temperature = 0.5``,
    ``sampler.say(2, "blue")``, ``sampler.draw_words("a red boat at night")``. The settings are those of
    ``session.Settings``; they can be given when it is made: ``CaptionSampler(model="gru", decoding="beam")``.

    Attributes:
        session: picture, settings and beginning, and what follows from them.
    """

    _esm = front_end("sampler")
    _css = style_sheet()

    session: Session

    options = traitlets.Dict(help="What there is to choose from.").tag(sync=True)
    model = traitlets.Unicode("lstm").tag(sync=True)
    layers = traitlets.Unicode(help="Whose: “reference” or “mine”.").tag(sync=True)
    decoding = traitlets.Unicode("greedy").tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    k = traitlets.Int(5).tag(sync=True)
    p = traitlets.Float(0.9).tag(sync=True)
    beam_width = traitlets.Int(5).tag(sync=True)
    length_penalty = traitlets.Float(1.0).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    caption = traitlets.Int(0, help="Which of the captions is looked at.").tag(sync=True)
    step = traitlets.Int(0, help="Which word of it is looked at.").tag(sync=True)

    @traitlets.default("layers")
    def _first_owner(self) -> str:
        return usual_owner()

    def __init__(self, **settings: Any) -> None:
        self._prefix: tuple[str, ...] = ()
        self._answers = 0
        super().__init__(**settings)
        self.options = {
            "model": MODELS,
            "layers": owners(),
            "decoding": DECODINGS,
            "controls": CONTROLS,
            "limits": LIMITS,
        }
        self.observe(lambda _: self.answer(), SETTINGS)
        self.observe(lambda _: self._show(), "caption")

    def say(self, step: int, word: str) -> None:
        """Let the sentence go on with another word at a step, counted from 0.

        Raises:
            InputError: there is no such step, or no such word.
        """
        self._prefix = self.session.say(self.caption, step, word).prefix
        self.answer()
        self.step = step

    def start_over(self) -> None:
        """Take back the words that were chosen by hand."""
        self._prefix = ()
        self.answer()

    def answer(self) -> None:
        settings = Settings(**{name: getattr(self, name) for name in SETTINGS})
        self.session = Session(self.picture, settings, self._prefix)
        if self.caption:
            self.caption = 0
        else:
            self._show()

    def picture_changed(self) -> None:
        self._prefix = ()
        self.step = 0
        self.answer()

    def do(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        if message["do"] == "say":
            self.say(int(message["step"]), str(message["word"]))
        elif message["do"] == "start over":
            self.start_over()
        else:
            super().do(message, buffers)

    def _show(self) -> None:
        # Equal answers are told apart, so that the front end knows of each that it has come.
        self._answers += 1
        try:
            shown = sampler_view(self.session, self.caption)
        except InputError as error:
            shown = {"error": sentence(error)}
        self.shown = {**shown, "answer": self._answers}

    @traitlets.validate(*SETTINGS)
    def _check(self, proposal: Any) -> Any:
        Settings(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    @traitlets.validate("caption")
    def _check_caption(self, proposal: Any) -> Any:
        if proposal["value"] == 0 or 0 <= proposal["value"] < len(self.session.captions):
            return proposal["value"]
        raise InputError(
            f"there is no caption {proposal['value']}; there are 0 to {len(self.session.captions) - 1}."
        )
