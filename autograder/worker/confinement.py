"""What a worker gives up before it loads a student's code, for good: memory and time, files, system calls.

Linux alone has Landlock and seccomp. Each function raises ``OSError`` where what it is for cannot be had.
"""

import ctypes
import errno
import os
import platform
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILTERS = Path(__file__).with_name("filters")

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same number on every architecture
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# The rights to files that each version of Landlock knows, and what else it can forbid.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK, _NETWORK_SINCE = 0b11, 4  # to bind, and to connect
_SCOPES, _SCOPES_SINCE = 0b11, 6  # abstract sockets, and signals, of processes outside


def end_with_parent() -> None:
    """Have this process killed when the one that grades is, even while a student's code runs or sleeps."""
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def limit_resources(memory: int, cpu_seconds: int) -> None:
    """Bound memory, time and files of this process; no other process, and no core dump.

    Args:
        memory: bytes of addresses.
        cpu_seconds: for all that is asked of this process; each question has a limit of its own as well.
    """
    import resource  # noqa: PLC0415  (Windows has none)

    limits = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 16 << 20,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if sys.platform == "linux":  # elsewhere what a process has begins far above
        limits |= {resource.RLIMIT_AS: memory, resource.RLIMIT_NPROC: 0}
    for kind, limit in limits.items():
        _, most = resource.getrlimit(kind)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(kind, (limit, limit))


def restrict_files(readable: Iterable[Path]) -> None:
    """Forbid to open any file but those in these folders, to read; and TCP, and signals (Landlock)."""
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        raise OSError(ctypes.get_errno(), "this kernel has no Landlock")
    rights = (1 << _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]) - 1
    handled = [rights]
    if version >= _NETWORK_SINCE:
        handled.append(_NETWORK)
    if version >= _SCOPES_SINCE:
        handled.append(_SCOPES)
    attributes = (ctypes.c_uint64 * len(handled))(*handled)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, attributes, ctypes.sizeof(attributes), 0))
    for folder in readable:
        fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, _rule(_READ_FILE | _READ_DIR, fd), 0))
        os.close(fd)
    _no_new_privileges(libc)
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def restrict_system_calls() -> None:
    """Forbid all system calls but those of the filter of this architecture (seccomp)."""
    path = FILTERS / f"{platform.machine()}.bpf"
    if not path.is_file():
        raise OSError(errno.ENOSYS, f"the filter of system calls for {platform.machine()} is missing")
    program = path.read_bytes()

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    libc = _libc()
    _no_new_privileges(libc)
    loaded = Program(len(program) // 8, program)
    _checked(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded), 0, 0))


def _rule(rights: int, fd: int) -> Any:
    class PathBeneath(ctypes.Structure):
        _pack_ = 1
        _layout_ = "ms"
        _fields_ = (("rights", ctypes.c_uint64), ("fd", ctypes.c_int32))

    return ctypes.pointer(PathBeneath(rights, fd))


def _no_new_privileges(libc: ctypes.CDLL) -> None:
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
