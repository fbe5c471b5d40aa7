"""Chapter 9: the vanilla recurrent network."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

RNN_STEP_FORWARD = [
    Mistake(
        "no tanh",
        "rnn_step_forward",
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "x @ Wx + prev_h @ Wh + b",
        "Without a nonlinearity the network is linear, however many steps it takes, and its state grows "
        "without bound.",
    ),
    Mistake(
        "state before the step not read",
        "rnn_step_forward",
        " + prev_h @ Wh",
        "",
        "The new state does not depend on the one before, so nothing is remembered. Which weights lead from "
        "hidden state to hidden state?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias forgotten",
        "rnn_step_forward",
        " + prev_h @ Wh + b",
        " + prev_h @ Wh",
        "Three terms are added up before the tanh. Count yours.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "recurrent weights transposed",
        "rnn_step_forward",
        "prev_h @ Wh",
        "prev_h @ Wh.T",
        "Wh is square, so a transposition too many raises no error. Rows of Wh belong to the state before, "
        "columns to the state after.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "sigmoid for tanh",
        "rnn_step_forward",
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "1 / (1 + np.exp(-(x @ Wx + prev_h @ Wh + b)))",
        "The hidden state lies between -1 and 1, yours between 0 and 1. These two S-shaped functions are "
        "related, but not the same.",
    ),
    Mistake(
        "tanh of each product",
        "rnn_step_forward",
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "np.tanh(x @ Wx + b) + np.tanh(prev_h @ Wh)",
        "Input and state are first added up, and then bent once. A sum of two tanh can leave the range from "
        "-1 to 1.",
    ),
    Mistake(
        "state overwritten",
        "rnn_step_forward",
        "next_h = np.tanh(x @ Wx + prev_h @ Wh + b)",
        "next_h = prev_h\n    next_h[...] = np.tanh(x @ Wx + prev_h @ Wh + b)",
        "The new state is written over the one before: it is the caller's array, and the backward pass needs "
        "it as it was.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "always float64",
        "rnn_step_forward",
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "np.tanh(x.astype(np.float64) @ Wx + prev_h @ Wh + b)",
        "float32 goes in and float64 comes out: the whole network after this step becomes twice as slow, and "
        "nothing says so.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "bias added twice",
        "rnn_step_forward",
        " + prev_h @ Wh + b",
        " + b + prev_h @ Wh + b",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

RNN_STEP_BACKWARD = [
    Mistake(
        "derivative of tanh missing",
        "rnn_step_backward",
        "dnext_h * (1 - next_h**2)",
        "dnext_h.copy()",
        "Go back through the step in the order opposite to the way forward. What came last, before next_h "
        "was there?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "square forgotten",
        "rnn_step_backward",
        "(1 - next_h**2)",
        "(1 - next_h)",
        "Check the derivative of tanh, written with the value of tanh itself: it is the same for a value and "
        "for its negative. Is yours?",
    ),
    Mistake(
        "tanh twice",
        "rnn_step_backward",
        "(1 - next_h**2)",
        "(1 - np.tanh(next_h) ** 2)",
        "next_h has gone through the tanh already. Its derivative at this place needs the value, not one "
        "more tanh of it.",
    ),
    Mistake(
        "sign of the derivative",
        "rnn_step_backward",
        "(1 - next_h**2)",
        "(next_h**2 - 1)",
        "tanh rises everywhere, so its derivative is positive.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "state after the step for the state before",
        "rnn_step_backward",
        "prev_h.T @ da",
        "next_h.T @ da",
        "The gradient of a weight matrix needs what the matrix was multiplied with on the way forward. Which "
        "of the two states was that?",
    ),
    Mistake(
        "recurrent weights not transposed",
        "rnn_step_backward",
        "da @ Wh.T",
        "da @ Wh",
        "Wh is square, so the shapes fit either way. On the way back a gradient goes from columns to rows.",
    ),
    Mistake(
        "mean over the batch for b",
        "rnn_step_backward",
        "da.sum(axis=0)",
        "da.mean(axis=0)",
        "The bias was added to each row of the batch, so each row contributes in full. The upstream gradient "
        "carries the 1/N of the loss already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "Wx averaged over the batch",
        "rnn_step_backward",
        "x.T @ da",
        "x.T @ da / len(x)",
        "The loss was averaged over the minibatch once, and the upstream gradient knows it. A second "
        "division makes the gradient depend on the size of the batch.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "bias gradient with two axes",
        "rnn_step_backward",
        "da.sum(axis=0)",
        "da.sum(axis=0, keepdims=True)",
        "A gradient has the shape of what it belongs to, and b has one axis.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "upstream gradient changed",
        "rnn_step_backward",
        "da = dnext_h * (1 - next_h**2)",
        "dnext_h *= 1 - next_h**2\n    da = dnext_h",
        "The upstream gradient belongs to the caller, who may need it once more. An operator with an equals "
        "sign changes the array itself.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "gradient passed by the step",
        "rnn_step_backward",
        "da @ Wh.T",
        "da @ Wh.T + dnext_h",
        "The state before reaches the new one only through its weights; there is no way that passes them by.",
        kind=Kind.EXTRA_TERM,
    ),
    Mistake(
        "computed in float32",
        "rnn_step_backward",
        "(1 - next_h**2)",
        "(1 - next_h**2).astype(np.float32).astype(dnext_h.dtype)",
        "Somewhere half of the digits are lost: between float64 and float64 there is a step in float32.",
        kind=Kind.FLOAT32,
        only_grader="an error of 1e-7 is less than the finite differences of the student's side see",
    ),
]

RNN_FORWARD = [
    Mistake(
        "state not carried",
        "rnn_forward",
        "a[t] += h[t] @ Wh",
        "a[t] += h[0] @ Wh",
        "Every step starts from the initial state. What does step t get from step t - 1?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "initial state ignored",
        "rnn_forward",
        "h[0] = h0",
        "h[0] = 0",
        "The network starts with zeros instead of h0, and in a captioner h0 is all it sees of the image.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias at the first step only",
        "rnn_forward",
        "    a += b\n",
        "    a[0] += b\n",
        "The same weights are used at every step, and b is one of them.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "batch and time mixed up",
        "rnn_forward",
        "x.transpose(1, 0, 2).reshape(T * N, D)",
        "x.reshape(T * N, D)",
        "A reshape keeps the order in memory: it does not exchange axes. Which caption and which step is row "
        "1 of your array?",
    ),
    Mistake(
        "input overwritten by the state",
        "rnn_forward",
        "a[t] += h[t] @ Wh",
        "a[t] = h[t] @ Wh",
        "From the first step on the inputs do not matter any more. Look at what is assigned and what is "
        "added.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "recurrent weights transposed",
        "rnn_forward",
        "h[t] @ Wh",
        "h[t] @ Wh.T",
        "Wh is square, so a transposition too many raises no error. Rows of Wh belong to the state before, "
        "columns to the state after.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "always float64",
        "rnn_forward",
        "np.empty((T + 1, N, H), dtype=a.dtype)",
        "np.empty((T + 1, N, H))",
        "A new array is float64 unless you say otherwise. float32 in, float32 out.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "initial state overwritten",
        "rnn_forward",
        "np.tanh(a[t], out=h[t + 1])",
        "np.tanh(a[t], out=h[t + 1])\n        h0[...] = h[t + 1]",
        "You keep the running state in the array that the caller gave you, and at the end h0 is the last "
        "state.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "bias added twice",
        "rnn_forward",
        "    a += b\n",
        "    a += 2 * b\n",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

RNN_BACKWARD = [
    Mistake(
        "caches from the other end",
        "rnn_backward",
        "cache[t]",
        "cache[T - 1 - t]",
        "The upstream gradient of one step meets the cache of another. Which step's cache do you take when "
        "you go back from the last?",
        as_written=True,
    ),
    Mistake(
        "initial state's gradient left at zero",
        "rnn_backward",
        "    db = da.sum(axis=0)\n",
        "    db = da.sum(axis=0)\n    dprev_h = np.zeros((N, H), dtype=da.dtype)\n",
        "The initial state is an input like the others: in a captioner it is the picture. What has reached "
        "the beginning once all steps are gone through?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "clipped inside",
        "rnn_backward",
        "    dWx = x.T @ da\n",
        "    dWx = np.clip(x.T @ da, -5, 5)\n",
        "Clipping is a matter of training, once the gradients of all parameters are there. Inside a layer it "
        "makes what you return no gradient any more: a loss twice as large has one twice as large.",
        kind=Kind.NOT_LINEAR,
    ),
    Mistake(
        "gradient not carried back",
        "rnn_backward",
        "dprev_h += dh[:, t]",
        "dprev_h = dh[:, t].copy()",
        "A state matters twice: to the loss at its own step, and to every state that follows. Only the last "
        "one has no followers. Which of the two ways is missing?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "gradient of the outputs at the last step only",
        "rnn_backward",
        "dprev_h += dh[:, t]",
        "dprev_h += dh[:, t] * (t == T - 1)",
        "Every hidden state is an output and has an upstream gradient of its own, not only the last.",
    ),
    Mistake(
        "forwards in time",
        "rnn_backward",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. At which end do you begin?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "derivative of tanh missing",
        "rnn_backward",
        "da = 1 - h[1:] ** 2",
        "da = np.ones_like(h[1:])",
        "At every step the gradient passes the tanh on its way back. What does it get multiplied with there?",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "derivative at the state before",
        "rnn_backward",
        "da = 1 - h[1:] ** 2",
        "da = 1 - h[:-1] ** 2",
        "The derivative of tanh is written with what came out of it at this step, not at the step before.",
    ),
    Mistake(
        "recurrent weights not transposed",
        "rnn_backward",
        "da[t] @ Wh.T",
        "da[t] @ Wh",
        "Wh is square, so the shapes fit either way. On the way back a gradient goes from columns to rows.",
    ),
    Mistake(
        "states after the steps for those before",
        "rnn_backward",
        "h[:-1].reshape",
        "h[1:].reshape",
        "The gradient of Wh needs the states that Wh was multiplied with. The first of them is h0; where is "
        "it in your product?",
    ),
    Mistake(
        "weights of the first step only",
        "rnn_backward",
        "dWx = x.T @ da",
        "dWx = x[:N].T @ da[:N]",
        "The same weights are used at every step, so every step contributes to their gradient. An assignment "
        "inside the loop keeps the last that was computed.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "averaged over time",
        "rnn_backward",
        "db = da.sum(axis=0)",
        "db = da.sum(axis=0) / T",
        "The loss is summed over time, so the contributions of the steps are added and not averaged.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "rnn_backward",
        "dprev_h += dh[:, t]",
        "dh[:, t] += dprev_h\n        dprev_h = dh[:, t]",
        "What comes back from the future is added into dh itself. It is the caller's array: a second call "
        "would get another one.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "initial state's gradient before the weights",
        "rnn_backward",
        "    da = da.reshape(T * N, H)\n",
        "    dprev_h = da[0].copy()\n    da = da.reshape(T * N, H)\n",
        "dh0 is the gradient of the initial state, and that passes Wh before it reaches the first tanh. One "
        "step of the way back is missing.",
    ),
    Mistake(
        "time and batch not changed back",
        "rnn_backward",
        "reshape(T, N, -1).transpose(1, 0, 2)",
        "reshape(N, T, -1)",
        "The rows of the product stand in the order time, batch. A reshape gives them other names, it does "
        "not exchange them.",
        kind=Kind.TRANSPOSED,
    ),
]

MISTAKES = [*RNN_STEP_FORWARD, *RNN_STEP_BACKWARD, *RNN_FORWARD, *RNN_BACKWARD]
