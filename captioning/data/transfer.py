"""A download that can be interrupted at any moment and carries on where it ended."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

from captioning.errors import InputError
from captioning.files import DISK_FULL, require_space, size_text

BLOCK_BYTES = 2**14  # what is lost, at most, when a connection breaks
TIMEOUT_SECONDS = (10, 60)  # to connect; without a byte
PAUSE_SECONDS = 1.0
# Of bytes, in a header; what is longer is not meant, and Python refuses to read thousands of digits.
_NUMBER = "[0-9]{1,18}"


class NotDownloaded(InputError):
    """No connection, or a server that does not have the file; the message says how to get it by hand."""


@dataclass(frozen=True)
class ResumingDownloader:
    """A downloader for pooch. What has come of a file stays beside it until it is whole.

    A connection that breaks is taken up again, as long as each attempt brings something. Beside the
    part, the version that the server said it was is kept, so that the server sends everything again
    when the file has changed meanwhile.

    Attributes:
        path: where the file is to be in the end.
        size: the number of bytes it must have, where that is known.
    """

    path: Path
    size: int | None = None

    @property
    def part(self) -> Path:
        """Return the file of what has come."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def length(self) -> int:
        """Return how many bytes have come."""
        return self.part.stat().st_size if self.part.exists() else 0

    @property
    def _version(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part.version")

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download the whole file into ``output_file``.

        Raises:
            NotDownloaded: there is no connection, or the server does not have the file. What has come is
                kept.
            InputError: the server has a file of another size, or the disk is full. Likewise.
        """
        while True:
            before = self.length
            try:
                self._transfer(url)
            except requests.RequestException as error:
                if self.length <= before:
                    reason = f"no answer from {url.split('/')[2]} ({type(error).__name__})"
                    raise NotDownloaded(self._by_hand(url, reason)) from error
                time.sleep(PAUSE_SECONDS)
            except OSError as error:
                if error.errno not in DISK_FULL:
                    raise
                raise InputError(
                    f"{self.part} cannot be written: the disk is full. The {size_text(self.length)} that "
                    "have come are kept. Free some space and run the same command again: it carries on from "
                    "there. (For another disk, move the .part files there and give the folder with --folder.)"
                ) from error
            else:
                self._version.unlink(missing_ok=True)
                self.part.replace(output_file)
                return

    def _transfer(self, url: str) -> None:
        """Request what is missing of the file, once, and append it to the part."""
        have = self.length
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._version.exists() and (name := self._version.read_text(encoding="utf-8")):
                headers["If-Range"] = name
        with _get(url, headers) as response:
            start, total = _extent(response)
            if response.status_code == requests.codes.requested_range_not_satisfiable and have:
                # Nothing comes after what we have: it is whole, or it is not part of this file.
                if total != have:
                    self._discard()
                    self._transfer(url)
                return
            if start is None and have:  # a part, and the server does not say which
                self._discard()
                self._transfer(url)
                return
            self._require_usable(url, response, total)
            if start not in {0, have}:
                raise requests.RequestException(
                    f"asked for the bytes from {have} on, got those from {start} on"
                )
            if start == 0:  # the first time; or the file has changed; or the server knows no ranges
                self._discard()
                self._version.write_text(_version(response), encoding="utf-8")
            if total is not None:
                require_space(self.path.parent, total - start, f"Downloading {url}")
            self._append(response, start, total if self.size is None else self.size)

    def _require_usable(self, url: str, response: requests.Response, total: int | None) -> None:
        """Raise ``NotDownloaded`` or ``InputError`` unless what a server answers is the file."""
        problem = ""
        if response.status_code not in {requests.codes.ok, requests.codes.partial_content}:
            problem = f"the server answers “{response.status_code} {response.reason}”"
        elif (packed := response.headers.get("Content-Encoding", "identity")) != "identity":
            problem = f"the server packs the file ({packed}), unasked"
        if problem:
            raise NotDownloaded(self._by_hand(url, problem))
        if self.size is not None and total is not None and total != self.size:
            raise InputError(
                f"{url} has {total} bytes, expected {self.size}: it is another file, so nothing was "
                "downloaded. Is the source right?"
            )

    def _append(self, response: requests.Response, start: int, total: int | None) -> None:
        bar = tqdm(
            desc=self.path.name,
            initial=start,
            total=total,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=None,
        )
        with open(self.part, "ab") as file, bar:
            for block in response.iter_content(BLOCK_BYTES):
                file.write(block)
                bar.update(len(block))
                if total is not None and file.tell() > total:
                    break
        if total is not None and self.length > total:
            self._discard()
            raise InputError(
                f"{response.url} has {total} bytes, and more came: something on the way changes it. What "
                "came was deleted; try another network, or a mirror with --source."
            )

    def _discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)

    def _by_hand(self, url: str, reason: str) -> str:
        kept = f"\n({size_text(self.length)} are kept: with a connection, the same command carries on there.)"
        return (
            f"{self.path.name} could not be downloaded: {reason}.\n"
            "Run the same command again later; or download it by hand, with a browser say, from\n"
            f"    {url}\n"
            "put it at\n"
            f"    {self.path}\n"
            "and run the same command again: it checks that file and carries on from there."
            + (kept if self.length else "")
        )


def _get(url: str, headers: dict[str, str]) -> requests.Response:
    """Send a request; return the answer, whose body has not been read.

    Raises:
        RequestException: there is none. Of a redirection that leads nowhere, or breaks off, requests lets the
            errors of the libraries below it through.
    """
    try:
        return requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        raise
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise requests.RequestException(str(error)) from error


def _extent(response: requests.Response) -> tuple[int | None, int | None]:
    """Return where in the file the answer starts, and the length of the file where the server says it.

    The former is None where a part comes, and the server does not say which.
    """
    content_range = re.fullmatch(
        rf"bytes (?:({_NUMBER})-{_NUMBER}|\*)/({_NUMBER}|\*)", response.headers.get("Content-Range", "")
    )
    if response.status_code == requests.codes.partial_content and content_range is None:
        return None, None
    start, total = content_range.groups() if content_range else (None, response.headers.get("Content-Length"))
    return int(start or 0), int(total) if total and re.fullmatch(_NUMBER, total) else None


def _version(response: requests.Response) -> str:
    """Return what If-Range takes: a strong ETag, else the date of the last change (RFC 9110, 13.1.5)."""
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
