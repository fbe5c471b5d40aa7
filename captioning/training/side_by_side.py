"""Train several captioners at once, each in a process of its own and on one thread.

The networks of the course are small: the matrix products of two runs on two cores take less time than
those of one run after the other on two threads. And one thread always sums in the same order, so that
a run ends with the same parameters however many cores there are.
"""

import _thread
import json
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from captioning.errors import InputError
from captioning.files import atomic_write
from captioning.photos.encoder import read_encoder
from captioning.training.checkpoint import Checkpoint, TrainingConfig, load_checkpoint
from captioning.training.loop import new_run, open_data, train, training_examples

SECONDS_FILE = "seconds.json"
# In seconds: between two reports; and what Ctrl-C gives the processes that got it too.
REPORT_EVERY, GRACE = 0.2, 3.0
# The exit code of a process that Ctrl-C has stopped.
INTERRUPTED = 130


@dataclass(frozen=True)
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

    def load(self) -> Checkpoint | None:
        """Return the run if it has been begun with this configuration and these data, else None.

        Raises:
            InputError: the data or the checkpoint cannot be read.
        """
        if not self.checkpoint.exists():
            return None
        run, fresh = load_checkpoint(self.checkpoint), self.begin()
        same = (
            run.config == fresh.config
            and run.idx_to_word == fresh.idx_to_word
            and run.captions_checksum == fresh.captions_checksum
            and run.standardization.mean.tobytes() == fresh.standardization.mean.tobytes()
        )
        return run if same else None

    def begin(self) -> Checkpoint:
        """Return the run before its first step."""
        data = open_data(self.data_folder, self.config)
        return new_run(data, self.config, read_encoder(self.data_folder))

    def finished(self) -> Checkpoint | None:
        """Return the run if it is finished, else None."""
        run = self.load()
        return run if run is not None and run.epoch == run.config.epochs else None

    def seconds(self) -> float:
        """Return how long this run has been trained, all sittings together."""
        path = self.checkpoint.with_name(SECONDS_FILE)
        return float(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else 0.0


@dataclass(frozen=True)
class Progress:
    """Where a run is: captions read and to be read in all its epochs, and its loss of late."""

    n_read: int
    n_total: int
    loss: float


def train_side_by_side(
    jobs: Sequence[Job], *, at_once: int, then: Callable[[Job], object] | None = None
) -> None:
    """Train runs until all are finished, going on from their checkpoints.

    On Ctrl-C every run writes its checkpoint before ``KeyboardInterrupt`` goes on its way.

    Args:
        jobs: the longest first, so that no core idles at the end. Their cells differ.
        at_once: how many to train at the same time.
        then: what is done with each run once it is finished, in the same process. It must be a function
            that can be pickled, and keep what it finds out itself.

    Raises:
        InputError: a run cannot be trained; the others have written their checkpoints.
    """
    waiting, running = list(jobs), dict[Connection, tuple[Job, BaseProcess, tqdm]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop(0)
                bar = tqdm(desc=job.config.cell, unit=" captions", leave=False, disable=None)
                connection, process = _start(job, then)
                running[connection] = job, process, bar
            for connection in _ready(list(running)):
                job, process, bar = running[connection]
                try:
                    _take(bar, connection.recv())
                except EOFError:
                    process.join()
                    bar.close()
                    del running[connection]
                    _require_success(job, process)
                    tqdm.write(f"  {job.config.cell}: trained in {job.seconds():.0f} s", file=sys.stderr)
    except KeyboardInterrupt:
        # A terminal sends Ctrl-C to all its processes; a second one would disturb those that are writing.
        deadline = time.monotonic() + GRACE
        for _, process, _ in running.values():
            process.join(max(0, deadline - time.monotonic()))
        raise
    finally:
        for _, process, bar in running.values():
            bar.close()
            _interrupt(process)


def _interrupt(process: BaseProcess) -> None:
    """Stop a process, as Ctrl-C does, and wait until it has ended.

    Python loses an interrupt that comes while it tidies up after a weak reference, so ask until it is heard.
    """
    while process.is_alive() and process.pid is not None:
        os.kill(process.pid, signal.SIGINT)
        process.join(GRACE)


def _ready(connections: list[Connection]) -> list[Connection]:
    """Wait until there is something to receive, or one has ended; return where."""
    ready = wait(connections)
    return [connection for connection in connections if connection in ready]


def _start(job: Job, then: Callable[[Job], object] | None) -> tuple[Connection, BaseProcess]:
    """Start a process that trains; return what it reports on, and the process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, then, sender))
    # What is ignored now is ignored by the process until it is ready for it.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, handler)
    # The other end is open in the process alone: when that ends, we are told.
    sender.close()
    return receiver, process


def _take(bar: tqdm, report: Progress | InputError) -> None:
    """Show the progress, or raise the error, that a process reports."""
    if isinstance(report, InputError):
        raise report
    bar.total = report.n_total
    if bar.n == 0:
        # What an earlier sitting read says nothing about the speed of this one.
        bar.initial = report.n_read
    bar.set_postfix(loss=f"{report.loss:.2f}", refresh=False)
    bar.update(report.n_read - bar.n)


def _require_success(job: Job, process: BaseProcess) -> None:
    if process.exitcode == INTERRUPTED:
        raise KeyboardInterrupt
    if process.exitcode:
        raise InputError(
            f"the training of the {job.config.cell} ended with exit code {process.exitcode}. If it was "
            "killed, there may be too little memory. The same command goes on from its last checkpoint."
        )


def _work(job: Job, then: Callable[[Job], object] | None, connection: Connection) -> None:
    """Train a run in a process of its own, and report on it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with threadpool_limits(1):
            run = job.load()
            before = 0.0 if run is None else job.seconds()
            run = run or job.begin()
            data = open_data(job.data_folder, run.config)
            n_captions = run.config.captions_per_epoch(len(training_examples(run, data)[0].captions))
            start = time.monotonic()
            try:
                with _reporting(run, n_captions, connection):
                    train(run, data, job.checkpoint, progress=False)
            finally:
                with atomic_write(job.checkpoint.with_name(SECONDS_FILE)) as path:
                    path.write_text(json.dumps(before + time.monotonic() - start), encoding="utf-8")
            if then is not None:
                then(job)
    except InputError as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        connection.send(error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@contextmanager
def _reporting(run: Checkpoint, n_captions: int, connection: Connection) -> Iterator[None]:
    """Report on a run again and again, from another thread, as long as the block lasts."""
    per_epoch = run.config.minibatches_per_epoch(n_captions)
    done = threading.Event()

    def report() -> None:
        pause = REPORT_EVERY
        while not done.wait(pause):
            epoch, step = divmod(run.iteration, per_epoch)
            n_read = epoch * n_captions + min(step * run.config.batch_size, n_captions)
            losses = run.history.minibatch_loss[-100:]
            loss = sum(losses) / len(losses) if losses else math.nan
            try:
                connection.send(Progress(n_read, run.config.epochs * n_captions, loss))
            except BrokenPipeError:
                # Whoever started us was killed: have the checkpoint written, and end. As in _interrupt.
                _thread.interrupt_main()
                pause = GRACE

    reporter = threading.Thread(target=report)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
