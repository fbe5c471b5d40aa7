"""Write the picture scenes in the layout of the COCO files, and read the scenes back."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from captioning import layers
from captioning.data.coco_layout import SPECIAL_WORDS, write_captions_layout
from captioning.errors import InputError
from captioning.files import write_text
from captioning.scenes.batches import map_pictures
from captioning.scenes.drawing import IMAGE_SIZE
from captioning.scenes.lexicon import vocabulary
from captioning.scenes.scene import Scene, make_splits, scene_from_record, scene_to_record
from captioning.scenes.sentences import MAX_WORDS, describe

SCENES_FILE = "scenes.json"


def build_scenes(
    folder: Path,
    extract: Callable[[np.ndarray], np.ndarray],
    *,
    limit: int | None = None,
    progress: bool = False,
) -> None:
    """Draw and describe the scenes of every split and write what `CaptionData` and `load_scenes` read.

    The folder holds the files of `captioning.data.coco_layout` (features without PCA, five captions
    in a row per picture) and scenes.json. The scenes are those of `make_splits()`, always.

    Args:
        folder: made when it does not exist.
        extract: gives the features `(N, D)` of pictures `(N, 64, 64, 3)` uint8; see `map_pictures`.
        limit: only the first so many scenes of each split.
        progress: whether to show a progress bar.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    splits = {split: scenes[:limit] for split, scenes in make_splits().items()}
    idx_to_word = [*SPECIAL_WORDS, *vocabulary()]
    word_to_idx = {word: idx for idx, word in enumerate(idx_to_word)}
    captions = {}
    for split, scenes in splits.items():
        sentences = [sentence.split() for scene in scenes for sentence in describe(scene)]
        rows = np.repeat(np.arange(len(scenes), dtype=np.int32), len(sentences) // len(scenes))
        captions[split] = layers.encode_captions(sentences, word_to_idx, MAX_WORDS), rows
    features = scene_features(splits, extract, progress=progress)
    records = {split: [scene_to_record(scene) for scene in scenes] for split, scenes in splits.items()}
    write_text(folder / SCENES_FILE, json.dumps(records))
    write_captions_layout(
        folder,
        captions=captions,
        features=features,
        idx_to_word=idx_to_word,
        urls={split: [f"scene:{split}/{n}" for n in range(len(scenes))] for split, scenes in splits.items()},
        pca_features=False,
    )


def scene_features(
    splits: Mapping[str, Sequence[Scene]],
    extract: Callable[[np.ndarray], np.ndarray],
    *,
    progress: bool = False,
) -> dict[str, np.ndarray]:
    """Draw scenes, and return the features of each split; the arguments are those of ``build_scenes``."""
    features = {}
    n_pictures = sum(map(len, splits.values()))
    with tqdm(total=n_pictures, unit=" pictures", leave=False, disable=None if progress else True) as bar:
        for split, scenes in splits.items():
            bar.set_description(f"drawing {split}")
            parts = []
            for part in map_pictures(extract, scenes, IMAGE_SIZE):
                parts.append(part)
                bar.update(len(part))
            features[split] = np.concatenate(parts)
    return features


def load_scenes(folder: Path, split: str) -> list[Scene]:
    """Return the scenes of a split, in the order of the rows of its features.

    Raises:
        InputError: the folder holds no scenes.json, or it is damaged, or it has no such split.
    """
    path = folder / SCENES_FILE
    try:
        splits = json.loads(path.read_text(encoding="utf-8"))
        scenes = [scene_from_record(record) for record in splits.get(split, ())]
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is missing. Expected a folder of picture scenes, as `captioning demo` makes it; "
            "for other data there is no telling whether a caption is true."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds no scenes ({error!r}). Make the folder again.") from error
    if split not in splits:
        raise InputError(f"{path} has no split {split!r}; it has {', '.join(splits)}.")
    return scenes
