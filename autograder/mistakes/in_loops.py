"""Mistakes in answers as students write them (``as_written.py``), also in the steps that a sequence calls."""

from autograder.mistakes.mistake import Mistake

OVERLAP = (
    "Where windows overlap, a pixel is in several of them and gets a gradient from each. An assignment keeps "
    "only what came last: all of it counts."
)
CUT_OFF = (
    "The gradient belongs to the image without its padding. A slice that counts from the end, to minus the "
    "padding, is empty where there is no padding: count from the front, and how far the image reaches."
)
NUMBERED = (
    "The output is counted in rows of W_out pixels. If you number them by the height, only square outputs "
    "come out right."
)
STRIDE = (
    "Window number i begins at pixel i times the stride. The stride is missing somewhere: with a stride of 1 "
    "nothing shows."
)
KERAS = (
    "The columns hold the gates in an order that is agreed on: here r, z, n. In yours z comes before r, "
    "which is "
    "the order of Keras."
)
PYTORCH = (
    "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours the candidate is "
    "third and "
    "the output gate fourth, which is PyTorch's order i, f, g, o."
)
BEFORE = (
    "The reset gate comes in before the product with the weights here; this course, as cuDNN does, "
    "applies it "
    "to the product of prev_h and Whn."
)
OTHER_Z = (
    "The update gate is the other way round: here z keeps the old state, and 1 - z lets the candidate in."
)
BOTH = f"Two conventions of other texts meet. {BEFORE} {OTHER_Z}"
SMALL_LOG = (
    "Something small is added under your logarithm so that it is never that of 0, and every loss is off by a "
    "little. Take the logarithm of the quotient apart instead: the shifted logit minus the logarithm of "
    "the sum."
)
ONES_UPSTREAM = (
    "The upstream gradient is not used, or only its size: the gradients are those of the plain sum of the "
    "outputs. Multiply with what comes in."
)
KINGMA = (
    "That is the short form of Adam, with both corrections in the learning rate. In it epsilon must be "
    "scaled "
    "as well, by the square root of 1 minus beta2 to the power of t; as it stands, epsilon counts for too "
    "much in the first "
    "steps."
)
VIEW = (
    "What the cache holds for the first step has been overwritten since: it is a view of an array that "
    "the loop writes "
    "on. Keep a copy, or an array of its own for the initial state."
)
BUFFER = (
    "All steps have the same hidden state in their cache, the last one: it is one array that the loop writes "
    "on. Make a new array at each step, or keep copies."
)
COUNTED_TWICE = "What comes back through the cell is counted twice: in dnext_c, and once more on its way."


def _in(exercise: str, name: str, old: str, new: str, sentence: str, inside: str = "") -> Mistake:
    return Mistake(f"{name}, as written", exercise, old, new, sentence, inside=inside, as_written=True)


def _step_and_sequence(
    cell: str, direction: str, name: str, old: str, new: str, sentence: str
) -> list[Mistake]:
    """Return the mistake of a step, and the same in the sequence that is made of such steps."""
    step, sequence = f"{cell}_step_{direction}", f"{cell}_{direction}"
    return [
        _in(step, name, old, new, sentence),
        _in(sequence, f"{name}, in the step", old, new, sentence, inside=step),
    ]


WINDOWS = [
    _in(
        "conv_forward_naive",
        "windows without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j",
        STRIDE,
    ),
    _in(
        "conv_forward_naive",
        "columns without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * stride, j",
        STRIDE,
    ),
    _in(
        "conv_forward_naive",
        "rows without the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j * stride",
        STRIDE,
    ),
    _in(
        "conv_forward_naive",
        "bias divided over nothing",
        " + b[f]",
        "",
        "Each filter has a bias, one number that is added to all of its output pixels.",
    ),
    _in(
        "conv_forward_naive",
        "bias in the sum",
        "np.sum(window * w[f]) + b[f]",
        "np.sum(window * w[f] + b[f])",
        "The bias is inside the sum and so it is added as many times as the filter has weights. It "
        "belongs to the "
        "output pixel, once.",
    ),
    _in(
        "conv_forward_naive",
        "not padded",
        "window = x_pad[n, :, hs",
        "window = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))[n, :, hs",
        "All zeros stand behind the image: the size comes out right, and everything is moved. They go all "
        "around it.",
    ),
    _in(
        "conv_forward_naive",
        "window of the stride",
        "hs : hs + HH, ws : ws + WW]\n                    out",
        "hs : hs + HH, ws : ws + HH]\n                    out",
        "A window is HH pixels high and WW wide. One of the two stands in the place of the other: with a "
        "square window nothing "
        "shows.",
    ),
    _in(
        "conv_forward_naive",
        "channels padded too",
        'x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")',
        'x_pad = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (pad, pad)), mode="constant")[:, :C]',
        "Only height and width are padded. Where do zeros among the channels come from?",
    ),
    _in(
        "conv_forward_naive",
        "rows numbered by the height",
        "    cache = (x, w, b, conv_param)\n    return out, cache",
        "    flat = np.zeros((N, F, H_out * W_out))\n    for i in range(H_out):\n        for j in "
        "range(W_out):\n"
        "            flat[:, :, (i * H_out + j) % (H_out * W_out)] = out[:, :, i, j]\n"
        "    out = flat.reshape(N, F, H_out, W_out)\n    cache = (x, w, b, conv_param)\n    return out, "
        "cache",
        NUMBERED,
    ),
    _in(
        "conv_forward_naive",
        "filled column by column",
        "    cache = (x, w, b, conv_param)\n    return out, cache",
        "    out = out.transpose(0, 1, 3, 2).reshape(N, F, H_out, W_out)\n    cache = (x, w, b, "
        "conv_param)\n    return out, cache",
        "The output holds the right numbers, filled in column by column instead of row by row: only "
        "square outputs "
        "look like the right shape. transpose exchanges axes, reshape does not.",
    ),
    _in(
        "conv_backward_naive", "overlap overwritten", "ws : ws + WW] += w[f]", "ws : ws + WW] = w[f]", OVERLAP
    ),
    _in(
        "conv_backward_naive",
        "overlap overwritten, filters added",
        "                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]",
        "                    if f == 0:\n                        dx_pad[n, :, hs : hs + HH, ws : ws + WW] "
        "= np.tensordot(dout[n, :, i, j], w, (0, 0))",
        OVERLAP,
    ),
    _in(
        "conv_backward_naive",
        "last window alone for w",
        "dw[f] += window",
        "dw[f] = window",
        "The same weights are used at every place of the image, and each place contributes to their "
        "gradient. An "
        "assignment keeps what came last.",
    ),
    _in(
        "conv_backward_naive",
        "last pixel alone for b",
        "db[f] += dout",
        "db[f] = dout",
        "The bias is added at every place of the image, and each place contributes to its gradient. An "
        "assignment keeps "
        "what came last.",
    ),
    _in(
        "conv_backward_naive",
        "no stride in the windows",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j",
        STRIDE,
    ),
    _in(
        "conv_backward_naive",
        "no stride in the window of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, i : i + HH, j : j + WW] *",
        STRIDE,
    ),
    _in(
        "conv_backward_naive",
        "no stride in the columns of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, hs : hs + HH, j : j + WW] *",
        STRIDE,
    ),
    _in(
        "conv_backward_naive",
        "no stride in the rows of dw",
        "dw[f] += window *",
        "dw[f] += x_pad[n, :, i : i + HH, ws : ws + WW] *",
        STRIDE,
    ),
    _in(
        "conv_backward_naive",
        "no stride in dx",
        "dx_pad[n, :, hs : hs + HH, ws : ws + WW] +=",
        "dx_pad[n, :, i : i + HH, j : j + WW] +=",
        STRIDE,
    ),
    _in(
        "conv_backward_naive",
        "cut off from the end",
        "pad : pad + H, pad : pad + W]",
        "pad:-pad, pad:-pad]",
        CUT_OFF,
    ),
    _in(
        "conv_backward_naive",
        "not cut off in the middle",
        "dx_pad[:, :, pad : pad + H, pad : pad + W]",
        "dx_pad[:, :, :H, :W]",
        "The image lies in the middle of the padded one. Your gradient has the right size, and begins in "
        "the padding.",
    ),
    _in(
        "conv_backward_naive",
        "bias's gradient averaged over the images",
        "    return dx, dw, db",
        "    return dx, dw, db / N",
        "The bias was added for every image, and the upstream gradient carries the mean over the batch "
        "already. Add up.",
    ),
    _in("max_pool_forward", "no stride", "hs, ws = i * stride, j * stride", "hs, ws = i, j", STRIDE),
    _in(
        "max_pool_forward",
        "no stride in the columns",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * stride, j",
        STRIDE,
    ),
    _in(
        "max_pool_forward",
        "no stride in the rows",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i, j * stride",
        STRIDE,
    ),
    _in(
        "max_pool_forward",
        "the window in place of the stride",
        "hs, ws = i * stride, j * stride",
        "hs, ws = i * HH, j * WW",
        "Window number i begins at pixel i times the stride. You move on by the window's own size, which "
        "is the same "
        "only where windows lie side by side.",
    ),
    _in(
        "max_pool_forward",
        "window of the stride",
        "hs : hs + HH, ws : ws + WW",
        "hs : hs + stride, ws : ws + stride",
        "How far the window moves and how large it is are two things. You look at as many pixels as the "
        "stride.",
    ),
    _in(
        "max_pool_forward",
        "square window",
        "hs : hs + HH, ws : ws + WW",
        "hs : hs + HH, ws : ws + HH",
        "A window is pool_height pixels high and pool_width wide. One of the two stands in the place of "
        "the other.",
    ),
    _in(
        "max_pool_forward",
        "mean",
        "np.max(x[n",
        "np.mean(x[n",
        "That is mean pooling. Of each window the largest number is wanted.",
    ),
    _in(
        "max_pool_forward",
        "never below zero",
        "np.max(x[n, c, hs : hs + HH, ws : ws + WW])",
        "max(0, np.max(x[n, c, hs : hs + HH, ws : ws + WW]))",
        "The largest number of a window can be negative. Where does the 0 come from: an array of zeros "
        "that is "
        "compared with?",
    ),
    _in("max_pool_backward", "overlap overwritten", "ws + col] += dout", "ws + col] = dout", OVERLAP),
    _in(
        "max_pool_backward",
        "windows overwritten",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "grad = np.zeros_like(window)\n                    grad[row, col] = dout[n, c, i, j]\n"
        "                    dx[n, c, hs : hs + HH, ws : ws + WW] = grad",
        OVERLAP,
    ),
    _in(
        "max_pool_backward",
        "windows overwritten, by a mask",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] = (window == window.max()) * dout[n, c, i, j]",
        OVERLAP,
    ),
    _in(
        "max_pool_backward",
        "overwritten where the mask is",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW][window == window.max()] = dout[n, c, i, j]",
        OVERLAP,
    ),
    _in(
        "max_pool_backward",
        "all ties",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += (window == window.max()) * dout[n, c, i, j]",
        "Where several pixels of a window are the largest, each gets the whole gradient, so more comes "
        "back than came "
        "in. Here the first of them gets all of it, and the others nothing.",
    ),
    _in(
        "max_pool_backward",
        "shared by ties",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += (window == window.max()) / (window == "
        "window.max()).sum() * dout[n, c, i, j]",
        "Where several pixels of a window are the largest, they share the gradient in yours. Here the "
        "first of them "
        "gets all of it, and the others nothing.",
    ),
    _in(
        "max_pool_backward",
        "last of the ties",
        "row, col = np.unravel_index(np.argmax(window), window.shape)",
        "row, col = np.argwhere(window == window.max())[-1]",
        "Where several pixels of a window are the largest, yours gives the gradient to the last of them. "
        "Here it is the "
        "first.",
    ),
    _in(
        "max_pool_backward",
        "smallest pixel",
        "np.argmax(window)",
        "np.argmin(window)",
        "The gradient goes to the smallest pixel of the window. Only the largest one reached the output.",
    ),
    _in(
        "max_pool_backward",
        "largest in size",
        "np.argmax(window)",
        "np.argmax(np.abs(window))",
        "The gradient goes to the pixel that is largest in size, whatever its sign. Only the largest "
        "reached the output.",
    ),
    _in(
        "max_pool_backward",
        "row and column exchanged",
        "row, col = np.unravel_index(np.argmax(window), window.shape)",
        "col, row = np.unravel_index(np.argmax(window), window.shape); row, col = min(row, HH - 1), "
        "min(col, WW - 1)",
        "Row and column of the largest pixel are taken for each other.",
    ),
    _in("max_pool_backward", "no stride", "hs, ws = i * stride, j * stride", "hs, ws = i, j", STRIDE),
    _in(
        "max_pool_backward",
        "row and column of another width",
        "np.unravel_index(np.argmax(window), window.shape)",
        "divmod(int(np.argmax(window)), HH); row, col = min(row, HH - 1), min(col, WW - 1)",
        "argmax counts the pixels of a window row by row, and a row is pool_width long. If you divide by "
        "the height, "
        "only square windows come out right.",
    ),
    _in(
        "max_pool_backward",
        "mean's gradient",
        "dx[n, c, hs + row, ws + col] += dout[n, c, i, j]",
        "dx[n, c, hs : hs + HH, ws : ws + WW] += dout[n, c, i, j] / (HH * WW)",
        "That is the gradient of mean pooling. Only the largest pixel of a window decides, so only it "
        "gets a gradient.",
    ),
    _in(
        "max_pool_backward",
        "the image in place of ones",
        "+= dout[n, c, i, j]",
        "+= dout[n, c, i, j] * window[row, col]",
        "The slope at the largest pixel is 1, however large the pixel is. You multiply by the pixel.",
    ),
]

LINEAR = [
    _in(
        "affine_backward",
        "averaged weights",
        "x.reshape(N, -1).T.dot(dout)",
        "x.reshape(N, -1).T.dot(dout) / N",
        "Each example contributes in full to the gradient of the weights. The upstream gradient carries "
        "the 1/N already.",
    ),
    _in(
        "affine_backward",
        "averaged bias",
        "np.sum(dout, axis=0)",
        "np.mean(dout, axis=0)",
        "The bias was added to every row, so every row contributes in full. The upstream gradient carries "
        "the 1/N already.",
    ),
    _in(
        "affine_backward",
        "bias summed over all",
        "np.sum(dout, axis=0)",
        "np.sum(dout)",
        "db is one number for all. There is a bias for each column: add up over the batch alone, which is "
        "axis 0.",
    ),
    _in(
        "affine_backward",
        "bias's gradient of a row too many",
        "np.sum(dout, axis=0)",
        "np.sum(dout, axis=0, keepdims=True)",
        "A gradient has the shape of what it belongs to, and b has one axis. What does keepdims do?",
    ),
    _in(
        "affine_backward",
        "bias summed over the columns",
        "np.sum(dout, axis=0)",
        "np.sum(dout, axis=1)",
        "Over which axis is b the same? It was added to every row, so the rows are added up.",
    ),
    _in(
        "relu_backward",
        "passes at zero too",
        "x > 0",
        "x >= 0",
        "At exactly 0 the gradient is 0 here. Yours lets it pass.",
    ),
    _in(
        "relu_backward",
        "ones in place of the upstream gradient",
        "dout * (x > 0)",
        "1.0 * (x > 0)",
        ONES_UPSTREAM,
    ),
    _in(
        "softmax_loss",
        "a little under the logarithm",
        "np.log(probs[np.arange(N), y])",
        "np.log(probs[np.arange(N), y] + 1e-5)",
        SMALL_LOG,
    ),
    _in(
        "word_embedding_backward",
        "repeated words overwritten",
        "dW[x[n, t]] += dout",
        "dW[x[n, t]] = dout",
        "A word that occurs several times gets a gradient from each place. An assignment keeps what came "
        "last; add up.",
    ),
    _in(
        "word_embedding_backward",
        "repeated words counted once",
        "    return dW",
        "    dW = np.zeros(W.shape)\n    dW[x] += dout\n    return dW",
        "Adding in place at an array of indices adds once per word, however often it occurs. NumPy has a "
        "function for adding every time.",
    ),
]

UPDATES = [
    _in(
        "adam",
        "short form with epsilon as it is",
        "    next_w = w - lr * mt / (np.sqrt(vt) + eps)",
        "    next_w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)",
        KINGMA,
    ),
    _in(
        "adam",
        "counted afterwards",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = config["t"]\n    config["t"] += 1',
        "The first step is number 1. Add 1 to t before it is used: at t = 0 both corrections divide by 0.",
    ),
    _in(
        "adam",
        "counted too late, at least one",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = max(config["t"], 1)\n    config["t"] += 1',
        "t must be counted up before it is used: your corrections are those of the step before.",
    ),
    _in(
        "adam",
        "not counted",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = config["t"] + 1',
        "t is not kept: each step takes itself for the first. The configuration must remember the count.",
    ),
    _in(
        "adam",
        "corrected moments remembered",
        'config["m"] = m\n    config["v"] = v',
        'config["m"] = mt\n    config["v"] = vt',
        "The correction is for this step's use only. What goes on to the next step is the running mean as "
        "it is.",
    ),
    _in(
        "adam",
        "epsilon under the root",
        "(np.sqrt(vt) + eps)",
        "np.sqrt(vt + eps)",
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much "
        "larger than itself.",
    ),
    _in(
        "adam",
        "root forgotten",
        "(np.sqrt(vt) + eps)",
        "(vt + eps)",
        "The second moment has the unit of the gradient squared. Its square root is what the step is "
        "divided by.",
    ),
    _in(
        "adam",
        "correction without the power",
        "(1 - beta1**t)",
        "(1 - beta1)",
        "How much is missing depends on how many steps have been taken: beta1 to the power of t, not beta1.",
    ),
    _in(
        "adam",
        "weights uphill",
        "w - lr * mt",
        "w + lr * mt",
        "The gradient points to where the loss grows. Look at the sign of the step.",
    ),
    _in(
        "adam",
        "gradient in place of the moment",
        "lr * mt /",
        "lr * dw /",
        "The step goes along the first moment, the running mean of the gradients. You step along the "
        "gradient itself.",
    ),
    _in(
        "adam",
        "gradient not squared",
        "(1 - beta2) * dw**2",
        "(1 - beta2) * dw",
        "The second moment is the mean of the squares: its root is what has the unit of a gradient.",
    ),
    _in(
        "rmsprop",
        "gradient not squared",
        "(1 - decay) * dw**2",
        "(1 - decay) * dw",
        "It is the mean of the squares whose root is taken. A mean of the gradients themselves can be "
        "negative.",
    ),
    _in(
        "adam",
        "short form with a count that lags",
        "    mt = m / (1 - beta1**t)\n    vt = v / (1 - beta2**t)",
        "    mt = m / (1 - beta1)\n    vt = v / (1 - beta2)",
        "How much is missing depends on how many steps have been taken: the rates to the power of t.",
    ),
    _in(
        "adam",
        "rates exchanged",
        'm = beta1 * config["m"] + (1 - beta1) * dw\n    v = beta2 * config["v"] + (1 - beta2) * dw**2',
        'm = beta2 * config["m"] + (1 - beta2) * dw\n    v = beta1 * config["v"] + (1 - beta1) * dw**2',
        "The first moment forgets quickly, the second slowly: beta1 belongs to m, beta2 to v.",
    ),
    _in(
        "rmsprop",
        "epsilon under the root",
        '(np.sqrt(config["cache"]) + config["epsilon"])',
        'np.sqrt(config["cache"] + config["epsilon"])',
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much "
        "larger than itself.",
    ),
    _in(
        "sgd_momentum",
        "steps twice by the rate",
        'config["momentum"] * v - config["learning_rate"] * dw\n    next_w = w + v',
        'config["momentum"] * v + dw\n    next_w = w - config["learning_rate"] * v',
        "Another convention, PyTorch's: the learning rate is multiplied on at the end. The velocity that "
        "is kept then "
        "is another one.",
    ),
    _in(
        "sgd_momentum",
        "Nesterov's step",
        "next_w = w + v",
        'next_w = w + config["momentum"] * v - config["learning_rate"] * dw',
        "That is Nesterov's momentum, which looks one step ahead. Here the weights move by the velocity "
        "itself.",
    ),
]

RNN = [
    *_step_and_sequence(
        "rnn",
        "forward",
        "no tanh",
        "np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)",
        "x.dot(Wx) + prev_h.dot(Wh) + b",
        "The sum passes a tanh: without it the step is linear.",
    ),
    *_step_and_sequence("rnn", "forward", "no bias", " + b)", ")", "The bias b is not added anywhere."),
    *_step_and_sequence(
        "rnn",
        "backward",
        "no tanh on the way back",
        "dnext_h * (1 - next_h**2)",
        "dnext_h",
        "The sum has passed a tanh on its way forward. Its derivative, 1 minus its square, belongs on the "
        "way back.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "derivative not squared",
        "(1 - next_h**2)",
        "(1 - next_h)",
        "The derivative of tanh is 1 minus its square. The square is missing.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "tanh twice",
        "(1 - next_h**2)",
        "(1 - np.tanh(next_h)**2)",
        "What the cache holds has been through the tanh already: its derivative is 1 minus its square. "
        "Yours goes "
        "through it once more.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "derivative of the sigmoid",
        "(1 - next_h**2)",
        "next_h * (1 - next_h)",
        "That is the derivative of a sigmoid. This step has a tanh.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "Wh not transposed",
        "da.dot(Wh.T)",
        "da.dot(Wh)",
        "Wh is square, so the shapes fit either way. On the way back a gradient goes from columns to "
        "rows: Wh transposed.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "next state for the previous one",
        "prev_h.T.dot(da)",
        "next_h.T.dot(da)",
        "The gradient of Wh needs what Wh was multiplied with on the way forward: the state before the step.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "dWh transposed",
        "prev_h.T.dot(da)",
        "da.T.dot(prev_h)",
        "dWh is transposed. It is square, so the shapes fit either way: rows belong to the old state.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "averaged bias",
        "np.sum(da, axis=0)",
        "np.mean(da, axis=0)",
        "The bias was added to each row, so each row contributes in full. The upstream gradient carries "
        "the 1/N already.",
    ),
    *_step_and_sequence(
        "rnn",
        "backward",
        "bias from the upstream",
        "np.sum(da, axis=0)",
        "np.sum(dnext_h, axis=0)",
        "The bias stands inside the tanh, so its gradient comes back through the tanh too.",
    ),
    *_step_and_sequence(
        "rnn", "backward", "upstream not used", "dnext_h * (1 - next_h**2)", "1 - next_h**2", ONES_UPSTREAM
    ),
    _in(
        "rnn_backward",
        "upstream gradient not used",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] * 0 + 1) * (t == T - 1) + dprev_h",
        ONES_UPSTREAM,
    ),
    _in(
        "rnn_backward",
        "nothing handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A state matters twice: to the loss at its own step, and to the next step. Only the first way is "
        "counted: what comes back "
        "from step t + 1 is not added to dh of step t.",
    ),
    _in(
        "rnn_backward",
        "handed back without the loss",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] if t == T - 1 else 0) + dprev_h",
        "A state matters twice: to the next step, and to the loss at its own step. From the last step on "
        "backwards dh of the step "
        "itself is left out.",
    ),
    _in(
        "rnn_backward",
        "what comes back grows",
        "dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])",
        "dx[:, t, :], back, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])\n        dprev_h = "
        "dprev_h + back",
        "What a step hands back is added to what later steps handed back before. Only the gradient of the "
        "state just "
        "before the step is wanted: replace it, do not add it up.",
    ),
    *(
        _in(
            f"{cell}_backward",
            f"state of the {which} overwritten in the cache",
            "    return h, cache",
            f"    cache = [(c[0], prev_h, *c[2:]) if {condition} else c for t, c in enumerate(cache)]\n"
            "    return h, cache",
            sentence,
            inside=f"{cell}_forward",
        )
        for cell in ("rnn", "lstm", "gru")
        for which, condition, sentence in (("first step", "t == 0", VIEW), ("steps", "True", BUFFER))
    ),
    _in(
        "rnn_backward",
        "forwards in time",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. Begin at the last step.",
    ),
    _in(
        "rnn_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    _in(
        "rnn_backward",
        "recurrent weights of one step",
        "dWh += dWh_t",
        "dWh = dWh_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    _in(
        "rnn_backward",
        "bias of one step",
        "db += db_t",
        "db = db_t",
        "The bias is used at every step, so every step contributes to its gradient. An assignment keeps "
        "what came last.",
    ),
    _in(
        "rnn_backward",
        "first step left out",
        "reversed(range(T))",
        "reversed(range(1, T))",
        "One step is left out: the loop ends before step 0, the first.",
    ),
    _in(
        "rnn_forward",
        "initial state at every step",
        "rnn_step_forward(x[:, t, :], prev_h,",
        "rnn_step_forward(x[:, t, :], h0,",
        "Every step gets the initial state. Step t gets what step t - 1 has left.",
    ),
    _in(
        "rnn_forward",
        "initial state ignored",
        "    prev_h = h0\n",
        "    prev_h = np.zeros((N, H))\n",
        "The network starts with zeros instead of h0, and in a captioner h0 is all it sees of the image.",
    ),
]

LSTM = [
    *_step_and_sequence(
        "lstm",
        "forward",
        "PyTorch's order of the gates",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])",
        PYTORCH,
    ),
    *_step_and_sequence(
        "lstm",
        "forward",
        "Graves's order of the gates",
        "i = _sigmoid(a[:, 0 * H : 1 * H])\n    f = _sigmoid(a[:, 1 * H : 2 * H])",
        "f = _sigmoid(a[:, 0 * H : 1 * H])\n    i = _sigmoid(a[:, 1 * H : 2 * H])",
        "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours input and "
        "forget gate are exchanged.",
    ),
    *_step_and_sequence(
        "lstm",
        "forward",
        "forget and output gate exchanged",
        "f = _sigmoid(a[:, 1 * H : 2 * H])\n    o = _sigmoid(a[:, 2 * H : 3 * H])",
        "o = _sigmoid(a[:, 1 * H : 2 * H])\n    f = _sigmoid(a[:, 2 * H : 3 * H])",
        "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours forget and "
        "output gate are exchanged.",
    ),
    *_step_and_sequence(
        "lstm",
        "forward",
        "no tanh of the cell",
        "o * np.tanh(next_c)",
        "o * next_c",
        "The cell can grow over many steps. On its way into the hidden state it passes a tanh.",
    ),
    *_step_and_sequence(
        "lstm",
        "forward",
        "candidate through a sigmoid",
        "g = np.tanh(a[:, 3",
        "g = _sigmoid(a[:, 3",
        "The candidate passes a tanh, so that it can be negative; the three gates pass a sigmoid.",
    ),
    _in(
        "lstm_gates",
        "PyTorch's order",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])\n    return "
        "np.hstack([i, f, o, g])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])\n    return "
        "np.hstack([i, f, g, o])",
        PYTORCH,
    ),
    _in(
        "lstm_gates",
        "PyTorch's order, put in ours",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])",
        PYTORCH,
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient without the hidden state's",
        "dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dnext_c",
        "The next cell state reaches the loss by two ways: through the cell states that follow, and "
        "through the hidden "
        "state. The second way, through o * tanh(next_c), is missing.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "cell's own upstream left out",
        "dnext_c + dnext_h * o",
        "dnext_h * o",
        "The next cell state is an output too, and later steps use it. Its own upstream gradient dnext_c "
        "is missing.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient from its own upstream alone",
        "dprev_c = dc * f",
        "dprev_c = dnext_c * f",
        "The previous cell state reaches the hidden state too, through the next cell state: the whole "
        "gradient of next_c is "
        "to be multiplied by the forget gate, not dnext_c alone.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "counted twice",
        "dc = dnext_c + dnext_h",
        "dc = 2 * dnext_c + dnext_h",
        COUNTED_TWICE,
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "no output gate on the way to the cell",
        "dnext_h * o * (1 - tanh_c**2)",
        "dnext_h * (1 - tanh_c**2)",
        "On its way into the hidden state the cell passes the output gate: it belongs on the way back too.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "no derivative of the cell's tanh",
        "dnext_h * o * (1 - tanh_c**2)",
        "dnext_h * o",
        "Between the cell and the hidden state there is a tanh. Its derivative belongs on the way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "derivative of the cell's tanh of the cell",
        "(1 - tanh_c**2)",
        "(1 - next_c**2)",
        "The derivative of the tanh is 1 minus its value squared. You square the cell before the tanh.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "previous cell for the next",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = np.tanh(prev_c)",
        "The hidden state shows the cell as it is after the step. You take the tanh of the cell before it.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "next cell for the forget gate",
        "df = dc * prev_c",
        "df = dc * next_c",
        "The forget gate was multiplied with the cell before the step. You take the one after it.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "input gate and forget gate exchanged",
        "np.hstack((dai, daf, dao, dag))",
        "np.hstack((daf, dai, dao, dag))",
        "The gradients of the gates stand in another order than the gates: here i, f, o, g. Input and "
        "forget gate are exchanged.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "gradients in PyTorch's order",
        "np.hstack((dai, daf, dao, dag))",
        "np.hstack((dai, daf, dag, dao))",
        "The gradients of the gates stand in another order than the gates: here i, f, o, g. Output gate "
        "and candidate are exchanged.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "input gate times itself",
        "di = dc * g",
        "di = dc * i",
        "In the product of input gate and candidate each one's gradient is multiplied with the other: "
        "that of i with g.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "candidate times itself",
        "dg = dc * i",
        "dg = dc * g",
        "In the product of input gate and candidate each one's gradient is multiplied with the other: "
        "that of g with i.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "candidate as a sigmoid",
        "dg * (1 - g**2)",
        "dg * g * (1 - g)",
        "The candidate has passed a tanh, so its derivative is 1 minus its square; that of a sigmoid "
        "stands here.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "candidate: square missing",
        "dg * (1 - g**2)",
        "dg * (1 - g)",
        "The derivative of the candidate's tanh is 1 minus its square. The square is missing.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "candidate without a derivative",
        "dg * (1 - g**2)",
        "dg",
        "The candidate has passed a tanh. Its derivative is missing on the way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "output gate without a derivative",
        "do * o * (1 - o)",
        "do",
        "The output gate has passed a sigmoid. Its derivative, o * (1 - o), is missing on the way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "forget gate without a derivative",
        "df * f * (1 - f)",
        "df",
        "The forget gate has passed a sigmoid. Its derivative, f * (1 - f), is missing on the way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "input gate without a derivative",
        "di * i * (1 - i)",
        "di",
        "The input gate has passed a sigmoid. Its derivative, i * (1 - i), is missing on the way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "output gate times the cell",
        "do = dnext_h * tanh_c",
        "do = dnext_h * next_c",
        "The output gate was multiplied with the tanh of the cell, not with the cell itself.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient as it is",
        "dprev_c = dc * f",
        "dprev_c = dc",
        "From one cell to the next there is the forget gate, and the gradient passes it on its way back.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "recurrent weights not transposed in dWh",
        "prev_h.T.dot(da)",
        "np.tanh(next_c).T.dot(da)",
        "The gradient of Wh needs what Wh was multiplied with on the way forward: the hidden state before "
        "the step.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "averaged bias",
        "np.sum(da, axis=0)",
        "np.mean(da, axis=0)",
        "The bias was added to each row, so each row contributes in full. The upstream gradient carries "
        "the 1/N already.",
    ),
    _in(
        "lstm_backward",
        "hidden state's gradient not handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A hidden state matters twice: to the loss at its own step, and to the next step. What comes back "
        "from step t + 1 is not "
        "added to dh of step t.",
    ),
    _in(
        "lstm_backward",
        "only the last step's loss",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] if t == T - 1 else 0) + dprev_h",
        "A hidden state matters twice: to the next step, and to the loss at its own step. From the last "
        "step on backwards dh of the "
        "step itself is left out.",
    ),
    _in(
        "lstm_backward",
        "cell's gradient not handed back",
        "lstm_step_backward(dnext_h, dprev_c, cache[t])",
        "lstm_step_backward(dnext_h, np.zeros_like(dprev_c), cache[t])",
        "Two states are carried from step to step, and so two gradients come back. That of the cell is "
        "not handed on.",
    ),
    _in(
        "lstm_backward",
        "forwards",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. Begin at the last step.",
    ),
    _in(
        "lstm_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    _in(
        "lstm_backward",
        "recurrent weights of one step",
        "dWh += dWh_t",
        "dWh = dWh_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    _in(
        "lstm_backward",
        "bias of one step",
        "db += db_t",
        "db = db_t",
        "The bias is used at every step, so every step contributes to its gradient. An assignment keeps "
        "what came last.",
    ),
    _in(
        "lstm_forward",
        "cell starts at one",
        "prev_c = np.zeros((N, H))",
        "prev_c = np.ones((N, H))",
        "The initial cell state is zero; yours begins with something else.",
    ),
    _in(
        "lstm_forward",
        "initial state at every step",
        "lstm_step_forward(x[:, t, :], prev_h,",
        "lstm_step_forward(x[:, t, :], h0,",
        "Every step gets the initial state. Step t gets what step t - 1 has left.",
    ),
    _in(
        "lstm_forward",
        "cell empty at every step",
        "lstm_step_forward(x[:, t, :], prev_h, prev_c,",
        "lstm_step_forward(x[:, t, :], prev_h, np.zeros((N, H)),",
        "At every step the cell starts empty. Step t gets the cell that step t - 1 has left.",
    ),
    _in(
        "lstm_forward",
        "cell starts as h0",
        "prev_c = np.zeros((N, H))",
        "prev_c = h0",
        "The initial cell state is zero; only the hidden state is given.",
    ),
]

GRU = [
    *_step_and_sequence(
        "gru",
        "forward",
        "reset before the product, and the update gate the other way round",
        "n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    next_h = z * n + (1 - z) * "
        "prev_h",
        BOTH,
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "reset before the product",
        "r * hs[:, 2 * H :])",
        "(r * prev_h).dot(Wh[:, 2 * H :]))",
        BEFORE,
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "update gate the other way round",
        "(1 - z) * n + z * prev_h",
        "z * n + (1 - z) * prev_h",
        OTHER_Z,
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])",
        KERAS,
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "Keras's order and update gate",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = z * n + (1 - z) * prev_h",
        f"{KERAS} {OTHER_Z}",
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "Keras's order and reset before the product",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))",
        f"{KERAS} {BEFORE}",
    ),
    *_step_and_sequence(
        "gru",
        "forward",
        "all of Cho's conventions in Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    next_h = z * n + (1 - z) "
        "* prev_h",
        f"{KERAS} {BEFORE} {OTHER_Z}",
    ),
    _in(
        "gru_gates",
        "Keras's order, returned in it",
        "return np.concatenate([r, z, n], axis=1)",
        "return np.concatenate([z, r, n], axis=1)",
        "The gates are returned in the order z, r, n; here it is r, z, n.",
    ),
    _in(
        "gru_gates",
        "Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([r, z, n], axis=1)",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([z, r, n], axis=1)",
        KERAS,
    ),
    _in(
        "gru_gates",
        "Keras's order and reset before the product",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([r, z, n], axis=1)",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    return "
        "np.concatenate([z, r, n], axis=1)",
        f"{KERAS} {BEFORE}",
    ),
    *_step_and_sequence(
        "gru",
        "backward",
        "direct path missing",
        "dnext_h * z + da_h.dot(Wh.T)",
        "da_h.dot(Wh.T)",
        "The old state enters the new one in two ways: through the gates, and directly, as what the "
        "update gate keeps. The direct "
        "way is missing.",
    ),
    *_step_and_sequence(
        "gru",
        "backward",
        "gates' path missing",
        "dnext_h * z + da_h.dot(Wh.T)",
        "dnext_h * z",
        "The old state enters the new one in two ways: directly, and through the gates and the candidate. "
        "The second is missing.",
    ),
    *_step_and_sequence(
        "gru",
        "backward",
        "no reset on the way back",
        "[dar, daz, dan * r]",
        "[dar, daz, dan]",
        "What comes from the old state into the candidate passes the reset gate on its way forward, and "
        "so on its way back.",
    ),
    *_step_and_sequence(
        "gru",
        "backward",
        "reset for the inputs as well",
        "[dar, daz, dan], axis=1)",
        "[dar, daz, dan * r], axis=1)",
        "The reset gate holds back what comes from the old state alone. The gradients of x, Wx and b do "
        "not pass it.",
    ),
    *_step_and_sequence(
        "gru",
        "backward",
        "update gate's sign",
        "(prev_h - n)",
        "(n - prev_h)",
        "When the update gate opens further, the state moves towards the old one. The gradient of your "
        "update gate has the other sign.",
    ),
    _in(
        "gru_backward",
        "nothing handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A state matters twice: to the loss at its own step, and to the next step. What comes back from "
        "step t + 1 is not "
        "added to dh of step t.",
    ),
    _in(
        "gru_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
]

TANH = [
    made
    for cell, right, value in (("rnn", "(1 - next_h**2)", "next_h"), ("lstm", "(1 - tanh_c**2)", "tanh_c"))
    for form in (
        "(1 - {})**2",
        "(1 + {}**2)",
        "({}**2 - 1)",
        "(1 - {}**2)**2",
        "(1 - np.tanh({}) ** 2)",
        "(1 - {}) * {}",
        "(1 - {})",
        "{}",
    )
    for made in _step_and_sequence(
        cell,
        "backward",
        f"derivative {form.format('h', 'h')}",
        right,
        form.format(value, value),
        f"The derivative of tanh, written with its value h, is 1 minus its square. Yours, of {value}, is "
        f"another.",
    )
]
# What a gate's gradient may be multiplied with, in place of what is right.
_FACTORS = {
    "input gate": ("di = dc * g", ("prev_c", "next_c", "f", "dnext_h")),
    "forget gate": ("df = dc * prev_c", ("g", "f", "prev_h", "dnext_h")),
    "output gate": ("do = dnext_h * tanh_c", ("np.tanh(prev_c)", "o", "dnext_c", "g")),
    "candidate": ("dg = dc * i", ("f", "o", "prev_c", "1")),
}
_SLOPES = {
    "input gate": ("di * i * (1 - i)", ("di * (1 - i)", "di * (1 - i**2)", "di * i * (1 + i)")),
    "forget gate": ("df * f * (1 - f)", ("df * (1 - f)", "df * (1 - f**2)", "df * f * (1 + f)")),
    "output gate": ("do * o * (1 - o)", ("do * (1 - o)", "do * (1 - o**2)", "do * o * (1 + o)")),
    "candidate": ("dg * (1 - g**2)", ("dg * (1 + g**2)", "dg * (1 - np.tanh(g) ** 2)", "dg * g")),
}
_REACHES = {
    "output gate": "The output gate was multiplied with the tanh of the cell after the step, and what comes "
    "back is the gradient of the hidden state",
    "input gate": "The input gate was multiplied with the candidate, and what comes back is the cell's "
    "gradient",
    "forget gate": "The forget gate was multiplied with the cell before the step, and what comes back is the "
    "cell's gradient",
    "candidate": "The candidate was multiplied with the input gate, and what comes back is the cell's "
    "gradient",
}
_DERIVATIVE = {
    "candidate": "The candidate is a tanh: its derivative, written with its value g, is 1 minus its square.",
}
GATES = [
    *(
        made
        for gate, (right, factors) in _FACTORS.items()
        for factor in factors
        for made in _step_and_sequence(
            "lstm",
            "backward",
            f"{gate} times {factor}",
            right,
            f"{right.rpartition('*')[0]}* {factor}",
            f"{_REACHES[gate]}: the product of these two is the gradient of the {gate}. One of yours is "
            f"another.",
        )
    ),
    *(
        made
        for gate, (right, slopes) in _SLOPES.items()
        for number, slope in enumerate(slopes, start=1)
        for made in _step_and_sequence(
            "lstm",
            "backward",
            f"{gate}: wrong derivative {number}",
            right,
            slope,
            _DERIVATIVE.get(
                gate,
                f"The {gate} is a sigmoid: its derivative, written with its value s, is s * (1 - s). "
                "Yours is another.",
            ),
        )
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "factors of input and forget gate exchanged",
        "df = dc * prev_c\n    dprev_c = dc * f\n    di = dc * g",
        "df = dc * g\n    dprev_c = dc * f\n    di = dc * prev_c",
        "Input and forget gate are taken for each other: the one was multiplied with the candidate, the "
        "other with "
        "the cell before the step.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "cell passed back by the input gate",
        "dprev_c = dc * f",
        "dprev_c = dc * i",
        "From one cell to the next the gradient passes the forget gate; yours passes another.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "hidden state's gradient from the inputs' weights",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = next_c",
        "Between the cell and the hidden state there is a tanh, and all that comes back through it needs "
        "its value.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "upstream gradients exchanged",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = np.tanh(next_c)\n    dnext_h, dnext_c = dnext_c, dnext_h",
        "The two upstream gradients are taken for each other: first that of the hidden state, then that "
        "of the cell.",
    ),
    *_step_and_sequence(
        "lstm",
        "backward",
        "hidden state's gradient with its own path",
        "dprev_h = da.dot(Wh.T)",
        "dprev_h = da.dot(Wh.T) + dnext_h",
        "The hidden state before the step reaches the new one only through the gates. What is added to "
        "its gradient?",
    ),
]

TEMPORAL = [
    _in(
        "temporal_softmax_loss",
        "averaged over the words",
        "    dx = dx_flat.reshape(N, T, V)\n    return loss, dx",
        "    dx = dx_flat.reshape(N, T, V)\n    count = max(mask.sum(), 1)\n    return loss * N / count, "
        "dx * N / count",
        "You divide by the number of words that are not padding. Many do so; here the average is over the "
        "N captions.",
    ),
    _in(
        "temporal_softmax_loss",
        "averaged over all places",
        "    return loss, dx",
        "    return loss / T, dx / T",
        "The loss is summed over time and averaged over the N captions; you divide by the number of steps "
        "as well.",
    ),
    _in(
        "temporal_softmax_loss",
        "mask forgotten in dx",
        "    dx_flat *= mask_flat[:, None]\n",
        "",
        "The loss leaves the padding out and its gradient does not. What is not in the loss cannot change "
        "it.",
    ),
    _in(
        "temporal_softmax_loss",
        "mask forgotten in the loss",
        "np.sum(mask_flat * log_probs[",
        "np.sum(log_probs[",
        "The gradient leaves the padding out and the loss does not: the mask belongs into both.",
    ),
]

MISTAKES = [*WINDOWS, *LINEAR, *UPDATES, *RNN, *LSTM, *GRU, *TANH, *GATES, *TEMPORAL]
