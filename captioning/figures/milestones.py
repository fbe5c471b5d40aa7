"""What a milestone of the course looks like, drawn by the layers that reached it."""

from pathlib import Path
from textwrap import fill

import numpy as np

from captioning import layers
from captioning.figures.style import LIGHT, SMALL, Theme, canvas
from captioning.figures.words import number, percent
from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene, Thing
from captioning.training.captioner import load_captioner

# In inches.
WIDTH, HEIGHT = 6.4, 2.9
DOWNHILL_STEPS, DOWNHILL_RATE = 25, 0.13
POINTS_AN_ARM, HIDDEN, EPOCHS, RATE = 60, 32, 300, 0.4
SCENES = (
    Scene(
        (Thing("boat", "red", "small"), Thing("lighthouse", "white", "large")),
        *("left of", "sea", "night", "clear"),
        variation=1,
    ),
    Scene(
        (Thing("balloon", "green", "large"), Thing("elephant", "blue", "large")),
        *("above", "desert", "day", "clear"),
        variation=2,
    ),
)
BEAM_WIDTH = 3


def draw_gradient(path: Path, theme: Theme = LIGHT) -> None:
    """Draw a valley, and the way down that ``numeric_gradient`` finds; arguments as in ``canvas``."""

    def valley(at: np.ndarray) -> np.ndarray:
        return np.asarray(0.5 * at[0] ** 2 + 2 * at[1] ** 2 + 0.3 * np.sin(2 * at[0]))

    way = [np.array([2.7, 1.3])]
    for _ in range(DOWNHILL_STEPS):
        way.append(way[-1] - DOWNHILL_RATE * layers.numeric_gradient(valley, way[-1]))
    x, y = np.meshgrid(np.linspace(-3, 3, 81), np.linspace(-1.6, 1.6, 61))
    steps = np.array(way)
    with canvas(path, WIDTH, HEIGHT, theme) as figure:
        axes = figure.subplots()
        axes.contour(x, y, valley(np.stack([x, y])), levels=14, colors=theme.line, linewidths=0.8)
        axes.plot(*steps.T, color=theme.accent, marker="o", markersize=3.5)
        axes.plot(*steps[0], marker="s", markersize=8, color=theme.warm)
        axes.set(
            title=f"{DOWNHILL_STEPS} steps downhill, each against the gradient: "
            f"from {number(float(valley(steps[0])))} to {number(float(valley(steps[-1])))}",
            xticks=[],
            yticks=[],
        )


def draw_network(path: Path, theme: Theme = LIGHT) -> None:
    """Train affine layers with a ReLU on three arms of points; draw the loss, and what they tell apart."""
    rng = np.random.default_rng(0)
    radius = np.tile(np.linspace(0.15, 1, POINTS_AN_ARM), 3)
    arm = np.repeat(np.arange(3), POINTS_AN_ARM)
    turn = arm * 2 * np.pi / 3 + 3.2 * radius + 0.1 * rng.standard_normal(len(radius))
    points = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    weights = [2 * rng.standard_normal((2, HIDDEN)), rng.standard_normal((HIDDEN, 3)) / np.sqrt(HIDDEN)]
    biases = [rng.standard_normal(HIDDEN), np.zeros(3)]

    def scores_of(x: np.ndarray) -> tuple[np.ndarray, list[object]]:
        inside, first = layers.affine_forward(x, weights[0], biases[0])
        inside, active = layers.relu_forward(inside)
        scores, second = layers.affine_forward(inside, weights[1], biases[1])
        return scores, [first, active, second]

    losses = []
    for _ in range(EPOCHS):
        scores, (first, active, second) = scores_of(points)
        loss, dscores = layers.softmax_loss(scores, arm)
        losses.append(float(loss))
        dinside, dw1, db1 = layers.affine_backward(dscores, second)
        _, dw0, db0 = layers.affine_backward(layers.relu_backward(dinside, active), first)
        for parameter, gradient in zip((*weights, *biases), (dw0, dw1, db0, db1), strict=True):
            parameter -= RATE * gradient
    right = float(np.mean(scores_of(points)[0].argmax(axis=1) == arm))
    side = np.linspace(-1.15, 1.15, 160)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    told = scores_of(plane)[0].argmax(axis=1).reshape(len(side), len(side))
    colours = [theme.tint, theme.grey, theme.paper]
    with canvas(path, WIDTH, HEIGHT, theme) as figure:
        left, plot = figure.subplots(1, 2, width_ratios=[1.2, 1])
        left.plot(losses, color=theme.accent)
        left.set(title="The loss", xlabel="step", ylabel="nats")
        left.set_ylim(0)
        left.grid(axis="y")
        plot.contourf(side, side, told, levels=[-0.5, 0.5, 1.5, 2.5], colors=colours)
        for kind, look in enumerate((("o", theme.accent), ("^", theme.quiet), ("s", theme.warm))):
            plot.scatter(*points[arm == kind].T, marker=look[0], s=12, color=look[1])
        plot.set(title=f"{percent(right)} are told apart", xticks=[], yticks=[], aspect="equal")


def draw_captions(path: Path, theme: Theme = LIGHT) -> None:
    """Draw two scenes, and what ``CaptioningRNN.sample`` says of them."""
    captioner = load_captioner("lstm")
    _draw_captioned(path, theme, [[said] for said in captioner.caption(_pictures())])


def draw_beams(path: Path, theme: Theme = LIGHT) -> None:
    """Draw two scenes, and the likeliest captions that ``beam_search`` finds."""
    captioner = load_captioner("lstm")
    features = captioner.encode(_pictures())
    _, beams = layers.beam_search(captioner.model, features, beam_width=BEAM_WIDTH)
    said = [list(layers.decode_captions(words, captioner.idx_to_word)) for words in beams.words]
    _draw_captioned(path, theme, said)


def _pictures() -> np.ndarray:
    return np.stack([draw(scene) for scene in SCENES])


def _draw_captioned(path: Path, theme: Theme, said: list[list[str]]) -> None:
    with canvas(path, WIDTH, HEIGHT, theme) as figure:
        for axes, scene, captions in zip(figure.subplots(1, len(SCENES)), SCENES, said, strict=True):
            axes.imshow(draw(scene, 256))
            axes.axis("off")
            axes.set_title("\n".join(fill(caption, 44) for caption in captions), size=SMALL, weight="normal")
