"""The widgets in a real JupyterLab, used by keyboard and mouse in a real browser."""

import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image

from captioning.widgets import GateViewer
from coursebuilder.jupyter import serving
from tests.browser import open_browser, violations

CELLS = {
    "sampler": "from captioning.widgets import CaptionSampler\nCaptionSampler(decoding='temperature')",
    "viewer": "from captioning.widgets import GateViewer\nGateViewer()",
    "live": "from captioning.live import LiveView\nLiveView('scene', scene='a red boat left of a castle')",
}
SECONDS = 20

# One JupyterLab for all of them.
pytestmark = pytest.mark.xdist_group("lab")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start a JupyterLab in a folder with a notebook for each widget; return its address."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    folder = tmp_path_factory.mktemp("lab")
    for name, source in CELLS.items():
        cell = {"cell_type": "code", "execution_count": None, "id": name, "metadata": {}, "outputs": []}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": [cell | {"source": source}], "metadata": {"kernelspec": kernel}}
        text = json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5})
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    with serving(folder, {"CAPTIONING_LIBRARY": ""}) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture
def show(lab, browser):
    """Return what opens a notebook, runs its cell and gives the widget."""
    pages = []

    def open_and_run(name, width=1280):
        page = browser.new_page(viewport={"width": width, "height": 1000})
        page.set_default_timeout(1000 * SECONDS)
        pages.append(page)
        troubles = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        # One document fills the page: on a narrow one the side bars of the whole JupyterLab leave it no room.
        page.goto(f"{lab}/doc/workspaces/{name}/tree/{name}.ipynb")
        cell = page.locator(".jp-Notebook .jp-CodeCell").first
        prompt = cell.locator(".jp-InputPrompt")
        widget = page.locator(".captioning-widget")
        # JupyterLab forgets a cell that is run before the kernel listens.
        for _ in range(SECONDS):
            if prompt.inner_text() == "[ ]:":
                cell.locator(".cm-content").click()
                page.keyboard.press("Control+Enter")
            page.wait_for_timeout(1000)
            if widget.is_visible():
                break
        assert troubles == []
        return widget

    yield open_and_run
    for page in pages:
        page.close()


def wait_until(page, changed):
    for _ in range(10 * SECONDS):
        if changed():
            return
        page.wait_for_timeout(100)
    pytest.fail("nothing changed")


@pytest.mark.slow
def test_the_sampler_by_keyboard_and_mouse(show):
    widget = show("sampler")
    page = widget.page

    def captions():
        return widget.locator("table .caption").all_inner_texts()

    # A slider by keyboard: JupyterLab's own shortcuts keep out of it.
    slider = widget.get_by_role("slider", name="Temperature")
    before = captions()
    slider.focus()
    page.keyboard.press("End")
    wait_until(page, lambda: captions() != before)
    assert slider.input_value() == "2"
    page.keyboard.press("ArrowLeft")
    wait_until(page, lambda: widget.locator("output", has_text="1.95").is_visible())

    # Only the controls that apply are there.
    assert not widget.get_by_role("slider", name="Beam width").is_visible()
    widget.get_by_label("Decoding").select_option("beam")
    assert widget.get_by_role("slider", name="Beam width").is_visible()
    assert not slider.is_visible()
    widget.get_by_label("Decoding").select_option("greedy")
    wait_until(page, lambda: len(captions()) == 1)

    # Another word, by keyboard; the focus stays where it was.
    widget.get_by_role("group", name="Words of the caption").get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.key") == "step-1"
    other = widget.locator('.bars .choice[aria-pressed="false"]').first
    word = other.locator(".word").inner_text()
    other.focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: f"Every caption begins with “a {word}”" in widget.inner_text())
    assert captions()[0].startswith(f"a {word} ")
    assert page.evaluate("document.activeElement.dataset.key") == f"word-{word}"

    # Another scene, by the arrow keys of its radio buttons.
    widget.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: "balloon" in captions()[0])

    # Own words, understood and not.
    words = widget.get_by_label("or describe one")
    words.fill("a dragon")
    words.press("Enter")
    wait_until(page, lambda: "No scene has “dragon”" in widget.inner_text())
    words.fill("a huge pink whale")
    words.press("Enter")
    wait_until(page, lambda: "whale" in captions()[0])
    assert "No scene has" not in widget.inner_text()

    # A photo, good and bad.
    photo = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), 90, dtype=np.uint8)).save(photo, "PNG")
    upload = widget.get_by_label("or drop a photo here")
    upload.set_input_files({"name": "grey.png", "mimeType": "image/png", "buffer": photo.getvalue()})
    wait_until(page, lambda: "your photo grey.png" in widget.inner_text())
    wait_until(page, lambda: "What is on a photo is not known" in widget.inner_text())
    upload.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"no pixels"})
    wait_until(page, lambda: "notes.png is not a picture" in widget.inner_text())
    assert violations(page, ".captioning-widget") == []


@pytest.mark.slow
def test_the_gate_viewer_by_keyboard_on_a_narrow_page(show):
    widget = show("viewer", width=390)
    page = widget.page
    slider = widget.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: "Step 2: reads “a”" in widget.inner_text())
    assert slider.get_attribute("aria-valuetext").startswith("step 2 of ")
    assert widget.get_by_role("img", name="forget f").is_visible()
    widget.get_by_label("Model").select_option("gru")
    wait_until(page, lambda: widget.get_by_role("img", name="update z").count() == 1)
    assert widget.evaluate("it => it.scrollWidth <= it.clientWidth")
    assert violations(page, ".captioning-widget") == []


@pytest.mark.slow
def test_a_view_of_the_book_in_a_notebook(show):
    widget = show("live")
    page = widget.page
    caption = widget.locator("table .caption")
    wait_until(page, lambda: "boat" in caption.first.inner_text())
    before = caption.first.inner_text()
    widget.get_by_label("Colour").first.select_option("purple")
    wait_until(page, lambda: "purple" in widget.locator("figcaption").inner_text())
    wait_until(page, lambda: caption.first.inner_text() != before)
    # Another captioner is fetched from the kernel when it is chosen.
    widget.get_by_label("Model").select_option("gru")
    wait_until(page, lambda: widget.get_attribute("aria-busy") is None)
    assert "boat" in caption.first.inner_text()
    assert violations(page, ".captioning-widget") == []


MEAN_GREY = """canvases => canvases.map(canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, at) => at % 4 < 3).reduce((sum, value) => sum + value, 0) / (0.75 * data.length);
})"""


LATE = """async ([source, values, css]) => {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  const pause = () => new Promise((done) => setTimeout(done, 200));
  const nothing = () => {};
  const get = (name) => values[name];
  const model = { get, set: nothing, on: nothing, save_changes: nothing, send: nothing };
  const el = document.createElement("div");
  widget.render({ model, el });
  await pause();
  document.body.append(el);
  await pause();
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  await pause();
}"""


def test_the_gates_have_their_colours_when_the_page_and_its_style_come_after_them(browser):
    """As after a reload, where JupyterLab makes what is below the screen first, and shows it later."""
    viewer = GateViewer()
    values = {name: getattr(viewer, name) for name in viewer.keys if not name.startswith("_")}
    values = {name: value for name, value in values.items() if name not in {"layout", "comm"}}
    page = browser.new_page()
    page.goto("about:blank")
    page.evaluate(LATE, [str(GateViewer._esm), values, str(GateViewer._css)])
    greys = page.locator("canvas").evaluate_all(MEAN_GREY)
    page.close()
    assert len(greys) == 4
    assert min(greys) > 50


@pytest.mark.slow
def test_after_a_restart_of_the_kernel_it_says_what_to_do(show, lab):
    widget = show("viewer")
    page = widget.page
    with urllib.request.urlopen(f"{lab}/api/sessions") as answer:
        sessions = json.load(answer)
    kernel = next(one["kernel"]["id"] for one in sessions if one["path"].endswith("viewer.ipynb"))
    page.evaluate(
        "address => fetch(address, { method: 'POST', headers: { 'X-XSRFToken': "
        "document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? '' } })",
        f"{lab}/api/kernels/{kernel}/restart",
    )
    page.wait_for_timeout(3000)
    widget.get_by_label("Model").select_option("gru")
    wait_until(page, lambda: "If the kernel was restarted, run this cell again" in widget.inner_text())
