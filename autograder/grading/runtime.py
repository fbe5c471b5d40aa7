"""What a worker runs on: a copy of Python and NumPy, and of the part of the course that students have.

The copy holds nothing else, so no answer can be where a student's code runs; and the user that the worker
runs as can read it, wherever Python is installed (a home folder of mode 0700 is closed to an unprivileged
user). It is made once for each version, with its bytecode, in the system's cache.
"""

import compileall
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from captioning.answers.library import digest
from captioning.errors import InputError
from captioning.files import cache_folder
from captioning.files import digest as files_digest
from captioning.layers import PREREQUISITES

ROOT = Path(__file__).resolve().parents[2]
# The students' part of the wheel, as far as answers need it.
STUDENTS_PART = (
    "autograder/__init__.py",
    "autograder/asking",
    "autograder/exercises",
    "autograder/judge",
    "autograder/student/__init__.py",
    "autograder/student/files.py",
    "autograder/student/loading.py",
    "autograder/worker",
    "captioning/__init__.py",
    "captioning/answers",
    "captioning/errors.py",
    "captioning/files.py",
    "captioning/formats.py",
    "captioning/layers.py",
    "captioning/source",
)
# Parts of the standard library that no answer needs, and that take space or much of the system with them.
_LEFT_OUT = (
    "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "site-packages",
    "dist-packages", "config-*", "*.a", "*.pyi", "_tkinter*", "_curses*", "readline*", "_ssl*", "_sqlite3*",
    "nis*", "_dbm*", "_gdbm*", "_crypt*", "_test*", "xx*",
)  # fmt: skip
# Loads whatever the copy can load, and tells which files of the system that took.
_LIBRARIES = """
import importlib, os, sys
sys.path.append(sys.argv[1])
import numpy.fft, numpy.linalg, numpy.random
for name in os.listdir(sys.argv[2]):
    try:
        importlib.import_module(name.partition(".")[0])
    except Exception:  # what this machine cannot load, a worker need not either
        pass
print("\\n".join({line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}))
"""


@dataclass(frozen=True)
class Runtime:
    """The copies.

    Attributes:
        python: the folder with ``bin/python3``, the standard library, NumPy in ``packages``, and the system's
            libraries that these need in ``system``.
        course: the folder with the students' part of the course.
        interpreter: where the system expects the program that loads programs, "/lib64/ld-linux-x86-64.so.2".
    """

    python: Path
    course: Path
    interpreter: str

    @property
    def program(self) -> Path:
        """The Python of the copy."""
        return self.python / "bin" / "python3"


@cache
def runtime() -> Runtime:
    """Return the copies; make them where they are not there yet.

    Raises:
        InputError: this is not Linux, or the folder is somebody else's.
    """
    if sys.platform != "linux":
        raise InputError(
            f"a sandbox needs Linux, and this is {platform.system()}. `--isolation none` has none."
        )
    home = _home()
    python = _made(home / f"python-{_python_key()}", _copy_python)
    course = _made(home / f"course-{course_key()}", _copy_course)
    return Runtime(python, course, _loader(python / "bin" / "python3"))


def given(prerequisites: Path | None) -> Path:
    """Return a folder with a copy of prerequisites in it, for a worker to work in.

    Args:
        prerequisites: the folder of a release, None for none.
    """
    files = sorted(prerequisites.glob("*.py")) if prerequisites is not None else []

    def copy(to: Path) -> None:
        (to / PREREQUISITES).mkdir()
        for path in files:
            shutil.copy2(path, to / PREREQUISITES)
        compileall.compile_dir(to, quiet=2)

    return _made(_home() / f"given-{_key({path.name: path for path in files})}", copy)


@cache
def course_key() -> str:
    """Return a digest of the students' part of the course."""
    return _key({path.relative_to(ROOT).as_posix(): path for path in _students_files()})


def _key(files: Mapping[str, Path]) -> str:
    """Return a digest of files and their names."""
    return digest("\n".join(f"{name} {files_digest(path)}" for name, path in sorted(files.items())))


def _home() -> Path:
    """Return the folder of the copies: one that the user that root drops to can read."""
    home = Path("/var/cache/captioning-from-scratch") if os.getuid() == 0 else cache_folder() / "grading"
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    status = home.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise InputError(
            f"{home} belongs to somebody else, or others may write there, and workers would run what is in "
            "it. Remove it, and run the command again."
        )
    return home


def _python_key() -> str:
    program = _program()
    facts = (sys.version, platform.machine(), np.__version__, program, program.stat().st_mtime_ns)
    return digest("\n".join(map(str, facts)))


def _program() -> Path:
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def _made(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder; where it is not there, make it beside, and put it in its place whole."""
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            make(made)
            for path in (made, *made.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was quicker
                    raise
    return folder


def _copy_python(to: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library, packages, system = to / "lib" / version, to / "packages", to / "system"
    (to / "bin").mkdir()
    shutil.copy2(_program(), to / "bin" / "python3")
    leave_out = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=leave_out)
    compiled = Path(sysconfig.get_config_var("DESTSHARED") or "")
    if compiled.is_dir() and not (library / "lib-dynload").is_dir():
        shutil.copytree(compiled, library / "lib-dynload")
    shared = Path(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "")
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and shared.is_file():
        shutil.copy2(shared, to / "lib" / shared.name)
    for top in {path.parts[0] for path in importlib.metadata.files("numpy") or () if path.parts[0] != ".."}:
        source = Path(np.__file__).parents[1] / top
        if source.is_dir() and not top.endswith(".dist-info"):
            shutil.copytree(source, packages / top, ignore=leave_out)
    compileall.compile_dir(to, quiet=2)
    system.mkdir()
    for path in _system_libraries(to, packages, library):
        # A library is asked for by a name that is mostly a link to it: libz.so.1.
        for name in (
            link for link in path.parent.glob(f"{path.name.partition('.')[0]}.*") if link.samefile(path)
        ):
            shutil.copy2(path, system / name.name)


def _system_libraries(python: Path, packages: Path, library: Path) -> Iterator[Path]:
    """Yield the libraries of the system that Python and NumPy load."""
    done = subprocess.run(
        [python / "bin" / "python3", "-I", "-S", "-c", _LIBRARIES, packages, library / "lib-dynload"],
        env={"LD_LIBRARY_PATH": str(python / "lib")},
        capture_output=True,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        path = Path(line)
        if not path.is_relative_to(python):
            yield path


def _loader(program: Path) -> str:
    """Return the path that a program names as the one that loads it."""
    found = re.search(rb"/[\w./-]*/ld-[\w.-]+\.so\.\d", program.read_bytes()[:4096])
    if found is None:
        raise InputError(f"{program} does not say what loads it; a sandbox cannot be made for it.")
    return found[0].decode()


def _copy_course(to: Path) -> None:
    for path in _students_files():
        copy = to / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    compileall.compile_dir(to, quiet=2)


def _students_files() -> Iterator[Path]:
    for name in STUDENTS_PART:
        path = ROOT / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.suffix in {".py", ".json", ".bpf"})
