"""What Sphinx needs to know of the course: a chapter is expanded before it is parsed."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coursebuilder import whole_game
from coursebuilder.chapter import NAME, Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from coursebuilder.page import with_game_links, with_links


def expand_source(app: Sphinx, docname: str, content: list[str]) -> None:
    """Turn a chapter as it is written into what a reader meets."""
    if docname == whole_game.PAGE:
        content[0] = with_game_links(content[0])
    if not NAME.fullmatch(docname):
        return
    chapter = Chapter(docname, content[0])
    try:
        content[0] = with_links(expand(chapter, app.config.course_edition), chapter)
    except ChapterError as error:
        raise ExtensionError(str(error)) from error


def copy_notebooks(app: Sphinx) -> list[str]:
    """Offer the starter's notebooks for download, beside the pages."""
    starter = Path(app.srcdir).parent / "starter"
    app.config.html_extra_path = [*app.config.html_extra_path, str(starter)] if starter.is_dir() else []
    return []


def without_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Take out the scripts that would start a kernel elsewhere: no page asks for one.

    Jupyter Book brings Thebe unasked, and declares its constants once for each build of a page.
    """
    context["script_files"] = [
        file
        for file in context["script_files"]
        if "thebe" not in f"{file} {getattr(file, 'attributes', {}).get('body', '')}".lower()
    ]


def current_roles(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Give the entries of the bibliography the role that has replaced docutils' one in ARIA."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("course_edition", "open", "env")
    app.connect("source-read", expand_source)
    app.connect("builder-inited", copy_notebooks)
    app.connect("html-page-context", without_thebe, priority=900)
    app.connect("html-page-context", current_roles)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
