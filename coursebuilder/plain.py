"""MyST Markdown as a plain notebook shows it: no directives, no roles."""

import re
from functools import cache
from html import escape
from pathlib import Path

import pybtex.database

BOOK = Path(__file__).resolve().parents[1] / "book"
ADMONITION = re.compile(
    r"^(?P<fence>:{3,})\{(?P<kind>[a-z]+)\}[ ]*(?P<title>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
# An answer of a quiz, as ``plain`` leaves it; the group is what there is to choose.
QUIZ_ANSWER = re.compile(
    r"<details><summary>(.*?)</summary>\n\n\*\*(?:Right|No)\.\*\*.*?</details>", re.DOTALL
)
OPTION = re.compile(r"^:[a-z-]+:.*\n?", re.MULTILINE)
ROLE = re.compile(r"\{([a-z:]+)\}`([^`]+)`")
ANCHOR = re.compile(r"^\([a-z0-9_-]+\)=\n+", re.MULTILINE | re.IGNORECASE)
CHAPTER_LINK = re.compile(r"\]\((\d\d_[a-z0-9_]+)\.md(#[^)]*)?\)")
PAGES = "intro|notation|glossary|numpy|own_photos|references|teaching"
# A notebook of the whole game is at the top of the course.
GAME_LINK, GAME = "](whole_game.md)", "LSTM_Captioning.ipynb"
PAGE_LINK = re.compile(rf"\[([^\]]+)\]\((?:{PAGES})\.md(?:#[^)]*)?\)")


def plain(text: str, course: str = "..") -> str:
    """Return a Markdown cell in plain Markdown.

    Admonitions become quotations, folds HTML folds, terms and citations text, links to chapters links to
    their notebooks.

    Args:
        text: the cell.
        course: the folder of the course, seen from the notebook's.
    """
    text = ADMONITION.sub(_plain_admonition, text)
    text = ROLE.sub(_plain_role, text)
    text = ANCHOR.sub("", text)
    text = CHAPTER_LINK.sub(rf"]({course}/\1/\1.ipynb)", text)
    text = text.replace(GAME_LINK, f"]({course}/{GAME})")
    return PAGE_LINK.sub(r"\1", text)


def _plain_admonition(match: re.Match[str]) -> str:
    kind, title = match["kind"], match["title"].strip()
    body = OPTION.sub("", match["body"]).strip()
    if kind == "dropdown":
        # Markdown is not read inside a line of HTML.
        shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(title, quote=False))
        return f"<details><summary>{shown}</summary>\n\n{body}\n\n</details>"
    heading = title or kind.capitalize()
    quoted = "\n".join(f"> {line}".rstrip() for line in body.splitlines())
    return f"> **{heading}**\n>\n{quoted}"


def _plain_role(match: re.Match[str]) -> str:
    role, content = match.groups()
    if role.startswith("cite"):
        return _citation(content, in_parentheses=role != "cite:t")
    shown = re.match(r"(.+?)\s*<[^>]*>$", content)
    content = shown.group(1) if shown else content
    return f"*{content}*" if role == "term" else content


def _citation(keys: str, *, in_parentheses: bool) -> str:
    entries = _references().entries
    texts = [
        author_and_year(entries[key], in_parentheses=in_parentheses) if key in entries else key
        for key in map(str.strip, keys.split(","))
    ]
    return f"({'; '.join(texts)})" if in_parentheses else "; ".join(texts)


def author_and_year(entry: pybtex.database.Entry, *, in_parentheses: bool) -> str:
    """Return how the text cites an entry: “Ba, 2015” in parentheses, else “Ba (2015)”."""
    names = [" ".join(person.last_names) for person in entry.persons.get("author", [])]
    author = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
    year = entry.fields["year"]
    return f"{author}, {year}" if in_parentheses else f"{author} ({year})"


@cache
def _references() -> pybtex.database.BibliographyData:
    return pybtex.database.parse_file(str(BOOK / "references.bib"))
