"""Formulas as MathML, which browsers lay out by themselves and screen readers read.

A formula is one line in TeX, and on a telephone too long. So what is long comes in pieces, each a `math`
element: between them a page may break the line.
"""

import re
from collections.abc import Iterator
from html import unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from math_core import LatexError, LatexToMathML

from coursebuilder.errors import ChapterError

CONVERTER = LatexToMathML()
RELATIONS = frozenset("=≈≤≥<>←→⟹∈")
OPERATORS = RELATIONS | {"+", "\N{MINUS SIGN}"}
OPENING, CLOSING, BARS = frozenset("([{⌊"), frozenset(")]}⌋"), frozenset("|‖\N{DIVIDES}")
# Names that HTML knows and XML does not.
ENTITY = re.compile(r"&(?!lt;|gt;|amp;|quot;)\w+;")
# What \quad and \qquad become.
SPACES = {"1em", "2em"}
# Signs of an inline formula that fit on a line of a telephone.
LINE = 24


def mathml(tex: str, *, display: bool) -> str:
    """Return a formula as HTML.

    Args:
        tex: what stands between the dollars.
        display: whether it stands on a line of its own.

    Raises:
        ChapterError: it is not TeX that we can read.
    """
    try:
        whole = CONVERTER.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        raise ChapterError(f"the formula {tex!r} cannot be read: {error}") from error
    root = ElementTree.fromstring(ENTITY.sub(lambda match: unescape(match.group()), whole))
    _centre_big_brackets(root)
    may_break = display or len("".join(root.itertext())) > LINE
    pieces = list(_pieces(root)) if may_break else [list(root)]
    first, *others = pieces
    return _math(first, display) + "".join(_after_break(piece, display) for piece in others)


def _math(inside: list[Element], display: bool) -> str:
    math = Element("math", {"displaystyle": "true"} if display else {})
    math.extend(inside)
    return ElementTree.tostring(math, encoding="unicode")


def _after_break(inside: list[Element], display: bool) -> str:
    """Return a part of a formula, and before it where the line may break."""
    first, *others = inside
    if first.tag == "mspace":
        # Text's own space is not there where a line begins or ends.
        return f'<span class="space-{first.attrib["width"]}"> </span>{_math(others, display)}'
    # At the beginning of an element an operator would be a sign.
    first.set("form", "infix")
    return f"<wbr>{_math(inside, display)}"


def _pieces(root: Element) -> Iterator[list[Element]]:
    """Yield the parts of a formula between which a line may break: before relations, sums and wide spaces."""
    piece: list[Element] = []
    depth, in_bars = 0, False
    for child in root:
        sign = (child.text or "") if child.tag == "mo" else ""
        is_wide = child.tag == "mspace" and child.get("width") in SPACES
        if piece and depth == 0 and not in_bars and (is_wide or (sign in OPERATORS and _is_binary(piece))):
            yield piece
            piece = []
        piece.append(child)
        # A bracket may have an exponent, or follow the name of a function.
        signs = [element.text or "" for element in child.iter("mo")]
        depth += sum(sign in OPENING for sign in signs) - sum(sign in CLOSING for sign in signs)
        if sum(sign in BARS for sign in signs) % 2:
            in_bars = not in_bars
    yield piece


def _is_binary(before: list[Element]) -> bool:
    """Return whether an operator has something to its left: the minus of -1 has not."""
    last = before[-1]
    return last.tag != "mspace" and not (last.tag == "mo" and last.text in OPERATORS | OPENING | {","})


def _centre_big_brackets(root: Element) -> None:
    """Put each bracket with a size of its own that has an exponent into a row: else Chromium lowers it."""
    for parent in root.iter():
        if parent.tag in {"msup", "msub", "msubsup"} and "minsize" in parent[0].attrib:
            row = Element("mrow")
            row.append(parent[0])
            parent[0] = row
