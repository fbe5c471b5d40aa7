"""Sphinx writes formulas as MathML, which needs no script: ``html_math_renderer: mathml``."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from coursebuilder.errors import ChapterError
from coursebuilder.formulas import mathml


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{_mathml(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    if node.get("number"):
        raise ExtensionError(f"no formula of the course has a number; {node.astext()!r} has")
    self.body.append(f'<div class="math">{_mathml(node, display=True)}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, *, display: bool) -> str:
    try:
        return mathml(node.astext(), display=display)
    except ChapterError as error:
        raise ExtensionError(f"{node.source}, line {node.line}: {error}") from error


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
