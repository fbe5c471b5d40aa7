"""The language of the course: British spelling, and no turns that sound translated.

Read are the docstrings, comments, messages and help texts of our modules but this, the comments of
JavaScript, and the prose of Markdown; code is not.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("autograder", "benchmarks", "captioning", "coursebuilder", "datasets", "solutions", "tests")
# What is not to be written, and what is better.
SPELLING = {
    r"color(?:s|ed|ing)?": "colour",
    r"gray(?:ish|scale)?": "grey",
    r"center(?:s|ed|ing)?": "centre",
    r"behaviors?": "behaviour",
    r"neighbor(?:s|ing)?": "neighbour",
    r"favor(?:s|ite|able)?": "favour",
    r"label(?:ed|ing)": "labelled",
}
TURNS = {
    r"whoever": "a word for who it is: the caller, the reader",
    r"fore(?:tell|tells|told)": "predict",
    r"derivatives? by differences": "a finite difference",
    # English are "there is no X", "no longer", "no more than".
    r"(?<!there )(?:is|are|was|were) no (?!longer|more|less|other|better|such|further|one\b)\w+": "not a",
}
# All at once, a group each.
WRONG = re.compile(
    rf"\b(?:{'|'.join(f'({pattern})' for pattern in SPELLING | TURNS)})\b(?![-_=])", re.IGNORECASE
)
# Code in Markdown and docstrings, formulas, addresses, and what f-strings put in.
NO_PROSE = re.compile(
    r"^( *)(`{3,}|~{3,}).*?^\1\2`*$|``.*?``|`[^`\n]*`|\$[^$]*\$|<[^>]*>|\]\([^)]*\)|\{[^}]*\}",
    re.MULTILINE | re.DOTALL,
)
JS_COMMENT = re.compile(r"(?:^|\s)//[^\n]*|/\*.*?\*/", re.DOTALL)
QUOTED = re.compile(r"``.*?``|`[^`\n]*`", re.DOTALL)
STYLE_OR_SCRIPT = re.compile(r"[<{]|=\"|[a-z-]+: ?([\w#.-]+;|$)")


def complaints(text: str) -> list[str]:
    """Return what stands in a text and should not, with what is better."""
    prose = NO_PROSE.sub("", text)
    better = [*(SPELLING | TURNS).values()]
    return [
        f"{found.group(0)!r}: better {better[found.lastindex - 1]}"
        for found in WRONG.finditer(prose)
        if found.lastindex is not None
    ]


def said_by(source: str) -> Iterator[str]:
    """Yield what a module says: its comments, and the strings in it that are of more than one word."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if " " in text.strip() and not STYLE_OR_SCRIPT.search(QUOTED.sub("", text)):
            yield text


def texts() -> Iterator[tuple[str, str]]:
    """Yield what is read: the path of the file and a text of it."""
    for room in ROOMS:
        for path in sorted(set((ROOT / room).rglob("*.py")) - {Path(__file__)}):
            for text in said_by(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), text
    for path in sorted(path for room in ("book", *ROOMS) for path in (ROOT / room).rglob("*.js")):
        for text in JS_COMMENT.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT).as_posix(), text
    for place in (ROOT, *(ROOT / name for name in ("book", "docs", *ROOMS))):
        for path in sorted(place.glob("*.md") if place == ROOT else place.rglob("*.md")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_is_written_is_british_and_sounds_native() -> None:
    wrong = []
    for path, text in texts():
        wrong += [f"{path}: {complaint}" for complaint in complaints(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "n_wrong"),
    [
        ("Colors, and a colour.", 1),
        ("The axes' `color` and ``center`` are code; so are color= and color-scheme.", 0),
        ("Whoever reads this foretells the behavior of gray things.", 4),
        ("```python\nax.plot(color='gray')\n```\n", 0),
        ("There is no cat, and it is no longer here. A tuple is no list; these were no greys.", 2),
        ("$center$, <span color>, [label](center.md)", 0),
    ],
)
def test_what_is_wrong_is_found(text: str, n_wrong: int) -> None:
    assert len(complaints(text)) == n_wrong


def test_what_a_module_says_is_its_sentences() -> None:
    source = '"""Say it."""\nKEY = "color"\nCSS = "a { color: gray; }"\nraise ValueError(f"{x} is gray")\n'
    assert list(said_by(source)) == ["Say it.", " is gray"]


@pytest.mark.parametrize("room", [*sorted({*ROOMS} - {"tests"}), "book", "."])
def test_quotation_marks_are_english(room: str) -> None:
    paths = (ROOT / room).glob("*" if room == "." else "**/*")
    said = [path for path in paths if path.suffix in {".py", ".js", ".html", ".md"}]
    assert said
    assert [path.name for path in said if re.search("[«»]", path.read_text(encoding="utf-8"))] == []
