"""Measure a trained captioner once, and remember what came out."""

import json
import time
from dataclasses import asdict

import numpy as np

from captioning.data.coco_layout import CaptionData
from captioning.data.scenes_cache import STAMP_FILE
from captioning.files import atomic_write, digest
from captioning.gallery.comparison import HELD_OUT, NEVER_SEEN, Measured
from captioning.layers import CaptioningRNN, greedy_decode
from captioning.training.checkpoint import load_checkpoint
from captioning.training.metrics import evaluate_split
from captioning.training.side_by_side import Job

RESULTS_FILE = "measured.json"


def measure(job: Job) -> Measured:
    """Measure the captioner of a finished run, or return what was measured of this very captioner before.

    Raises:
        InputError: the checkpoint or the data cannot be used; the package of the scores is missing.
    """
    path = job.checkpoint.with_name(RESULTS_FILE)
    measured_of = digest(job.checkpoint, job.data_folder / STAMP_FILE)
    if path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
        if results.pop("measured_of") == measured_of:
            return Measured(**results)
    run = load_checkpoint(job.checkpoint)
    data = CaptionData(job.data_folder, pca_features=run.config.pca_features)
    seconds = 0.0
    n_captions = 0

    def decode(model: CaptioningRNN, features: np.ndarray) -> np.ndarray:
        nonlocal seconds, n_captions
        start = time.perf_counter()
        words = greedy_decode(model, features).words
        seconds += time.perf_counter() - start
        n_captions += len(words)
        return words

    # No bar: others may be training in the same terminal, and it is done in seconds.
    scores = {
        split: evaluate_split(run, data, split, decode, progress=False) for split in (HELD_OUT, NEVER_SEEN)
    }
    n_parameters = sum(value.size for value in run.params.values())
    measured = Measured(n_parameters, job.seconds(), n_captions / seconds, scores)
    with atomic_write(path) as temporary:
        content = json.dumps({"measured_of": measured_of, **asdict(measured)}, indent=1)
        temporary.write_text(content + "\n", encoding="utf-8")
    return measured
