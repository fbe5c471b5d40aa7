"""Sentences and features of photos, of any collection, as data in the COCO layout."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
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
    rows_of = _rows_of(splits, features_file, partial, say)
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


def _require_rows_of_their_own(rows: Mapping[str, Mapping[str, int]]) -> None:
    """Raise ``InputError`` where two names, which differ in capitals say, have found one photo."""
    name_of: dict[int, str] = {}
    for photos in rows.values():
        for name, row in photos.items():
            if name_of.setdefault(row, name) != name:
                raise InputError(
                    f"there are captions of {name_of[row]} and of {name}, and one photo that both could "
                    "mean. Write its name in one way, or give the other photo too."
                )


def _rows_of(
    splits: Sentences, features_file: Path, partial: bool, say: Callable[[str], None]
) -> dict[str, dict[str, int]]:
    """Return, for each split, the row of the features of each photo that has some."""
    photos = read_lines(urls_path(features_file))
    row_of = {name: row for row, name in enumerate(photos)}
    if len(row_of) < len(photos):
        twice = next(name for row, name in enumerate(photos) if row_of[name] != row)
        raise InputError(
            f"{urls_path(features_file)} names {twice} twice, and nobody can tell which is meant. Give these "
            "photos names that differ in more than spaces, and make the features again."
        )
    names = Names(photos)
    found = {split: {photo: names.find(photo) for photo in said} for split, said in splits.items()}
    missing = [photo for here in found.values() for photo, name in here.items() if name is None]
    if missing:
        n_photos = f"{len(missing)} photo{'s' * (len(missing) > 1)}"
        if not partial:
            raise InputError(
                f"{features_file} has no features of {n_photos}, "
                f"{_with_its_like(missing[0], photos)} for one. "
                "Make the features of the whole folder of photos, or leave these photos out with --partial."
            )
        say(f"{features_file} has no features of {n_photos}: left out, {missing[0]} for one.")
    rows = {
        split: {photo: row_of[name] for photo, name in here.items() if name is not None}
        for split, here in found.items()
    }
    if empty := [split for split, here in rows.items() if not here]:
        say(f"left out, as no photo is left: {', '.join(empty)}.")
    rows = {split: here for split, here in rows.items() if here}
    _require_rows_of_their_own(rows)
    if "train" not in rows:
        raise InputError(
            f"{features_file} has features of no training photo; there is nothing to learn from."
        )
    return rows


def _with_its_like(photo: str, photos: Sequence[str]) -> str:
    """Return the name of a photo, and that of one which differs in its ending alone."""
    stem = PurePosixPath(photo.casefold()).stem
    like = next((name for name in photos if PurePosixPath(name.casefold()).stem == stem), None)
    return photo if like is None else f"{photo} (there is {like}: write the names as those of the files are)"


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
            words = tokenize(_joined(sentence))
            if words:
                pairs.append((row, words))
            else:
                wordless.append(f"{sentence!r} of {photo}")
    if wordless:
        say(f"{split}: {len(wordless)} captions have no word and are left out, {wordless[0]} for one.")
    return pairs


def _joined(sentence: str) -> str:
    """Return a sentence without what joins or hyphenates inside of words, and is not seen.

    Sinhala's and Persian's words hold such signs, and German ones copied from web pages. A space of no width,
    which Thai puts between words, stays.
    """
    return "".join(sign for sign in sentence if sign == "\u200b" or unicodedata.category(sign) != "Cf")


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
