"""Captions and image features in the files of CS231n's ``coco_captioning``: one reader for all data.

A folder holds

- ``coco2014_captions.h5``: per split ``{split}_captions`` ``(K, T)`` integers, ``<START>`` words
  ``<END>`` ``<NULL>``..., and ``{split}_image_idxs`` ``(K,)``, the row of the features that each
  caption describes;
- ``coco2014_vocab.json``: ``idx_to_word``, a list, and its inverse ``word_to_idx``;
- ``{split}2014_vgg16_fc7.h5`` or, after PCA, ``{split}2014_vgg16_fc7_pca.h5``: ``features`` ``(N, D)``;
  likewise ``{split}2014_vgg16_pool4.h5``: ``features`` ``(N, D, R, C)``, a grid for each image;
- ``{split}2014_urls.txt``: a line per row of the features.

The names say COCO 2014 whatever the data are, because ten years of readers have them built in.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from captioning.errors import InputError
from captioning.files import write_text
from captioning.hdf5 import get_dataset, new_hdf5, open_hdf5, readable
from captioning.photos.encoder import Encoder, read_encoder
from captioning.source.text import conflict, numbered_lines, read_text

SPECIAL_WORDS = NULL_WORD, START_WORD, END_WORD, UNKNOWN_WORD = "<NULL>", "<START>", "<END>", "<UNK>"
NULL, START, END, UNKNOWN = range(4)

# Attention looks at the cells of this layer of VGG16: 4 x 4 of a picture of 64 pixels.
GRID_LAYER = "pool4"

# COCO's training features without PCA are 1.36 GB.
HELD_BYTES = 2 * 10**9

CAPTIONS_FILE = "coco2014_captions.h5"
VOCABULARY_FILE = "coco2014_vocab.json"


def features_file(split: str, pca_features: bool, layer: str = "fc7") -> str:
    """Return the name of a split's file of features."""
    return f"{split}2014_vgg16_{layer}{'_pca' if pca_features else ''}.h5"


def urls_file(split: str) -> str:
    """Return the name of the file that lists a split's photos."""
    return f"{split}2014_urls.txt"


class CaptionData:
    """Captions and image features in the layout of CS231n's coco_captioning files.

    Captions are kept in memory (27 MB for COCO); features stay on disk (1.3 GB for COCO without PCA)
    and are read as they are asked for, unless ``hold`` has read them before.

    Attributes:
        folder: where the files are.
        word_to_idx, idx_to_word: the vocabulary; words 0 to 3 are ``<NULL>``, ``<START>``, ``<END>``,
            ``<UNK>``.
        splits: the names of the splits, such as ``("train", "val")``.
        input_dim: the number of columns of the features, of a grid the number of its channels.
        left_out: a sentence about the captions of each split that are empty, and so are left out.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pca_features: bool = True,
        layer: str = "fc7",
        only: Sequence[str] | None = None,
    ) -> None:
        """Open the files and check everything that can be checked without reading the features.

        Args:
            folder: the folder that holds the files.
            pca_features: read the features after PCA; otherwise those of the layer itself.
            layer: of VGG16, whose output the features are: ``fc7``, or ``pool4``, a grid for each image.
            only: the splits whose features are wanted; by default all.

        Raises:
            InputError: a file is missing, is not HDF5 or was cut off; the vocabulary lacks the
                special words; captions have another shape or type, hold a word that is not in the
                vocabulary, are all empty, or describe an image that has no features.
        """
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise InputError(
                f"{self.folder} is not a folder. Expected the folder of {CAPTIONS_FILE}; "
                "`captioning data list` shows which data there are, `captioning data get` gets them."
            )
        self.idx_to_word, self.word_to_idx = _read_vocabulary(self.folder / VOCABULARY_FILE)
        self._captions, self._image_idxs, self.left_out = _read_captions(
            self.folder / CAPTIONS_FILE, len(self.idx_to_word)
        )
        self.splits = tuple(self._captions)
        self._pca_features, self._layer = pca_features, layer
        self._features = {
            split: _open_features(self.folder, self._known(split), pca_features, layer)
            for split in (self.splits if only is None else only)
        }
        self._held: dict[str, np.ndarray] = {}
        for split in self._features:
            self._check_image_idxs(split)
        columns = {split: features.shape[1] for split, features in self._features.items()}
        self.input_dim = next(iter(columns.values()))
        if len(set(columns.values())) > 1:
            raise InputError(
                f"{self.folder}: the features of the splits have different numbers of columns: {columns}. "
                "Expected features from one network (and one PCA) for all of them."
            )

    @property
    def opened(self) -> tuple[str, ...]:
        """The splits whose features can be read."""
        return tuple(self._features)

    @property
    def encoder(self) -> Encoder:
        """What the folder says about the making of these features.

        Raises:
            InputError: ``encoder.json`` is damaged.
        """
        return read_encoder(self.folder, self._layer, self._pca_features)

    def captions(self, split: str) -> np.ndarray:
        """Return the captions of a split, ``(K, T)`` int32: ``<START> ... <END> <NULL>...``."""
        return self._captions[self._known(split)]

    def image_idxs(self, split: str) -> np.ndarray:
        """Return, for each caption of a split, the row of the features it describes: ``(K,)`` int32."""
        return self._image_idxs[self._known(split)]

    def n_images(self, split: str) -> int:
        """Return the number of rows that the features of a split have."""
        return int(self._features[self._known(split)].shape[0])

    def urls(self, split: str) -> list[str]:
        """Return the address or the file name of each image of a split.

        Raises:
            InputError: the file is missing, or has another number of lines than there are images.
        """
        path = self.folder / urls_file(self._known(split))
        lines = list(numbered_lines(path).values())
        if not lines[-1]:
            del lines[-1]  # what stands behind the end of the last line
        while len(lines) > self.n_images(split) and not lines[-1]:
            del lines[-1]  # what an editor has added
        if len(lines) != self.n_images(split):
            raise InputError(
                f"{path} has {len(lines)} lines, but there are features of {self.n_images(split)} images; "
                "expected a line per image."
            )
        return lines

    def features(self, split: str, rows: np.ndarray) -> np.ndarray:
        """Return the features of some images, from memory where they are held there, else from disk.

        Args:
            split: name of the split.
            rows: ``(B,)`` integers in ``[0, n_images)``, in any order, repeated or not.

        Returns:
            ``(B, input_dim)`` float32, of grids ``(B, input_dim, R, C)``.

        Raises:
            IndexError: a row does not exist.
            InputError: the file cannot be read there, or holds NaN or infinity there.
        """
        dataset = self._features[self._known(split)]
        # HDF5 reads rows in rising order, each once.
        sorted_rows, where = np.unique(rows, return_inverse=True)
        held = self._held.get(split)
        if len(sorted_rows) and not 0 <= sorted_rows[0] <= sorted_rows[-1] < dataset.shape[0]:
            raise IndexError(
                f"{split} has features 0 to {dataset.shape[0] - 1}; "
                f"asked for {sorted_rows[0]} to {sorted_rows[-1]}"
            )
        with readable(dataset.file.filename), np.errstate(over="ignore"):  # infinity is refused below
            values = (dataset if held is None else held)[sorted_rows].astype(np.float32, copy=False)
        finite = np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
        if not finite.all():
            raise InputError(
                f"{dataset.file.filename}: the features in row {sorted_rows[finite.argmin()]} hold NaN or "
                "infinity. Expected finite numbers: make this file again, or download it again."
            )
        return values[where]

    def hold(self, split: str) -> None:
        """Hold the features of a split in memory, where there is room for them below ``HELD_BYTES`` in all.

        Raises:
            InputError: the file cannot be read.
        """
        dataset = self._features[self._known(split)]
        taken = sum(values.nbytes for values in self._held.values())
        if split not in self._held and taken + dataset.size * dataset.dtype.itemsize <= HELD_BYTES:
            with readable(dataset.file.filename):
                self._held[split] = dataset[:]

    def _known(self, split: str) -> str:
        if split not in self._captions:
            raise InputError(f"{self.folder} has no split {split!r}; it has {', '.join(self.splits)}.")
        return split

    def _check_image_idxs(self, split: str) -> None:
        image_idxs, n_images = self._image_idxs[split], self.n_images(split)
        if image_idxs.min() < 0 or image_idxs.max() >= n_images:
            raise InputError(
                f"{self.folder}: features and captions of {split!r} do not belong together. The captions "
                f"describe images {image_idxs.min()} to {image_idxs.max()}, but "
                f"{Path(self._features[split].file.filename).name} has rows 0 to {n_images - 1}."
            )


def write_features(path: Path, features: np.ndarray | h5py.Dataset, dtype: type = np.float32) -> None:
    """Write a split's file of features.

    Args:
        path: ``features_file`` in the folder of the data.
        features: ``(N, D)``, or grids ``(N, D, R, C)``.
        dtype: on disk; they are read as float32.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    with new_hdf5(path) as file:
        file.create_dataset("features", data=features, dtype=dtype)


def write_captions_layout(
    folder: Path,
    *,
    captions: dict[str, tuple[np.ndarray, np.ndarray]],
    features: dict[str, np.ndarray],
    idx_to_word: list[str],
    urls: dict[str, list[str]],
    pca_features: bool = True,
) -> None:
    """Write data that ``CaptionData`` reads.

    The captions are written last: a folder that has them is whole.

    Args:
        folder: made when it does not exist.
        captions: per split the captions ``(K, T)`` and the row of the features of each ``(K,)``.
        features: per split ``(N, D)``; a ``h5py.Dataset`` will do.
        idx_to_word: the words; the first four are ``<NULL>``, ``<START>``, ``<END>``, ``<UNK>``.
        urls: per split the address or file name of each of the ``N`` images.
        pca_features: which of the two names the files of features get.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    for split in captions:
        write_features(folder / features_file(split, pca_features), features[split])
        write_text(folder / urls_file(split), "".join(f"{url}\n" for url in urls[split]))
    vocabulary = {
        "idx_to_word": list(idx_to_word),
        "word_to_idx": {word: idx for idx, word in enumerate(idx_to_word)},
    }
    write_text(folder / VOCABULARY_FILE, json.dumps(vocabulary))
    with new_hdf5(folder / CAPTIONS_FILE) as file:
        for split, (sentences, image_idxs) in captions.items():
            file.create_dataset(f"{split}_captions", data=sentences, dtype=np.int32, compression="gzip")
            file.create_dataset(f"{split}_image_idxs", data=image_idxs, dtype=np.int32)


def _read_vocabulary(path: Path) -> tuple[list[str], dict[str, int]]:
    text = read_text(path)
    try:
        vocabulary = json.loads(text)
        idx_to_word, word_to_idx = vocabulary["idx_to_word"], vocabulary["word_to_idx"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(
            conflict(text, str(path))
            or f"{path} is not a vocabulary: expected JSON with 'idx_to_word' and 'word_to_idx' ({error!r})."
        ) from error
    if not (isinstance(idx_to_word, list) and all(isinstance(word, str) for word in idx_to_word)):
        raise InputError(f"{path} is not a vocabulary: 'idx_to_word' is not a list of words.")
    if len(set(idx_to_word)) < len(idx_to_word):
        twice = next(word for word in idx_to_word if idx_to_word.count(word) > 1)
        raise InputError(f"{path}: the vocabulary has the word {twice!r} more than once.")
    if idx_to_word[: len(SPECIAL_WORDS)] != list(SPECIAL_WORDS):
        raise InputError(
            f"{path}: the vocabulary begins with {idx_to_word[: len(SPECIAL_WORDS)]}; expected the special "
            f"words {', '.join(SPECIAL_WORDS)} as words 0 to 3."
        )
    if word_to_idx != {word: idx for idx, word in enumerate(idx_to_word)}:
        raise InputError(f"{path}: 'word_to_idx' is not the inverse of 'idx_to_word'.")
    return idx_to_word, word_to_idx


def _read_captions(
    path: Path, n_words: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """Read and check the captions ``(K, T)`` and image rows ``(K,)`` of every split, as int32.

    Captions without a word are left out, and a sentence for each split with some is returned.
    """
    captions, image_idxs, left_out = {}, {}, []
    with open_hdf5(path) as file, readable(path):
        splits = [name.removesuffix("_captions") for name in file if name.endswith("_captions")]
        if not splits:
            get_dataset(file, "train_captions")  # says what there is instead
        # The order in which they are used; HDF5 gives them in the order of the alphabet.
        for split in sorted(splits, key=lambda split: (split != "train", split != "val", split)):
            captions[split] = _integers(file, f"{split}_captions", rank=2)
            image_idxs[split] = _integers(file, f"{split}_image_idxs", rank=1)
            _check_captions(path, split, captions[split], len(image_idxs[split]), n_words)
            empty = (captions[split][:, 1] == END) | (captions[split][:, 1] == NULL)
            if empty.any():
                left_out.append(
                    f"{path}: {empty.sum()} of the {len(empty)} captions of {split!r} are empty, caption "
                    f"{empty.argmax()} is the first: they have no word after <START>, and are left out."
                )
                captions[split], image_idxs[split] = captions[split][~empty], image_idxs[split][~empty]
            if empty.all():
                raise InputError(f"{left_out[-1]} None is left.")
    return captions, image_idxs, left_out


def _check_captions(path: Path, split: str, captions: np.ndarray, n_idxs: int, n_words: int) -> None:
    where = f"{path}: '{split}_captions'"
    if len(captions) == 0 or captions.shape[1] < 3:
        raise InputError(
            f"{where} has shape {captions.shape}; expected (K, T), at least one caption, and room for "
            "<START>, a word and <END>."
        )
    if len(captions) != n_idxs:
        raise InputError(
            f"{where} has {len(captions)} captions, '{split}_image_idxs' {n_idxs} rows; expected as many."
        )
    outside = (captions < 0) | (captions >= n_words)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise InputError(
            f"{where}: caption {row} holds the word {captions[row, column]}; the vocabulary has words 0 to "
            f"{n_words - 1}. Do the captions and {VOCABULARY_FILE} belong together?"
        )
    without_start = captions[:, 0] != START
    if without_start.any():
        raise InputError(f"{where}: caption {without_start.argmax()} does not begin with <START> ({START}).")


def _integers(file: h5py.File, name: str, rank: int) -> np.ndarray:
    dataset = get_dataset(file, name)
    if dataset.dtype.kind not in "iu" or dataset.ndim != rank:
        raise InputError(
            f"{file.filename}: {name!r} has shape {dataset.shape} and type {dataset.dtype}; expected "
            f"integers of shape {'(K, T)' if rank == 2 else '(K,)'}."
        )
    values = dataset[:]
    largest = np.iinfo(np.int32).max
    if values.size and (values.min() < -largest or values.max() > largest):
        raise InputError(
            f"{file.filename}: {name!r} holds numbers up to {values.max()}, expected at most {largest}."
        )
    return values.astype(np.int32, copy=False)


def _open_features(folder: Path, split: str, pca_features: bool, layer: str) -> h5py.Dataset:
    path = folder / features_file(split, pca_features, layer)
    is_grid = layer == GRID_LAYER
    if not path.is_file():
        _explain_missing(path, folder / features_file(split, not pca_features), pca_features, is_grid)
    dataset = get_dataset(open_hdf5(path), "features")
    if dataset.dtype.kind != "f" or dataset.ndim != (4 if is_grid else 2) or 0 in dataset.shape:
        raise InputError(
            f"{path}: 'features' has shape {dataset.shape} and type {dataset.dtype}; expected floats of "
            f"shape {'(N, D, R, C)' if is_grid else '(N, D)'}."
        )
    return dataset


def _explain_missing(path: Path, other: Path, pca_features: bool, is_grid: bool) -> None:
    """Raise ``InputError`` where a missing file of features has a remedy."""
    if is_grid:
        raise InputError(
            f"{path} is missing. A captioner with attention looks at a grid of features, and these data have "
            "none. Train it with --data scenes, whose grids are made, or take --cell lstm for these data."
        )
    if other.is_file():
        raise InputError(
            f"{path} is missing. The folder has {other.name}, the features "
            f"{'without' if pca_features else 'after'} PCA. A captioner is trained on these with "
            f"--{'no-pca' if pca_features else 'pca'} (in Python, pca_features={not pca_features}); one that "
            "was trained on the others needs the others."
        )
