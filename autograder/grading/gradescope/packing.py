"""autograder.zip: the grader, the assignment, and the two scripts that Gradescope calls."""

import hashlib
import hmac
import importlib.metadata
import io
import json
import platform
import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograder.grading.graded import FOLDER
from autograder.grading.gradescope.results import failed
from autograder.grading.gradescope.running import ASSIGNMENT, SETTINGS
from autograder.grading.runtime import ROOT
from captioning.layers import PREREQUISITES

# NumPy, what reads weights in the reference, what reads a cell with magics, and where caches lie.
_NEEDED = ("numpy", "h5py", "ipython", "pooch")
_ROOMS = ("autograder", "captioning", "solutions")
_SUFFIXES = {".py", ".bpf", ".json", ".npz"}
_SCRIPTS = ("setup.sh", "run_autograder", "grade.py")


def autograder_zip(
    name: str, notebook: Path, prerequisites: dict[str, str], key: bytes, settings: dict[str, str | None]
) -> bytes:
    """Return the archive; the same parts always give the same bytes.

    Args:
        name: of the assignment, "10_lstm".
        notebook: as it was released, without solutions.
        prerequisites: what earlier chapters give, by the name of its file.
        key: of the course; another one, made of it, goes into the archive.
        settings: "visibility" and "isolation"; see ``running``.
    """
    own = hmac.digest(key, f"Gradescope\0{name}".encode(), hashlib.sha256)
    here = Path(__file__).parent
    files = {script: (here / script).read_bytes() for script in _SCRIPTS}
    files |= {
        SETTINGS: _json({"assignment": name, **settings}),
        "failed.json": _json(failed("The grader did not come to its end; its output may say why.")),
        "python-version": f"{platform.python_version()}\n".encode(),
        "requirements.txt": "".join(
            f"{package}=={importlib.metadata.version(package)}\n" for package in _NEEDED
        ).encode(),
        f"{ASSIGNMENT}/{name}.ipynb": notebook.read_bytes(),
        f"{FOLDER}/key": f"{own.hex()}\n".encode(),
    }
    files |= {f"{ASSIGNMENT}/{PREREQUISITES}/{file}": text.encode() for file, text in prerequisites.items()}
    files |= {f"course/{path.relative_to(ROOT).as_posix()}": path.read_bytes() for path in _course()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path)
            is_program = path in {"setup.sh", "run_autograder"}
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()


def _course() -> Iterator[Path]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                yield path


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=1) + "\n").encode()
