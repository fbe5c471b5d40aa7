"""The processes that workers are forked from, and the forks: nothing that a student wrote reaches the first.

Each thread that grades keeps one, with NumPy loaded in its sandbox, for one worker after another. It is used
again only if the last worker has written nothing: what one student's code does never meets another's.
"""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass

from autograder.grading.isolation import Command
from autograder.worker import wire
from captioning.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_START_SECONDS = 60.0
_CREDENTIALS = struct.Struct("3i")  # of a process that sends: its number, its user and group
_OF_THREAD = threading.local()


class NoWorkerError(InputError):
    """A worker cannot be started at all."""


@dataclass(frozen=True)
class Fork:
    """A worker's process, and the pipes to it.

    Attributes:
        pid: of the process, as this machine counts.
        handle: of the process, since of a number alone it is not certain whose it is later; None where the
            system gives none.
        questions, answers: the descriptors to write to and to read from; neither blocks.
    """

    pid: int
    handle: int | None
    questions: int
    answers: int


class ForkServer:
    """A process that forks workers, one at a time.

    Attributes:
        command: by which it was started.
    """

    def __init__(self, command: Command) -> None:
        """Start it.

        Raises:
            NoWorkerError: it cannot be started.
        """
        self.command = command
        try:
            self._control, theirs = socket.socketpair()
        except OSError as error:
            raise _unstarted(error) from error
        self._control.settimeout(_START_SECONDS)
        if sys.platform == "linux":
            self._control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command.arguments,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    env=command.environment,
                    cwd=command.folder,
                    user=command.user,
                    group=command.user,
                    extra_groups=None if command.user is None else [],
                    # Ctrl-C is for the grader: a worker that it ended would be blamed on its student.
                    start_new_session=True,
                )
        except OSError as error:
            self._control.close()
            raise _unstarted(error) from error
        # Also when the thread that has it ends, or the program.
        self._close = weakref.finalize(self, _close, self._process, self._control)
        if not self.is_ready():
            raise self.failure()

    def is_ready(self) -> bool:
        """Tell whether it can fork a worker; the last one must have been ended."""
        with contextlib.suppress(OSError):
            self._control.send(wire.READY)
            return self._told(wire.READY) is not None
        return False

    def fork(self, notebook: str) -> Fork:
        """Return a new worker; ``is_ready`` is asked before.

        Args:
            notebook: the name of the file of which cells are loaded.

        Raises:
            NoWorkerError: it does not come about.
        """
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            try:
                asked, questions = _pipe(theirs, ours)
                answers, answered = _pipe(ours, theirs)
                for pipe in (questions, answers):
                    os.set_blocking(pipe, False)
                    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
                        with contextlib.suppress(OSError):  # a user may have only so much of it
                            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
                socket.send_fds(self._control, [os.fsencode(notebook)], [asked, answered])
                pid = self._told(wire.FORKED)
                if pid is None:
                    raise self.failure()
                handle = _handle_of(pid)
            except OSError as error:
                self.close()
                raise _unstarted(error) from error
            ours.pop_all()
        return Fork(pid, handle, questions, answers)

    def end(self, fork: Fork) -> None:
        """Kill a worker, whatever it does, and close the pipes to it."""
        if fork.handle is None:
            self.close()  # and wait for it: it could say that it can fork another while it dies
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(fork.handle, signal.SIGKILL)
            os.close(fork.handle)
        os.close(fork.questions)
        os.close(fork.answers)

    def failure(self) -> NoWorkerError:
        """End it, and return an error with what it has said."""
        self._control.close()  # so that nothing stays behind which holds the other end of what is read now
        self._process.kill()
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode(errors="replace").split("\n")
        self.close()
        # Of what Python says the last line is the reason.
        return _unstarted(next(filter(None, reversed(said)), "its program does not answer."))

    def close(self) -> None:
        """End it, and what it has forked."""
        self._close()

    def _told(self, message: bytes) -> int | None:
        """Return which process sends a message, as the kernel says; None if none does."""
        try:
            came, extras, _, _ = self._control.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
        except OSError:
            return None
        if came != message:
            return None
        if sys.platform != "linux":  # where nothing is forked
            return self._process.pid
        pid: int = _CREDENTIALS.unpack(extras[0][2])[0]
        return pid


def _unstarted(why: object) -> NoWorkerError:
    return NoWorkerError(f"a worker cannot be started: {why}")


def _pipe(reads: contextlib.ExitStack, writes: contextlib.ExitStack) -> tuple[int, int]:
    """Return the ends of a pipe, each to be closed with who has it."""
    ends = os.pipe()
    for end, stack in zip(ends, (reads, writes), strict=True):
        stack.callback(os.close, end)
    return ends


def _close(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    # Of bubblewrap's process table the first is killed with it, and with that all the others.
    process.kill()
    process.wait()
    control.close()
    assert process.stderr is not None
    process.stderr.close()


def _handle_of(pid: int) -> int | None:
    """Return what a process is known by for good, None where the system has no such thing.

    Raises:
        ProcessLookupError: there is no such process.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:  # an old kernel
        return None


def take(command: Command) -> ForkServer:
    """Return a server that can fork: the one that this thread keeps, or a new one.

    Raises:
        NoWorkerError: it cannot be started.
    """
    server: ForkServer | None = getattr(_OF_THREAD, "server", None)
    _OF_THREAD.server = None
    if server is not None:
        if server.command == command and server.is_ready():
            return server
        server.close()
    return ForkServer(command)


def give_back(server: ForkServer) -> None:
    """Keep a server for the next worker of this thread; its last one must have been ended."""
    other: ForkServer | None = getattr(_OF_THREAD, "server", None)
    if other is not None:
        other.close()
    _OF_THREAD.server = server
