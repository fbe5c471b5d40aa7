"""The viewers of the book's pages: widgets without a kernel and without a network, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captioning.scenes.scene import Scene, make_splits
from captioning.training.captioner import Captioner, load_captioner
from captioning.widgets.viewers import DRAWN, TEMPERATURES, Viewer, gates_viewer, sampling_viewer
from tests.browser import open_browser, violations


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return load_captioner("lstm")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_splits([("test", 1)], seed=5)["test"][0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def open_page(browser: Any, folder: Path, viewer: Viewer, theme: str, width: int) -> Any:
    """Open a page that holds nothing but a viewer, from a file and without a network."""
    path = folder / "page.html"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>'
    path.write_text(
        f'<!doctype html><html lang="en" data-theme="{theme}">{head}<main><h1>A page</h1><h2>A viewer</h2>'
        f"<h3>It</h3>{viewer._repr_html_()}</main></html>",
        encoding="utf-8",
    )
    page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path.as_uri())
    page.locator(".captioning-widget h4").first.wait_for()
    return page


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_temperature_by_keyboard(
    captioner: Captioner, scene: Scene, browser: Any, tmp_path: Path, theme: str, width: int
) -> None:
    page = open_page(browser, tmp_path, sampling_viewer(captioner, scene), theme, width)
    captions, choices = page.locator("table .caption"), page.locator(".choice")
    assert captions.count() == 1 + DRAWN
    likeliest = captions.first.inner_text()
    shares = {}
    slider = page.get_by_role("slider", name="Temperature")
    slider.press("Home")
    for temperature in TEMPERATURES:
        assert page.locator("output").inner_text() == f"{temperature:.2f}"
        assert captions.first.inner_text() == likeliest
        shares[temperature] = choices.first.inner_text()
        slider.press("ArrowRight")
    # The likeliest word is drawn the less often, the higher the temperature; the model's own share stays.
    drawn = [float(re.findall(r"([\d.]+) %", text)[-1]) for text in shares.values()]
    assert drawn == sorted(drawn, reverse=True)
    assert drawn[0] > drawn[-1]
    assert len({re.search(r"model .*?%", text)[0] for text in shares.values()}) == 1

    page.get_by_role("group", name="Words of the caption").get_by_role("button").first.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.key") == "step-1"
    assert page.locator(".bars h4").inner_text().startswith("Word 2")
    # No kernel could go on from another word, so nothing offers it.
    assert page.locator(".bars button").count() == 0
    assert_fits(page)


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_gates_by_keyboard(
    captioner: Captioner, scene: Scene, browser: Any, tmp_path: Path, theme: str, width: int
) -> None:
    page = open_page(browser, tmp_path, gates_viewer(captioner, scene), theme, width)
    assert page.locator("canvas").count() == len(captioner.model.cell.blocks)
    page.get_by_role("slider", name="Step").press("ArrowRight")
    assert page.locator("tr[aria-current=step]").inner_text().startswith("▸ 2")
    assert_fits(page)

    # The maps follow when the page changes its colours.
    pixels = "document.querySelector('canvas').toDataURL()"
    before = page.evaluate(pixels)
    other = "dark" if theme == "light" else "light"
    page.evaluate("(other) => { document.documentElement.dataset.theme = other; }", other)
    page.wait_for_function(f"(before) => {pixels} !== before", arg=before)


def assert_fits(page: Any) -> None:
    """Hold a page to it that it does not scroll sideways, and that axe-core finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations(page) == []


def test_what_is_recorded_cannot_end_the_script(captioner: Captioner, scene: Scene) -> None:
    for viewer in (sampling_viewer(captioner, scene), gates_viewer(captioner, scene)):
        assert viewer.html.count("</script>") == 1
        assert "<END>" not in viewer.html
