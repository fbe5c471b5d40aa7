"""Captions in tables and lists, as spreadsheets, scripts and people write them."""

import ast
import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from captioning.errors import InputError
from captioning.photos.images import FORMATS

# A photo, what is said of it, its split.
Entry = tuple[object, object, object]

PHOTO_COLUMNS = ("image", "image_name", "filename", "file_name", "file", "photo", "image_id")
CAPTION_COLUMNS = ("caption", "comment", "sentence", "text", "raw")
SPLITS = {
    **dict.fromkeys(("train", "training", "restval"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
DELIMITERS = "\t|;,"
_ENDINGS = "|".join(sorted(ending[1:] for endings in FORMATS.values() for ending in endings))
_PICTURE = re.compile(rf"\.({_ENDINGS})$", re.IGNORECASE)
_TOKENS = re.compile(r"([^\t]+)#\d+\t(.*)")
# Without a header: a name, maybe with a number, what divides, a caption.
_PLAIN = re.compile(rf"(.+?\.(?:{_ENDINGS}))(?:#\d+)?(?: *[{DELIMITERS}] *|\s+)(\S.*)", re.IGNORECASE)
_SEVERAL = re.compile(rf"({'|'.join(CAPTION_COLUMNS)})[ _-]?\d*$")


def is_picture(name: str) -> bool:
    """Tell whether a name ends as that of a picture does."""
    return _PICTURE.search(name.strip()) is not None


def read_table(path: Path, text: str, expected: str) -> list[Entry]:
    """Read a table of captions, or a list of names and captions.

    Args:
        path: of the file, for what is said of it.
        text: what is in it.
        expected: what to say that was expected, where it is something else.

    Returns:
        An entry for each caption; a line that has none gives one with an empty caption or name.

    Raises:
        InputError: it is neither.
    """
    lines = text.strip("\n").split("\n")
    if _TOKENS.match(lines[0]):
        return [_cut(_TOKENS, line) for line in lines if line.strip()]
    delimiter = max(DELIMITERS, key=lines[0].count)
    if re.fullmatch(r"sep=.", lines[0].strip()):  # so Excel says what divides
        delimiter = lines.pop(0).strip()[-1]
    header = [name.strip().strip('"').lower() for name in lines[0].split(delimiter)] if lines else []
    photo = next((header.index(name) for name in PHOTO_COLUMNS if name in header), None)
    captions = [column for column, name in enumerate(header) if _SEVERAL.match(name)]
    if photo is None or not captions:
        if lines and _is_plain(lines[0]):
            return [_cut(_PLAIN, line) for line in lines if line.strip()]
        raise InputError(f"{path} begins with {lines[0][:80] if lines else ''!r}. Expected {expected}.")
    split = header.index("split") if "split" in header else None
    entries: list[Entry] = []
    for row in _rows(lines[1:], delimiter, photo, captions[0]):
        if not any(row) or [name.strip().lower() for name in row] == header:  # the header of a second file
            continue
        cells = _fitted(row, len(header), captions, delimiter)
        said = [sentence for column in captions for sentence in _sentences(cells[column])]
        if len(captions) > 1:
            said = [sentence for sentence in said if sentence.strip()] or [""]
        entries += [(cells[photo], sentence, "" if split is None else cells[split]) for sentence in said]
    return entries


def _cut(pattern: re.Pattern[str], line: str) -> Entry:
    found = pattern.fullmatch(line.strip())
    return (found[1], found[2], "") if found else (line.strip(), "", "")


def _is_plain(line: str) -> bool:
    """Tell whether a line is a name and a caption, and nothing between the two."""
    found = _PLAIN.fullmatch(line.strip())
    second = re.split(rf"[{DELIMITERS}]", found[2])[0].strip().lower() if found else ""
    is_name = is_picture(second) and " " not in second
    return found is not None and not (second.isdecimal() or second in SPLITS or is_name)


def _fitted(row: list[str], n_columns: int, captions: Sequence[int], delimiter: str) -> list[str]:
    """Return as many cells as there are columns.

    What is too many belongs to a caption that holds what divides columns.
    """
    while len(row) > n_columns and not row[-1].strip():
        row = row[:-1]
    extra = len(row) - n_columns
    if extra > 0 and len(captions) == 1:
        start, end = captions[0], captions[0] + extra + 1
        row = [*row[:start], delimiter.join(row[start:end]), *row[end:]]
    return row + [""] * (n_columns - len(row))


def _rows(lines: Sequence[str], delimiter: str, photo: int, caption: int) -> Iterator[list[str]]:
    """Yield the cells of each row; a cell in quotes may have several lines.

    A mark of quotation without its partner would swallow the rows below it, up to the next such mark. Where
    what was swallowed holds a row of its own, or nothing ends it, the mark stands for itself.
    """
    start = 0
    while start < len(lines):
        row, taken = lines[start].split(delimiter), 1
        if '"' in lines[start]:
            row = [cell.strip(' "') for cell in row]
            reader = csv.reader((f"{lines[n]}\n" for n in range(start, len(lines))), delimiter=delimiter)
            try:
                quoted = next(reader)
            except csv.Error:  # longer than any cell
                quoted = []
            swallowed = lines[start + 1 : start + reader.line_num]
            n_marks = sum(line.count('"') for line in (lines[start], *swallowed))
            is_cell = quoted and n_marks % 2 == 0
            if is_cell and not any(_is_row(line, delimiter, photo, caption) for line in swallowed):
                row, taken = [cell.rstrip("\n") for cell in quoted], reader.line_num
        yield row
        start += taken


def _is_row(line: str, delimiter: str, photo: int, caption: int) -> bool:
    cells = line.split(delimiter)
    # The last line of a cell may have a name behind it.
    is_whole = photo < caption or line.count('"') % 2 == 0
    return is_whole and len(cells) > max(photo, caption) and is_picture(cells[photo].strip(' "'))


def _sentences(cell: str) -> list[str]:
    """Return the sentences of a cell: several where it is a list, as pandas and JSON write it."""
    if cell.strip().startswith("[") and cell.strip().endswith("]"):
        for read in (json.loads, ast.literal_eval):
            try:
                said = read(cell.strip())
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(said, list) and said and all(isinstance(sentence, str) for sentence in said):
                return said
    return [cell]
