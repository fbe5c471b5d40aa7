"""The pictures of the page for those who teach: a class that never was, released, graded, and looked at.

They are committed. `python -m coursebuilder pictures` makes them again, after a change of what they show.
"""

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Route

from autograder.grading.batch import How, course_in, grade_class
from autograder.grading.graded import FOLDER, Grader
from autograder.grading.probes import good_isolation
from autograder.grading.statistics import summary_of
from autograder.grading.stats_page import page_of
from autograder.nbgrader.course_folder import nbgrader_in
from captioning.errors import InputError
from captioning.files import atomic_write, write_text
from coursebuilder.a_class import hand_in_class
from coursebuilder.browser import chromium
from coursebuilder.door import release_chapter
from coursebuilder.jupyter import serving
from coursebuilder.plain import BOOK

PICTURES = BOOK / "_pictures"
ASSIGNMENTS = ("09_rnn", "10_lstm")
SHOWN = "10_lstm"
WIDTH, HEIGHT = 1100, 725
# A picture on a page: no more bytes than this.
MOST_BYTES = 100_000


def make_pictures(folder: Path = PICTURES, on_step: Callable[[str], object] = lambda _: None) -> None:
    """Make all pictures.

    Args:
        folder: where to, as WebP.
        on_step: called with what is done next.

    Raises:
        InputError, ChapterError: nothing can be graded here; there is no Chromium.
    """
    with tempfile.TemporaryDirectory() as temporary, chromium("pictures are taken") as browser:
        course = Path(temporary, "course")
        (course / FOLDER).mkdir(parents=True)
        # The same inputs, and so the same numbers in the sentences, each time.
        (course / FOLDER / "key").write_text("00" * 32 + "\n", encoding="utf-8")
        for name in ASSIGNMENTS:
            on_step(f"releasing {name}")
            release_chapter(name, course, "class", lambda _: None)
            hand_in_class(course, name)
        on_step("grading the class")
        stats, student = _graded(course)
        on_step("taking the pictures")
        page = Path(temporary, "stats.html")
        write_text(page, stats)
        for scheme in ("light", "dark"):
            picture = folder / f"stats-{scheme}.webp"
            _take(browser, page.as_uri(), picture, scheme=scheme, top="h2 >> nth=1")
        feedback = course / "feedback" / student / SHOWN / f"{SHOWN}.html"
        verdict = ".verdict:has(svg):has(.mistake) >> nth=0"
        # Below it the next answer begins: the page is open to those who still have to write it.
        _take(browser, feedback.as_uri(), folder / "feedback.webp", top=verdict, only=True)
        with serving(course) as address:
            shown = f"{address}/formgrader/submissions/{_submission(course, student)}/?index=0"
            _take(browser, shown, folder / "formgrader.webp")


def _graded(course: Path) -> tuple[str, str]:
    """Grade the class; return the page of statistics, and one whose mistake has a name and a picture."""
    how = How(Grader.here(good_isolation(None)), jobs=os.cpu_count() or 1)
    with course_in(course) as opened:
        for name in ASSIGNMENTS:
            for entry in grade_class(opened, name, how):
                if entry.problem:
                    raise InputError(f"{name} of {entry.student} was not graded: {entry.problem}")
        releases = [
            summary_of(opened.assignment(name), opened.recorded_verdicts(name), opened.recorded_seconds(name))
            for name in ASSIGNMENTS
        ]
        shown = next(
            student
            for student, verdicts in opened.recorded_verdicts(SHOWN).items()
            for verdict in verdicts
            if verdict.mistake is not None and verdict.findings[0].residual is not None
        )
    with nbgrader_in(course) as api:
        done = api.generate_feedback(SHOWN, shown)
    if not done["success"]:
        raise InputError(f"nbgrader could not write the feedback: {done.get('error')}")
    return page_of(releases, {}), shown


def _submission(course: Path, student: str) -> str:
    with course_in(course) as opened, opened.gradebook() as gradebook:
        return str(gradebook.find_submission_notebook(SHOWN, SHOWN, student).id)


def _take(
    browser: Browser, address: str, path: Path, *, scheme: str = "light", top: str = "", only: bool = False
) -> None:
    """Take a picture of what stands at an address; nothing outside is asked for.

    Args:
        browser, address, path: with what, of what, and where to.
        scheme: "light" or "dark".
        top: an element that the picture begins with, "" for the page.
        only: whether it shows that element alone.
    """
    page: Page = browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": WIDTH, "height": HEIGHT}
    )

    def ours_alone(route: Route) -> None:
        is_ours = "//127.0.0.1:" in route.request.url
        route.continue_() if is_ours else route.abort()

    page.route("http*://**", ours_alone)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if top:
        page.locator(top).evaluate("node => window.scrollTo(0, node.getBoundingClientRect().top - 16)")
    if only:
        page.locator(top).evaluate("node => { node.style.padding = '16px'; }")
    shot = page.locator(top).screenshot() if only else page.screenshot()
    taken = Image.open(io.BytesIO(shot)).convert("RGB")
    page.close()
    for quality in (85, 70, 55):
        file = io.BytesIO()
        taken.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= MOST_BYTES:
            break
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_bytes(file.getvalue())
