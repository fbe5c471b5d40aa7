"""Where our files live, and how they are written: whole or not at all, and by one process at a time."""

import errno
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from captioning.errors import InputError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
STALE_SECONDS = 3600
_IS_POSIX = os.name == "posix"
# It can only be read by setting it. Two threads that did so at once would leave it 0, and all later files
# open to everybody; while this is imported there is one.
_UMASK = os.umask(0)
os.umask(_UMASK)


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


def require_space(folder: Path, n_bytes: int, purpose: str, option: str = "--folder") -> None:
    """Raise ``InputError`` unless so many bytes have room on the disk; ``option`` names another place."""
    import shutil  # noqa: PLC0415  (as in atomic_write)

    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise InputError(
            f"{purpose} needs {size_text(n_bytes)}, but the disk of {folder} has {size_text(free)} free. "
            f"Free some space, or choose a place on another disk with {option}."
        )


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Say of a full disk, or of a folder that must not be written, what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise InputError(
                f"cannot write {path}: the disk is full. The file that was there before is unchanged; "
                "free some space, or choose another folder, and run the command again."
            ) from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            elsewhere = (
                "Let the variable CAPTIONING_HOME name another folder for data and weights."
                if path.is_relative_to(cache_folder())
                else "Choose another folder, or ask for the right to write there."
            )
            raise InputError(f"cannot write {path}: permission denied. {elsewhere}") from error
        raise


@contextmanager
def exclusive(path: Path, *, wait: float = 0) -> Iterator[None]:
    """Let no other process that asks for the same write a file or folder while the block runs.

    The lock is a hidden file beside it, which stays there; what holds it is the process, so that none is
    left by one that was killed.

    Args:
        path: what is written.
        wait: so many seconds for another that writes it.

    Raises:
        InputError: another process writes it, or the folder cannot be written.
    """
    # Where layers run in a sandbox there are no locks.
    from filelock import FileLock, Timeout  # noqa: PLC0415

    path = path.resolve()
    lock = path.with_name(f".{path.name.lstrip('.')}.lock")
    with _telling(path):
        lock.parent.mkdir(parents=True, exist_ok=True)
        writer = lock.read_text(encoding="ascii", errors="replace") if _IS_POSIX and lock.is_file() else ""
        held = FileLock(lock, timeout=wait)
        try:
            held.acquire()
        except Timeout as error:
            who = f"process {writer}" if writer.isdecimal() else "another process"
            raise InputError(
                f"{who} is writing {path} at this moment. Wait until it has ended, or let this one write "
                "elsewhere, and run it again."
            ) from error
    try:
        with _telling(path):
            if _IS_POSIX:  # Windows lets nobody read what is locked
                lock.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        held.release()


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` when the block succeeds.

    Whatever happens in the block (an exception, Ctrl-C, a full disk), ``path`` is the old file or
    the new one, never a part of either. Links are followed, and devices such as /dev/null are written to,
    not replaced. What a process that was killed an hour ago or earlier left of the same file is removed.

    Raises:
        InputError: the folder cannot be written, ``path`` is a folder, or the disk is full.
    """
    # A sandbox in which layers run is made for each submission, writes nothing, and would wait for these.
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    path = path.resolve()
    if path.is_dir():
        raise InputError(
            f"cannot write {path}: there is a folder of this name. Move it, or give another name."
        )
    is_device = path.exists() and not path.is_file()
    temporary = None
    with _telling(path):
        try:
            if not is_device:
                path.parent.mkdir(parents=True, exist_ok=True)
                _sweep(path)
            handle, name = tempfile.mkstemp(
                dir=None if is_device else path.parent, prefix=f".{path.name}.", suffix=".part"
            )
            os.close(handle)
            temporary = Path(name)
            yield temporary
            if is_device:
                with open(temporary, "rb") as written, open(path, "wb") as device:
                    shutil.copyfileobj(written, device)
                return
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            # mkstemp makes the file private; give it the mode that open() would have given.
            temporary.chmod(0o666 & ~_UMASK)
            temporary.replace(path)
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what processes that were killed have left of a file."""
    for part in _left_behind(path.parent).pop(path.name, []):
        with suppress(FileNotFoundError):  # by another process, at the same time
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


@cache
def _left_behind(folder: Path) -> dict[str, list[Path]]:
    """Return the files of a folder that are half written, by the name that they were to get.

    A process looks once: of ten thousand results, each would look through all those before it.
    """
    found: dict[str, list[Path]] = {}
    for part in folder.glob(".*.part"):
        name = part.name.removeprefix(".").removesuffix(".part").rpartition(".")[0]
        found.setdefault(name, []).append(part)
    return found


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all; raise as ``atomic_write`` does."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
