"""The captioners of the widgets: which there are, and whose layers they run on."""

import traceback
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from captioning import layers
from captioning.answers.library import course_folder, is_checkout, library_folder, saved_answers, stamp
from captioning.errors import InputError
from captioning.training.captioner import TITLES, Captioner, load_captioner
from captioning.widgets.pictures import Picture

# The captioners to choose from, and what to call them.
MODELS = TITLES


@lru_cache(maxsize=256)
def features_of(captioner: Captioner, picture: Picture) -> np.ndarray:
    """Return the features of a picture ``(1, ...)``; of one that was seen before, without computing."""
    return captioner.encode(picture.pixels[None])


def owners() -> dict[str, str]:
    """Return whose layers there are to choose from, the usual ones first, and what to call them."""
    mine, reference = {"mine": "mine, where saved"}, {"reference": "the reference's"}
    if not is_checkout():
        return mine
    return reference | mine if course_folder() is None else mine | reference


def usual_owner() -> str:
    """Return whose layers run unless others are chosen."""
    return next(iter(owners()))


def load(name: str, owner: str) -> Captioner:
    """Load a captioner, once; once more when the student has saved another layer.

    Args:
        name: a key of ``MODELS``.
        owner: a key of ``owners()``.

    Raises:
        InputError: the captioner's file is damaged.
    """
    folder = library_folder() if owner == "mine" else None
    return _load(name, owner, folder, (Path.cwd(), stamp(folder)))


@lru_cache(maxsize=8)
def _load(name: str, owner: str, library: Path | None, state: Hashable) -> Captioner:
    return load_captioner(name, layers.reference() if owner == "reference" else layers)


def whose_layers(owner: str) -> str:
    """Say in a sentence whose layers run.

    Raises:
        InputError: one of the student's must be checked again.
    """
    if owner == "reference":
        return "It runs on the layers of the reference."
    # Captions are made without a backward pass.
    forward = [name for name in saved_answers(library_folder()) if not name.endswith("_backward")]
    yours = [name for name in forward if (found := layers.origin(name)) and found.owner == "yours"]
    if not yours:
        return "None of your layers is saved yet, so it runs on those that the course gives."
    some = "1 layer is yours, and runs where the model uses it."
    if len(yours) > 1:
        some = f"{len(yours)} layers are yours, and run where the model uses them."
    return f"{some} The others are the course's."


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def running(owner: str) -> Iterator[None]:
    """Run layers in one thread, and turn what the student's raise into a sentence.

    For arrays as small as these, threads are up to ten times slower where other programs run. What the
    reference raises is our mistake, and stays as it is.

    Raises:
        InputError: a layer of the student's stopped.
    """
    try:
        with _threads().limit(limits=1):
            yield
    except InputError:
        raise
    except Exception as error:  # a student's code may raise anything
        if owner == "reference":
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise InputError(
            f"the layers stopped in {frame.name} ({Path(frame.filename).name}, line {frame.lineno}) with "
            f"{type(error).__name__}: {error}. Check it again, or choose other layers."
        ) from error
