"""Make the page from finished runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import captioning
from captioning.data.scenes import load_scenes
from captioning.errors import InputError
from captioning.files import digest
from captioning.gallery.comparison import HELD_OUT, NEVER_SEEN, Measured, compare, percentage
from captioning.gallery.exhibits import figure_of_learning, figure_of_looks, figures_inside, hang_pictures
from captioning.gallery.gallery import PAGE_FILE, GalleryData, Room, write_page
from captioning.gallery.measuring import Shown
from captioning.training.captioner import TITLES
from captioning.training.checkpoint import History

# How many pictures of each split hang in the gallery, and under which heading.
PICTURES = {HELD_OUT: 24, NEVER_SEEN: 12}
ROOMS = {
    HELD_OUT: ("Scenes that none was trained on", "Chosen at random from the held-out scenes."),
    NEVER_SEEN: (
        "Combinations that none has ever seen",
        "Chosen at random from the scenes that hold a thing in a colour that it has in no training picture: "
        "a purple cat, a green kite, a pink house.",
    ),
}
# Whose inside is shown, and who shows where it looks.
INSIDE, LOOKING = "lstm", "attention"


def make_gallery(
    shown: Mapping[str, Shown],
    histories: Mapping[str, History],
    measured: Mapping[str, Measured],
    folder: Path,
    *,
    seed: int,
    commands: Sequence[tuple[str, str]],
    facts: Mapping[str, str],
) -> Path:
    """Draw all that the page shows, and write the page, unless it is there already.

    Args:
        shown: the captioners by the name of their cell, all with the same scenes.
        histories: of those that were trained.
        measured: what was measured of each.
        folder: where the page goes.
        seed: the choice of the pictures comes from it.
        commands, facts: see ``GalleryData``.

    Returns:
        The path of the page.

    Raises:
        InputError: the folder holds another page or cannot be written, or the disk is full.
    """
    page = folder / PAGE_FILE
    made_of = digest(*(one.file for one in shown.values()), *_sources())
    require_room(folder)
    if page.exists() and made_of.encode() in page.read_bytes():
        return page
    data_folder = shown[INSIDE].data.folder
    scenes = {split: load_scenes(data_folder, split) for split in PICTURES}
    rng = np.random.default_rng(seed)
    rows = {split: rng.permutation(len(scenes[split]))[:n].tolist() for split, n in PICTURES.items()}
    rooms = [
        Room(title, text, hang_pictures(shown, split, rows[split], scenes[split], folder))
        for split, (title, text) in ROOMS.items()
    ]
    # Of two things there is more to say.
    row = next((row for row in rows[HELD_OUT] if len(scenes[HELD_OUT][row].things) > 1), rows[HELD_OUT][0])
    return write_page(
        GalleryData(
            cells=tuple(shown),
            summary=_summary(measured),
            comparison=compare(measured),
            learning=figure_of_learning(histories, folder),
            rooms=rooms,
            inside=[
                *figures_inside(shown[INSIDE], HELD_OUT, row, folder),
                figure_of_looks(shown[LOOKING], HELD_OUT, row, scenes[HELD_OUT][row], folder),
            ],
            inside_cell=INSIDE,
            example=rooms[0].pictures[rows[HELD_OUT].index(row)],
            commands=commands,
            facts=facts,
            made_of=made_of,
        ),
        folder,
    )


def require_room(folder: Path) -> None:
    """Raise ``InputError`` if there is a page in the folder that is none of ours."""
    page = folder / PAGE_FILE
    if page.exists() and b'<meta name="made-of"' not in page.read_bytes():
        raise InputError(
            f"{page} is there already, and not a page that `captioning demo` made. "
            "Give another folder with --out."
        )


def _sources() -> list[Path]:
    """Return the files that decide how the page looks."""
    package = Path(captioning.__file__).parent
    patterns = ("figures/*.py", "gallery/*.py", "gallery/templates/*", "plots.py")
    return sorted(path for pattern in patterns for path in package.glob(pattern))


def _summary(measured: Mapping[str, Measured]) -> str:
    """Return what came out, in a sentence."""
    *first, last = (
        f"{percentage(result.scores[HELD_OUT]['true captions'])} by the {TITLES[cell]}"
        for cell, result in measured.items()
    )
    return (
        "Wholly true, of captions of scenes that they were not trained on, are "
        f"{', '.join(first)} and {last}."
    )
