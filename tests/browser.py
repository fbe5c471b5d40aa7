"""A real browser for the tests that look at pages and widgets, and what axe-core says of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coursebuilder.browser import CHROMIUM, chromium

SETTLE = """() => document.getAnimations().forEach((one) => {
  if (one.effect.getComputedTiming().endTime === Infinity) one.cancel();
  else one.finish();
})"""
# The rules of WCAG 2.2, levels A and AA; axe has others, that are matters of taste.
RULES = {
    # The page would send all that is well, too: most of the time of a test.
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium; a test that asks for it is skipped where there is none."""
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium-headless-shell")
    with chromium("pages are looked at") as browser:
        yield browser


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the files of a folder, at the address that is yielded."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def violations(page: Any, context: str | dict[str, Any] | None = None) -> list[str]:
    """Return what axe-core finds on a page, a line for each rule.

    Args:
        page: the page.
        context: where it looks, a selector or what axe-core calls a context; None for all of the page.
    """
    # A colour on its way from one theme to the other has too little contrast.
    page.evaluate(SETTLE)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context=context, options=RULES).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found
    ]
