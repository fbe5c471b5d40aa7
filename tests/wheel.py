"""The wheel that students install, in an environment of its own without the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder; return it."""
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--wheel-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def install_wheel(wheel: Path, folder: Path) -> Path:
    """Return the Python of an environment with the wheel and our libraries, but without the checkout."""
    venv.create(folder, with_pip=True, symlinks=True)
    executable = folder / "bin" / "python"
    install = [executable, "-m", "pip", "install", "--no-deps", "--quiet", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The libraries of this environment, but not its editable install of the checkout: a folder on PYTHONPATH
    # is searched for modules, not for .pth files.
    return executable


def run(
    python: Path, folder: Path, *args: str, also: Path | None = None, library: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python as a student would, in a folder.

    Args:
        python: from ``install_wheel``.
        folder: where.
        args: of Python.
        also: a folder with more modules.
        library: of the student's saved answers; None to look for it as ever.
    """
    libraries = [path for path in sys.path if path.endswith("site-packages")][:1]
    environment = {name: value for name, value in os.environ.items() if name != "CAPTIONING_LIBRARY"}
    if library is not None:
        environment["CAPTIONING_LIBRARY"] = str(library)
    path = os.pathsep.join([*([str(also)] if also else []), *libraries])
    return subprocess.run(
        [str(python), *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
    )
