"""``cs231n.coco_utils``: captions and features as one dictionary, minibatches of them, and sentences."""

from pathlib import Path
from typing import Any

import numpy as np

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.files import cache_folder

FOLDER = Path("cs231n/datasets/coco_captioning")


def load_coco_data(
    base_dir: str | Path | None = None, max_train: int | None = None, pca_features: bool = True
) -> dict[str, Any]:
    """Read captions and features.

    Args:
        base_dir: the folder of the data; by default ``cs231n/datasets/coco_captioning`` where that is there,
            else where ``captioning data get coco`` puts them.
        max_train: so many training captions, drawn by ``np.random``; by default all.
        pca_features: the features after PCA, else those of fc7 itself.

    Returns:
        For each split ``{split}_captions`` ``(K, T)``, ``{split}_image_idxs`` ``(K,)``, ``{split}_features``
        ``(M, D)`` and ``{split}_urls`` ``(M,)``; ``idx_to_word``, a list, and ``word_to_idx``.

    Raises:
        InputError: a file is missing or damaged.
    """
    if base_dir is None:
        base_dir = FOLDER if FOLDER.is_dir() else cache_folder() / "coco"
    read = CaptionData(Path(base_dir), pca_features=pca_features)
    data: dict[str, Any] = {"idx_to_word": read.idx_to_word, "word_to_idx": read.word_to_idx}
    for split in read.splits:
        data[f"{split}_captions"] = read.captions(split)
        data[f"{split}_image_idxs"] = read.image_idxs(split)
        data[f"{split}_features"] = read.features(split, np.arange(read.n_images(split)))
        data[f"{split}_urls"] = np.array(read.urls(split))
    if max_train is not None:
        drawn = np.random.randint(len(data["train_captions"]), size=max_train)
        for name in ("train_captions", "train_image_idxs"):
            data[name] = data[name][drawn]
    return data


def sample_coco_minibatch(
    data: dict[str, Any], batch_size: int = 100, split: str = "train"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw captions by ``np.random``; return them with the features and the address of each one's image."""
    drawn = np.random.choice(len(data[f"{split}_captions"]), batch_size)
    images = data[f"{split}_image_idxs"][drawn]
    return data[f"{split}_captions"][drawn], data[f"{split}_features"][images], data[f"{split}_urls"][images]


def decode_captions(captions: np.ndarray, idx_to_word: list[str]) -> str | list[str]:
    """Turn captions ``(N, T)`` into sentences, and one caption ``(T,)`` into one."""
    sentences: list[str] = layers.decode_captions(np.atleast_2d(captions), idx_to_word)
    return sentences[0] if np.ndim(captions) == 1 else sentences
