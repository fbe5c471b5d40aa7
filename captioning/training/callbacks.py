"""What is done beside learning: a bar about it, checkpoints, and an orderly end on Ctrl-C."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
from tqdm import tqdm

from captioning.training.checkpoint import Checkpoint, save_checkpoint

# The loop calls it after every step, and once more when an epoch and its validation are complete.
Callback = Callable[[Checkpoint], None]


@contextmanager
def bar(run: Checkpoint, n_captions: int) -> Iterator[Callback]:
    """Show a bar on stderr, and a line for each epoch that says when the last will end.

    Without a terminal there are only the lines.

    Args:
        run: before it is trained.
        n_captions: that there are to learn from.
    """
    epoch = run.epoch
    start, read_before = time.time(), run.config.captions_read(run.iteration, n_captions)
    total = run.config.captions_to_read(n_captions)

    def end() -> str:
        read = run.config.captions_read(run.iteration, n_captions)
        if not read_before < read < total:
            return ""
        seconds = (time.time() - start) / (read - read_before) * (total - read)
        form = "%H:%M" if seconds < 12 * 3600 else "%A, %H:%M"
        return f"; done at about {time.strftime(form, time.localtime(time.time() + seconds))}"

    def show(run: Checkpoint) -> None:
        nonlocal epoch
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
        if run.epoch > epoch or time.monotonic() > next_time:
            save()

    for half_written in path.parent.glob(f".{path.name}.*.part"):  # by a run that was killed
        half_written.unlink()
    save()
    try:
        yield save_now_and_then
    except KeyboardInterrupt:
        save()  # who presses Ctrl-C again ends this too: the last checkpoint stays as it was
        raise


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
        raise KeyboardInterrupt
