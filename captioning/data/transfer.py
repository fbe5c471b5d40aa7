"""A download that can be interrupted at any moment and carries on where it ended."""

import contextlib
import re
import time
from pathlib import Path

import requests
from tqdm import tqdm

from captioning.errors import InputError
from captioning.files import DISK_FULL, require_space, size_text

BLOCK_BYTES = 2**14  # what is lost, at most, when a connection breaks
TIMEOUT_SECONDS = (10, 60)  # to connect; without a byte
PAUSE_SECONDS = 1.0


class NotDownloaded(InputError):
    """No connection, or a server that does not have the file; the message says how to get it by hand."""


def download(url: str, path: Path, size: int | None = None) -> Path:
    """Download a file into ``path`` with ``.part`` behind its name; an earlier part is completed.

    A connection that breaks is taken up again, as long as each attempt brings something. Beside the
    part, the version that the server said it was is kept (in ``.part.version``), so that the server
    sends everything anew when the file has changed meanwhile.

    Args:
        url: where the file is.
        path: where the file is to be in the end; the caller checks the part and renames it.
        size: the number of bytes it must have, where that is known.

    Returns:
        The path of the part, whole.

    Raises:
        NotDownloaded: there is no connection, or the server does not have the file. What has come is kept.
        InputError: the server has a file of another size, or the disk is full. Likewise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        before = part_length(path)
        try:
            _transfer(url, path, size)
        except requests.RequestException as error:
            if part_length(path) <= before:
                reason = f"no answer from {url.split('/')[2]} ({type(error).__name__})"
                raise NotDownloaded(_by_hand(url, path, reason)) from error
            time.sleep(PAUSE_SECONDS)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise InputError(
                f"{_part_file(path)} cannot be written: the disk is full. The {size_text(part_length(path))} "
                "that have come are kept. Free some space and run the same command again: it carries on from "
                "there. (For another disk, move the .part files there and give the folder with --folder.)"
            ) from error
        else:
            _version_file(path).unlink(missing_ok=True)
            return _part_file(path)


def discard_part(path: Path) -> None:
    """Delete what has been downloaded of ``path`` so far."""
    _part_file(path).unlink(missing_ok=True)
    _version_file(path).unlink(missing_ok=True)


def part_length(path: Path) -> int:
    """Return how many bytes of ``path`` have been downloaded so far."""
    with contextlib.suppress(FileNotFoundError):
        return _part_file(path).stat().st_size
    return 0


def _transfer(url: str, path: Path, size: int | None) -> None:
    """Request what is missing of the file, once, and append it to the part."""
    part, version = _part_file(path), _version_file(path)
    have = part_length(path)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if version.exists() and (name := version.read_text()):
            headers["If-Range"] = name
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        start, total = _extent(response)
        if response.status_code == requests.codes.requested_range_not_satisfiable and have:
            # Nothing comes after what we have: it is whole, or it is no part of this file.
            if total != have:
                discard_part(path)
                _transfer(url, path, size)
            return
        if response.status_code not in {requests.codes.ok, requests.codes.partial_content}:
            answer = f"{response.status_code} {response.reason}"
            raise NotDownloaded(_by_hand(url, path, f"the server answers «{answer}»"))
        if size is not None and total is not None and total != size:
            raise InputError(
                f"{url} has {total} bytes, expected {size}: it is another file, so nothing was downloaded. "
                "Is the source right?"
            )
        if start not in {0, have}:
            raise requests.RequestException(f"asked for the bytes from {have} on, got those from {start} on")
        if start == 0:  # the first time; or the file has changed; or the server knows no ranges
            discard_part(path)
            version.write_text(_version(response))
        if total is not None:
            require_space(path.parent, total - start, f"Downloading {url}")
        with (
            open(part, "ab") as file,
            tqdm(
                desc=path.name,
                initial=start,
                total=total,
                unit="B",
                unit_scale=True,
                leave=False,
                disable=None,
            ) as progress,
        ):
            for block in response.iter_content(BLOCK_BYTES):
                file.write(block)
                progress.update(len(block))


def _by_hand(url: str, path: Path, reason: str) -> str:
    kept = part_length(path)
    kept_text = f"\n({size_text(kept)} are kept: with a connection, the same command carries on there.)"
    return (
        f"{path.name} could not be downloaded: {reason}.\n"
        "Run the same command again later; or download it by hand, with a browser say, from\n"
        f"    {url}\n"
        "put it at\n"
        f"    {path}\n"
        "and run the same command again: it checks that file and carries on from there."
        + (kept_text if kept else "")
    )


def _extent(response: requests.Response) -> tuple[int, int | None]:
    """Return where in the file the answer starts, and the length of the file where the server says it."""
    content_range = re.fullmatch(
        r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("Content-Range", "")
    )
    start, total = content_range.groups() if content_range else (None, response.headers.get("Content-Length"))
    return int(start or 0), int(total) if total and total.isdecimal() else None


def _version(response: requests.Response) -> str:
    """Return what If-Range takes: a strong ETag, else the date of the last change (RFC 9110, 13.1.5)."""
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")


def _part_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _version_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.part.version")
