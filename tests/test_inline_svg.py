"""Figures as pages show them: in the page's colours, with a name, and in panels."""

import base64
import io
import re
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from captioning.errors import InputError
from captioning.figures.inline_svg import inline_svg, style_sheet, variables
from captioning.figures.notebook import house_style
from captioning.figures.style import DARK, LIGHT


@pytest.fixture(autouse=True)
def house() -> Iterator[None]:
    with plt.rc_context():
        house_style()
        yield
        plt.close("all")


def svg(figure: Figure) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return file.getvalue()


def on_page(figure: Figure, name: str = "drawing-1") -> str:
    return inline_svg(svg(figure), "a line that falls", name)


def view_boxes(html: str) -> list[tuple[float, float]]:
    """Return from where to where each panel reaches."""
    boxes = [[float(side) for side in box.split()] for box in re.findall(r'viewBox="([^"]*)"', html)]
    return [(left, left + width) for left, _, width, _ in boxes]


@pytest.mark.slow
def test_every_colour_of_the_house_is_a_variable_for_both_themes() -> None:
    figure, ax = plt.subplots()
    for colour in variables(LIGHT).values():
        ax.plot([0, 1], color=colour)
    ax.bar(range(2), 1, color=LIGHT.tint, edgecolor=LIGHT.quiet, hatch="//")
    html = on_page(figure)
    assert set(re.findall(r"--figure-\w+", html)) == set(variables(LIGHT))
    # A hatched bar has a reference and a colour in one style.
    paints = set(re.findall(r'(?:fill|stroke)(?:: |=")([^;"]+)', html))
    assert {paint for paint in paints if not re.fullmatch(r"none|var\(.*\)|url\(#.*\)", paint)} == set()
    assert variables(LIGHT).keys() == variables(DARK).keys()
    assert len(set(variables(LIGHT).values())) == len(variables(LIGHT))
    for name, colour in (variables(LIGHT) | variables(DARK)).items():
        assert name == "--figure-paper" or f"{name}:{colour};" in style_sheet()


@pytest.mark.parametrize(
    ("grey", "name"),
    [("black", "ink"), ("0.1", "ink"), ("0.4", "quiet"), ("0.9", "grey"), ("white", "paper")],
)
def test_a_grey_by_its_number_is_one_of_the_house(grey: str, name: str) -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "x", color=grey, bbox={"facecolor": grey, "edgecolor": grey})
    assert set(re.findall(r"--figure-\w+", on_page(figure))) - {"--figure-paper"} == (
        set() if name == "paper" else {f"--figure-{name}"}
    )


def test_a_colour_that_would_not_follow_the_theme_is_refused() -> None:
    figure, ax = plt.subplots()
    ax.plot([0, 1], color="tab:green")
    with pytest.raises(InputError, match=r"#2ca02c.*expected a grey.*accent #0b5a8f"):
        on_page(figure)


@pytest.mark.slow
def test_pictures_keep_their_pixels() -> None:
    figure, ax = plt.subplots()
    ax.imshow(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8))

    def pixels(html: str) -> np.ndarray:
        (data,) = re.findall(r'href="data:image/\w+;base64,([^"]*)"', html)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))

    assert np.array_equal(pixels(on_page(figure)), pixels(svg(figure)))


@pytest.mark.slow
def test_two_figures_of_a_page_share_no_id() -> None:
    figure, ax = plt.subplots()
    ax.plot([0, 1])
    one, other = (set(re.findall(r' id="([^"]*)"', on_page(figure, name))) for name in ("a", "b"))
    assert one
    assert other
    assert not one & other


@pytest.mark.slow
@pytest.mark.parametrize("n_panels", [1, 3])
def test_what_refers_to_something_finds_it(n_panels: int) -> None:
    figure, axes = plt.subplots(1, n_panels)
    for ax in np.ravel(axes):
        ax.plot([0, 1], "o", label="$h_t$")
        ax.legend()
    html = on_page(figure)
    asked = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', html))
    assert {one or other for one, other in asked} <= set(re.findall(r' id="([^"]*)"', html))


@pytest.mark.slow
@pytest.mark.parametrize("n_panels", [1, 2])
def test_a_figure_has_one_name(n_panels: int) -> None:
    figure, _ = plt.subplots(1, n_panels)
    html = inline_svg(svg(figure), 'falls "fast" & < 1', "drawing-1")
    assert html.count('role="img"') == html.count("aria-label=") == 1
    assert 'aria-label="falls &quot;fast&quot; &amp; &lt; 1"' in html


@pytest.mark.slow
def test_panels_in_a_row_are_cut_where_nothing_is_drawn() -> None:
    figure, (left, middle, right) = plt.subplots(1, 3)
    for ax in (left, middle, right):
        ax.plot([0, 1000])
        ax.set_ylabel("loss")
    panels = view_boxes(on_page(figure))
    width = figure.get_size_inches()[0] * 72
    assert [start for start, _ in panels] == pytest.approx([0, *(end for _, end in panels[:-1])], abs=0.1)
    assert panels[-1][1] == pytest.approx(width, abs=0.1)
    figure.canvas.draw()
    scale = 72 / figure.dpi
    for (start, end), ax in zip(panels, (left, middle, right), strict=True):
        drawn = ax.get_tightbbox()
        assert start <= drawn.x0 * scale
        assert drawn.x1 * scale <= end


@pytest.mark.slow
def test_figures_that_cannot_stand_in_pieces_stay_whole() -> None:
    grid, _ = plt.subplots(2, 2)
    with_title_over_both, _ = plt.subplots(1, 2)
    with_title_over_both.suptitle("one sentence over both of the panels, from left to right")
    single, ax = plt.subplots()
    with_scale, beside = plt.subplots()
    with_scale.colorbar(beside.imshow(np.eye(2)))
    ax.plot([0, 1])
    for figure in (grid, with_title_over_both, single, with_scale):
        assert len(view_boxes(on_page(figure))) == 1


def test_numbers_are_as_long_as_a_hundredth_of_a_point_needs() -> None:
    figure, ax = plt.subplots()
    ax.plot(np.linspace(0, 1, 50) ** 2)
    paths = " ".join(re.findall(r' d="([^"]*)"', on_page(figure)))
    assert paths
    assert not re.search(r"\d\.\d{3}", paths)
