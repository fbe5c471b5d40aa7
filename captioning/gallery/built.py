"""“What I built”: a student's captioner on one page, to send to a friend."""

import base64
import cProfile
import pstats
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from captioning import layers
from captioning.answers.resolver import lend, origin, written_before
from captioning.course.machine import Machine
from captioning.course.milestones import Milestone, draw_milestone, reached
from captioning.errors import InputError
from captioning.figures.style import DARK, LIGHT
from captioning.gallery.exhibits import description, draw_figure, figure_of_learning, judge
from captioning.gallery.filling import filled
from captioning.gallery.gallery import Figure, Picture, Said
from captioning.gallery.saying import as_uri
from captioning.photos.features import SCENES_VGG16
from captioning.photos.images import open_photo
from captioning.scenes.drawing import draw
from captioning.scenes.scene import Scene, make_splits
from captioning.training.captioner import TITLES, Captioner
from captioning.training.checkpoint import History

PICTURE_SIZE = 320
LAST = 19  # after the last chapter
STEPS = {"attention": "attention_lstm"}  # where a cell's step has another name
# What captions a picture, beside the step of the cell.
LAYERS = (
    *(
        "vgg16_preprocess",
        "vgg16_forward",
        "conv_forward",
        "max_pool_forward",
        "relu_forward",
        "affine_forward",
    ),
    *("CaptioningRNN", "decode_captions"),
)


@dataclass(frozen=True)
class Ran:
    """A layer that ran while the pictures were captioned.

    Attributes:
        name: of the function or method.
        calls: how often it was called.
        file: where it is written, such as "my_layers/lstm_step_forward.py".
        owner: whose it is: "yours", "the course", "borrowed" or "the reference".
    """

    name: str
    calls: int
    file: str
    owner: str


@dataclass(frozen=True)
class Captioned:
    """Pictures with what was said of them, and whose code said it.

    Attributes:
        scenes: each with a verdict.
        photos: of which no truth is known.
        ran: the layers that ran for both.
        missing: why there are none, else "".
    """

    scenes: tuple[Picture, ...] = ()
    photos: tuple[Picture, ...] = ()
    ran: tuple[Ran, ...] = ()
    missing: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return what was said, and whose code ran, without the pictures; for JSON."""
        return {
            "scenes": [
                {"shows": picture.description, "said": said.caption, "true": said.true}
                for picture in self.scenes
                for said in picture.said
            ],
            "photos": [
                {"photo": picture.description, "said": said.caption}
                for picture in self.photos
                for said in picture.said
            ],
            "ran": [asdict(one) for one in self.ran],
            "missing": self.missing,
        }


def caption_all(captioner: Captioner, photos: Sequence[Path], *, scenes: int, seed: int) -> Captioned:
    """Let a captioner describe scenes that it was not trained on, and photos; note which layers ran.

    Args:
        captioner: on the layers that are there. One that has learned photos is shown no scenes.
        photos: files.
        scenes: how many.
        seed: which.

    Raises:
        InputError: a layer is not written, and the reference is not installed, which would lend it; or a
            photo cannot be opened.
    """
    lend([*LAYERS, f"{STEPS.get(captioner.cell, captioner.cell)}_step_forward"])
    drawn = make_splits((("test", scenes),), seed=seed)["test"] if knows_scenes(captioner) else []
    profiler = cProfile.Profile()
    said = profiler.runcall(captioner.caption, np.stack([draw(scene) for scene in drawn])) if drawn else []
    hung = [_hung(scene, text) for scene, text in zip(drawn, said, strict=True)]
    of_photos = profiler.runcall(_caption_photos, captioner, photos) if photos else []
    return Captioned(tuple(hung), tuple(of_photos), _layers_that_ran(profiler))


def _hung(scene: Scene, text: str) -> Picture:
    uri = as_uri(draw(scene, PICTURE_SIZE))
    return Picture(uri, PICTURE_SIZE, description(scene), (judge("", text, scene),))


def knows_scenes(captioner: Captioner) -> bool:
    """Tell whether a captioner takes what the scenes' VGG16 sees."""
    return captioner.encoder.weights == SCENES_VGG16.name


def _caption_photos(captioner: Captioner, photos: Sequence[Path]) -> list[Picture]:
    words = captioner.model.sample(captioner.encode_photos(photos))
    said = captioner.layers.decode_captions(words, captioner.idx_to_word)
    return [
        Picture(as_uri(open_photo(photo, PICTURE_SIZE)), PICTURE_SIZE, photo.name, (Said("", text),))
        for photo, text in zip(photos, said, strict=True)
    ]


def _layers_that_ran(profiler: cProfile.Profile) -> tuple[Ran, ...]:
    """Return what students write among all functions that a profiler saw, the busiest first."""
    calls: Counter[tuple[str, str]] = Counter()
    for (file, _, function), (_, count, *_) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        calls[file, function] += count
    ran = []
    for name in written_before(LAST):
        found = origin(name)
        if found is None:
            continue
        layer = getattr(layers, name)
        functions = vars(layer) if isinstance(layer, type) else (name,)
        if count := sum(calls[str(found.path), function] for function in functions):
            ran.append(Ran(name, count, f"{found.path.parent.name}/{found.path.name}", found.owner))
    return tuple(sorted(ran, key=lambda one: (-one.calls, one.name)))


def built_page(captioned: Captioned, captioner: Captioner, machine: Machine, history: History | None) -> str:
    """Return the page: one file that runs no script and asks for nothing.

    Args:
        captioned: what ``caption_all`` gave.
        captioner: whose words these are.
        machine: the picture of one's own layers.
        history: of the captioner's training; None where it came with the course.

    Raises:
        InputError: a figure cannot be written: the disk is full.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        curve = figure_of_learning({captioner.cell: history}, folder) if history is not None else None
        content = {
            "machine": machine,
            "milestones": [_drawn(milestone, date, folder) for milestone, date in reached() if date],
            "captioned": captioned,
            "true": sum(picture.said[0].true for picture in captioned.scenes),
            "owners": Counter(one.owner for one in captioned.ran),
            "curve": _inline(curve, folder) if curve is not None else None,
            "cell": TITLES[captioner.cell],
            "knows_scenes": knows_scenes(captioner),
        }
    return filled("built.html", page=content, light=LIGHT, dark=DARK)


def _drawn(milestone: Milestone, date: str, folder: Path) -> tuple[str, str, Figure | None]:
    """Return a milestone's title, what is said of it, and its picture, unless a layer for that is missing."""
    said = f"Reached on {date}, with {milestone.exercise}."
    try:
        figure = draw_figure(
            folder,
            milestone.picture,
            lambda path, theme: draw_milestone(milestone, path, theme=theme),
            title=milestone.title,
            text=said,
            alt=milestone.alt,
        )
    except InputError as error:
        return milestone.title, f"{said} It cannot be drawn yet: {error}", None
    return milestone.title, said, _inline(figure, folder)


def _inline(figure: Figure, folder: Path) -> Figure:
    """Put the files of a figure into it."""
    light, dark = (
        f"data:image/svg+xml;base64,{base64.b64encode((folder / file).read_bytes()).decode()}"
        for file in (figure.light, figure.dark)
    )
    return replace(figure, light=light, dark=dark)
