"""The peak memory of one VGG16 forward pass, or of training on all of COCO, in a process of its own.

``python -m benchmarks.memory numpy`` prints the bytes that a fresh process needed at most, the
interpreter and its libraries included.
"""

import re
import resource
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from captioning.data.coco_layout import CaptionData
from captioning.photos.winograd import FastVGG16
from captioning.training.config import TrainingConfig
from captioning.training.run import new_run, train_run
from solutions.vgg16 import vgg16_preprocess, vgg16_shapes

BATCH, IMAGE_SIZE = 8, 224


def vgg16_input(rng):
    """Return a batch of random pictures, ``(8, 224, 224, 3)`` uint8."""
    return rng.integers(0, 256, (BATCH, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=np.uint8)


def vgg16_weights(rng):
    """Return random float32 weights of a VGG16 up to ``fc7``, at full size."""
    params = {}
    for name, shape in vgg16_shapes(image_size=IMAGE_SIZE).items():
        if name.startswith("fc8"):
            continue
        params[name] = rng.standard_normal(shape, dtype=np.float32)
        fan_in = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        params[name] *= np.float32(np.sqrt(2 / fan_in))
    return params


def peak_bytes(work: str) -> int:
    """Return the peak memory of a forward pass with "numpy" or "pytorch", or of "training"."""
    command = [sys.executable, "-m", "benchmarks.memory", work]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def train_on_coco():
    """Learn from ten minibatches of data of COCO's full size, and validate on a thousand captions."""
    with tempfile.TemporaryDirectory() as folder:
        # Elsewhere, as making them needs more memory than learning from them.
        subprocess.run(
            [sys.executable, "-m", "benchmarks.coco_size", folder], capture_output=True, check=True
        )
        data = CaptionData(Path(folder))
        sizes = {"hidden_dim": 512, "wordvec_dim": 256, "batch_size": 128, "shards": 2}
        config = TrainingConfig(**sizes, epochs=1, epoch_captions=1280, val_captions=1000)
        silent = lambda run, n_captions: nullcontext(lambda run: None)  # noqa: E731
        train_run(new_run(data, config), data, Path(folder) / "checkpoint.h5", progress=silent)


def peak_of_this_process() -> int:
    """Return the bytes that this process needed at most."""
    status = Path("/proc/self/status")
    if status.exists():
        # What resource knows counts the process that started this one, too.
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
    return (1 if sys.platform == "darwin" else 1024) * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(work):
    """Do the work, and print the peak memory of this process."""
    rng = np.random.default_rng(0)
    if work == "training":
        train_on_coco()
    elif work == "pytorch":
        from benchmarks.yardsticks import vgg16_features  # noqa: PLC0415  (PyTorch itself takes memory)

        params, x = vgg16_weights(rng), vgg16_input(rng)
        vgg16_features(params)(vgg16_preprocess(x))
    else:
        params, x = vgg16_weights(rng), vgg16_input(rng)
        FastVGG16(params).features(x)
    print(peak_of_this_process())


if __name__ == "__main__":
    main(sys.argv[1])
