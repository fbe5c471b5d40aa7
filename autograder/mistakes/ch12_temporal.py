"""Chapter 12: from hidden states to words."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

TEMPORAL_AFFINE_FORWARD = [
    Mistake(
        "batch and time mixed up",
        "temporal_affine_forward",
        "affine_forward(x.reshape(N * T, D), w, b)",
        "affine_forward(x.transpose(1, 0, 2).reshape(N * T, D), w, b)",
        "The rows go into the product in one order and are read in another. Which caption and which step is "
        "row 1 of the product?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "axes named in another order",
        "temporal_affine_forward",
        "out.reshape(N, T, -1)",
        "out.reshape(T, N, -1)",
        "The rows of the product stand in the order batch, time, and so the axes of the result do.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "time not separated again",
        "temporal_affine_forward",
        "out.reshape(N, T, -1)",
        "out.reshape(N, -1)",
        "The steps have an axis of their own, in the middle. How many axes does your result have?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "bias forgotten",
        "temporal_affine_forward",
        "w, b)\n    out = ",
        "w, np.zeros_like(b))\n    out = ",
        "An affine layer is a product and a bias; without the bias frequent words cannot be more likely from "
        "the outset.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "averaged over time",
        "temporal_affine_forward",
        "out.reshape(N, T, -1)",
        "out.reshape(N, T, -1) / T",
        "Every step gets its own logits from the same weights. Nothing is added up over time here, so there "
        "is nothing to average.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "always float64",
        "temporal_affine_forward",
        "affine_forward(x.reshape(N * T, D), w, b)",
        "affine_forward(x.reshape(N * T, D).astype(np.float64), w, b)",
        "float32 goes in and float64 comes out: the largest product of the network becomes twice as slow, "
        "and nothing says so.",
        kind=Kind.DTYPE,
    ),
]

TEMPORAL_AFFINE_BACKWARD = [
    Mistake(
        "batch and time mixed up",
        "temporal_affine_backward",
        "dout.reshape(N * T, -1)",
        "dout.transpose(1, 0, 2).reshape(N * T, -1)",
        "The rows of the upstream gradient must meet the rows of x that they belong to. In which order did x "
        "go into the product?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "input's gradient in another order",
        "temporal_affine_backward",
        "dx.reshape(N, T, D)",
        "dx.reshape(T, N, D).transpose(1, 0, 2)",
        "The shape is right, but the entries stand at other places: a reshape and an exchange of axes are "
        "two different things.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "bias averaged over time",
        "temporal_affine_backward",
        "    dx = dx.reshape(N, T, D)\n",
        "    dx = dx.reshape(N, T, D)\n    db = db / T\n",
        "The bias is used at every step, and the contributions of the steps are added up.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "weights averaged over the batch",
        "temporal_affine_backward",
        "    dx = dx.reshape(N, T, D)\n",
        "    dx = dx.reshape(N, T, D)\n    dw = dw / N\n",
        "The loss is averaged over the minibatch where it is computed, so the upstream gradient carries 1/N "
        "already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "weights of the last step only",
        "temporal_affine_backward",
        "    dx = dx.reshape(N, T, D)\n",
        "    dw = affine_cache[0].reshape(N, T, D)[:, -1].T @ dout[:, -1]\n    dx = dx.reshape(N, T, D)\n",
        "The same weights are used at every step, so every step contributes to their gradient. An assignment "
        "inside a loop keeps the last that was computed.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias not added up over time",
        "temporal_affine_backward",
        "    dx = dx.reshape(N, T, D)\n",
        "    dx = dx.reshape(N, T, D)\n    db = dout.sum(axis=0)\n",
        "A gradient has the shape of what it belongs to. b has neither a batch nor a time axis: over which "
        "axes was it spread on the way forward?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "upstream gradient changed",
        "temporal_affine_backward",
        "    dx, dw, db = affine_backward(dout.reshape(N * T, -1), affine_cache)\n",
        "    dx, dw, db = affine_backward(dout.reshape(N * T, -1), affine_cache)\n    dout *= 0\n",
        "The upstream gradient is not yours to change: the caller may need it again.",
        kind=Kind.MUTATED,
    ),
]

LOSS = "    loss = (np.log(sums) - right_logits).sum() / N\n"
GRADIENT = "    exps *= (1 / (sums * N))[:, None]\n    exps[rows, words] -= 1 / N\n"
TEMPORAL_SOFTMAX_LOSS = [
    Mistake(
        "not averaged over the batch",
        "temporal_softmax_loss",
        LOSS + GRADIENT,
        (LOSS + GRADIENT).replace(" / N\n", "\n", 1).replace("sums * N", "sums").replace("1 / N", "1"),
        "The loss is summed over time and averaged over the captions of the minibatch. Without the average "
        "the learning rate means something else for every size of batch.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "averaged over time too",
        "temporal_softmax_loss",
        LOSS + GRADIENT,
        (LOSS + GRADIENT)
        .replace(" / N\n", " / (N * x.shape[1])\n", 1)
        .replace("sums * N", "sums * N * x.shape[1]")
        .replace("1 / N", "1 / (N * x.shape[1])"),
        "The loss is summed over time: the average is over captions, not over steps.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "averaged over the words",
        "temporal_softmax_loss",
        LOSS + GRADIENT,
        "    M = len(words)\n"
        + (LOSS + GRADIENT)
        .replace(" / N\n", " / M\n", 1)
        .replace("sums * N", "sums * M")
        .replace("1 / N", "1 / M"),
        "You divide by the number of words that are not padding. Many do so; here the average is over the N "
        "captions, so a long caption counts for more than a short one.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "gradient not averaged",
        "temporal_softmax_loss",
        GRADIENT,
        GRADIENT.replace("sums * N", "sums").replace("1 / N", "1"),
        "The loss is divided by the number of captions and its gradient is not. Both are of the same "
        "function.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "padding counted",
        "temporal_softmax_loss",
        "logits, words = x[mask], y[mask]",
        "mask = np.ones_like(mask)\n    logits, words = x[mask], y[mask]",
        "Where the mask is False there is no word to be right about. You let the network learn to say "
        "padding, which is the easiest word of all.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "padding counted in the loss",
        "temporal_softmax_loss",
        LOSS,
        "    shifted = x - x.max(axis=2, keepdims=True)\n"
        "    right = np.take_along_axis(shifted, y[:, :, None], axis=2)[:, :, 0]\n"
        "    loss = (np.log(np.exp(shifted).sum(axis=2)) - right).sum() / N\n",
        "The gradient leaves the padding out and the loss does not: the mask belongs into both.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "padding counted in the gradient",
        "temporal_softmax_loss",
        "    dx[mask] = exps\n",
        "    probs = np.exp(x - x.max(axis=2, keepdims=True))\n"
        "    dx += probs / (probs.sum(axis=2, keepdims=True) * N)\n"
        "    dx[np.arange(N)[:, None], np.arange(x.shape[1]), y] -= 1 / N\n",
        "The loss leaves the padding out and its gradient does not. What is not in the loss cannot change "
        "it.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "padding: only the right word left out",
        "temporal_softmax_loss",
        "    dx[mask] = exps\n",
        "    probs = np.exp(x - x.max(axis=2, keepdims=True))\n"
        "    dx += probs / (probs.sum(axis=2, keepdims=True) * N)\n"
        "    dx[mask] = exps\n",
        "Where the mask is False the gradient is zero for every word, not only for the one that stands in y.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "right word not subtracted",
        "temporal_softmax_loss",
        "    exps[rows, words] -= 1 / N\n",
        "",
        "All entries of your gradient are positive: every logit should fall. Which one should rise?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "one subtracted after the average",
        "temporal_softmax_loss",
        "exps[rows, words] -= 1 / N",
        "exps[rows, words] -= 1",
        "The gradients of the logits of one position add up to zero: raising all of them changes no "
        "probability. Yours do not; the average reaches only one of the two terms.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "logits masked",
        "temporal_softmax_loss",
        "    N, T, V = x.shape\n",
        "    N, T, V = x.shape\n    x = x * mask[:, :, None]\n    mask = np.ones_like(mask)\n",
        "Logits of 0 do not leave a position out: there all words are equally likely, which costs log V "
        "each time. It is the loss and the gradient that must not count it.",
        as_written=True,
    ),
    Mistake(
        "sign of the gradient",
        "temporal_softmax_loss",
        "dx[mask] = exps",
        "dx[mask] = -exps",
        "The loss falls when the right word's logit rises, so its gradient is negative. Training with yours "
        "goes uphill.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "sign of the loss",
        "temporal_softmax_loss",
        "loss = (np.log(sums) - right_logits)",
        "loss = (right_logits - np.log(sums))",
        "The logarithm of a probability is negative, and a loss is positive: it falls to zero as the right "
        "word becomes certain.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "maximum not subtracted",
        "temporal_softmax_loss",
        "    logits -= logits.max(axis=1, keepdims=True)\n",
        "",
        "The exponential of a large logit overflows. A softmax does not change when the same number is taken "
        "from all logits; which number makes the largest exponential 1?",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "one maximum for all positions",
        "temporal_softmax_loss",
        "logits.max(axis=1, keepdims=True)",
        "logits.max()",
        "The largest logit of all may be far above those of another position, whose exponentials are then "
        "all zero. Every position has a softmax of its own.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "logits changed",
        "temporal_softmax_loss",
        "logits, words = x[mask], y[mask]",
        "x -= x.max(axis=2, keepdims=True)\n    logits, words = x[mask], y[mask]",
        "The maximum is taken from the caller's logits themselves. They look different after the call than "
        "before.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "gradient always float64",
        "temporal_softmax_loss",
        "np.zeros_like(x)",
        "np.zeros(x.shape)",
        "A new array is float64 unless you say otherwise, and from here the whole backward pass would be.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "logarithm to the base 2",
        "temporal_softmax_loss",
        "np.log(sums)",
        "np.log2(sums)",
        "The exponential and the logarithm must be of one base, or they do not undo each other.",
    ),
]

MISTAKES = [*TEMPORAL_AFFINE_FORWARD, *TEMPORAL_AFFINE_BACKWARD, *TEMPORAL_SOFTMAX_LOSS]
