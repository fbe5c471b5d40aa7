"""The book as one PDF: the rendered pages, printed by a browser and bound."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Page, PdfMargins
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from captioning.files import atomic_write
from coursebuilder.browser import chromium
from coursebuilder.plain import BOOK

MARGIN = PdfMargins(top="18mm", bottom="18mm", left="16mm", right="16mm")
# On paper, beside what course.css says of it: nothing moves. The answers of a quiz and the solutions of
# exercises are shown, the code of a figure is not.
STYLE = "* { animation: none !important; transition: none !important; }"
PREPARE = """() => {
    document.documentElement.dataset.theme = 'light';
    document.querySelectorAll('.cell:not(.tag_solution) > details').forEach((code) => code.remove());
    document.querySelectorAll('details').forEach((fold) => { fold.open = true; });
}"""


def page_names() -> list[str]:
    """Return the names of the book's pages, in the order of its table of contents."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]


def make_pdf(html: Path, out: Path, on_page: Callable[[str], object] = lambda _: None) -> None:
    """Print the pages of a built book into one file, with an outline and links inside.

    Args:
        html: the folder of the pages, ``_build/html``.
        out: the PDF, written whole or not at all.
        on_page: called with the name of each page that is printed.

    Raises:
        ChapterError: there is no Chromium.
    """
    bound = PdfWriter()
    first_pages: dict[str, int] = {}
    with chromium("a PDF is printed") as browser:
        page = browser.new_page()
        for name in page_names():
            on_page(name)
            title, printed = _print(page, html / f"{name}.html")
            first_pages[name] = len(bound.pages)
            bound.append(PdfReader(io.BytesIO(printed)), outline_item=title)
    _lead_inside(bound, html, first_pages)
    with atomic_write(out) as temporary, temporary.open("wb") as file:
        bound.write(file)


def _print(page: Page, path: Path) -> tuple[str, bytes]:
    """Return a page's title, and the page on paper."""
    page.goto(path.as_uri(), wait_until="networkidle")
    page.add_style_tag(content=STYLE)
    page.evaluate(PREPARE)
    title = page.title().partition(" — ")[0]
    return title, page.pdf(format="A4", margin=MARGIN, print_background=True, scale=0.8)


def _lead_inside(bound: PdfWriter, html: Path, first_pages: dict[str, int]) -> None:
    """Let links to other pages of the book lead to where these begin in the file."""
    for action in _link_actions(bound):
        address = urlsplit(str(action["/URI"]))
        path = Path(address.path)
        if address.scheme != "file" or path.parent != html or path.stem not in first_pages:
            continue
        target = bound.pages[first_pages[path.stem]]
        del action["/URI"]
        action[NameObject("/S")] = NameObject("/GoTo")
        action[NameObject("/D")] = ArrayObject([target.indirect_reference, NameObject("/Fit")])


def _link_actions(bound: PdfWriter) -> Iterator[DictionaryObject]:
    """Yield what each link of a file does that leads to an address."""
    for page in bound.pages:
        for reference in page.get("/Annots", ()):
            action = reference.get_object().get("/A")
            if action is not None and "/URI" in action:
                yield action
