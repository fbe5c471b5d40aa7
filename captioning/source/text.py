"""The text of a notebook, a script, a list or a vocabulary, whatever editor saved it."""

import codecs
import io
import re
import tokenize
from pathlib import Path

from captioning.errors import InputError
from captioning.formats import require_itself

_NOTEBOOK = re.compile(r'\s*\{\s*"(cells|metadata|nbformat|worksheets)"')
_CONFLICT = re.compile(r"^[ \t]*(<{7}|>{7})(?= |$)", re.MULTILINE)


def read_text(path: Path) -> str:
    r"""Return the text of a file, with ``\n`` at the end of each line.

    It is UTF-8 with or without a byte order mark, UTF-16 with one, and a script may be in what its coding
    line declares (PEP 263).

    Raises:
        InputError: it cannot be read or decoded, or something else stands under its name: an archive, a web
            page, a pointer of Git LFS, a notebook called ``.py``.
    """
    content = _content(path)
    require_itself(path, content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _unix(_decoded(path, content, "utf-16"))
    else:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = _decoded(path, content, _encoding(path, content))
    if path.suffix == ".py" and _NOTEBOOK.match(text):
        raise InputError(f"{path} is a notebook under the name of a script. Rename it to {path.stem}.ipynb.")
    return text


def read_lines(path: Path) -> list[str]:
    r"""Return the lines of a list that are not blank, without the space at their ends.

    A line ends at ``\n``, and nowhere else: captions and addresses hold signs that ``str.splitlines`` takes
    for ends of lines.

    Raises:
        InputError: as ``read_text``.
    """
    return [line for line in numbered_lines(path).values() if line]


def numbered_lines(path: Path) -> dict[int, str]:
    """Return all lines as ``read_lines``, also blank ones, by their number, counted from 1."""
    content = _content(path)
    require_itself(path, content)
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = _decoded(path, content, "utf-16" if is_wide else "utf-8-sig")
    if problem := conflict(text, str(path)):
        raise InputError(problem)
    return {number: line.strip() for number, line in enumerate(text.split("\n"), start=1)}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


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
        text = content.decode(encoding)
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
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            f"{path}, line {line}: there is a zero byte, which no text has. It may be in UTF-16, and not "
            "say so: save it as UTF-8."
        )
    return text


def conflict(text: str, where: str) -> str:
    """Return a sentence about the first of Git's conflict markers in a text, "" if there is none."""
    found = _CONFLICT.search(text)
    if found is None:
        return ""
    return conflict_at(where, text.count("\n", 0, found.start()) + 1, found[1])


def conflict_at(where: str, line: int, marker: str) -> str:
    """Return a sentence about one of Git's conflict markers in a line."""
    return (
        f"{where}, line {line}: this is one of Git's conflict markers ({marker}). Two versions were merged "
        "and both are in the file; keep one, say with `git checkout --ours` or `--theirs` and its name."
    )
