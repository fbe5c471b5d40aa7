"""Long experiments of the book: run by ``make experiments``, kept as small arrays, plotted by the chapters.

An experiment is a script ``book/experiments/NAME.py`` with ``SETTINGS``, a dictionary, and ``experiment``, a
function that takes these as keywords and returns the arrays to keep. What it prints is kept, too: the prose
may quote it. ``captioning.figures.experiments.stored(NAME)`` gives a chapter the arrays. A script that trains
on scenes has ``world`` as well, a function that draws a few small ones: scenes drawn in another way make what
is kept stale. One that asks networks of the course has ``MADE_OF``, a list of their files: others make it
stale, too.
"""

import io
import json
import runpy
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from captioning.files import atomic_write, digest
from coursebuilder.errors import ChapterError
from coursebuilder.plain import BOOK

FOLDER = BOOK / "experiments"
# Of 255: by how much releases of Pillow may differ at a pixel, and scenes may not.
TOLERANCE = 12


@dataclass(frozen=True)
class Experiment:
    """A script.

    Attributes:
        path: ``book/experiments/NAME.py``.
        settings: the keywords of ``function``: numbers, texts, and lists of them.
        function: gives the arrays to keep, by name.
        world: gives small pictures ``(N, H, W, 3)`` of the scenes that it sees; none if it sees none.
        made_of: files of the networks that it asks.
    """

    path: Path
    settings: Mapping[str, Any]
    function: Callable[..., Mapping[str, Any]]
    world: Callable[[], np.ndarray]
    made_of: tuple[Path, ...]

    @classmethod
    def read(cls, path: Path) -> "Experiment":
        """Read a script.

        Raises:
            ChapterError: it has no ``SETTINGS``, or no ``experiment``.
        """
        found = runpy.run_path(str(path))
        if not isinstance(found.get("SETTINGS"), dict) or not callable(found.get("experiment")):
            raise ChapterError(f"{path} needs SETTINGS, a dictionary, and a function experiment(**SETTINGS)")
        world = found.get("world", lambda: np.zeros(0))
        return cls(path, found["SETTINGS"], found["experiment"], world, tuple(found.get("MADE_OF", ())))

    @property
    def kept(self) -> Path:
        return self.path.with_suffix(".json")

    @property
    def is_stale(self) -> bool:
        """Tell whether what is kept is of another script, settings, networks or scenes, or not there."""
        if not self.kept.is_file():
            return True
        kept = json.loads(self.kept.read_text(encoding="utf-8"))
        if kept["script"] != self._digest() or kept["settings"] != dict(self.settings):
            return True
        return not np.allclose(kept.get("world", []), self.world(), rtol=0, atol=TOLERANCE)

    def _digest(self) -> str:
        return digest(self.path, *self.made_of)

    def run(self) -> None:
        """Run the script, and keep what it returns and prints."""
        out, script = io.StringIO(), self._digest()
        with redirect_stdout(out):
            arrays = self.function(**self.settings)
        kept = {
            "script": script,
            "settings": self.settings,
            "world": self.world().tolist(),
            "printed": out.getvalue().splitlines(),
            "arrays": {name: np.asarray(values).tolist() for name, values in arrays.items()},
        }
        # A line for each, so that a change can be read.
        lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items())
        with atomic_write(self.kept) as temporary:
            temporary.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def all_experiments(folder: Path = FOLDER) -> list[Experiment]:
    """Return the experiments of the book, by name.

    Raises:
        ChapterError: a script is not an experiment, or results are kept of none.
    """
    scripts = sorted(folder.glob("*.py"))
    orphans = [path.name for path in sorted(folder.glob("*.json")) if path.with_suffix(".py") not in scripts]
    if orphans:
        raise ChapterError(f"{', '.join(orphans)} in {folder} are of no script there; remove them")
    return [Experiment.read(path) for path in scripts]


def require_fresh(experiments: list[Experiment]) -> None:
    """Hold what is kept to its scripts.

    Raises:
        ChapterError: something is kept of another script or of other settings, or nothing is.
    """
    stale = [experiment.path.stem for experiment in experiments if experiment.is_stale]
    if stale:
        raise ChapterError(f"experiments are stale: {', '.join(stale)}. Run `make experiments`.")


def printed_by(experiments: list[Experiment]) -> str:
    """Return all that the experiments printed when they ran."""
    kept = [json.loads(made.kept.read_text(encoding="utf-8")) for made in experiments if made.kept.is_file()]
    return "\n".join(line for one in kept for line in one["printed"])
