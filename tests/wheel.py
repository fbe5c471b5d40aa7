"""The wheel that students install, in an environment of its own without the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests import NO_GRAMMARS

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path, project: Path = ROOT) -> Path:
    """Build the wheel of a project into a folder; return it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=project)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def install_wheel(wheel: Path, folder: Path) -> Path:
    """Return the Python of an environment with the wheel and our libraries, but without the checkout."""
    venv.create(folder, symlinks=True)
    executable = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(executable), "install", "--no-deps", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The libraries of this environment, but not its editable install of the checkout: of a folder that a .pth
    # file names, the modules are found, and not what .pth files in it name.
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
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
        library: of the student's saved answers; None to look for it as usual.
    """
    environment = {name: value for name, value in os.environ.items() if name != "CAPTIONING_LIBRARY"}
    environment["PYTHONPATH"] = NO_GRAMMARS if also is None else os.pathsep.join([NO_GRAMMARS, str(also)])
    if library is not None:
        environment["CAPTIONING_LIBRARY"] = str(library)
    return subprocess.run(
        [str(python), *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment | {"OPENBLAS_NUM_THREADS": "1"},
    )
