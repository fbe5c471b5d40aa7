"""The pictures of the first page: ``captioned-scenes``, drawn and captioned when the page is made."""

from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from coursebuilder.front_page import captioned_scenes


class CaptionedScenes(Directive):
    """Random scenes, with what the course's captioner says of them."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", captioned_scenes(), format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("captioned-scenes", CaptionedScenes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
