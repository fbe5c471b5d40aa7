"""What students write, as HTML in which nothing runs, nothing is fetched, and nothing takes long.

Formulas become MathML, so they need no network. Pictures that came with the notebook are shown, others are
not: a reader of the page would tell their address to the server behind the link.
"""

import re
import secrets
from collections.abc import Mapping
from html import escape, unescape
from typing import Any
from xml.etree import ElementTree

import nh3
from math_core import LatexError, LatexToMathML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# What is longer is shown as it was written: there are texts that Markdown takes time of its square for.
_LONGEST, _LONGEST_FORMULA = 10_000, 2_000
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/]+=*")
_ENTITY = re.compile(r"&(?!lt;|gt;|amp;|quot;)\w+;")
_CONVERTER = LatexToMathML()


def as_harmless_html(source: str) -> str:
    """Render Markdown; scripts, handlers of events and addresses that run something are left out."""
    mark = secrets.token_hex(16)  # nobody can have written it
    pictures: list[str] = []

    def aside(found: re.Match[str]) -> str:
        pictures.append(found.group())
        return f"https://{mark}.invalid/{len(pictures) - 1}"

    source = _PICTURE.sub(aside, source)
    if len(source) > _LONGEST:
        return f"<pre>{escape(source)}</pre>"
    renderer = _Renderer(mark)
    html = MarkdownWithMath(renderer=renderer).render(source)

    def kept(tag: str, attribute: str, value: str) -> str | None:
        is_other = (tag, attribute) == ("img", "src") and not value.startswith(f"https://{mark}.invalid/")
        return None if is_other else value

    html = nh3.clean(html, attribute_filter=kept)
    # In the text or in the value of an attribute, these quotes would be written otherwise.
    html = re.sub(rf'src="https://{mark}\.invalid/(\d+)"', lambda m: f'src="{pictures[int(m[1])]}"', html)
    return re.sub(
        rf'<span lang="{mark}-(\d+)"></span>', lambda m: _formula(*renderer.formulas[int(m[1])]), html
    )


def with_pictures(source: str, attachments: Mapping[str, Any]) -> str:
    """Return Markdown with the pictures that came with its cell in it."""
    for name, kinds in attachments.items():
        data = kinds if isinstance(kinds, dict) else {}
        kind = next((kind for kind in ("image/png", "image/jpeg", "image/gif") if kind in data), None)
        text = data.get(kind)
        text = "".join(text) if isinstance(text, list) and all(isinstance(t, str) for t in text) else text
        if isinstance(text, str) and f"attachment:{name}" in source:
            picture = f"data:{kind};base64,{''.join(text.split())}"
            if _PICTURE.fullmatch(picture):
                source = source.replace(f"attachment:{name}", picture, 1)
    return source


class _Missing(dict[str, dict[str, str]]):
    """Pictures of a cell that has none: nbconvert would refuse the page."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> dict[str, str]:
        return {"image/png": ""}


class _Renderer(IPythonRenderer):
    """nbconvert's own, but for formulas: it sets them aside.

    Attributes:
        formulas: what stands between the dollars, and whether on lines of its own.
    """

    def __init__(self, mark: str) -> None:
        super().__init__(escape=False, attachments=_Missing())
        self.formulas: list[tuple[str, bool]] = []
        self._mark = mark

    def block_math(self, body: str) -> str:
        return self._aside(body, is_block=True)

    def inline_math(self, body: str) -> str:
        return self._aside(body, is_block=False)

    def latex_environment(self, name: str, body: str) -> str:
        return self._aside(f"\\begin{{{name}}}{body}\\end{{{name}}}", is_block=True)

    def _aside(self, tex: str, *, is_block: bool) -> str:
        self.formulas.append((tex, is_block))
        return f'<span lang="{self._mark}-{len(self.formulas) - 1}"></span>'


def _formula(tex: str, is_block: bool) -> str:
    """Return a formula as MathML; what cannot be read as it was written."""
    try:
        if len(tex) > _LONGEST_FORMULA:
            raise ValueError("too long")
        made = _CONVERTER.convert_with_local_state(tex, displaystyle=is_block)
        root = ElementTree.fromstring(_ENTITY.sub(lambda found: unescape(found.group()), made))
        if not all(map(_is_harmless, root.iter())):
            raise ValueError("more than a formula")
    except (LatexError, ValueError, ElementTree.ParseError):
        dollars = "$$" if is_block else "$"
        return escape(f"{dollars}{tex}{dollars}")
    return ElementTree.tostring(root, encoding="unicode")


def _is_harmless(element: ElementTree.Element) -> bool:
    named = element.tag.startswith("m") and element.tag.isalnum()
    return named and not any(name in {"href", "src"} or name.startswith("on") for name in element.attrib)
