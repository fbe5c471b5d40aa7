"""The whole game: one page of the book, and a notebook for each cell, whose choice is all that differs."""

from collections.abc import Mapping

from nbformat import NotebookNode

from captioning.training.captioner import TITLES
from coursebuilder.chapter import Chapter
from coursebuilder.errors import ChapterError
from coursebuilder.notebook import plain_notebook
from coursebuilder.plain import BOOK

PAGE = "whole_game"
# The notebooks and their cells; the page has that of `CHOICE`.
NOTEBOOKS: Mapping[str, str] = {"RNN_Captioning": "rnn", "LSTM_Captioning": "lstm"}
TITLE, CHOICE = "# The whole game\n", 'CELL = "lstm"'


def game_notebook(name: str, text: str | None = None) -> NotebookNode:
    """Return a notebook of the whole game.

    Args:
        name: a key of ``NOTEBOOKS``.
        text: of the page; by default as it stands in the book.

    Raises:
        ChapterError: the page lacks its title or the choice of a cell, or has one of them twice.
    """
    text = Chapter.read(BOOK / f"{PAGE}.md").text if text is None else text
    cell = NOTEBOOKS[name]
    for old, new in ((TITLE, f"# The whole game: {TITLES[cell]} captioning\n"), (CHOICE, f'CELL = "{cell}"')):
        if text.count(old) != 1:
            raise ChapterError(f"{PAGE} has {text.count(old)} times {old.strip()!r}, expected it once")
        text = text.replace(old, new)
    return plain_notebook(text, name, course=".")
