"""Train the scenes' own VGG16: ``python datasets/scenes/train_vgg16.py``.

The network of the course at a fifth of its width, on pictures of 64 pixels; its last layer answers
one question per attribute of a scene (``LABELS``), each with a softmax of its own. Nothing of the
splits `val`, `test` and `unseen` is trained on, nor any combination of `HELD_OUT`.

In a share of the pictures the things have any colour at all, and only what has a shape is asked about these.
Otherwise the network learns that nothing white is a balloon, if there is no white balloon to learn from, and
does not know one when it sees it. Colours near those that `HELD_OUT` withholds from a kind are withheld here
too.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from tabulate import tabulate
from tqdm import tqdm

from captioning.data.scenes import scene_features
from captioning.files import atomic_write
from captioning.hdf5 import seal
from captioning.layers import (
    adam,
    clip_gradients,
    cosine_learning_rate,
    softmax_loss,
    vgg16_backward,
    vgg16_forward,
    vgg16_forward_train,
    vgg16_init,
    vgg16_load,
    vgg16_preprocess,
    vgg16_save,
)
from captioning.scenes.drawing import IMAGE_SIZE
from captioning.scenes.palette import THING_COLOURS
from captioning.scenes.scene import (
    HELD_OUT,
    LABELS,
    Scene,
    make_splits,
    sample_scene,
    scene_labels,
)

WIDTH = 3 / 16
FC_DIM = 256
# The standard deviation of a pixel: the first filters start so much smaller that signals start near 1.
PIXEL_SCALE = 64.0
# What one can tell of a thing in whatever colour.
SHAPES = frozenset({"kind_0", "size_0", "kind_1", "size_1", "relation"})
# As far, in RGB, a colour of no name keeps away from one that is held out.
DISTANCE = 40.0


def head_columns() -> dict[str, slice]:
    """Return which logits answer for which attribute."""
    ends = np.cumsum([len(values) for values in LABELS.values()])
    return {
        head: slice(int(end) - len(values), int(end))
        for (head, values), end in zip(LABELS.items(), ends, strict=True)
    }


def draw_all(scenes: list[Scene]) -> np.ndarray:
    """Draw scenes: ``(N, 64, 64, 3)`` uint8."""
    return scene_features({"pictures": scenes}, np.asarray, progress=True)["pictures"]


def fresh_scenes(count: int, rng: np.random.Generator, held_back: set[tuple[object, ...]]) -> list[Scene]:
    """Sample scenes of other descriptions than those that are held back."""
    scenes: list[Scene] = []
    while len(scenes) < count:
        scene = sample_scene(rng)
        if scene.description not in held_back:
            scenes.append(scene)
    return scenes


def label_array(scenes: list[Scene]) -> np.ndarray:
    """Return the labels of scenes, a column per attribute: ``(N, len(LABELS))`` integers."""
    return np.array([list(scene_labels(scene).values()) for scene in scenes])


def repaint(scene: Scene, rng: np.random.Generator) -> Scene:
    """Give each thing any colour, rather vivid, but for those near the ones that are held out of its kind."""

    def colour(kind: str) -> str:
        held_out = [THING_COLOURS[name] for other, name in HELD_OUT if other == kind]
        while True:
            rgb = np.rint(255 * rng.beta(0.7, 0.7, 3))
            if all(np.linalg.norm(rgb - other) > DISTANCE for other in held_out):
                return "#{:02x}{:02x}{:02x}".format(*rgb.astype(int))

    return replace(scene, things=tuple(replace(thing, colour=colour(thing.kind)) for thing in scene.things))


def heads_loss(logits: np.ndarray, labels: np.ndarray, n_true: int) -> tuple[float, np.ndarray]:
    """Add the softmax losses of all attributes up.

    Args:
        logits: ``(N, C)``.
        labels: ``(N, len(LABELS))``.
        n_true: in so many of the pictures, the first ones, things have the colours of their labels. Of the
            others only ``SHAPES`` count.

    Returns:
        The sum and its gradient ``(N, C)``.
    """
    dlogits = np.zeros_like(logits)
    total = 0.0
    for column, (attribute, head) in zip(labels.T, head_columns().items(), strict=True):
        rows = slice(None) if attribute in SHAPES else slice(n_true)
        loss, dlogits[rows, head] = softmax_loss(np.ascontiguousarray(logits[rows, head]), column[rows])
        total += float(loss)
    return total, dlogits


def accuracies(images: np.ndarray, labels: np.ndarray, params: dict[str, np.ndarray]) -> np.ndarray:
    """Return, for each attribute and for all of them at once, the share of pictures read correctly."""
    logits = np.concatenate(
        [vgg16_forward(vgg16_preprocess(batch), params, layer="fc8") for batch in _batches(images, 100)]
    )
    answers = np.column_stack([logits[:, head].argmax(axis=1) for head in head_columns().values()])
    right = answers == labels
    return np.append(right.mean(axis=0), right.all(axis=1).mean())


def _batches(array: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (array[start : start + size] for start in range(0, len(array), size))


def initial_params(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw the parameters that a first training begins with, float32."""
    n_classes = sum(len(values) for values in LABELS.values())
    params = vgg16_init(rng, WIDTH, IMAGE_SIZE, FC_DIM, n_classes)
    params["conv1_1_w"] /= PIXEL_SCALE
    return params


def mean_params(networks: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the mean of the parameters of networks that went on from the same one.

    It reads pictures better than any of them does; Wortsman et al., "Model soups", ICML 2022.
    """
    return {name: sum(params[name] for params in networks) / len(networks) for name in networks[0]}


def train(
    params: dict[str, np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    repainted: np.ndarray,
    rng: np.random.Generator,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
) -> dict[str, np.ndarray]:
    """Train with Adam; the learning rate rises over the first steps and falls along a cosine.

    Args:
        params: what to begin with.
        images: ``(N, 64, 64, 3)`` uint8.
        labels: ``(N, len(LABELS))``.
        repainted: ``(N,)`` bool: whether the things of a picture have other colours than its labels.
        rng: decides the order of the pictures.

    Returns:
        The parameters, float32.
    """
    params = dict(params)
    configs: dict[str, dict | None] = dict.fromkeys(params)
    n_steps = epochs * (len(images) // batch_size)
    with tqdm(total=n_steps, desc="training", unit="steps") as progress:
        for _ in range(epochs):
            order = rng.permutation(len(images))
            for rows in _batches(order[: len(order) // batch_size * batch_size], batch_size):
                rate = cosine_learning_rate(progress.n, n_steps, learning_rate, n_warm_up=200)
                rows = rows[np.argsort(repainted[rows], kind="stable")]
                logits, caches = vgg16_forward_train(vgg16_preprocess(images[rows]), params)
                loss, dlogits = heads_loss(logits, labels[rows], n_true=int((~repainted[rows]).sum()))
                grads, _ = clip_gradients(vgg16_backward(dlogits, caches), max_norm=5.0)
                for name, grad in grads.items():
                    config = (configs[name] or {}) | {"learning_rate": rate}
                    params[name], configs[name] = adam(params[name], grad, config)
                progress.update()
                progress.set_postfix(loss=f"{loss:.3f}")
    return params


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The weights to write (HDF5).")
@click.option(
    "starts",
    "--start",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Weights to go on from, of several files their mean; by default fresh ones.",
)
@click.option("--pictures", default=24000, show_default=True, help="Pictures to train on.")
@click.option("--epochs", default=6, show_default=True, help="How often each is seen.")
@click.option("--batch-size", default=64, show_default=True)
@click.option("--learning-rate", default=1e-3, show_default=True)
@click.option(
    "--repainted",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.5,
    show_default=True,
    help="Share of the pictures whose things have any colour.",
)
@click.option("--seed", default=0, show_default=True, help="Determines pictures, weights and order.")
def main(
    out: Path,
    starts: tuple[Path, ...],
    pictures: int,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    repainted: float,
    seed: int,
) -> None:
    """Train the scenes' VGG16 and print how well it reads each attribute.

    Example: python datasets/scenes/train_vgg16.py --out vgg16.h5
    """
    splits = make_splits()
    held_back = {split: splits[split] for split in ("val", "test", "unseen")}
    descriptions = {scene.description for scenes in held_back.values() for scene in scenes}
    rng = np.random.default_rng([seed, pictures])
    scenes = fresh_scenes(pictures, rng, descriptions)
    other_colours = rng.random(pictures) < repainted
    images = draw_all(
        [repaint(scene, rng) if other else scene for scene, other in zip(scenes, other_colours, strict=True)]
    )
    rng = np.random.default_rng(seed)
    params = train(
        mean_params([vgg16_load(start) for start in starts]) if starts else initial_params(rng),
        images,
        label_array(scenes),
        other_colours,
        rng,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    with atomic_write(out) as temporary:
        vgg16_save(temporary, params, dtype=np.float16)
        seal(temporary)
    # What is measured is what was written: half-precision weights.
    params = vgg16_load(out)
    columns = {
        split: accuracies(draw_all(scenes), label_array(scenes), params)
        for split, scenes in held_back.items()
    }
    rows = zip([*LABELS, "all of them"], *columns.values(), strict=True)
    click.echo(tabulate(rows, headers=["attribute", *columns], floatfmt=".2%", tablefmt="pipe"))
    click.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
