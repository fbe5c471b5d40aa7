"""What both widgets share: a picture to choose, in the gallery, in one's own words, or a photo."""

from typing import Any

import anywidget
import traitlets

from captioning.errors import InputError
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
from captioning.widgets.scene_words import words_for_scenes


class PictureWidget(anywidget.AnyWidget):
    """A widget about one picture.

    Attributes:
        picture: which it is about.
    """

    picture: Picture

    gallery: traitlets.List[Any] = traitlets.List(
        help="``src`` and ``name`` of each picture of the gallery."
    ).tag(sync=True)
    vocabulary = traitlets.Dict(help="The words for scenes, by what they tell.").tag(sync=True)
    max_upload = traitlets.Int(MAX_UPLOAD).tag(sync=True)
    scene = traitlets.Int(0, help="Which of the gallery is chosen; -1 for none of them.").tag(sync=True)
    shown_picture = traitlets.Dict(help="``src``, ``name`` and ``notes`` of the picture.").tag(sync=True)
    complaint = traitlets.Dict(help="What was wrong: ``about`` words or photo, ``text``.").tag(sync=True)
    shown = traitlets.Dict(help="What is shown of it; the front end only reads it.").tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.gallery = thumbnails()
        self.vocabulary = words_for_scenes()
        self.on_msg(self._receive)
        self.observe(lambda _: self.choose_scene(self.scene), "scene")
        self.choose_scene(self.scene)

    def choose_scene(self, index: int) -> None:
        """Take a picture of the gallery, counted from 0; -1 leaves the picture as it is.

        Raises:
            InputError: there is no such picture.
        """
        if index == -1:
            return
        scenes = gallery_scenes()
        if not 0 <= index < len(scenes):
            raise InputError(f"the gallery has the pictures 0 to {len(scenes) - 1}, not {index}.")
        self._take(picture_of_scene(scenes[index]), index)

    def draw_words(self, text: str, variation: int = 0) -> None:
        """Draw a scene that is described in a sentence.

        Raises:
            InputError: the sentence is no scene; it says what is not understood.
        """
        self._take(picture_from_words(text, variation))

    def open_photo(self, name: str, content: bytes) -> None:
        """Take a photo, given the name and the content of its file.

        Raises:
            InputError: it cannot be used; it says why.
        """
        self._take(picture_from_photo(name, content))

    def answer(self) -> None:
        """Show what follows from picture and settings."""
        raise NotImplementedError

    def _take(self, picture: Picture, index: int = -1) -> None:
        self.picture = picture
        self.complaint = {}
        self.shown_picture = {
            "src": as_data_url(picture.shown),
            "name": picture.name,
            "notes": list(picture.notes),
        }
        self.scene = index
        self.picture_changed()

    def picture_changed(self) -> None:
        """Show what is to be said of another picture."""
        self.answer()

    def _receive(self, _: Any, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Do what the front end asks for; answer what is wrong with a sentence."""
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
    """Return what an error says, with a capital letter."""
    text = str(error)
    return text[:1].upper() + text[1:]
