"""Every call that CS231n's notebooks in NumPy make, by its form, with the values that they print."""

# isort: off
import subprocess
import sys

import numpy as np
import pytest

import captioning.cs231n  # what follows is found because of it
from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.coco_utils import decode_captions, load_coco_data, sample_coco_minibatch
from cs231n.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    conv_forward_im2col,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from cs231n.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
)
from cs231n.image_utils import image_from_url
from cs231n.layer_utils import (
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from cs231n.layers import (
    affine_backward,
    affine_forward,
    batchnorm_forward,
    conv_backward_naive,
    conv_forward_naive,
    dropout_backward,
    dropout_forward,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_backward,
    relu_forward,
    softmax_loss,
    svm_loss,
)
from cs231n.optim import adam, rmsprop, sgd, sgd_momentum
from cs231n.rnn_layers import (
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    sigmoid,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)

# isort: on
from captioning.errors import InputError
from captioning.layers import encode_captions
from tests.tiny import write_tiny_data

SMALL = {"<NULL>": 0, "cat": 2, "dog": 3}


@pytest.fixture(autouse=True)
def seed():
    """Begin as their cells do."""
    np.random.seed(231)


def error(x, y):
    """Return the notebooks' own relative error."""
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def python(code, folder):
    """Run a program that begins as a kernel does, with its folder on the path."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=False, capture_output=True, text=True
    )


def ramp(low, high, *shape):
    return np.linspace(low, high, num=int(np.prod(shape))).reshape(shape)


def require_gradients(forward, arrays, backward):
    """Hold what a backward function returns against differences, one ``lambda`` for each array."""
    out, cache = forward(*arrays)
    dout = np.random.randn(*out.shape)
    grads = backward(dout, cache)
    for k, grad in enumerate(grads if isinstance(grads, tuple) else (grads,)):
        numeric = eval_numerical_gradient_array(
            lambda value, k=k: forward(*arrays[:k], value, *arrays[k + 1 :])[0], arrays[k], dout
        )
        np.testing.assert_allclose(grad, numeric, rtol=1e-5, atol=1e-7)


# FullyConnectedNets


def test_affine_and_relu():
    out, _ = affine_forward(ramp(-0.1, 0.5, 2, 4, 5, 6), ramp(-0.2, 0.3, 120, 3), ramp(-0.3, 0.1, 3))
    assert error(out, [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]) < 1e-8
    out, _ = relu_forward(ramp(-0.5, 0.5, 3, 4))
    right = [[0, 0, 0, 0], [0, 0, 0.04545455, 0.13636364], [0.22727273, 0.31818182, 0.40909091, 0.5]]
    assert error(out, right) < 1e-7
    arrays = [np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)]
    require_gradients(affine_forward, arrays, affine_backward)
    require_gradients(relu_forward, [np.random.randn(10, 10)], relu_backward)
    require_gradients(affine_relu_forward, arrays, affine_relu_backward)


@pytest.mark.slow
@pytest.mark.parametrize(("loss_of", "about"), [(svm_loss, 9.0), (softmax_loss, 2.3)])
def test_losses(loss_of, about):
    x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)
    numeric = eval_numerical_gradient(lambda x: loss_of(x, y)[0], x, verbose=False)
    loss, dx = loss_of(x, y)
    assert loss == pytest.approx(about, abs=0.05)
    assert error(numeric, dx) < 1e-6


RULES = {
    "velocity": (
        sgd_momentum,
        {"learning_rate": 1e-3, "velocity": ramp(0.6, 0.9, 4, 5)},
        {"next_w": (0.1406, 0.40775789, 1.4096), "velocity": (0.5406, 0.59723158, 0.8096)},
    ),
    "cache": (
        rmsprop,
        {"learning_rate": 1e-2, "cache": ramp(0.6, 0.9, 4, 5)},
        {"next_w": (-0.39223849, -0.18467247, 0.59576619), "cache": (0.5976, 0.65804321, 0.8926)},
    ),
    "moments": (
        adam,
        {"learning_rate": 1e-2, "m": ramp(0.6, 0.9, 4, 5), "v": ramp(0.7, 0.5, 4, 5), "t": 5},
        {
            "next_w": (-0.40094747, -0.19060977, 0.59801459),
            "m": (0.48, 0.55789474, 0.85),
            "v": (0.69966, 0.65738853, 0.49966),
        },
    ),
}


@pytest.mark.parametrize(("rule", "config", "right"), RULES.values(), ids=RULES)
def test_update_rules_change_the_config_that_they_are_given(rule, config, right):
    w, dw = ramp(-0.4, 0.6, 4, 5), ramp(-0.6, 0.4, 4, 5)
    next_w, returned = rule(w, dw, config=config)
    assert returned is config
    for name, (first, fifth, last) in right.items():
        values = next_w if name == "next_w" else config[name]
        assert error(values.flat[[0, 4, 19]], np.array([first, fifth, last])) < 1e-6


def test_update_rules_without_a_config_and_plain_descent():
    w, dw = np.ones(3), np.ones(3)
    for rule, step in ((sgd, 1e-2), (sgd_momentum, 1e-2), (rmsprop, 1e-1), (adam, 1e-3)):
        next_w, config = rule(w, dw)
        np.testing.assert_allclose(next_w, 1 - step, rtol=1e-6)
        assert config["learning_rate"] in {1e-2, 1e-3}
    config = {}
    sgd(w, dw, config)
    assert config == {"learning_rate": 1e-2}


def test_a_network_of_ones_own_is_differentiated_in_place():
    """``lambda _: model.loss(X, y)[0]`` looks at parameters that it is not given."""
    params = {"W1": np.random.randn(4, 5), "b1": np.random.randn(5), "W2": np.random.randn(5, 3)}
    X, y = np.random.randn(6, 4), np.random.randint(3, size=6)

    def loss():
        hidden, hidden_cache = affine_relu_forward(X, params["W1"], params["b1"])
        scores, cache = affine_forward(hidden, params["W2"], np.zeros(3))
        value, dscores = softmax_loss(scores, y)
        dhidden, dW2, _ = affine_backward(dscores, cache)
        _, dW1, db1 = affine_relu_backward(dhidden, hidden_cache)
        return value, {"W1": dW1, "b1": db1, "W2": dW2}

    value, grads = loss()
    for name in sorted(grads):
        numeric = eval_numerical_gradient(lambda _: loss()[0], params[name], verbose=False, h=1e-5)
        assert error(numeric, grads[name]) < 1e-5
    assert loss()[0] == value


def test_some_entries_of_a_gradient(capsys):
    w = np.random.randn(3, 4)
    grad_check_sparse(lambda w: (w**2).sum(), w, 2 * w, 5)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(float(line.rpartition(" ")[2]) < 1e-6 for line in lines)


# Dropout


def test_dropout_draws_what_the_notebook_prints():
    x = np.random.randn(500, 500) + 10
    out, _ = dropout_forward(x, {"mode": "train", "p": 0.25})
    out_test, _ = dropout_forward(x, {"mode": "test", "p": 0.25})
    printed = [x.mean(), out.mean(), out_test.mean(), (out == 0).mean(), (out_test == 0).mean()]
    np.testing.assert_allclose(
        printed, [10.000207878477502, 10.014059116977283, 10.000207878477502, 0.749784, 0.0], rtol=1e-12
    )


def test_dropout_of_a_seed_drops_the_same_entries():
    x, param = np.random.randn(10, 10) + 10, {"mode": "train", "p": 0.2, "seed": 123}
    require_gradients(lambda x: dropout_forward(x, param), [x], dropout_backward)
    np.testing.assert_array_equal(dropout_forward(x, param)[0], dropout_forward(x, param)[0])


# ConvolutionalNetworks


@pytest.mark.slow
def test_convolution():
    x, w, b = ramp(-0.1, 0.5, 2, 3, 4, 4), ramp(-0.2, 0.3, 3, 3, 4, 4), ramp(-0.1, 0.2, 3)
    out, _ = conv_forward_naive(x, w, b, {"stride": 2, "pad": 1})
    right = [
        [
            [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]],
            [[0.21027089, 0.21661097], [0.22847626, 0.23004637]],
            [[0.50813986, 0.54309974], [0.64082444, 0.67101435]],
        ],
        [
            [[-0.98053589, -1.03143541], [-1.19128892, -1.24695841]],
            [[0.69108355, 0.66880383], [0.59480972, 0.56776003]],
            [[2.36270298, 2.36904306], [2.38090835, 2.38247847]],
        ],
    ]
    assert error(out, right) < 1e-7
    param = {"stride": 1, "pad": 1}
    arrays = [np.random.randn(2, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)]
    require_gradients(lambda x, w, b: conv_forward_naive(x, w, b, param), arrays, conv_backward_naive)


def test_filters_made_by_hand_have_whole_numbers_for_biases():
    x, w = np.random.randn(2, 3, 8, 8), np.zeros((2, 3, 3, 3))
    w[1, 2, :, :] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    out, _ = conv_forward_naive(x, w, np.array([0, 128]), {"stride": 1, "pad": 1})
    assert out[:, 1].mean() == pytest.approx(128, abs=5)


@pytest.mark.slow
def test_max_pooling():
    param = {"pool_width": 2, "pool_height": 2, "stride": 2}
    out, _ = max_pool_forward_naive(ramp(-0.3, 0.4, 2, 3, 4, 4), param)
    assert error(out[0, 0], [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]]) < 1e-7
    assert error(out[1, 2], [[0.32631579, 0.34105263], [0.38526316, 0.4]]) < 1e-7
    require_gradients(
        lambda x: max_pool_forward_naive(x, param), [np.random.randn(3, 2, 8, 8)], max_pool_backward_naive
    )


def test_the_fast_layers_are_the_naive_ones():
    x, w, b = np.random.randn(4, 3, 11, 11), np.random.randn(5, 3, 3, 3), np.random.randn(5)
    dout, param = np.random.randn(4, 5, 6, 6), {"stride": 2, "pad": 1}
    naive, fast = conv_forward_naive(x, w, b, param), conv_forward_fast(x, w, b, param)
    np.testing.assert_allclose(fast[0], naive[0], rtol=1e-10)
    np.testing.assert_array_equal(conv_forward_im2col(x, w, b, param)[0], fast[0])
    for one, other in zip(
        conv_backward_naive(dout, naive[1]), conv_backward_fast(dout, fast[1]), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    x, dout = np.random.randn(4, 3, 8, 8), np.random.randn(4, 3, 4, 4)
    pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
    naive, fast = max_pool_forward_naive(x, pool), max_pool_forward_fast(x, pool)
    np.testing.assert_array_equal(naive[0], fast[0])
    np.testing.assert_array_equal(
        max_pool_backward_naive(dout, naive[1]), max_pool_backward_fast(dout, fast[1])
    )


@pytest.mark.slow
def test_sandwiches():
    param, pool = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    arrays = [np.random.randn(2, 3, 8, 8), np.random.randn(3, 3, 3, 3), np.random.randn(3)]
    require_gradients(
        lambda x, w, b: conv_relu_pool_forward(x, w, b, param, pool), arrays, conv_relu_pool_backward
    )
    require_gradients(lambda x, w, b: conv_relu_forward(x, w, b, param), arrays, conv_relu_backward)


# RNN_Captioning


def test_rnn():
    next_h, _ = rnn_step_forward(
        ramp(-0.4, 0.7, 3, 10), ramp(-0.2, 0.5, 3, 4), ramp(-0.1, 0.9, 10, 4), ramp(-0.3, 0.7, 4, 4),
        ramp(-0.2, 0.4, 4),
    )  # fmt: skip
    right = [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
    assert error(next_h, right) < 1e-7
    h, _ = rnn_forward(
        ramp(-0.1, 0.3, 2, 3, 4), ramp(-0.3, 0.1, 2, 5), ramp(-0.2, 0.4, 4, 5), ramp(-0.4, 0.1, 5, 5),
        ramp(-0.7, 0.1, 5),
    )  # fmt: skip
    assert error(h[0, 0], [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251]) < 1e-6
    assert error(h[1, 2], [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043]) < 1e-6
    N, D, H, T = 4, 5, 6, 3
    weights = [np.random.randn(D, H), np.random.randn(H, H), np.random.randn(H)]
    step = [np.random.randn(N, D), np.random.randn(N, H), *weights]
    require_gradients(rnn_step_forward, step, rnn_step_backward)
    require_gradients(rnn_forward, [np.random.randn(N, T, D), np.random.randn(N, H), *weights], rnn_backward)


def test_word_embedding():
    x = np.asarray([[0, 3, 1, 2], [2, 1, 0, 3]])
    out, _ = word_embedding_forward(x, ramp(0, 1, 5, 3))
    assert error(out[0, 1], [0.64285714, 0.71428571, 0.78571429]) < 1e-7
    assert error(out[1, 2], [0.0, 0.07142857, 0.14285714]) < 1e-7
    x, W = np.random.randint(5, size=(50, 3)), np.random.randn(5, 6)
    out, cache = word_embedding_forward(x, W)
    dout = np.random.randn(*out.shape)
    numeric = eval_numerical_gradient_array(lambda W: word_embedding_forward(x, W)[0], W, dout)
    assert error(word_embedding_backward(dout, cache), numeric) < 1e-8


def test_temporal_layers(capsys):
    arrays = [np.random.randn(2, 3, 4), np.random.randn(4, 5), np.random.randn(5)]
    require_gradients(temporal_affine_forward, arrays, temporal_affine_backward)
    for (N, T, V), share, about in (
        ((100, 1, 10), 1.0, 2.3),
        ((100, 10, 10), 1.0, 23.0),
        ((5000, 10, 10), 0.1, 2.3),
    ):
        x, y = 0.001 * np.random.randn(N, T, V), np.random.randint(V, size=(N, T))
        loss, _ = temporal_softmax_loss(x, y, np.random.rand(N, T) <= share)
        assert loss == pytest.approx(about, rel=0.03)
    x, y, mask = np.random.randn(3, 4, 5), np.random.randint(5, size=(3, 4)), np.random.rand(3, 4) > 0.5
    _, dx = temporal_softmax_loss(x, y, mask, verbose=False)
    assert capsys.readouterr().out == ""
    numeric = eval_numerical_gradient(lambda x: temporal_softmax_loss(x, y, mask)[0], x, verbose=False)
    np.testing.assert_allclose(dx, numeric, atol=1e-8)
    temporal_softmax_loss(x, y, mask, verbose=True)
    assert "(3, 4, 5)" in capsys.readouterr().out


# LSTM_Captioning


def test_lstm():
    next_h, next_c, _ = lstm_step_forward(
        ramp(-0.4, 1.2, 3, 4), ramp(-0.3, 0.7, 3, 5), ramp(-0.4, 0.9, 3, 5), ramp(-2.1, 1.3, 4, 20),
        ramp(-0.7, 2.2, 5, 20), ramp(0.3, 0.7, 20),
    )  # fmt: skip
    assert error(next_h[0], [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904]) < 1e-7
    assert error(next_c[2], [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676]) < 1e-7
    h, _ = lstm_forward(
        ramp(-0.4, 0.6, 2, 3, 5), ramp(-0.4, 0.8, 2, 4), ramp(-0.2, 0.9, 5, 16), ramp(-0.3, 0.6, 4, 16),
        ramp(0.2, 0.7, 16),
    )  # fmt: skip
    assert error(h[0, 0], [0.01764008, 0.01823233, 0.01882671, 0.0194232]) < 1e-6
    assert error(h[1, 2], [0.81733511, 0.83677871, 0.85403753, 0.86935314]) < 1e-6
    N, D, H, T = 2, 3, 4, 3
    weights = [np.random.randn(D, 4 * H), np.random.randn(H, 4 * H), np.random.randn(4 * H)]
    states = [np.random.randn(N, H), np.random.randn(N, H)]
    require_gradients(lstm_forward, [np.random.randn(N, T, D), states[0], *weights], lstm_backward)
    x, dnext_h, dnext_c = np.random.randn(N, D), *np.random.randn(2, N, H)
    *_, cache = lstm_step_forward(x, *states, *weights)
    _, dprev_h, dprev_c, *_ = lstm_step_backward(dnext_h, dnext_c, cache)
    for k, grad in ((0, dprev_h), (1, dprev_c)):
        # Their functions look at the array, whatever they call their argument.
        numeric = sum(
            eval_numerical_gradient_array(
                lambda h, n=n: lstm_step_forward(x, *states, *weights)[n], states[k], upstream
            )
            for n, upstream in enumerate((dnext_h, dnext_c))
        )
        assert error(grad, numeric) < 1e-6
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("cell", "low", "high", "right"), [("rnn", -1.5, 0.3, 9.83235591003), ("lstm", -0.5, 1.7, 9.82445935443)]
)
def test_the_loss_of_a_vocabulary_of_three_words(cell, low, high, right):
    N, D, W, H, V, T = 10, 20, 30, 40, len(SMALL), 13
    model = CaptioningRNN(SMALL, input_dim=D, wordvec_dim=W, hidden_dim=H, cell_type=cell, dtype=np.float64)
    for name, value in model.params.items():
        model.params[name] = np.linspace(-1.4, 1.3, num=value.size).reshape(*value.shape)
    captions = (np.arange(N * T) % V).reshape(N, T)
    loss, _ = model.loss(ramp(low, high, N, D), captions)
    assert loss == pytest.approx(right, abs=1e-10)
    with pytest.raises(InputError, match="<START> and <END>"):
        model.sample(ramp(low, high, N, D))


def test_the_gradient_of_a_captioner():
    model = CaptioningRNN(SMALL, input_dim=4, wordvec_dim=5, hidden_dim=6, cell_type="rnn", dtype=np.float64)
    captions, features = np.random.randint(len(SMALL), size=(2, 3)), np.random.randn(2, 4)
    _, grads = model.loss(features, captions)
    for name in sorted(grads):
        numeric = eval_numerical_gradient(
            lambda _: model.loss(features, captions)[0], model.params[name], verbose=False, h=1e-6
        )
        np.testing.assert_allclose(grads[name], numeric, atol=1e-7)


@pytest.mark.slow
def test_a_captioner_learns_a_few_captions(tmp_path, capsys):
    folder = write_tiny_data(tmp_path / "data", pca_features=True)
    data = load_coco_data(base_dir=folder, pca_features=True)
    for split in ("train", "val"):
        assert data[f"{split}_captions"].ndim == data[f"{split}_features"].ndim == 2
        assert len(data[f"{split}_urls"]) == len(data[f"{split}_features"])
    small = load_coco_data(folder, max_train=20)
    assert small["train_captions"].shape == (20, data["train_captions"].shape[1])
    model = CaptioningRNN(
        cell_type="rnn",
        word_to_idx=data["word_to_idx"],
        input_dim=data["train_features"].shape[1],
        hidden_dim=32,
        wordvec_dim=16,
    )
    solver = CaptioningSolver(
        model, small, update_rule="adam", num_epochs=60, batch_size=10,
        optim_config={"learning_rate": 5e-3}, lr_decay=0.995, verbose=True, print_every=10,
    )  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 120
    assert solver.loss_history[-1] < 0.1 * solver.loss_history[0]
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 12
    assert printed[1].startswith("(Iteration 11 / 120) loss: ")
    captions, features, urls = sample_coco_minibatch(small, split="train", batch_size=2)
    said = decode_captions(model.sample(features), data["idx_to_word"])
    right = decode_captions(captions, data["idx_to_word"])
    assert said == right
    assert decode_captions(captions[0], data["idx_to_word"]) == right[0]
    assert len(urls) == 2
    encoded = encode_captions([right[0].split()], data["word_to_idx"], captions.shape[1] - 2)
    np.testing.assert_array_equal(encoded[0], captions[0])


def test_what_the_solver_refuses():
    with pytest.raises(ValueError, match="update_rule is 'adamw', expected one of sgd"):
        CaptioningSolver(CaptioningRNN(SMALL), {}, update_rule="adamw")
    with pytest.raises(TypeError, match="learning_rate"):
        CaptioningSolver(CaptioningRNN(SMALL), {}, learning_rate=1e-3)


def test_a_photo_that_is_gone_is_a_grey_square(capsys):
    assert image_from_url("no-address").shape == (224, 224, 3)
    assert "There is no photo at no-address" in capsys.readouterr().out


# The names


def test_what_is_not_here_is_said_by_name():
    with pytest.raises(InputError, match=r"batchnorm_forward of CS231n is not here.*no normalisation layers"):
        batchnorm_forward(np.ones((2, 3)), np.ones(3), np.zeros(3), {"mode": "train"})


def test_a_star_brings_the_layers_and_nothing_else():
    for module in ("layers", "rnn_layers", "optim", "fast_layers", "layer_utils"):
        names = {}
        exec(f"from cs231n.{module} import *", names)
        del names["__builtins__"]
        assert names
        assert all(callable(value) and value.__name__ == name for name, value in names.items())


@pytest.mark.slow
def test_the_rest_comes_from_the_folder_of_the_assignment(tmp_path):
    theirs = tmp_path / "cs231n"
    (theirs / "classifiers").mkdir(parents=True)
    for name in ("__init__.py", "layers.py", "classifiers/__init__.py"):
        (theirs / name).write_text("affine_forward = None\n", encoding="utf-8")
    (theirs / "solver.py").write_text("NAME = 'theirs'\n", encoding="utf-8")
    (theirs / "classifiers" / "fc_net.py").write_text("from ..layers import *\n", encoding="utf-8")
    code = (
        "import captioning.cs231n\n"
        "from cs231n.solver import NAME\n"
        "from cs231n.classifiers.fc_net import affine_forward\n"
        "print(NAME, affine_forward.__module__)\n"
    )
    result = python(code, tmp_path)
    assert (result.stderr, result.stdout) == ("", "theirs captioning.cs231n.ours\n")
    late = python("import cs231n\nimport captioning.cs231n\n", tmp_path)
    assert "cs231n has been imported already, from" in late.stderr
    assert "above all imports of cs231n" in late.stderr


def test_it_is_one_package_under_two_names():
    assert sys.modules["cs231n"] is captioning.cs231n
