"""Where our files live, and how they are written: whole or not at all."""

import errno
import glob
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from captioning.errors import InputError

STALE_SECONDS = 3600
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def cache_folder() -> Path:
    """Return the folder for downloads and generated data.

    It is ``$CAPTIONING_HOME`` where that is set, else the operating system's cache folder.
    """
    # It loads a progress bar that warns, in every notebook without widgets.
    import pooch  # noqa: PLC0415

    return Path(os.environ.get("CAPTIONING_HOME") or pooch.os_cache("captioning-from-scratch"))


def shipped(name: str) -> Path:
    """Return a file or folder of ``datasets/`` that the course comes with, such as ``"scenes/vgg16.h5"``.

    In a checkout it stands at the top, in an installed course inside the package.
    """
    package = Path(__file__).resolve().parent
    checkout, wheel = package.parent / "datasets", package / "shipped"
    return (wheel if wheel.is_dir() else checkout) / name


def digest(*files: Path) -> str:
    """Return one digest of the contents of files."""
    sums = [hashlib.sha256(path.read_bytes()).digest() for path in files]
    return hashlib.sha256(b"".join(sums)).hexdigest()


def size_text(n_bytes: int) -> str:
    """Return a number of bytes for people: ``1.04 GB``."""
    # Where layers run in a sandbox there is no progress bar.
    from tqdm import tqdm  # noqa: PLC0415

    return re.sub(r"(?<=\d)(?=[^\d.])", " ", tqdm.format_sizeof(n_bytes, "B"))


def require_space(folder: Path, n_bytes: int, purpose: str) -> None:
    """Raise ``InputError`` unless the disk has room for so many more bytes."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise InputError(
            f"{purpose} needs {size_text(n_bytes)}, but the disk of {folder} has {size_text(free)} free. "
            "Free some space, or choose a folder on another disk with --folder."
        )


@contextmanager
def exclusive(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Let no other process of this user's on this machine write a file or folder during the block.

    The lock is the operating system's, so that it ends with the process, however that ends.

    Args:
        path: what is written; it need not exist.
        wait: whether to wait for the other process.

    Raises:
        InputError: another process writes it, and ``wait`` is false.
    """
    # Where layers run in a sandbox it is not there.
    from filelock import FileLock, Timeout  # noqa: PLC0415

    user = getattr(os, "getuid", lambda: "all")()
    folder = Path(tempfile.gettempdir()) / f"captioning-locks-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape")).hexdigest()
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout as error:
        raise InputError(
            f"another `captioning` writes {path} at this moment. Wait until it has ended (then the same "
            "command finds what it did), or give another place."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` when the block succeeds.

    Whatever happens in the block (an exception, Ctrl-C, a full disk), ``path`` is the old file or
    the new one, never a part of either.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    temporary = None
    path = path.resolve()  # what a link points to is written, and the link stays
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"cannot write {path}: it is a device or a pipe. Give the name of a file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes the file private; give it the mode that open() would have given.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise InputError(
                f"cannot write {path}: the disk is full. The file that was there before is unchanged; "
                "free some space, or choose another folder, and run the command again."
            ) from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            raise InputError(f"cannot write {path}: permission denied. Choose another folder.") from error
        raise
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what processes that were killed an hour ago or more have left half written."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; raise as ``atomic_write`` does."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
