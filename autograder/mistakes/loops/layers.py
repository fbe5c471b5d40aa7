"""Mistakes in layers without a memory, in optimisers, and in losses over time."""

from autograder.mistakes.loops.making import ONES_UPSTREAM, made

SMALL_LOG = (
    "Something small is added under your logarithm so that it is never that of 0, and every loss is off by "
    "a little. Take the logarithm of the quotient apart instead: the shifted logit minus the logarithm of "
    "the sum."
)
KINGMA = (
    "That is the short form of Adam, with both corrections in the learning rate. In it epsilon must be "
    "scaled as well, by the square root of 1 minus beta2 to the power of t; as it stands, epsilon counts "
    "for too much in the first steps."
)
LINEAR = [
    made(
        "affine_backward",
        "averaged weights",
        "x.reshape(N, -1).T.dot(dout)",
        "x.reshape(N, -1).T.dot(dout) / N",
        "Each example contributes in full to the gradient of the weights. The upstream gradient carries the "
        "1/N already.",
    ),
    made(
        "affine_backward",
        "averaged bias",
        "np.sum(dout, axis=0)",
        "np.mean(dout, axis=0)",
        "The bias was added to every row, so every row contributes in full. The upstream gradient carries "
        "the 1/N already.",
    ),
    made(
        "affine_backward",
        "bias summed over all",
        "np.sum(dout, axis=0)",
        "np.sum(dout)",
        "db is one number for all. There is a bias for each column: add up over the batch alone, which is "
        "axis 0.",
    ),
    made(
        "affine_backward",
        "bias's gradient of a row too many",
        "np.sum(dout, axis=0)",
        "np.sum(dout, axis=0, keepdims=True)",
        "A gradient has the shape of what it belongs to, and b has one axis. What does keepdims do?",
    ),
    made(
        "affine_backward",
        "bias summed over the columns",
        "np.sum(dout, axis=0)",
        "np.sum(dout, axis=1)",
        "Over which axis is b the same? It was added to every row, so the rows are added up.",
    ),
    made(
        "relu_backward",
        "passes at zero too",
        "x > 0",
        "x >= 0",
        "At exactly 0 the gradient is 0 here. Yours lets it pass.",
    ),
    made(
        "relu_backward",
        "ones in place of the upstream gradient",
        "dout * (x > 0)",
        "1.0 * (x > 0)",
        ONES_UPSTREAM,
    ),
    made(
        "softmax_loss",
        "a little under the logarithm",
        "np.log(probs[np.arange(N), y])",
        "np.log(probs[np.arange(N), y] + 1e-5)",
        SMALL_LOG,
    ),
    made(
        "word_embedding_backward",
        "repeated words overwritten",
        "dW[x[n, t]] += dout",
        "dW[x[n, t]] = dout",
        "A word that occurs several times gets a gradient from each place. An assignment keeps what came "
        "last; add up.",
    ),
    made(
        "word_embedding_backward",
        "repeated words counted once",
        "    return dW",
        "    dW = np.zeros(W.shape)\n    dW[x] += dout\n    return dW",
        "Adding in place at an array of indices adds once per word, however often it occurs. NumPy has a "
        "function for adding every time.",
    ),
]
UPDATES = [
    made(
        "adam",
        "short form with epsilon as it is",
        "    next_w = w - lr * mt / (np.sqrt(vt) + eps)",
        "    next_w = w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)",
        KINGMA,
    ),
    made(
        "adam",
        "counted afterwards",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = config["t"]\n    config["t"] += 1',
        "The first step is number 1. Add 1 to t before it is used: at t = 0 both corrections divide by 0.",
    ),
    made(
        "adam",
        "counted too late, at least one",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = max(config["t"], 1)\n    config["t"] += 1',
        "t must be counted up before it is used: your corrections are those of the step before.",
    ),
    made(
        "adam",
        "not counted",
        '    config["t"] += 1\n    t = config["t"]',
        '    t = config["t"] + 1',
        "t is not kept: each step takes itself for the first. The configuration must remember the count.",
    ),
    made(
        "adam",
        "corrected moments remembered",
        'config["m"] = m\n    config["v"] = v',
        'config["m"] = mt\n    config["v"] = vt',
        "The correction is for this step's use only. What goes on to the next step is the running mean as "
        "it is.",
    ),
    made(
        "adam",
        "epsilon under the root",
        "(np.sqrt(vt) + eps)",
        "np.sqrt(vt + eps)",
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much larger "
        "than itself.",
    ),
    made(
        "adam",
        "root forgotten",
        "(np.sqrt(vt) + eps)",
        "(vt + eps)",
        "The second moment has the unit of the gradient squared. Its square root is what the step is "
        "divided by.",
    ),
    made(
        "adam",
        "correction without the power",
        "(1 - beta1**t)",
        "(1 - beta1)",
        "How much is missing depends on how many steps have been taken: beta1 to the power of t, not beta1.",
    ),
    made(
        "adam",
        "weights uphill",
        "w - lr * mt",
        "w + lr * mt",
        "The gradient points to where the loss grows. Look at the sign of the step.",
    ),
    made(
        "adam",
        "gradient in place of the moment",
        "lr * mt /",
        "lr * dw /",
        "The step goes along the first moment, the running mean of the gradients. You step along the "
        "gradient itself.",
    ),
    made(
        "adam",
        "gradient not squared",
        "(1 - beta2) * dw**2",
        "(1 - beta2) * dw",
        "The second moment is the mean of the squares: its root is what has the unit of a gradient.",
    ),
    made(
        "rmsprop",
        "gradient not squared",
        "(1 - decay) * dw**2",
        "(1 - decay) * dw",
        "It is the mean of the squares whose root is taken. A mean of the gradients themselves can be "
        "negative.",
    ),
    made(
        "adam",
        "short form with a count that lags",
        "    mt = m / (1 - beta1**t)\n    vt = v / (1 - beta2**t)",
        "    mt = m / (1 - beta1)\n    vt = v / (1 - beta2)",
        "How much is missing depends on how many steps have been taken: the rates to the power of t.",
    ),
    made(
        "adam",
        "rates exchanged",
        'm = beta1 * config["m"] + (1 - beta1) * dw\n    v = beta2 * config["v"] + (1 - beta2) * dw**2',
        'm = beta2 * config["m"] + (1 - beta2) * dw\n    v = beta1 * config["v"] + (1 - beta1) * dw**2',
        "The first moment forgets quickly, the second slowly: beta1 belongs to m, beta2 to v.",
    ),
    made(
        "rmsprop",
        "epsilon under the root",
        '(np.sqrt(config["cache"]) + config["epsilon"])',
        'np.sqrt(config["cache"] + config["epsilon"])',
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much larger "
        "than itself.",
    ),
    made(
        "sgd_momentum",
        "steps twice by the rate",
        'config["momentum"] * v - config["learning_rate"] * dw\n    next_w = w + v',
        'config["momentum"] * v + dw\n    next_w = w - config["learning_rate"] * v',
        "Another convention, PyTorch's: the learning rate is multiplied on at the end. The velocity that is "
        "kept then is another one.",
    ),
    made(
        "sgd_momentum",
        "Nesterov's step",
        "next_w = w + v",
        'next_w = w + config["momentum"] * v - config["learning_rate"] * dw',
        "That is Nesterov's momentum, which looks one step ahead. Here the weights move by the velocity "
        "itself.",
    ),
]
TEMPORAL = [
    made(
        "temporal_softmax_loss",
        "averaged over the words",
        "    dx = dx_flat.reshape(N, T, V)\n    return loss, dx",
        "    dx = dx_flat.reshape(N, T, V)\n    count = max(mask.sum(), 1)\n    return loss * N / count, "
        "dx * N / count",
        "You divide by the number of words that are not padding. Many do so; here the average is over the N "
        "captions.",
    ),
    made(
        "temporal_softmax_loss",
        "averaged over all places",
        "    return loss, dx",
        "    return loss / T, dx / T",
        "The loss is summed over time and averaged over the N captions; you divide by the number of steps "
        "as well.",
    ),
    made(
        "temporal_softmax_loss",
        "mask forgotten in dx",
        "    dx_flat *= mask_flat[:, None]\n",
        "",
        "The loss leaves the padding out and its gradient does not. What is not in the loss cannot change "
        "it.",
    ),
    made(
        "temporal_softmax_loss",
        "mask forgotten in the loss",
        "np.sum(mask_flat * log_probs[",
        "np.sum(log_probs[",
        "The gradient leaves the padding out and the loss does not: the mask belongs into both.",
    ),
]
