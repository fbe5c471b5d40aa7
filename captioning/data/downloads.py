"""Real data and weights that we may point to but not pass on: downloaded, checked, unpacked.

``datasets/registry.toml`` says where they are; the datasheets beside it, what they are and whose.
"""

import lzma
import re
import shutil
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pooch
from tqdm import tqdm

from captioning.data.transfer import NotDownloaded, ResumingDownloader, require_space, size_text
from captioning.errors import InputError
from captioning.files import DISK_FULL, atomic_write, shipped
from captioning.formats import BEGINNING_BYTES, format_of


@dataclass(frozen=True)
class Source:
    """A file on the web.

    Attributes:
        url: its address.
        size: bytes, where published; None where not.
        hash: checksum, where published, as pooch writes it (``"md5:..."``). Where not, the SHA-256 of the
            first download is kept beside the file, so that a later change is noticed.
        holds: of an archive, what must be in it, as patterns of names.
    """

    url: str
    size: int | None = None
    hash: str | None = None
    holds: Sequence[str] = ("*",)

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.url.rpartition("/")[2]

    @property
    def is_archive(self) -> bool:
        """Tell whether it is to be unpacked."""
        return self.name.endswith(".zip")

    def result(self, folder: Path) -> Path:
        """Return what is in ``folder`` in the end: the file, or the folder unpacked from the archive."""
        return folder / (self.name.removesuffix(".zip"))


@dataclass(frozen=True)
class Download:
    """Files that are of use together; ``about`` says what they are."""

    about: str
    sources: tuple[Source, ...]


def read_registry(path: Path) -> dict[str, Download]:
    """Return the downloads of a table such as ``datasets/registry.toml``, by name."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Download(entry["about"], tuple(Source(**source) for source in entry["files"]))
        for name, entry in table.items()
    }


DOWNLOADS = read_registry(shipped("registry.toml"))


def get(
    name: str, data_folder: Path, base_url: str | None = None, say: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Download, check and unpack what is not there yet.

    A file that is there already, because somebody downloaded it by hand, is checked and unpacked too.

    Args:
        name: a key of ``DOWNLOADS``.
        data_folder: the data go to the folder ``name`` in it.
        base_url: where to download the files from instead of their own servers.
        say: is given a line of text when something has been done.

    Returns:
        The files, and the folders of unpacked archives, in the order of the sources.

    Raises:
        InputError: no connection, no such file, a full disk, a file that is not what was published or
            that has changed since its first download.
    """
    if base_url and not base_url.startswith(("http://", "https://")):
        raise InputError(f"the source {base_url!r} is not an address: expected http://... or https://...")
    sources = DOWNLOADS[name].sources
    pooch.get_logger().setLevel("WARNING")  # `say` says it
    # Checksums are compared when the file is in its place: pooch would throw away a download whose check
    # is interrupted, and replace a file of the user's.
    store = pooch.create(
        data_folder / name,
        base_url or "",
        registry=dict.fromkeys(source.name for source in sources),
        urls={} if base_url else {source.name: source.url for source in sources},
    )
    results = []
    for number, source in enumerate(sources, start=1):
        try:
            results.append(_get(source, store, say))
        except NotDownloaded as error:
            raise InputError(f"{error}{_others_by_hand(sources[number:], store)}") from error
    return results


def status(name: str, data_folder: Path) -> tuple[str, list[str]]:
    """Say how much of a download is there.

    Returns:
        state: ``"ready"``, ``"incomplete"`` or ``"not here"``.
        notes: what is there of each source that is not ready, in words.
    """
    folder = data_folder / name
    sources = DOWNLOADS[name].sources
    waiting = [source for source in sources if not source.result(folder).exists() or _missing(source, folder)]
    notes = []
    for source in waiting:
        path = folder / source.name
        if source.result(folder).exists():
            notes.append(f"{source.result(folder).name} without {', '.join(_missing(source, folder))}")
        elif path.exists():
            notes.append(f"{source.name}, not unpacked yet")
        elif length := ResumingDownloader(path).length:
            notes.append(f"{size_text(length)} of {source.name}")
    if not waiting:
        return "ready", []
    return "incomplete" if notes or len(waiting) < len(sources) else "not here", notes


def _get(source: Source, store: pooch.Pooch, say: Callable[[str], None]) -> Path:
    path, result = store.abspath / source.name, source.result(store.abspath)
    if source.is_archive and result.exists():
        if missing := _missing(source, store.abspath):
            raise InputError(
                f"{result} is there, and {', '.join(missing)} is missing in it. If a folder inside of it "
                "has all, put what is there in its place; else delete the folder, and run the same "
                "command again to have it made."
            )
        say(f"{result} is there.")
        return result
    _recorded(path)  # before a gigabyte is fetched
    was_there = path.exists()
    store.fetch(source.name, downloader=ResumingDownloader(path, source.size))
    checked = ", its checksum is right" if source.hash else ""
    if was_there:
        _check(path, source, advice="Delete it, and run the same command again to download it.")
        say(f"{path} is there{checked}.")
    else:
        try:
            _check(path, source, "It was deleted; if the next attempt ends so too, the source has changed.")
        except InputError:
            path.unlink()
            raise
        say(f"{path} has been downloaded, {size_text(path.stat().st_size)}{checked}.")
    if source.is_archive:
        _unpack(path, result, source.holds)
        say(
            f"{result} has been unpacked. The archive {path.name} is no longer needed: delete it if you like."
        )
    if source.hash is None:
        # In the format of `sha256sum --check`.
        with atomic_write(_record_file(path)) as temporary:
            temporary.write_text(f"{pooch.file_hash(str(path), alg='sha256')}  {path.name}\n")
    return result


def _others_by_hand(sources: Sequence[Source], store: pooch.Pooch) -> str:
    """Say which other files are missing, so that they can be downloaded by hand all at once."""
    lines = [
        f"    {store.get_url(source.name)}\n    to {store.abspath / source.name}"
        for source in sources
        if not (store.abspath / source.name).exists() and not source.result(store.abspath).exists()
    ]
    return "\n".join(["\nBy hand you need this too:", *lines]) if lines else ""


def _check(path: Path, source: Source, advice: str) -> None:
    """Compare a file with what is known of it: size and checksum published, or its first download."""
    size = path.stat().st_size
    if source.size is not None and size != source.size:
        raise InputError(
            f"{path} has {size} bytes, expected {source.size}: it was cut off or changed. {advice}"
        )
    expected, origin, record = source.hash, "published", _record_file(path)
    if expected is None and (recorded := _recorded(path)):
        expected, origin = f"sha256:{recorded}", "of its first download"
        advice += f" If you trust the new file, delete {record}."
    if not pooch.hashes.hash_matches(str(path), expected):
        algorithm = pooch.hashes.hash_algorithm(expected)
        its_own = f"{algorithm}:{pooch.file_hash(str(path), algorithm)}"
        raise InputError(
            f"{path} was damaged or changed: its checksum {its_own} is not the one {origin}, {expected}. "
            f"{advice}"
        )


def _record_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _recorded(path: Path) -> str | None:
    """Return the SHA-256 of the first download of a file, None where there was none."""
    record = _record_file(path)
    if not record.exists():
        return None
    found = re.match(rb"([0-9a-f]{64})\s", record.read_bytes())
    if found is None:
        raise InputError(f"{record} holds no checksum. Delete it, and run the same command again.")
    return found[1].decode()


def _unpack(archive: Path, result: Path, holds: Sequence[str]) -> None:
    """Unpack an archive into the folder ``result``, whole or not at all.

    Where everything in the archive is in one folder, that folder becomes ``result``. It gets its name when
    what it must hold is in it.
    """
    again = "Delete it, and run the same command again to download it"
    unpacking = result.with_name(f".{result.name}.unpacking")
    shutil.rmtree(unpacking, ignore_errors=True)
    unpacking.mkdir()
    try:
        with zipfile.ZipFile(archive) as file:
            # What macOS adds to archives is of no use to anybody.
            members = [member for member in file.infolist() if not member.filename.startswith("__MACOSX/")]
            require_space(
                archive.parent, sum(member.file_size for member in members), f"Unpacking {archive.name}"
            )
            for member in members:
                # Some programs on Windows write folders so.
                member.filename = member.filename.replace("\\", "/")
            for member in tqdm(members, desc=f"Unpacking {archive.name}", leave=False, disable=None):
                file.extract(member, unpacking)
        unpacked, missing = _inner_folder(unpacking, holds)
        if missing:
            raise InputError(
                f"{archive} is an archive of something else: {', '.join(missing)} is missing. {again}, from "
                "another network, or from a mirror with --source: some networks answer with a page of theirs."
            )
        unpacked.rename(result)
    except InputError:
        raise
    except OSError as error:
        if error.errno in DISK_FULL:
            raise InputError(
                f"{archive} cannot be unpacked: the disk is full. The archive is kept; free some space and "
                "run the same command again."
            ) from error
        raise InputError(f"{archive} is not a whole ZIP archive ({error}). {again}.") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        with open(archive, "rb") as file:
            what = format_of(file.read(BEGINNING_BYTES))
        # What to do with it elsewhere ("unpack it first") is of no use here.
        what = what.partition(";")[0]
        reason = f"is {what}" if what and "ZIP" not in what else f"is not a whole ZIP archive ({error})"
        raise InputError(f"{archive} {reason}. {again}.") from error
    finally:
        shutil.rmtree(unpacking, ignore_errors=True)


def _inner_folder(folder: Path, holds: Sequence[str]) -> tuple[Path, list[str]]:
    """Return the outermost folder that holds what is looked for, and what is missing where none does.

    Who packs an archive anew may put folders around it, or a note beside it.
    """

    places = [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())]
    entries = list(folder.iterdir())
    if len(entries) == 1 and entries[0].is_dir():
        del places[0]  # all is in one folder
    whole = next((place for place in places if not _lacking(place, holds)), places[0])
    return whole, _lacking(whole, holds)


def _lacking(folder: Path, holds: Sequence[str]) -> list[str]:
    """Return those of some patterns of names that nothing in a folder has."""
    return [pattern for pattern in holds if next(folder.glob(pattern), None) is None]


def _missing(source: Source, folder: Path) -> list[str]:
    """Return what should be in the unpacked folder of a source, and is not."""
    return _lacking(source.result(folder), source.holds) if source.is_archive else []
