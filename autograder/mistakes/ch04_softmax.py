"""Chapter 4: the softmax and its loss."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

SOFTMAX_LOSS = [
    Mistake(
        "gradient of the probabilities",
        "softmax_loss",
        "    dx[rows, y] -= 1 / N\n",
        "    of_right = dx[rows, y]\n    dx = np.zeros_like(dx)\n    dx[rows, y] = -1 / (N * N * of_right)\n",
        "What you return says how the loss changes with the probabilities. Between them and the logits lies "
        "the softmax, which ties all logits of a row together.",
    ),
    Mistake(
        "no shift",
        "softmax_loss",
        "shifted = x - x.max(axis=1, keepdims=True)",
        "shifted = x",
        "The exponential of 800 is larger than any number a computer has. All logits of a row may be lowered "
        "by the same amount without changing the softmax.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "one shift for all rows",
        "softmax_loss",
        "x.max(axis=1, keepdims=True)",
        "x.max()",
        "The largest of all logits is far above those of some rows, and their exponentials all vanish. Each "
        "row has its own largest logit.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "softmax over the batch",
        "softmax_loss",
        "exps.sum(axis=1, keepdims=True)",
        "exps.sum(axis=0, keepdims=True) + 0 * exps.sum(axis=1, keepdims=True)",
        "The probabilities of one example add up to 1. Over which axis do yours?",
    ),
    Mistake(
        "loss not averaged",
        "softmax_loss",
        ".sum() / N\n",
        ".sum()\n",
        "The loss is the mean over the minibatch: otherwise it grows with the number of examples.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "averaged over the classes",
        "softmax_loss",
        ".sum() / N\n",
        ".sum() / C\n",
        "The mean runs over the examples. You divide by the number of classes.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "gradient not averaged",
        "softmax_loss",
        "    dx = exps / (sums * N)\n    dx[rows, y] -= 1 / N",
        "    dx = exps / sums\n    dx[rows, y] -= 1",
        "The loss is a mean over N examples, so its gradient carries 1/N as well.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "averaged twice",
        "softmax_loss",
        "    dx[rows, y] -= 1 / N\n",
        "    dx[rows, y] -= 1 / N\n    dx /= N\n",
        "The loss is divided by N once. How often is your gradient?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "right class not subtracted",
        "softmax_loss",
        "    dx[rows, y] -= 1 / N\n",
        "",
        "Your gradient wants to lower all logits, that of the right class as well. What distinguishes it?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "one not divided",
        "softmax_loss",
        "dx[rows, y] -= 1 / N",
        "dx[rows, y] -= 1",
        "Two terms make up the gradient, and both carry the 1/N of the mean.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "sign of the gradient",
        "softmax_loss",
        "    dx[rows, y] -= 1 / N\n",
        "    dx[rows, y] -= 1 / N\n    dx = -dx\n",
        "Following your gradient downhill would make the right class less likely.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "sign of the loss",
        "softmax_loss",
        "(np.log(sums[:, 0]) - shifted[rows, y])",
        "(shifted[rows, y] - np.log(sums[:, 0]))",
        "A loss is the smaller the better, and that of a sure and right model is 0. Yours is negative.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "right class added at once for all",
        "softmax_loss",
        "dx[rows, y] -= 1 / N",
        "dx[:, y] -= 1 / N",
        "You change whole columns: the classes that are right for anybody are taken for right for everybody.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "logarithm to base 2",
        "softmax_loss",
        "np.log(sums[:, 0])",
        "np.log2(sums[:, 0])",
        "The exponential and the logarithm must be of one base, or they do not undo each other.",
    ),
    Mistake(
        "logarithm of what vanished",
        "softmax_loss",
        "(np.log(sums[:, 0]) - shifted[rows, y]).sum() / N",
        "-np.log(exps[rows, y] / sums[:, 0] + 1e-8).sum() / N",
        "Something small is added under your logarithm so that it is never that of 0. Take the logarithm of "
        "the quotient apart instead, and nothing need be added.",
        kind=Kind.NEARLY,
    ),
    Mistake(
        "always float64",
        "softmax_loss",
        "shifted = x - x.max(axis=1, keepdims=True)",
        "shifted = (x - x.max(axis=1, keepdims=True)).astype(np.float64)",
        "float32 goes in and float64 comes out, and the whole backward pass becomes twice as slow.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "probability in place of its logarithm",
        "softmax_loss",
        "(np.log(sums[:, 0]) - shifted[rows, y])",
        "(-exps[rows, y] / sums[:, 0])",
        "The loss is minus the logarithm of the probability of the right class. Where is the logarithm?",
    ),
    Mistake(
        "mean over all classes",
        "softmax_loss",
        "(np.log(sums[:, 0]) - shifted[rows, y]).sum() / N",
        "(np.log(sums) - shifted).mean()",
        "Only the probability of the right class counts in the loss. You average over all classes.",
    ),
    Mistake(
        "slope of a sigmoid at the right class",
        "softmax_loss",
        "dx[rows, y] -= 1 / N",
        "dx[rows, y] *= 1 - exps[rows, y] / sums[:, 0]",
        "p (1 - p) is the slope of the probability. Differentiate its logarithm: that leaves less.",
        kind=Kind.WHERE,
    ),
]

MISTAKES = [*SOFTMAX_LOSS]
