"""The list of references: labels as the text cites them, and links back to where it does."""

from typing import Any

import pybtex.plugin
from docutils import nodes
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx

from coursebuilder.plain import author_and_year


class AsCited(BaseLabelStyle):
    """Labels such as “Kingma and Ba, 2015”."""

    def format_labels(self, sorted_entries: list[Any]) -> list[str]:
        return [author_and_year(entry, in_parentheses=True) for entry in sorted_entries]


class Labelled(Style):
    default_label_style = AsCited


def link_back(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say below each reference which pages cite it."""
    domain = app.env.get_domain("cite")
    keys = {citation.citation_id: citation.key for citation in domain.citations}  # type: ignore[attr-defined]
    for entry in doctree.findall(nodes.citation):
        key = keys[entry["ids"][0]]
        pages = sorted(
            {
                cited.docname
                for cited in domain.citation_refs  # type: ignore[attr-defined]
                if key in {target.key for target in cited.targets}
            }
        )
        line = nodes.inline("", " Cited in ", classes=["cited-in"])
        for number, page in enumerate(pages):
            line += nodes.Text(", " if number else "")
            title = app.env.titles[page].astext()
            line += nodes.reference(
                "", title, refuri=app.builder.get_relative_uri(docname, page), internal=True
            )
        line += nodes.Text(".")
        entry[-1] += line


def setup(app: Sphinx) -> dict[str, Any]:
    pybtex.plugin.register_plugin("pybtex.style.formatting", "course", Labelled)
    app.connect("doctree-resolved", link_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
