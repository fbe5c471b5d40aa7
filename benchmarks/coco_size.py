"""Data of COCO's full size, made up: to measure what training on all of it takes.

``python -m benchmarks.coco_size FOLDER`` writes 400 135 captions of 82 783 pictures to train on, and 195 954
of 40 504 to validate on, with 512 features each: 0.27 GB.
"""

from pathlib import Path

import click
import numpy as np

from captioning.data.coco_layout import SPECIAL_WORDS, write_captions_layout

WORDS = [*SPECIAL_WORDS, *(f"word{n}" for n in range(1000))]
IMAGES = {"train": 82_783, "val": 40_504}
CAPTIONS = {"train": 400_135, "val": 195_954}
FEATURES, MAX_WORDS = 512, 15


def made_up_captions(rng: np.random.Generator, n_captions: int) -> np.ndarray:
    """Return captions ``(K, 17)`` of 7 to 15 words, most of 9 to 11, as COCO's are; words are as unequal."""
    share = 1 / np.arange(1, len(WORDS) - 3)
    captions = 4 + rng.choice(len(share), (n_captions, MAX_WORDS + 2), p=share / share.sum())
    lengths = np.clip(rng.normal(10, 1.7, n_captions).round(), 7, MAX_WORDS).astype(int)
    captions[:, 0] = 1
    captions[np.arange(n_captions), lengths + 1] = 2
    captions[np.arange(MAX_WORDS + 2) > lengths[:, None] + 1] = 0
    return captions.astype(np.int32)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write data of COCO's full size into FOLDER."""
    rng = np.random.default_rng(0)
    captions, features, urls = {}, {}, {}
    for split, n_images in IMAGES.items():
        n_captions = CAPTIONS[split]
        rows = np.concatenate([np.arange(n_images), rng.integers(n_images, size=n_captions - n_images)])
        captions[split] = made_up_captions(rng, n_captions), rng.permutation(rows)
        features[split] = rng.standard_normal((n_images, FEATURES), dtype=np.float32)
        urls[split] = [f"{split}/{n}.jpg" for n in range(n_images)]
    write_captions_layout(folder, captions=captions, features=features, idx_to_word=WORDS, urls=urls)
    click.echo(f"{folder} is ready. `captioning train --data {folder} --hidden-dim 512 --wordvec-dim 256")
    click.echo("--batch-size 128 --epochs 1 --epoch-captions 12800 --out RUN` takes 100 minibatches of it.")


if __name__ == "__main__":
    main()
