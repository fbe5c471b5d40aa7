"""The figures: what stands in them, that nothing overlaps, that everybody can tell their colours apart."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from captioning.errors import InputError
from captioning.figures import beam_tree as beam_tree_module
from captioning.figures import explain as explain_module
from captioning.figures import gates as gates_module
from captioning.figures.beam_tree import beam_tree, beam_tree_figure, draw_beam_tree
from captioning.figures.cells import gru_cell, lstm_cell
from captioning.figures.explain import draw_explanation, likeliest
from captioning.figures.gates import draw_gates
from captioning.figures.notebook import beside, box_diagram, looks
from captioning.figures.style import DARK, LIGHT, Theme, canvas, contrast, readable_on, text_width
from captioning.figures.words import percent
from captioning.layers import (
    AttentionCaptioner,
    CaptioningRNN,
    beam_search,
    greedy_decode,
    replay,
    sample_decode,
)

IDX_TO_WORD = [
    "<NULL>",
    "<START>",
    "<END>",
    "<UNK>",
    "a",
    "lighthouse",
    "small",
    "$5",
    "mountains",
    "on",
    "by",
]
WORD_TO_IDX = {word: idx for idx, word in enumerate(IDX_TO_WORD)}
FEATURES = np.random.default_rng(1).standard_normal((2, 6)).astype(np.float32)

# How people without one kind of cone see linear RGB (G. Machado et al., 2009, table 1, severity 1).
VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(color: str, vision: object) -> np.ndarray:
    """Return a colour, as somebody sees it, in CIELAB."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(vision) @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def model_that_speaks(cell: str = "lstm", seed: int = 0) -> CaptioningRNN:
    """Return a captioner whose captions end, and differ from word to word."""
    model = CaptioningRNN(WORD_TO_IDX, 6, 5, 7, cell, rng=np.random.default_rng(seed))
    model.params["W_vocab"] *= 4
    model.params["W_embed"] *= 100
    model.params["b_vocab"][:2] -= 20
    return model


class Drawn(NamedTuple):
    """A figure, and the place of each text: left, bottom, right, top in pixels."""

    figure: Figure
    texts: list[tuple[str, np.ndarray]]


@contextmanager
def drawn(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Drawn]]:
    """Collect the figures that a module draws, and write them all the same."""
    collected: list[Drawn] = []

    @contextmanager
    def collecting(path: Path, *args: object) -> Iterator[Figure]:
        with canvas(path, *args) as figure:
            yield figure
            collected.append(Drawn(figure, text_boxes(figure)))

    with monkeypatch.context() as patch:
        patch.setattr(module, "canvas", collecting)
        yield collected


def text_boxes(figure: Figure) -> list[tuple[str, np.ndarray]]:
    FigureCanvasAgg(figure).draw()
    texts = [text for axes in figure.axes for text in axes.texts]
    texts += [label for axes in figure.axes if axes.axison for label in axes.get_xticklabels()]
    return [
        (text.get_text(), text.get_window_extent().extents)
        for text in texts
        if text.get_text() and text.get_rotation() in {0, 90}
    ]


def overlaps(drawing: Drawn) -> list[tuple[str, str]]:
    """Return the texts that lie on each other or stick out of the figure; a pixel is not an overlap.

    Slanted texts are not looked at: their boxes overlap where they do not.
    """
    width, height = drawing.figure.get_size_inches() * drawing.figure.dpi
    faults = [
        (text, "outside")
        for text, (left, bottom, right, top) in drawing.texts
        if left < -1 or bottom < -1 or right > width + 1 or top > height + 1
    ]
    for (one, a), (other, b) in itertools.combinations(drawing.texts, 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1:
            faults.append((one, other))
    return faults


def texts_of_svg(path: Path) -> list[str]:
    """Return the texts of an SVG whose letters are outlines: Matplotlib keeps them in comments."""
    return re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_and_curves_stand_out_from_what_they_lie_on(theme: Theme) -> None:
    for text, ground in [("ink", "paper"), ("ink", "tint"), ("ink", "grey"), ("quiet", "paper")]:
        assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5, (text, ground)
    assert contrast(theme.accent, theme.paper) >= 4.5
    assert contrast(theme.warm, theme.paper) >= 4.5
    for cell, color in theme.cells.items():
        assert contrast(color, theme.paper) >= 3, cell
    for share in np.linspace(0, 1, 11):
        color = theme.sequential(share)
        assert contrast(readable_on(color, theme), color) >= 3.5, share


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("vision", list(VISION))
def test_cells_have_colours_that_everybody_can_tell_apart(theme: Theme, vision: str) -> None:
    for one, other in itertools.combinations(theme.cells, 2):
        distance = np.linalg.norm(
            lab(theme.cells[one], VISION[vision]) - lab(theme.cells[other], VISION[vision])
        )
        assert distance > 25, (one, other)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        with canvas(tmp_path / f"{name}{suffix}", 2, 1) as figure:
            figure.add_subplot().plot([1, 2, 1])
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_a_format_that_we_cannot_write_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"ends in \.png, \.svg, \.pdf; this one ends in \.jpeg"),
        canvas(tmp_path / "figure.jpeg", 1, 1),
    ):
        pass


def test_what_goes_wrong_leaves_no_figure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), canvas(tmp_path / "figure.png", 1, 1):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_settings_of_the_user_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib  # noqa: PLC0415

    def draw(name: str) -> bytes:
        with canvas(tmp_path / name, 2, 1) as figure:
            figure.add_subplot().plot([1, 2, 1])
        return (tmp_path / name).read_bytes()

    usual = draw("usual.svg")
    monkeypatch.setitem(matplotlib.rcParams, "lines.linewidth", 20)
    assert draw("unusual.svg") == usual
    assert matplotlib.rcParams["lines.linewidth"] == 20


def test_text_width_is_the_width_of_drawn_text(tmp_path: Path) -> None:
    with canvas(tmp_path / "text.png", 4, 1) as figure:
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.text(0, 0, "lighthouse", fontsize=9, weight="bold")
        ((_, (left, _, right, _)),) = [box for box in text_boxes(figure) if box[0] == "lighthouse"]
    assert (right - left) / figure.dpi == pytest.approx(text_width("lighthouse", 9, bold=True), rel=0.06)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0, "< 1 %"),
        (0.004, "< 1 %"),
        (0.005, "0 %"),
        (0.5, "50 %"),
        (0.994, "99 %"),
        (0.9999, "> 99 %"),
        (1, "100 %"),
    ],
)
def test_percentages_are_never_rounded_to_what_they_are_not(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_the_likeliest_words_hold_the_one_that_was_said() -> None:
    probabilities = np.array([0.1, 0.4, 0.05, 0.25, 0.2])
    assert [(c.rank, c.word, c.said) for c in likeliest(probabilities, 3, 3)] == [
        (1, 1, False),
        (2, 3, True),
        (3, 4, False),
    ]
    assert [(c.rank, c.word, c.said) for c in likeliest(probabilities, 2, 3)] == [
        (1, 1, False),
        (2, 3, False),
        (5, 2, True),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_an_explanation_tells_each_word_and_its_probability(tmp_path: Path, cell: str) -> None:
    model = model_that_speaks(cell)
    decoded = sample_decode(model, FEATURES, np.random.default_rng(0), max_length=9, trace=True)
    path = tmp_path / "words.svg"
    draw_explanation(
        decoded.words[1], decoded.trace, path, idx_to_word=IDX_TO_WORD, blocks=model.cell.blocks, row=1
    )
    texts = texts_of_svg(path)
    said = [word for word in decoded.words[1] if word != model.null]
    for step, word in enumerate(said):
        # As comments show it, where < and > are escaped.
        shown = (
            percent(float(np.exp(decoded.trace.log_probs[1, step, word])))
            .replace("<", "&lt;")
            .replace(">", "&gt;")
        )
        assert shown in texts
    assert texts.count(str(len(said))) == 1
    assert str(len(said) + 1) not in texts
    assert ("Gates: the mean over the units at each word" in texts) == (cell != "rnn")


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 9, 30])
@pytest.mark.parametrize("with_picture", [True, False])
def test_nothing_overlaps_in_an_explanation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, with_picture: bool
) -> None:
    model = model_that_speaks()
    words = np.random.default_rng(0).choice([4, 5, 6, 7, 8, 9, 10], size=(1, length))
    picture = np.zeros((48, 64, 3), dtype=np.uint8) if with_picture else None
    trace = replay(model, FEATURES[:1], words)
    with drawn(explain_module, monkeypatch) as drawings:
        draw_explanation(
            words[0],
            trace,
            tmp_path / "words.png",
            idx_to_word=IDX_TO_WORD,
            blocks=model.cell.blocks,
            picture=picture,
        )
    assert overlaps(drawings[0]) == []


@pytest.mark.slow
def test_an_explanation_shows_where_a_model_with_attention_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = AttentionCaptioner(WORD_TO_IDX, 6, 5, 7)
    features = np.random.default_rng(0).standard_normal((1, 6, 3, 3)).astype(np.float32)
    words = np.array([[4, 5, 2]])
    trace = replay(model, features, words)
    picture = np.zeros((60, 60, 3), dtype=np.uint8)
    with drawn(explain_module, monkeypatch) as drawings:
        draw_explanation(
            words[0],
            trace,
            tmp_path / "words.png",
            idx_to_word=IDX_TO_WORD,
            blocks=model.cell.blocks,
            picture=picture,
        )
    shades = [
        image.get_array()
        for image in drawings[0].figure.axes[0].images
        if image.get_array().shape == (3, 3, 4)
    ]
    assert len(shades) == 3
    for step, shade in enumerate(shades):
        attention = trace.inside["attention"][0, step]
        assert shade[..., 3].argmin() == attention.argmax()
        assert np.argsort(shade[..., 3].ravel()).tolist() == np.argsort(-attention.ravel()).tolist()
    assert overlaps(drawings[0]) == []


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_are_shown_as_they_are_sorted_by_their_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    model = model_that_speaks(cell)
    words = np.array([[4, 6, 5, 2, 0]])
    gates = replay(model, FEATURES[:1], words).inside["gates"][0]
    with drawn(gates_module, monkeypatch) as drawings:
        draw_gates(words[0], gates, tmp_path / "gates.svg", idx_to_word=IDX_TO_WORD, blocks=model.cell.blocks)
    maps = [axes.images[0].get_array() for axes in drawings[0].figure.axes if axes.images]
    assert len(maps) == len(model.cell.blocks)
    for shown, true in zip(maps, np.split(gates[:4], len(maps), axis=1), strict=True):
        assert (np.diff(shown.mean(axis=1)) <= 1e-6).all()
        assert sorted(map(tuple, shown.tolist())) == sorted(map(tuple, true.T.tolist()))
    labels = [label.get_text() for label in drawings[0].figure.axes[0].get_xticklabels()]
    assert labels == ["a", "small", "lighthouse", "<END>"]


@pytest.mark.slow
def test_the_gates_of_a_long_caption_have_their_words_upright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = np.random.default_rng(0).random((30, 28))
    words = np.resize([4, 5, 6, 8], 30)
    with drawn(gates_module, monkeypatch) as drawings:
        draw_gates(words, gates, tmp_path / "gates.png", idx_to_word=IDX_TO_WORD, blocks=("i", "f", "o", "g"))
    assert len(drawings[0].texts) >= 4 * 30
    assert overlaps(drawings[0]) == []


def random_beams(seed: int, width: int, prefix: list[list[int]] | None = None) -> object:
    model = model_that_speaks(seed=seed)
    given_words = None if prefix is None else np.array(prefix)
    return beam_search(model, FEATURES, beam_width=width, max_length=8, prefix=given_words)[1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), width=st.integers(1, 14), row=st.integers(0, 1))
def test_the_tree_is_the_beam_search(seed: int, width: int, row: int) -> None:
    beams = random_beams(seed, width)
    tree = beam_tree(beams, IDX_TO_WORD, row)
    finals = {
        tuple(IDX_TO_WORD[word] for word in words if word != 0): score
        for words, score in zip(beams.words[row], beams.scores[row], strict=True)
        if np.isfinite(score)
    }
    assert {prefix: node.score for prefix, node in tree.items() if node.score is not None} == finals
    winner = next(iter(finals))
    for prefix, node in tree.items():
        assert (node.rank == 0) == (winner[: len(prefix)] == prefix)
        assert (node.rank is None) == all(final[: len(prefix)] != prefix for final in finals)
        if prefix:
            parent = tree[prefix[:-1]]
            assert prefix in parent.children
            assert node.log_prob <= parent.log_prob
    # The winner is the straight line on top; no two nodes of a step share a line.
    assert all(tree[winner[:length]].line == 0 for length in range(len(winner) + 1))
    places = [(len(prefix), node.line) for prefix, node in tree.items()]
    assert len(places) == len(set(places))


def test_the_tree_begins_with_the_words_that_were_given() -> None:
    beams = random_beams(3, 3, prefix=[[4, 6], [4, 5]])
    tree = beam_tree(beams, IDX_TO_WORD, 1)
    assert next(iter(tree)) == ("a", "lighthouse")
    assert all(prefix[:2] == ("a", "lighthouse") for prefix in tree)
    assert len(tree) > 3


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "width"), [(0, 1), (1, 3), (2, 5), (3, 8)])
def test_no_labels_overlap_in_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, width: int
) -> None:
    beams = random_beams(seed, width)
    with drawn(beam_tree_module, monkeypatch) as drawings:
        draw_beam_tree(beams, IDX_TO_WORD, tmp_path / "beams.png", theme=DARK)
    assert overlaps(drawings[0]) == []
    n_finals = int(np.isfinite(beams.scores[0]).sum())
    verdicts = [
        text for text, _ in drawings[0].texts if re.fullmatch("[0-9]+\\.  \N{MINUS SIGN}[0-9.]+", text)
    ]
    assert sorted(verdicts, key=lambda text: int(text.split(".")[0]))[0].startswith("1.  ")
    assert len(verdicts) == n_finals


@pytest.mark.slow
@pytest.mark.parametrize(
    "draw",
    [
        lambda model, decoded, path: draw_explanation(
            decoded.words[0], decoded.trace, path, idx_to_word=IDX_TO_WORD, blocks=model.cell.blocks
        ),
        lambda model, decoded, path: draw_gates(
            decoded.words[0],
            decoded.trace.inside["gates"][0],
            path,
            idx_to_word=IDX_TO_WORD,
            blocks=model.cell.blocks,
        ),
    ],
    ids=["explanation", "gates"],
)
def test_figures_are_drawn_on_dark_paper_and_can_be_repeated(
    tmp_path: Path, draw: Callable[[CaptioningRNN, object, Path], None]
) -> None:
    model = model_that_speaks()
    decoded = greedy_decode(model, FEATURES, max_length=5, trace=True)
    draw(model, decoded, tmp_path / "one.svg")
    draw(model, decoded, tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.slow
def test_a_tree_for_a_notebook_is_the_one_that_is_written() -> None:
    figure = beam_tree_figure(random_beams(1, 3), IDX_TO_WORD)
    assert overlaps(Drawn(figure, text_boxes(figure))) == []
    assert figure.axes[0].patches


def test_what_is_said_beside_a_picture_stays_in_its_column() -> None:
    long = "a large blue balloon floats above a small yellow car on a clear evening in the meadow, it is said"
    figure = beside(np.zeros((8, 8, 3)), {f"heading {number}": long for number in range(6)})
    drawing = Drawn(figure, text_boxes(figure))
    assert overlaps(drawing) == []
    width, height = figure.get_size_inches() * figure.dpi
    for _, corners in drawing.texts:
        assert (np.reshape(corners, (-1, 2)) > 0).all()
        assert (np.reshape(corners, (-1, 2)) < (width, height)).all()
    words = " ".join(text.get_text() for text in figure.axes[1].texts)
    assert words == " ".join(f"heading {number} {long}" for number in range(6))


def test_arrows_of_a_diagram_go_from_box_to_box() -> None:
    places = {"a": (0, 0), "b": (1, 0), "c": (0.5, 1)}
    figure = box_diagram(places, [("a", "b"), ("b", "c"), ("c", "a", 0.3)], {"c": "two\nlines"}, plain=["b"])
    drawing = Drawn(figure, text_boxes(figure))
    assert overlaps(drawing) == []
    assert [text for text, _ in drawing.texts] == ["a", "b", "two\nlines"]
    fills = [text.get_bbox_patch().get_facecolor()[:3] for text in figure.axes[0].texts]
    assert fills == [to_rgb(LIGHT.tint), to_rgb(LIGHT.grey), to_rgb(LIGHT.tint)]
    arrows = [patch for patch in figure.axes[0].patches if patch.patchA is not None]
    ends = [(arrow.patchA, arrow.patchB) for arrow in arrows]
    a, b, c = (text.get_bbox_patch() for text in figure.axes[0].texts)
    assert ends == [(a, b), (b, c), (c, a)]


def test_where_a_captioner_looked_is_bright_and_framed() -> None:
    weights = np.full((2, 2), 0.1)
    weights[1, 0] = 0.7
    figure = looks(np.full((8, 8, 3), 200, dtype=np.uint8), {"car": weights}, columns=2)
    plain, lit = figure.axes
    assert (plain.images[0].get_array() == 200).all()
    shown = lit.images[0].get_array()
    assert (shown[4:, :4] == 200).all()
    assert (shown[:4] < 100).all()
    assert lit.get_title(loc="left") + lit.get_title() == "car  0.70"
    assert lit.patches[0].get_xy() == (-0.5, 3.5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [lstm_cell, gru_cell])
def test_the_diagrams_of_the_cells(cell: Callable[[], Figure]) -> None:
    figure = cell()
    drawing = Drawn(figure, text_boxes(figure))
    assert overlaps(drawing) == []
    said = " ".join(text for text, _ in drawing.texts)
    assert all(name in said for name in ("$x_t$", "$h_{t-1}$", "$h_t$", "gate:", "candidate"))
