"""Make the page from finished runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import captioning
from captioning.data.coco_layout import CaptionData
from captioning.data.scenes import load_scenes
from captioning.errors import InputError
from captioning.files import digest
from captioning.gallery.comparison import HELD_OUT, NEVER_SEEN, Measured, compare, percentage
from captioning.gallery.exhibits import figure_of_learning, figures_inside, hang_pictures
from captioning.gallery.gallery import PAGE_FILE, GalleryData, Room, write_page
from captioning.training.checkpoint import load_checkpoint
from captioning.training.side_by_side import Job

# How many pictures of each split hang in the gallery, and under which heading.
PICTURES = {HELD_OUT: 24, NEVER_SEEN: 12}
ROOMS = {
    HELD_OUT: ("Scenes that none was trained on", "Drawn by lot from the held-out scenes."),
    NEVER_SEEN: (
        "Combinations that none has ever seen",
        "Drawn by lot from the scenes that hold a thing in a colour that it has in no training picture: a "
        "purple cat, a green kite, a pink house.",
    ),
}
# Whose inside is shown.
INSIDE = "lstm"


def make_gallery(
    jobs: Mapping[str, Job],
    measured: Mapping[str, Measured],
    folder: Path,
    commands: Sequence[tuple[str, str]],
    facts: Mapping[str, str],
) -> Path:
    """Draw all that the page shows, and write the page, unless it is there already.

    Args:
        jobs: finished runs by the name of their cell, all with the same data and seed.
        measured: what was measured of each.
        folder: where the page goes.
        commands, facts: see ``GalleryData``.

    Returns:
        The path of the page.

    Raises:
        InputError: the folder holds another page or cannot be written, or the disk is full.
    """
    page = folder / PAGE_FILE
    shown = digest(*(job.checkpoint for job in jobs.values()), *_sources())
    require_room(folder)
    if page.exists() and shown.encode() in page.read_bytes():
        return page
    runs = {cell: load_checkpoint(job.checkpoint) for cell, job in jobs.items()}
    job = jobs[INSIDE]
    data = CaptionData(job.data_folder, pca_features=job.config.pca_features)
    scenes = {split: load_scenes(job.data_folder, split) for split in PICTURES}
    rng = np.random.default_rng(job.config.seed)
    rows = {split: rng.permutation(len(scenes[split]))[:n].tolist() for split, n in PICTURES.items()}
    rooms = [
        Room(title, text, hang_pictures(runs, data, split, rows[split], scenes[split], folder))
        for split, (title, text) in ROOMS.items()
    ]
    # Of two things there is more to say.
    row = next((row for row in rows[HELD_OUT] if len(scenes[HELD_OUT][row].things) > 1), rows[HELD_OUT][0])
    return write_page(
        GalleryData(
            cells=tuple(jobs),
            summary=_summary(measured),
            comparison=compare(measured),
            learning=figure_of_learning(runs, folder),
            rooms=rooms,
            inside=figures_inside(runs[INSIDE], data, HELD_OUT, row, folder),
            inside_cell=INSIDE,
            example=rooms[0].pictures[rows[HELD_OUT].index(row)],
            commands=commands,
            facts=facts,
            shown=shown,
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
        f"{percentage(result.scores[HELD_OUT]['true captions'])} by the {cell.upper()}"
        for cell, result in measured.items()
    )
    return (
        "Wholly true, of captions of scenes that they were not trained on, are "
        f"{', '.join(first)} and {last}."
    )
