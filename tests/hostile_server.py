"""A server that does what servers, and networks on the way, have been seen to do to a download, and worse."""

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from captioning.data import downloads
from captioning.data.downloads import Download, Source
from captioning.errors import InputError

BODY = np.random.default_rng(0).bytes(200_000)
NAME = "file.bin"
HTML = b"<!doctype html><title>Please log in</title>"
# Numbers as a header may have them.
NUMBERS = ("0", "1", "199999", "200000", "200001", "-1", "1e9", "9" * 5000, "\u0662", "", "x", "0x10", " 7")
STATUSES = (200, 200, 200, 203, 204, 206, 206, 301, 302, 304, 400, 403, 404, 410, 416, 429, 500, 503, 600, 0)
ODD_HEADERS = (
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "br, gzip"),
    ("Transfer-Encoding", "chunked"),
    ("ETag", 'W/"1"'),
    ("ETag", '"other"'),
    ("ETag", "\xff\xfe"),
    ("Last-Modified", "yesterday"),
    ("Location", "/file.bin"),
    ("Location", "http://[::1/file.bin"),
    ("Location", "ftp://example.org/x"),
    ("Location", "http://127.0.0.1:1/x"),
    ("Location", "\xff://"),
    ("Set-Cookie", "a=b; Max-Age=x"),
    ("Content-Type", "text/html; charset=none"),
    ("Retry-After", "1000000"),
)


@dataclass
class HostileServer:
    """Answers as drawn from a seed: honestly, cut off, with lies in its headers, or with no HTTP at all.

    Attributes:
        rng: draws what comes next.
        honest: the share of answers that are whole and true.
        said: the beginning of each answer so far.
    """

    rng: np.random.Generator
    honest: float = 0.25
    said: list[bytes] = field(default_factory=list)

    def answer(self, request: bytes) -> bytes:
        """Return all bytes that are sent before the connection is closed."""
        asked = re.search(rb"(?i)^range: bytes=(\d+)-", request, re.M)
        start = int(asked[1]) if asked else 0
        if self.rng.random() < self.honest:
            return _whole(start)
        manner = self.rng.choice(["cut", "lie", "no http", "nothing"], p=[0.3, 0.5, 0.15, 0.05])
        if manner == "cut":
            whole = _whole(start)
            return whole[: self.rng.integers(len(whole))]
        if manner == "no http":
            return self.rng.bytes(self.rng.integers(1, 3000)) if self.rng.random() < 0.5 else HTML
        return self._lie(start) if manner == "lie" else b""

    def _lie(self, start: int) -> bytes:
        rng = self.rng
        headers = {"ETag": '"1"', "Content-Length": str(len(BODY) - start)}
        if rng.random() < 0.5:
            headers["Content-Length"] = str(rng.choice(NUMBERS))
        if rng.random() < 0.5:
            first, last, total = (str(rng.choice(NUMBERS)) for _ in range(3))
            first = str(start) if rng.random() < 0.5 else first
            headers["Content-Range"] = f"bytes {first}-{last}/{total if rng.random() < 0.7 else '*'}"
        for _ in range(rng.integers(3)):
            name, value = ODD_HEADERS[rng.integers(len(ODD_HEADERS))]
            headers[name] = value
        body = [BODY[start:], BODY, BODY[start:] + b"more", HTML, BODY[: len(BODY) // 2], rng.bytes(500)]
        lines = [
            f"HTTP/1.1 {rng.choice(STATUSES)} Odd",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + body[rng.integers(len(body))]

    def serve(self, listener: socket.socket) -> None:
        """Answer one connection after the other until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                request = b""
                while b"\r\n\r\n" not in request and (more := connection.recv(65536)):
                    request += more
                answer = self.answer(request)
                self.said.append(answer[:300])
                connection.sendall(answer)


def _whole(start: int) -> bytes:
    """Return what a good server answers to a request for all that comes from there on."""
    length = len(BODY)
    if start >= length:
        return f"HTTP/1.1 416 X\r\nContent-Range: bytes */{length}\r\nContent-Length: 0\r\n\r\n".encode()
    status = f"206 X\r\nContent-Range: bytes {start}-{length - 1}/{length}" if start else "200 OK"
    head = f'HTTP/1.1 {status}\r\nETag: "1"\r\nContent-Length: {length - start}\r\nConnection: close\r\n\r\n'
    return head.encode() + BODY[start:]


@contextmanager
def listening(server: HostileServer) -> Iterator[str]:
    """Let a server answer on this machine; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def downloaded(seed: int, folder: Path, *, known: bool) -> tuple[str, str]:
    """Download from a hostile server, again and again, then from a good one.

    Args:
        seed: of what the server does.
        folder: an empty one, for the download.
        known: whether size and checksum of the file are published.

    Returns:
        outcome: "right" if the file came while the server was hostile, "sentence" if it was refused every
            time and came from the good server; anything else is bad.
        words: the last sentence, or what is bad.
    """
    server = HostileServer(np.random.default_rng(seed))
    words, outcome = "", "right"
    with listening(server) as url, pytest.MonkeyPatch.context() as patch:
        checksum = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
        source = Source(f"{url}/{NAME}", *((len(BODY), checksum) if known else (None, None)))
        patch.setitem(downloads.DOWNLOADS, "hostile", Download("a file", (source,)))
        path = folder / "hostile" / NAME
        for attempt in range(4):
            server.honest = 0.25 if attempt < 2 else 1.0
            try:
                downloads.get("hostile", folder)
            except InputError as error:
                words, outcome = str(error), "sentence"
                if path.exists():
                    return "left behind", f"{words}\n{server.said}"
            except Exception as error:  # noqa: BLE001  (it is what we are looking for)
                return "traceback", f"{type(error).__name__}: {error}\n{server.said}"
            else:
                # Without a checksum nothing tells a page of a network's from the file.
                if known and path.read_bytes() != BODY:
                    return "another file", str(server.said)
                return outcome, words
    return "never", f"{words}\n{server.said}"
