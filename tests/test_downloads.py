"""Downloads from a server on localhost: interrupted, resumed, damaged, refused, done by hand."""

import errno
import functools
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from click.testing import CliRunner

from captioning.commands import data as data_command
from captioning.data import downloads, transfer
from captioning.data.coco_layout import CaptionData, write_captions_layout
from captioning.data.downloads import DOWNLOADS, Download, Source, get, status
from captioning.errors import InputError

BODY = np.random.default_rng(0).bytes(3_000_000)


class Server:
    """An HTTP server whose faults can be chosen.

    Attributes:
        files: content by name.
        break_after: bytes of each answer after which the connection is cut, one number per answer.
        ranges: whether it honours Range.
        etag: of all its files; None for a server that has none.
        hides_the_range: whether it keeps to itself which part of a file it sends.
        headers: that it sends besides.
        requests: the (Range, If-Range) headers of the requests so far.
    """

    def __init__(self):
        self.files, self.break_after, self.ranges, self.etag = {}, [], True, '"1"'
        self.requests = []
        self.hides_the_range, self.headers = False, {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, request):
        range_header, if_range = request.headers.get("Range"), request.headers.get("If-Range")
        self.requests.append((range_header, if_range))
        name = request.path.rpartition("/")[2]
        if name not in self.files:
            request.send_error(404)
            return
        body, start = self.files[name], 0
        if range_header and self.ranges and if_range in {None, self.etag}:
            start = int(re.fullmatch(r"bytes=(\d+)-", range_header)[1])
            if start >= len(body):
                request.send_response(416)
                request.send_header("Content-Range", f"bytes */{len(body)}")
                request.send_header("Content-Length", "0")
                request.end_headers()
                return
            request.send_response(206)
            if not self.hides_the_range:
                request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            request.send_response(200)
        if self.etag:
            request.send_header("ETag", self.etag)
        if "Transfer-Encoding" not in self.headers:
            request.send_header("Content-Length", str(len(body) - start))
        for header in self.headers.items():
            request.send_header(*header)
        request.end_headers()
        end = start + self.break_after.pop(0) if self.break_after else len(body)
        request.wfile.write(body[start:end])
        request.close_connection = True


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0)
    server = Server()
    server.files["file.bin"] = BODY
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def source(monkeypatch, server):
    """Offer ``file.bin`` as a download called "thing", with a published size and checksum."""
    source = Source(f"{server.url}/file.bin", size=len(BODY), hash=f"md5:{hashlib.md5(BODY).hexdigest()}")
    monkeypatch.setitem(DOWNLOADS, "thing", Download("a thing", (source,)))
    return source


@pytest.fixture
def archive(monkeypatch, server):
    """Offer ``pack.zip``, of which no checksum is published, as a download called "thing"."""
    server.files["pack.zip"] = make_zip(
        {"pack/a.txt": b"one", "pack/b/c.txt": b"two", "__MACOSX/pack/._a": b""}
    )
    source = Source(f"{server.url}/pack.zip")
    monkeypatch.setitem(DOWNLOADS, "thing", Download("a thing", (source,)))
    return source


def make_zip(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


# Interruption


def test_a_file_is_downloaded_and_checked(tmp_path, server, source):
    assert get("thing", tmp_path) == [tmp_path / "thing" / "file.bin"]
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY
    assert leftovers(tmp_path / "thing") == ["file.bin"]


def test_a_file_that_is_there_is_not_downloaded_again(tmp_path, server, source):
    get("thing", tmp_path)
    get("thing", tmp_path)
    assert len(server.requests) == 1


def test_a_broken_connection_is_taken_up_again(tmp_path, server, source):
    server.break_after = [2**20, 2**19]
    get("thing", tmp_path)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY
    assert server.requests == [(None, None), ("bytes=1048576-", '"1"'), ("bytes=1572864-", '"1"')]


def test_a_later_run_carries_on_where_the_first_ended(tmp_path, server, source):
    server.break_after = [2**20, 0]
    with pytest.raises(InputError, match=r"no answer from 127\.0\.0\.1.*\n(.*\n)*\(1\.05 MB are kept"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == ["file.bin.part", "file.bin.part.version"]
    assert status("thing", tmp_path) == ("incomplete", ["1.05 MB of file.bin"])
    get("thing", tmp_path)
    assert server.requests[-1] == ("bytes=1048576-", '"1"')
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY
    assert leftovers(tmp_path / "thing") == ["file.bin"]


def test_a_server_without_ranges_sends_everything_again(tmp_path, server, source):
    server.ranges = False
    server.break_after = [2**20]
    get("thing", tmp_path)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY


def test_a_server_without_ranges_that_always_breaks_is_given_up(tmp_path, server, source):
    server.ranges = False
    server.break_after = [2**20] * 100
    with pytest.raises(InputError, match="could not be downloaded"):
        get("thing", tmp_path)
    assert len(server.requests) == 2


def test_ctrl_c_while_the_checksum_is_compared_loses_nothing(tmp_path, server, source, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(downloads, "_check", press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == ["file.bin"]
    get("thing", tmp_path)
    assert len(server.requests) == 1


def press_ctrl_c(*args, **options):
    raise KeyboardInterrupt


def test_a_file_that_changed_between_two_runs_is_not_mixed(tmp_path, server, source):
    server.break_after = [2**20, 0]
    server.files["file.bin"] = b"old" * 1_000_000
    with pytest.raises(InputError):
        get("thing", tmp_path)
    server.files["file.bin"], server.etag = BODY, '"2"'
    get("thing", tmp_path)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY


def test_a_server_without_etag_is_resumed(tmp_path, server, source):
    server.etag = None
    server.break_after = [2**20]
    get("thing", tmp_path)
    assert server.requests[-1] == ("bytes=1048576-", None)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("part", [BODY, BODY + b"more"])
def test_a_part_that_is_whole_or_too_long(tmp_path, server, source, part):
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "file.bin.part").write_bytes(part)
    get("thing", tmp_path)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY


# What servers and disks do


def test_a_part_of_which_the_server_does_not_say_where_it_belongs(tmp_path, server, source):
    server.break_after, server.hides_the_range = [2**20], True
    get("thing", tmp_path)
    assert (tmp_path / "thing" / "file.bin").read_bytes() == BODY
    assert [start for start, _ in server.requests] == [None, "bytes=1048576-", None]


def test_a_file_that_comes_packed_is_not_unpacked(tmp_path, server, source):
    server.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(InputError, match=r"the server packs the file \(gzip\), unasked"):
        get("thing", tmp_path)


def test_more_bytes_than_were_promised(tmp_path, server, source):
    server.headers = {"Transfer-Encoding": "chunked"}
    server.files["file.bin"] = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) + 5, BODY + b"extra")
    with pytest.raises(InputError, match="has 3000000 bytes, and more came"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == []


def test_a_file_that_the_server_does_not_have(tmp_path, server, source):
    del server.files["file.bin"]
    with pytest.raises(InputError, match="the server answers “404 Not Found”"):
        get("thing", tmp_path)


def test_no_connection_says_what_to_do_by_hand(tmp_path, server, source):
    with pytest.raises(InputError) as caught:
        get("thing", tmp_path, "http://127.0.0.1:9")
    for text in (
        "no answer from 127.0.0.1:9 (ConnectionError)",
        "http://127.0.0.1:9/file.bin\n",
        f"{tmp_path / 'thing' / 'file.bin'}\n",
        "run the same command again",
    ):
        assert text in str(caught.value)


def test_without_a_connection_one_is_told_all_that_is_missing_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        get("vgg16", tmp_path, "http://127.0.0.1:9")
    for source in DOWNLOADS["vgg16"].sources:
        assert f"    http://127.0.0.1:9/{source.name}\n" in str(caught.value)
        assert str(tmp_path / "vgg16" / source.name) in str(caught.value)


def test_what_was_put_there_by_hand_is_checked_and_taken(tmp_path, server, archive):
    content = server.files.pop("pack.zip")
    with pytest.raises(InputError):
        get("thing", tmp_path)
    (tmp_path / "thing" / "pack.zip").write_bytes(content)
    assert get("thing", tmp_path) == [tmp_path / "thing" / "pack"]
    assert (tmp_path / "thing" / "pack" / "b" / "c.txt").read_bytes() == b"two"


def test_a_download_with_the_wrong_checksum_is_thrown_away(tmp_path, server, source):
    server.files["file.bin"] = bytes(len(BODY))
    with pytest.raises(InputError, match=r"its checksum md5:\w+ is not the one published.* It was deleted"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == []


def test_a_server_with_a_file_of_another_size_is_refused_at_once(tmp_path, server, source):
    server.files["file.bin"] = BODY[:-1]
    with pytest.raises(InputError, match="has 2999999 bytes, expected 3000000: it is another file"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == []


@pytest.mark.parametrize(
    ("change", "message"), [(BODY[:-1], "was cut off or changed"), (bytes(len(BODY)), "MD5|md5")]
)
def test_a_file_of_ours_that_changed_is_noticed_and_left_alone(tmp_path, server, source, change, message):
    get("thing", tmp_path)
    path = tmp_path / "thing" / "file.bin"
    path.write_bytes(change)
    with pytest.raises(InputError, match=f"({message})(.*) Delete it, and run the same command again"):
        get("thing", tmp_path)
    assert path.read_bytes() == change


def test_a_disk_too_small_is_noticed_before_the_download(tmp_path, server, source, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9 - 2_500_000, 2_500_000))
    with pytest.raises(InputError, match=r"needs 3\.00 MB, but the disk of .* has 2\.50 MB free"):
        get("thing", tmp_path)
    (tmp_path / "thing" / "file.bin.part").write_bytes(BODY[:1_000_000])
    get("thing", tmp_path)  # the missing two megabytes fit


@pytest.mark.slow
def test_a_disk_that_fills_up_keeps_what_has_come(tmp_path, server, source):
    """The limit on the size of a file stands in for the disk."""
    program = f"""
import resource, sys
from pathlib import Path
from captioning.data.transfer import ResumingDownloader
from captioning.errors import InputError
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
try:
    ResumingDownloader(Path(sys.argv[1]))({server.url + "/file.bin"!r}, sys.argv[1], None)
except InputError as error:
    print(error)
"""
    path = tmp_path / "thing" / "file.bin"
    path.parent.mkdir()
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "the disk is full. The 2.00 MB that have come are kept" in run.stdout
    get("thing", tmp_path)
    assert server.requests[-1][0] == "bytes=2000000-"
    assert path.read_bytes() == BODY


def test_a_source_that_is_not_an_address(tmp_path, source):
    with pytest.raises(InputError, match="the source 'mirror' is not an address"):
        get("thing", tmp_path, "mirror")


# Archives


def test_an_archive_is_unpacked_without_its_top_folder(tmp_path, server, archive):
    assert get("thing", tmp_path) == [tmp_path / "thing" / "pack"]
    assert (tmp_path / "thing" / "pack" / "a.txt").read_bytes() == b"one"
    assert leftovers(tmp_path / "thing") == ["pack", "pack.zip", "pack.zip.sha256"]
    assert status("thing", tmp_path) == ("ready", [])


def test_an_archive_without_top_folder_gets_one(tmp_path, server, archive):
    server.files["pack.zip"] = make_zip({"a.txt": b"one", "b.txt": b"two"})
    (folder,) = get("thing", tmp_path)
    assert leftovers(folder) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("place", ["", "pack/", "data/pack/", "a/b/c/"], ids=["none", "one", "two", "three"])
@pytest.mark.parametrize("beside", [[], [".DS_Store", "README.txt"]], ids=["alone", "with notes"])
def test_what_an_archive_must_hold_may_be_further_down(tmp_path, server, monkeypatch, place, beside):
    source = Source(f"{server.url}/pack.zip", holds=("a.txt", "*.csv"))
    monkeypatch.setitem(DOWNLOADS, "thing", Download("a thing", (source,)))
    files = dict.fromkeys([*beside, f"{place}a.txt", f"{place}b.csv", f"{place}more/c.txt"], b"")
    server.files["pack.zip"] = make_zip(files)
    (folder,) = get("thing", tmp_path)
    assert {"a.txt", "b.csv", "more"} <= set(leftovers(folder))
    shutil.rmtree(folder)
    (tmp_path / "thing" / "pack.zip").write_bytes(make_zip({n.replace("/", "\\"): b"" for n in files}))
    (tmp_path / "thing" / "pack.zip.sha256").unlink()
    get("thing", tmp_path)
    assert {"a.txt", "b.csv", "more"} <= set(leftovers(folder))
    assert status("thing", tmp_path) == ("ready", [])


def test_an_archive_is_not_needed_once_unpacked(tmp_path, server, archive):
    get("thing", tmp_path)
    (tmp_path / "thing" / "pack.zip").unlink()
    get("thing", tmp_path)
    assert len(server.requests) == 1


def test_nothing_in_an_archive_gets_out_of_its_folder(tmp_path, server, archive):
    server.files["pack.zip"] = make_zip(
        {"pack/../../../evil.txt": b"", "/tmp/evil.txt": b"", "pack/a.txt": b""}
    )
    get("thing", tmp_path)
    assert all("pack" in path.parts for path in tmp_path.rglob("*.txt"))


def test_an_archive_whose_checksum_nobody_published_is_recorded(tmp_path, server, archive):
    get("thing", tmp_path)
    folder = tmp_path / "thing"
    expected = hashlib.sha256(server.files["pack.zip"]).hexdigest()
    assert (folder / "pack.zip.sha256").read_text() == f"{expected}  pack.zip\n"
    shutil.rmtree(folder / "pack")
    (folder / "pack.zip").unlink()
    server.files["pack.zip"] = make_zip({"pack/a.txt": b"something else"})
    with pytest.raises(InputError, match=r"is not the one of its first download.*delete .*pack\.zip\.sha256"):
        get("thing", tmp_path)
    assert leftovers(folder) == ["pack.zip.sha256"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"no checksum\n"])
def test_a_record_that_is_none(tmp_path, server, archive, content):
    record = tmp_path / "thing" / "pack.zip.sha256"
    record.parent.mkdir()
    record.write_bytes(content)
    with pytest.raises(InputError, match=r"pack\.zip\.sha256 holds no checksum\. Delete it"):
        get("thing", tmp_path)
    record.unlink()
    get("thing", tmp_path)


def test_a_folder_that_lacks_something_is_not_taken_for_the_unpacked_one(tmp_path, server, monkeypatch):
    source = Source(f"{server.url}/pack.zip", holds=("a.txt", "*.csv"))
    monkeypatch.setitem(DOWNLOADS, "thing", Download("a thing", (source,)))
    server.files["pack.zip"] = make_zip({"pack/a.txt": b"", "pack/b.csv": b""})
    folder = tmp_path / "thing" / "pack"
    folder.mkdir(parents=True)
    (folder / "a.txt").touch()
    assert status("thing", tmp_path) == ("incomplete", ["pack without *.csv"])
    with pytest.raises(InputError, match=r"pack is there, and \*\.csv is missing in it.*delete the folder"):
        get("thing", tmp_path)
    shutil.rmtree(folder)
    get("thing", tmp_path)
    assert status("thing", tmp_path) == ("ready", [])


@pytest.mark.parametrize("damage", [lambda z: z[: len(z) // 2], lambda z: z[:40] + b"\xff\xff" + z[42:]])
def test_an_archive_that_is_damaged_leaves_nothing_half_unpacked(tmp_path, server, archive, damage):
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "pack.zip").write_bytes(damage(server.files["pack.zip"]))
    with pytest.raises(InputError, match=r"pack\.zip is not a whole ZIP archive"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == ["pack.zip"]


def packed(**options):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", **options) as file:
        file.writestr("pack/a.txt", b"one" * 1000)
    return bytearray(content.getvalue())


def damaged(method):
    content = packed(compression=method)
    content[50:60] = bytes(10)
    return content


def encrypted():
    content = packed()
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1  # the flag, so that a password is asked for
    return content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (encrypted(), "is not a whole ZIP archive .*(encrypted|password)"),
        (damaged(zipfile.ZIP_BZIP2), "is not a whole ZIP archive"),
        (damaged(zipfile.ZIP_LZMA), "is not a whole ZIP archive"),
        (packed()[20:], "is not a whole ZIP archive"),
        (b"<!DOCTYPE html><title>Sign in</title>", "is a web page"),
        (b"\x1f\x8b\x08" + bytes(9), r"is a gzip archive\."),
        (bytes(257) + b"ustar", r"is a tar archive\."),
        (make_zip({}), r"is an archive of something else: \* is missing"),
        (make_zip({"__MACOSX/a": b""}), r"is an archive of something else: \* is missing"),
    ],
)
def test_what_is_wrong_with_an_archive_can_be_mended_by_its_sentence(
    content, sentence, tmp_path, server, archive
):
    good = server.files["pack.zip"]
    server.files["pack.zip"] = bytes(content)
    with pytest.raises(
        InputError, match=rf"pack\.zip {sentence}.* Delete it, and run the same command again"
    ):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == ["pack.zip"]
    (tmp_path / "thing" / "pack.zip").unlink()
    server.files["pack.zip"] = good
    (folder,) = get("thing", tmp_path)
    assert leftovers(folder) == ["a.txt", "b"]


def test_unpacking_starts_anew_after_it_was_killed(tmp_path, server, archive):
    (tmp_path / "thing" / ".pack.unpacking").mkdir(parents=True)
    (tmp_path / "thing" / ".pack.unpacking" / "half").touch()
    (folder,) = get("thing", tmp_path)
    assert leftovers(folder) == ["a.txt", "b"]


def test_a_disk_too_small_to_unpack(tmp_path, server, archive, monkeypatch):
    monkeypatch.setattr(downloads, "require_space", functools.partial(refuse, errno.ENOSPC))
    with pytest.raises(InputError, match=r"cannot be unpacked: the disk is full\. The archive is kept"):
        get("thing", tmp_path)
    assert leftovers(tmp_path / "thing") == ["pack.zip"]


def refuse(number, *args):
    raise OSError(number, "no")


# The table of sources, and the commands


def test_every_source_has_an_address_and_a_possible_checksum():
    for download in DOWNLOADS.values():
        for source in download.sources:
            assert source.url.startswith(("http://", "https://"))
            assert source.hash is None or re.fullmatch("md5:[0-9a-f]{32}", source.hash)


@pytest.fixture
def coco_server(server, tmp_path_factory):
    """Serve a tiny ``coco_captioning.zip``."""
    folder = tmp_path_factory.mktemp("coco")
    write_captions_layout(
        folder,
        captions={
            "train": (np.array([[1, 4, 2]]), np.array([0])),
            "val": (np.array([[1, 4, 2]]), np.array([0])),
        },
        features={"train": np.ones((1, 4)), "val": np.ones((1, 4))},
        idx_to_word=["<NULL>", "<START>", "<END>", "<UNK>", "a"],
        urls={"train": ["one.jpg"], "val": ["two.jpg"]},
    )
    server.files["coco_captioning.zip"] = make_zip(
        {f"coco_captioning/{path.name}": path.read_bytes() for path in folder.iterdir()}
    )
    return server


def run(*args, **environment):
    return CliRunner(env=environment).invoke(data_command.command, list(map(str, args)))


def test_get_coco_gives_data_that_the_reader_reads(tmp_path, coco_server):
    result = run("get", "coco", "--folder", tmp_path, "--source", coco_server.url)
    assert result.exit_code == 0, result.output
    assert "train: 1 captions of 1 images" in result.stdout
    assert CaptionData(tmp_path / "coco" / "coco_captioning").splits == ("train", "val")


def test_the_source_and_the_folder_come_from_the_environment(tmp_path, coco_server):
    result = run("get", "coco", "--json", CAPTIONING_SOURCE=coco_server.url, CAPTIONING_HOME=str(tmp_path))
    assert json.loads(result.stdout) == {
        "name": "coco",
        "paths": [str(tmp_path / "coco" / "coco_captioning")],
    }


def test_get_coco_refuses_an_archive_of_something_else(tmp_path, server):
    server.files["coco_captioning.zip"] = make_zip({"coco_captioning/readme.txt": b"moved"})
    result = run("get", "coco", "--folder", tmp_path, "--source", server.url)
    assert isinstance(result.exception, InputError)
    assert "coco2014_vocab.json is missing" in str(result.exception)


def test_list_says_what_is_there(tmp_path, coco_server):
    run("get", "coco", "--folder", tmp_path, "--source", coco_server.url)
    (tmp_path / "vgg16").mkdir()
    (tmp_path / "vgg16" / "vgg16_weights_tf_dim_ordering_tf_kernels.h5.part").write_bytes(b"x" * 1000)
    result = run("list", "--folder", tmp_path, "--json")
    states = {row["name"]: row["state"] for row in json.loads(result.stdout)["data"]}
    assert states == {"coco": "ready", "flickr8k": "not here", "vgg16": "incomplete"}
    table = run("list", "--folder", tmp_path).stdout
    assert "1.00 kB of vgg16_weights_tf_dim_ordering_tf_kernels.h5" in table
