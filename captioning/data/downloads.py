"""Real data and weights that we may point to but not pass on: where they are, checked, unpacked.

`DATASHEET_COCO.md`, `DATASHEET_FLICKR8K.md` and `DATASHEET_VGG16.md` say what they are and whose.
"""

import shutil
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pooch
from tqdm import tqdm

from captioning.data.transfer import (
    DISK_FULL,
    NotDownloaded,
    discard_part,
    download,
    part_length,
    require_space,
    size_text,
)
from captioning.errors import InputError
from captioning.files import atomic_write


@dataclass(frozen=True)
class Source:
    """A file on the web.

    Attributes:
        url: its address.
        size: bytes, where published; None where not.
        md5: checksum, where published. Where not, the SHA-256 of the first download is kept beside the
            file, so that a later change is noticed.
    """

    url: str
    size: int | None = None
    md5: str | None = None

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


_KERAS = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1"
_FLICKR8K = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k"

# Where the checksums and sizes come from: of the weights, Keras's own source (applications/vgg16.py) and
# the logs of its downloads; of Flickr8k, the source of R's torchvision (flickr8k_caption_dataset). Of
# CS231n's archive we found neither a checksum nor an exact size.
DOWNLOADS = {
    "coco": Download(
        about="COCO 2014: VGG16 features of 123 287 photos, 596 089 captions, prepared by CS231n",
        sources=(Source("http://cs231n.stanford.edu/coco_captioning.zip"),),
    ),
    "flickr8k": Download(
        about="Flickr8k: some 8000 photos, five captions each",
        sources=(
            Source(f"{_FLICKR8K}/Flickr8k_text.zip", md5="bf6c1abcb8e4a833b7f922104de18627"),
            Source(f"{_FLICKR8K}/Flickr8k_Dataset.zip", md5="f18a1e2920de5bd84dae7cf08ec78978"),
        ),
    ),
    "vgg16": Download(
        about="VGG16 weights, trained on ImageNet, with and without the fully connected layers",
        sources=(
            Source(
                f"{_KERAS}/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
                size=553_467_096,
                md5="64373286793e3c8b2b4e3219cbf3544b",
            ),
            Source(
                f"{_KERAS}/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                size=58_889_256,
                md5="6d6bbae143d832006294945121d1f1fc",
            ),
        ),
    ),
}


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
    folder = data_folder / name
    results, sources = [], DOWNLOADS[name].sources
    for number, source in enumerate(sources, start=1):
        try:
            results.append(_get(source, folder, base_url, say))
        except NotDownloaded as error:
            raise InputError(f"{error}{_others_by_hand(sources[number:], folder, base_url)}") from error
    return results


def status(name: str, data_folder: Path) -> tuple[str, list[str]]:
    """Say how much of a download is there.

    Returns:
        state: ``"ready"``, ``"incomplete"`` or ``"not here"``.
        notes: what is there of each source that is not ready, in words.
    """
    folder = data_folder / name
    sources = DOWNLOADS[name].sources
    waiting = [source for source in sources if not source.result(folder).exists()]
    notes = []
    for source in waiting:
        if (folder / source.name).exists():
            notes.append(f"{source.name}, not unpacked yet")
        elif part_length(folder / source.name):
            notes.append(f"{size_text(part_length(folder / source.name))} of {source.name}")
    if not waiting:
        return "ready", []
    return "incomplete" if notes or len(waiting) < len(sources) else "not here", notes


def _get(source: Source, folder: Path, base_url: str | None, say: Callable[[str], None]) -> Path:
    path, result = folder / source.name, source.result(folder)
    if source.is_archive and result.exists():
        say(f"{result} is there.")
        return result
    if path.exists():
        _check(path, source, advice="Delete it, and run the same command again to download it.")
        say(f"{path} is there{_checked(source)}.")
    else:
        url = _address(source, base_url)
        if not url.startswith(("http://", "https://")):
            raise InputError(f"the source {base_url!r} is not an address: expected http://... or https://...")
        part = download(url, path, source.size)
        try:
            _check(
                part,
                source,
                advice="It was deleted; if the next attempt ends so too, the source has changed.",
            )
        except InputError:
            discard_part(path)
            raise
        part.replace(path)
        say(f"{path} has been downloaded, {size_text(path.stat().st_size)}{_checked(source)}.")
    if source.is_archive:
        _unpack(path, result)
        say(
            f"{result} has been unpacked. The archive {path.name} is no longer needed: delete it if you like."
        )
    if source.md5 is None:
        _record(path)
    return result


def _address(source: Source, base_url: str | None) -> str:
    return f"{base_url.rstrip('/')}/{source.name}" if base_url else source.url


def _others_by_hand(sources: Sequence[Source], folder: Path, base_url: str | None) -> str:
    """Say which other files are missing, so that a user who gets one by hand gets all of them at once."""
    missing = [
        source
        for source in sources
        if not (folder / source.name).exists() and not source.result(folder).exists()
    ]
    lines = [f"    {_address(source, base_url)}\n    to {folder / source.name}" for source in missing]
    return "\n".join(["\nBy hand you need this too:", *lines]) if missing else ""


def _check(path: Path, source: Source, advice: str) -> None:
    """Compare a file with what is known of it: size and checksum published, or its first download."""
    size = path.stat().st_size
    if source.size is not None and size != source.size:
        raise InputError(
            f"{path} has {size} bytes, expected {source.size}: it was cut off or changed. {advice}"
        )
    record = _record_file(path.with_name(source.name))
    if source.md5 is not None:
        algorithm, expected, origin = "md5", source.md5, "published"
    elif record.exists():
        algorithm, expected, origin = "sha256", record.read_text().split()[0], "of its first download"
        advice += f" If you trust the new file, delete {record}."
    else:
        return
    found = pooch.file_hash(str(path), alg=algorithm)
    if found != expected:
        raise InputError(
            f"{path} was damaged or changed: its checksum {algorithm}:{found} is not the one {origin}, "
            f"{algorithm}:{expected}. {advice}"
        )


def _checked(source: Source) -> str:
    return ", its checksum is right" if source.md5 else ""


def _record(path: Path) -> None:
    """Keep the SHA-256 of a file beside it, in the format of ``sha256sum --check``."""
    with atomic_write(_record_file(path)) as temporary:
        temporary.write_text(f"{pooch.file_hash(str(path), alg='sha256')}  {path.name}\n")


def _record_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _unpack(archive: Path, result: Path) -> None:
    """Unpack an archive into the folder ``result``, whole or not at all.

    Where everything in the archive is in one folder, that folder becomes ``result``.
    """
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
            for member in tqdm(members, desc=f"Unpacking {archive.name}", leave=False, disable=None):
                file.extract(member, unpacking)
        entries = list(unpacking.iterdir())
        (entries[0] if len(entries) == 1 and entries[0].is_dir() else unpacking).rename(result)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(
            f"{archive} is not a whole ZIP archive ({error}). Delete it, and run the same command again to "
            "download it."
        ) from error
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise InputError(
            f"{archive} cannot be unpacked: the disk is full. The archive is kept; free some space and "
            "run the same command again."
        ) from error
    finally:
        shutil.rmtree(unpacking, ignore_errors=True)
