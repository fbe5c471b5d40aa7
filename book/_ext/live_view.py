"""Views that a reader brings to life: ``{live} NAME``, settings in YAML; see captioning/live/views.py."""

from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from captioning.errors import InputError
from captioning.live.export import export
from captioning.live.views import FOLDER, view_html
from coursebuilder.chapter import live_settings
from coursebuilder.errors import ChapterError


class LiveView(Directive):
    """A picture that a click brings to life."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        try:
            settings = live_settings("\n".join(self.content), f"line {self.lineno}")
            return [nodes.raw("", view_html(self.arguments[0], settings), format="html")]
        except (ChapterError, InputError) as error:
            raise self.error(str(error)) from error


def write_files(app: Sphinx, failed: Exception | None) -> None:
    """Write what the views load beside the pages."""
    if failed is None and app.builder.format == "html":
        export(Path(app.outdir, FOLDER))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("live", LiveView)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
