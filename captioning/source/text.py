"""The text of a notebook or script, whatever editor saved it, and what may stand in its place."""

import codecs
import io
import re
import tokenize
from pathlib import Path

from captioning.errors import InputError

_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"%PDF": "a PDF; hand in the file that it was made from",
    b"\x89PNG": "a picture; hand in the file itself",
}
_PAGE = re.compile(r"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)
_POINTER = "version https://git-lfs.github.com/spec/"
_NOTEBOOK = re.compile(r'\s*\{\s*"(cells|metadata|nbformat|worksheets)"')
_CONFLICT = re.compile(r"^[ \t]*(<{7}|>{7})(?= |$)", re.MULTILINE)


def read_text(path: Path) -> str:
    r"""Return the text of a notebook or script, with ``\n`` at the end of each line.

    It is UTF-8 with or without a byte order mark, UTF-16 with one, and a script may be in what its coding
    line declares (PEP 263).

    Raises:
        InputError: it cannot be read or decoded, or something else stands under its name: an archive, a web
            page, a pointer of Git LFS, a notebook called ``.py``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    for beginning, what in _ARCHIVES.items():
        if content.startswith(beginning):
            raise InputError(f"{path} is {what}.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _unix(_decoded(path, content, "utf-16"))
    else:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = _decoded(path, content, _encoding(path, content))
    _require_the_file_itself(path, text)
    return text


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(path: Path, content: bytes) -> str:
    """Return the encoding that a script declares; UTF-8 for what declares none."""
    if path.suffix == ".py":
        try:
            return tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        except SyntaxError as error:
            # The other reason is a byte that is not UTF-8: decoding tells where.
            if not str(error.msg).startswith("invalid or missing"):
                raise InputError(
                    f"{path}: its coding line cannot be followed ({error.msg}). Save it as UTF-8, and remove "
                    "that line."
                ) from error
    return "utf-8-sig"


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        name = encoding.removesuffix("-sig").upper()
        other = ", or declare its encoding in the first line: # -*- coding: latin-1 -*-"
        raise InputError(
            f"{path}, line {line}: the byte 0x{content[error.start]:02x} is not {name}. Save the file as "
            f"UTF-8{other if path.suffix == '.py' else ''}."
        ) from error
    except (UnicodeError, LookupError) as error:
        raise InputError(f"{path} cannot be decoded ({error}). Save it as UTF-8.") from error


def _require_the_file_itself(path: Path, text: str) -> None:
    if text.startswith(_POINTER):
        raise InputError(
            f"{path} is a pointer of Git LFS: the file itself has not been fetched. Run `git lfs pull`."
        )
    if _PAGE.match(text):
        raise InputError(
            f"{path} is a web page: what was saved is the page that shows the file. Download the file itself "
            "(on GitHub: Download raw file)."
        )
    if path.suffix == ".py" and _NOTEBOOK.match(text):
        raise InputError(f"{path} is a notebook under the name of a script. Rename it to {path.stem}.ipynb.")


def conflict(text: str, where: str) -> str:
    """Return a sentence about the first of Git's conflict markers in a text, "" if there is none."""
    found = _CONFLICT.search(text)
    if found is None:
        return ""
    line = text.count("\n", 0, found.start()) + 1
    return (
        f"{where}, line {line}: this is one of Git's conflict markers ({found[1]}). Two versions were merged "
        "and both are in the file; keep one, say with `git checkout --ours` or `--theirs` and its name."
    )
