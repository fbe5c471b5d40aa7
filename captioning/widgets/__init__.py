"""To play with, in a notebook: ``CaptionSampler`` and ``GateViewer``; for a page see ``captioning.live``."""

import importlib
from typing import TYPE_CHECKING, Any

from captioning.errors import InputError
from captioning.installing import install

if TYPE_CHECKING:
    from captioning.widgets.gate_viewer import GateViewer
    from captioning.widgets.sampler import CaptionSampler

__all__ = ["CaptionSampler", "GateViewer"]


def __getattr__(name: str) -> Any:
    """Load a widget when it is asked for: all else needs no ipywidgets."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = "sampler" if name == "CaptionSampler" else "gate_viewer"
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"the widgets need ipywidgets and anywidget, and {error.name} is not installed. Install them "
            f"with `{install('widgets')}`, restart the kernel and reload the page."
        ) from error
