"""What a worker tries that must not succeed: attacks of each kind, as a notebook would hold them."""

import os
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.isolation import SANDBOXES
from autograder.grading.runtime import ROOT
from autograder.grading.workers import Cell, NoWorkerError, Worker
from captioning.errors import InputError

_HEAD = """
import ctypes, fcntl, mmap, os, resource, signal, socket, subprocess, sys, threading, time

def kernel(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(name, *arguments) if type(name) is int else getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def left_open():
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found
"""
# What would be reached, and how. A call of the kernel by number has that number on every architecture.
PROBES = {
    "start a process": "os.fork() or os._exit(0)",
    "start a process by clone3": "kernel(435, (ctypes.c_uint64 * 11)(0x100), 88) or os._exit(0)",
    "start a program": "subprocess.run([sys.executable, '-c', ''], check=True)",
    "become another program": "os.execv(SHELL, [SHELL, '-c', 'sleep 9'])",
    "start a thread": "threading.Thread(target=time.sleep, args=(0,)).start()",
    "open a socket of the Internet": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "open a socket of this machine": "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "open a socket of the kernel": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "make a pair of sockets": "socket.socketpair()",
    "make a file in memory": "os.memfd_create('x')",
    "trace a process": "kernel('ptrace', 0, 0, 0, 0)",
    "read another process's memory": "kernel('process_vm_readv', os.getppid(), None, 0, None, 0, 0)",
    "get hold of a process": "kernel(434, os.getpid(), 0)",
    "send a signal to its parent": "os.kill(os.getppid() or 1, 0)",
    "send a signal to all": "os.kill(-1, 0)",
    "have a signal sent to all": "fcntl.fcntl(0, fcntl.F_SETOWN, -1)",
    "ask for the lease on a file": "fcntl.fcntl(0, fcntl.F_GETLEASE)",
    "read the mark that another left on a file": "fcntl.fcntl(0, 1035, bytes(8))",
    "set itself an alarm": "signal.setitimer(signal.ITIMER_REAL, 1000)",
    "make a namespace": "kernel('unshare', 0x10000000)",
    "enter a namespace": "kernel('setns', 0, 0)",
    "mount a file system": "kernel('mount', b'none', b'/tmp', b'tmpfs', 0, None)",
    "change the root": "os.chroot('/')",
    "queue calls of the kernel": "kernel(425, 1, (ctypes.c_uint64 * 15)())",
    "open a file by openat2": "kernel(437, -100, b'/', (ctypes.c_uint64 * 3)(), 24)",
    "become root": "os.setuid(0)",
    "set its priority": "os.setpriority(os.PRIO_PROCESS, 0, 5)",
    "raise its limits": "resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))",
    "set the clock": "time.clock_settime(time.CLOCK_REALTIME, time.time())",
    "rename the machine": "socket.sethostname('x')",
    "read the users of the machine": "open('/etc/passwd').read()",
    "read the table of processes": "open('/proc/self/maps').read(1)",
    "write its own memory": "open('/proc/self/mem', 'r+b')",
    "say what becomes of core dumps": "open('/proc/sys/kernel/core_pattern', 'r+')",
    "list the folders of the machine": "assert 'etc' in os.listdir('/')",
    "read the course's code": "open(ROOT + '/solutions/lstm.py').read()",
    "read what is graded": "open(FOLDER + '/gradebook.db').read()",
    "write what is graded": "open(FOLDER + '/gradebook.db', 'a').write('x')",
    "write into its own program": "open(sys.modules['autograder'].__file__, 'a')",
    "write into the prerequisites": "open('prerequisites/x.py', 'w')",
    "write to /dev/shm": "open('/dev/shm/x', 'wb').write(b'x')",
    "write a file of 20 MB": "assert open('/tmp/x', 'wb').write(bytes(20 << 20)) == 20 << 20",
    "fill /tmp": "for i in range(40):\n    open(f'/tmp/{i}', 'wb').write(bytes(1 << 20))",
    "take 4 GiB of memory": "x = bytearray(4 << 30)",
    "map 4 GiB of memory": "x = mmap.mmap(-1, 4 << 30)",
    "import the reference": "import solutions.lstm",
    "import the mistakes": "import autograder.mistakes.registry",
    "import the grader": "import autograder.grading.reference",
    "import nbgrader": "import nbgrader",
    "find files that were left open": "assert len(left_open()) > 5",
    "find the environment of its parent": "assert {'HOME', 'PATH', 'USER'} & set(os.environ)",
}


@dataclass(frozen=True)
class Probed:
    """What became of a probe.

    Attributes:
        attempt: what it tried.
        held: whether it failed, as it should.
        reason: what it was told.
    """

    attempt: str
    held: bool
    reason: str


def good_isolation(wanted: str | None) -> str:
    """Return the strictest sandbox in which every probe fails, or the one that is wanted, if it is like that.

    Raises:
        InputError: there is none; the message says why, and what can be done.
    """
    reasons = []
    for way in [wanted] if wanted else SANDBOXES:
        try:
            succeeded = [probed.attempt for probed in probe_worker(way) if not probed.held]
        except NoWorkerError as error:
            reasons.append(f"{way}: {error}")
            continue
        if not succeeded:
            return way
        reasons.append(f"{way}: a worker could {', '.join(succeeded)}.")
    raise InputError(
        f"nothing is graded, since no sandbox holds here. {' '.join(reasons)} `captioning doctor` tells "
        "more; --isolation none grades without one, and then a submission can do what you can."
    )


def probe_worker(way: str) -> list[Probed]:
    """Let a worker try everything; the workers that die on the way are replaced.

    Raises:
        NoWorkerError: there is no such worker on this machine.
    """
    with tempfile.TemporaryDirectory() as folder:
        # As open as a folder can be: that a user may not read it shall not pass for a defence.
        os.chmod(folder, 0o777)
        gradebook = Path(folder, "gradebook.db")
        gradebook.touch()
        gradebook.chmod(0o666)
        places = f"\nROOT, FOLDER, SHELL = {str(ROOT)!r}, {folder!r}, '/bin/sh'\n"
        cells = [
            Cell(attempt, f"class Succeeded{number}:\n{textwrap.indent(code, '    ')}\n")
            for number, (attempt, code) in enumerate(PROBES.items())
        ]
        worker = Worker(way, [Cell("head", _HEAD + places), *cells], may_leave_out=len(cells))
        with worker:
            return [
                Probed(
                    cell.title,
                    f"Succeeded{number}" not in worker.names,
                    worker.left_out.get(cell.title) or worker.lost.get(f"Succeeded{number}", "it succeeded"),
                )
                for number, cell in enumerate(cells)
            ]
