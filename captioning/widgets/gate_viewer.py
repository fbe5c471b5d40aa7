"""``GateViewer``: what the gates of an LSTM or GRU do, word by word."""

from typing import Any

import traitlets

from captioning.errors import InputError
from captioning.widgets.captioners import owners, usual_owner, whose_layers
from captioning.widgets.gates import GATED, Gates, gates_over, gates_view, require_gates
from captioning.widgets.look import front_end, style_sheet
from captioning.widgets.picture_widget import PictureWidget, sentence
from captioning.widgets.session import Settings


class GateViewer(PictureWidget):
    """Step through the greedy caption of a picture, and see what every gate does.

    What can be set by hand can be set in Python too: ``viewer.step = 3``, ``viewer.model = "gru"``,
    ``viewer.draw_words("a red boat at night")``.

    Attributes:
        gates: what is shown, as arrays; None where the model could not run.
    """

    _esm = front_end("gates")
    _css = style_sheet()

    gates: Gates | None

    options = traitlets.Dict(help="What there is to choose from.").tag(sync=True)
    model = traitlets.Unicode("lstm").tag(sync=True)
    layers = traitlets.Unicode(help="Whose: “reference” or “mine”.").tag(sync=True)
    step = traitlets.Int(0, help="Which word is looked at, counted from 0.").tag(sync=True)

    @traitlets.default("layers")
    def _first_owner(self) -> str:
        return usual_owner()

    def __init__(self, **settings: Any) -> None:
        self._answers = 0
        super().__init__(**settings)
        self.options = {"model": GATED, "layers": owners()}
        self.observe(lambda _: self.answer(), ("model", "layers"))

    def answer(self) -> None:
        # Equal answers are told apart, so that the front end knows of each that it has come.
        self._answers += 1
        try:
            self.gates = gates_over(self.picture, self.model, self.layers)
            shown = gates_view(self.gates) | {"whose": whose_layers(self.layers)}
        except InputError as error:
            self.gates = None
            shown = {"error": sentence(error)}
        self.shown = {**shown, "answer": self._answers}

    @traitlets.validate("model", "layers")
    def _check(self, proposal: Any) -> Any:
        if proposal["trait"].name == "model":
            require_gates(proposal["value"])
        else:
            Settings(layers=proposal["value"])
        return proposal["value"]
