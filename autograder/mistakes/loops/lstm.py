"""Mistakes in an LSTM's steps, and in the loop over them."""

from autograder.mistakes.loops.making import in_step_and_sequence, made

PYTORCH = (
    "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours the candidate is "
    "third and the output gate fourth, which is PyTorch's order i, f, g, o."
)
COUNTED_TWICE = "What comes back through the cell is counted twice: in dnext_c, and once more on its way."
LSTM = [
    *in_step_and_sequence(
        "lstm",
        "forward",
        "PyTorch's order of the gates",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])",
        PYTORCH,
    ),
    *in_step_and_sequence(
        "lstm",
        "forward",
        "Graves's order of the gates",
        "i = _sigmoid(a[:, 0 * H : 1 * H])\n    f = _sigmoid(a[:, 1 * H : 2 * H])",
        "f = _sigmoid(a[:, 0 * H : 1 * H])\n    i = _sigmoid(a[:, 1 * H : 2 * H])",
        "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours input and "
        "forget gate are exchanged.",
    ),
    *in_step_and_sequence(
        "lstm",
        "forward",
        "forget and output gate exchanged",
        "f = _sigmoid(a[:, 1 * H : 2 * H])\n    o = _sigmoid(a[:, 2 * H : 3 * H])",
        "o = _sigmoid(a[:, 1 * H : 2 * H])\n    f = _sigmoid(a[:, 2 * H : 3 * H])",
        "The columns hold the gates in an order that is agreed on: here i, f, o, g. In yours forget and "
        "output gate are exchanged.",
    ),
    *in_step_and_sequence(
        "lstm",
        "forward",
        "no tanh of the cell",
        "o * np.tanh(next_c)",
        "o * next_c",
        "The cell can grow over many steps. On its way into the hidden state it passes a tanh.",
    ),
    *in_step_and_sequence(
        "lstm",
        "forward",
        "candidate through a sigmoid",
        "g = np.tanh(a[:, 3",
        "g = _sigmoid(a[:, 3",
        "The candidate passes a tanh, so that it can be negative; the three gates pass a sigmoid.",
    ),
    made(
        "lstm_gates",
        "PyTorch's order",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])\n    return "
        "np.hstack([i, f, o, g])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])\n    return "
        "np.hstack([i, f, g, o])",
        PYTORCH,
    ),
    made(
        "lstm_gates",
        "PyTorch's order, put in ours",
        "o = _sigmoid(a[:, 2 * H : 3 * H])\n    g = np.tanh(a[:, 3 * H : 4 * H])",
        "g = np.tanh(a[:, 2 * H : 3 * H])\n    o = _sigmoid(a[:, 3 * H : 4 * H])",
        PYTORCH,
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient without the hidden state's",
        "dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dnext_c",
        "The next cell state reaches the loss by two ways: through the cell states that follow, and through "
        "the hidden state. The second way, through o * tanh(next_c), is missing.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "cell's own upstream left out",
        "dnext_c + dnext_h * o",
        "dnext_h * o",
        "The next cell state is an output too, and later steps use it. Its own upstream gradient dnext_c is "
        "missing.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient from its own upstream alone",
        "dprev_c = dc * f",
        "dprev_c = dnext_c * f",
        "The previous cell state reaches the hidden state too, through the next cell state: the whole "
        "gradient of next_c is to be multiplied by the forget gate, not dnext_c alone.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "counted twice",
        "dc = dnext_c + dnext_h",
        "dc = 2 * dnext_c + dnext_h",
        COUNTED_TWICE,
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "no output gate on the way to the cell",
        "dnext_h * o * (1 - tanh_c**2)",
        "dnext_h * (1 - tanh_c**2)",
        "On its way into the hidden state the cell passes the output gate: it belongs on the way back too.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "no derivative of the cell's tanh",
        "dnext_h * o * (1 - tanh_c**2)",
        "dnext_h * o",
        "Between the cell and the hidden state there is a tanh. Its derivative belongs on the way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "derivative of the cell's tanh of the cell",
        "(1 - tanh_c**2)",
        "(1 - next_c**2)",
        "The derivative of the tanh is 1 minus its value squared. You square the cell before the tanh.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "previous cell for the next",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = np.tanh(prev_c)",
        "The hidden state shows the cell as it is after the step. You take the tanh of the cell before it.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "next cell for the forget gate",
        "df = dc * prev_c",
        "df = dc * next_c",
        "The forget gate was multiplied with the cell before the step. You take the one after it.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "input gate and forget gate exchanged",
        "np.hstack((dai, daf, dao, dag))",
        "np.hstack((daf, dai, dao, dag))",
        "The gradients of the gates stand in another order than the gates: here i, f, o, g. Input and "
        "forget gate are exchanged.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "gradients in PyTorch's order",
        "np.hstack((dai, daf, dao, dag))",
        "np.hstack((dai, daf, dag, dao))",
        "The gradients of the gates stand in another order than the gates: here i, f, o, g. Output gate and "
        "candidate are exchanged.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "input gate times itself",
        "di = dc * g",
        "di = dc * i",
        "In the product of input gate and candidate each one's gradient is multiplied with the other: that "
        "of i with g.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "candidate times itself",
        "dg = dc * i",
        "dg = dc * g",
        "In the product of input gate and candidate each one's gradient is multiplied with the other: that "
        "of g with i.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "candidate as a sigmoid",
        "dg * (1 - g**2)",
        "dg * g * (1 - g)",
        "The candidate has passed a tanh, so its derivative is 1 minus its square; that of a sigmoid stands "
        "here.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "candidate: square missing",
        "dg * (1 - g**2)",
        "dg * (1 - g)",
        "The derivative of the candidate's tanh is 1 minus its square. The square is missing.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "candidate without a derivative",
        "dg * (1 - g**2)",
        "dg",
        "The candidate has passed a tanh. Its derivative is missing on the way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "output gate without a derivative",
        "do * o * (1 - o)",
        "do",
        "The output gate has passed a sigmoid. Its derivative, o * (1 - o), is missing on the way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "forget gate without a derivative",
        "df * f * (1 - f)",
        "df",
        "The forget gate has passed a sigmoid. Its derivative, f * (1 - f), is missing on the way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "input gate without a derivative",
        "di * i * (1 - i)",
        "di",
        "The input gate has passed a sigmoid. Its derivative, i * (1 - i), is missing on the way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "output gate times the cell",
        "do = dnext_h * tanh_c",
        "do = dnext_h * next_c",
        "The output gate was multiplied with the tanh of the cell, not with the cell itself.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "cell's gradient as it is",
        "dprev_c = dc * f",
        "dprev_c = dc",
        "From one cell to the next there is the forget gate, and the gradient passes it on its way back.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "recurrent weights not transposed in dWh",
        "prev_h.T.dot(da)",
        "np.tanh(next_c).T.dot(da)",
        "The gradient of Wh needs what Wh was multiplied with on the way forward: the hidden state before "
        "the step.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "averaged bias",
        "np.sum(da, axis=0)",
        "np.mean(da, axis=0)",
        "The bias was added to each row, so each row contributes in full. The upstream gradient carries the "
        "1/N already.",
    ),
    made(
        "lstm_backward",
        "hidden state's gradient not handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A hidden state matters twice: to the loss at its own step, and to the next step. What comes back "
        "from step t + 1 is not added to dh of step t.",
    ),
    made(
        "lstm_backward",
        "only the last step's loss",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] if t == T - 1 else 0) + dprev_h",
        "A hidden state matters twice: to the next step, and to the loss at its own step. From the last "
        "step on backwards dh of the step itself is left out.",
    ),
    made(
        "lstm_backward",
        "cell's gradient not handed back",
        "lstm_step_backward(dnext_h, dprev_c, cache[t])",
        "lstm_step_backward(dnext_h, np.zeros_like(dprev_c), cache[t])",
        "Two states are carried from step to step, and so two gradients come back. That of the cell is not "
        "handed on.",
    ),
    made(
        "lstm_backward",
        "forwards",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. Begin at the last step.",
    ),
    made(
        "lstm_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    made(
        "lstm_backward",
        "recurrent weights of one step",
        "dWh += dWh_t",
        "dWh = dWh_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    made(
        "lstm_backward",
        "bias of one step",
        "db += db_t",
        "db = db_t",
        "The bias is used at every step, so every step contributes to its gradient. An assignment keeps "
        "what came last.",
    ),
    made(
        "lstm_forward",
        "cell starts at one",
        "prev_c = np.zeros((N, H))",
        "prev_c = np.ones((N, H))",
        "The initial cell state is zero; yours begins with something else.",
    ),
    made(
        "lstm_forward",
        "initial state at every step",
        "lstm_step_forward(x[:, t, :], prev_h,",
        "lstm_step_forward(x[:, t, :], h0,",
        "Every step gets the initial state. Step t gets what step t - 1 has left.",
    ),
    made(
        "lstm_forward",
        "cell empty at every step",
        "lstm_step_forward(x[:, t, :], prev_h, prev_c,",
        "lstm_step_forward(x[:, t, :], prev_h, np.zeros((N, H)),",
        "At every step the cell starts empty. Step t gets the cell that step t - 1 has left.",
    ),
    made(
        "lstm_forward",
        "cell starts as h0",
        "prev_c = np.zeros((N, H))",
        "prev_c = h0",
        "The initial cell state is zero; only the hidden state is given.",
    ),
]
