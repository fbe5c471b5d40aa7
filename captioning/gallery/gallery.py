"""What the page shows, and how it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioning.figures.style import DARK, LIGHT
from captioning.files import write_text
from captioning.gallery.comparison import Row
from captioning.gallery.filling import filled

PAGE_FILE = "index.html"
LABELS = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU", "attention": "Attention"}


@dataclass(frozen=True)
class Said:
    """A captioner's caption of a picture, and what is wrong with it.

    Attributes:
        cell: whose it is.
        caption: its words.
        false: its false statements.
        unclear: its statements that were not understood.
    """

    cell: str
    caption: str
    false: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()

    @property
    def true(self) -> bool:
        """Whether every statement is understood and true."""
        return not self.false and not self.unclear


@dataclass(frozen=True)
class Picture:
    """A picture and what each captioner says of it.

    Attributes:
        file: relative to the page.
        size: height and width in pixels.
        description: what the picture really shows.
        said: a caption of each captioner.
    """

    file: str
    size: int
    description: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Room:
    """Pictures that belong together, with a heading and a sentence."""

    title: str
    text: str
    pictures: tuple[Picture, ...]

    @property
    def n_true(self) -> dict[str, int]:
        """How many of the captions of each captioner are wholly true."""
        cells = [said.cell for said in self.pictures[0].said]
        return {
            cell: sum(said.true for picture in self.pictures for said in picture.said if said.cell == cell)
            for cell in cells
        }


@dataclass(frozen=True)
class Figure:
    """A figure, on light and on dark paper.

    Attributes:
        title, text: above it.
        light, dark: the files, relative to the page.
        width, height: in CSS pixels.
        alt: what it shows, for those who do not see it.
    """

    title: str
    text: str
    light: str
    dark: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class GalleryData:
    """All that the page shows.

    Attributes:
        cells: names of the captioners, in the order of columns and captions.
        summary: one sentence on what came out.
        comparison: the captioners side by side.
        learning: their learning curves.
        rooms: the pictures.
        inside: figures of what goes on inside one of them.
        inside_cell: that one.
        example: the picture that these figures are about.
        commands: what to type for this page, and for what one can do next.
        facts: by name: seed, versions, and how long each stage took.
        made_of: a digest of all that the page is made of, to know whether it is up to date.
    """

    cells: tuple[str, ...]
    summary: str
    comparison: Sequence[Row]
    learning: Figure
    rooms: Sequence[Room]
    inside: Sequence[Figure]
    inside_cell: str
    example: Picture
    commands: Sequence[tuple[str, str]]
    facts: Mapping[str, str]
    made_of: str


def render(data: GalleryData) -> str:
    """Return the page as HTML; it asks for nothing outside its folder and runs no script."""
    return filled("index.html", page=data, labels=LABELS, light=LIGHT, dark=DARK)


def write_page(data: GalleryData, folder: Path) -> Path:
    """Write the page into the folder of its pictures and figures; return its path.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    path = folder / PAGE_FILE
    write_text(path, render(data))
    return path
