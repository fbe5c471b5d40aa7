"""VGG16: its sizes, its file format, its features, and the real weights where they are at hand."""

import struct

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from captioning.errors import InputError
from captioning.training.frameworks import load_params
from solutions.pca import pca_fit, pca_project
from solutions.vgg16 import (
    CONVOLUTIONS,
    LAYERS,
    vgg16_forward,
    vgg16_forward_train,
    vgg16_image_size,
    vgg16_init,
    vgg16_preprocess,
    vgg16_shapes,
)
from solutions.weights import vgg16_load, vgg16_save

SMALL = {"width": 1 / 32, "image_size": 64, "fc_dim": 6, "n_classes": 5}
KERAS_NAMES = {
    **{name: f"block{name[4]}_conv{name[6]}" for name in CONVOLUTIONS},
    "fc6": "fc1", "fc7": "fc2", "fc8": "predictions",
}  # fmt: skip


@pytest.fixture
def params():
    rng = np.random.default_rng(0)
    drawn = vgg16_init(rng, **SMALL)
    return {
        name: array + np.float32(0.1) * rng.random(array.shape, np.float32) for name, array in drawn.items()
    }


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)


def test_the_original_has_the_published_number_of_parameters():
    shapes = vgg16_shapes()
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 138_357_544
    assert shapes["conv1_1_w"] == (64, 3, 3, 3)
    assert shapes["fc6_w"] == (25_088, 4096)
    assert len([name for name in LAYERS if name.startswith("conv")]) == 13


def test_fresh_parameters_have_the_declared_shapes_and_keep_activations_in_range(images):
    params = vgg16_init(np.random.default_rng(0), width=1 / 4, image_size=64, fc_dim=128)
    assert {name: array.shape for name, array in params.items()} == vgg16_shapes(1 / 4, 64, 128)
    assert all(array.dtype == np.float32 for array in params.values())
    x = vgg16_preprocess(images)
    assert 0.1 < vgg16_forward(x, params, "conv5_3").std() / x.std() < 10


def test_a_picture_too_small_for_five_poolings_is_refused():
    with pytest.raises(ValueError, match="image_size is 31; five poolings need at least 32 pixels"):
        vgg16_shapes(image_size=31)


def test_pictures_become_bgr_minus_the_mean():
    image = np.zeros((1, 2, 3, 3), dtype=np.uint8)
    image[0, 1, 2] = [10, 20, 30]
    x = vgg16_preprocess(image)
    assert x.shape == (1, 3, 2, 3)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x[0, :, 1, 2], [30 - 103.939, 20 - 116.779, 10 - 123.68], rtol=1e-6)
    np.testing.assert_allclose(x[0, :, 0, 0], [-103.939, -116.779, -123.68], rtol=1e-6)


@pytest.mark.parametrize(
    "images",
    [np.zeros((1, 4, 4, 3)), np.zeros((4, 4, 3), np.uint8), np.zeros((1, 3, 4, 4), np.uint8)],
    ids=["floats", "no batch", "channels first"],
)
def test_what_is_no_batch_of_pictures_is_refused(images):
    with pytest.raises(ValueError, match=r"expected uint8 \(N, H, W, 3\)"):
        vgg16_preprocess(images)


def test_training_and_feature_extraction_agree(params, images):
    x = vgg16_preprocess(images)
    before = x.copy()
    logits, _ = vgg16_forward_train(x, params)
    np.testing.assert_allclose(vgg16_forward(x, params, "fc8"), logits, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(x, before)
    assert (logits < 0).any()
    assert (vgg16_forward(x, params, "fc7") >= 0).all()


def test_an_unknown_layer_is_refused(params, images):
    with pytest.raises(ValueError, match=r"there is no layer 'fc9'; the layers are conv1_1, .*fc8"):
        vgg16_forward(vgg16_preprocess(images), params, "fc9")


def test_weights_without_top_end_at_pool5(params, images):
    x = vgg16_preprocess(images)
    convolutional = {name: array for name, array in params.items() if name.startswith("conv")}
    assert vgg16_forward(x, convolutional, "pool5").shape == (2, 16, 2, 2)
    with pytest.raises(ValueError, match=r"no layer fc6; .*end at pool5"):
        vgg16_forward(x, convolutional)


# Files.


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("top", [True, False])
def test_what_is_written_is_read(tmp_path, params, dtype, top):
    kept = {name: array for name, array in params.items() if top or name.startswith("conv")}
    vgg16_save(tmp_path / "w.h5", kept, dtype)
    loaded = vgg16_load(tmp_path / "w.h5")
    assert loaded.keys() == kept.keys()
    for name, array in kept.items():
        np.testing.assert_array_equal(loaded[name], array.astype(dtype).astype(np.float32))
        assert loaded[name].dtype == np.float32
        assert loaded[name].flags.c_contiguous


def write_as_keras(path, rng):
    """Write a small file as Keras 1 does, and return its arrays by Keras's names of the layers."""
    arrays = {}
    with h5py.File(path, "w") as file:
        for name, shape in vgg16_shapes(**SMALL).items():
            if not name.endswith("_w"):
                continue
            keras = KERAS_NAMES[name.removesuffix("_w")]
            w_shape = shape if len(shape) == 2 else (*shape[2:], shape[1], shape[0])
            arrays[keras] = rng.standard_normal(w_shape) * 0.3, rng.standard_normal(w_shape[-1])
            group = file.create_group(keras)
            group[f"{keras}_W_1:0"], group[f"{keras}_b_1:0"] = arrays[keras]
        file.create_group("block1_pool")
        file.create_group("flatten")
    return arrays


def forward_as_keras(images, arrays, layer):
    """Run channels-last, as Keras does, on its own kernels: a second, independent implementation."""
    x = images[..., ::-1] - np.array([103.939, 116.779, 123.68])
    for name in LAYERS[: LAYERS.index(layer) + 1]:
        if name.startswith("pool"):
            N, H, W, C = x.shape
            x = x.reshape(N, H // 2, 2, W // 2, 2, C).max(axis=(2, 4))
            continue
        w, b = arrays[KERAS_NAMES[name]]
        if name.startswith("conv"):
            padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
            x = np.einsum("nijcpq,pqcf->nijf", patches, w) + b
        else:
            x = x.reshape(len(x), -1) @ w + b
        x = x if name == "fc8" else np.maximum(x, 0)
    return x


def test_weights_of_keras_give_what_keras_gives(tmp_path, images):
    arrays = write_as_keras(tmp_path / "w.h5", np.random.default_rng(2))
    params = vgg16_load(tmp_path / "w.h5", dtype=np.float64)
    assert vgg16_image_size(params) == 64
    x = vgg16_preprocess(images).astype(np.float64)
    for layer in ("conv1_1", "pool5", "fc6", "fc7", "fc8"):
        expected = forward_as_keras(images, arrays, layer)
        if expected.ndim == 4:
            expected = expected.transpose(0, 3, 1, 2)
        np.testing.assert_allclose(vgg16_forward(x, params, layer), expected, rtol=1e-5, atol=1e-5)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-2000])


def no_hdf5(path):
    path.write_text("<html>404</html>")


def another_network(path):
    with h5py.File(path, "w") as file:
        file.create_group("conv_stem")


def a_layer_without_kernel(path):
    with h5py.File(path, "r+") as file:
        del file["block2_conv1"]["block2_conv1_W_1:0"]


@pytest.mark.parametrize(
    "damage", [cut_off, no_hdf5, another_network, a_layer_without_kernel, lambda p: p.unlink()]
)
def test_a_damaged_file_is_refused_by_name(tmp_path, params, damage):
    path = tmp_path / "weights.h5"
    vgg16_save(path, params)
    damage(path)
    with pytest.raises(ValueError, match=r"weights\.h5"):
        vgg16_load(path)


# Files that other programs wrote; each is written here as its program does.


def keras_arrays(params):
    """Return Keras's kernel and bias of each layer, by Keras's name."""
    arrays = {}
    for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8"):
        w, b = params[f"{name}_w"], params[f"{name}_b"]
        if w.ndim == 4:
            w = w.transpose(2, 3, 1, 0)
        elif name == "fc6":
            w = w.reshape(params["conv5_3_b"].size, 2, 2, -1).transpose(1, 2, 0, 3).reshape(w.shape)
        arrays[KERAS_NAMES[name]] = np.ascontiguousarray(w), b
    return arrays


def keras_2(file, arrays):
    for name, (w, b) in arrays.items():
        file[f"{name}/{name}/kernel:0"], file[f"{name}/{name}/bias:0"] = w, b


def keras_2_whole_model(file, arrays):
    keras_2(file.create_group("model_weights"), arrays)
    keras_2(file.create_group("optimizer_weights/Adam"), {"m": arrays["fc1"]})


def keras_3(file, arrays, root="layers"):
    for n, (w, b) in enumerate(arrays.values()):
        kind, number = ("conv2d", n) if n < 13 else ("dense", n - 13)
        name = f"{kind}_{number}" if number else kind
        file[f"{root}/{name}/vars/0"], file[f"{root}/{name}/vars/1"] = w, b
    file["optimizer/vars/0"] = np.zeros(3)
    file["layers/dropout/seed_generator/vars/0"] = np.arange(2)


def keras_3_inside_a_model(file, arrays):
    keras_3(file, arrays, "layers/functional/layers")


def keras_3_in_the_old_format(file, arrays):
    for name, (w, b) in arrays.items():
        file[f"model_weights/{name}/vgg16/{name}/kernel"] = w
        file[f"model_weights/{name}/vgg16/{name}/bias"] = b


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ">f8"])
@pytest.mark.parametrize(
    "write", [keras_2, keras_2_whole_model, keras_3, keras_3_inside_a_model, keras_3_in_the_old_format]
)
def test_every_layout_of_keras_is_read(tmp_path, params, write, dtype):
    arrays = {name: (w.astype(dtype), b.astype(dtype)) for name, (w, b) in keras_arrays(params).items()}
    with h5py.File(tmp_path / "w.h5", "w") as file:
        write(file, arrays)
    loaded = vgg16_load(tmp_path / "w.h5")
    assert loaded.keys() == params.keys()
    for name, array in params.items():
        np.testing.assert_array_equal(loaded[name], array.astype(dtype).astype(np.float32))


def theano(arrays):
    kernels = {n: w.transpose(3, 2, 0, 1)[..., ::-1, ::-1] for n, (w, _) in arrays.items() if w.ndim == 4}
    return {name: (kernels.get(name, w), b) for name, (w, b) in arrays.items()}


def with_nan(arrays):
    arrays["fc2"][1][0] = np.nan
    return arrays


def overflowing(arrays):
    return arrays | {"block3_conv2": (arrays["block3_conv2"][0] * 1e300, arrays["block3_conv2"][1])}


def vgg19(arrays):
    return arrays | {f"block{n}_conv4": (arrays[f"block{n}_conv3"]) for n in (3, 4, 5)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (theano, "is in Theano's order"),
        (with_nan, "the layer fc7 holds NaN"),
        (overflowing, "the layer conv3_2 holds NaN or infinity"),
        (vgg19, "is a VGG19, another network: VGG16 has no layer conv3_4, conv4_4, conv5_4"),
        (lambda a: a | {"dense": a["fc1"]}, "is not a VGG16: VGG16 has no layer dense"),
        (lambda a: a | {"fc1": (a["fc1"][0][:-3], a["fc1"][1])}, "fc6 takes 61 inputs; expected a square"),
        (lambda a: a | {"fc2": (a["fc2"][0][:-1], a["fc2"][1])}, r"fc7 has a kernel \(5, 6\)"),
        (lambda a: a | {"block2_conv1": a["block2_conv2"]}, "conv2_1 has a kernel"),
        (lambda a: a | {"block2_conv1": (a["block2_conv1"][0], a["fc1"][1])}, "conv2_1 has a kernel"),
        (lambda a: {n: v for n, v in a.items() if n != "block4_conv2"}, "it has no layer conv4_2"),
        (lambda a: a | {"batch_norm": (a["fc1"][1], a["fc1"][1])}, "batch_norm has arrays of shape"),
    ],
)
def test_weights_of_another_network_are_refused(tmp_path, params, change, sentence):
    arrays = keras_arrays({name: array.astype(np.float64) for name, array in params.items()})
    with h5py.File(tmp_path / "w.h5", "w") as file:
        keras_2(file, change(arrays))
    with pytest.raises(ValueError, match=sentence):
        vgg16_load(tmp_path / "w.h5")


def test_a_vgg19_without_names_of_layers(tmp_path, params):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for n, (w, b) in enumerate(vgg19(keras_arrays(params)).values()):
            if w.ndim == 4:
                file[f"layers/conv2d_{n}/vars/0"], file[f"layers/conv2d_{n}/vars/1"] = w, b
    with pytest.raises(ValueError, match="is a VGG19"):
        vgg16_load(tmp_path / "w.h5")


def test_what_shows_in_the_name_of_a_file_alone(tmp_path, params):
    path = tmp_path / "vgg16_weights_tf_dim_ordering_th_kernels.h5"
    vgg16_save(path, params)
    with pytest.raises(ValueError, match="Theano's order, by its name"):
        vgg16_load(path)


NUMBERS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
PYTORCH = {name: f"features.{n}" for name, n in zip(CONVOLUTIONS, NUMBERS, strict=True)}
TORCHVISION = PYTORCH | {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}
TIMM = PYTORCH | {"fc6": "pre_logits.fc1", "fc7": "pre_logits.fc2", "fc8": "head.fc"}


@pytest.mark.parametrize("names", [TORCHVISION, TIMM], ids=["torchvision", "timm"])
def test_weights_of_pytorch_see_the_same_pictures(tmp_path, params, images, names):
    state = {}
    for name, theirs in names.items():
        w = params[f"{name}_w"]
        w = w if w.ndim == 4 else w.T
        if names is TIMM and name in {"fc6", "fc7"}:
            w = w.reshape(len(w), -1, *([2, 2] if name == "fc6" else [1, 1]))
        state[f"{theirs}.weight"], state[f"{theirs}.bias"] = (
            np.ascontiguousarray(w),
            params[f"{name}_b"] + 0.1,
        )
    save_file(state, tmp_path / "vgg16.safetensors")
    loaded = vgg16_load(tmp_path / "vgg16.safetensors")
    assert vgg16_image_size(loaded) == 64
    # What PyTorch computes: the same layers, on pixels scaled as torchvision does.
    pixels = (images / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    x = pixels.transpose(0, 3, 1, 2).astype(np.float32)
    theirs = {name: array + 0.1 * name.endswith("_b") for name, array in params.items()}
    expected = vgg16_forward(x, theirs, "conv1_1")[..., 1:-1, 1:-1]
    ours = vgg16_forward(vgg16_preprocess(images), loaded, "conv1_1")[..., 1:-1, 1:-1]
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)
    expected = vgg16_forward(x, theirs, "fc7")
    ours = vgg16_forward(vgg16_preprocess(images), loaded)
    np.testing.assert_allclose(ours, expected, atol=0.02 * expected.max())


def pytorch_state(params, whole=""):
    return {
        f"{whole}{theirs}.{kind}": np.ascontiguousarray(array if array.ndim != 2 else array.T)
        for name, theirs in TORCHVISION.items()
        for kind, array in (("weight", params[f"{name}_w"]), ("bias", params[f"{name}_b"]))
    }


def test_the_name_of_a_whole_before_those_of_its_layers_is_passed_over(tmp_path, params):
    save_file(pytorch_state(params), tmp_path / "a.safetensors")
    expected = vgg16_load(tmp_path / "a.safetensors")
    for whole in ("module.", "_orig_mod.", "backbone.vgg."):
        save_file(pytorch_state(params, whole), tmp_path / "b.safetensors")
        loaded = vgg16_load(tmp_path / "b.safetensors")
        assert loaded.keys() == expected.keys()
        assert all(np.array_equal(loaded[name], array) for name, array in expected.items())
    save_file(pytorch_state(params, "vgg.") | {"head.weight": np.ones((2, 3))}, tmp_path / "b.safetensors")
    with pytest.raises(ValueError, match="head has weight; expected a weight and a bias"):
        vgg16_load(tmp_path / "b.safetensors")


def test_caffes_names_of_layers_are_ours(tmp_path, params):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        keras_2(file, {name: keras_arrays(params)[theirs] for name, theirs in KERAS_NAMES.items()})
    loaded = vgg16_load(tmp_path / "w.h5")
    assert all(np.array_equal(loaded[name], array) for name, array in params.items())


def test_batch_normalization_is_another_network(tmp_path, params):
    one = np.ones(4, np.float32)
    kinds = ("weight", "bias", "running_mean", "running_var")
    state = pytorch_state(params) | {f"features.1.{kind}": one for kind in kinds}
    save_file(state, tmp_path / "w.safetensors")
    with h5py.File(tmp_path / "w.h5", "w") as file:
        keras_2(file, keras_arrays(params))
        for kind in ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"):
            file[f"bn/bn/{kind}"] = one
    for name in ("w.safetensors", "w.h5"):
        with pytest.raises(ValueError, match=r"has batch normalization .*: VGG16-BN is another network"):
            vgg16_load(tmp_path / name)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F8_E5M2"])
def test_numbers_that_numpy_does_not_have(kind, tmp_path):
    size = 2 if kind == "BF16" else 1
    header = f'{{"features.0.weight":{{"dtype":"{kind}","shape":[1],"data_offsets":[0,{size}]}}}}'.encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))
    with pytest.raises(ValueError, match=rf"features\.0\.weight is of type {kind}, .*t\.float\(\)"):
        vgg16_load(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=f"is of type {kind}"):
        load_params(tmp_path / "w.safetensors")


def test_keras_own_output_of_the_first_layer(real_data):
    """The biases of these weights were rounded to 16 bits, hence 1e-3."""
    folder = real_data / "vgg16_block1_2"
    with np.load(folder / "weights.npz") as file:
        params = {f"conv1_1_{kind.lower()}": file[f"block1_conv1_{kind}"].astype(np.float32) for kind in "Wb"}
        x = file["persian_cat_input"].astype(np.float32)
    pixel = vgg16_forward(x, params, "conv1_1")[0, :, 0, 0]
    assert pixel.shape == (64,)
    np.testing.assert_allclose(pixel[[0, 1, 2, -1]], [369.494507, 0, 9.88306999, 21.8990307], atol=1e-3)


# Principal components.


def test_components_are_those_of_the_singular_value_decomposition():
    rng = np.random.default_rng(0)
    features = (
        rng.standard_normal((40, 6)) * [5, 4, 3, 2, 1, 0.5] @ np.linalg.qr(rng.standard_normal((6, 6)))[0]
    )
    mean, components = pca_fit(features, 4)
    np.testing.assert_allclose(mean, features.mean(axis=0))
    np.testing.assert_allclose(components.T @ components, np.eye(4), atol=1e-12)
    rows = np.linalg.svd(features - mean)[2][:4]
    signs = np.sign((components * rows.T).sum(axis=0))
    np.testing.assert_allclose(components, rows.T * signs, atol=1e-9)
    assert (components[np.abs(components).argmax(axis=0), range(4)] > 0).all()
    variances = pca_project(features, mean, components).var(axis=0)
    assert (np.diff(variances) < 0).all()


def test_all_components_lose_nothing_and_keep_the_dtype():
    features = np.random.default_rng(0).standard_normal((9, 5)).astype(np.float32)
    mean, components = pca_fit(features, 5)
    projected = pca_project(features, mean, components)
    assert mean.dtype == components.dtype == projected.dtype == np.float32
    np.testing.assert_allclose(projected @ components.T + mean, features, atol=1e-5)


@pytest.mark.parametrize("n_components", [0, 6])
def test_a_number_of_components_that_cannot_be_is_refused(n_components):
    with pytest.raises(ValueError, match=f"n_components is {n_components}, expected 1 to 5"):
        pca_fit(np.ones((9, 5)), n_components)
