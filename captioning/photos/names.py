"""Names of photos, as a list, an editor or another system has written them."""

import os
import re
import unicodedata
from collections.abc import Iterable


def written(name: str) -> str:
    """Return the name of a file as it can be written into a list, a line each.

    Bytes that are not UTF-8 and signs that end a line are escaped: ``caf\\xe9.jpg``.
    """
    readable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in readable
    )


class Names:
    """Names that are found again: macOS decomposes accents, Windows and cameras change capitals.

    What is the same to the letter goes first; else names that differ in that only are taken for one, unless
    there are several. Folders before a name count for nothing, and so does an address.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._alike: dict[str, list[str]] = {}
        for name in self._names:
            for form in {_folded(form) for form in _forms(name)}:
                self._alike.setdefault(form, []).append(name)

    def find(self, name: str) -> str | None:
        """Return the name as it stands here, None where it does not, or more than one could be meant."""
        for form in _forms(name):
            if form in self._names:
                return form
            alike = self._alike.get(_folded(form), [])
            if alike:
                return alike[0] if len(alike) == 1 else None
        return None


def _forms(name: str) -> tuple[str, str]:
    """Return a name as it is, and without the folders, or the address, before it."""
    return name, re.split(r"[\\/]", name)[-1]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip().casefold())
