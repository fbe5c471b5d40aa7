"""What is compared: ours against PyTorch, and against the naive version that courses hand out."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks.coco_size import made_up_captions
from benchmarks.memory import BATCH, peak_bytes, vgg16_input, vgg16_weights
from benchmarks.naive import NAIVE
from benchmarks.yardsticks import Captioner, recurrent_step, training_step, vgg16_features
from captioning.photos.standardization import Standardization
from captioning.photos.winograd import FastVGG16
from captioning.training.examples import Examples
from captioning.training.measures import caption_loss
from captioning.training.shards import sharded_loss, threads
from solutions.captioner import CaptioningRNN
from solutions.cells import CELLS
from solutions.decoding import beam_search, greedy_decode
from solutions.optimizers import adam
from solutions.vgg16 import vgg16_forward, vgg16_preprocess

OURS, PYTORCH, NAIVE_FLOAT64 = "ours", "PyTorch", "naive float64"
SHARDS = 2
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{n}" for n in range(1000))]
VOCABULARY = {word: index for index, word in enumerate(WORDS)}


class Contest(NamedTuple):
    """Functions that do the same work, and what ours must reach.

    Attributes:
        contestants: functions without arguments by name; the first is ours.
        at_most: our time, as a multiple of PyTorch's.
        captions: how many captions one call makes; None where that is not what is measured.
        learned: how many captions one call learns from; None likewise.
        validated: how many captions one call reads without learning; None likewise.
        operations: multiplications and additions that the matrix products of the work need, by definition.
        gigabytes_at_most: our peak memory.
        peak_bytes: measured peak memory by name; None where it is not measured.
    """

    contestants: dict[str, Callable[[], object]]
    at_most: float | None = None
    captions: int | None = None
    learned: int | None = None
    validated: int | None = None
    operations: float | None = None
    gigabytes_at_most: float | None = None
    peak_bytes: dict[str, int] | None = None


def recurrent(cell: str, N: int, T: int, D: int, H: int, at_most: float) -> Contest:
    """Forward and backward over a sequence, in float32."""
    rng = np.random.default_rng(0)
    G = len(CELLS[cell].blocks)
    arrays = [rng.standard_normal(shape) for shape in [(N, T, D), (N, H), (D, G * H), (H, G * H), (G * H,)]]
    x, h0, Wx, Wh, b = arrays[0], arrays[1], arrays[2] * D**-0.5, arrays[3] * H**-0.5, arrays[4]
    dh = rng.standard_normal((N, T, H))
    single = [array.astype(np.float32) for array in (x, h0, Wx, Wh, b)]
    single_dh = dh.astype(np.float32)
    naive_forward, naive_backward = NAIVE[cell]

    def ours():
        _, cache = CELLS[cell].forward(*single)
        return CELLS[cell].backward(single_dh, cache)

    def naive():
        _, cache = naive_forward(x, h0, Wx, Wh, b)
        return naive_backward(dh, cache)

    pytorch = recurrent_step(cell, single[0], single[1], single_dh)
    # Each product of the way there is two on the way back.
    operations = 3 * 2.0 * N * T * (D + H) * G * H
    return Contest({OURS: ours, PYTORCH: pytorch, NAIVE_FLOAT64: naive}, at_most, operations=operations)


def captions_of_coco(rng, N: int, T: int) -> np.ndarray:
    """Return captions ``(N, T)`` of 5 to 15 words; the rest is padding, as in COCO."""
    captions = rng.integers(4, len(VOCABULARY), (N, T))
    lengths = rng.integers(5, T - 1, N)
    captions[:, 0] = 1
    captions[np.arange(N), lengths + 1] = 2
    captions[np.arange(T) > lengths[:, None] + 1] = 0
    return captions


def training() -> Contest:
    """Loss, gradients and Adam's update of an LSTM captioner, on two threads.

    The memory is that of a whole run, on data of COCO's full size.
    """
    rng = np.random.default_rng(0)
    N, T, D, E, H = 128, 17, 512, 256, 512
    features = rng.standard_normal((N, D)).astype(np.float32)
    captions = captions_of_coco(rng, N, T)
    model = CaptioningRNN(VOCABULARY, D, E, H, "lstm")
    configs: dict[str, dict | None] = dict.fromkeys(model.params)

    def ours():
        with threads(SHARDS) as mapped:
            _, grads = sharded_loss(model, features, captions, SHARDS, mapped)
            updates = mapped(lambda name: adam(model.params[name], grads[name], configs[name]), grads)
            for name, (value, memory) in zip(grads, updates, strict=True):
                model.params[name], configs[name] = value, memory

    pytorch = training_step(Captioner(len(VOCABULARY), D, E, H), features, captions)
    steps = int((captions != 0).any(axis=0).sum()) - 1
    products = N * D * H + N * steps * (E + H) * 4 * H + N * steps * H * len(VOCABULARY)
    return Contest(
        {OURS: ours, PYTORCH: pytorch},
        at_most=1.1,
        learned=N,
        operations=3 * 2.0 * products,
        peak_bytes={OURS: peak_bytes("training")},
    )


class InMemory:
    """The features of pictures that there are not."""

    def __init__(self, features: np.ndarray) -> None:
        self._features = features

    def features(self, split: str, rows: np.ndarray) -> np.ndarray:
        return self._features[rows]


def validation() -> Contest:
    """Loss and perplexity of an LSTM captioner on captions as long as COCO's, as after each epoch."""
    rng = np.random.default_rng(0)
    N, D, E, H = 8000, 512, 256, 512
    features = rng.standard_normal((N, D), dtype=np.float32)
    model = CaptioningRNN(VOCABULARY, D, E, H, "lstm")
    plain = Standardization(np.zeros(D, np.float32), 1.0)
    examples = Examples(InMemory(features), "val", made_up_captions(rng, N), np.arange(N), plain)

    def ours():
        with threads(SHARDS) as mapped:
            return caption_loss(model, examples, mapped)

    return Contest({OURS: ours}, validated=N)


def vgg16() -> Contest:
    """Eight pictures of 224 px to fc7, random weights, as `captioning features` computes them."""
    memory = {OURS: peak_bytes("numpy"), PYTORCH: peak_bytes("pytorch")}
    rng = np.random.default_rng(0)
    params, pictures = vgg16_weights(rng), vgg16_input(rng)
    network, pytorch, x = FastVGG16(params), vgg16_features(params), vgg16_preprocess(pictures)
    contestants = {OURS: lambda: network.features(pictures), PYTORCH: lambda: pytorch(x)}
    operations = operations_of_vgg16(params, x.shape)
    return Contest(contestants, 0.8, gigabytes_at_most=1.2, peak_bytes=memory, operations=operations)


def operations_of_vgg16(params: dict[str, np.ndarray], shape: tuple[int, ...]) -> float:
    """Return what the products of a VGG16 need for images ``(N, 3, H, W)``, convolutions by definition."""
    N, _, H, W = shape
    total = 0.0
    for name, w in params.items():
        if not name.endswith("_w"):
            continue
        # Each of five blocks sees a quarter of the pixels of the one before.
        pixels = (H * W) // 4 ** (int(name[4]) - 1) if name.startswith("conv") else 1
        total += 2.0 * N * pixels * w.size
    return total


def layers_of_vgg16() -> Contest:
    """The same by the layers that students write."""
    rng = np.random.default_rng(0)
    params, x = vgg16_weights(rng), vgg16_preprocess(vgg16_input(rng))
    pytorch = vgg16_features(params)
    contestants = {OURS: lambda: vgg16_forward(x, params), PYTORCH: lambda: pytorch(x)}
    return Contest(contestants, at_most=3, operations=operations_of_vgg16(params, x.shape))


def decoding(decode: Callable) -> Contest:
    """Caption 100 pictures with an LSTM, 16 words each: ``<END>`` is forbidden, the worst case."""
    rng = np.random.default_rng(0)
    N, D, E, H = 100, 512, 256, 512
    model = CaptioningRNN(VOCABULARY, D, E, H, "lstm")
    model.params["b_vocab"][model.end] = -1e3
    features = rng.standard_normal((N, D)).astype(np.float32)
    return Contest({OURS: partial(decode, model, features, max_length=16)}, captions=N)


def contests() -> dict[str, Callable[[], Contest]]:
    """Return how to set up each contest, by name."""
    makers: dict[str, Callable[[], Contest]] = {f"vgg16 {BATCH}x224px": vgg16}
    makers[f"vgg16 {BATCH}x224px, layer by layer"] = layers_of_vgg16
    for N, T, D, H in [(128, 16, 256, 512), (25, 13, 256, 256)]:
        for cell, at_most in [("rnn", 1.0), ("lstm", 1.25), ("gru", 1.0)]:
            makers[f"{cell} N={N} T={T} D={D} H={H}"] = partial(recurrent, cell, N, T, D, H, at_most)
    makers["training step N=128 H=512"] = training
    makers["validation"] = validation
    makers["greedy decoding"] = partial(decoding, greedy_decode)
    makers["beam search, 5 beams"] = partial(decoding, partial(beam_search, beam_width=5))
    return makers
