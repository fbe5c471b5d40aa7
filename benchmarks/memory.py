"""The peak memory of one VGG16 forward pass, in a process of its own.

``python -m benchmarks.memory numpy`` prints the bytes that a fresh process needed at most, the
interpreter and its libraries included.
"""

import resource
import subprocess
import sys

import numpy as np

from captioning.photos.winograd import FastVGG16
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


def peak_bytes(library: str) -> int:
    """Return the peak memory of a forward pass with "numpy" or "pytorch".

    Call it early: a process that is started by a big one reports that one's size, if it is larger.
    """
    command = [sys.executable, "-m", "benchmarks.memory", library]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(library):
    """Run one forward pass and print the peak memory of this process."""
    rng = np.random.default_rng(0)
    params, x = vgg16_weights(rng), vgg16_input(rng)
    if library == "pytorch":
        from benchmarks.yardsticks import vgg16_features  # noqa: PLC0415  (PyTorch itself takes memory)

        vgg16_features(params)(vgg16_preprocess(x))
    else:
        FastVGG16(params).features(x)
    unit = 1 if sys.platform == "darwin" else 1024
    print(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(sys.argv[1])
