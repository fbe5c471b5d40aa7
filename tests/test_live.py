"""The engine of the page, beside the Python that it mirrors; see captioning/live/."""

import base64
import json
import re
import shutil
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from captioning import layers
from captioning.errors import InputError
from captioning.live import export as exporter
from captioning.live.views import VIEWS
from captioning.scenes.drawing import draw
from captioning.scenes.scene import make_splits, scene_to_record
from captioning.scenes.sentences import describe
from captioning.scenes.truth import truth
from captioning.training.captioner import CELLS, load_captioner
from tests.browser import open_browser
from tests.live import ask_node
from tests.live_speed import measured

# One export, and one process, for all of them.
pytestmark = pytest.mark.xdist_group("live")
# The engine is compared on so many scenes; attention, which takes longest, and what searches or draws, on
# the first of them.
SCENES, ATTENDED, DRAWN = 200, 50, 10
SEARCHED = {"lstm": 50, "attention": 12}
SIZE = 32
GROUND, COLOUR = (79, 150, 199), (200, 11, 90)


@pytest.fixture(scope="module")
def ask(live_folder):
    """Return a function that lets Node answer questions, with these files loaded."""
    return partial(ask_node, live_folder)


@pytest.fixture(scope="module")
def scenes():
    splits = make_splits((("test", SCENES // 2), ("unseen", SCENES // 2)), seed=5)
    # Both kinds among the first few.
    return [scene for pair in zip(splits["test"], splits["unseen"], strict=True) for scene in pair]


@pytest.fixture(scope="module")
def pictures(scenes):
    return np.stack([draw(scene) for scene in scenes])


def pixels(text, size):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(size, size, 4)


def test_random_numbers_are_those_of_numpy(ask):
    seeds = [0, 1, 7, 2**31 - 1, 2**32, 2**40 + 5, 2**127 + 12345]
    code = "const rng = engine.defaultRng(BigInt(given.seed));"
    code += "return Array.from({ length: 100 }, (_, n) => (n % 3 ? rng.random() : rng.uniform(-n, 0.7)));"
    said = ask([], [{"run": code, "given": {"seed": str(seed)}} for seed in seeds])
    for seed, numbers in zip(seeds, said, strict=True):
        rng = np.random.default_rng(seed)
        assert numbers == [rng.random() if n % 3 else rng.uniform(-n, 0.7) for n in range(100)]


def strokes(rng):
    """Yield polygons, ragged and round, discs and lines: what is drawn, where, its opacity and its width."""
    for n in range(1200):
        low, high = [(0, SIZE), (-10, SIZE + 10), (10, 17)][n % 3]
        # No corner comes twice: there, what Pillow fills hangs on the order of the edges.
        corners = rng.permutation((high - low) ** 2)[: rng.integers(3, 12)]
        points = np.stack(np.divmod(corners, high - low), axis=1) + low
        if n % 4 == 0:
            turn = np.arange(24) / 24 * 2 * np.pi
            circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(1, SIZE / 2, 2)
            points = np.trunc(circle + rng.uniform(5, SIZE - 5, 2))
        yield "polygon", points.ravel().tolist(), 255, 1
    for n in range(600):
        where = [*rng.integers(-5, SIZE + 5, 2).tolist(), *rng.integers(0, 30, 2).tolist()]
        yield "disc", where, 255 - n % 2 * int(rng.integers(255)), 1
    for n in range(900):
        points = rng.integers(-5, SIZE + 5, 2 * rng.integers(2, 5)).tolist()
        yield "line", points, 255 - n % 2 * int(rng.integers(255)), [1, 2, 3, 4, 7][n % 5]


def test_strokes_are_those_of_pillow(ask):
    drawn = list(strokes(np.random.default_rng(0)))
    code = """
    const { drawn, size, ground, colour } = given;
    return drawn.map(([does, points, opacity, width]) => {
      const canvas = new engine.Canvas(size);
      canvas.polygon([0, 0, 1, 0, 1, 1, 0, 1], ground);
      canvas[does](points.map((at) => at / size), colour, opacity, width / size);
      return canvas.reduced(1);
    });"""
    (said,) = ask(
        [], [{"run": code, "given": {"drawn": drawn, "size": SIZE, "ground": GROUND, "colour": COLOUR}}]
    )
    wrong = []
    for (does, points, opacity, width), text in zip(drawn, said, strict=True):
        image = Image.new("RGB", (SIZE, SIZE), GROUND)
        pen = ImageDraw.Draw(image, "RGBA" if opacity < 255 or does == "line" else None)
        fill = (*COLOUR, opacity)
        if does == "polygon":
            pen.polygon(points, fill=COLOUR)
        elif does == "disc":
            x, y, rx, ry = points
            pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill if opacity < 255 else COLOUR)
        else:
            pen.line(points, fill=fill, width=width)
        if not np.array_equal(pixels(text, SIZE)[..., :3], np.asarray(image)):
            wrong.append((does, points, opacity, width))
    assert wrong == []


def test_pictures_are_the_same_to_the_byte(ask, scenes, pictures):
    records = [scene_to_record(scene) for scene in scenes]
    large = range(6)
    questions = [{"do": "draw", "scene": record} for record in records]
    questions += [{"do": "draw", "scene": records[n], "size": 256} for n in large]
    said = ask(["world"], questions)
    wrong = [
        n
        for n, text in enumerate(said[:SCENES])
        if not np.array_equal(pixels(text, 64)[..., :3], pictures[n])
    ]
    assert wrong == []
    for n, text in zip(large, said[SCENES:], strict=True):
        assert np.array_equal(pixels(text, 256)[..., :3], draw(scenes[n], 256))


def test_things_stand_where_they_are_put(ask, scenes):
    record = scene_to_record(scenes[0])
    code = 'return engine.answer({ do: "world" }).then((world) => engine.chances(world, given));'
    (chances,) = ask(["world"], [{"run": code, "given": record}])
    moved = json.loads(json.dumps(chances))
    moved["places"][0]["x"] += 0.1
    as_it_was, elsewhere = ask(
        ["world"], [{"do": "draw", "scene": record, "chance": chance} for chance in (chances, moved)]
    )
    assert np.array_equal(pixels(as_it_was, 64)[..., :3], draw(scenes[0]))
    assert elsewhere != as_it_was


def asked(do, cell, scene, **more):
    return {"do": do, "model": cell, "scene": scene_to_record(scene), **more}


@pytest.fixture(scope="module")
def encoded(ask, scenes):
    """Return the engine's features of the scenes for each captioner, a flat list for each scene."""
    questions = [asked("features", cell, scene) for scene in scenes for cell in CELLS if cell != "attention"]
    questions += [asked("features", "attention", scene) for scene in scenes[:ATTENDED]]
    features = {cell: [] for cell in CELLS}
    for question, answer in zip(questions, ask(["world", "vgg16", *CELLS], questions), strict=True):
        features[question["model"]].append(answer)
    return features


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_features_are_those_of_vgg16(cell, encoded, pictures):
    expected = load_captioner(cell).encode(pictures[: len(encoded[cell])])
    if expected.ndim == 4:  # the engine has a row for each cell of the grid
        expected = expected.transpose(0, 2, 3, 1).reshape(len(expected), -1)
    assert np.abs(np.array(encoded[cell]) - expected).max() < 1e-4


@pytest.mark.parametrize("layer", ["conv2_1", "pool4", "conv5_3", "fc6", "fc7"])
def test_networks_of_other_sizes_run_too(ask, layer):
    """No number of filters or units need be a multiple of four, nor a weight fit into half precision."""
    rng = np.random.default_rng(0)
    params = layers.vgg16_init(rng, width=0.03, image_size=96, fc_dim=15, n_classes=7)
    params = {name: values + np.float32(0.1 * name.endswith("_b")) for name, values in params.items()}
    picture = rng.integers(0, 256, (1, 96, 96, 3)).astype(np.uint8)
    code = "return engine.unpacked(given.text).then(({ arrays }) => "
    code += "engine.vgg16Forward(arrays, given.picture, given.layer));"
    rgba = np.concatenate([picture[0], np.full((96, 96, 1), 255, np.uint8)], axis=2).ravel().tolist()
    text = exporter.packed({}, *exporter._vgg16(params))
    (said,) = ask([], [{"run": code, "given": {"text": text, "picture": rgba, "layer": layer}}])
    expected = layers.vgg16_forward(layers.vgg16_preprocess(picture), params, layer)
    if expected.ndim == 4:
        expected = expected.transpose(0, 2, 3, 1)
    assert np.abs(np.array(said) - expected.ravel()).max() < 1e-4 * np.abs(expected).max()


def as_python_sees(captioner, features):
    """Return the engine's features in the shape of Python's."""
    features = np.array(features, dtype=np.float32)
    if captioner.cell != "attention":
        return features
    side = round((features.shape[1] / captioner.input_dim) ** 0.5)
    return features.reshape(-1, side, side, captioner.input_dim).transpose(0, 3, 1, 2)


def without_fill(captioner, words):
    """Return captions as lists of words without what fills their rows up."""
    return [[int(word) for word in caption if word != captioner.model.null] for caption in words]


# Where two words are equally likely to the last digit, rounding decides; so it does between two processors.
ROUNDED_OTHERWISE = 1


def numbers_of(captioner, one):
    """Return the numbers of a caption: its score in a search, or the log-probability of each word."""
    if "score" in one:
        return [one["score"]]
    said = zip(one["words"], one["logProbs"], strict=True)
    return [number for word, number in said if word != captioner.model.null]


def differences(ask, captioner, questions, expected):
    """Return the questions whose answers have other words, or numbers that are more than 1e-5 off."""
    wrong = []
    said = ask(["world", captioner.cell], questions)
    for question, answer, (words, numbers) in zip(questions, said, expected, strict=True):
        ours = [number for one in answer for number in numbers_of(captioner, one)]
        found = without_fill(captioner, [one["words"] for one in answer])
        if found != without_fill(captioner, words) or np.abs(np.array(ours) - numbers).max() > 1e-5:
            wrong.append((question | {"features": None}, found, ours, numbers))
    return wrong


def spoken(captioner, decoded, rows):
    """Return captions as rows of words, and the log-probability of each word of all of them."""
    words, log_probs = decoded.words[rows], decoded.log_probs[rows]
    return words, log_probs[words != captioner.model.null]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_greedy_captions_are_those_of_python(ask, cell, encoded, scenes):
    captioner = load_captioner(cell)
    decoded = layers.greedy_decode(captioner.model, as_python_sees(captioner, encoded[cell]))
    questions = [
        asked("caption", cell, scene, features=features)
        for scene, features in zip(scenes, encoded[cell], strict=False)
    ]
    expected = [spoken(captioner, decoded, [n]) for n in range(len(questions))]
    assert differences(ask, captioner, questions, expected) == []


@pytest.mark.slow
@pytest.mark.parametrize("cell", list(SEARCHED))
def test_all_beams_are_those_of_python(ask, cell, encoded, scenes):
    captioner = load_captioner(cell)
    features = as_python_sees(captioner, encoded[cell][: SEARCHED[cell]])
    questions, expected = [], []
    for width, penalty in ((1, 1.0), (5, 1.0), (10, 0.6)):
        options = {"beamWidth": width, "lengthPenalty": penalty}
        _, beams = layers.beam_search(captioner.model, features, beam_width=width, length_penalty=penalty)
        for n in range(SEARCHED[cell]):
            given = {"features": encoded[cell][n], "decoding": "beam", "options": options}
            questions.append(asked("caption", cell, scenes[n], **given))
            expected.append((beams.words[n], beams.scores[n]))
    assert len(differences(ask, captioner, questions, expected)) <= ROUNDED_OTHERWISE
    # And each step of the last, for the tree that they make.
    (searched,) = ask(["world", cell], [questions[-1] | {"do": "search"}])
    for kept, (parents, words, totals) in zip(searched["steps"], beams.steps, strict=False):
        assert [one["parent"] for one in kept] == parents[-1].tolist()
        assert [one["word"] for one in kept] == words[-1].tolist()
        assert np.abs([one["total"] for one in kept] - totals[-1]).max() < 1e-5


SAMPLINGS = (
    {},
    {"temperature": 0.7, "top_k": 5},
    {"temperature": 1.3, "top_p": 0.9},
    {"temperature": 2.0, "top_k": 6, "top_p": 0.7},
)
OURS = {"temperature": "temperature", "top_k": "topK", "top_p": "topP"}


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_draws_the_same_captions(ask, cell, encoded, scenes):
    captioner = load_captioner(cell)
    features = as_python_sees(captioner, encoded[cell][:DRAWN])
    questions, expected = [], []
    for options, n in product(SAMPLINGS, range(DRAWN)):
        given = {"features": encoded[cell][n], "options": {OURS[name]: options[name] for name in options}}
        questions.append(asked("caption", cell, scenes[n], decoding="sample", count=4, seed=n, **given))
        rows = features[n : n + 1].repeat(4, axis=0)
        decoded = layers.sample_decode(captioner.model, rows, np.random.default_rng(n), **options)
        expected.append(spoken(captioner, decoded, slice(None)))
    assert len(differences(ask, captioner, questions, expected)) <= ROUNDED_OTHERWISE


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_a_caption_is_replayed_and_gone_on_with_as_in_python(ask, cell, encoded, scenes):
    """What happened inside at each word; what is said after a beginning, a complete one among them."""
    captioner = load_captioner(cell)
    model, features = captioner.model, as_python_sees(captioner, encoded[cell][:1])
    decoded = layers.greedy_decode(model, features, trace=True)
    words = decoded.words.tolist()
    given = {"features": encoded[cell][0]}
    (steps,) = ask(["world", cell], [asked("replay", cell, scenes[0], words=words[0], **given)])
    trace = decoded.trace
    inside = {"hiddenState": trace.hidden_states, "logProbs": trace.log_probs} | trace.inside
    for name, expected in inside.items():
        said = np.array([step[name] for step in steps])
        assert np.abs(said - expected[0].reshape(said.shape)).max() < 1e-5, name
    assert ("attention" in inside) == (cell == "attention")

    questions, expected = [], []
    there_is = [captioner.word_to_idx[word] for word in ("there", "is")]
    for prefix in (there_is, words[0][:4], words[0]):
        rows = np.array([prefix])
        options = {"prefix": prefix, "maxLength": 12}
        greedy = layers.greedy_decode(model, features, prefix=rows, max_length=12)
        _, beams = layers.beam_search(model, features, prefix=rows, max_length=12)
        real = np.isfinite(beams.scores[0])
        expected += [spoken(captioner, greedy, slice(None)), (beams.words[0][real], beams.scores[0][real])]
        for decoding in ("greedy", "beam"):
            question = asked("caption", cell, scenes[0], decoding=decoding, options=options, **given)
            questions.append(question)
    assert differences(ask, captioner, questions, expected) == []


def test_verdicts_are_those_of_python(ask, scenes):
    """2,000 captions: right, of another scene, cut, swapped, typed, repeating themselves, saying nothing."""
    rng = np.random.default_rng(0)
    judged = []
    for n, scene in enumerate(scenes):
        right, other = describe(scene), scenes[n - 1]
        words = right[0].split()
        one, two = rng.choice(len(words), 2, replace=False)
        swapped = list(words)
        swapped[one], swapped[two] = words[two], words[one]
        judged += [(caption, scene) for caption in right]
        judged.append((right[0], other))
        judged += [(" ".join(words[: rng.integers(len(words))]), scene), (" ".join(swapped), scene)]
        judged.append((f"{right[1].capitalize()},  {right[2]} .", scene))
        thing = f"a {scene.things[0]}"
        judged.append((f"{thing} and {thing} by day" if n % 2 else thing, scene))
    questions = [
        {"do": "truth", "caption": caption, "scene": scene_to_record(scene)} for caption, scene in judged
    ]
    assert len(questions) == 2000
    verdicts = set()
    for (caption, scene), statements in zip(judged, ask(["world"], questions), strict=True):
        expected = [vars(said) for said in truth(caption, scene).statements]
        assert statements == expected, caption
        verdicts |= {said["verdict"] for said in expected}
    assert verdicts == {"true", "false", "not understood"}


@pytest.mark.slow
def test_what_is_up_to_date_is_not_written_again(tmp_path, monkeypatch, command):
    small = tmp_path / "rnn.h5"
    shutil.copy(exporter.captioner_path("rnn"), small)
    monkeypatch.setattr(exporter, "CELLS", ("rnn",))
    monkeypatch.setattr(exporter, "captioner_path", lambda cell: small)
    out = tmp_path / "page"
    assert command("live", out)[0] == 0
    assert {path.name for path in out.iterdir()} == {
        "made_of.txt", "captioner.js", "world.js", "vgg16.js", "rnn.js", "start.js", "views.css",
        *(f"view-{name}.js" for name in VIEWS),
    }  # fmt: skip
    (out / "vgg16.js").unlink()
    assert "written" in command("live", out)[2]
    (out / "rnn.js").write_text("kept")
    assert "up to date" in command("live", out)[2]
    assert (out / "rnn.js").read_text() == "kept"
    small.write_bytes(small.read_bytes() + b"trained anew")
    assert "written" in command("live", out)[2]
    assert (out / "rnn.js").read_text().startswith('captioningData("rnn", ')


def test_a_file_says_what_was_packed(ask):
    """Half precision where it keeps a number as it is, single precision elsewhere."""
    arrays = {
        "odd": np.array([1, -2, 6e-8, 1e6, 0.1], np.float32),
        "halves": np.array([-0.5, 2**-24, 3 * 2**-20, 0, 1000, -65504, 1.5], np.float32),
    }
    text = exporter.packed({"said": ["«é»", 0.1]}, arrays, {})
    assert len(text) < 400
    (content,) = ask([], [{"run": "return engine.unpacked(given)", "given": text}])
    assert content["said"] == ["«é»", 0.1]
    for name, values in arrays.items():
        assert np.array_equal(np.array(content["arrays"][name], np.float32), values)


def test_captioners_of_other_features_are_refused(monkeypatch):
    captioner = load_captioner("rnn")
    monkeypatch.setattr(captioner, "encoder", replace(captioner.encoder, weights="imagenet.h5"))
    with pytest.raises(InputError, match=r"the captioner rnn takes features of imagenet\.h5; .* Train it"):
        exporter._captioner(captioner)


def test_the_engine_is_small_and_its_modules_share_no_name():
    sources = {path.stem: path.read_text(encoding="utf-8") for path in exporter.ENGINE.glob("*.js")}
    assert set(sources) == {*exporter.MODULES, "page"}
    assert sum(len(source.splitlines()) for source in sources.values()) <= 900
    names = []
    for name in exporter.MODULES:
        declared = r"^(?:export )?(?:async )?(?:function|class|const|let) (?:\{ )?(\w+)"
        names += re.findall(declared, sources[name], re.M)
        # A module imports only what stands before it in the file of the page.
        imported = re.findall(r'^import .* from "\./(\w+)\.js";$', sources[name], re.M)
        assert len(imported) == sources[name].count("import ")
        assert set(imported) <= set(exporter.MODULES[: exporter.MODULES.index(name)])
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.mark.slow
def test_a_page_from_the_disk_captions_in_a_worker(live_folder, browser, scenes):
    page_file = live_folder / "page.html"
    page_file.write_text('<!doctype html><meta charset="utf-8"><script src="captioner.js"></script>')
    page = browser.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    assert len(requests) == 2
    code = """async ([question, ...needed]) => {
      const ask = captioningPage(captioningScripts("."));
      const [one] = await ask(question, ...needed);
      const missing = await ask({ do: "draw", scene: {} }).catch((error) => error.message);
      const nowhere = await ask({}, "nowhere").catch((error) => error.message);
      return [one.text, missing, nowhere];
    }"""
    text, missing, nowhere = page.evaluate(
        code, [asked("caption", "lstm", scenes[0]), "world", "vgg16", "lstm"]
    )
    assert [text] == load_captioner("lstm").caption(draw(scenes[0])[None])
    assert "TypeError" in missing
    assert "nowhere.js" in nowhere
    assert all(url.startswith((live_folder.as_uri(), "blob:")) for url in requests)


def test_the_speed_of_a_page_is_measured(browser, live_folder, tmp_path):
    """What it is depends on the machine; that a page stays light does not."""
    found = {name: (value, met) for name, value, _, met in measured(browser, live_folder, tmp_path, 1, 0.5)}
    assert len(found) == 5
    assert all(value > 0 for value, _ in found.values())
    assert found["a page grows by, bytes"][1]
