"""Chapter 3: the fully connected layer and the rectifier."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

AFFINE_FORWARD = [
    Mistake(
        "bias forgotten",
        "affine_forward",
        "    out += b\n",
        "",
        "The product alone maps 0 to 0. What lets the layer answer something else?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias subtracted",
        "affine_forward",
        "out += b",
        "out -= b",
        "The formula adds the bias. It would learn with your sign too, and then mean the opposite of what "
        "everybody else's does.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "flattened column by column",
        "affine_forward",
        "x.reshape(len(x), -1) @ w",
        'x.reshape(len(x), -1, order="F") @ w',
        "The numbers of an input stand in their usual order in its row, the last index running fastest. "
        "Yours meet the weights of others.",
    ),
    Mistake(
        "flattened into one row too many",
        "affine_forward",
        "x.reshape(len(x), -1) @ w",
        "x.reshape(-1, len(x)).T @ w",
        "A reshape and a transposition are two things: in a row of yours stand numbers of several examples.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "averaged over the inputs",
        "affine_forward",
        "    out += b\n",
        "    out = out / len(w) + b\n",
        "The products are added up over the D inputs, not averaged.",
    ),
    Mistake(
        "always float64",
        "affine_forward",
        "x.reshape(len(x), -1) @ w",
        "x.reshape(len(x), -1).astype(np.float64) @ w",
        "float32 goes in and float64 comes out: everything after this layer becomes twice as slow, and "
        "nothing says so.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "weights scaled in place",
        "affine_forward",
        "    out = x.reshape(len(x), -1) @ w\n",
        "    w *= 1.0 + 1e-3\n    out = x.reshape(len(x), -1) @ w\n",
        "The weights belong to the caller. After your layer they are others.",
        kind=Kind.MUTATED,
    ),
]

AFFINE_BACKWARD = [
    Mistake(
        "bias's gradient left at zero",
        "affine_backward",
        "db = dout.sum(axis=0)",
        "db = np.zeros_like(dout, shape=dout.shape[1:])",
        "An array of zeros is a place for a gradient. What does the bias change, and in how many rows?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "weights averaged over the batch",
        "affine_backward",
        "dw = x.reshape(len(x), -1).T @ dout",
        "dw = x.reshape(len(x), -1).T @ dout / len(x)",
        "Each example contributes in full to the gradient of the weights. The upstream gradient carries the "
        "1/N of the loss already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "mean over the batch for b",
        "affine_backward",
        "dout.sum(axis=0)",
        "dout.mean(axis=0)",
        "The bias was added to every row, so every row contributes in full.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "first row only for b",
        "affine_backward",
        "dout.sum(axis=0)",
        "dout[0].copy()",
        "The bias was added to every row. What is used several times collects a gradient each time.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias summed over everything",
        "affine_backward",
        "db = dout.sum(axis=0)",
        "db = np.full_like(dout[0], dout.sum())",
        "Each bias belongs to one column. Yours get the gradients of all.",
    ),
    Mistake(
        "input's gradient left flat",
        "affine_backward",
        "(dout @ w.T).reshape(x.shape)",
        "dout @ w.T",
        "A gradient has the shape of what it belongs to, and x has more axes than two.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "input's gradient in another order",
        "affine_backward",
        "(dout @ w.T).reshape(x.shape)",
        '(dout @ w.T).reshape(x.shape, order="F")',
        "The numbers of a row must go back to where they came from. In which order did they go in?",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "sign of the input's gradient",
        "affine_backward",
        "(dout @ w.T)",
        "(-dout @ w.T)",
        "If a weight is positive and the output is to grow, must the input grow or shrink?",
        kind=Kind.SIGN,
    ),
    Mistake(
        "weights' gradient without the input",
        "affine_backward",
        "x.reshape(len(x), -1).T @ dout",
        "np.ones_like(x.reshape(len(x), -1)).T @ dout",
        "How much a weight matters depends on what it is multiplied with. Yours does not ask.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "upstream gradient changed",
        "affine_backward",
        "    db = dout.sum(axis=0)\n",
        "    db = dout.sum(axis=0)\n    dout *= 0\n",
        "The upstream gradient belongs to the caller, who may still need it.",
        kind=Kind.MUTATED,
    ),
]

RELU_FORWARD = [
    Mistake(
        "negative numbers pass a little",
        "relu_forward",
        "np.maximum(x, 0)",
        "np.maximum(x, 0.01 * x)",
        "That is a leaky rectifier. This one lets nothing negative through.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "absolute value",
        "relu_forward",
        "np.maximum(x, 0)",
        "np.abs(x)",
        "What comes of a negative number is 0, not its size.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "the smaller one",
        "relu_forward",
        "np.maximum(x, 0)",
        "np.minimum(x, 0)",
        "Which numbers pass, and which become 0? You let the wrong half through.",
    ),
    Mistake(
        "cut off above",
        "relu_forward",
        "np.maximum(x, 0)",
        "np.clip(x, 0, 1)",
        "There is no ceiling: a large number passes as it is.",
    ),
    Mistake(
        "a step",
        "relu_forward",
        "np.maximum(x, 0)",
        "(x > 0).astype(x.dtype)",
        "You say whether a number is positive. The layer says which number it is.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "in place",
        "relu_forward",
        "out = np.maximum(x, 0)",
        "out = np.maximum(x, 0, out=x)",
        "You write into the array that was given to you. The layer before may keep it in its cache.",
        kind=Kind.MUTATED,
    ),
]

RELU_BACKWARD = [
    Mistake(
        "passes at zero",
        "relu_backward",
        "(x > 0)",
        "(x >= 0)",
        "At exactly 0 the gradient is 0 here. It matters: behind another rectifier half of the inputs are 0.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "mask forgotten",
        "relu_backward",
        "dout * (x > 0)",
        "dout.copy()",
        "Where the input was negative the output is 0, whatever the input does there. So what is the "
        "gradient?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "mask of the gradient",
        "relu_backward",
        "(x > 0)",
        "(dout > 0)",
        "Whether the gradient passes depends on what went in, not on the sign of what comes back.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "mask the wrong way round",
        "relu_backward",
        "(x > 0)",
        "(x <= 0)",
        "The gradient passes where the number passed.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "the input passed on",
        "relu_backward",
        "dout * (x > 0)",
        "np.maximum(x, 0)",
        "That is the forward function. Where is the upstream gradient?",
        kind=Kind.WHERE,
    ),
    Mistake(
        "upstream gradient ignored",
        "relu_backward",
        "dout * (x > 0)",
        "(x > 0).astype(x.dtype)",
        "That is the slope of the rectifier. How does the loss change with what it gives? Both belong in it.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "multiplied with the input",
        "relu_backward",
        "dout * (x > 0)",
        "dout * np.maximum(x, 0)",
        "The slope of the rectifier is 1 where it passes, however large the number is.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "upstream gradient changed",
        "relu_backward",
        "dx = dout * (x > 0)",
        "dout[x <= 0] = 0\n    dx = dout.copy()",
        "You set zeros in the array that belongs to the caller.",
        kind=Kind.MUTATED,
    ),
]

BACKPROPAGATE = [
    Mistake(
        "assigned instead of added",
        "backpropagate",
        "gradients[source] +=",
        "gradients[source] =",
        "A source that two nodes use reaches the result by two paths. What does the chain rule do with them?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "from the first edge to the last",
        "backpropagate",
        "zip(edges[::-1], slopes[::-1], strict=True)",
        "zip(edges, slopes, strict=True)",
        "A node can pass its gradient on only once it has all of it. Which nodes have theirs at first?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "slope without the gradient of the node",
        "backpropagate",
        "gradients[node] * slope",
        "slope",
        "That is by how much the node grows. By how much does the result grow?",
    ),
    Mistake(
        "gradient without the slope",
        "backpropagate",
        "gradients[node] * slope",
        "gradients[node]",
        "Only a sum passes its gradient on as it is. Each edge has a slope.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "beginning forgotten",
        "backpropagate",
        "    gradients[-1] = 1\n",
        "",
        "All that is passed on comes from the gradient of the last node with respect to itself. What is it?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "from sources to nodes",
        "backpropagate",
        "gradients[source] += gradients[node] * slope",
        "gradients[node] += gradients[source] * slope",
        "Values go from a source to its node. Gradients go against the arrows.",
    ),
    Mistake(
        "always float64",
        "backpropagate",
        "    gradients[-1] = 1\n",
        "    gradients = np.zeros(len(gradients))\n    gradients[-1] = 1\n",
        "The gradients have the dtype of the slopes: float32 goes in and float64 comes out.",
        kind=Kind.DTYPE,
    ),
]

MISTAKES = [*AFFINE_FORWARD, *AFFINE_BACKWARD, *RELU_FORWARD, *RELU_BACKWARD, *BACKPROPAGATE]
