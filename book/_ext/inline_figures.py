"""Figures stand in the page itself, as SVG in its colours, for the light theme and the dark."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from captioning.errors import InputError
from captioning.figures.inline_svg import inline_svg, style_sheet

logger = logging.getLogger(__name__)


class InlineFigures(SphinxPostTransform):
    """Replace each SVG that a cell has drawn by its text."""

    # After MyST-NB has chosen among the formats of an output.
    default_priority = 500
    builders = ("html",)

    def run(self, **_: object) -> None:
        drawn = [image for image in self.document.findall(nodes.image) if image["uri"].endswith(".svg")]
        for number, image in enumerate(drawn, 1):
            if not image.get("alt"):
                logger.warning("figure %d has no text for those who do not see it", number, location=image)
            path = Path(self.env.srcdir, image["uri"])
            try:
                html = inline_svg(path.read_text(encoding="utf-8"), image.get("alt", ""), f"drawing-{number}")
            except InputError as error:
                raise ExtensionError(f"{self.env.docname}, figure {number}: {error}") from error
            image.replace_self(nodes.raw("", html, format="html"))


def add_colours(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    context["metatags"] = context.get("metatags", "") + f"<style>{style_sheet()}</style>"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(InlineFigures)
    app.connect("html-page-context", add_colours)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
