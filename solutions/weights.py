"""VGG16's weights in files: Keras's HDF5, of whatever version, and PyTorch's safetensors.

What a layer is, is told by the shapes of its arrays and, where the file has them, by Keras's names of layers
or PyTorch's. Every shape must fit the layer before it, every number be finite, and no layer be left over: a
VGG19 has the layers of a VGG16 too, and three more. What stands before the names of all layers, ``module.``
say, is the name of the whole. The libraries that open files are imported where they are
needed: layers compute without them.
"""

import os
import re

import numpy as np

from solutions.vgg16 import CONVOLUTIONS, FULLY_CONNECTED, IMAGENET_MEAN_BGR

# How torchvision scales pixels, in red, green, blue, before its networks see them.
_TORCH_MEAN, _TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NORMALIZED = (
    "{path} has batch normalization ({place}), and VGG16 has none: VGG16-BN is another network. "
    "Take VGG16 itself"
)
# Keras keeps in one group of a whole model's file what is the network, and beside it what trained it.
_NETWORK, _TRAINING = "model_weights", r"^/(optimizer|optimizer_weights|_optimizer)/"


def vgg16_load(path, dtype=np.float32):
    """Read weights, with or without the fully connected layers.

    Keras stores kernels as (height, width, in, out) and flattens images in the order height, width,
    channel; PyTorch's network takes other pixels than ``vgg16_preprocess`` gives (red first, scaled), which
    its first layer is changed for. All is turned into ours.

    Args:
        path: an HDF5 file of Keras's, versions 1 to 3, of weights or a whole model, or a safetensors file of
            PyTorch's (torchvision's names, or timm's).
        dtype: what the arrays are to be; the file may hold another type.

    Returns:
        params: as in ``vgg16_forward``, of the layers that the file holds.

    Raises:
        ValueError: the file cannot be read, or is not a VGG16; the message says what it is, where that shows.
    """
    import h5py  # noqa: PLC0415

    if "th_kernels" in os.path.basename(path):
        raise ValueError(f"{path} is in Theano's order, by its name. Take the file ..._tf_kernels.h5")
    try:
        layers = _keras_layers(path) if h5py.is_hdf5(path) else _torch_layers(path)
    except (OSError, RuntimeError, LookupError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as VGG16 weights: {error}") from error
    params = {}
    for name in (*CONVOLUTIONS, *FULLY_CONNECTED):
        if name in layers:
            w, b = layers.pop(name)
            with np.errstate(over="ignore"):  # what becomes infinite is refused below
                params[f"{name}_w"], params[f"{name}_b"] = w.astype(dtype), b.astype(dtype)
    missing = [name for name in CONVOLUTIONS if f"{name}_w" not in params]
    if missing:
        raise ValueError(f"{path} is not a VGG16: it has no layer {', '.join(missing)}")
    if layers:
        is_vgg19 = {"conv3_4", "conv4_4", "conv5_4"} <= layers.keys()
        what = "a VGG19, another network" if is_vgg19 else "not a VGG16"
        raise ValueError(f"{path} is {what}: VGG16 has no layer {', '.join(layers)}")
    _require_network(path, params)
    return params


def vgg16_save(path, params, dtype=np.float32):
    """Write weights in Keras's HDF5 layout.

    Args:
        path: the file to write.
        params: as in ``vgg16_forward``.
        dtype: the type on disk; ``float16`` halves the file.
    """
    import h5py  # noqa: PLC0415

    # The user block is room for a checksum.
    with h5py.File(path, "w", userblock_size=512) as file:
        for name in (*CONVOLUTIONS, *FULLY_CONNECTED):
            if f"{name}_w" not in params:
                continue
            w = params[f"{name}_w"]
            if name in CONVOLUTIONS:
                w = w.transpose(2, 3, 1, 0)
            elif name == "fc6":
                w = _reorder_rows(w, params["conv5_3_b"].size, channel_first=False)
            group = file.create_group(_keras_name(name))
            for letter, array in (("W", w), ("b", params[f"{name}_b"])):
                key = f"{_keras_name(name)}_{letter}_1:0"
                group.create_dataset(key, data=array, dtype=dtype, shuffle=True, compression="gzip")


def _keras_name(name):
    """Return Keras's name of a layer: ``conv1_2`` is ``block1_conv2``, ``fc6`` is ``fc1``."""
    if name.startswith("conv"):
        return f"block{name[4]}_conv{name[6]}"
    return {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}[name]


def _keras_layers(path):
    """Return the kernel and bias of each layer of an HDF5 file, by our names, or by the file's."""
    import h5py  # noqa: PLC0415

    groups: dict[str, list] = {}

    def collect(name, item):
        is_weight = isinstance(item, h5py.Dataset) and item.dtype.kind == "f" and item.ndim
        if is_weight and not re.search(_TRAINING, item.name):
            groups.setdefault(item.name.rpartition("/")[0], []).append(item[()])

    with h5py.File(path, "r") as file:
        file.get(_NETWORK, file).visititems(collect)
    layers = {}
    for place, arrays in groups.items():
        arrays = sorted(arrays, key=np.ndim, reverse=True)
        if [array.ndim for array in arrays] == [1, 1, 1, 1]:
            raise ValueError(_NORMALIZED.format(path=path, place=place))
        if [array.ndim for array in arrays] not in ([4, 1], [2, 1]):
            shapes = ", ".join(str(array.shape) for array in arrays)
            raise ValueError(f"{path}: {place} has arrays of shape {shapes}; expected a kernel and a bias")
        layers[place] = arrays
    if any(w.shape[2:] == (3, 3) != w.shape[:2] for w, _ in layers.values() if w.ndim == 4):
        raise ValueError(
            f"{path} is in Theano's order (kernels out, in, height, width, and turned round). Take the file "
            "..._tf_dim_ordering_tf_kernels.h5"
        )
    named = _by_name(layers)
    conv = {
        name: (np.ascontiguousarray(w.transpose(3, 2, 0, 1)), b)
        for name, (w, b) in named.items()
        if w.ndim == 4
    }
    dense = {name: arrays for name, arrays in named.items() if arrays[0].ndim == 2}
    if "fc6" in dense and "conv5_3" in conv:
        channels = conv["conv5_3"][1].size
        w, b = dense["fc6"]
        if len(w) % channels or round((len(w) / channels) ** 0.5) ** 2 * channels != len(w):
            raise ValueError(f"{path}: fc6 takes {len(w)} inputs; expected a square of {channels} channels")
        dense["fc6"] = _reorder_rows(w, channels, channel_first=True), b
    return conv | dense


def _by_name(layers):
    """Name the layers of Keras as ours: by the names that it gives VGG16's, else by their order."""
    known = {place: next(filter(None, map(_our_name, place.split("/"))), None) for place in layers}
    if any(known.values()):
        return {known[place] or place.strip("/"): arrays for place, arrays in layers.items()}
    # Keras 3 counts: conv2d, conv2d_1, ..., conv2d_12, dense, dense_1, dense_2.
    order = sorted(
        layers, key=lambda place: [int(n) if n.isdigit() else n for n in re.split(r"(\d+)", place)]
    )
    conv = [place for place in order if layers[place][0].ndim == 4]
    dense = [place for place in order if layers[place][0].ndim == 2]
    names = dict(zip(conv, _conv_names(len(conv)), strict=False)) | dict(
        zip(dense, FULLY_CONNECTED, strict=False)
    )
    return {names.get(place, place.strip("/")): arrays for place, arrays in layers.items()}


def _our_name(keras_name):
    if keras_name in (*CONVOLUTIONS, *FULLY_CONNECTED):  # Caffe's names are ours
        return keras_name
    block = re.fullmatch(r"block(\d)_conv(\d)", keras_name)
    if block:
        return f"conv{block[1]}_{block[2]}"
    return {"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"}.get(keras_name)


def _conv_names(n_layers):
    """Return the names of so many convolutions in their order: 16 are those of VGG19."""
    if n_layers == 16:
        return [
            f"conv{block}_{n}" for block, many in enumerate((2, 2, 4, 4, 4), 1) for n in range(1, many + 1)
        ]
    return list(CONVOLUTIONS)


def _torch_layers(path):
    """Return the kernel and bias of each layer of a safetensors file, by our names, or by the file's."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(path, framework="numpy") as file:
            stored = list(file.keys())
            for name in stored:
                kind = file.get_slice(name).get_dtype()
                if kind[0] in "BF" and kind not in {"BOOL", "F16", "F32", "F64"}:
                    raise ValueError(
                        f"{path}: {name} is of type {kind}, which NumPy does not have. Save it as float32, "
                        "in PyTorch: save_file({name: t.float() for name, t in state.items()}, path)"
                    )
            arrays = {name: file.get_tensor(name) for name in stored}
    except SafetensorError as error:
        raise ValueError(f"{path} cannot be read as VGG16 weights: {error}") from error
    normalized = next((name for name in stored if name.endswith(".running_mean")), None)
    if normalized is not None:
        raise ValueError(_NORMALIZED.format(path=path, place=normalized))
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            raise ValueError(f"{path}: {name} is of type {array.dtype}, expected floats")
    # A whole that VGG16 is a part of, or that wraps it, puts its own name before those of the layers.
    wholes = {found[1] for found in (re.match(r"(.*?)features\.\d", name) for name in stored) if found}
    if len(wholes) == 1:
        whole = wholes.pop()
        arrays = {name.removeprefix(whole): array for name, array in arrays.items()}
    places = sorted(
        {name.rpartition(".")[0] for name in arrays}, key=lambda p: [int(n) for n in re.findall(r"\d+", p)]
    )
    features = [place for place in places if place.startswith("features.")]
    names = dict(zip(features, _conv_names(len(features)), strict=False))
    for theirs in (
        ("classifier.0", "classifier.3", "classifier.6"),
        ("pre_logits.fc1", "pre_logits.fc2", "head.fc"),
    ):
        names |= dict(zip(theirs, FULLY_CONNECTED, strict=True))
    layers = {}
    for place in places:
        own = {
            name.rpartition(".")[2]: array
            for name, array in arrays.items()
            if name.rpartition(".")[0] == place
        }
        if own.keys() != {"weight", "bias"}:
            raise ValueError(f"{path}: {place or 'it'} has {', '.join(own)}; expected a weight and a bias")
        name, w = names.get(place, place), own["weight"]
        if name in FULLY_CONNECTED:
            w = np.ascontiguousarray(w.reshape(len(w), -1).T)  # timm keeps fc6 as a convolution
        layers[name] = w, own["bias"]
    if "conv1_1" in layers:
        layers["conv1_1"] = _for_our_pixels(*layers["conv1_1"])
    return layers


def _for_our_pixels(w, b):
    """Change a first layer for torchvision's pixels into one for those of ``vgg16_preprocess``.

    Theirs are ``(p / 255 - mean) / std`` of a red, green or blue pixel ``p``. At the border, where both are
    padded with zeros, the two differ by less than 0.01 of a standard deviation of theirs.
    """
    w = w.astype(np.float64)
    std, mean = 255 * np.array(_TORCH_STD), 255 * np.array(_TORCH_MEAN)
    if w.ndim == 4 and w.shape[1] == 3:
        b = b + (w.sum(axis=(2, 3)) * ((IMAGENET_MEAN_BGR[::-1] - mean) / std)).sum(axis=1)
        w = np.ascontiguousarray((w / std[:, None, None])[:, ::-1])
    return w, b


def _require_network(path, params):
    """Raise ValueError unless each layer fits the one before it, and all numbers are finite."""
    n_inputs = 3
    for name in (*CONVOLUTIONS, *FULLY_CONNECTED):
        if f"{name}_w" not in params:
            continue
        w, b = params[f"{name}_w"], params[f"{name}_b"]
        if name == "fc6":
            size = max(1, round((len(w) / n_inputs) ** 0.5))
            n_inputs *= size**2
        units = b.size
        expected = (units, n_inputs, 3, 3) if name in CONVOLUTIONS else (n_inputs, units)
        if w.shape != expected or b.shape != (units,) or not units:
            raise ValueError(
                f"{path}: {name} has a kernel {w.shape} and a bias {b.shape}; expected {expected}"
            )
        if not (np.isfinite(w).all() and np.isfinite(b).all()):
            raise ValueError(f"{path}: the layer {name} holds NaN or infinity")
        n_inputs = units


def _reorder_rows(w, channels, channel_first):
    """Reorder the rows of ``fc6_w`` between (height, width, channel) and (channel, height, width)."""
    size = round((len(w) / channels) ** 0.5)
    if channel_first:
        rows = w.reshape(size, size, channels, -1).transpose(2, 0, 1, 3)
    else:
        rows = w.reshape(channels, size, size, -1).transpose(1, 2, 0, 3)
    return np.ascontiguousarray(rows).reshape(w.shape)
