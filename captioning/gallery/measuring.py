"""Measure a trained captioner once, and remember what came out."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.data.scenes_cache import STAMP_FILE
from captioning.files import digest, write_text
from captioning.gallery.comparison import HELD_OUT, NEVER_SEEN, Measured
from captioning.training.captioner import Captioner
from captioning.training.metrics import evaluate_split
from captioning.training.side_by_side import Job

RESULTS_FILE = "measured.json"


@dataclass(frozen=True)
class Shown:
    """A captioner that is measured and shown.

    Attributes:
        captioner: it.
        data: the scenes, with the features that it takes.
        file: that it was read from.
        folder: where its results are kept.
        seconds: how long it was trained; None where it came with the course.
    """

    captioner: Captioner
    data: CaptionData
    file: Path
    folder: Path
    seconds: float | None = None


def shown_of(job: Job) -> Shown:
    """Return the captioner of a finished run, to be shown."""
    assert job.run is not None
    return Shown(job.run.captioner, job.data, job.checkpoint, job.checkpoint.parent, job.seconds())


def measure(shown: Shown) -> Measured:
    """Measure a captioner, or return what was measured of this very one before.

    Raises:
        InputError: the data cannot be used; the package of the scores is missing.
    """
    path = shown.folder / RESULTS_FILE
    measured_of = digest(shown.file, shown.data.folder / STAMP_FILE)
    if path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
        if results.pop("measured_of") == measured_of:
            return Measured(**results)
    seconds = 0.0
    n_captions = 0

    def decode(model: Any, features: np.ndarray) -> np.ndarray:
        nonlocal seconds, n_captions
        start = time.perf_counter()
        words = layers.greedy_decode(model, features).words
        seconds += time.perf_counter() - start
        n_captions += len(words)
        return words

    # No bar: others may be training in the same terminal, and it is done in seconds.
    scores = {
        split: evaluate_split(shown.captioner, shown.data, split, decode, progress=False)
        for split in (HELD_OUT, NEVER_SEEN)
    }
    n_parameters = sum(value.size for value in shown.captioner.params.values())
    measured = Measured(n_parameters, shown.seconds, n_captions / seconds, scores)
    write_text(path, json.dumps({"measured_of": measured_of, **asdict(measured)}, indent=1) + "\n")
    return measured
