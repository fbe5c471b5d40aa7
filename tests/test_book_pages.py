"""Every page of the rendered book, in a browser: ``make book`` in both editions, then ``make test``."""

import re
import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from autograder.exercises.registry import all_exercises
from autograder.nbgrader.stubs import REGION
from tests.browser import open_browser, violations
from tests.chapters import solution_lines

ROOT = Path(__file__).parents[1]
EDITIONS = {name: ROOT / "_book" / name / "_build" / "html" for name in ("open", "class")}
PAGES = [
    "intro",
    *(path.stem for path in sorted((ROOT / "book").glob("[0-9]*.md"))),
    "numpy",
    "notation",
    "glossary",
    "references",
]
IMAGES = """[...document.querySelectorAll('article img')].map(
    (i) => [i.src.slice(0, 80), i.complete && i.naturalWidth > 0, i.alt])"""

UNREACHABLE_FIGURES = """[...document.querySelectorAll('figure')].filter(
    (figure) => figure.scrollWidth > figure.clientWidth && figure.tabIndex < 0).map((figure) => figure.id)"""

pytestmark = pytest.mark.slow


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not EDITIONS["open"].is_dir():
        pytest.skip("the book is not built: make book")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(EDITIONS["open"])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def visit(browser: Any, url: str) -> tuple[Any, list[str]]:
    """Open a page as a phone shows it, its folds too; return it, and what went wrong on the way."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    wrong: list[str] = []
    home = url.rsplit("/", 1)[0]
    page.on(
        "console",
        lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((home, "data:", "blob:")) else wrong.append(f"asks {request.url}")
        ),
    )
    page.on(
        "response",
        lambda response: (
            wrong.append(f"{response.status}: {response.url}") if response.status >= 400 else None
        ),
    )
    page.goto(url, wait_until="networkidle")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.evaluate("window.MathJax?.startup?.promise")
    return page, wrong


def dead_links(page: Any, address: str) -> list[str]:
    """Return the links inside the book that lead to no file, or to no place on their page."""
    dead = []
    for link in page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)"):
        path, _, place = link.removeprefix(address).partition("#")
        if not link.startswith(address) or path.endswith("/"):
            continue
        target = EDITIONS["open"] / unquote(path).lstrip("/")
        if not target.is_file() or (place and f'id="{unquote(place)}"' not in _text(target)):
            dead.append(link)
    return sorted(set(dead))


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page(address: str, browser: Any, name: str) -> None:
    page, wrong = visit(browser, f"{address}/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, (
        "it scrolls sideways"
    )
    assert page.evaluate(UNREACHABLE_FIGURES) == [], "they scroll, but not by keyboard"
    images = page.evaluate(IMAGES)
    assert [source for source, is_there, _ in images if not is_there] == []
    assert [source for source, _, alt in images if not alt or alt.endswith((".svg", ".png"))] == []
    assert not page.locator("mjx-merror").count(), "a formula that MathJax cannot read"

    assert dead_links(page, address) == []
    # Before axe-core asks for style sheets that it looks for in wrong places.
    assert list(dict.fromkeys(wrong)) == []

    page.set_viewport_size({"width": 1280, "height": 900})
    # The coloured words of a page's code take as long as all the rest; one page stands for them below.
    assert violations(page, {"exclude": [[".highlight"]]}) == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_code_and_of_both_themes(address: str, browser: Any, theme: str) -> None:
    page, _ = visit(browser, f"{address}/02_gradients.html")
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    assert violations(page) == []
    page.close()


def test_the_temperature_viewer_works_without_a_kernel(address: str, browser: Any) -> None:
    page, _ = visit(browser, f"{address}/15_decoding.html")
    viewer = page.locator(".cfs-viewer").first
    slider, rows = viewer.locator("input[type=range]"), viewer.locator("tbody tr")
    first = rows.first.inner_text()
    captions = viewer.locator("[data-captions]").inner_text()
    slider.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    assert viewer.locator("output").inner_text() == "2.5"
    assert rows.first.inner_text() != first
    assert viewer.locator("[data-captions]").inner_text() != captions
    viewer.locator("button").nth(2).click()
    assert "What may follow" in viewer.locator("caption").inner_text()
    page.close()


def test_the_class_edition_has_no_solution() -> None:
    """No line of any solution is in the pages, the search index, or what can be downloaded."""
    html = EDITIONS["class"]
    if not html.is_dir():
        pytest.skip("the class edition is not built: make book EDITION=class")
    lines = lines_of_solutions()
    found = set()
    for path in html.rglob("*"):
        if path.is_file() and path.suffix in {".html", ".js", ".ipynb", ".md", ".py", ".txt", ".json"}:
            text = plain_text(path.read_text(encoding="utf-8", errors="replace"))
            found |= {(path.relative_to(html).as_posix(), line) for line in lines if line in text}
    assert found == set()


def lines_of_solutions() -> set[str]:
    """Return the lines that stand in solutions and in nothing that is given, without their spaces."""
    modules = [path.read_text(encoding="utf-8") for path in (ROOT / "solutions").glob("*.py")]
    given = {squeezed(line) for text in modules for line in REGION.sub("", text).splitlines()}
    solved = {squeezed(line) for name in all_exercises() for line in solution_lines(name)}
    return {line for line in solved - given if len(line) > 20}


def squeezed(text: str) -> str:
    return "".join(text.split())


def plain_text(text: str) -> str:
    """Return the text of a page without tags, spaces and escapes."""
    text = re.sub(r"<[^>]+>", "", text).replace("\\n", "").replace('\\"', '"')
    for escaped, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, char)
    return squeezed(text)
