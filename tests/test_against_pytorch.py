"""PyTorch computes the same: stored vectors, in float64, to 1e-9. ``make vectors`` writes them anew."""

from pathlib import Path

import numpy as np
import pytest

from solutions.attention import dot_product_attention_backward, dot_product_attention_forward
from solutions.captioner import CaptioningRNN
from solutions.cells import CELLS
from solutions.convolution import (
    conv_backward,
    conv_backward_naive,
    conv_forward,
    conv_forward_naive,
    max_pool_backward,
    max_pool_forward,
)
from solutions.losses import softmax_loss
from solutions.optimizers import adam, clip_gradients, rmsprop, sgd_momentum
from solutions.vgg16 import LAYERS, vgg16_backward, vgg16_forward, vgg16_forward_train, vgg16_preprocess
from solutions.words import word_embedding_backward, word_embedding_forward


def load(name):
    with np.load(Path(__file__).parent / "vectors" / f"{name}.npz") as file:
        return dict(file)


def assert_agree(ours, pytorch):
    """Compare to 1e-9 of the array's largest entry; an array of zeros would prove nothing."""
    assert np.shape(ours) == np.shape(pytorch)
    assert np.any(pytorch)
    assert np.max(np.abs(ours - pytorch)) <= 1e-9 * np.max(np.abs(pytorch))


def assert_gradients_agree(grads, names, vectors):
    for name, grad in zip(names, grads, strict=True):
        assert_agree(grad, vectors[f"d{name}"])


@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_layer(cell):
    v = load(cell)
    names = ["x", "h0", "Wx", "Wh", "b"]
    h, cache = CELLS[cell].forward(*(v[name] for name in names))
    assert_agree(h, v["h"])
    assert_gradients_agree(CELLS[cell].backward(v["dh"], cache), names, v)


@pytest.mark.parametrize("cell", CELLS)
def test_training_step_of_a_captioner(cell):
    v = load(f"captioner_{cell}")
    V, E = v["W_embed"].shape
    word_to_idx = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", *map(str, range(3, V))])}
    D, H = v["W_proj"].shape
    model = CaptioningRNN(word_to_idx, D, E, H, cell, dtype=np.float64)
    model.params = {name: v[name] for name in model.params}
    loss, grads = model.loss(v["features"], v["captions"])
    assert_agree(loss, v["loss"])
    assert grads.keys() == model.params.keys()
    for name, grad in grads.items():
        assert_agree(grad, v[f"d{name}"])


@pytest.mark.parametrize("name", ["conv_same", "conv_strided", "conv_far"])
@pytest.mark.parametrize(
    ("forward", "backward"),
    [(conv_forward, conv_backward), (conv_forward_naive, conv_backward_naive)],
    ids=["fast", "naive"],
)
def test_convolution(name, forward, backward):
    v = load(name)
    out, cache = forward(v["x"], v["w"], v["b"], {"stride": int(v["stride"]), "pad": int(v["pad"])})
    assert_agree(out, v["out"])
    assert_gradients_agree(backward(v["dout"], cache), "xwb", v)


@pytest.mark.parametrize("name", ["pool_vgg", "pool_overlapping", "pool_ties"])
def test_max_pooling(name):
    v = load(name)
    window, stride = int(v["window"]), int(v["stride"])
    out, cache = max_pool_forward(v["x"], {"pool_height": window, "pool_width": window, "stride": stride})
    assert_agree(out, v["out"])
    assert_agree(max_pool_backward(v["dout"], cache), v["dx"])


def test_word_embedding():
    v = load("embedding")
    out, cache = word_embedding_forward(v["x"], v["W"])
    assert_agree(out, v["out"])
    assert_agree(word_embedding_backward(v["dout"], cache), v["dW"])


def test_softmax_loss():
    v = load("cross_entropy")
    loss, dx = softmax_loss(v["x"], v["y"])
    assert_agree(loss, v["loss"])
    assert_agree(dx, v["dx"])


def test_attention():
    v = load("attention")
    attended, _, cache = dot_product_attention_forward(v["h"], v["A"])
    assert_agree(attended, v["attended"])
    assert_gradients_agree(dot_product_attention_backward(v["dattended"], cache), "hA", v)


@pytest.mark.parametrize(
    ("rule", "config"),
    [
        (sgd_momentum, {"learning_rate": 0.05, "momentum": 0.8}),
        (rmsprop, {"learning_rate": 0.05, "decay_rate": 0.9, "epsilon": 1e-3}),
        (adam, {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}),
    ],
)
def test_update_rule_over_several_steps(rule, config):
    v = load(rule.__name__)
    w = v["w"][0]
    for dw, expected in zip(v["dw"], v["w"][1:], strict=True):
        w, config = rule(w, dw, config)
        assert_agree(w, expected)


@pytest.mark.parametrize("max_norm", [0.5, 50.0])
def test_clipping_by_the_global_norm(max_norm):
    v = load("clipping")
    clipped, norm = clip_gradients({"a": v["a"], "b": v["b"]}, max_norm)
    assert_agree(norm, v[f"norm_{max_norm}"])
    # PyTorch divides by the norm plus 1e-6.
    pytorchs = max_norm / (norm + 1e-6) if norm > max_norm else 1.0
    ours = max_norm / norm if norm > max_norm else 1.0
    for name in ("a", "b"):
        assert_agree(clipped[name] * (pytorchs / ours), v[f"{name}_{max_norm}"])


def vgg16_vectors():
    v = load("vgg16")
    params = {name: v[name].astype(np.float64) for name in v if f"d{name}" in v}
    return v, params, vgg16_preprocess(v["image"]).astype(np.float64)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_of_vgg16(layer):
    v, params, x = vgg16_vectors()
    out = vgg16_forward(x, params, layer)
    step = max(1, out.shape[-1] // 8) if out.ndim == 4 else 1
    assert_agree(out[..., ::step, ::step] if step > 1 else out, v[f"out_{layer}"])


def test_every_gradient_of_vgg16():
    v, params, x = vgg16_vectors()
    _, caches = vgg16_forward_train(x, params)
    grads = vgg16_backward(v["dlogits"], caches)
    assert grads.keys() == params.keys()
    for name, grad in grads.items():
        assert_agree(grad, v[f"d{name}"])
