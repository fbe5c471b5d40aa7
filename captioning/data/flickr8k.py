"""Flickr8k's text, and features of its photos, as data in the COCO layout."""

from pathlib import Path

import h5py
import numpy as np

from captioning.data.coco_layout import write_captions_layout
from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.hdf5 import get_dataset, open_hdf5, readable
from captioning.layers import build_vocabulary, encode_captions, tokenize
from captioning.photos.folder import urls_path
from captioning.photos.pca import PCA, fit_pca, read_pca, write_pca

CAPTIONS_FILE = "Flickr8k.token.txt"
SPLIT_FILES = {
    "train": "Flickr_8k.trainImages.txt",
    "val": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
PCA_FILE = "pca.h5"


def read_text(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Read what is in ``Flickr8k_text``.

    Returns:
        Per split, per photo (its file name), the captions.

    Raises:
        InputError: a file is missing, or a photo of a split has no captions.
    """
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(_lines(folder / CAPTIONS_FILE), start=1):
        photo, tab, caption = line.partition("\t")
        if not tab:
            raise InputError(
                f"{folder / CAPTIONS_FILE}, line {number} is {line!r}; expected name.jpg#0, a tab, a caption."
            )
        captions.setdefault(photo.partition("#")[0], []).append(caption)
    splits = {}
    for split, name in SPLIT_FILES.items():
        photos = _lines(folder / name)
        without = [photo for photo in photos if photo not in captions]
        if without:
            raise InputError(f"{folder / name} names {without[0]}, which has no caption in {CAPTIONS_FILE}.")
        splits[split] = {photo: captions[photo] for photo in photos}
    return splits


def write_flickr8k(
    text_folder: Path,
    features_file: Path,
    out: Path,
    *,
    min_count: int = 5,
    max_length: int = 15,
    n_components: int | None = None,
    partial: bool = False,
) -> dict[str, tuple[int, int]]:
    """Write Flickr8k in the COCO layout: splits "train", "val" (its «dev») and "test".

    The vocabulary is that of the training captions, and a PCA is fitted to the training photos only, so
    that nothing of the other splits is known in training.

    Args:
        text_folder: the unpacked ``Flickr8k_text``.
        features_file: features of the photos, from ``captioning features``.
        out: the folder to write. After PCA it gets the PCA too, as ``pca.h5``.
        min_count: how often a word must occur in the training captions to be in the vocabulary.
        max_length: words of a caption that are kept.
        n_components: fit a PCA with so many components.
        partial: leave photos out that have no features (and splits without any), instead of refusing.

    Returns:
        Per split, the number of captions and of photos.

    Raises:
        InputError: a file is missing or damaged, or photos have no features.
    """
    splits = read_text(text_folder)
    row_of = {name: row for row, name in enumerate(_lines(urls_path(features_file)))}
    missing = [photo for photos in splits.values() for photo in photos if photo not in row_of]
    if missing and not partial:
        raise InputError(
            f"{features_file} has no features of {len(missing)} photos, {missing[0]} for one. Make the "
            "features of the whole folder Flickr8k_Dataset, or leave these photos out with --partial."
        )
    splits = {
        split: here
        for split, photos in splits.items()
        if (here := {photo: captions for photo, captions in photos.items() if photo in row_of})
    }
    if "train" not in splits:
        raise InputError(
            f"{features_file} has features of no training photo; there is nothing to learn from."
        )
    features, pca = _read_features(features_file, splits, row_of, n_components)

    tokens = {
        split: [
            (row, words)
            for row, sentences in enumerate(photos.values())
            for words in map(tokenize, sentences)
            if words  # not so where a caption is only a full stop
        ]
        for split, photos in splits.items()
    }
    idx_to_word, word_to_idx = build_vocabulary([words for _, words in tokens["train"]], min_count)
    write_captions_layout(
        out,
        captions={
            split: (
                encode_captions([words for _, words in pairs], word_to_idx, max_length),
                np.array([row for row, _ in pairs], dtype=np.int32),
            )
            for split, pairs in tokens.items()
        },
        features=features,
        idx_to_word=idx_to_word,
        urls={split: list(photos) for split, photos in splits.items()},
        pca_features=pca is not None,
    )
    if pca is not None:
        with atomic_write(out / PCA_FILE) as path, h5py.File(path, "w") as file:
            write_pca(file, pca)
    return {split: (len(tokens[split]), len(splits[split])) for split in splits}


def _read_features(
    path: Path, splits: dict[str, dict[str, list[str]]], row_of: dict[str, int], n_components: int | None
) -> tuple[dict[str, np.ndarray], PCA | None]:
    """Read the features of each split, projected if so wished, and the PCA that they have gone through."""
    with open_hdf5(path) as file, readable(path):
        rows = get_dataset(file, "features")[:]
        projected = "pca_mean" in file
    if len(rows) != len(row_of):
        raise InputError(f"{path} has {len(rows)} rows, but {urls_path(path)} names {len(row_of)} photos.")
    features = {split: rows[[row_of[photo] for photo in photos]] for split, photos in splits.items()}
    if projected and n_components is not None:
        raise InputError(f"{path} has gone through a PCA already: leave --pca out, or make features without.")
    if n_components is not None:
        pca = fit_pca(features["train"], n_components)
        return {split: pca.project(values) for split, values in features.items()}, pca
    return features, read_pca(path) if projected else None


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise InputError(f"{path} is missing.")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
