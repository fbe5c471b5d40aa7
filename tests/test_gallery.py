"""The page: what it shows, that it needs nothing but its folder, and that everybody can read it."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from captioning.data.coco_layout import SPECIAL_WORDS
from captioning.errors import InputError
from captioning.gallery.comparison import Measured, compare
from captioning.gallery.exhibits import (
    description,
    figure_of_learning,
    figure_of_looks,
    figures_inside,
    hang_pictures,
    judge,
)
from captioning.gallery.gallery import Figure, GalleryData, Picture, Room, Said, render, write_page
from captioning.gallery.making import require_room
from captioning.gallery.measuring import Shown
from captioning.photos.encoder import Encoder
from captioning.photos.standardization import Standardization
from captioning.scenes.lexicon import vocabulary
from captioning.scenes.scene import Scene, Thing
from captioning.training.captioner import Captioner, build_model
from captioning.training.checkpoint import History
from tests.browser import open_browser, violations

SCENE = Scene(
    (Thing("boat", "red", "small"), Thing("lighthouse", "white", "large")),
    "left of",
    "sea",
    "night",
    "clear",
    7,
)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}
CELLS = ("rnn", "lstm", "gru")


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text; tags must be closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def files(self) -> Iterator[str]:
        """Yield whatever the page asks for."""
        for _, attributes in self.tags:
            for name in ("src", "srcset", "href"):
                if name in attributes:
                    yield attributes[name]


@pytest.fixture
def measured() -> dict[str, Measured]:
    def scores(loss: float, true: float) -> dict[str, dict[str, float]]:
        held_out = {"loss": loss, "perplexity": loss / 4, "BLEU-4": 0.4, "CIDEr": 2.0, "true captions": true}
        return {"test": held_out, "unseen": {**held_out, "true captions": true - 0.1}}

    return {
        "rnn": Measured(1_234_567, 31.2, 5000.4, scores(9.5, 0.7)),
        "lstm": Measured(456_789, 92, 2000, scores(8.5, 0.97)),
        "gru": Measured(345_678, 80, 2500, scores(8.25, 0.96)),
    }


@pytest.fixture
def gallery(measured: dict[str, Measured]) -> GalleryData:
    figure = Figure(
        "A figure", "Its text.", "figures/x-light.svg", "figures/x-dark.svg", 900, 300, "What it shows."
    )
    said = (
        Said("rnn", "a <b>red</b> boat & more", false=("red boat",)),
        Said("lstm", "a small boat at night"),
        Said("gru", "", unclear=("(it breaks off)",)),
    )
    pictures = tuple(Picture(f"pictures/{n}.png", 512, f"Scene {n}.", said) for n in range(6))
    return GalleryData(
        cells=CELLS,
        summary="This came out.",
        comparison=compare(measured),
        learning=figure,
        rooms=[Room("Held out", "Chosen at random.", pictures), Room("Never seen", "New.", pictures[:2])],
        inside=[replace(figure, title="A beam search"), replace(figure, title="The gates")],
        inside_cell="lstm",
        example=pictures[3],
        commands=[("captioning demo --seed 0", "made this page.")],
        facts={"seed": "0", "NumPy": "2.4.6"},
        made_of="0123abcd",
    )


@pytest.fixture
def page(gallery: GalleryData) -> Page:
    return Page(render(gallery))


def test_the_page_asks_for_nothing_outside_its_folder(page: Page) -> None:
    files = set(page.files())
    assert files == {f"pictures/{n}.png" for n in range(6)} | {
        "figures/x-light.svg",
        "figures/x-dark.svg",
        "data:,",
    }
    assert not {"script", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    styles = render_styles(page)
    assert "url(" not in styles
    assert "@import" not in styles


def render_styles(page: Page) -> str:
    return page.text[page.text.index(":root") : page.text.index("@media print")]


def test_every_image_has_a_text_and_a_size(page: Page) -> None:
    images = page.all("img")
    # Header, figure of learning, two rooms, the example, two figures of the inside.
    assert len(images) == 1 + 1 + 6 + 2 + 1 + 2
    for image in images:
        assert image["alt"]
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0
    assert [image.get("loading") for image in images[2:8]] == [None] * 4 + ["lazy"] * 2


def test_tables_have_captions_and_headers(page: Page) -> None:
    assert len(page.all("caption")) == len(page.all("table")) == 2
    assert all(header.get("scope") in {"row", "col"} for header in page.all("th"))


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_wide_tables_scroll_and_the_page_does_not(
    width: int, gallery: GalleryData, tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(render(gallery), encoding="utf-8")
    with open_browser() as browser:
        opened = browser.new_page(viewport={"width": width, "height": 800})
        opened.goto(path.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        for caption in opened.locator("caption").all():
            assert caption.evaluate("node => node.getBoundingClientRect().right") <= width
        assert violations(opened) == []


def test_headings_and_names_are_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {section["aria-labelledby"] for section in page.all("section")} <= set(ids)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("main")) == len(page.all("title")) == 1


def test_captions_are_text_and_marked_in_words(page: Page) -> None:
    assert page.all("b")
    assert "a <b>red</b> boat & more" in page.text
    words = " ".join(page.text.split())
    assert "✗ false: red boat" in words
    assert "✓ true" in words
    assert "? not understood: (it breaks off)" in words
    assert "Wholly true of these 6: RNN 0, LSTM 6, GRU 0." in words
    assert "Wholly true of these 2: RNN 0, LSTM 2, GRU 0." in words


def test_the_page_shows_all_that_it_is_given(page: Page) -> None:
    for text in (
        "This came out.",
        "A beam search",
        "The gates",
        "captioning demo --seed 0",
        "2.4.6",
        "Inside the LSTM",
    ):
        assert text in page.text
    assert "0123abcd" in {meta.get("content") for meta in page.all("meta")}


def test_light_and_dark_are_chosen_by_the_system(page: Page) -> None:
    assert "@media (prefers-color-scheme: dark)" in page.text
    sources = page.all("source")
    assert len(sources) == 3
    assert {source["media"] for source in sources} == {"(prefers-color-scheme: dark)"}


def test_the_best_of_each_row_is_marked(measured: dict[str, Measured]) -> None:
    rows = {(row.name, row.note): row for row in compare(measured)}
    assert rows["loss", "nats a caption"].best == (False, False, True)
    assert rows["wholly true", "held-out scenes"].values == tuple(
        f"{share}\N{NO-BREAK SPACE}%" for share in ("70.0", "97.0", "96.0")
    )
    assert rows["wholly true", "held-out scenes"].best == (False, True, False)
    assert rows["wholly true", "never-seen combinations"].values[1] == "87.0\N{NO-BREAK SPACE}%"
    # All are as good.
    assert rows["CIDEr", "0 to 10"].best == (True, True, True)
    assert rows["parameters", ""].values[0].split("\N{NARROW NO-BREAK SPACE}") == ["1", "234", "567"]
    assert rows["parameters", ""].best == (False, False, False)


def test_what_came_trained_has_no_time(measured: dict[str, Measured]) -> None:
    measured["attention"] = replace(measured["lstm"], train_seconds=None)
    rows = {row.name: row for row in compare(measured)}
    assert rows["training"].values == ("31", "92", "80", "\N{EN DASH}")


@pytest.mark.parametrize(
    ("caption", "false", "unclear"),
    [
        ("a small red boat sails left of a large white lighthouse at night", (), ()),
        ("a small blue boat sails left of a large white lighthouse", ("blue boat",), ()),
        # Of a castle that is not there, neither its colour nor its place is told.
        ("a small red boat sails left of a large green castle at night", ("castle",), ()),
        ("a small red boat sails on a cloudy day", ("on a cloudy day",), ()),
        ("a small red boat sails left of the the", (), ("the the",)),
        ("", (), ("(it breaks off)",)),
    ],
)
def test_what_is_wrong_with_a_caption_is_named_once(
    caption: str, false: tuple[str, ...], unclear: tuple[str, ...]
) -> None:
    said = judge("lstm", caption, SCENE)
    assert said == Said("lstm", caption, false, unclear)
    assert said.true == (not false and not unclear)


def test_pictures_are_described_as_they_are() -> None:
    assert description(SCENE) == (
        "A drawing: a small red boat left of a large white lighthouse; sea, night, clear."
    )


class Features:
    """Features without a file; for attention, grids."""

    def __init__(self, *grid: int) -> None:
        self._shape = (8, 6, *grid)

    def features(self, split: str, rows: np.ndarray) -> np.ndarray:
        return np.random.default_rng(0).standard_normal(self._shape).astype(np.float32)[rows]


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, Shown]:
    """Return untrained captioners of scenes."""
    idx_to_word = [*SPECIAL_WORDS, *vocabulary()]
    shown = {}
    for cell in (*CELLS, "attention"):
        params = build_model(cell, idx_to_word, 6, 4, 8).params
        # Untrained, it would never end.
        params["b_vocab"][2] += 2
        scale = Standardization(np.zeros(6, dtype=np.float32), 1.0)
        captioner = Captioner(cell, idx_to_word, Encoder(), scale, params)
        data = Features(4, 4) if cell == "attention" else Features()
        shown[cell] = Shown(captioner, data, tmp_path / cell, tmp_path)  # type: ignore[arg-type]
    return shown


@pytest.mark.slow
def test_pictures_hang_with_what_each_captioner_says(tmp_path: Path, shown: dict[str, Shown]) -> None:
    scenes = [replace(SCENE, time=time) for time in ("day", "dusk", "night")]
    pictures = hang_pictures(shown, "test", [2, 0], scenes, tmp_path)
    assert [picture.file for picture in pictures] == ["pictures/test-01.png", "pictures/test-02.png"]
    assert [picture.description for picture in pictures] == [description(scenes[2]), description(scenes[0])]
    for picture in pictures:
        assert (tmp_path / picture.file).read_bytes().startswith(b"\x89PNG")
        assert [said.cell for said in picture.said] == [*CELLS, "attention"]


@pytest.mark.slow
def test_figures_are_drawn_for_light_and_dark_with_a_text(tmp_path: Path, shown: dict[str, Shown]) -> None:
    history = History([9.0, 8.0, 7.0, 6.0], [2, 4], [8.5, 6.5], [8.0, 6.25], [3.0, 2.0])
    figures = [
        figure_of_learning(dict.fromkeys(CELLS, history), tmp_path),
        *figures_inside(shown["lstm"], "test", 1, tmp_path),
        figure_of_looks(shown["attention"], "test", 1, SCENE, tmp_path),
    ]
    assert [figure.light for figure in figures] == [
        f"figures/{name}-light.svg" for name in ("learning", "beam", "words", "gates", "looks")
    ]
    for figure in figures:
        assert (tmp_path / figure.light).read_text() != (tmp_path / figure.dark).read_text()
        assert figure.width > 300
        assert figure.height > 30
    assert "lstm 6.25" in figures[0].alt
    assert "best first" in figures[1].alt


def test_a_page_of_somebody_else_is_not_written_over(tmp_path: Path, gallery: GalleryData) -> None:
    require_room(tmp_path)
    write_page(gallery, tmp_path)
    require_room(tmp_path)
    (tmp_path / "index.html").write_bytes(b"<title>My home \xff page</title>")
    with pytest.raises(InputError, match=r"not a page that `captioning demo` made.*--out"):
        require_room(tmp_path)
