"""Chromium: for what is printed, for pictures of pages, and for the tests that look at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import TYPE_CHECKING

from coursebuilder.errors import ChapterError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The shell has no windows, and is quicker: the tests of the views take 32 s with it, 43 s with Chromium.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(which, PROGRAMS)), None)
# Root cannot use Chromium's sandbox; the other options keep it from asking its maker's servers.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(purpose: str) -> Iterator["Browser"]:
    """Start Chromium.

    Args:
        purpose: what needs it, for the message: "a PDF is printed".

    Raises:
        ChapterError: there is none.
    """
    if CHROMIUM is None:
        raise ChapterError(f"{purpose} by Chromium, which is not here: `apt-get install chromium`")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (the tests run without it, too)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
