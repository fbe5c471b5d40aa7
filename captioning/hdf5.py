"""Reading HDF5 files that users give us: what is wrong with one is said in their words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from captioning.errors import InputError

# Compressed data are unpacked a chunk at a time; chunks that stay in memory are not unpacked again.
CHUNK_CACHE_BYTES = 64 * 2**20


def open_hdf5(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises:
        InputError: it is missing, is no HDF5 file or was cut off.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing.")
    with readable(path):
        return h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE_BYTES)


def get_dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a dataset of a file.

    Raises:
        InputError: the file has no such dataset.
    """
    if not isinstance(file.get(name), h5py.Dataset):
        names = ", ".join(map(repr, file)) or "none"
        raise InputError(f"{file.filename} has no dataset {name!r}; it has {names}.")
    return file[name]


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """Turn what HDF5 says about a damaged file into an ``InputError``, also when data are read later."""
    try:
        yield
    except OSError as error:
        if "truncated file" in str(error):
            problem = "was cut off: it is shorter than it says it is"
        elif "signature not found" in str(error):
            problem = "is not an HDF5 file"
        else:
            problem = f"cannot be read ({error})"
        raise InputError(f"{path} {problem}. Make or download it again.") from error
