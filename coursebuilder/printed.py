r"""Numbers in the prose that a run prints: written {printed}`96.1 %`, and held to what was printed.

A quoted number must occur as it stands in what the chapter's cells print, or an experiment that it plots;
only a space, such as that before a per cent sign, may be missing there. The cells that count are
demonstrations, and those that carry the tag ``printed``. What the course knows of its captioners without
a run is written {datasheet}`192,000 captions`, and held to the scenes' datasheet.

What was trained before the reader's eyes comes out a little different on another processor. It is written
{about}`34 %`, which reads "about 34 %", and a number near it must be printed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.experiments import FOLDER, Experiment, printed_by
from coursebuilder.plain import BOOK

ROLE = re.compile(r"\{(printed|about|datasheet)\}`([^`]+)`")
A_NUMBER = re.compile(r"(?<![\w.])(-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?)(?: ?(%))?(?![\w.]*\w)")
# How far the printed number may be: a share of it, and for shares in per cent as many points more.
NEAR, NEAR_POINTS = 0.1, 3.0
DATASHEET = BOOK.parent / "datasets" / "scenes" / "DATASHEET.md"
STORED = re.compile(r"\bstored\(\"(\w+)\"\)")


def without_role(text: str) -> str:
    """Return a text with the quoted numbers as plain text."""
    return ROLE.sub(lambda match: f"about {match[2]}" if match[1] == "about" else match[2], text)


def require_printed(chapters: Iterable[Chapter], outputs: Mapping[str, Mapping[str, str]]) -> None:
    """Hold the numbers that the prose quotes to what was printed.

    Args:
        chapters: to check.
        outputs: what the cells of each chapter printed, by its name, from ``committed_outputs``.

    Raises:
        ChapterError: a quoted number is in no output; the message names them all.
    """
    wrong = [
        problem for chapter in chapters for problem in unprinted(chapter, outputs[chapter.name].values())
    ]
    if wrong:
        raise ChapterError("\n".join(wrong))


def unprinted(chapter: Chapter, outputs: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each quoted number of a chapter that is not where it should be from."""
    plotted = sorted(set(STORED.findall(chapter.text)))
    printed = "\n".join([*outputs, printed_by([Experiment.read(FOLDER / f"{name}.py") for name in plotted])])
    for match in ROLE.finditer(chapter.text):
        role, quoted = match.groups()
        if role == "about":
            found = _is_near(quoted, printed)
        else:
            text = printed if role == "printed" else DATASHEET.read_text(encoding="utf-8")
            found = _pattern(quoted).search(text) is not None
        if not found:
            line = chapter.text.count("\n", 0, match.start()) + 1
            nowhere = {
                "printed": "no cell with the tag `expected` or `printed`, and no experiment that the chapter "
                "plots, prints",
                "about": "no cell with the tag `expected` or `printed` prints a number near",
                "datasheet": f"{DATASHEET.relative_to(BOOK.parent)} does not state",
            }
            yield f"{chapter.name}, line {line}: {nowhere[role]} {quoted}"


def _is_near(quoted: str, printed: str) -> bool:
    """Tell whether a number near the quoted one is printed, both in per cent or neither."""
    number = A_NUMBER.fullmatch(quoted.replace("\N{MINUS SIGN}", "-"))
    if number is None:
        return False
    wanted, unit = float(number[1].replace(",", "")), number[2]
    near = NEAR * abs(wanted) + (NEAR_POINTS if unit else 0)
    others = (float(m[1].replace(",", "")) for m in A_NUMBER.finditer(printed) if m[2] == unit)
    return any(abs(other - wanted) <= near for other in others)


def _pattern(quoted: str) -> re.Pattern[str]:
    """Return what finds a number that is not part of a longer one.

    A hyphen may be printed for minus, and thousands apart by a space or by nothing.
    """
    pieces = (re.escape(piece).replace("\N{MINUS SIGN}", "-") for piece in quoted.split())
    pieces = (re.sub(r"(?<=\d),(?=\d{3})", "[, ]?", piece) for piece in pieces)
    return re.compile(r"(?<![\w.])" + " ?".join(pieces) + r"(?!\w|\.\d)")
