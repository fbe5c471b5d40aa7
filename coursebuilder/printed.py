r"""Numbers in the prose that a run prints: written {printed}`96.1 %`, and held to what was printed.

A quoted number must occur as it stands in what the chapter's cells print, or an experiment that it plots;
only a space, such as that before a per cent sign, may be missing there. The cells that count are
demonstrations, and those that carry the tag ``printed``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.experiments import FOLDER, Experiment, printed_by

ROLE = re.compile(r"\{printed\}`([^`]+)`")
STORED = re.compile(r"\bstored\(\"(\w+)\"\)")


def without_role(text: str) -> str:
    """Return a text with the quoted numbers as plain text."""
    return ROLE.sub(r"\1", text)


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
    """Yield a sentence for each quoted number of a chapter that no output prints."""
    plotted = sorted(set(STORED.findall(chapter.text)))
    printed = "\n".join([*outputs, printed_by([Experiment.read(FOLDER / f"{name}.py") for name in plotted])])
    for match in ROLE.finditer(chapter.text):
        if not _pattern(match[1]).search(printed):
            line = chapter.text.count("\n", 0, match.start()) + 1
            yield (
                f"{chapter.name}, line {line}: no cell with the tag `expected` or `printed`, and no "
                f"experiment that the chapter plots, prints {match[1]}"
            )


def _pattern(quoted: str) -> re.Pattern[str]:
    """Return what finds a number that is not part of a longer one; it prints a hyphen for minus."""
    pieces = (re.escape(piece).replace("\N{MINUS SIGN}", "-") for piece in quoted.split())
    return re.compile(r"(?<![\w.])" + " ?".join(pieces) + r"(?!\w|\.\d)")
