"""The captioner alive in a web page: its engine in JavaScript, what it needs to know, and views that ask it.

Each module of ``engine/`` mirrors a Python one, which its first line names; the tests compare the two. In a
notebook ``LiveView`` shows a view.
"""

from typing import Any

from captioning.installing import needing_widgets

__all__ = ["LiveView"]


def __getattr__(name: str) -> Any:
    """Load the view of a notebook when it is asked for: all else needs no anywidget."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needing_widgets():
        from captioning.live.in_notebook import LiveView  # noqa: PLC0415

        return LiveView
