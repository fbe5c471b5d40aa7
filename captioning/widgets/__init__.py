"""Two things to play with in a notebook: ``CaptionSampler`` and ``GateViewer``."""

from captioning.errors import InputError

try:
    import anywidget  # noqa: F401  (it brings ipywidgets)
except ModuleNotFoundError as error:
    raise InputError(
        f"the widgets need ipywidgets and anywidget, and {error.name} is not installed. Install them with "
        "`python -m pip install 'captioning-from-scratch[notebook]'`, restart the kernel and reload the page."
    ) from error

from captioning.widgets.gate_viewer import GateViewer
from captioning.widgets.sampler import CaptionSampler

__all__ = ["CaptionSampler", "GateViewer"]
