"""A real browser for the tests that look at pages and widgets, and what axe-core says of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import Any

import pytest

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
# Root cannot use Chromium's sandbox; the other options keep it from asking its maker's servers.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The rules of WCAG 2.2, levels A and AA; axe has others, that are matters of taste.
RULES = {
    # The page would send all that is well, too: most of the time of a test.
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium; a test that asks for it is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def violations(page: Any, context: str | dict[str, Any] | None = None) -> list[str]:
    """Return what axe-core finds on a page, a line for each rule.

    Args:
        page: the page.
        context: where it looks, a selector or what axe-core calls a context; None for all of the page.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context=context, options=RULES).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found
    ]
