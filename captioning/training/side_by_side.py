"""Train several captioners at once, each by a `captioning train` of its own and on one thread.

The networks of the course are small: the matrix products of two runs on two cores take less time than
those of one run after the other on two threads. And one thread always sums in the same order, so that
a run ends with the same parameters however many cores there are.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from captioning.data.coco_layout import CaptionData
from captioning.errors import InputError
from captioning.files import write_text
from captioning.training.callbacks import Callback, recent_loss
from captioning.training.checkpoint import Checkpoint, load_checkpoint
from captioning.training.config import TrainingConfig
from captioning.training.examples import open_data
from captioning.training.run import is_run_of, train_run

SECONDS_FILE = "seconds.json"
# In seconds: between two reports; and what a process is given to end before it is asked again.
REPORT_EVERY, GRACE = 0.2, 3.0
# The exit codes of a process that Ctrl-C has stopped.
INTERRUPTED = {130, -signal.SIGINT}
# The command line; -P keeps a student's files from standing before the modules of Python.
COMMAND = [sys.executable, "-P", "-c", "from captioning.cli import main; main()"]


@dataclass(eq=False)
class Job:
    """A run to train.

    Attributes:
        data_folder: what it learns from.
        config: how.
        checkpoint: the file that it is kept in.
    """

    data_folder: Path
    config: TrainingConfig
    checkpoint: Path

    @cached_property
    def data(self) -> CaptionData:
        """What it learns from, opened."""
        return open_data(self.data_folder, self.config)

    @cached_property
    def run(self) -> Checkpoint | None:
        """The run if it has been begun with this configuration and these data, else None.

        It is read once, and once more when it has been trained.

        Raises:
            InputError: the data or the checkpoint cannot be read.
        """
        if not self.checkpoint.exists():
            return None
        run = load_checkpoint(self.checkpoint)
        return run if is_run_of(run, self.data, self.config) else None

    @property
    def finished(self) -> bool:
        return self.run is not None and self.run.epoch == self.config.epochs

    def seconds(self) -> float:
        """Return how long this run has been trained, all sittings together."""
        return _seconds(self.checkpoint)


def train_side_by_side(
    jobs: Sequence[Job], *, at_once: int, then: Callable[[Job], object] | None = None
) -> None:
    """Train runs until all are finished, going on from their checkpoints.

    On Ctrl-C every run writes its checkpoint before ``KeyboardInterrupt`` goes on its way.

    Args:
        jobs: the longest first, so that no core idles at the end. Their cells differ.
        at_once: how many to train at the same time.
        then: what is done with each run once it is finished, in this process and on one thread.

    Raises:
        InputError: a run cannot be trained; the others have written their checkpoints.
    """
    processes: list[subprocess.Popen[str]] = []

    def train(job: Job) -> None:
        _train_and_show(job, processes)
        if then is not None:
            then(job)

    with threadpool_limits(1), ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(train, job) for job in jobs]
        try:
            for done in as_completed(futures):
                done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # Python loses an interrupt that comes while it tidies up after a weak reference, so ask again.
            while running := [future for future in futures if not future.done()]:
                for process in processes:
                    if process.poll() is None:
                        process.send_signal(signal.SIGINT)
                wait(running, timeout=GRACE)
            raise


def _train_and_show(job: Job, processes: list[subprocess.Popen[str]]) -> None:
    """Train a run in a process of its own, which is added to the others; show how far it has come."""
    if job.run is None:
        job.checkpoint.unlink(missing_ok=True)  # of other settings or data
    command = [*COMMAND, "train", "--data", str(job.data_folder), "--out", str(job.checkpoint.parent)]
    command += ["--resume", "--beside-others", *job.config.arguments()]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as messages,
        tqdm(desc=job.config.cell, unit=" captions", leave=False, disable=None) as bar,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
            start_new_session=True,  # a terminal's Ctrl-C comes to us alone, and we pass it on
        ) as process,
    ):
        processes.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            _show(bar, **json.loads(line))
        code = process.wait()
        messages.seek(0)
        _require_success(job, code, messages.read())
    tqdm.write(f"  {job.config.cell}: trained in {job.seconds():.0f} s", file=sys.stderr)
    vars(job).pop("run")  # to be read again


def _show(bar: tqdm, read: int, total: int, loss: float) -> None:
    bar.total = total
    if bar.n == 0:
        # What an earlier sitting read says nothing about the speed of this one.
        bar.initial = read
    bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
    bar.update(read - bar.n)


def _require_success(job: Job, code: int, messages: str) -> None:
    if code in INTERRUPTED:
        raise KeyboardInterrupt
    if code == 1 and "Error: " in messages:
        raise InputError(messages.rpartition("Error: ")[2].strip())
    if code:
        raise InputError(
            f"the training of the {job.config.cell} ended with exit code {code}. If it was killed, there may "
            "be too little memory. The same command goes on from its last checkpoint."
        )


def train_beside_others(run: Checkpoint, data: CaptionData, path: Path, save_every: float) -> None:
    """Train a run on one thread, and report to the program that asked for it; see ``train_run``.

    It is what `captioning train` does for ``train_side_by_side``. The seconds that it took are kept beside
    the checkpoint.
    """
    # A shell that runs the demo in the background lets it, and what it starts, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = _seconds(path) if run.iteration else 0.0
    start = time.monotonic()
    try:
        with threadpool_limits(1):
            train_run(run, data, path, save_every=save_every, progress=lines)
    finally:
        write_text(path.with_name(SECONDS_FILE), json.dumps(before + time.monotonic() - start))


@contextmanager
def lines(run: Checkpoint, n_captions: int) -> Iterator[Callback]:
    """Print lines of JSON: ``read`` and ``total`` captions in all epochs, and ``loss``, of late."""
    next_time = 0.0

    def tell(run: Checkpoint) -> None:
        nonlocal next_time
        if time.monotonic() < next_time:
            return
        next_time = time.monotonic() + REPORT_EVERY
        read, total = (
            run.config.captions_read(run.iteration, n_captions),
            run.config.captions_to_read(n_captions),
        )
        try:
            print(json.dumps({"read": read, "total": total, "loss": recent_loss(run)}), flush=True)
        except BrokenPipeError as error:
            # The program that listened was killed: have the checkpoint written, and end.
            raise KeyboardInterrupt from error

    yield tell


def _seconds(checkpoint: Path) -> float:
    path = checkpoint.with_name(SECONDS_FILE)
    return float(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else 0.0
