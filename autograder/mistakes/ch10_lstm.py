"""Chapter 10: the LSTM."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

LSTM_GATES = [
    Mistake(
        "sigmoid for the candidate",
        "lstm_gates",
        "sigmoids = a[:, : 3 * a.shape[1] // 4]",
        "sigmoids = a",
        "Three of the four are valves between closed and open. The fourth is what is written into the cell, "
        "and that can be negative too.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "output gate and candidate exchanged",
        "lstm_gates",
        "    _activate(gates)\n",
        "    _activate(gates)\n"
        "    i, f, o, g = np.split(gates, 4, axis=1)\n"
        "    gates = np.concatenate([i, f, g, o], axis=1)\n",
        "The blocks have an order, and it is not the same in every text: here i, f, o, g. PyTorch and Keras "
        "have the candidate in third place.",
        kind=Kind.GATE_ORDER,
    ),
    Mistake(
        "input and forget gate exchanged",
        "lstm_gates",
        "    _activate(gates)\n",
        "    _activate(gates)\n"
        "    i, f, o, g = np.split(gates, 4, axis=1)\n"
        "    gates = np.concatenate([f, i, o, g], axis=1)\n",
        "The blocks have an order, and it is not the same in every text: here i, f, o, g.",
        kind=Kind.GATE_ORDER,
    ),
    Mistake(
        "bias forgotten",
        "lstm_gates",
        "    gates += b\n",
        "",
        "Three terms are added up before the nonlinearities. Count yours. Without a bias the forget gate "
        "cannot start open.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "state before the step not read",
        "lstm_gates",
        "    gates += prev_h @ Wh\n",
        "",
        "The gates look at the input and at the hidden state. Yours cannot know what was said before.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "sigmoid overflows",
        "lstm_gates",
        "    sigmoids *= 0.5\n    np.tanh(a, out=a)\n    sigmoids *= 0.5\n    sigmoids += 0.5",
        "    exps = np.exp(sigmoids)\n    np.tanh(a, out=a)\n    sigmoids[...] = exps / (1 + exps)",
        "Infinity divided by infinity is not a number: an exponential overflows beyond 709, in float32 "
        "beyond 88. Find a form of the sigmoid whose exponential never has a large argument.",
        kind=Kind.NON_FINITE,
        inside="_activate",
    ),
    Mistake(
        "half forgotten in the sigmoid",
        "lstm_gates",
        "    sigmoids *= 0.5\n    np.tanh(a, out=a)",
        "    np.tanh(a, out=a)",
        "A sigmoid is a tanh that is squeezed and moved, and stretched along its input. Compare the two at a "
        "= 1.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "nonlinearities forgotten",
        "lstm_gates",
        "    _activate(gates)\n",
        "",
        "A gate lies between 0 and 1, the candidate between -1 and 1. What comes out of the products can be "
        "any number.",
    ),
    Mistake(
        "bias added twice",
        "lstm_gates",
        "    gates += b\n",
        "    gates += 2 * b\n",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

LSTM_STEP_FORWARD = [
    Mistake(
        "input and forget gate exchanged",
        "lstm_step_forward",
        "f * prev_c + i * g",
        "i * prev_c + f * g",
        "The forget gate says what stays of the old cell, the input gate what comes in. Which is which in "
        "your sum?",
        kind=Kind.GATE_ORDER,
    ),
    Mistake(
        "candidate and output gate exchanged",
        "lstm_step_forward",
        "i, f, o, g = np.split",
        "i, f, g, o = np.split",
        "The columns hold i, f, o, g, in this order. PyTorch and Keras have the candidate in third place, so "
        "code from there does not fit.",
    ),
    Mistake(
        "old cell forgotten",
        "lstm_step_forward",
        "f * prev_c + i * g",
        "i * g",
        "The cell is a memory: what it held before stays, as far as a gate lets it.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "input gate left out",
        "lstm_step_forward",
        "f * prev_c + i * g",
        "f * prev_c + g",
        "The candidate enters the cell only as far as a gate lets it. One of the four blocks is not used at "
        "all.",
    ),
    Mistake(
        "one gate for keeping and writing",
        "lstm_step_forward",
        "f * prev_c + i * g",
        "(1 - i) * prev_c + i * g",
        "In a GRU what is written takes the place of what is forgotten. An LSTM has a gate of its own for "
        "each.",
    ),
    Mistake(
        "no tanh of the cell",
        "lstm_step_forward",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = next_c",
        "The cell can grow over many steps. On its way into the hidden state it is bent back into -1 to 1.",
    ),
    Mistake(
        "output gate inside the tanh",
        "lstm_step_forward",
        "next_h = o * tanh_c",
        "next_h = np.tanh(o * next_c)",
        "First the cell is bent, then the gate lets it through. The order matters when the cell is large.",
    ),
    Mistake(
        "hidden state from the old cell",
        "lstm_step_forward",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = np.tanh(prev_c)",
        "The hidden state shows the cell as it is after the step, not before.",
    ),
    Mistake(
        "gates look at the cell",
        "lstm_step_forward",
        "lstm_gates(x, prev_h, Wx, Wh, b)",
        "lstm_gates(x, prev_c, Wx, Wh, b)",
        "The gates look at the hidden state. The two states have the same shape, so exchanging them raises "
        "no error.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "cell overwritten",
        "lstm_step_forward",
        "next_c = f * prev_c + i * g",
        "next_c = prev_c\n    next_c *= f\n    next_c += i * g",
        "The new cell state is written over the one before: it is the caller's array, and the backward pass "
        "needs it as it was.",
        kind=Kind.MUTATED,
    ),
]

LSTM_STEP_BACKWARD = [
    Mistake(
        "no path of the cell through the hidden state",
        "lstm_step_backward",
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dc = dnext_c",
        "The next cell state reaches the loss by two ways: through the cell states that follow, and through "
        "the hidden state that is computed from it. Add up what comes back along both.",
        kind=Kind.MISSING_TERM,
        inside="_gate_gradients",
    ),
    Mistake(
        "upstream gradient of the cell ignored",
        "lstm_step_backward",
        "dc = dnext_c + dnext_h",
        "dc = dnext_h",
        "The next cell state is an output too, and later steps use it. Its own upstream gradient is missing.",
        kind=Kind.MISSING_TERM,
        inside="_gate_gradients",
    ),
    Mistake(
        "cell gradient not carried",
        "lstm_step_backward",
        "return dc * f",
        "return dc",
        "The previous cell state was multiplied by a gate on its way into the next one. What does that make "
        "of its gradient?",
        inside="_gate_gradients",
    ),
    Mistake(
        "cell gradient from its own upstream only",
        "lstm_step_backward",
        "return dc * f",
        "return dnext_c * f",
        "The previous cell state reaches the hidden state too, through the next cell state. The whole "
        "gradient of the next cell goes back to it, not only what came from later cells.",
        kind=Kind.MISSING_TERM,
        inside="_gate_gradients",
    ),
    Mistake(
        "derivative of the cell's tanh missing",
        "lstm_step_backward",
        "dnext_h * o * (1 - tanh_c**2)",
        "dnext_h * o",
        "Between the cell and the hidden state there is a tanh. Its derivative belongs on the way back.",
        kind=Kind.MISSING_TERM,
        inside="_gate_gradients",
    ),
    Mistake(
        "forget gate: new cell for the old one",
        "lstm_step_backward",
        "dc * prev_c, f",
        "dc * tanh_c, f",
        "What was the forget gate multiplied with on the way forward? Its gradient is multiplied with the "
        "same.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "derivative of the output gate's sigmoid missing",
        "lstm_step_backward",
        "np.multiply(dnext_h * tanh_c, o * (1 - o), out=do)",
        "np.multiply(dnext_h, tanh_c, out=do)",
        "All four blocks have passed a nonlinearity. One of them gets its gradient without a derivative.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "candidate: derivative of the sigmoid",
        "lstm_step_backward",
        "1 - g**2",
        "g * (1 - g)",
        "The candidate has another nonlinearity than the three gates, and so another derivative.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "input gate: itself for the candidate",
        "lstm_step_backward",
        "dc * g, i",
        "dc * i, i",
        "In the product of the input gate and the candidate, each one's gradient is multiplied with the "
        "other.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "upstream gradient of the cell changed",
        "lstm_step_backward",
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dnext_c += dnext_h * o * (1 - tanh_c**2)\n    dc = dnext_c",
        "You add the second way's gradient into dnext_c itself. It belongs to the caller; an operator with "
        "an equals sign changes the array.",
        kind=Kind.MUTATED,
        inside="_gate_gradients",
    ),
    Mistake(
        "state after the step for the state before",
        "lstm_step_backward",
        "prev_h.T @ da",
        "(gates[:, 2 * tanh_c.shape[1] : 3 * tanh_c.shape[1]] * tanh_c).T @ da",
        "The gradient of Wh needs what Wh was multiplied with on the way forward: the hidden state before "
        "the step.",
    ),
    Mistake(
        "mean over the batch for b",
        "lstm_step_backward",
        "da.sum(axis=0)",
        "da.mean(axis=0)",
        "The bias was added to each row of the batch, so each row contributes in full. The upstream gradient "
        "carries the 1/N of the loss already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "gradient passed by the gates",
        "lstm_step_backward",
        "da @ Wh.T",
        "da @ Wh.T + dnext_h",
        "It is the cell that is carried from step to step; the hidden state before reaches the new one only "
        "through the gates.",
        kind=Kind.EXTRA_TERM,
    ),
    Mistake(
        "cell state where its tanh belongs",
        "lstm_step_backward",
        "    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)\n",
        "    tanh_c = np.arctanh(tanh_c)\n    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)\n",
        "The hidden state is the output gate times the tanh of the cell state, and the slope of a tanh is "
        "written with the tanh itself. Which of the two is in your cache, and which did you take out?",
        inside="_gate_gradients",
    ),
    Mistake(
        "nonlinearities not gone back through",
        "lstm_step_backward",
        "    np.multiply(dc * g, i * (1 - i), out=di)\n"
        "    np.multiply(dc * prev_c, f * (1 - f), out=df)\n"
        "    np.multiply(dnext_h * tanh_c, o * (1 - o), out=do)\n"
        "    np.multiply(dc * i, 1 - g**2, out=dg)\n",
        "    di[...], df[...], do[...], dg[...] = dc * g, dc * prev_c, dnext_h * tanh_c, dc * i\n",
        "These are the gradients of the gates. The products with the weights came before the sigmoids and "
        "the tanh: go back through those first.",
        inside="_gate_gradients",
    ),
    Mistake(
        "slope of the tanh on the wrong gradient",
        "lstm_step_backward",
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dc = dnext_c * (1 - tanh_c**2) + dnext_h * o",
        "The tanh lies between the cell and the hidden state. Which of the two upstream gradients comes back "
        "through it?",
        inside="_gate_gradients",
        kind=Kind.PLACE,
    ),
    Mistake(
        "slope of the tanh on both gradients",
        "lstm_step_backward",
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dc = (dnext_c + dnext_h * o) * (1 - tanh_c**2)",
        "The tanh lies between the cell and the hidden state. What comes from the next cell has not been "
        "through it.",
        inside="_gate_gradients",
        kind=Kind.PLACE,
    ),
    Mistake(
        "output gate from the gradient of the cell",
        "lstm_step_backward",
        "np.multiply(dnext_h * tanh_c, o",
        "np.multiply(dc * tanh_c, o",
        "The output gate was multiplied into the hidden state. Its gradient comes from there, and not from "
        "the cell's.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
]

LSTM_FORWARD = [
    Mistake(
        "cell not carried",
        "lstm_forward",
        "np.multiply(f, c[t], out",
        "np.multiply(f, c[0], out",
        "At every step the cell starts empty, and what the forget gate keeps is nothing. Which cell state "
        "does step t read?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "hidden state not carried",
        "lstm_forward",
        "gates[t] += h[t] @ Wh",
        "gates[t] += h[0] @ Wh",
        "The gates of every step look at the initial hidden state. What does step t get from step t - 1?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "cell starts as the hidden state",
        "lstm_forward",
        "c[0] = 0",
        "c[0] = h0",
        "The initial cell state is zero; only the hidden state is given.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "initial state ignored",
        "lstm_forward",
        "h[0] = h0",
        "h[0] = 0",
        "The network starts with zeros instead of h0, and in a captioner h0 is all it sees of the image.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias at the first step only",
        "lstm_forward",
        "    gates += b\n",
        "    gates[0] += b\n",
        "The same weights are used at every step, and b is one of them.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "batch and time mixed up",
        "lstm_forward",
        "x.transpose(1, 0, 2).reshape(T * N, D)",
        "x.reshape(T * N, D)",
        "A reshape keeps the order in memory: it does not exchange axes. Which caption and which step is row "
        "1 of your array?",
    ),
    Mistake(
        "no tanh of the cell",
        "lstm_forward",
        "np.tanh(c[t + 1], out=tanh_c[t])",
        "tanh_c[t] = c[t + 1]",
        "The cell can grow over many steps. On its way into the hidden state it is bent back into -1 to 1.",
    ),
    Mistake(
        "always float64",
        "lstm_forward",
        "np.empty((T + 1, N, H), dtype=gates.dtype)",
        "np.empty((T + 1, N, H))",
        "A new array is float64 unless you say otherwise. float32 in, float32 out.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "bias added twice",
        "lstm_forward",
        "    gates += b\n",
        "    gates += 2 * b\n",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

LSTM_BACKWARD = [
    Mistake(
        "hidden state's gradient not carried back",
        "lstm_backward",
        "dprev_h += dh[:, t]",
        "dprev_h = dh[:, t]",
        "A hidden state matters twice: to the loss at its own step, and to the gates of the next. Only the "
        "last one has no next.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "cell's gradient not carried back",
        "lstm_backward",
        "_gate_gradients(dprev_h, dprev_c, gates[t]",
        "_gate_gradients(dprev_h, np.zeros_like(dprev_c), gates[t]",
        "Two states are carried from step to step, and so two gradients come back. The cell is the one that "
        "remembers; its gradient gets lost between the steps.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "no path of the cell through the hidden state",
        "lstm_backward",
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dc = dnext_c",
        "A cell state reaches the loss by two ways: through the cell states that follow, and through the "
        "hidden state that is computed from it. Add up what comes back along both.",
        inside="_gate_gradients",
    ),
    Mistake(
        "cell passed back whole",
        "lstm_backward",
        "return dc * f",
        "return dc",
        "From one cell to the next there is a gate, and the gradient passes it on its way back.",
        kind=Kind.NOT_CARRIED,
        inside="_gate_gradients",
    ),
    Mistake(
        "forget gate: new cell for the old one",
        "lstm_backward",
        "gates[t], c[t],",
        "gates[t], c[t + 1],",
        "The forget gate was multiplied with the cell before the step. An index that is one too high raises "
        "no error here.",
    ),
    Mistake(
        "forwards in time",
        "lstm_backward",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. At which end do you begin?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "states after the steps for those before",
        "lstm_backward",
        "h[:-1].reshape",
        "h[1:].reshape",
        "The gradient of Wh needs the states that Wh was multiplied with. The first of them is h0; where is "
        "it in your product?",
    ),
    Mistake(
        "weights of the first step only",
        "lstm_backward",
        "dWx = x.T @ da",
        "dWx = x[:N].T @ da[:N]",
        "The same weights are used at every step, so every step contributes to their gradient. An assignment "
        "inside the loop keeps the last that was computed.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "averaged over time",
        "lstm_backward",
        "db = da.sum(axis=0)",
        "db = da.sum(axis=0) / T",
        "The loss is summed over time, so the contributions of the steps are added and not averaged.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "lstm_backward",
        "dprev_h += dh[:, t]",
        "dh[:, t] += dprev_h\n        dprev_h = dh[:, t]",
        "What comes back from the future is added into dh itself. It is the caller's array: a second call "
        "would get another one.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "time and batch not changed back",
        "lstm_backward",
        "reshape(T, N, -1).transpose(1, 0, 2)",
        "reshape(N, T, -1)",
        "The rows of the product stand in the order time, batch. A reshape gives them other names, it does "
        "not exchange them.",
        kind=Kind.TRANSPOSED,
    ),
]

MISTAKES = [*LSTM_GATES, *LSTM_STEP_FORWARD, *LSTM_STEP_BACKWARD, *LSTM_FORWARD, *LSTM_BACKWARD]
