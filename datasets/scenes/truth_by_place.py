"""How true captions are, by where the things stand: ``python datasets/scenes/truth_by_place.py``.

It prints how many captions are wholly true of a thing alone, from left to right, and of things put anywhere
where one can say how they stand to each other. With ``--figure`` it draws a map for each relation, which
goes further than the pictures of the training; a frame shows how far these went.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import click
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from tabulate import tabulate
from tqdm import tqdm

from captioning.figures.style import LIGHT, canvas, readable_on
from captioning.scenes import drawing
from captioning.scenes.drawing import Place, draw, places
from captioning.scenes.scene import COLOURS, KINDS, Scene, sample_scene
from captioning.scenes.truth import truth
from captioning.training.captioner import CELLS, Captioner, load_captioner

# Where a thing alone is put, as shares of the width.
COLUMNS = tuple(round(0.1 * n, 1) for n in range(1, 10))
SEED = 5
# Scenes with things put by hand, so to speak.
HANDS = 120


@dataclass(frozen=True)
class Map:
    """What a map shows: a share for each pair of numbers that say where things stand.

    Attributes:
        title: of the map.
        of: whether the map is about a scene.
        across, down: the name of each number, and its values.
        move: gives the places for a pair of numbers, none where things would hide each other.
        frame: how far the training pictures went: left, right, top, bottom.
    """

    title: str
    of: Callable[[Scene], bool]
    across: tuple[str, np.ndarray]
    down: tuple[str, np.ndarray]
    move: Callable[[list[Place], float, float], list[Place] | None]
    frame: tuple[float, float, float, float]


def _flies(scene: Scene) -> bool:
    return KINDS[scene.things[0].kind].layer == "air"


def _lone_flyer(spots: list[Place], x: float, middle: float) -> list[Place]:
    return [replace(spots[0], x=x, y=middle + spots[0].side / 2)]


def _lone_stander(spots: list[Place], x: float, foot: float) -> list[Place]:
    return [replace(spots[0], x=x, y=foot)]


def _least_gap(one: Place, other: Place) -> float:
    return max(drawing.LEAST_GAP, drawing.APART * (one.side + other.side) / 2)


def _beside(spots: list[Place], left: float, right: float) -> list[Place] | None:
    if right - left < _least_gap(*spots) - 0.05:
        return None
    return [replace(spots[0], x=left), replace(spots[1], x=right)]


def _aside(spots: list[Place], x: float, shift: float) -> list[Place] | None:
    return [replace(spots[0], x=x + shift), replace(spots[1], x=x)] if 0.05 <= x + shift <= 0.95 else None


_X = np.linspace(0.1, 0.9, 9)
_LEFT, _RIGHT = drawing.MARGIN, 1 - drawing.MARGIN
MAPS = (
    Map(
        "alone, in the air",
        lambda scene: scene.relation == "alone" and _flies(scene),
        ("x", _X),
        ("middle", np.linspace(0.16, 0.48, 5)),
        _lone_flyer,
        (_LEFT, _RIGHT, *drawing.FLYER_HEIGHTS["alone"]),
    ),
    Map(
        "alone, on land or water",
        lambda scene: scene.relation == "alone" and not _flies(scene),
        ("x", _X),
        ("foot", np.linspace(0.82, 0.98, 5)),
        _lone_stander,
        (_LEFT, _RIGHT, *drawing.GROUND),
    ),
    Map(
        "side by side",
        lambda scene: scene.relation == "left of",
        ("x of the left one", np.linspace(0.1, 0.6, 6)),
        ("of the right one", np.linspace(0.4, 0.9, 6)),
        _beside,
        (_LEFT, _RIGHT - drawing.LEAST_GAP, _LEFT + drawing.LEAST_GAP, _RIGHT),
    ),
    Map(
        "above",
        lambda scene: scene.relation == "above",
        ("x of the lower one", _X),
        ("flyer aside by", np.linspace(-0.4, 0.4, 5)),
        _aside,
        (_LEFT, _RIGHT, -drawing.SHIFTS["above"][1], drawing.SHIFTS["above"][1]),
    ),
    Map(
        "in front of",
        lambda scene: scene.relation == "in front of",
        ("x of the one behind", _X),
        ("in front aside by", np.array([-0.24, -0.16, -0.08, 0.08, 0.16, 0.24])),
        _aside,
        (_LEFT, _RIGHT, -drawing.SHIFTS["in front of"][1], drawing.SHIFTS["in front of"][1]),
    ),
)


def scenes_of(is_wanted: Callable[[Scene], bool], rng: np.random.Generator) -> Iterator[Scene]:
    """Yield scenes of the kind that is wanted, without end."""
    while True:
        scene = sample_scene(rng)
        if is_wanted(scene):
            yield scene


def share_true(captioner: Captioner, placed: list[tuple[Scene, list[Place]]]) -> float:
    """Return the share of greedy captions that are wholly true of scenes with given places; NaN of none."""
    if not placed:
        return float("nan")
    pictures = np.stack([draw(scene, drawing.IMAGE_SIZE, spots) for scene, spots in placed])
    said = captioner.caption(pictures)
    return float(
        np.mean([truth(text, scene).wholly_true for text, (scene, _) in zip(said, placed, strict=True)])
    )


def shares_of_map(captioner: Captioner, made: Map, count: int) -> np.ndarray:
    """Return the share that is wholly true for each pair of numbers: ``(rows, columns)``, NaN for none."""
    rng = np.random.default_rng(SEED)
    scenes = scenes_of(made.of, rng)
    shares = np.full((len(made.down[1]), len(made.across[1])), np.nan)
    for row, v in enumerate(tqdm(made.down[1], desc=made.title)):
        for column, u in enumerate(made.across[1]):
            chosen = list(islice(scenes, count))
            moved = [(scene, made.move(places(scene, rng), u, v)) for scene in chosen]
            shares[row, column] = share_true(captioner, [(scene, at) for scene, at in moved if at])
    return shares


def lone_things(captioner: Captioner, x: float, count: int) -> float:
    """Return the share that is wholly true of things alone at x, at heights as in training."""
    rng = np.random.default_rng(SEED)
    scenes = scenes_of(lambda scene: scene.relation == "alone", rng)
    chosen = list(islice(scenes, count))
    return share_true(captioner, [(scene, [replace(places(scene, rng)[0], x=x)]) for scene in chosen])


def in_any_colours(rng: np.random.Generator) -> Scene:
    """Draw a scene whose things have any colours, the held-out ones too."""
    scene = sample_scene(rng)
    return replace(
        scene, things=tuple(replace(thing, colour=str(rng.choice(COLOURS))) for thing in scene.things)
    )


def put_anywhere(scene: Scene, rng: np.random.Generator) -> list[Place]:
    """Draw places further out than those of the training, where one can say how things stand to each other.

    Things are anywhere from 0.1 to 0.9 of the width, and at any height that suits them.
    """
    while True:
        spots = [
            replace(
                place,
                x=rng.uniform(0.1, 0.9),
                y=rng.uniform(0.18, 0.45) + place.side / 2
                if KINDS[thing.kind].layer == "air"
                else rng.uniform(0.84, 0.97),
            )
            for thing, place in zip(scene.things, places(scene, rng), strict=True)
        ]
        if can_be_told(scene.relation, spots):
            return spots


def can_be_told(relation: str, spots: list[Place]) -> bool:
    """Whether one sees that things stand to each other as the relation says."""
    if relation == "alone":
        return True
    one, other = spots
    if relation == "left of":
        return other.x - one.x >= _least_gap(one, other)
    is_near = abs(one.x - other.x) <= drawing.SHIFTS[relation][1]
    return is_near and (relation == "above" or one.y - other.y >= 0.04)


def _draw_map(axes: Axes, made: Map, shares: np.ndarray) -> None:
    (across, us), (down, vs) = made.across, made.down
    halves = (us[1] - us[0]) / 2, (vs[1] - vs[0]) / 2
    extent = (us[0] - halves[0], us[-1] + halves[0], len(vs) - 0.5, -0.5)
    colours = LIGHT.sequential
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto", extent=extent)
    for row, column in np.argwhere(~np.isnan(shares)):
        share = shares[row, column]
        ink = readable_on(colours(share), LIGHT)
        axes.text(us[column], row, f"{100 * share:.0f}", color=ink, ha="center", va="center")
    left, right, *ends = made.frame
    top, bottom = np.interp(ends, vs, np.arange(len(vs)))
    axes.add_patch(
        Rectangle(
            (left, top), right - left, bottom - top, fill=False, edgecolor=LIGHT.warm, linestyle="--", lw=1.5
        )
    )
    axes.set(title=made.title, xlabel=across, ylabel=down)
    axes.set_xticks(us, [f"{u:.1f}" for u in us])
    axes.set_yticks(range(len(vs)), [f"{v:.2f}" for v in vs])


@click.command()
@click.option(
    "--captioner",
    "cell",
    type=click.Choice(sorted(CELLS)),
    default="lstm",
    show_default=True,
    help="Of the course.",
)
@click.option(
    "--count", type=click.IntRange(min=1), default=56, show_default=True, help="Scenes for each number."
)
@click.option(
    "--figure", type=click.Path(path_type=Path, dir_okay=False), help="Draw maps (SVG, PNG or PDF), too."
)
def main(cell: str, count: int, figure: Path | None) -> None:
    """Print how true captions are, by where the things of a scene stand.

    Example: python datasets/scenes/truth_by_place.py --captioner gru
    """
    captioner = load_captioner(cell)
    shares = [f"{lone_things(captioner, x, count):.0%}" for x in tqdm(COLUMNS, desc="a thing alone")]
    click.echo(tabulate([["wholly true", *shares]], ["a thing alone, at x =", *COLUMNS], tablefmt="pipe"))
    rng = np.random.default_rng(SEED)
    scenes = [in_any_colours(rng) for _ in range(HANDS)]
    for how, put in (("where training pictures have them", places), ("anywhere", put_anywhere)):
        share = share_true(captioner, [(scene, put(scene, rng)) for scene in scenes])
        click.echo(f"{HANDS} scenes in any colours, things {how}: {share:.0%} wholly true")
    if figure is None:
        return
    with canvas(figure, 9, 8) as drawn:
        axes = drawn.subplots(3, 2).ravel()
        for at, made in zip(axes, MAPS, strict=False):
            _draw_map(at, made, shares_of_map(captioner, made, count))
        axes[-1].axis("off")
        axes[-1].text(
            0,
            0.5,
            f"Per cent of captions wholly true\n({cell}, {count} scenes for each number).\n"
            "Dashed: how far the training went.",
        )
    click.echo(f"{figure}: the maps")


if __name__ == "__main__":
    main()
