"""What a class finds hard as one page with plots: one file, no script, light and dark."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from autograder.grading.similarity import Pair
from autograder.grading.statistics import Release
from captioning.figures.inline_svg import inline_svg, variables
from captioning.figures.style import DARK, LIGHT, canvas, readable_on
from captioning.gallery.filling import filled

# In inches: as wide as a page is on a telephone, and a little more; for a bar with its space.
WIDTH, BAR, EDGES = 6.6, 0.3, 0.9
# How an answer may be, from best to worst: what it is called, its colour, and its hatching.
STATES = {
    "right": ("right", LIGHT.accent, ""),
    "nearly": ("right arithmetic, not all of the contract", LIGHT.tint, ""),
    "wrong": ("wrong", LIGHT.warm, "//"),
    "unwritten": ("not begun", LIGHT.grey, ".."),
}
_BINS = 10


def page_of(releases: Sequence[Release], alike: Mapping[str, list[Pair]]) -> str:
    """Return the page as HTML.

    Args:
        releases: how a class did each.
        alike: the answers that are alike, by assignment, where that was asked for.
    """
    return filled(
        "stats.html",
        package="autograder.grading",
        light=LIGHT,
        dark=DARK,
        colours={"light": variables(LIGHT), "dark": variables(DARK)},
        overview=_overview(releases) if len(releases) > 1 else "",
        releases=[(release, *_figures(release, number)) for number, release in enumerate(releases, 1)],
        alike=alike,
    )


def _figures(release: Release, number: int) -> tuple[str, str]:
    if not release.submissions:
        return "", ""
    return _exercises(release, f"exercises-{number}"), _points(release, f"points-{number}")


def _overview(releases: Sequence[Release]) -> str:
    """Draw which part of the points each release was worth to the class: the mean, and the middle half."""
    graded = [release for release in releases if release.submissions]
    if not graded:
        return ""
    label = "Of all points, the class has on average: " + "; ".join(
        f"{release.assignment} {release.mean / release.of:.0%}" for release in graded
    )

    def draw(axes: Axes) -> None:
        for row, release in enumerate(graded):
            shares = [points / release.of for points in release.points]
            quarter = len(shares) // 4
            axes.plot([shares[quarter], shares[-1 - quarter]], [row, row], color=LIGHT.tint, linewidth=7,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot(release.mean / release.of, row, "o", color=LIGHT.accent)
            axes.text(1.02, row, f"{release.mean / release.of:.0%}", va="center", color=LIGHT.quiet)
        _name_rows(axes, [release.assignment for release in graded])
        axes.set(xlim=(0, 1), xlabel="share of the points: the mean, and the middle half of the class")

    return _drawn(draw, len(graded), label, "overview")


def _exercises(release: Release, name: str) -> str:
    """Draw how many have each exercise right, nearly, wrong, or not begun."""
    label = f"{release.assignment}, how many have each exercise right: " + "; ".join(
        f"{each.exercise} {each.right} of {each.submissions}" for each in release.exercises
    )

    def draw(axes: Axes) -> None:
        left = [0] * len(release.exercises)
        for state, (about, colour, hatch) in STATES.items():
            counts = [getattr(each, state) for each in release.exercises]
            bars = axes.barh(
                range(len(counts)), counts, left=left, height=0.7, label=about, color=colour, hatch=hatch,
                edgecolor=LIGHT.paper, linewidth=0.8,
            )  # fmt: skip
            for bar, count in zip(bars, counts, strict=True):
                if count >= 0.06 * release.submissions:
                    ink = readable_on(colour, LIGHT)
                    boxed = {"facecolor": colour, "edgecolor": "none", "pad": 2.0} if hatch else None
                    middle = (bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2)
                    axes.text(*middle, str(count), ha="center", va="center", bbox=boxed, color=ink)
            left = [before + count for before, count in zip(left, counts, strict=True)]
        _name_rows(axes, [each.exercise for each in release.exercises])
        axes.set(xlim=(0, release.submissions), xlabel="students")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    return _drawn(draw, len(release.exercises) + 2, label, name)


def _points(release: Release, name: str) -> str:
    """Draw how many have how many points."""
    label = (
        f"{release.assignment}, the points of {release.submissions} students: from {release.points[0]:g} to "
        f"{release.points[-1]:g} of {release.of:g}, on average {release.mean:.1f}"
    )

    def draw(axes: Axes) -> None:
        axes.hist(
            release.points, bins=_BINS, range=(0, release.of), color=LIGHT.accent, edgecolor=LIGHT.paper
        )
        axes.set(xlim=(0, release.of), xlabel="points", ylabel="students")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        axes.set_axisbelow(True)

    return _drawn(draw, 4, label, name)


def _name_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _drawn(draw: Callable[[Axes], None], rows: int, label: str, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "figure.svg")
        with canvas(path, WIDTH, EDGES + BAR * rows) as figure:
            draw(figure.subplots())
        return inline_svg(path.read_text(encoding="utf-8"), label, name)
