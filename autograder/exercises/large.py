"""One large case of each exercise that returns gradients: what it costs tells how the gradient was reached.

Differences and complex steps of one's own forward function come as near as a derivation does. Taken entry by
entry they cost a forward pass or two for each of tens of thousands of entries: some twenty times as much as
an answer that computes in plain loops of Python, one number at a time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.exercises.ch06_convolution import windows
from autograder.exercises.ch07_vgg16 import IMAGES
from autograder.exercises.exercise import Arguments, Exercise, Sizes

# Few examples and steps, for an answer in loops to be quick; many entries of what is differentiated.
_STEP = {"N": 2, "D": 80, "H": 100}
_CONVOLUTION = windows(N=2, C=3, F=2, H=120, W=120, P=3, Q=3, S=3, Z=0)
_GRID = {"R": 5, "C": 5}
SIZES: dict[str, Sizes] = {
    "affine_backward": {"N": 2, "I": 25, "J": 36, "D": 900, "M": 120},
    "relu_backward": {"N": 10, "T": 60, "D": 100},
    "softmax_loss": {"N": 500, "V": 80},
    "dropout_backward": {"N": 500, "D": 100, "P": 70, "T": 1},
    "conv_backward_naive": _CONVOLUTION,
    "conv_backward": _CONVOLUTION,
    "max_pool_backward": windows(N=2, C=2, F=0, H=120, W=120, P=2, Q=2, S=2, Z=0),
    "vgg16_backward": {**IMAGES[0], "U": 3000},
    "word_embedding_backward": {"N": 8, "T": 20, "V": 1500, "D": 150},
    "rnn_step_backward": {"N": 2, "D": 160, "H": 240},
    "rnn_backward": {"N": 1, "T": 3, "D": 150, "H": 220},
    "lstm_step_backward": _STEP,
    "lstm_backward": {"N": 1, "T": 3, "D": 60, "H": 100},
    "gru_step_backward": {"N": 2, "D": 100, "H": 120},
    "gru_backward": {"N": 2, "T": 2, "D": 60, "H": 100},
    "temporal_affine_backward": {"N": 1, "T": 3, "D": 400, "M": 200},
    "temporal_softmax_loss": {"N": 20, "T": 25, "V": 80},
    "CaptioningRNN.loss": {"N": 2, "T": 4, "D": 60, "E": 40, "H": 60, "G": 240, "V": 200},
    "dot_product_attention_backward": {"N": 4, "H": 1200} | _GRID,
    "attention_lstm_step_backward": _STEP,
    "attention_lstm_backward": {"N": 2, "T": 3, "D": 40, "H": 60} | _GRID,
    "AttentionCaptioner.loss": {"N": 2, "T": 4, "D": 60, "E": 40, "H": 50, "G": 200, "V": 200} | _GRID,
}
# A VGG16 is as thin as ever, but for a layer of many units.
_DECLARED = {"vgg16_backward": {"fc6_w": "6 U", "fc6_b": "U", "fc7_w": "U 6"}}


def large_case(exercise: Exercise, rng: np.random.Generator) -> Arguments | None:
    """Draw the arguments of the large case, in float64; None where an exercise returns no gradients."""
    if exercise.name not in SIZES:
        return None
    declared = exercise.arguments | _DECLARED.get(exercise.name, {})
    (arguments,) = replace(exercise, arguments=declared, sizes=(dict(SIZES[exercise.name]),)).cases(rng)
    return arguments


def entries(exercise: Exercise, arguments: Arguments) -> int:
    """Return of how many numbers the gradient is asked for."""
    assert exercise.gradients is not None
    return sum(np.size(arguments[name]) for name in exercise.gradients.wrt.values())
