"""VGG16: thirteen 3 x 3 convolutions, five poolings, three fully connected layers.

The network of K. Simonyan and A. Zisserman, “Very Deep Convolutional Networks for Large-Scale Image
Recognition”, 2015 (configuration D), at any width and image size. Layers have the names of the
original release: ``conv1_1`` ... ``conv5_3``, ``pool1`` ... ``pool5``, ``fc6``, ``fc7``, ``fc8``.
Parameters are a dictionary: ``conv1_1_w`` ``(F, C, 3, 3)``, ``conv1_1_b`` ``(F,)``, ``fc6_w`` ``(D, M)``...

Files of weights are read and written by ``solutions/weights.py``.
"""

import numpy as np


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


def vgg16_image_size(params):
    """Return the height and width, in pixels, of the pictures that ``fc6`` was made for."""
    return 32 * round((len(params["fc6_w"]) / params["conv5_3_b"].size) ** 0.5)
