"""HDF5 files: those that users give us are read with care, and our own carry a checksum.

The checksum stands in the user block, the first bytes of a file, which HDF5 leaves to its user. It is
compared before HDF5 opens the file: damage could make it read other numbers, or never end.
"""

import hashlib
import io
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.formats import BEGINNING_BYTES, format_of

# Compressed data are unpacked a chunk at a time; chunks that stay in memory are not unpacked again.
CHUNK_CACHE_BYTES = 64 * 2**20
SIGNATURE = b"\x89HDF\r\n\x1a\n"
USER_BLOCK_BYTES = 512
MARK = b"captioning-from-scratch sha256 "
# Compression makes nothing smaller by more; what claims more than that would fill the memory.
MOST_COMPRESSED = 2000
CUT_OFF = "was cut off: it is shorter than it says it is. Make or download it again."
AGAIN = "copy the data into one file, in Python say: `new[name] = old[name][:]`."
# What h5py raises when a file is damaged, whatever it is that it reads at the time.
DAMAGED = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """Give a file to write into; it becomes ``path``, with its checksum, when the block succeeds.

    Raises:
        InputError: as ``atomic_write``.
    """
    with atomic_write(path) as temporary:
        with writing(temporary, userblock_size=USER_BLOCK_BYTES) as file:
            yield file
        seal(temporary)


@contextmanager
def writing(path: Path, **settings: Any) -> Iterator[h5py.File]:
    """Give a new HDF5 file to write into, with settings of ``h5py.File``.

    Raises:
        OSError: it cannot be written; on a full disk HDF5 itself raises one of many errors, or crashes.
    """
    with _Uncomplaining(path, "w+b") as storage:
        try:
            with h5py.File(storage, "w", **settings) as file:
                yield file
        finally:
            if storage.errno is not None:
                raise OSError(storage.errno, os.strerror(storage.errno), str(path))


class _Uncomplaining(io.FileIO):
    """A file for HDF5 to write into, which keeps to itself that it cannot be written any more.

    Attributes:
        errno: of the first error; None as long as there is none.
    """

    # Not the error itself: it would hold HDF5's buffer for longer than HDF5 does.
    errno: int | None = None

    def write(self, content: Any) -> int:
        with memoryview(content).cast("B") as left:
            done = 0
            while done < len(left) and self.errno is None:
                try:
                    done += super().write(left[done:])
                except OSError as error:
                    self.errno = error.errno
            return len(left)

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.errno = self.errno or error.errno
            return size or 0


def seal(path: Path) -> None:
    """Write the checksum of a file that was made with a user block of ``USER_BLOCK_BYTES`` into that block.

    Who changes a file of ours on purpose, with h5py say, calls it afterwards.

    Raises:
        InputError: it has no such block.
    """
    with open(path, "r+b") as file:
        file.seek(USER_BLOCK_BYTES)
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise InputError(f"{path} has no user block of {USER_BLOCK_BYTES} bytes to hold a checksum.")
        file.seek(USER_BLOCK_BYTES)
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        block = user_block(checksum, file.tell())
        file.seek(0)
        file.write(block)


def user_block(checksum: str, size: int) -> bytes:
    """Return the user block of a file of so many bytes; what it says stands there as often as it fits."""
    line = MARK + f"{checksum} of {size} bytes\n".encode()
    return (line * (USER_BLOCK_BYTES // len(line))).ljust(USER_BLOCK_BYTES, b"\n")


def open_hdf5(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises:
        InputError: it is missing, is not an HDF5 file, was cut off or damaged; it points to other files or
            to itself.
    """
    if not path.is_file():
        raise InputError(f"{path} is {'not a file' if path.exists() else 'missing'}.")
    try:
        _require_whole(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    with readable(path):
        file = h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE_BYTES)
        try:
            _require_plain(file, set())
        except BaseException:
            file.close()
            raise
        return file


def get_dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a dataset of a file.

    Raises:
        InputError: the file has no such dataset.
    """
    with readable(file.filename):
        if not isinstance(file.get(name), h5py.Dataset):
            kinds = {key: " (a group)" if isinstance(file.get(key), h5py.Group) else "" for key in file}
            names = ", ".join(f"{key!r}{kind}" for key, kind in kinds.items()) or "none"
            raise InputError(f"{file.filename} has no dataset {name!r}; it has {names}.")
        return file[name]


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """Turn what HDF5 says about a damaged file into an ``InputError``, also when data are read later."""
    try:
        yield
    except InputError:
        raise
    except DAMAGED as error:
        if "truncated file" in str(error):
            raise InputError(f"{path} {CUT_OFF}") from error
        reason = str(error) or type(error).__name__
        raise InputError(f"{path} cannot be read ({reason}). Make or download it again.") from error


def _require_whole(path: Path) -> None:
    """Raise ``InputError`` for what is not HDF5, and for a file of ours that is not as it was written."""
    with open(path, "rb") as file:
        beginning = file.read(BEGINNING_BYTES)
        # HDF5 begins at 0, or behind a user block of 512 bytes, 1024, 2048...
        starts = [0, *(512 << n for n in range(32))]
        file.seek(0, 2)
        size = file.tell()
        if MARK not in beginning[:USER_BLOCK_BYTES]:
            for start in starts:
                file.seek(min(start, size))
                if file.read(len(SIGNATURE)) == SIGNATURE:
                    return
            if what := format_of(beginning):
                raise InputError(f"{path} is not an HDF5 file, but {what}.")
            raise InputError(
                f"{path} is not an HDF5 file{'' if size else ', but empty'}. Make or download it again."
            )
        sizes = [int(number) for number in re.findall(rb" of (\d+) bytes\n", beginning[:USER_BLOCK_BYTES])]
        if size < min(sizes, default=USER_BLOCK_BYTES):
            raise InputError(f"{path} {CUT_OFF}")
        file.seek(USER_BLOCK_BYTES)
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        if beginning[:USER_BLOCK_BYTES] != user_block(checksum, size):
            raise InputError(
                f"{path} is damaged, or was changed after it was written: its checksum is another. Make or "
                "download it again. (Of a change on purpose, `captioning.hdf5.seal` takes note.)"
            )


def _require_plain(group: h5py.Group, seen: set[tuple[int, int]]) -> None:
    """Raise ``InputError`` unless all that is below a group is in this file, once, and of credible size."""
    info = h5py.h5o.get_info(group.id)
    place = f"{group.file.filename}: {group.name!r}"
    if (info.fileno, info.addr) in seen:
        raise InputError(f"{place} is a group under two names, or inside of itself. Make the file again.")
    seen.add((info.fileno, info.addr))
    for name in group:
        link = group.get(name, getlink=True)
        what = f"{group.file.filename}: {name!r} in {group.name!r}"
        if not isinstance(link, h5py.HardLink):
            kind = "an external" if isinstance(link, h5py.ExternalLink) else "a soft"
            raise InputError(f"{what} is {kind} link, and links are not followed: {AGAIN}")
        item = group[name]
        if isinstance(item, h5py.Group):
            _require_plain(item, seen)
        elif isinstance(item, h5py.Dataset):
            _require_data(what, item)


def _require_data(what: str, dataset: h5py.Dataset) -> None:
    if dataset.is_virtual or dataset.external:
        raise InputError(f"{what} has its data in another file, and that is not read: {AGAIN}")
    if not dataset.size:
        return
    stored = dataset.id.get_storage_size()
    if not stored:
        if not _is_filled(dataset):
            raise InputError(f"{what} was never written: it has a shape and no data. Make the file again.")
    elif dataset.size * dataset.dtype.itemsize > MOST_COMPRESSED * stored:
        raise InputError(
            f"{what} says it has {dataset.size} values, but there are {stored} bytes of them. Make the file "
            "again."
        )
    elif (n_missing := _n_missing_chunks(dataset)) > 0:
        raise InputError(
            f"{what} is there in part: {n_missing} of its chunks were never written. Make the file again."
        )


def _n_missing_chunks(dataset: h5py.Dataset) -> int:
    """Return how many chunks were never written, and would be read as zeros."""
    if dataset.chunks is None or _is_filled(dataset):
        return 0
    sides = zip(dataset.shape, dataset.chunks, strict=True)
    return math.prod(-(-length // chunk) for length, chunk in sides) - dataset.id.get_num_chunks()


def _is_filled(dataset: h5py.Dataset) -> bool:
    """Tell whether who made a dataset said what is to stand where nothing was written."""
    fill = dataset.id.get_create_plist().fill_value_defined()
    return bool(fill == h5py.h5d.FILL_VALUE_USER_DEFINED)
