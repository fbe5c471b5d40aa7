"""Every backward of the reference is certified by complex step, to 1e-9 of the gradient's norm."""

import numpy as np
import pytest

from solutions.attention import AttentionCaptioner
from solutions.captioner import CaptioningRNN
from solutions.gradients import (
    complex_step_gradient,
    directional_derivative,
    numeric_gradient,
    relative_error,
)
from solutions.vgg16 import vgg16_backward, vgg16_forward_train, vgg16_init
from tests.layer_cases import LAYER_BATCHES, LAYERS, draw_upstream, is_float

TOLERANCE = 1e-9


def assert_close_in_norm(name, derived, measured):
    """Refuse a gradient further from the measured one than 1e-9 of its norm."""
    assert derived.shape == measured.shape, name
    error = np.linalg.norm(derived - measured)
    assert error <= TOLERANCE * np.linalg.norm(measured), f"{name}: {error:.1e} off"


def as_complex(arrays):
    """Cast every floating-point array: a real one cannot take what is added in place."""
    return {name: array.astype(complex) if is_float(array) else array for name, array in arrays.items()}


def derived_and_measured(layer, arrays):
    """Return a layer's gradients by argument name, and those of complex step."""
    outputs, cache = layer.run(arrays)
    upstream = draw_upstream(outputs)
    names = [name for name, array in arrays.items() if is_float(array)]
    derived = dict(zip(names, layer.gradients(upstream, cache), strict=True))
    flat_upstream = np.concatenate([np.ravel(array) for array in upstream])
    constants = as_complex(arrays)
    measured = {}
    for name in names:

        def stepped(z, name=name):
            return np.concatenate([np.ravel(out) for out in layer.run(constants | {name: z})[0]])

        measured[name] = complex_step_gradient(stepped, arrays[name], flat_upstream)
    return derived, measured


@pytest.mark.parametrize(("layer", "N", "T"), LAYER_BATCHES, ids=str)
def test_backward_agrees_with_complex_step(layer, N, T):
    derived, measured = derived_and_measured(layer, layer.arrays(N, T))
    assert derived
    for name, gradient in derived.items():
        assert_close_in_norm(name, gradient, measured[name])


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_gradient_with_one_entry_a_millionth_off_is_refused(layer):
    derived, measured = derived_and_measured(layer, layer.arrays(1, 1))
    for name, gradient in derived.items():
        spoilt = gradient.copy()
        spoilt.flat[np.abs(spoilt).argmax()] *= 1 + 1e-6
        with pytest.raises(AssertionError, match="off"):
            assert_close_in_norm(name, spoilt, measured[name])


WORD_TO_IDX = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a", "b", "c"])}
CAPTIONS = np.array([[1, 4, 5, 4, 2], [1, 6, 2, 0, 0]])


def captioners():
    sizes = {"input_dim": 5, "wordvec_dim": 3, "hidden_dim": 2, "dtype": np.float64}
    for cell_type in ("rnn", "lstm", "gru"):
        yield cell_type, CaptioningRNN(WORD_TO_IDX, cell_type=cell_type, **sizes), (5,)
    yield "attention", AttentionCaptioner(WORD_TO_IDX, **sizes), (5, 2, 3)


@pytest.mark.parametrize("captions", [CAPTIONS, CAPTIONS[:1], CAPTIONS[1:, :2]], ids=["N=2", "N=1", "T=1"])
@pytest.mark.parametrize(
    ("model", "feature_shape"), [pytest.param(model, shape, id=name) for name, model, shape in captioners()]
)
def test_loss_of_a_captioner_agrees_with_complex_step(model, feature_shape, captions):
    rng = np.random.default_rng(2)
    features = rng.standard_normal((len(captions), *feature_shape))
    originals = {name: rng.standard_normal(array.shape) for name, array in model.params.items()}
    model.params = originals
    _, grads = model.loss(features, captions)
    assert grads.keys() == originals.keys()
    for name, gradient in grads.items():

        def loss(z, name=name):
            model.params = as_complex(originals) | {name: z}
            return model.loss(features.astype(complex), captions)[0]

        assert_close_in_norm(name, gradient, complex_step_gradient(loss, originals[name]))
    model.params = originals


def test_vgg16_agrees_with_complex_step_along_random_directions():
    rng = np.random.default_rng(3)
    params = vgg16_init(rng, width=1 / 32, image_size=32, fc_dim=6, n_classes=5, dtype=np.float64)
    for name in params:
        params[name] += 0.01 * rng.standard_normal(params[name].shape)
    x = rng.standard_normal((2, 3, 32, 32))
    logits, caches = vgg16_forward_train(x, params)
    upstream = rng.standard_normal(logits.shape)
    grads = vgg16_backward(upstream, caches)
    assert grads.keys() == params.keys()
    for name, gradient in grads.items():
        direction = rng.standard_normal(gradient.shape)
        assert np.linalg.norm(gradient) > 0, name

        def along(t, name=name, direction=direction):
            moved = as_complex(params) | {name: params[name] + t * direction}
            return vgg16_forward_train(x.astype(complex), moved)[0]

        measured = complex_step_gradient(along, np.zeros(1), upstream)
        np.testing.assert_allclose((gradient * direction).sum(), measured[0], rtol=1e-9, err_msg=name)


# The instruments themselves.

X = np.array([[0.5, -1.2, 2.0], [0.1, 3.0, -0.7]])
UPSTREAM = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.0]])


@pytest.mark.parametrize(("measure", "rtol"), [(numeric_gradient, 1e-8), (complex_step_gradient, 1e-15)])
def test_gradient_of_a_function_with_a_known_derivative(measure, rtol):
    before = X.copy()
    np.testing.assert_allclose(measure(np.sin, X, UPSTREAM), UPSTREAM * np.cos(X), rtol=rtol)
    np.testing.assert_array_equal(before, X)


def test_directional_derivative_is_the_gradient_along_a_direction():
    direction = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    expected = (UPSTREAM * np.cos(X) * direction).sum()
    assert directional_derivative(np.sin, X, direction, UPSTREAM) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("measure", [numeric_gradient, complex_step_gradient])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_instruments_need_float64(measure, dtype):
    with pytest.raises(TypeError, match="expected float64"):
        measure(np.sin, X.astype(dtype))


def test_relative_error():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.002])) == pytest.approx(0.002 / 4.002)
    assert relative_error(np.array([1.0]), np.array([-1.0])) == 1
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        relative_error(np.ones(2), np.ones(3))
