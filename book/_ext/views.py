"""Views that a reader moves by hand: ``{view} lstm_step``, with what there is to try, in Markdown."""

from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from coursebuilder.views import STYLE_SHEET, files, html


class View(SphinxDirective):
    """A view, in a frame with the text above it; on paper there is neither."""

    required_arguments = 1
    has_content = True
    # What a reader without JavaScript can look at instead.
    option_spec = {"without": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        for path in (STYLE_SHEET, *files(name)):
            self.env.note_dependency(str(path))
        frame = nodes.container(classes=["view"])
        self.state.nested_parse(self.content, self.content_offset, frame)
        frame += nodes.raw("", html(name, escape(self.options["without"])), format="html")
        return [frame]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("view", View)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
