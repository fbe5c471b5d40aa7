"""Chapter 5: update rules, gradient clipping and dropout."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

SGD_MOMENTUM = [
    Mistake(
        "velocity not kept",
        "sgd_momentum",
        '    config["velocity"] = velocity\n',
        "",
        "The next step needs the velocity of this one. What does the configuration remember when you return "
        "it?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "uphill",
        "sgd_momentum",
        '- config["learning_rate"] * dw',
        '+ config["learning_rate"] * dw',
        "The gradient points to where the loss grows. Look at the signs in the update.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "velocity subtracted",
        "sgd_momentum",
        "next_w = w + velocity",
        "next_w = w - velocity",
        "The velocity carries the minus sign of the descent already; with another one the weights climb.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "step along the old velocity",
        "sgd_momentum",
        "next_w = w + velocity",
        'next_w = w + config["velocity"]',
        "First the velocity changes, then the weights move along the new one. Your first step from rest goes "
        "nowhere.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "gradient weighted by one minus the momentum",
        "sgd_momentum",
        '- config["learning_rate"] * dw',
        '- (1 - config["momentum"]) * config["learning_rate"] * dw',
        "That is a running mean, as in Adam. Here the velocity is a sum that fades, and the gradient enters "
        "it in full.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "learning rate on the whole velocity",
        "sgd_momentum",
        'config["momentum"] * config["velocity"] - config["learning_rate"] * dw\n    next_w = w + velocity',
        'config["momentum"] * config["velocity"] - dw\n    next_w = w + config["learning_rate"] * velocity',
        "Another convention, PyTorch's: the learning rate is multiplied on at the end. The velocity that is "
        "kept then is another one; here the learning rate is inside.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "no momentum",
        "sgd_momentum",
        'config["momentum"] * config["velocity"] - config',
        "-config",
        "What is left is plain descent: the velocity before has no influence on the one after.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "weights changed in place",
        "sgd_momentum",
        "next_w = w + velocity",
        "w += velocity\n    next_w = w",
        "The weights are the caller's array. An operator with an equals sign changes it; return a new one.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "velocity changed in place",
        "sgd_momentum",
        'velocity = config["momentum"] * config["velocity"] - config["learning_rate"] * dw',
        'velocity = config["velocity"]\n'
        '    velocity *= config["momentum"]\n'
        '    velocity -= config["learning_rate"] * dw',
        "The dictionary is a new one, the array in it is still the caller's. Compute a new velocity.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "velocity scaled again",
        "sgd_momentum",
        "next_w = w + velocity",
        'next_w = w + config["learning_rate"] * velocity',
        "The learning rate is in the velocity already. Scaled again, the steps are far too small.",
    ),
    Mistake(
        "mean of the gradients as velocity",
        "sgd_momentum",
        'config["momentum"] * config["velocity"] - config["learning_rate"] * dw',
        'config["momentum"] * config["velocity"] - (1 - config["momentum"]) * dw',
        "That is the running mean of the gradients, as in Adam. Here the gradient enters with the "
        "learning rate.",
        kind=Kind.FACTOR,
    ),
]

RMSPROP = [
    Mistake(
        "cache not kept",
        "rmsprop",
        '    config["cache"] = cache\n',
        "",
        "The running mean must be there at the next step. What does the configuration remember when you "
        "return it?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "not squared",
        "rmsprop",
        "* dw**2",
        "* np.abs(dw)",
        "It is the mean of the squares whose root is taken: the root of a mean of sizes is another scale.",
    ),
    Mistake(
        "a sum, not a mean",
        "rmsprop",
        'config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2',
        'config["cache"] + dw**2',
        "That is AdaGrad: the sum only grows, and the steps get smaller and smaller. Here old gradients are "
        "forgotten.",
    ),
    Mistake(
        "decay rate on the wrong part",
        "rmsprop",
        'config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2',
        '(1 - config["decay_rate"]) * config["cache"] + config["decay_rate"] * dw**2',
        "A decay rate near 1 means a long memory: what was there before has the larger weight.",
    ),
    Mistake(
        "gradient in full",
        "rmsprop",
        '(1 - config["decay_rate"]) * dw**2',
        "dw**2",
        "In a running mean the two weights add up to 1. With yours the mean of a constant is many times "
        "that constant.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "root forgotten",
        "rmsprop",
        'np.sqrt(cache) + config["epsilon"]',
        'cache + config["epsilon"]',
        "The mean of the squares has the unit of the gradient squared. Divide by something of the unit of "
        "the gradient.",
    ),
    Mistake(
        "epsilon inside the root",
        "rmsprop",
        'np.sqrt(cache) + config["epsilon"]',
        'np.sqrt(cache + config["epsilon"])',
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much larger "
        "than itself.",
    ),
    Mistake(
        "epsilon forgotten",
        "rmsprop",
        '(np.sqrt(cache) + config["epsilon"])',
        "np.sqrt(cache)",
        "Where a gradient has always been 0, you divide 0 by 0.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "old cache in the denominator",
        "rmsprop",
        "np.sqrt(cache)",
        'np.sqrt(config["cache"])',
        "The step is scaled by the mean that has seen this gradient. At the first step yours has seen none.",
    ),
]

ADAM = [
    Mistake(
        "no bias correction",
        "adam",
        '* unbiased_m / (np.sqrt(unbiased_v) + config["epsilon"])',
        '* m / (np.sqrt(v) + config["epsilon"])',
        "Both moments begin at 0 and are too small at first. The weights move as if that did not matter.",
    ),
    Mistake(
        "second moment not corrected",
        "adam",
        "np.sqrt(unbiased_v)",
        "np.sqrt(v)",
        "Both moments begin at 0, and both must be corrected, each by its own rate.",
    ),
    Mistake(
        "first moment not corrected",
        "adam",
        "* unbiased_m /",
        "* m /",
        "Both moments begin at 0, and both must be corrected, each by its own rate.",
    ),
    Mistake(
        "steps not counted",
        "adam",
        '"t": t}',
        '"t": config["t"]}',
        "Every step is the first one for your bias correction. What must the configuration remember?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "counted after the correction",
        "adam",
        '    t = config["t"] + 1\n',
        '    t = max(config["t"], 1)\n    config["t"] = t\n',
        "The first step is number 1. When do you add 1 to the count, before it is used or after?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "corrected moments kept",
        "adam",
        'config |= {"m": m, "v": v,',
        'config |= {"m": unbiased_m, "v": unbiased_v,',
        "The correction is for this step's use only. What goes on to the next step is the running mean as it "
        "is, or it is corrected again and again.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "moments not kept",
        "adam",
        'config |= {"m": m, "v": v, "t": t}',
        'config |= {"t": t}',
        "The running means must be there at the next step. What does the configuration remember?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "gradient not squared in the second moment",
        "adam",
        "dw**2",
        "np.abs(dw)",
        "The second moment is the mean of the squares: its root is what has the unit of a gradient.",
    ),
    Mistake(
        "rates exchanged",
        "adam",
        'beta1, beta2 = config["beta1"], config["beta2"]',
        'beta2, beta1 = config["beta1"], config["beta2"]',
        "The first moment forgets quickly, the second slowly. Which rate belongs to which?",
    ),
    Mistake(
        "correction by the rate, not its power",
        "adam",
        "unbiased_v = v / (1 - beta2**t)",
        "unbiased_v = v / (1 - beta2)",
        "How much is missing depends on how many steps have been taken: after a thousand steps nearly "
        "nothing.",
    ),
    Mistake(
        "epsilon inside the root",
        "adam",
        'np.sqrt(unbiased_v) + config["epsilon"]',
        'np.sqrt(unbiased_v + config["epsilon"])',
        "Epsilon is added to the root and not under it. Where gradients are small, its root is much larger "
        "than itself.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "moments changed in place",
        "adam",
        '    m = beta1 * config["m"] + (1 - beta1) * dw\n',
        '    m = config["m"]\n    m *= beta1\n    m += (1 - beta1) * dw\n',
        "The dictionary is a new one, the arrays in it are still the caller's. Compute a new moment.",
        kind=Kind.MUTATED,
    ),
]

CLIP_GRADIENTS = [
    Mistake(
        "each array by itself",
        "clip_gradients",
        "clipped = {name: scale * grad for name, grad in grads.items()}",
        "clipped = {\n"
        "        name: grad * float(min(1, max_norm / np.sqrt((grad**2).sum())))\n"
        "        for name, grad in grads.items()\n"
        "    }",
        "The norm is that of all gradients together, and all are scaled by one number. Otherwise the "
        "direction of the step changes.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "each entry by itself",
        "clip_gradients",
        "name: scale * grad for",
        "name: np.clip(grad, -max_norm, max_norm) if scale < 1 else grad.copy() for",
        "Cutting off single entries turns the step into another direction. Here it is only shortened.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "small gradients made larger",
        "clip_gradients",
        " if norm > max_norm else 1.0",
        "",
        "A norm that is small enough already is left alone: the gradients are only ever made smaller.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "root forgotten",
        "clip_gradients",
        "norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))",
        "norm = sum((grad**2).sum() for grad in grads.values())",
        "The norm is the root of the sum of the squares. Without it a norm of 10 looks like one of 100.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "norms added up",
        "clip_gradients",
        "norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))",
        "norm = sum(np.sqrt((grad**2).sum()) for grad in grads.values())",
        "The norm of all entries together is not the sum of the norms of the arrays: squares add up, roots "
        "do not.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "norm after clipping",
        "clip_gradients",
        "    clipped = {name: scale * grad for name, grad in grads.items()}\n",
        "    clipped = {name: scale * grad for name, grad in grads.items()}\n    norm = norm * scale\n",
        "In training one wants to see how large the gradients were. The norm that is returned is the one "
        "before clipping.",
    ),
    Mistake(
        "scaled to norm 1",
        "clip_gradients",
        "float(max_norm / norm)",
        "float(1 / norm)",
        "The gradients are scaled so that their norm is max_norm. What is it after your scaling?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "gradients changed in place",
        "clip_gradients",
        "    clipped = {name: scale * grad for name, grad in grads.items()}\n",
        "    for grad in grads.values():\n        grad *= scale\n    clipped = grads\n",
        "The gradients are the caller's arrays; return new ones.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "float64 from a scalar",
        "clip_gradients",
        "scale = float(max_norm / norm)",
        "scale = np.float64(max_norm / norm)",
        "A NumPy scalar of 64 bits makes float64 of all float32 arrays that it is multiplied with. A plain "
        "number does not.",
        kind=Kind.DTYPE,
    ),
]

DROPOUT_FORWARD = [
    Mistake(
        "probability of dropping",
        "dropout_forward",
        ".random(x.shape) < p)",
        ".random(x.shape) >= p)",
        "p is the probability of keeping an entry. Count the zeros: how many should there be?",
    ),
    Mistake(
        "p as in other libraries",
        "dropout_forward",
        ".random(x.shape) < p).astype(x.dtype) / x.dtype.type(p)",
        ".random(x.shape) >= p).astype(x.dtype) / x.dtype.type(1 - p)",
        "Other libraries mean by p the probability of dropping an entry. Here it is that of keeping one.",
    ),
    Mistake(
        "not divided by p",
        "dropout_forward",
        ".astype(x.dtype) / x.dtype.type(p)",
        ".astype(x.dtype)",
        "Fewer entries are left, so the sum that the next layer sees is smaller than at test time, when all "
        "are there. What makes up for that?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "multiplied by p",
        "dropout_forward",
        ".astype(x.dtype) / x.dtype.type(p)",
        ".astype(x.dtype) * x.dtype.type(p)",
        "What is left while training must be made larger, so that the mean stays what it was.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "divided by the probability of dropping",
        "dropout_forward",
        "x.dtype.type(p)",
        "x.dtype.type(1 - p)",
        "p is the probability of keeping an entry. What must be made up for is how many are kept.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "dropped at test time",
        "dropout_forward",
        'if mode == "train":',
        'if mode in ("train", "test"):',
        "At test time nothing is dropped: the same picture would get another answer each time.",
    ),
    Mistake(
        "scaled at test time",
        "dropout_forward",
        "    out = x\n",
        "    out = x * x.dtype.type(p)\n",
        "What is left while training is divided by p already. Then there is nothing to make up for at test "
        "time.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "whole columns dropped",
        "dropout_forward",
        ".random(x.shape) < p)",
        ".random(x.shape)[:1] < p)",
        "Every entry is dropped or kept by itself; yours go together in all rows.",
    ),
    Mistake(
        "always float64",
        "dropout_forward",
        ".astype(x.dtype) / x.dtype.type(p)",
        "/ np.float64(p)",
        "A mask of truth values that is divided becomes float64, and so does all that it is multiplied with.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "inputs changed in place",
        "dropout_forward",
        "out = x * mask",
        "x *= mask\n        out = x",
        "The inputs are the caller's array; return a new one.",
        kind=Kind.MUTATED,
    ),
]

DROPOUT_BACKWARD = [
    Mistake(
        "mask forgotten",
        "dropout_backward",
        "dout if mask is None else dout * mask",
        "dout.copy()",
        "An entry that was dropped did not reach the output: moving it a little changes nothing.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "not divided by p",
        "dropout_backward",
        "dout * mask",
        "dout * (mask > 0)",
        "What was kept was divided by p on the way forward. A constant factor comes back as the same factor.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "divided by the mask",
        "dropout_backward",
        "dout * mask",
        "np.where(mask > 0, dout / np.where(mask > 0, mask, 1), 0).astype(dout.dtype)",
        "The gradient is multiplied with what the input was multiplied with; going back is not undoing.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "mask inverted",
        "dropout_backward",
        "dout * mask",
        "dout * (mask == 0) * mask.max()",
        "Yours goes back to the entries that were dropped. Which ones reached the output?",
    ),
    Mistake(
        "mask expected at test time",
        "dropout_backward",
        "dout if mask is None else dout * mask",
        "dout * mask",
        "At test time nothing was dropped and there is no mask.",
        kind=Kind.RAISED,
    ),
    Mistake(
        "mask applied twice",
        "dropout_backward",
        "dout * mask",
        "dout * mask * mask",
        "The mask holds the factor already; once is enough.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "dropout_backward",
        "dx = dout if mask is None else dout * mask",
        "dx = dout\n    if mask is not None:\n        dx *= mask",
        "The upstream gradient is the caller's array: the caller may need it again.",
        kind=Kind.MUTATED,
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "norm of the last array alone",
        "clip_gradients",
        "sum((grad**2).sum() for grad in grads.values())",
        "(list(grads.values())[-1] ** 2).sum()",
        "The squares of all arrays are added up. Yours are those of the last one: is a sum written over "
        "in the loop?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "condition the wrong way round",
        "clip_gradients",
        "if norm > max_norm else",
        "if norm < max_norm else",
        "Gradients that are too large are made smaller, the others left alone. Yours are the other way "
        "round.",
        kind=Kind.FACTOR,
    ),
]

MISTAKES = [
    *SGD_MOMENTUM,
    *RMSPROP,
    *ADAM,
    *CLIP_GRADIENTS,
    *DROPOUT_FORWARD,
    *DROPOUT_BACKWARD,
    *WRITTEN_OTHERWISE,
]
