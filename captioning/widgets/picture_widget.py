"""What both widgets share: a picture to choose, in the gallery, in one's own words, or a photo."""

from typing import Any

import anywidget
import traitlets

from captioning.errors import InputError
from captioning.scenes.words import words_for_scenes
from captioning.widgets.pictures import (
    MAX_UPLOAD,
    Picture,
    as_data_url,
    gallery_scenes,
    picture_from_photo,
    picture_from_words,
    picture_of_scene,
    require_size,
    thumbnails,
)

# The number of a picture that is not in the gallery.
OWN = -1


class PictureWidget(anywidget.AnyWidget):
    """A widget about one picture.

    Attributes:
        picture: which it is about.
    """

    picture: Picture

    gallery: Any = traitlets.List(help="``src`` and ``name`` of each of its pictures.").tag(sync=True)
    vocabulary = traitlets.Dict(help="The words for scenes, by what they tell.").tag(sync=True)
    max_upload = traitlets.Int(MAX_UPLOAD).tag(sync=True)
    scene = traitlets.Int(0, help="Which of the gallery is chosen; OWN for none of them.").tag(sync=True)
    shown_picture = traitlets.Dict(help="``src``, ``name`` and ``notes`` of the picture.").tag(sync=True)
    complaint = traitlets.Dict(help="What was wrong: ``about`` words or photo, ``text``.").tag(sync=True)
    shown = traitlets.Dict(help="What is shown of it; the front end only reads it.").tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.gallery = thumbnails()
        self.vocabulary = words_for_scenes()
        self.on_msg(self._receive)
        self.observe(lambda _: self._take_scene(), "scene")
        self._take_scene()

    def choose_scene(self, index: int) -> None:
        """Take a picture of the gallery, counted from 0.

        Raises:
            InputError: there is no such picture.
        """
        self.scene = index

    def draw_words(self, text: str, variation: int = 0) -> None:
        """Draw a scene that is described in a sentence.

        Raises:
            InputError: the sentence does not describe a scene; it says what is not understood.
        """
        self._take_own(picture_from_words(text, variation))

    def open_photo(self, name: str, content: bytes) -> None:
        """Take a photo, given the name and the content of its file.

        Raises:
            InputError: it cannot be used; it says why.
        """
        self._take_own(picture_from_photo(name, content))

    @traitlets.validate("scene")
    def _check_scene(self, proposal: Any) -> Any:
        index, last = proposal["value"], len(gallery_scenes()) - 1
        least = OWN if hasattr(self, "picture") else 0
        if not least <= index <= last:
            raise InputError(f"the gallery has the pictures 0 to {last}, not {index}.")
        return index

    def answer(self) -> None:
        """Show what follows from picture and settings."""
        raise NotImplementedError

    def _take_scene(self) -> None:
        if self.scene != OWN:
            self._take(picture_of_scene(gallery_scenes()[self.scene]))

    def _take_own(self, picture: Picture) -> None:
        self.scene = OWN
        self._take(picture)

    def _take(self, picture: Picture) -> None:
        self.picture = picture
        self.complaint = {}
        self.shown_picture = {
            "src": as_data_url(picture.shown),
            "name": picture.name,
            "notes": list(picture.notes),
        }
        self.picture_changed()

    def picture_changed(self) -> None:
        """Show what is to be said of another picture."""
        self.answer()

    def _receive(self, _: Any, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Do what the front end asks for; answer what is wrong with a sentence."""
        self.complaint = {}
        try:
            self.do(message, buffers)
        except InputError as error:
            self.complaint = {"about": message.get("do", ""), "text": sentence(error)}

    def do(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Do what a message of the front end says.

        Raises:
            InputError: it cannot be done.
        """
        if message["do"] == "words":
            self.draw_words(str(message["text"]))
        elif message["do"] == "photo":
            name = str(message["name"])
            require_size(name, int(message["size"]))
            self.open_photo(name, bytes(buffers[0]))


def sentence(error: InputError) -> str:
    """Return what an error says; with a capital letter, unless it begins with the name of a file or layer."""
    text = str(error)
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text
