"""A run from its beginning to its end, in one sitting or in several.

It can be stopped at any moment, by Ctrl-C or by ``kill -9``, and goes on from its last checkpoint to the same
final parameters, bit for bit (with the same number of threads).
"""

import codecs
import re
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.formats import BEGINNING_BYTES, require_itself
from captioning.photos.standardization import Standardization
from captioning.source.text import conflict_at
from captioning.training.callbacks import Callback, bar, saving
from captioning.training.captioner import Captioner, build_model
from captioning.training.checkpoint import Checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.examples import training_examples
from captioning.training.loop import train
from captioning.training.randomness import INITIAL, SAMPLE, generator

# So many images tell the mean and the size of features well enough; COCO has 80 000.
STANDARDIZATION_IMAGES = 2000
# GloVe has words that look like Git's markers; numbers come after them.
_CONFLICT = re.compile(rb"(<{7}|>{7}) (?![-+.\dEe]+\s)")


def new_run(
    data: CaptionData, config: TrainingConfig, say: Callable[[str], None] = lambda line: None
) -> Checkpoint:
    """Return the checkpoint that a run begins with.

    Args:
        data: the captions and features, for the vocabulary and for the scale of the features.
        config: what is asked for.
        say: is given a line about what was left out of the file of word vectors.

    Raises:
        InputError: the features or the file of word vectors cannot be used.
    """
    rng = generator(config.seed, INITIAL)
    model = build_model(
        config.cell, data.idx_to_word, data.input_dim, config.wordvec_dim, config.hidden_dim, rng=rng
    )
    if config.word_vectors is not None:
        model.params["W_embed"] = _initial_word_vectors(
            Path(config.word_vectors), model.params["W_embed"], data, say
        )
    captioner = Captioner(
        config.cell, data.idx_to_word, data.encoder, standardize(data, config), dict(model.params)
    )
    optimizer: dict[str, dict] = {name: {} for name in model.params}
    return Checkpoint(config, captioner, _captions_checksum(data), model.params, optimizer)


def is_run_of(run: Checkpoint, data: CaptionData, config: TrainingConfig) -> bool:
    """Tell whether a run was begun with this configuration and these data."""
    captioner = run.captioner
    return (
        run.config == config
        and captioner.idx_to_word == data.idx_to_word
        and run.captions_checksum == _captions_checksum(data)
        and captioner.standardization.mean.tobytes() == standardize(data, config).mean.tobytes()
    )


def train_run(
    run: Checkpoint,
    data: CaptionData,
    path: Path,
    *,
    save_every: float = 60.0,
    progress: Callable[[Checkpoint, int], AbstractContextManager[Callback]] = bar,
) -> None:
    """Train until the last epoch, from wherever the run is; ``run`` is changed in place.

    The checkpoint is written at the start, after every epoch and every ``save_every`` seconds. On Ctrl-C
    the step at hand is finished and the checkpoint written before ``KeyboardInterrupt`` goes on its way.

    Args:
        run: from ``new_run`` or ``load_checkpoint``.
        data: what the run was begun with.
        path: the checkpoint to write.
        save_every: seconds.
        progress: what tells about it, given the run and the number of captions to learn from; as ``bar``.

    Raises:
        InputError: the data do not fit the run; the loss is no longer a finite number; the checkpoint
            cannot be written. The last checkpoint stays as it was.
    """
    run.captioner.require_data(data)
    if _captions_checksum(data) != run.captions_checksum:
        raise InputError(
            f"the training captions in {data.folder} are not those that the run in {path} was begun with. "
            "Go on with those, or begin another run in another folder."
        )
    examples = training_examples(run, data)
    for part in examples:
        data.hold(part.split)
    n_captions = len(examples[0].captions)
    # What overflows is found by its result, and told in our words.
    with (
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),
        saving(run, path, save_every) as save,
        progress(run, n_captions) as show,
    ):
        train(run, data, [show, save])


def standardize(data: CaptionData, config: TrainingConfig) -> Standardization:
    """Return the standardization of training features, from a sample of the images."""
    rng = generator(config.seed, SAMPLE)
    rows = rng.permutation(data.n_images("train"))[:STANDARDIZATION_IMAGES]
    standardization = Standardization.of(data.features("train", rows))
    if standardization.scale == 0:
        raise InputError(
            f"{data.folder}: all training images have the same features, so there is nothing to tell them "
            "apart by. Make the features again."
        )
    return standardization


def _initial_word_vectors(
    path: Path, W_embed: np.ndarray, data: CaptionData, say: Callable[[str], None]
) -> np.ndarray:
    passed_over: list[int] = []
    try:
        with open(path, "rb") as file:
            beginning = file.read(BEGINNING_BYTES)
        _require_vectors_as_text(path, beginning)
        _require_one_version(path)
        W_embed, n_found = layers.load_word_vectors(path, data.word_to_idx, W_embed, passed_over)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except InputError:
        raise
    except ValueError as error:
        raise InputError(
            f"{path} cannot be used as word vectors: {error}. Expected lines of a word and its numbers, as "
            "many as --wordvec-dim says."
        ) from error
    if passed_over:
        say(
            f"{path}: {len(passed_over)} lines are not UTF-8 and were passed over, line {passed_over[0]} "
            "is the first."
        )
    if not n_found:
        first = beginning.splitlines()[0][:60].decode("utf-8", "backslashreplace") if beginning else ""
        raise InputError(
            f"{path} holds none of the {len(data.idx_to_word)} words of the vocabulary. It begins with "
            f"{first!r}; expected lines of a word, in small letters, and its numbers, with one "
            "space between them."
        )
    say(f"{path}: {n_found} of the {len(data.idx_to_word)} words of the vocabulary begin with its vectors.")
    return W_embed


def _require_vectors_as_text(path: Path, beginning: bytes) -> None:
    """Raise ``InputError`` for what is not a text, word2vec's own binary format for one."""
    require_itself(path, beginning)
    header, _, rest = beginning.partition(b"\n")
    if re.fullmatch(rb"\d+ \d+\s*", header) and re.search(rb"[\0-\x08\x0e-\x1f\xf8-\xff]", rest):
        raise InputError(
            f"{path} is in word2vec's binary format. Save it as text, with gensim say: "
            "KeyedVectors.load_word2vec_format(FILE, binary=True).save_word2vec_format(TEXT)."
        )
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path} is in UTF-16. Save it as UTF-8.")
    if b"\0" in beginning:
        raise InputError(f"{path} is not a text. Expected lines of a word and its numbers.")


def _require_one_version(path: Path) -> None:
    """Raise ``InputError`` where Git has left two versions of the vectors, one below the other."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            if marker := _CONFLICT.match(line):
                raise InputError(conflict_at(str(path), number, marker[1].decode("ascii")))


def _captions_checksum(data: CaptionData) -> int:
    return zlib.crc32(data.captions("train").tobytes())
