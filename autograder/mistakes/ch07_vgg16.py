"""Chapter 7: VGG16, and the principal components of its features."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

VGG16_PREPROCESS = [
    Mistake(
        "red first",
        "vgg16_preprocess",
        "images[..., ::-1]",
        "images",
        "The pictures come as red, green, blue, and the network was trained on another order. It works all "
        "the same, only worse, and nobody notices.",
    ),
    Mistake(
        "mean subtracted in the wrong order",
        "vgg16_preprocess",
        "images[..., ::-1].astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        "(images.astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32))[..., ::-1]",
        "The mean is given in blue, green, red. In which order are the channels when you subtract it?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "mean not subtracted",
        "vgg16_preprocess",
        " - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        "",
        "The network has seen pixels around 0. What was taken off them in its training?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "scaled to 1",
        "vgg16_preprocess",
        ".astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        ".astype(np.float32) / 255 - np.array(IMAGENET_MEAN_BGR, dtype=np.float32) / 255",
        "Later networks want pixels between 0 and 1. This one was trained on pixels from 0 to 255, and so "
        "is its mean.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "mean of the batch",
        "vgg16_preprocess",
        "np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        "images[..., ::-1].mean(axis=(0, 1, 2)).astype(np.float32)",
        "The mean is that of the pictures of the training, a constant. Otherwise what a picture looks like "
        "depends on the others in the batch.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "reshaped, not transposed",
        "vgg16_preprocess",
        "bgr.transpose(0, 3, 1, 2)",
        "bgr.reshape(len(bgr), 3, *bgr.shape[1:3])",
        "A reshape keeps the order in memory, it does not exchange axes. Look at your picture: it is in "
        "stripes.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "height and width exchanged",
        "vgg16_preprocess",
        "bgr.transpose(0, 3, 1, 2)",
        "bgr.transpose(0, 3, 2, 1)",
        "The channels come to the front, and what was above stays above. Yours is mirrored along the "
        "diagonal.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "channels left behind",
        "vgg16_preprocess",
        "bgr.transpose(0, 3, 1, 2)",
        "bgr",
        "The convolutions want the channels in front of height and width.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "float64",
        "vgg16_preprocess",
        "images[..., ::-1].astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        "images[..., ::-1] - np.array(IMAGENET_MEAN_BGR)",
        "The whole network computes in the type of its input: twice the memory and half the speed.",
        kind=Kind.DTYPE,
    ),
]

VGG16_FORWARD = [
    Mistake(
        "stops before the layer",
        "vgg16_forward",
        "LAYERS.index(layer) + 1",
        "LAYERS.index(layer)",
        "A slice ends before its second number. Does the layer that was asked for belong to it?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "no rectifier after the fully connected layers",
        "vgg16_forward",
        'if name != "fc8":',
        'if not name.startswith("fc"):',
        "Two of the fully connected layers have a rectifier as well: two of them without one between would "
        "be a single one.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "rectifier after the last layer",
        "vgg16_forward",
        'if name != "fc8":',
        "if name:",
        "The last layer gives logits, and a class that is unlikely has a negative one.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "no rectifier before a pooling",
        "vgg16_forward",
        'if name != "fc8":',
        'if name not in ("fc8", "conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"):',
        "Every convolution is followed by a rectifier, those before a pooling too: a window that is negative "
        "everywhere shows the difference.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "rectifiers forgotten",
        "vgg16_forward",
        "            np.maximum(out, 0, out=out)\n",
        "            pass\n",
        "Without a nonlinearity between them all these layers could be one.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "biases forgotten",
        "vgg16_forward",
        "conv_forward(out, w, b, CONV_PARAM)",
        "conv_forward(out, w, np.zeros_like(b), CONV_PARAM)",
        "Convolutions have a bias, like fully connected layers.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "mean pooling",
        "vgg16_forward",
        "out, _ = max_pool_forward(out, POOL_PARAM)",
        "out = out.reshape(*out.shape[:2], out.shape[2] // 2, 2, -1, 2).mean(axis=(3, 5))",
        "The pooling of this network keeps the largest of four pixels, not their mean.",
    ),
    Mistake(
        "absolute value for the rectifier",
        "vgg16_forward",
        "np.maximum(out, 0, out=out)",
        "np.abs(out, out=out)",
        "A rectifier cuts off what is negative; it does not turn it round.",
        kind=Kind.WHERE,
    ),
]

VGG16_FORWARD_TRAIN = [
    Mistake(
        "rectifier after the last layer",
        "vgg16_forward_train",
        'relu_forward(out) if name != "fc8" else (out, None)',
        "relu_forward(out)",
        "The last layer gives logits, and a class that is unlikely has a negative one.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "no rectifier after the fully connected layers",
        "vgg16_forward_train",
        'relu_forward(out) if name != "fc8" else (out, None)',
        "(out, None)",
        "Two of the fully connected layers have a rectifier as well: two of them without one between would "
        "be a single one.",
    ),
    Mistake(
        "output of the rectifier not passed on",
        "vgg16_forward_train",
        "            out, relu_cache = relu_forward(out)\n            cache",
        "            _, relu_cache = relu_forward(out)\n            cache",
        "You compute the rectifier of the convolutions and go on with what was there before it.",
    ),
    Mistake(
        "stops one layer early",
        "vgg16_forward_train",
        "for name in LAYERS:",
        "for name in LAYERS[:-1]:",
        "Training needs the logits, the output of the last layer.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "weights of another layer",
        "vgg16_forward_train",
        "conv_forward(out, *_weights(params, name), CONV_PARAM)",
        'conv_forward(out, *_weights(params, name.replace("_3", "_2")), CONV_PARAM)',
        "Two convolutions of a block share their weights in your network. It fits, since their shapes are "
        "equal; which layer is it?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "biases forgotten",
        "vgg16_forward_train",
        "affine_forward(out, *_weights(params, name))",
        'affine_forward(out, params[f"{name}_w"], np.zeros_like(params[f"{name}_b"]))',
        "Fully connected layers have a bias, like convolutions.",
        kind=Kind.MISSING_TERM,
    ),
]

VGG16_BACKWARD = [
    Mistake(
        "rectifiers forgotten",
        "vgg16_backward",
        "            dout = relu_backward(dout, relu_cache)\n",
        "            pass\n",
        "Where a unit was cut off, nothing of the gradient gets through.",
    ),
    Mistake(
        "rectifiers of the convolutions forgotten",
        "vgg16_backward",
        "if relu_cache is not None:",
        'if relu_cache is not None and name.startswith("fc"):',
        "Every convolution was followed by a rectifier. Where it cut off, nothing of the gradient gets "
        "through.",
    ),
    Mistake(
        "pooling's gradient spread evenly",
        "vgg16_backward",
        "dout = max_pool_backward(dout, cache)",
        "dout = np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4",
        "A mean would hand its gradient to all of its pixels alike. To which of them does a maximum hand it?",
    ),
    Mistake(
        "from the first layer to the last",
        "vgg16_backward",
        "reversed(caches)",
        "caches",
        "The upstream gradient belongs to the last layer. At which end do you begin?",
        kind=Kind.RAISED,
    ),
    Mistake(
        "weights and biases exchanged",
        "vgg16_backward",
        'dout, grads[f"{name}_w"], grads[f"{name}_b"] =',
        'dout, grads[f"{name}_b"], grads[f"{name}_w"] =',
        "A layer's backward function returns three gradients. In which order?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "mean over the batch",
        "vgg16_backward",
        "    dout = dlogits\n",
        "    dout = dlogits / len(dlogits)\n",
        "The upstream gradient carries the 1/N of the loss already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "sign turned",
        "vgg16_backward",
        "    dout = dlogits\n",
        "    dout = -dlogits\n",
        "A gradient tells in which direction the loss grows; the step downhill is taken later, by the update "
        "rule.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "gradient stops at the convolutions",
        "vgg16_backward",
        'backward = conv_backward if name.startswith("conv") else affine_backward\n',
        'backward = conv_backward if name.startswith("conv") else affine_backward\n'
        '        if name == "conv5_3":\n            dout = dout * 0\n',
        "Nothing comes through to the convolutions. Training the last layers alone is done on purpose, and "
        "not in this function.",
        kind=Kind.MISSING_TERM,
    ),
]

PCA_FIT = [
    Mistake(
        "not centred",
        "pca_fit",
        "centred = features - mean",
        "centred = features",
        "Variance is what is left when the mean is gone. Your first direction points to the centre of the "
        "features.",
    ),
    Mistake(
        "least variance first",
        "pca_fit",
        "components[:, ::-1][:, :n_components]",
        "components[:, :n_components]",
        "Eigenvalues come in rising order. You keep the directions in which the features vary least.",
    ),
    Mistake(
        "last ones in rising order",
        "pca_fit",
        "components[:, ::-1][:, :n_components]",
        "components[:, -n_components:]",
        "The directions are the right ones; the one in which the features vary most comes first.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "rows for columns",
        "pca_fit",
        "components = components[:, ::-1][:, :n_components]",
        "components = components[::-1][:n_components].T",
        "The eigenvectors are the columns of what comes back, not its rows.",
    ),
    Mistake(
        "sign not fixed",
        "pca_fit",
        "components = components * np.sign(components[largest, np.arange(n_components)])",
        "pass",
        "An eigenvector with its sign turned is one, too. Here its largest entry is positive, so that "
        "everybody gets the same.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "sign of the first entry",
        "pca_fit",
        "largest = np.abs(components).argmax(axis=0)",
        "largest = 0",
        "It is the largest entry that must be positive. The first one may be nearly 0, and rounding decides.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "largest without regard to its sign",
        "pca_fit",
        "np.abs(components).argmax(axis=0)",
        "components.argmax(axis=0)",
        "You look for the largest number, and that is positive already. Largest is meant in size, whatever "
        "the sign.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "scaled by the spread",
        "pca_fit",
        "    largest = np.abs",
        "    components = components * np.std(centred @ components, axis=0)\n    largest = np.abs",
        "Components are directions: each has length 1. How far the features spread along it is another "
        "number.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "features standardised",
        "pca_fit",
        "centred = features - mean",
        "centred = (features - mean) / features.std(axis=0)",
        "Dividing each feature by its spread gives the directions of the correlations. Here the variances "
        "themselves count.",
    ),
    Mistake(
        "mean of each picture",
        "pca_fit",
        "mean = features.mean(axis=0)\n    centred = features - mean",
        "mean = features.mean(axis=1)\n    centred = features - mean[:, None]",
        "The mean is over the pictures: one number for each feature.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "mean in place",
        "pca_fit",
        "centred = features - mean",
        "features -= mean\n    centred = features",
        "The features are the caller's array. An operator with an equals sign changes it.",
        kind=Kind.MUTATED,
    ),
]

PCA_PROJECT = [
    Mistake(
        "not centred",
        "pca_project",
        "(features - mean) @ components",
        "features @ components",
        "The components were found around the mean; coordinates are counted from there.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "mean of these features",
        "pca_project",
        "(features - mean)",
        "(features - features.mean(axis=0))",
        "New pictures are measured from the mean of the old ones, the one that is given. A single picture "
        "would be all zeros.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "centred in place",
        "pca_project",
        "projected = (features - mean) @ components",
        "features -= mean\n    projected = features @ components",
        "The features are the caller's array. An operator with an equals sign changes it.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "mean added",
        "pca_project",
        "(features - mean)",
        "(features + mean)",
        "The centre of the features must land at 0. Where does it land in yours?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "projected and put back",
        "pca_project",
        "(features - mean) @ components",
        "(features - mean) @ components @ components.T + mean",
        "Those are the features as they look after the loss of the other directions. What is asked for is "
        "their coordinates, one for each component.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "coordinates of length 1",
        "pca_project",
        "projected = (features - mean) @ components",
        "projected = (features - mean) @ components\n"
        "    projected = projected / np.linalg.norm(projected, axis=1, keepdims=True)",
        "Nothing is made as long as something else here: how far a picture is from the mean tells, too.",
        kind=Kind.FACTOR,
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "mean taken off bytes",
        "vgg16_preprocess",
        "images[..., ::-1].astype(np.float32) - np.array(IMAGENET_MEAN_BGR, dtype=np.float32)",
        "(images[..., ::-1] - np.array(IMAGENET_MEAN_BGR).astype(np.uint8)).astype(np.float32)",
        "A byte is never below 0: 10 - 20 is 246. The pixels must be floats before something is taken "
        "off them.",
    ),
    Mistake(
        "scaled to 1 before the mean is taken off",
        "vgg16_preprocess",
        "images[..., ::-1].astype(np.float32) -",
        "images[..., ::-1].astype(np.float32) / np.float32(255) -",
        "The network was trained on pixels from 0 to 255, and the mean is of such pixels. Yours are "
        "divided by 255.",
    ),
    Mistake(
        "rectifiers forgotten",
        "vgg16_forward_train",
        "            out, relu_cache = relu_forward(out)\n            cache = layer_cache, relu_cache\n    "
        "    else:\n            out, layer_cache = affine_forward(out, *_weights(params, name))\n          "
        '  out, relu_cache = relu_forward(out) if name != "fc8" else (out, None)',
        "            relu_cache = None\n            cache = layer_cache, relu_cache\n        else:\n       "
        "     out, layer_cache = affine_forward(out, *_weights(params, name))\n            relu_cache = "
        "None",
        "Without a nonlinearity between them all these layers could be one. Behind every layer but the "
        "poolings and the last stands a rectifier.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "rectifiers of the fully connected layers forgotten",
        "vgg16_backward",
        "if relu_cache is not None:",
        'if relu_cache is not None and name.startswith("conv"):',
        "The fully connected layers but the last have a rectifier as well: where a unit was cut off, "
        "nothing of the gradient gets through.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "projected and put back in its place",
        "pca_project",
        "(features - mean) @ components",
        "(features - mean) @ components @ components.T",
        "Coordinates along the components are asked for, a number for each component. You multiply them "
        "out to features again.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "turned upside down",
        "vgg16_preprocess",
        "images[..., ::-1]",
        "images[:, ::-1]",
        "The channels are put in reverse order, the last axis. You reverse the rows of the pictures.",
    ),
]

MISTAKES = [
    *VGG16_PREPROCESS,
    *VGG16_FORWARD,
    *VGG16_FORWARD_TRAIN,
    *VGG16_BACKWARD,
    *PCA_FIT,
    *PCA_PROJECT,
    *WRITTEN_OTHERWISE,
]
