"""The views of a page: what they show beside what Python shows, and they themselves in a browser."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captioning.errors import InputError
from captioning.layers import decode_captions, greedy_decode, replay
from captioning.live import views as live_views
from captioning.live.tables import known
from captioning.live.views import VIEWS, bundle, notebook_cell, view_html
from captioning.scenes import drawing
from captioning.scenes.scene import HELD_OUT, KINDS, sample_scene, scene_to_record
from captioning.scenes.truth import truth
from captioning.scenes.words import read_scene, scene_in_words
from captioning.training.captioner import load_captioner
from captioning.widgets.gates import gates_of, gates_view
from captioning.widgets.look import STATIC
from captioning.widgets.pictures import picture_of_scene
from captioning.widgets.sampler_view import sampler_view
from captioning.widgets.session import Session, Settings
from tests.browser import open_browser, violations
from tests.live import SCENE, ask_node, write_page

pytestmark = pytest.mark.xdist_group("live")
SCENES = [
    sample_scene(np.random.default_rng(seed), unseen=unseen) for seed in range(3) for unseen in (False, True)
]
# Settings, words that the captions begin with, and which caption is looked at.
ASKED: tuple[tuple[dict[str, Any], tuple[str, ...], int], ...] = (
    ({}, (), 0),
    ({"model": "rnn"}, (), 0),
    ({"model": "gru"}, ("there", "is"), 0),
    ({"model": "attention"}, (), 0),
    ({"decoding": "temperature", "temperature": 1.3, "seed": 3}, (), 2),
    ({"decoding": "top-k", "k": 3, "temperature": 0.7}, ("a",), 1),
    ({"decoding": "top-p", "p": 0.6, "seed": 12, "model": "attention"}, (), 3),
    ({"decoding": "beam", "beam_width": 4, "length_penalty": 0.5}, (), 2),
)


def run(folder: Path, load: list[str], view: str, code: str, given: Any) -> Any:
    """Run code with the modules of a view, what they know of the course, and the engine; without a page.

    The code is the body of a function that is in the view's file, and takes ``given`` and ``ask``.
    """
    inside = f"return async (given, ask) => {{\n{code}\n}};"
    source = re.sub(r"^return show;$", lambda _: inside, bundle(view), flags=re.MULTILINE)
    start = (
        "const views = {};\n"
        'new Function("captioningEngine", "captioningViews", given.source)(() => engine, views);\n'
        f'return views["{view}"](given.given, engine.answer);'
    )
    (said,) = ask_node(folder, load, [{"run": start, "given": {"source": source, "given": given}}])
    return said


def numbers_apart(value: Any) -> tuple[Any, list[float]]:
    """Return JSON with its fractions taken out, and these."""
    numbers: list[float] = []

    def apart(one: Any) -> Any:
        if isinstance(one, dict):
            return {name: apart(item) for name, item in one.items()}
        if isinstance(one, list | tuple):
            return [apart(item) for item in one]
        if isinstance(one, float | int) and not isinstance(one, bool):
            numbers.append(one)
            return "number"
        return one

    return apart(value), numbers


@pytest.mark.slow
def test_what_a_sampler_shows_is_what_python_shows(live_folder: Path) -> None:
    """Every string; the shares of bars and of attention to the fourth place."""
    code = """
    const shown = [];
    for (const { session, caption } of given) shown.push(await samplerView(ask, session, caption));
    return shown;"""
    given, expected = [], []
    for scene in SCENES:
        for settings, prefix, caption in ASKED:
            chosen = Settings(layers="reference", **settings)
            record = {name: value for name, value in vars(chosen).items() if name != "layers"}
            session = {"picture": {"scene": scene_to_record(scene)}, "settings": record, "prefix": prefix}
            given.append({"session": session, "caption": caption})
            # Where it runs is another thing in a page.
            page = {"whose": known()["whose"]}
            expected.append(sampler_view(Session(picture_of_scene(scene), chosen, prefix), caption) | page)
    models = ["rnn", "lstm", "gru", "attention"]
    shown = run(live_folder, ["world", "vgg16", *models], "sampler", code, given)
    for question, ours, theirs in zip(given, shown, expected, strict=True):
        (said, numbers), (as_python, exact) = numbers_apart(ours), numbers_apart(theirs)
        assert said == as_python, question
        assert np.abs(np.subtract(numbers, exact)).max() < 1.5e-4


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm", "gru", "attention"])
def test_what_the_gates_show_is_what_python_shows(live_folder: Path, model: str) -> None:
    code = """
    const shown = [];
    for (const session of given) shown.push(await gatesView(ask, session));
    return shown;"""
    settings = Settings(model=model, layers="reference")
    record = {name: value for name, value in vars(settings).items() if name != "layers"}
    given = [
        {"picture": {"scene": scene_to_record(scene)}, "settings": record, "prefix": []} for scene in SCENES
    ]
    shown = run(live_folder, ["world", "vgg16", model], "gates", code, given)
    for scene, ours in zip(SCENES, shown, strict=True):
        theirs = gates_view(gates_of(Session(picture_of_scene(scene), settings)))
        maps = [
            [heat_map(gate.pop("map"), gate["units"]) for gate in view["gates"]] for view in (ours, theirs)
        ]
        assert {**ours, "whose": None} == {**theirs, "whose": None}
        for mine, other in zip(*maps, strict=True):
            # A byte is rounded, and units with nearly the same mean may change places.
            assert np.abs(np.sort(mine, axis=None) - np.sort(other, axis=None)).max() <= 1
            assert np.abs(mine.mean(axis=1) - other.mean(axis=1)).max() <= 1


@pytest.mark.slow
def test_what_covering_a_cell_costs_is_what_chapter_17_measures(live_folder: Path) -> None:
    """How far log-probabilities fall when a cell of the grid is zeros; and what is said without the cell."""
    code = """
    const shown = [];
    for (const scene of given) shown.push(await coveringView(ask, { scene }));
    return shown;"""
    given = [scene_to_record(scene) for scene in SCENES]
    captioner = load_captioner("attention")
    for scene, shown in zip(
        SCENES, run(live_folder, ["world", "vgg16", "attention"], "covering", code, given), strict=True
    ):
        features = captioner.encode(drawing.draw(scene)[None])
        said = greedy_decode(captioner.model, features, trace=True)
        steps, side = len(shown["words"]), shown["side"]

        def log_probs_of(grid: np.ndarray, words: np.ndarray = said.words) -> np.ndarray:
            trace = replay(captioner.model, grid, words)
            return np.take_along_axis(trace.log_probs, words[:, :, None], axis=2)[0, :, 0]

        assert shown["text"] == decode_captions(said.words, captioner.idx_to_word)[0]
        assert shown["verdict"].startswith(" ✓") == truth(shown["text"], scene).wholly_true
        weights = said.trace.inside["attention"][0, :steps].reshape(steps, -1)
        assert np.abs(np.subtract(shown["weights"], weights)).max() < 1e-4
        for cell, (row, column) in enumerate(np.ndindex(side, side)):
            covered = features.copy()
            covered[:, :, row, column] = 0
            falls = log_probs_of(features) - log_probs_of(covered)
            costs = [of_cells[cell] for of_cells in shown["costs"]]
            assert np.abs(np.subtract(costs, falls[:steps])).max() < 1e-3
            words = greedy_decode(captioner.model, covered).words
            assert shown["without"][cell]["text"] == decode_captions(words, captioner.idx_to_word)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "gate", "units", "value"),
    [
        ("lstm", 1, range(100), 0),
        ("lstm", 2, (5,), 1),
        ("gru", 1, range(60), 1),
        ("attention", 0, range(100), 0),
    ],
)
def test_units_of_a_gate_are_held(
    live_folder: Path, model: str, gate: int, units: Sequence[int], value: int
) -> None:
    """What is said is what Python says with a bias that holds them, and that is where the gate is."""
    code = """
    const said = [];
    for (const session of given) {
      const [{ text, steps }] = await captionsOf(ask, session, 0);
      const { gate, units } = session.held;
      const H = steps[0].gates.length / TABLES.blocks[session.settings.model].length;
      said.push({ text, held: steps.flatMap(({ gates }) => units.map((unit) => gates[gate * H + unit])) });
    }
    return said;"""
    settings = {name: one for name, one in vars(Settings(model=model)).items() if name != "layers"}
    session = {"settings": settings, "prefix": [], "held": {"gate": gate, "units": [*units], "value": value}}
    given = [{**session, "picture": {"scene": scene_to_record(scene)}} for scene in SCENES]
    captioner = load_captioner(model)
    H = len(captioner.params["W_vocab"])
    captioner.params["b"] = captioner.params["b"].copy()
    captioner.params["b"][gate * H + np.array(units)] = 1e4 if value else -1e4
    expected = captioner.caption(np.stack([drawing.draw(scene) for scene in SCENES]))
    shown = run(live_folder, ["world", "vgg16", model], "gates", code, given)
    assert [one["text"] for one in shown] == expected
    assert {number for one in shown for number in one["held"]} == {value}


@pytest.mark.slow
def test_the_tree_of_a_search_is_the_search_of_python(live_folder: Path) -> None:
    """Captions and scores; the tree leads to them; what is left behind is what nothing is gone on from."""
    code = """
    const shown = [];
    for (const session of given) shown.push(await beamView(ask, session));
    return shown;"""
    asked = [(scene, width, penalty) for scene in SCENES[:3] for width, penalty in ((1, 1.0), (4, 0.5))]
    sessions = [
        Session(
            picture_of_scene(scene),
            Settings(decoding="beam", beam_width=width, length_penalty=penalty, layers="reference"),
        )
        for scene, width, penalty in asked
    ]
    given = []
    for (scene, _, _), session in zip(asked, sessions, strict=True):
        settings = {name: value for name, value in vars(session.settings).items() if name != "layers"}
        given.append({"picture": {"scene": scene_to_record(scene)}, "settings": settings})
    shown = run(live_folder, ["world", "vgg16", "lstm"], "beam", code, given)
    for (_, width, _), session, tree in zip(asked, sessions, shown, strict=True):
        expected = sampler_view(session, 0)
        as_said = [(one["text"], one["score"]) for one in expected["captions"]]
        assert [(one["text"], one["score"]) for one in tree["captions"]] == as_said
        steps = tree["steps"]
        left = 0
        for at, of_step in enumerate(steps):
            assert len(of_step) <= width
            parents = {beam["parent"] for beam in steps[at + 1]} if at + 1 < len(steps) else set(range(width))
            for rank, beam in enumerate(of_step):
                gone_on = rank in parents
                left += not gone_on
                assert gone_on or beam["fate"] in ("left", "ended")
        assert len(tree["dropped"]) == left
        for rank in range(len(steps[-1])):  # from the leaf to the root, and read forwards
            words, at = [], rank
            for of_step in reversed(steps):
                words.append(of_step[at]["word"])
                assert of_step[at]["fate"] in (("best", "ended") if not rank else ("best", "kept", "ended"))
                at = of_step[at]["parent"]
            said = " ".join(word for word in reversed(words) if word not in ("", "<END>"))
            assert said == tree["captions"][rank]["text"]


def as_python_reads(text: str) -> Any:
    """Return what is read as JSON, or the complaint."""
    try:
        reading = read_scene(text, 7)
    except InputError as error:
        return str(error)
    return json.loads(json.dumps({"scene": scene_to_record(reading.scene), "notes": reading.notes}))


def heat_map(text: str, units: int) -> np.ndarray:
    """Return the map of a gate as ``(units, words)``."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(units, -1).astype(int)


TEXTS = (
    SCENE,
    "two things",
    "",
    "x" * 300,
    "a dragon and a ligthouse",
    "a red balloon by day",
    "red",
    "left of a boat",
    "a boat, a ship and a duck",
    "a boat and a boat",
    "a boat left of",
    "a boat alone and a ship",
    "a red blue boat",
    "a boat left of a ship above a duck",
    "a boat in front of a duck",
    "a castle behind a tiny purple rabbit, in the mountains",
    "a bird with a tree below it while it snows",
    "a camel beside an elephant at sunset",
    "A HUGE kite in the desert, in the rain!",
    "a kite and a horse and it is night, under the clouds",
    "an airplane right of a small cottage",
    "a small house in front of a small tree",
    "the sea at dusk",
    "purple bicycle",
    "a cat in the rain in the snow",
)


def test_a_sentence_is_read_as_python_reads_it(live_folder: Path) -> None:
    texts = [*TEXTS, *(scene_in_words(scene) for scene in SCENES)]
    code = """
    return given.texts.map((text) => {
      try {
        return readScene(text, 7);
      } catch (error) {
        if (!(error instanceof Complaint)) throw error;
        return error.message;
      }
    }).concat(given.scenes.map(sceneInWords));"""
    given = {"texts": texts, "scenes": [scene_to_record(scene) for scene in SCENES]}
    said = run(live_folder, [], "scene", code, given)
    assert said[len(texts) :] == [scene_in_words(scene) for scene in SCENES]
    expected = [as_python_reads(text) for text in texts]
    assert said[: len(texts)] == expected
    assert sum(isinstance(one, str) for one in expected) > 10


def wishes(count: int, rng: np.random.Generator) -> list[list[dict[str, Any]]]:
    """Return the things of random scenes, wished anywhere."""
    wished = []
    for _ in range(count):
        things = [vars(thing) for thing in sample_scene(rng).things]
        wished.append([thing | {"x": rng.random(), "y": rng.random()} for thing in things])
    return wished


def test_things_that_are_moved_stay_in_the_room_of_the_training_pictures(live_folder: Path) -> None:
    rng = np.random.default_rng(0)
    wished = wishes(1500, rng)
    given = [{"things": things, "moved": int(rng.integers(len(things)))} for things in wished]
    code = """
    const world = await ask({ do: "world" });
    return given.map(({ things, moved }) =>
      [false, true].map((anywhere) => settled(world, things, moved, anywhere)));"""
    relations = set()
    for question, (kept, free) in zip(given, run(live_folder, ["world"], "scene", code, given), strict=True):
        assert [(thing["x"], thing["y"]) for thing in free["things"]] == [
            (thing["x"], thing["y"]) for thing in question["things"]
        ]
        things = [kept["things"][at] for at in kept["order"]]
        relations.add(kept["relation"])
        assert_is_in_the_room(things, kept["relation"])
    assert relations == {"alone", "left of", "above", "in front of"}


def assert_is_in_the_room(things: list[dict[str, Any]], relation: str) -> None:
    """Hold things, in the order of their scene, to where ``drawing.places`` may put them."""
    near = 1e-9
    sides = [drawing.SCALES[thing["size"]] for thing in things]
    for slot, thing in enumerate(things):
        assert drawing.MARGIN - near <= thing["x"] <= 1 - drawing.MARGIN + near
        y, heights = thing["y"], drawing.GROUND
        if KINDS[thing["kind"]].layer == "air":
            y, heights = thing["y"] - sides[slot] / 2, drawing.FLYER_HEIGHTS[relation]
        elif relation == "in front of":
            heights = drawing.DEPTHS[slot]
        assert heights[0] - near <= y <= heights[1] + near
    if relation == "alone":
        return
    across = things[1]["x"] - things[0]["x"]
    if relation == "left of":
        assert across >= max(drawing.LEAST_GAP, drawing.APART * sum(sides) / 2) - near
    else:
        least, most = drawing.SHIFTS[relation]
        assert least - near <= abs(across) <= most + near
        assert relation == "above" or [thing["size"] for thing in things] == ["small", "large"]


def test_a_thing_can_be_moved_past_another_and_in_front_of_it(live_folder: Path) -> None:
    boat, tower = read_scene(SCENE).scene.things
    places = [vars(boat) | {"x": 0.2, "y": 0.9}, vars(tower) | {"x": 0.5, "y": 0.9}]
    code = """
    const world = await ask({ do: "world" });
    return given.xs.map((x) => {
      const { relation, order } = settled(world, [{ ...given.places[0], x }, given.places[1]], 0, false);
      return `${relation} ${order}`;
    });"""
    given = {"places": places, "xs": [0.2, 0.45, 0.55, 0.85]}
    said = run(live_folder, ["world"], "scene", code, given)
    assert said == ["left of 0,1", "in front of 0,1", "in front of 0,1", "left of 1,0"]
    # Also where the other one stands so far to the right that it must move.
    places[1]["x"], given["xs"] = 0.8, [0.7, 0.84, 0.9]
    said = run(live_folder, ["world"], "scene", code, given)
    assert said == ["in front of 0,1", "in front of 0,1", "left of 1,0"]


def test_only_what_lives_there_is_there(live_folder: Path) -> None:
    code = """
    const world = await ask({ do: "world" });
    return Object.entries(TABLES.weathersOf).flatMap(([background, weathers]) => weathers.map((weather) => {
      const scene = { background, weather };
      const things = [{ kind: "boat" }, { kind: "balloon" }];
      return { scene, offered: kindsOf(world, scene, "car"), ...moveIn(world, scene, things) };
    }));"""
    for said in run(live_folder, ["world"], "scene", code, None):
        place, wet = said["scene"]["background"], said["scene"]["weather"] in ("rainy", "snowy")
        lives = [
            name
            for name, kind in KINDS.items()
            if place in kind.places and not (kind.fair_weather and wet) and name != "car"
        ]
        assert said["offered"] == lives
        kinds = [thing["kind"] for thing in said["things"]]
        assert set(kinds) <= {*lives, "car"}
        assert len(set(kinds)) == 2
        assert len(said["notes"]) == (kinds[0] != "boat") + (kinds[1] != "balloon")


def test_the_front_ends_ask_no_more_of_a_model_than_a_page_has() -> None:
    for path in STATIC.glob("*.js"):
        methods = set(re.findall(r"\bmodel\.(\w+)\(", path.read_text(encoding="utf-8")))
        assert methods <= {"get", "set", "on", "save_changes", "send"}, path.name


@pytest.mark.parametrize("name", VIEWS)
def test_no_two_modules_of_a_view_mean_different_things_by_a_name(name: str) -> None:
    """They become one script, in which the second would silently replace the first."""
    pattern = re.compile(r"^(?:export )?(?:async )?(?:const|let|function\*?|class) (?:\[(.*?)\]|(\w+))", re.M)
    names: list[str] = []
    for path in VIEWS[name].modules:
        for several, one in pattern.findall(path.read_text(encoding="utf-8")):
            names += re.findall(r"\w+", several or one)
    assert len(names) > 20
    assert {one for one in names if names.count(one) > 1} == set()


def test_a_view_is_small() -> None:
    for path in live_views.HERE.glob("show_*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 150, path.name


@pytest.mark.parametrize("name", VIEWS)
def test_what_a_page_holds_of_a_view_is_light_and_stands_by_itself(name: str) -> None:
    html = view_html(name, {})
    assert len(html.encode()) < 20_000
    assert re.search(r'<p class="live-needs">With JavaScript, .* you can .* here\.</p>', html)


def test_a_view_says_what_the_captioner_says() -> None:
    html = view_html("scene", {"scene": "a large red whale on the sea by day", "model": "gru"})
    assert 'alt="A drawing: a large red whale; sea, day, clear."' in html
    assert re.search(r"<figcaption>.+ <small>[✓✗] .+</small></figcaption>", html)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("cinema", {}, "there is no view 'cinema'"),
        ("sampler", {"tempo": 3}, "there is no setting 'tempo'; there are 'model', "),
        ("sampler", {"decoding": "loud"}, "decoding is 'loud'; there are 'greedy'"),
        ("gates", {"model": "rnn"}, "the model 'rnn' has no gates"),
        ("gates", {"decoding": "beam"}, "there is no setting 'decoding'"),
        ("scene", {"scene": "a dragon"}, "no scene has “dragon”"),
        ("beam", {"decoding": "greedy"}, "there is no setting 'decoding'; there are 'model', 'beam_width', "),
        ("beam", {"beam_width": 11}, "beam_width is 11, expected a number from 1 to 10"),
        ("covering", {"model": "lstm"}, "there is no setting 'model'; there is nothing to set"),
    ],
)
def test_a_view_that_cannot_be(name: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        view_html(name, settings)
    with pytest.raises(InputError, match=said):
        notebook_cell(name, settings)


def test_a_notebook_has_the_widget_in_place_of_a_view() -> None:
    cell = notebook_cell("sampler", {"decoding": "temperature", "seed": 2})
    assert "\nCaptionSampler(decoding='temperature', seed=2)\n" in cell
    assert "skip-execution" in cell
    # One that has no widget, and one that is to run without layers, are themselves there.
    assert "\nLiveView('scene')\n" in notebook_cell("scene", {})
    cell = notebook_cell("gates", {"model": "gru"}, on_layers=False)
    assert "from captioning.live import LiveView\n\nLiveView('gates', model='gru')\n" in cell


def test_the_gates_of_a_page_are_those_of_the_cells() -> None:
    for model, blocks in known()["blocks"].items():
        assert tuple(blocks) == load_captioner(model).model.cell.blocks


# --- In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


def open_page(browser: Any, live_folder: Path, folder: Path, view: str, **options: Any) -> Any:
    """Open a page from the disk that holds nothing but a view, and hold it to its folder."""
    page = browser.new_page(**({"viewport": {"width": 1280, "height": 900}} | options))
    page.set_default_timeout(180_000)
    page.requests = []
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(write_page(live_folder, folder, view).as_uri())
    return page


def start(page: Any) -> Any:
    """Bring the view of a page to life, and return it."""
    assert [url.rpartition("/")[2] for url in page.requests if not url.startswith("data:")] == [
        "page.html",
        "start.js",
    ]
    page.get_by_role("button").press("Enter")
    view = page.locator(".captioning-widget")
    view.wait_for()
    return view


def assert_is_well(page: Any) -> None:
    """Hold a page to its folder, its width and what axe-core finds, in both themes, on a desk and a phone."""
    inside = (page.url.rpartition("/")[0], "data:", "blob:")
    assert [url for url in page.requests if not url.startswith(inside)] == []
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            assert violations(page, ".captioning-widget") == [], (theme, width)


SPOKEN = """(voice) => {
  window.spoken = [];
  new MutationObserver(() => spoken.push(voice.textContent)).observe(voice, { childList: true });
}"""
# So fast that no test, on no machine, lets half a second pass between two of them.
SLIDES = """(slider) => {
  for (const step of [1, 2, 3, 4]) {
    slider.stepUp();
    slider.dispatchEvent(new Event('input'));
  }
}"""


def heard_once(page: Any, voice: Any, act: Callable[[], object]) -> str:
    """Do something, and return what a screen reader hears of it; hold it to be said once.

    Where the machine is so busy that the first answer comes half a second before the last, it is said twice.
    """
    voice.evaluate(SPOKEN)
    act()
    page.wait_for_function("spoken.length")
    page.wait_for_timeout(1500)
    said = page.evaluate("spoken")
    assert len(said) <= 2, said
    return str(said[-1])


LEAPS = """() => Array.from({ length: 12 }, () => {
  const leap = { key: 'ArrowRight', shiftKey: true, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', leap));
  return document.querySelector('.captioning-widget figcaption').textContent;
})"""


@pytest.mark.slow
def test_the_live_scene_by_keyboard_and_pointer(browser: Any, live_folder: Path, tmp_path: Path) -> None:
    page = open_page(browser, live_folder, tmp_path, "scene", has_touch=True)
    view = start(page)
    what, boat = view.locator("figcaption"), view.get_by_role("button", name="small red boat", exact=True)
    status = view.locator(":scope > [role=status]")
    page.wait_for_function("document.querySelector('.captioning-widget > [role=status]').textContent")
    assert page.evaluate("document.activeElement.classList.contains('captioning-widget')")
    assert what.inner_text().startswith("a small red boat left of a large white lighthouse")

    # Past the lighthouse by keyboard, in front of it on the way; it is said once.
    boat.focus()
    seen: list[str] = []
    said = heard_once(page, status, lambda: seen.extend(page.evaluate(LEAPS)))
    assert {text.partition(" on the sea")[0] for text in seen} >= {
        "a small red boat in front of a large white lighthouse",
        "a large white lighthouse left of a small red boat",
    }
    assert said.startswith(f"{view.locator('table .caption').first.inner_text()}: ")
    moved = boat.bounding_box()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    assert boat.bounding_box()["x"] < moved["x"]
    assert boat.evaluate("(it) => it === document.activeElement")

    # And back, by pointer: a click alone moves nothing.
    box = boat.bounding_box()
    before = what.inner_text()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 400, box["y"], steps=4)
    assert what.inner_text() != before
    page.mouse.up()
    assert what.inner_text().startswith("a small red boat left of")
    moved = boat.bounding_box()
    page.mouse.move(10, 10)
    assert boat.bounding_box() == moved

    # By finger, which does not scroll the page meanwhile.
    finger = page.context.new_cdp_session(page)
    x, y = moved["x"] + moved["width"] / 2, moved["y"] + moved["height"] / 2
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        *(("touchMove", [{"x": x + right, "y": y - 40}]) for right in (60, 160, 300, 400)),
        ("touchEnd", []),
    ):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert what.inner_text().startswith("a large white lighthouse left of a small red boat")
    assert page.evaluate("window.scrollY") == 0

    # What is not in the training set is marked; who lives elsewhere goes.
    kind, colour = next((kind, colour) for kind, colour in sorted(HELD_OUT) if "sea" in KINDS[kind].places)
    mark = view.get_by_text("it never saw this in training")
    assert mark.count() == 0
    view.get_by_label("Kind").first.select_option(kind)
    colours = view.get_by_label("Colour").first
    colours.focus()
    colours.select_option(colour)
    assert mark.inner_text() == f"◆ {colour} {kind}: it never saw this in training."
    assert page.evaluate("document.activeElement.dataset.key") == "colour-0"
    view.get_by_label("Where", exact=True).select_option("desert")
    assert "No lighthouse is out there" in view.inner_text()
    view.get_by_label("Kind").nth(1).select_option("nothing")
    assert view.locator(".thing").count() == 1
    assert_is_well(page)
    page.close()


@pytest.mark.slow
def test_the_sampler_on_a_page(browser: Any, live_folder: Path, tmp_path: Path) -> None:
    page = open_page(browser, live_folder, tmp_path, "sampler")
    view = start(page)
    caption = view.locator("table .caption").first
    before = caption.inner_text()
    words = view.get_by_label("or describe one")
    words.fill("a dragon")
    words.press("Enter")
    view.get_by_text("No scene has “dragon”").wait_for()
    words.fill("a huge pink whale")
    words.press("Enter")
    view.locator("figcaption", has_text="a large pink whale").wait_for()
    page.wait_for_function("(before) => !document.body.innerText.includes(before)", arg=before)

    other = view.locator('.bars .choice[aria-pressed="false"]').first
    word = other.locator(".word").inner_text()
    other.press("Enter")
    view.get_by_text(f"Every caption begins with “{word}”").wait_for()
    assert page.evaluate("document.activeElement.dataset.key") == f"word-{word}"
    view.get_by_role("button", name="Start over").press("Enter")
    view.get_by_text("Every caption begins").wait_for(state="detached")

    photo = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), 90, dtype=np.uint8)).save(photo, "PNG")
    upload = view.get_by_label("or drop a photo here")
    upload.set_input_files({"name": "grey.png", "mimeType": "image/png", "buffer": photo.getvalue()})
    view.get_by_text("What is on a photo is not known").wait_for()
    upload.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"no pixels"})
    view.get_by_text("notes.png is not a picture").wait_for()
    assert_is_well(page)
    page.close()


@pytest.mark.slow
def test_the_gates_on_a_page(browser: Any, live_folder: Path, tmp_path: Path) -> None:
    page = open_page(browser, live_folder, tmp_path, "gates")
    view = start(page)
    view.get_by_role("slider", name="Step").press("ArrowRight")
    view.get_by_text("Step 2: reads").first.wait_for()
    page.wait_for_function("document.querySelector('.captioning-widget > [role=status]').textContent")
    voice = view.locator(":scope > [role=status]")
    words = view.get_by_label("or describe one")
    words.fill("a huge pink whale")
    said = heard_once(page, voice, lambda: words.press("Enter"))
    assert said == view.locator(".main > p").first.inner_text()
    view.get_by_label("Model").select_option("gru")
    view.get_by_role("img", name="update z").wait_for()

    # Units of a gate are held, many or one after the other; another choice ends a trial of them.
    view.get_by_label("Gate", exact=True).select_option("update z")
    many, voice = view.get_by_role("slider", name="How many"), view.locator(".holding > [role=status]")
    page.wait_for_function("document.querySelector('.holding > [role=status]').textContent")
    said = heard_once(page, voice, lambda: many.evaluate(SLIDES))
    assert said.startswith("With 4 of ")
    many.press("End")
    holding = view.locator(".holding > p:not([role])")
    holding.get_by_text(re.compile(r"With (\d+) of \1 units of “update z” held at 0, it says: ")).wait_for()
    alone = view.get_by_role("button", name="Hold each unit by itself")
    alone.press("Enter")
    view.get_by_text(re.compile(r"Unit \d+ of \d+ …")).wait_for()
    view.get_by_label("Held at", exact=True).select_option("1, the most shut first")
    view.get_by_text(re.compile(r"Unit \d+ of \d+ …")).wait_for(state="detached")
    alone.press("Enter")
    view.get_by_text(re.compile(r"Held at 1 one at a time, \d+ of \d+ units of “update z” change")).wait_for()
    assert_is_well(page)
    page.close()


@pytest.mark.slow
def test_covering_cells_by_keyboard_and_pointer(browser: Any, live_folder: Path, tmp_path: Path) -> None:
    page = open_page(browser, live_folder, tmp_path, "covering", has_touch=True)
    view = start(page)
    status, voice = view.locator(".told"), view.get_by_role("status")
    whole = status.inner_text()
    assert whole.startswith("It says: ")
    words = view.locator(".words button")
    words.first.press("Enter")
    assert words.first.get_attribute("aria-pressed") == "true"
    view.get_by_text(f"At “{words.first.inner_text()}” it looks most at row").wait_for()

    # The arrow keys go from cell to cell, and not over the border; what has the focus is covered.
    costs = view.get_by_role("group", name="What covering costs")
    cells = costs.get_by_role("button")
    cells.first.focus()
    page.keyboard.press("ArrowLeft")
    assert status.inner_text().startswith("Without row 1, column 1,")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert status.inner_text().startswith("Without row 2, column 2,")
    assert view.locator(".covered").count() == 2
    words.first.focus()
    assert status.inner_text() == whole
    cells.nth(15).hover()
    assert status.inner_text().startswith("Without row 4, column 4,")
    page.mouse.move(1, 1)
    assert status.inner_text() == whole
    cells.nth(3).tap()
    assert status.inner_text().startswith("Without row 1, column 4,")
    focused = heard_once(page, voice, lambda: [cells.nth(at).focus() for at in (4, 9)])
    assert focused.startswith("Without row 3, column 2,")
    assert_is_well(page)
    page.close()


@pytest.mark.slow
def test_a_beam_search_on_a_page(browser: Any, live_folder: Path, tmp_path: Path) -> None:
    page = open_page(browser, live_folder, tmp_path, "beam")
    view = start(page)
    status = view.locator(".told")
    assert status.inner_text().startswith("A beam of 5 says: ")
    assert view.locator("tbody tr").count() == 5
    width = view.get_by_role("slider", name="Beam width")
    width.press("Home")
    status.get_by_text("A beam of 1 says: ").wait_for()
    assert view.get_by_text("What was left behind, and why (0)").is_visible()
    # What is heard next must be another sentence than the last, or there is nothing to hear.
    voice = view.locator(":scope > [role=status]")
    voice.filter(has_text="A beam of 1 says: ").wait_for(state="attached")
    said = heard_once(page, voice, lambda: width.evaluate(SLIDES))
    assert said.startswith("A beam of 5 says: ")
    width.press("End")
    status.get_by_text("A beam of 10 says: ").wait_for()
    left = view.locator("summary", has_text="What was left behind")
    left.press("Enter")
    assert view.locator("details li").first.is_visible()
    assert_is_well(page)
    page.close()


def test_without_javascript_there_is_a_picture_and_a_sentence(
    browser: Any, live_folder: Path, tmp_path: Path
) -> None:
    page = open_page(browser, live_folder, tmp_path, "scene", java_script_enabled=False)
    assert page.get_by_role("img").is_visible()
    assert page.get_by_text("With JavaScript, in a browser of 2023 or later").is_visible()
    assert page.get_by_role("button").count() == 0
    page.close()


def test_what_cannot_be_loaded_is_told_of_and_tried_again(
    browser: Any, live_folder: Path, tmp_path: Path
) -> None:
    page = open_page(browser, live_folder, tmp_path, "scene")
    engine, away = tmp_path / "captioner" / "captioner.js", tmp_path / "away.js"
    engine.rename(away)
    page.get_by_role("button").press("Enter")
    page.get_by_text("captioner.js could not be loaded. Try again.").wait_for()
    away.rename(engine)
    page.get_by_role("button").press("Enter")
    page.locator(".captioning-widget").wait_for()
    page.close()
