"""``LiveView``: a view of a page in a notebook; no layer runs in the kernel.

The engine runs in the browser, as on a page. There it loads scripts; here the kernel sends it each file.
"""

from functools import cache
from typing import Any

import anywidget

from captioning.live.export import content, data_files, engine
from captioning.live.views import HERE, bundle, look, require_view

_content = cache(content)


class LiveView(anywidget.AnyWidget):
    """A view: ``LiveView("scene", scene="a red boat at night")``, ``LiveView("gates", model="gru")``."""

    _css = look()

    def __init__(self, view: str, **settings: Any) -> None:
        """Show a view.

        Args:
            view: a key of ``VIEWS``: "sampler", "gates", "scene", "beam" or "covering".
            **settings: what it begins with; each view knows its own.

        Raises:
            InputError: there is no such view, or it cannot be set so.
        """
        self._esm = front_end(view)
        self._settings = require_view(view).settings(settings)
        super().__init__()
        self.on_msg(self._receive)

    def _receive(self, _: Any, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Send the settings, or a file of data, to the front end that asks for them."""
        name = message["name"]
        if name == "settings":
            self.send({"name": name, "content": self._settings})
        elif name in data_files():
            self.send({"name": name, "content": _content(name)})


def front_end(view: str) -> str:
    """Return the JavaScript of a view in a notebook, one module.

    Raises:
        InputError: there is no such view.
    """
    require_view(view)
    start = (HERE / "in_notebook.js").read_text(encoding="utf-8")
    return f"{engine()}\nconst captioningViews = {{}};\n{bundle(view)}\nconst VIEW = {view!r};\n{start}"
