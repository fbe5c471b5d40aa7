"""Stopping a function that does not end.

In the main thread of Linux and macOS a signal interrupts it (``setitimer``). On Windows and in other
threads a watchdog plants an exception in its thread, which comes up between two steps of Python. So a loop is
stopped everywhere; a single call that never returns, such as ``time.sleep``, only where there are signals,
and a huge product of NumPy's nowhere: for that there is ``apart``. Time in which a busy machine has others
run does not count, where the system tells how much that was.
"""

import ctypes
import functools
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class OutOfTime(BaseException):
    """The time is up. No ``Exception``, so that no ``except Exception`` of the student's catches it.

    Attributes:
        frame: where it was, None where that is only in the traceback.
    """

    frame: FrameType | None = None


def starved(pid: int | str = "self") -> float:
    """Return for how many seconds a process was ready to run, and waited for a processor.

    Returns:
        0 where the system does not tell; Linux does.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """Call a function, and raise ``OutOfTime`` in it after so many seconds.

    No context manager: the exception could come up between its exit and the clean-up.
    """
    _hide_lost_ones()
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and hasattr(signal, "setitimer"):
        return _call_with_signal(seconds, function)
    return _call_with_watchdog(seconds, function)


@functools.cache
def _hide_lost_ones() -> None:
    """Say nothing of an ``OutOfTime`` that came up where Python cannot raise; the next one follows soon.

    Python cannot where an object is tidied up: in its ``__del__``, or in the callback of a weak reference.
    """
    tell = sys.unraisablehook

    def hook(lost: Any) -> None:
        if not issubclass(lost.exc_type, OutOfTime):
            tell(lost)

    sys.unraisablehook = hook


def _call_with_signal(seconds: float, function: Callable[[], T]) -> T:
    is_over = False
    attempts = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal attempts
        if is_over or time.monotonic() - began - (starved() - starved_before) < seconds:
            return
        attempts += 1
        error = OutOfTime()
        error.frame = frame
        if attempts > 1:
            # A bare `except:` in a loop has caught the last one. Raised once more some lines after it was
            # caught again, it comes up where no `try` is.
            _raise_later(error, _frames_above(frame, call), attempts - 1, lambda: is_over)
        raise error

    def call() -> T:
        return function()

    tracing_before = sys.gettrace()
    # Before `stop` can be called: inside of another deadline that one's signal may come at any time.
    began, starved_before = time.monotonic(), starved()
    before = signal.signal(signal.SIGALRM, stop)
    remaining = interval = 0.0
    try:
        # Twice, since it may come up while this block is left.
        try:
            # Again and again, in case that something catches the first.
            remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
            return call()
        finally:
            is_over = True
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        if attempts > 1:
            sys.settrace(tracing_before)
        signal.signal(signal.SIGALRM, before)
        if remaining:
            left = max(remaining - (time.monotonic() - began), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def _frames_above(frame: FrameType | None, function: Callable[[], Any]) -> list[FrameType]:
    """Return a frame and its callers, up to a function's own."""
    frames = []
    while frame is not None and frame.f_code is not function.__code__:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _raise_later(error: OutOfTime, frames: list[FrameType], lines: int, is_over: Callable[[], bool]) -> None:
    """Raise an exception in one of these frames, so many lines later."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if event == "line" and not is_over():
            lines -= 1
            if lines <= 0:
                raise error
        return trace

    for frame in frames:
        frame.f_trace = trace
    sys.settrace(trace)


def _call_with_watchdog(seconds: float, function: Callable[[], T]) -> T:
    thread = threading.get_ident()
    is_over = False
    lock = threading.Lock()
    done = threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not is_over:
                    _plant(thread, OutOfTime)
            wait = 0.1

    try:
        try:
            threading.Thread(target=watch, daemon=True).start()
            return function()
        finally:
            is_over = True
    finally:
        is_over = True
        # From here on nothing is planted; what is planted but has not come up is taken back. Only then is it
        # safe to touch the event: an exception inside of it could leave its lock closed.
        while not done.is_set():
            with suppress(OutOfTime):
                with lock:
                    _plant(thread, None)
                done.set()


def _plant(thread: int, error: Any) -> None:
    plant = ctypes.pythonapi.PyThreadState_SetAsyncExc
    plant(ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error))
