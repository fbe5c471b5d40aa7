"""Chapters 0, 10 and 16 of a student's folder in a JupyterLab and in a Notebook 7, in a browser.

The folder has no other chapters, so what they need is borrowed. Of the long chapters, cells that compute
figures are left out: ``test_student_walk`` runs all of them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captioning import cli
from captioning.answers import library
from captioning.answers.resolver import written_before
from coursebuilder.jupyter import serving
from tests.browser import open_browser

SECONDS = 60  # for a kernel beside other work

pytestmark = pytest.mark.xdist_group("lab")
# Each with a folder of the course, and so with kernels, of its own.
FRONT_ENDS = {
    "JupyterLab": "doc/workspaces/{name}/tree/lab/{name}/{name}.ipynb",
    "Notebook 7": "notebooks/seven/{name}/{name}.ipynb",
}
# Where a chapter is long, how the cells begin that are kept.
KEPT = {
    "10_lstm": (
        *("# In Colab", "from captioning.course.machine", "import matplotlib"),
        *("from captioning.layers import shapes", "@shapes", "check(lstm_gates)", "from captioning.live"),
    ),
    "16_capstone": (
        *("# In Colab", "from captioning.course.machine", "import cProfile"),
        *("from captioning.widgets import GateViewer", "from captioning.widgets import CaptionSampler"),
    ),
}
ANSWER = """@shapes(x="N D", prev_h="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_gates(x, prev_h, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    H = prev_h.shape[1]
    return np.concatenate([(1 + np.tanh(a[:, : 3 * H] / 2)) / 2, np.tanh(a[:, 3 * H :])], axis=1)
"""
OTHERS = ("def lstm_step_forward", "def lstm_forward")
# How many views and widgets stand in a chapter once all of it has run.
SHOWN = {"00_play": 3, "10_lstm": 1, "16_capstone": 2}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Jupyter beside two folders of the course; return its address."""
    pytest.importorskip("notebook", reason="Notebook 7 is not installed")
    root = tmp_path_factory.mktemp("courses")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(library.VARIABLE, raising=False)
        for folder in (root / "lab", root / "seven"):
            assert cli.run(["start", str(folder), "--chapters", "0,10,16"]) == 0
            # Chapter 16 runs on those of chapter 10, too, which stay open here.
            with library.working_in(folder):
                library.borrow(name for name, chapter in written_before(16).items() if chapter == 10)
            for name, kept in KEPT.items():
                keep_cells(folder / name / f"{name}.ipynb", kept)
        with serving(root, {}) as address:
            yield address


def keep_cells(path: Path, kept: tuple[str, ...]) -> None:
    """Leave out all cells of a notebook but some."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if "".join(cell["source"]).startswith(kept)
        and not any(other in "".join(cell["source"]) for other in OTHERS)
    ]
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def run_all(page: Any) -> None:
    """Run all cells by the menu, once the kernel listens: what is run before is forgotten, all or some of it.

    Until then cells look as if they ran; what has run has a number.
    """
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    numbered = page.locator(".jp-CodeCell .jp-InputPrompt").filter(has_text=re.compile(r"\[\d+\]:"))
    for second in range(SECONDS):
        if numbered.count():
            break
        if second % 10 == 0:
            press_run_all(page)
        page.wait_for_timeout(1000)
    else:
        pytest.fail("the kernel does not listen")
    press_run_all(page)


def press_run_all(page: Any) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def wait_for_widgets(page: Any, count: int) -> None:
    """Wait until as many widgets stand in a notebook; press again where some of its cells were forgotten."""
    from playwright.sync_api import TimeoutError  # noqa: PLC0415  (it may not be installed)

    widgets = page.locator(".captioning-widget")
    for _ in range(5):
        try:
            widgets.nth(count - 1).wait_for(timeout=1000 * SECONDS)
        except TimeoutError:
            press_run_all(page)
        else:
            assert widgets.count() == count
            return
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    pytest.fail(f"{widgets.count()} of {count} widgets are there; the cells: {prompts}")


@pytest.mark.slow
@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_chapters_in_a_browser(front_end: str, address: str, browser: Any) -> None:
    # So high that no cell is out of sight: JupyterLab takes those out of the page.
    context = browser.new_context(viewport={"width": 1280, "height": 6000})
    context.set_default_timeout(5000 * SECONDS)
    pages = {}
    for name in SHOWN:  # side by side: their kernels start at the same time
        pages[name] = context.new_page()
        pages[name].goto(f"{address}/{FRONT_ENDS[front_end].format(name=name)}")
    for page in pages.values():
        run_all(page)

    # Wrong first: the stub is not an answer yet, and nothing below it runs.
    lstm = pages["10_lstm"]
    lstm.get_by_text("You own 0 of ").first.wait_for()
    lstm.get_by_text("✗ lstm_gates: not yet, 0 of ").wait_for()
    assert lstm.locator(".live-view, .captioning-widget").count() == 0
    cell = lstm.locator('.jp-CodeCell:has-text("def lstm_gates") .cm-content')
    cell.click()
    lstm.keyboard.press("Control+a")
    lstm.keyboard.insert_text(ANSWER)
    run_all(lstm)
    lstm.get_by_text("Saved for later chapters: my_layers/lstm_gates.py").wait_for()

    for name, page in pages.items():
        wait_for_widgets(page, SHOWN[name])
        assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    context.close()
