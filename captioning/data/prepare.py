"""Sentences and features of photos, of any collection, as data in the COCO layout."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from captioning.data.coco_layout import write_captions_layout
from captioning.data.sentences import Sentences
from captioning.errors import InputError
from captioning.files import write_text
from captioning.hdf5 import get_dataset, new_hdf5, open_hdf5, readable
from captioning.layers import build_vocabulary, encode_captions, tokenize
from captioning.photos.encoder import ENCODER_FILE
from captioning.photos.folder import urls_path
from captioning.photos.names import Names
from captioning.photos.pca import PCA, fit_pca, read_pca, write_pca
from captioning.source.text import read_lines

PCA_FILE = "pca.h5"


def prepare(
    splits: Sentences,
    features_file: Path,
    out: Path,
    *,
    min_count: int = 5,
    max_length: int = 15,
    n_components: int | None = None,
    partial: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, tuple[int, int]]:
    """Write sentences about photos, and the features of these, in the COCO layout.

    The vocabulary is that of the training captions, and a PCA is fitted to the training photos only, so
    that nothing of the other splits is known in training. A caption without a word is left out.

    Args:
        splits: what is said of the photos of each split; one is called "train".
        features_file: features of the photos, from ``captioning features``.
        out: the folder to write. After PCA it gets the PCA too, as ``pca.h5``, and ``encoder.json`` where
            the features say what made them.
        min_count: how often a word must occur in the training captions to be in the vocabulary.
        max_length: words of a caption that are kept.
        n_components: fit a PCA with so many components.
        partial: leave photos out that have no features (and splits without any), instead of refusing.
        say: is given a line of text about what was left out.

    Returns:
        Per split, the number of captions and of photos.

    Raises:
        InputError: a file is missing or damaged, photos have no features, or no caption is left.
    """
    _require_disjoint(splits)
    rows_of = _rows_of(splits, features_file, partial)
    tokens = {split: _tokens(split, splits[split], rows, say) for split, rows in rows_of.items()}
    tokens = {split: pairs for split, pairs in tokens.items() if pairs}
    if "train" not in tokens:
        raise InputError(f"{out}: no caption of a training photo has a word; there is nothing to learn from.")
    features, pca, encoder = _read_features(
        features_file, {split: list(rows_of[split].values()) for split in tokens}, n_components
    )
    idx_to_word, word_to_idx = build_vocabulary([words for _, words in tokens["train"]], min_count)
    _require_words(tokens["train"], word_to_idx, min_count, say)
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
        urls={split: list(rows_of[split]) for split in tokens},
        pca_features=pca is not None,
    )
    if pca is not None:
        with new_hdf5(out / PCA_FILE) as file:
            write_pca(file, pca)
    if encoder:
        write_text(out / ENCODER_FILE, json.dumps(encoder | {"pca": PCA_FILE if pca is not None else None}))
    return {split: (len(tokens[split]), len(rows_of[split])) for split in tokens}


def _require_disjoint(splits: Sentences) -> None:
    split_of: dict[str, str] = {}
    for split, photos in splits.items():
        for photo in photos:
            if split_of.setdefault(photo, split) != split:
                raise InputError(
                    f"the photo {photo} is in two splits, {split_of[photo]} and {split}: what was learned "
                    "by heart would be measured. Take it out of one of the lists."
                )


def _rows_of(splits: Sentences, features_file: Path, partial: bool) -> dict[str, dict[str, int]]:
    """Return, for each split, the row of the features of each photo that has some."""
    photos = read_lines(urls_path(features_file))
    row_of = {name: row for row, name in enumerate(photos)}
    names = Names(photos)
    found = {split: {photo: names.find(photo) for photo in said} for split, said in splits.items()}
    missing = [photo for here in found.values() for photo, name in here.items() if name is None]
    if missing and not partial:
        raise InputError(
            f"{features_file} has no features of {len(missing)} photos, {missing[0]} for one. Make the "
            "features of the whole folder of photos, or leave these photos out with --partial."
        )
    rows = {
        split: {photo: row_of[name] for photo, name in here.items() if name is not None}
        for split, here in found.items()
    }
    rows = {split: here for split, here in rows.items() if here}
    if "train" not in rows:
        raise InputError(
            f"{features_file} has features of no training photo; there is nothing to learn from."
        )
    return rows


def _tokens(
    split: str,
    said: Mapping[str, Sequence[str]],
    photos: Mapping[str, int],
    say: Callable[[str], None],
) -> list[tuple[int, list[str]]]:
    """Return the words of each caption of a split, with the photo's place in it."""
    pairs, wordless = [], []
    for row, photo in enumerate(photos):
        for sentence in said[photo]:
            words = tokenize(sentence)
            if words:
                pairs.append((row, words))
            else:
                wordless.append(f"{sentence!r} of {photo}")
    if wordless:
        say(f"{split}: {len(wordless)} captions have no word and are left out, {wordless[0]} for one.")
    return pairs


def _require_words(
    pairs: Sequence[tuple[int, list[str]]],
    word_to_idx: Mapping[str, int],
    min_count: int,
    say: Callable[[str], None],
) -> None:
    """Raise ``InputError`` unless the training captions hold words of the vocabulary; say if they are few."""
    words = [word for _, sentence in pairs for word in sentence]
    known = sum(word in word_to_idx for word in words)
    if not known:
        raise InputError(
            f"none of the {len(set(words))} words of the training captions, {words[0]!r} for one, occurs "
            f"{min_count} times, so the vocabulary would be empty. Lower --min-count. In a script without "
            "spaces between words (Chinese, Japanese, Thai), split the captions into words first."
        )
    if known < len(words) / 2:
        say(
            f"{100 - 100 * known // len(words)} % of the words of the training captions occur less than "
            f"{min_count} times and become <UNK>: lower --min-count if that is too many."
        )


def _read_features(
    path: Path, rows_of: Mapping[str, Sequence[int]], n_components: int | None
) -> tuple[dict[str, np.ndarray], PCA | None, dict[str, Any]]:
    """Read the features of each split, projected if so wished, the PCA that they have gone through, and what
    made them, where the file says so.
    """
    with open_hdf5(path) as file, readable(path):
        values = get_dataset(file, "features")[:]
        projected = "pca_mean" in file
        encoder = dict(json.loads(file.attrs.get("encoder", "{}")))
    n_names = len(read_lines(urls_path(path)))
    if len(values) != n_names:
        raise InputError(f"{path} has {len(values)} rows, but {urls_path(path)} names {n_names} photos.")
    features = {split: values[list(rows)] for split, rows in rows_of.items()}
    if projected and n_components is not None:
        raise InputError(f"{path} has gone through a PCA already: leave --pca out, or make features without.")
    if n_components is not None:
        pca = fit_pca(features["train"], n_components)
        return {split: pca.project(values) for split, values in features.items()}, pca, encoder
    return features, read_pca(path) if projected else None, encoder
