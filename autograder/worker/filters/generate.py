"""Makes the filters of system calls: ``python -m autograder.worker.filters.generate`` (Linux, libseccomp).

A filter is a list of what a worker may still ask of the kernel once NumPy is loaded; all else is refused with
``EPERM``, and what is of another architecture ends the process. One is committed for each architecture, and
the worker needs no library to load it.
"""

from fcntl import F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_SETFD
from pathlib import Path

import pyseccomp

HERE = Path(__file__).parent
ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
# Computing, memory, time, and files: what may be opened is a matter of the tree that is there. No process,
# thread, socket or signal to others, no other way to run a program.
ALLOWED = [
    "read", "write", "readv", "writev", "pread64", "close", "lseek", "fstat", "newfstatat", "stat",
    "lstat", "statx", "access", "faccessat", "faccessat2", "openat", "open", "getdents64", "readlink",
    "readlinkat", "getcwd", "dup", "dup2", "dup3", "ftruncate", "unlink", "unlinkat", "mkdir",
    "mkdirat", "rmdir", "select", "pselect6", "poll", "ppoll", "brk", "mmap", "munmap", "mremap",
    "mprotect", "madvise", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "restart_syscall", "futex", "rseq", "set_robust_list", "sched_yield", "sched_getaffinity",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
    "getrusage", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getgroups",
    "getrandom", "uname", "sysinfo", "exit", "exit_group",
]  # fmt: skip
# Each with its second argument: whether a file is a terminal; a copy of a descriptor, and what it is like.
# Others of fcntl take a lease on a file, have signals sent to other processes, or leave a mark on a file.
WITH_COMMAND = {"ioctl": (0x5401,), "fcntl": (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC)}


def program(architecture: str) -> bytes:
    """Return the filter of an architecture, in the kernel's form."""
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(1))
    if ARCHITECTURES[architecture] != pyseccomp.system_arch():
        made.add_arch(ARCHITECTURES[architecture])
        made.remove_arch(pyseccomp.system_arch())
    for name in ALLOWED:
        # An architecture without `open` has `openat` alone.
        if pyseccomp.resolve_syscall(ARCHITECTURES[architecture], name) >= 0:
            made.add_rule(pyseccomp.ALLOW, name)
    for name, commands in WITH_COMMAND.items():
        for command in commands:
            made.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(1, pyseccomp.EQ, command))
    path = HERE / f"{architecture}.bpf"
    with path.open("wb") as file:
        made.export_bpf(file)
    return path.read_bytes()


if __name__ == "__main__":
    for architecture in ARCHITECTURES:
        print(f"{architecture}: {len(program(architecture)) // 8} instructions")
