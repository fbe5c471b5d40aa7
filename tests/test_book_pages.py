"""Every page of the rendered book, in a browser: ``make book`` in both editions, then ``make test``."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from autograder.exercises.registry import all_exercises
from captioning.source.markers import REGION
from tests.browser import open_browser, serve, violations
from tests.chapters import CHAPTERS, solution_lines

ROOT = Path(__file__).parents[1]
EDITIONS = {name: ROOT / "_book" / name / "_build" / "html" for name in ("open", "class")}
PAGES = [
    "intro",
    *(path.stem for path in sorted((ROOT / "book").glob("[0-9]*.md"))),
    "whole_game",
    "numpy",
    "own_photos",
    "teaching",
    "notation",
    "glossary",
    "references",
]
WITH_A_VIEW = [one.name for one in CHAPTERS if any(made.kind == "view" for made in one.directives)]
# In bytes, as served, with all that the first look at a page loads.
HEAVIEST = 1_500_000
IMAGES = """[...document.querySelectorAll('article img')].map(
    (i) => [i.src.slice(0, 80), i.complete && i.naturalWidth > 0, i.alt])"""
NAMELESS_FIGURES = """[...document.querySelectorAll('svg.figure')].filter(
    (svg) => !svg.closest('[role=img]')?.getAttribute('aria-label')).length"""
# What ends outside the column; "scrolls" where it is in something that does, and that the keyboard reaches.
CUT = """() => {
    const article = document.querySelector('article').getBoundingClientRect(), found = [];
    for (const one of document.querySelectorAll('article :is(pre, math, table, svg.figure, .math)')) {
        let box = one, right = one.getBoundingClientRect().right;
        if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
            right = Infinity;
        if (right <= article.right + 1) continue;
        while (box && !['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) box = box.parentElement;
        const text = one.textContent.trim().slice(0, 60);
        found.push([box && box.tabIndex === 0 ? 'scrolls' : 'is cut', one.tagName.toLowerCase(), text]);
    }
    return found;
}"""
# Panels that would fit a quarter smaller, and fade at the edge all the same; captions that are too thin.
FADED = """[...document.querySelectorAll('.figure-scrolls.goes-on > svg.figure')].filter(
    (svg) => 0.75 * svg.getAttribute('width') <= svg.parentElement.clientWidth).length"""
FAINT = """[...document.querySelectorAll('article :is(figcaption, figcaption *)')].filter(
    (one) => getComputedStyle(one).fontWeight < 400).length"""
# What is pale, of no colour and large in the dark, other than pictures: what was made for white paper.
SLABS = """() => {
    const isPale = (colour) => {
        const [r, g, b, alpha = 1] = colour.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
        return alpha > 0.5 && Math.min(r, g, b) > 150;
    };
    const found = [];
    for (const one of document.querySelectorAll('article :is(:not(svg *), svg :is(path, rect))')) {
        const { width, height } = one.getBoundingClientRect(), style = getComputedStyle(one);
        const ground = one.ownerSVGElement ? style.fill : style.backgroundColor;
        if (width * height > 5000 && isPale(ground))
            found.push([one.tagName, one.className.baseVal ?? one.className, ground]);
    }
    return found;
}"""
HOLLOW = """document.querySelectorAll('svg > *, math > *, .highlight pre > *').forEach((e) => e.remove())"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not EDITIONS["open"].is_dir():
        pytest.skip("the book is not built: make book")
    with serve(EDITIONS["open"]) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def visit(browser: Any, url: str, **options: Any) -> tuple[Any, list[str], list[int]]:
    """Open a page as a phone shows it, its folds too.

    Returns:
        The page; what went wrong on the way; the bytes of each answer.
    """
    page = browser.new_page(viewport={"width": 390, "height": 844}, **options)
    wrong: list[str] = []
    weights: list[int] = []
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

    def weigh(response: Any) -> None:
        if response.status >= 400:
            wrong.append(f"{response.status}: {response.url}")
        weights.append(int(response.headers.get("content-length", 0)))

    page.on("response", weigh)
    page.set_default_timeout(120_000)
    page.goto(url, wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.evaluate(
        "document.querySelectorAll('[hidden=until-found]').forEach((one) => { one.hidden = false; })"
    )
    return page, wrong, weights


def look_at(page: Any, width: int, theme: str, media: str = "screen") -> None:
    """Give a page another width and theme, and let it settle."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    page.evaluate(
        """(theme) => {
            document.documentElement.dataset.theme = theme;
            return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }""",
        theme,
    )


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
    page, wrong, weights = visit(browser, f"{address}/{name}.html")
    assert sum(weights) < HEAVIEST
    images = page.evaluate(IMAGES)
    assert [source for source, is_there, _ in images if not is_there] == []
    assert [source for source, _, alt in images if not alt or alt.endswith((".svg", ".png"))] == []
    assert page.evaluate(NAMELESS_FIGURES) == 0
    assert dead_links(page, address) == []

    for width, theme, media in ((390, "light", "screen"), (680, "light", "print"), (1280, "dark", "screen")):
        look_at(page, width, theme, media)
        where = f"at {width} px, {theme}, {media}"
        cut = page.evaluate(CUT)
        if width == 390:
            # A table, the columns of an output, a figure of one panel, equations that are aligned.
            assert [found for found in cut if found[0] != "scrolls"] == [], where
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, where
            assert page.evaluate(FADED) == page.evaluate(FAINT) == 0, where
        else:
            assert [found for found in cut if found[1] != "table"] == [], where
    assert page.evaluate(SLABS) == []
    # Before axe-core asks for style sheets that it looks for in wrong places.
    assert list(dict.fromkeys(wrong)) == []

    # Three quarters of axe-core's time are for what it has no rule for, the insides of figures and formulas,
    # and for the coloured words of code, for which one page stands below.
    page.evaluate(HOLLOW)
    without_code = {"exclude": [[".highlight"]]}
    assert violations(page, without_code) == []
    look_at(page, 390, "light")
    assert violations(page, without_code) == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_figures_have_the_colours_of_the_page(name: str) -> None:
    path = EDITIONS["open"] / f"{name}.html"
    if not path.is_file():
        pytest.skip("the book is not built: make book")
    for figure in re.findall(r'<svg class="figure".*?</svg>', _text(path), re.DOTALL):
        colours = re.findall(r'(?:fill|stroke): ([^;"]+)', figure) + re.findall(
            r'(?:fill|stroke)="(.*?)"', figure
        )
        others = {colour for colour in colours if not re.match(r"none|var\(--figure-\w+\)|url\(#", colour)}
        assert others == set()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_code_in_both_themes(address: str, browser: Any, theme: str) -> None:
    page, *_ = visit(browser, f"{address}/02_gradients.html")
    look_at(page, 1280, theme)
    assert violations(page) == []
    page.close()


def test_panels_stand_below_each_other_on_a_phone(address: str, browser: Any) -> None:
    page, *_ = visit(browser, f"{address}/09_rnn.html")
    tops = (
        "[...document.querySelector('.figure-panels').children].map((svg) => svg.getBoundingClientRect().top)"
    )
    look_at(page, 390, "light")
    first, second = page.evaluate(tops)
    assert first < second
    look_at(page, 1280, "light")
    first, second = page.evaluate(tops)
    assert first == second
    page.close()


def test_the_search_finds_a_chapter(address: str, browser: Any) -> None:
    page, wrong, _ = visit(browser, f"{address}/search.html?q=forget+gate")
    page.get_by_role("link", name="The LSTM").first.wait_for(timeout=10_000)
    assert wrong == []
    page.close()


@pytest.mark.parametrize(
    ("name", "views"),
    [
        ("intro", 1),
        ("00_play", 3),
        ("10_lstm", 1),
        ("15_decoding", 2),
        ("16_capstone", 2),
        ("17_attention", 1),
    ],
)
def test_the_views_of_a_page_come_alive(address: str, browser: Any, name: str, views: int) -> None:
    page, wrong, weights = visit(browser, f"{address}/{name}.html")
    before = sum(weights)
    starts = page.locator(".live-needs button")
    assert starts.count() == views
    for at in reversed(range(views)):
        starts.nth(at).press("Enter")
    page.wait_for_function(f"document.querySelectorAll('.captioning-widget').length === {views}")
    # The networks were not there before.
    assert sum(weights) > before + 1_000_000
    assert wrong == []
    for width, theme in ((390, "dark"), (1280, "light")):
        look_at(page, width, theme)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        # A button that has been scrolled halfway under the header would be taken for a small one.
        page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
        assert violations(page, ".captioning-widget") == []
    page.close()


@pytest.mark.parametrize("name", WITH_A_VIEW)
def test_a_view_moves_without_a_kernel(address: str, browser: Any, name: str) -> None:
    page, wrong, _ = visit(browser, f"{address}/{name}.html")
    view = page.locator(".view")
    before = view.inner_text()
    view.get_by_role("slider").first.press("ArrowRight")
    assert view.inner_text() != before
    assert wrong == []
    look_at(page, 680, "light", "print")
    assert not view.is_visible()
    page.close()


def test_a_guess_comes_before_what_came_out(address: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address}/12_temporal.html")
    guess, hidden = page.locator(".guess"), page.locator(".cell_output[hidden]")
    # The table and the figure: either would tell.
    assert hidden.count() == 2
    guess.get_by_role("button").first.press("Enter")
    assert hidden.count() == 0
    assert guess.get_by_role("status").inner_text().startswith("Your guess: A higher one")
    page.reload()
    page.get_by_role("button", name="Show the result without a guess").press("Enter")
    assert hidden.count() == 0
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
