"""``python datasets/scenes/train_attention.py``: the captioner with attention, trained.

It looks at the 4 x 4 grid of the layer pool4 of the scenes' VGG16, with our own layers and optimiser.
"""

import click
import numpy as np
from tqdm import trange

from captioning.layers import (
    AttentionCaptioner,
    adam,
    clip_gradients,
    cosine_learning_rate,
    encode_captions,
    vgg16_forward,
    vgg16_preprocess,
)
from captioning.photos.standardization import Standardization
from captioning.scenes.batches import map_pictures
from captioning.scenes.scene import make_splits
from captioning.scenes.sentences import MAX_WORDS, describe
from captioning.training.captioner import (
    IMAGE_SIZE,
    Captioner,
    load_captioner,
    save_captioner,
    scene_vgg16,
    share_true,
)

LAYER = "pool4"
CLIP_NORM = 5.0


def grids(pictures: np.ndarray) -> np.ndarray:
    """Return the grid of features ``(N, C, 4, 4)`` of pictures ``(N, 64, 64, 3)`` uint8."""
    return vgg16_forward(vgg16_preprocess(pictures), scene_vgg16(), layer=LAYER)


@click.command()
@click.option("--steps", default=6000, show_default=True, help="Minibatches to learn from.")
@click.option("--batch-size", default=32, show_default=True)
@click.option("--hidden-dim", default=224, show_default=True)
@click.option("--learning-rate", default=0.003, show_default=True, help="At its peak.")
@click.option("--weight-decay", default=0.2, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(
    steps: int, batch_size: int, hidden_dim: int, learning_rate: float, weight_decay: float, seed: int
) -> None:
    """Train the captioner with attention on scenes, measure it, and keep it where it is read from."""
    rng = np.random.default_rng(seed)
    scenes = make_splits()["train"]
    features = np.concatenate(list(map_pictures(grids, scenes, IMAGE_SIZE)))
    mean = features.mean(axis=(0, 2, 3))
    scale = float(np.sqrt(((features - mean[:, None, None]) ** 2).mean()))
    standardization = Standardization(mean, scale)
    features = standardization.apply(features)

    words = load_captioner("lstm").idx_to_word
    word_to_idx = {word: idx for idx, word in enumerate(words)}
    sentences = [[said.split() for said in describe(scene)] for scene in scenes]
    captions = np.stack([encode_captions(five, word_to_idx, MAX_WORDS) for five in sentences])

    model = AttentionCaptioner(word_to_idx, len(mean), 128, hidden_dim, rng=rng)
    memory: dict[str, dict[str, object]] = {name: {} for name in model.params}
    bar = trange(steps, desc="training", disable=None)
    for step in bar:
        rows = rng.integers(len(captions), size=batch_size)
        chosen = captions[rows, rng.integers(captions.shape[1], size=batch_size)]
        length = int((chosen != word_to_idx["<NULL>"]).any(axis=0).sum())
        loss, grads = model.loss(features[rows], chosen[:, :length])
        grads, _ = clip_gradients(grads, CLIP_NORM)
        rate = cosine_learning_rate(step, steps, learning_rate)
        for name, grad in grads.items():
            value = model.params[name]
            if value.ndim > 1:
                value = value * (1 - weight_decay * rate)
            config = memory[name] | {"learning_rate": rate}
            model.params[name], memory[name] = adam(value, grad, config)
        bar.set_postfix(loss=f"{loss:.2f}", refresh=False)

    path = save_captioner(Captioner("attention", words, LAYER, standardization, model.params))
    click.echo(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    # What is measured is what was written: half-precision weights.
    kept = load_captioner("attention")
    for split in ("test", "unseen"):
        click.echo(f"{split}: {share_true(kept, split):.1%} of the captions wholly true")


if __name__ == "__main__":
    main()
