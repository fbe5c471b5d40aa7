"""How the processes of workers are kept apart: three ways, from strict to none.

`bwrap` (bubblewrap) gives it a tree of files, a process table and a network of its own, all but empty; the
worker then forbids itself all system calls but those for computing. `landlock` is for machines that forbid
user namespaces: the worker sees the machine's tree and may open nothing in it but its own files, nor write.
That a file is there, its size and its times, can still be asked. `none` limits memory and time, and no more.
"""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.grading.runtime import ROOT, Runtime, given, runtime

SANDBOXES = ("bwrap", "landlock")  # the stricter first
NAMES = (*SANDBOXES, "none")
MEMORY = 2 << 30
CPU_SECONDS = 300
_TMP = 16 << 20
_NOBODY = 65534
# What is imported stays, so nothing is gained by looking for what can go; the worker turns that on again.
_START = (
    "import gc, sys; gc.disable(); sys.path += sys.argv[2:]; "
    "from autograder.worker.__main__ import main; main()"
)


@dataclass(frozen=True)
class Command:
    """A process to be started, which forks workers.

    Attributes:
        arguments, environment: of it.
        folder: to start it in.
        user: to run it as; None for the one that runs us.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: Path
    user: int | None


def command(isolation: str, prerequisites: Path | None) -> Command:
    """Return how to start what forks workers.

    Args:
        isolation: one of ``NAMES``.
        prerequisites: the folder with what earlier chapters ask for, None for none.

    Raises:
        InputError: this machine cannot have a worker like that.
    """
    settings = {
        "memory": MEMORY,
        "cpu_seconds": CPU_SECONDS,
        "landlock": [],
        "seccomp": isolation != "none",
        "writable": ["/tmp"] if isolation == "bwrap" else [],
    }
    user = _NOBODY if hasattr(os, "getuid") and os.getuid() == 0 else None
    environment = {
        "OPENBLAS_NUM_THREADS": "1",
        "CAPTIONING_LIBRARY": "",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
    }
    if isolation == "none" and sys.platform != "linux":
        packages = [str(Path(np.__file__).parents[1]), str(ROOT)]
        folder = given(prerequisites)
        return Command(
            [*_python(sys.executable, settings), *packages], dict(os.environ) | environment, folder, None
        )
    copies, folder = runtime(), given(prerequisites)
    if isolation == "bwrap":
        arguments = [
            *_bwrap(copies, folder),
            *_python("/python/bin/python3", settings),
            "/python/packages",
            "/course",
        ]
        environment["LD_LIBRARY_PATH"] = "/python/lib:/python/system"
        return Command(arguments, environment, folder, user)
    if isolation == "landlock":
        settings["landlock"] = [str(path) for path in (copies.python, copies.course, folder)]
    environment["LD_LIBRARY_PATH"] = str(copies.python / "lib")
    packages = [str(copies.python / "packages"), str(copies.course)]
    return Command([*_python(str(copies.program), settings), *packages], environment, folder, user)


def _python(program: str, settings: dict[str, object]) -> list[str]:
    return [program, "-I", "-S", "-c", _START, json.dumps(settings)]


def _bwrap(copies: Runtime, folder: Path) -> list[str]:
    loader = next((copies.python / "system").glob("ld-*"))
    arguments = [
        *(
            shutil.which("bwrap") or "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--new-session",
            "--as-pid-1",
        ),
        *("--cap-drop", "ALL", "--ro-bind", copies.python, "/python", "--ro-bind", copies.course, "/course"),
        *("--ro-bind", loader, copies.interpreter),
        # No --dev: it brings a /dev/shm of any size. No --proc.
        *("--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/urandom", "/dev/urandom"),
        *("--size", _TMP, "--tmpfs", "/tmp"),
        *("--ro-bind", folder, "/work", "--remount-ro", "/", "--chdir", "/work", "--"),
    ]
    return [str(argument) for argument in arguments]
