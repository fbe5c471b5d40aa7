"""VGG16: thirteen 3 x 3 convolutions, five poolings, three fully connected layers.

The network of K. Simonyan and A. Zisserman, “Very Deep Convolutional Networks for Large-Scale Image
Recognition”, 2015 (configuration D), at any width and image size. Layers have the names of the
original release: ``conv1_1`` ... ``conv5_3``, ``pool1`` ... ``pool5``, ``fc6``, ``fc7``, ``fc8``.
Parameters are a dictionary: ``conv1_1_w`` ``(F, C, 3, 3)``, ``conv1_1_b`` ``(F,)``, ``fc6_w`` ``(D, M)``...

Files of weights are read and written by ``solutions/weights.py``.
"""

import numpy as np

from solutions.affine import affine_backward, affine_forward, relu_backward, relu_forward
from solutions.convolution import conv_backward, conv_forward, max_pool_backward, max_pool_forward
from solutions.shapes import shapes

CONVOLUTIONS = {  # layer: filters at width 1
    "conv1_1": 64, "conv1_2": 64,
    "conv2_1": 128, "conv2_2": 128,
    "conv3_1": 256, "conv3_2": 256, "conv3_3": 256,
    "conv4_1": 512, "conv4_2": 512, "conv4_3": 512,
    "conv5_1": 512, "conv5_2": 512, "conv5_3": 512,
}  # fmt: skip
FULLY_CONNECTED = ("fc6", "fc7", "fc8")
LAYERS = (
    tuple(
        name
        for block in "12345"
        for name in [*(conv for conv in CONVOLUTIONS if conv[4] == block), f"pool{block}"]
    )
    + FULLY_CONNECTED
)
CONV_PARAM = {"stride": 1, "pad": 1}
POOL_PARAM = {"pool_height": 2, "pool_width": 2, "stride": 2}
# The mean of ImageNet's pixels in blue, green, red: the order in which the network was trained.
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


def vgg16_shapes(width=1.0, image_size=224, fc_dim=4096, n_classes=1000):
    """Return the shape of every parameter.

    Args:
        width: the number of filters of each convolution, as a share of the original's.
        image_size: height and width of the pictures in pixels, at least 32.
        fc_dim: units of ``fc6`` and ``fc7``.
        n_classes: units of ``fc8``.

    Returns:
        A dictionary from parameter name to shape, in the order of the layers.

    Raises:
        ValueError: ``image_size`` is less than 32.
    """
    if image_size < 32:
        raise ValueError(f"image_size is {image_size}; five poolings need at least 32 pixels")
    shape_of: dict[str, tuple[int, ...]] = {}
    channels = 3
    for name, filters in CONVOLUTIONS.items():
        n_filters = max(1, round(filters * width))
        shape_of[f"{name}_w"], shape_of[f"{name}_b"] = (n_filters, channels, 3, 3), (n_filters,)
        channels = n_filters
    n_inputs = channels * (image_size // 32) ** 2
    for name, n_units in zip(FULLY_CONNECTED, (fc_dim, fc_dim, n_classes), strict=True):
        shape_of[f"{name}_w"], shape_of[f"{name}_b"] = (n_inputs, n_units), (n_units,)
        n_inputs = n_units
    return shape_of


def vgg16_init(rng, width=1.0, image_size=224, fc_dim=4096, n_classes=1000, dtype=np.float32):
    """Draw fresh parameters: normal weights of variance 2 / fan-in, biases of zero.

    Source: K. He et al., “Delving Deep into Rectifiers”, 2015, equation 10.

    Args:
        rng: a ``numpy.random.Generator``.
        width, image_size, fc_dim, n_classes: as in ``vgg16_shapes``.

    Returns:
        params: a dictionary of arrays of type ``dtype``.
    """
    params = {}
    for name, shape in vgg16_shapes(width, image_size, fc_dim, n_classes).items():
        fan_in = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        scale = np.sqrt(2 / fan_in) if name.endswith("_w") else 0.0
        params[name] = (scale * rng.standard_normal(shape)).astype(dtype)
    return params


def vgg16_preprocess(images):
    """Turn pictures into what the network was trained on.

    Args:
        images: ``(N, H, W, 3)`` uint8, red, green, blue.

    Returns:
        x: ``(N, 3, H, W)`` float32, blue, green, red, minus the mean of ImageNet.

    Raises:
        ValueError: the pictures are not uint8, or have another shape.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"images are {images.dtype} {images.shape}, expected uint8 (N, H, W, 3)")
    ### BEGIN SOLUTION
    bgr = images[..., ::-1].astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)
    x = np.ascontiguousarray(bgr.transpose(0, 3, 1, 2))
    ### END SOLUTION
    return x


@shapes(x="N C H W")
def vgg16_forward(x, params, layer="fc7"):
    """Run the network up to a named layer, keeping nothing on the way.

    Args:
        x: ``(N, 3, H, W)`` from ``vgg16_preprocess``.
        params: from ``vgg16_init`` or ``vgg16_load``.
        layer: where to stop; what comes after it costs nothing.

    Returns:
        out: that layer's output after its rectifier (``fc8`` has none): ``(N, F, H', W')`` for
        convolutions and poolings, ``(N, units)`` for fully connected layers.

    Raises:
        ValueError: there is no such layer, or the weights end before it.
    """
    if layer not in LAYERS:
        raise ValueError(f"there is no layer {layer!r}; the layers are {', '.join(LAYERS)}")
    ### BEGIN SOLUTION
    out = x
    for name in LAYERS[: LAYERS.index(layer) + 1]:
        if name.startswith("pool"):
            out, _ = max_pool_forward(out, POOL_PARAM)
            continue
        w, b = _weights(params, name)
        if name.startswith("conv"):
            out, _ = conv_forward(out, w, b, CONV_PARAM)
        else:
            out, _ = affine_forward(out, w, b)
        if name != "fc8":
            np.maximum(out, 0, out=out)
    ### END SOLUTION
    return out


@shapes(x="N C H W")
def vgg16_forward_train(x, params):
    """Run the whole network and keep what the backward pass needs.

    Args:
        x: ``(N, 3, H, W)``.
        params: as in ``vgg16_forward``.

    Returns:
        logits: ``(N, n_classes)``, the output of ``fc8``.
        caches: what ``vgg16_backward`` needs.
    """
    ### BEGIN SOLUTION
    out = x
    caches = []
    for name in LAYERS:
        if name.startswith("pool"):
            out, cache = max_pool_forward(out, POOL_PARAM)
        elif name.startswith("conv"):
            out, layer_cache = conv_forward(out, *_weights(params, name), CONV_PARAM)
            out, relu_cache = relu_forward(out)
            cache = layer_cache, relu_cache
        else:
            out, layer_cache = affine_forward(out, *_weights(params, name))
            out, relu_cache = relu_forward(out) if name != "fc8" else (out, None)
            cache = layer_cache, relu_cache
        caches.append((name, cache))
    ### END SOLUTION
    return out, caches


def vgg16_backward(dlogits, caches):
    """Return the gradient of every parameter.

    Args:
        dlogits: upstream gradient ``(N, n_classes)``.
        caches: from ``vgg16_forward_train``.

    Returns:
        grads: a dictionary with the keys and shapes of ``params``.
    """
    ### BEGIN SOLUTION
    dout = dlogits
    grads = {}
    for name, cache in reversed(caches):
        if name.startswith("pool"):
            dout = max_pool_backward(dout, cache)
            continue
        layer_cache, relu_cache = cache
        if relu_cache is not None:
            dout = relu_backward(dout, relu_cache)
        backward = conv_backward if name.startswith("conv") else affine_backward
        dout, grads[f"{name}_w"], grads[f"{name}_b"] = backward(dout, layer_cache)
    ### END SOLUTION
    return grads


def _weights(params, name):
    if f"{name}_w" not in params:
        raise ValueError(
            f"these weights have no layer {name}; they end before it (weights “without top” end at pool5)"
        )
    return params[f"{name}_w"], params[f"{name}_b"]


def vgg16_image_size(params):
    """Return the height and width, in pixels, of the pictures that ``fc6`` was made for."""
    return 32 * round((len(params["fc6_w"]) / params["conv5_3_b"].size) ** 0.5)
