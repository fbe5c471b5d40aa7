"""Damaged files: is each read as it was, refused in a sentence, or (never) something else?

And commands that are killed, or find the disk full: do they, begun again, end with the same bytes? And
servers that answer at random: does the right file come of it, or a sentence?

`make torture` tries thousands; the tests try a few of each kind. What happens is drawn from a seed,
and a file that ends badly is kept.
"""

import hashlib
import multiprocessing
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import click
import h5py
import numpy as np
from PIL import Image
from tabulate import tabulate
from tqdm import tqdm

from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.hdf5 import new_hdf5, seal
from captioning.layers import vgg16_init, vgg16_save
from captioning.photos.features import load_vgg16
from captioning.photos.images import open_photo
from captioning.photos.pca import PCA, read_pca, write_pca
from captioning.training.captioner import load_captioner, save_captioner
from captioning.training.checkpoint import load_checkpoint, save_checkpoint
from captioning.training.loop import train
from captioning.training.run import new_run
from tests.hostile_server import downloaded
from tests.tiny import CONFIG, write_tiny_data

# Of a download from a server that answers at random.
SERVED = {"right", "sentence"}
OUTCOMES = ("same", "sentence", "changed", "traceback", "crash", "hang")
SECONDS = 20
MEMORY_BYTES = 3 * 2**30


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: in the table.
        file: its place in the folder that ``write_files`` makes.
        read: reads it and returns all that comes of it, as bytes.
        may_change: whether damage to it can make it another file that is as good; nothing in it tells.
    """

    name: str
    file: str
    read: Callable[[Path], bytes]
    may_change: bool = False


def _arrays(arrays: dict[str, np.ndarray]) -> bytes:
    return b"".join(name.encode() + array.tobytes() for name, array in sorted(arrays.items()))


def _read_captioner(path: Path) -> bytes:
    captioner = load_captioner(path)
    rest = repr((captioner.cell, captioner.idx_to_word, captioner.encoder, captioner.standardization.scale))
    return _arrays(captioner.params) + captioner.standardization.mean.tobytes() + rest.encode()


def _read_checkpoint(path: Path) -> bytes:
    run = load_checkpoint(path)
    memory = repr({name: {**run.optimizer[name]} for name in sorted(run.optimizer)})
    with np.printoptions(threshold=sys.maxsize):
        return _arrays(run.params) + repr((run.config, run.history, run.captions_checksum, memory)).encode()


def _read_data(path: Path) -> bytes:
    data = CaptionData(path.parent)
    parts = [repr((data.idx_to_word, data.left_out))]
    for split in data.splits:
        features = data.features(split, np.arange(data.n_images(split)))
        parts += [repr((split, data.urls(split))), hashlib.sha256(features.tobytes()).hexdigest()]
        parts += [data.captions(split).tobytes().hex(), data.image_idxs(split).tobytes().hex()]
    return "".join(parts).encode()


def _read_weights(path: Path) -> bytes:
    return _arrays(load_vgg16(path))


def _read_pca(path: Path) -> bytes:
    return _arrays(read_pca(path)._asdict())


def _read_vectors(path: Path) -> bytes:
    said: list[str] = []
    config = replace(CONFIG, word_vectors=str(path))
    run = new_run(CaptionData(path.parent / "words"), config, say=said.append)
    return run.params["W_embed"].tobytes() + "".join(said).encode()


KINDS = (
    Kind("captioner", "captioner.h5", _read_captioner),
    Kind("checkpoint, to go on", "checkpoint.h5", _read_checkpoint),
    Kind("captions", "data/coco2014_captions.h5", _read_data),
    Kind("features", "data/val2014_vgg16_fc7_pca.h5", _read_data),
    Kind("VGG16", "vgg16.h5", _read_weights),
    Kind("PCA", "pca.h5", _read_pca),
    Kind("vocabulary", "data/coco2014_vocab.json", _read_data),
    Kind("PNG", "photo.png", lambda path: open_photo(path, 32).tobytes()),
    Kind("JPEG", "photo.jpg", lambda path: open_photo(path, 32).tobytes(), may_change=True),
    Kind("word vectors", "vectors.txt", _read_vectors, may_change=True),
    # Files without our checksum, as other programs write them: HDF5 has none for what it stores.
    Kind("captions of anybody's", "theirs/coco2014_captions.h5", _read_data, may_change=True),
    Kind("features of anybody's", "theirs/val2014_vgg16_fc7_pca.h5", _read_data, may_change=True),
    Kind("VGG16 of anybody's", "keras.h5", _read_weights, may_change=True),
    Kind("PCA of anybody's", "their_pca.h5", _read_pca, may_change=True),
)


def write_files(folder: Path) -> None:
    """Write a whole file of each kind."""
    for name in ("data", "theirs", "words"):
        write_tiny_data(folder / name, n_images=12)
    data = CaptionData(folder / "data")
    run = new_run(data, replace(CONFIG, epochs=1))
    train(run, data)
    save_captioner(run.captioner, folder / "captioner.h5")
    save_checkpoint(folder / "checkpoint.h5", run)
    rng = np.random.default_rng(0)
    params = vgg16_init(rng, width=1 / 32, image_size=32, fc_dim=8, n_classes=2)
    for name in ("vgg16.h5", "keras.h5"):
        vgg16_save(folder / name, params)
    seal(folder / "vgg16.h5")
    pca = PCA(rng.standard_normal(20).astype(np.float32), rng.standard_normal((20, 4)).astype(np.float32))
    with new_hdf5(folder / "pca.h5") as file:
        write_pca(file, pca)
    for path in [*(folder / "theirs").glob("*.h5"), folder / "pca.h5"]:
        copy = folder / "their_pca.h5" if path.name == "pca.h5" else path.with_suffix(".new")
        with h5py.File(path) as ours, h5py.File(copy, "w") as theirs:
            for name in ours:
                ours.copy(name, theirs)
        if copy.suffix == ".new":
            copy.replace(path)
    pixels = rng.integers(0, 255, (5, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((60, 50), Image.Resampling.BICUBIC)
    picture.save(folder / "photo.png")
    picture.save(folder / "photo.jpg")
    vectors = rng.standard_normal((len(data.idx_to_word), CONFIG.wordvec_dim)).round(4)
    lines = [
        " ".join([word, *map(str, row)]) for word, row in zip(data.idx_to_word[4:], vectors, strict=False)
    ]
    (folder / "vectors.txt").write_text("\n".join(lines) + "\n")


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a content damaged in one to three places, as disks, networks and editors do."""
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(content) + 1))
        length = int(rng.integers(1, max(2, min(len(content) // 4, 4096))))
        middle = content[start : start + length]
        match rng.integers(8):
            case 0 | 1:  # a bit
                place = min(start, len(content) - 1)
                flipped = content[place] ^ (1 << int(rng.integers(8))) if content else 0
                content = content[:place] + bytes([flipped]) + content[place + 1 :]
            case 2:  # a byte
                content = content[:start] + rng.bytes(1) + content[start + 1 :]
            case 3:  # a block that was never written
                content = content[:start] + bytes(len(middle)) + content[start + length :]
            case 4:
                content = content[:start] + rng.bytes(len(middle)) + content[start + length :]
            case 5:  # lost, or twice there
                content = content[:start] + content[start + length :]
            case 6:
                content = content[:start] + middle + middle + content[start + length :]
            case 7:
                content = content[:start]
        content = content or b"\0"
    return content


def _work(pipe: Connection, folder: Path) -> None:
    """Read what is asked for, until nothing is; in a process of its own, which may hang or crash."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except ImportError:
        pass
    kinds = {kind.name: kind for kind in KINDS}
    while name := pipe.recv():
        kind = kinds[name]
        try:
            pipe.send((hashlib.sha256(kind.read(folder / kind.file)).hexdigest(), ""))
        except InputError as error:
            pipe.send(("sentence", str(error)))
        except BaseException:  # noqa: BLE001  (it is what we are looking for)
            pipe.send(("traceback", traceback.format_exc()))


class Reader:
    """A process that reads files; another takes its place when it hangs or crashes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, self.folder), daemon=True)
        self._process.start()
        other.close()

    def read(self, kind: Kind) -> tuple[str, str]:
        """Return the digest of what was read, or one of the bad ``OUTCOMES``; and the words that came."""
        self._pipe.send(kind.name)
        try:
            if self._pipe.poll(SECONDS):
                said: tuple[str, str] = self._pipe.recv()
                return said
            outcome = "hang"
        except EOFError:
            outcome = "crash"
        self.close()
        self._start()
        return outcome, ""

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def torture(n_files: int, seed: int, folder: Path, kept: Path) -> Iterator[tuple[Kind, str, str]]:
    """Damage so many files, of each kind in turn, and yield what came of each: kind, outcome, words.

    Args:
        n_files: how many.
        seed: of the damage.
        folder: for the files.
        kept: for those that end in a traceback, a crash or a hang, or are read as something else.
    """
    write_files(folder)
    whole = {kind: (folder / kind.file).read_bytes() for kind in KINDS}
    reader = Reader(folder)
    right = {kind: reader.read(kind)[0] for kind in KINDS}
    if bad := [kind.name for kind in KINDS if right[kind] in OUTCOMES]:
        raise RuntimeError(f"whole files cannot be read: {bad}")
    for n in range(n_files):
        kind = KINDS[n % len(KINDS)]
        content = damage(whole[kind], np.random.default_rng([seed, n]))
        (folder / kind.file).write_bytes(content)
        outcome, words = reader.read(kind)
        (folder / kind.file).write_bytes(whole[kind])
        if outcome not in OUTCOMES:
            outcome = "same" if outcome == right[kind] else "changed"
        if outcome in {"traceback", "crash", "hang"} or (outcome == "changed" and not kind.may_change):
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"{n}-{outcome}-{Path(kind.file).name}").write_bytes(content)
            (kept / f"{n}-{outcome}.txt").write_text(words)
        yield kind, outcome, words
    reader.close()


def is_bad(kind: Kind, outcome: str) -> bool:
    """Tell whether this must not come of a damaged file."""
    return outcome in {"traceback", "crash", "hang"} or (outcome == "changed" and not kind.may_change)


class Jobs:
    """Two commands that take seconds, train and features, and what they write when nobody disturbs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_files(folder)
        photos = folder / "photos"
        photos.mkdir()
        rng = np.random.default_rng(0)
        for n in range(40):
            Image.fromarray(rng.integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(photos / f"{n}.png")
        small = ["--hidden-dim", "16", "--wordvec-dim", "8", "--batch-size", "4", "--epochs", "30"]
        train = ["train", "--data", folder / "data", *small, "--resume", "--save-every", "0"]
        features = ["features", photos, "--weights", folder / "vgg16.h5", "--batch-size", "1"]
        self._jobs = {"train": (train, "checkpoint.h5"), "features": (features, "features.h5")}
        self.names = tuple(self._jobs)
        self.whole: dict[str, bytes] = {}
        self.seconds: dict[str, float] = {}
        for name in self.names:
            begin = time.monotonic()
            process, said = self.run(name, folder / f"{name}-whole")
            self.seconds[name] = time.monotonic() - begin
            if process.returncode:
                raise RuntimeError(f"{name} does not end undisturbed: {said}")
            self.whole[name] = self.result(name, folder / f"{name}-whole").read_bytes()

    def result(self, name: str, out: Path) -> Path:
        """Return the path of what a command writes into a folder."""
        return out / self._jobs[name][1]

    def start(self, name: str, out: Path, largest: int | None = None) -> subprocess.Popen[str]:
        """Start a command; where `largest` is given, no file can grow beyond so many bytes."""
        arguments, _ = self._jobs[name]
        to = out if name == "train" else self.result(name, out)
        program = "from captioning.cli import main; main()"
        if largest is not None:
            limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({largest}, {largest}))"
            program = f"import resource; {limit}; {program}"
        command = [sys.executable, "-c", program, *arguments, "--out", to]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, name: str, out: Path, largest: int | None = None) -> tuple[subprocess.Popen[str], str]:
        process = self.start(name, out, largest)
        return process, process.communicate()[0]

    def ended(self, name: str, out: Path) -> str:
        """Let a command end undisturbed; return "same", or how its result is another one."""
        process, said = self.run(name, out)
        path = self.result(name, out)
        same = process.returncode == 0 and path.read_bytes() == self.whole[name]
        return "same" if same else f"another result: {said}"


def kills(n_kills: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Kill commands so often, at random moments, and yield for each its name and what came of it in the end.

    A command is killed three times in a row, and then left to end; its result is compared with that of one
    which nobody disturbed.
    """
    jobs, rng = Jobs(folder), np.random.default_rng(seed)
    for n in range(-(-n_kills // 3)):
        name = jobs.names[n % len(jobs.names)]
        out = folder / f"{name}-{n}"
        for _ in range(3):
            process = jobs.start(name, out)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=rng.uniform(0, jobs.seconds[name]))
            process.kill()
            process.communicate()
        yield name, jobs.ended(name, out)


def full_disks(n_disks: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Let the disk be full for commands, after a random number of bytes, and yield what came of each.

    It is to end with a sentence; begun again when there is space, with the result of one undisturbed.
    """
    jobs, rng = Jobs(folder), np.random.default_rng(seed)
    for n in range(n_disks):
        name = jobs.names[n % len(jobs.names)]
        out = folder / f"{name}-{n}"
        process, said = jobs.run(name, out, largest=int(rng.integers(len(jobs.whole[name]))))
        if process.returncode != 1 or "Traceback" in said or "the disk is full" not in said:
            yield name, f"exit code {process.returncode}: {said}"
        else:
            yield name, jobs.ended(name, out)


def hostile_servers(n_servers: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Download from so many servers that answer at random, every other time a file with a published checksum.

    Yields what came of each, as ``tests.hostile_server.downloaded`` says it.
    """
    for n in range(n_servers):
        own = folder / str(n)
        yield downloaded(seed + n, own, known=n % 2 == 0)


@click.command()
@click.option("--files", "n_files", type=click.IntRange(1), default=3000, show_default=True)
@click.option("--kills", "n_kills", type=click.IntRange(0), default=60, show_default=True)
@click.option("--disks", "n_disks", type=click.IntRange(0), default=20, show_default=True)
@click.option("--servers", "n_servers", type=click.IntRange(0), default=2000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), default=Path("torture"), show_default=True)
def main(n_files: int, n_kills: int, n_disks: int, n_servers: int, seed: int, keep: Path) -> None:
    """Damage files, kill commands, fill the disk, download from hostile servers; count what comes of it."""
    counts: dict[Kind, Counter[str]] = {kind: Counter() for kind in KINDS}
    n_bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, outcome, _ in tqdm(torture(n_files, seed, Path(folder), keep), total=n_files, disable=None):
            counts[kind][outcome] += 1
            n_bad += is_bad(kind, outcome)
    rows = [[kind.name, *(counts[kind][outcome] for outcome in OUTCOMES)] for kind in KINDS]
    total = sum(counts.values(), Counter())
    rows.append(["all", *(total[outcome] for outcome in OUTCOMES)])
    click.echo(tabulate(rows, headers=["", *OUTCOMES], tablefmt="pipe"))
    bad = []
    for make, count, good, words in (
        (kills, n_kills, {"same"}, "commands, each killed three times, ended with the same bytes"),
        (
            full_disks,
            n_disks,
            {"same"},
            "full disks led to a sentence, and later to the same bytes",
        ),
        (hostile_servers, n_servers, SERVED, "hostile servers led to the right file, or to a sentence"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            ended = list(tqdm(make(count, seed, Path(folder)), disable=None))
        wrong = [pair for pair in ended if not good & set(pair)]
        click.echo(f"{len(ended) - len(wrong)} of {len(ended)} {words}.")
        bad += wrong
    for pair in bad:
        click.echo(": ".join(pair))
    if n_bad or bad:
        raise SystemExit(f"{n_bad} files ended badly, they are in {keep}; {len(bad)} others did.")


if __name__ == "__main__":
    main()
