"""What is done beside learning: a bar about it, checkpoints, and an orderly end on Ctrl-C."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from tqdm import tqdm

from captioning.training.checkpoint import Checkpoint, save_checkpoint

# The loop calls it after every step, and once more when an epoch and its validation are complete.
Callback = Callable[[Checkpoint], None]
# A step that writes a checkpoint takes longer than others, but not by this.
LONGEST_STEP = 100.0


@contextmanager
def bar(run: Checkpoint, n_captions: int) -> Iterator[Callback]:
    """Show a bar on stderr, and a line for each epoch that says when the last will end.

    Without a terminal there are only the lines.

    Args:
        run: before it is trained.
        n_captions: that there are to learn from.
    """
    epoch, last = run.epoch, time.monotonic()
    read_before = run.config.captions_read(run.iteration, n_captions)
    total = run.config.captions_to_read(n_captions)
    steps: list[float] = []
    validations: list[float] = []

    def end() -> str:
        if not steps or run.epoch >= run.config.epochs:
            return ""
        steps_left = run.config.epochs * run.config.minibatches_per_epoch(n_captions) - run.iteration
        seconds = seconds_left(steps, steps_left, validations, run.config.epochs - run.epoch)
        form = "%H:%M" if seconds < 12 * 3600 else "%A, %H:%M"
        return f"; done at about {time.strftime(form, time.localtime(time.time() + seconds))}"

    def show(run: Checkpoint) -> None:
        nonlocal epoch, last
        now = time.monotonic()
        (steps if run.epoch == epoch else validations).append(now - last)
        last = now
        shown.set_postfix(loss=f"{recent_loss(run):.2f}", refresh=False)
        shown.update(run.config.captions_read(run.iteration, n_captions) - shown.n)
        if run.epoch > epoch:
            epoch = run.epoch
            shown.write(epoch_line(run) + end(), file=sys.stderr)

    with tqdm(
        total=total,
        initial=read_before,
        desc=run.config.cell,
        unit=" captions",
        leave=False,
        disable=None,
    ) as shown:
        yield show


def seconds_left(
    steps: Sequence[float], steps_left: int, validations: Sequence[float], validations_left: int
) -> float:
    """Return how long a run will take from here on, as long as the machine is awake.

    A laptop that was closed, or a process that was stopped for a while, makes a step of hours: it counts as
    ``LONGEST_STEP`` usual ones.

    Args:
        steps: seconds that each step took so far, checkpoints included; at least one.
        steps_left: how many there are to come.
        validations: seconds of each validation so far; the shortest counts.
        validations_left: how many there are to come.
    """
    usual = float(np.median(steps))
    return float(
        np.minimum(steps, LONGEST_STEP * usual).mean() * steps_left
        + min(validations, default=0.0) * validations_left
    )


@contextmanager
def saving(run: Checkpoint, path: Path, every: float) -> Iterator[Callback]:
    """Write the checkpoint: at the start, after every epoch, every so many seconds, and on Ctrl-C.

    Raises:
        InputError: it cannot be written, or is worthless since parameters are not finite.
    """
    epoch, next_time = run.epoch, 0.0

    def save() -> None:
        nonlocal epoch, next_time
        run.require_finite(all(np.isfinite(value).all() for value in run.params.values()))
        save_checkpoint(path, run)
        epoch, next_time = run.epoch, time.monotonic() + every

    def save_now_and_then(run: Checkpoint) -> None:
        if presses:
            raise KeyboardInterrupt
        if run.epoch > epoch or time.monotonic() > next_time:
            save()

    for half_written in path.parent.glob(f".{path.name}.*.part"):  # by a run that was killed
        half_written.unlink()
    with _caught_where_nothing_can_be_raised() as presses:
        save()
        try:
            yield save_now_and_then
        except KeyboardInterrupt:
            save()
            raise


@contextmanager
def _caught_where_nothing_can_be_raised() -> Iterator[list[type[BaseException]]]:
    """Collect what Ctrl-C raises while Python tidies objects up: it would print a traceback, and go on.

    HDF5's objects are tidied up at each checkpoint.
    """
    presses: list[type[BaseException]] = []
    previous = sys.unraisablehook

    def collect(problem: Any) -> None:
        if issubclass(problem.exc_type, KeyboardInterrupt):
            presses.append(problem.exc_type)
        else:
            previous(problem)

    sys.unraisablehook = collect
    try:
        yield presses
    finally:
        sys.unraisablehook = previous


def recent_loss(run: Checkpoint) -> float:
    """Return the mean training loss of the last minibatches."""
    return float(np.mean(run.history.minibatch_loss[-100:]))


def epoch_line(run: Checkpoint) -> str:
    """Describe the last complete epoch in a line."""
    history = run.history
    best = "  (best so far)" if run.best_epoch == run.epoch else ""
    return (
        f"epoch {run.epoch} of {run.config.epochs}: training loss {history.train_loss[-1]:.2f}, validation "
        f"loss {history.val_loss[-1]:.2f}, perplexity {history.val_perplexity[-1]:.2f}{best}"
    )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done, so that what it changes is changed as a whole."""
    if threading.current_thread() is not threading.main_thread():
        # Python delivers Ctrl-C to the main thread only.
        yield
        return
    pressed = False

    def wait(signum: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True

    previous = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if pressed:
        signal.raise_signal(signal.SIGINT)  # late, to the handler that it was meant for


@contextmanager
def ended_by_the_second_press(farewell: str) -> Iterator[None]:
    """Let the first Ctrl-C raise ``KeyboardInterrupt``, and the next end the process at once, with code 130.

    No exception: what runs on its way, HDF5's tidying up above all, would be interrupted in its turn. A file
    that is being written then stays as it was, see ``atomic_write``. For a process that does nothing else.

    Args:
        farewell: what is said then.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # a shell that runs it in the background has Ctrl-C ignored
        return
    pressed = False

    def press(signum: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            os.write(sys.stderr.fileno(), farewell.encode())
            os._exit(130)
        pressed = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
