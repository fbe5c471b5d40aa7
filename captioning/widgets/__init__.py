"""To play with, in a notebook: ``CaptionSampler`` and ``GateViewer``; for a page see ``captioning.live``."""

import importlib
from typing import TYPE_CHECKING, Any

from captioning.installing import needing_widgets

if TYPE_CHECKING:
    from captioning.widgets.gate_viewer import GateViewer
    from captioning.widgets.sampler import CaptionSampler

__all__ = ["CaptionSampler", "GateViewer"]


def __getattr__(name: str) -> Any:
    """Load a widget when it is asked for: all else needs no ipywidgets."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "sampler" if name == "CaptionSampler" else "gate_viewer"
    with needing_widgets():
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)
