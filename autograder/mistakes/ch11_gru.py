"""Chapter 11: the GRU."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

GRU_GATES = [
    Mistake(
        "reset before the product",
        "gru_gates",
        "    _activate(gates, prev_h @ Wh)\n",
        "    H = prev_h.shape[1]\n"
        "    a_h = prev_h @ Wh\n"
        "    r = 0.5 + 0.5 * np.tanh(0.5 * (gates[:, :H] + a_h[:, :H]))\n"
        "    gates[:, 2 * H :] += (r * prev_h) @ Wh[:, 2 * H :]\n"
        "    a_h[:, 2 * H :] = 0\n"
        "    _activate(gates, a_h)\n",
        "There are two GRUs. In the first paper the reset gate acts on the hidden state before the product "
        "with the weights; here, as in cuDNN and PyTorch, it acts on what comes out of the product.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "no reset",
        "gru_gates",
        "n += r_and_z[:, :H] * a_h[:, 2 * H :]",
        "n += a_h[:, 2 * H :]",
        "The reset gate is computed and then not used: nothing keeps the old state from reaching the "
        "candidate.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "update gate resets",
        "gru_gates",
        "r_and_z[:, :H] * a_h",
        "r_and_z[:, H:] * a_h",
        "Of the two gates one says how much of the old state the candidate sees, the other how much of it "
        "stays. You take the second for the first.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "reset of the input too",
        "gru_gates",
        "n += r_and_z[:, :H] * a_h[:, 2 * H :]",
        "n[...] = r_and_z[:, :H] * (n + a_h[:, 2 * H :])",
        "The reset gate holds back what comes from the old state. What comes from the input, and the bias, "
        "enter the candidate in full.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "sigmoid for the candidate",
        "gru_gates",
        "np.tanh(n, out=n)",
        "n[...] = 0.5 + 0.5 * np.tanh(0.5 * n)",
        "Two of the three blocks are valves between closed and open. The third is a new state, and that can "
        "be negative.",
        kind=Kind.PLACE,
        inside="_activate",
    ),
    Mistake(
        "reset and update gate exchanged",
        "gru_gates",
        "    _activate(gates, prev_h @ Wh)\n",
        "    _activate(gates, prev_h @ Wh)\n"
        "    r, z, n = np.split(gates, 3, axis=1)\n"
        "    gates = np.concatenate([z, r, n], axis=1)\n",
        "The blocks have an order, and it is not the same in every text: here r, z, n. Keras has the update "
        "gate first.",
        kind=Kind.GATE_ORDER,
    ),
    Mistake(
        "bias forgotten",
        "gru_gates",
        "    gates += b\n",
        "",
        "Every block has a bias, which is added before the nonlinearity.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "sigmoid overflows",
        "gru_gates",
        "    r_and_z *= 0.5\n    np.tanh(r_and_z, out=r_and_z)\n    r_and_z *= 0.5\n    r_and_z += 0.5",
        "    exps = np.exp(r_and_z)\n    r_and_z[...] = exps / (1 + exps)",
        "Infinity divided by infinity is not a number: an exponential overflows beyond 709, in float32 "
        "beyond 88. Find a form of the sigmoid whose exponential never has a large argument.",
        kind=Kind.NON_FINITE,
        inside="_activate",
    ),
    Mistake(
        "bias added twice",
        "gru_gates",
        "    gates += b\n",
        "    gates += 2 * b\n",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

GRU_STEP_FORWARD = [
    Mistake(
        "update gate the other way round",
        "gru_step_forward",
        "(1 - z) * n + z * prev_h",
        "z * n + (1 - z) * prev_h",
        "Texts differ in what an open update gate means. Here z = 1 keeps the old state; in others it lets "
        "the new one in.",
    ),
    Mistake(
        "reset gate updates",
        "gru_step_forward",
        "_, z, n = np.split",
        "z, _, n = np.split",
        "The columns hold r, z, n, in this order. You mix old and new state with the gate that has done its "
        "work already, inside the candidate.",
    ),
    Mistake(
        "candidate in full",
        "gru_step_forward",
        "(1 - z) * n + z * prev_h",
        "n + z * prev_h",
        "The new state lies between the old one and the candidate. The two weights add up to one; yours do "
        "not.",
    ),
    Mistake(
        "old state forgotten",
        "gru_step_forward",
        "(1 - z) * n + z * prev_h",
        "(1 - z) * n",
        "The update gate chooses between two things. One of them is missing, so there is no memory but "
        "through the gates.",
    ),
    Mistake(
        "one more tanh",
        "gru_step_forward",
        "(1 - z) * n + z * prev_h",
        "np.tanh((1 - z) * n + z * prev_h)",
        "A mean of numbers between -1 and 1 lies there too. A further tanh would make a state that should "
        "stay the same a little smaller at every step.",
    ),
    Mistake(
        "state overwritten",
        "gru_step_forward",
        "next_h = (1 - z) * n + z * prev_h",
        "next_h = prev_h\n    next_h *= z\n    next_h += (1 - z) * n",
        "The new state is written over the one before: it is the caller's array, and the backward pass needs "
        "it as it was.",
        kind=Kind.MUTATED,
    ),
]

GRU_STEP_BACKWARD = [
    Mistake(
        "no direct path to the old state",
        "gru_step_backward",
        "dprev_h += da_h @ Wh.T",
        "dprev_h = da_h @ Wh.T",
        "The old state enters the new one in two ways: through the gates, and directly, as what the update "
        "gate keeps. One of them is missing on the way back.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "no path through the gates",
        "gru_step_backward",
        "    dprev_h += da_h @ Wh.T\n",
        "",
        "The old state enters the new one in two ways: directly, as what the update gate keeps, and through "
        "the gates and the candidate. One of them is missing on the way back.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "update gate: sign",
        "gru_step_backward",
        "prev_h - n, out=dz",
        "n - prev_h, out=dz",
        "When the update gate opens further, the state moves towards the old one. In which direction does "
        "your gradient think that it moves?",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "candidate: old state not subtracted",
        "gru_step_backward",
        "prev_h - n, out=dz",
        "prev_h, out=dz",
        "The update gate stands in two places of the formula: it lets the old state in and the candidate "
        "out. Both contribute to its gradient.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "candidate weighted with the wrong gate",
        "gru_step_backward",
        "np.multiply(dcandidate, 1 - n**2, out=dn)",
        "np.multiply(dnext_h * z, 1 - n**2, out=dn)",
        "What was the candidate multiplied with on the way forward? Its gradient is multiplied with the "
        "same.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "derivative of the candidate's tanh missing",
        "gru_step_backward",
        "np.multiply(dcandidate, 1 - n**2, out=dn)",
        "dn[:] = dcandidate",
        "All three blocks have passed a nonlinearity. The candidate gets its gradient without the derivative "
        "of its own.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "derivative of the reset gate's sigmoid missing",
        "gru_step_backward",
        "np.multiply(dn * h_to_n, r * (1 - r), out=dr)",
        "np.multiply(dn, h_to_n, out=dr)",
        "All three blocks have passed a nonlinearity. One of the gates gets its gradient without a "
        "derivative.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "reset not applied on the way back",
        "gru_step_backward",
        "np.multiply(dn, r, out=da_h[:, 2 * H :])",
        "da_h[:, 2 * H :] = dn",
        "What comes from the old state into the candidate passes the reset gate on its way forward, and so "
        "on its way back. What comes from the input does not: the two need different gradients.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "bias behind the reset gate",
        "gru_step_backward",
        "db = da_x.sum(axis=0)",
        "db = da_h.sum(axis=0)",
        "The bias of the candidate stands outside the product with the reset gate. Which of the two "
        "gradients belongs to it?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "mean over the batch for b",
        "gru_step_backward",
        "da_x.sum(axis=0)",
        "da_x.mean(axis=0)",
        "The bias was added to each row of the batch, so each row contributes in full. The upstream gradient "
        "carries the 1/N of the loss already.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "gru_step_backward",
        "return dnext_h - dcandidate",
        "dnext_h -= dcandidate\n    return dnext_h",
        "You reuse dnext_h for the gradient of the old state. It belongs to the caller; an operator with an "
        "equals sign changes the array.",
        kind=Kind.MUTATED,
        inside="_gate_gradients",
    ),
    Mistake(
        "state where its product belongs",
        "gru_step_backward",
        "np.multiply(dn * h_to_n, r * (1 - r), out=dr)",
        "np.multiply(dn * prev_h, r * (1 - r), out=dr)",
        "The reset gate was multiplied with what the old state becomes by its weights, and not with "
        "the old state.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "reset gate before the candidate's tanh",
        "gru_step_backward",
        "np.multiply(dn * h_to_n, r * (1 - r), out=dr)",
        "np.multiply(dcandidate * h_to_n, r * (1 - r), out=dr)",
        "Between the reset gate and the candidate lies a tanh. Its slope belongs in what comes back "
        "to the gate.",
        kind=Kind.PLACE,
        inside="_gate_gradients",
    ),
    Mistake(
        "bias counted with the state as well",
        "gru_step_backward",
        "db = da_x.sum(axis=0)",
        "db = (da_x + da_h).sum(axis=0)",
        "The bias was added once, to what comes from the input. What comes back along the state "
        "passes it by.",
    ),
    Mistake(
        "recurrent weights from the input's gradient",
        "gru_step_backward",
        "dWh = prev_h.T @ da_h",
        "dWh = prev_h.T @ da_x",
        "The products with the input and with the state get different gradients here: what comes from"
        " the state passes the reset gate.",
        kind=Kind.PLACE,
    ),
]

GRU_FORWARD = [
    Mistake(
        "gates look at the initial state",
        "gru_forward",
        "a_h = h[t] @ Wh",
        "a_h = h[0] @ Wh",
        "The gates of every step look at the initial state. What does step t get from step t - 1?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "initial state kept",
        "gru_forward",
        "np.multiply(z, h[t] - n",
        "np.multiply(z, h[0] - n",
        "What an open update gate keeps is the state of the step before, not the one at the very beginning.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "update gate the other way round",
        "gru_forward",
        "np.multiply(z, h[t] - n, out=h[t + 1])\n        h[t + 1] += n",
        "np.multiply(z, n - h[t], out=h[t + 1])\n        h[t + 1] += h[t]",
        "Texts differ in what an open update gate means. Here z = 1 keeps the old state.",
    ),
    Mistake(
        "initial state ignored",
        "gru_forward",
        "h[0] = h0",
        "h[0] = 0",
        "The network starts with zeros instead of h0, and in a captioner h0 is all it sees of the image.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "bias at the first step only",
        "gru_forward",
        "    gates += b\n",
        "    gates[0] += b\n",
        "The same weights are used at every step, and b is one of them.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "batch and time mixed up",
        "gru_forward",
        "x.transpose(1, 0, 2).reshape(T * N, D)",
        "x.reshape(T * N, D)",
        "A reshape keeps the order in memory: it does not exchange axes. Which caption and which step is row "
        "1 of your array?",
    ),
    Mistake(
        "always float64",
        "gru_forward",
        "np.empty((T + 1, N, H), dtype=gates.dtype)",
        "np.empty((T + 1, N, H))",
        "A new array is float64 unless you say otherwise. float32 in, float32 out.",
        kind=Kind.DTYPE,
    ),
    Mistake(
        "bias added twice",
        "gru_forward",
        "    gates += b\n",
        "    gates += 2 * b\n",
        "The bias goes in twice. Is it added with the inputs, and again with the state? PyTorch keeps two "
        "vectors for that; here there is one.",
        kind=Kind.FACTOR,
    ),
]

GRU_BACKWARD = [
    Mistake(
        "gradient not carried back",
        "gru_backward",
        "dprev_h += dh[:, t]",
        "dprev_h = dh[:, t]",
        "A state matters twice: to the loss at its own step, and to the state that follows. Only the last "
        "one has no follower.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "no direct path to the state before",
        "gru_backward",
        "dprev_h += da_h[t] @ Wh.T",
        "dprev_h = da_h[t] @ Wh.T",
        "A state enters the next one in two ways: through the gates, and directly, as what the update gate "
        "keeps. The second is the one that lets a gradient travel far.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "no path through the gates",
        "gru_backward",
        "        dprev_h += da_h[t] @ Wh.T\n",
        "",
        "A state enters the next one in two ways: directly, as what the update gate keeps, and through the "
        "gates and the candidate. One of them is missing on the way back.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "forwards in time",
        "gru_backward",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. At which end do you begin?",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "states after the steps for those before",
        "gru_backward",
        "h[:-1].reshape",
        "h[1:].reshape",
        "The gradient of Wh needs the states that Wh was multiplied with. The first of them is h0; where is "
        "it in your product?",
    ),
    Mistake(
        "reset gate forgotten in dWh",
        "gru_backward",
        "reshape(T * N, H).T @ da_h",
        "reshape(T * N, H).T @ da_x",
        "What comes from the old state into the candidate has passed the reset gate; what comes from the "
        "input has not. So Wx and Wh need different gradients in one block.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "reset gate in dx",
        "gru_backward",
        "dx = (da_x @ Wx.T)",
        "dx = (da_h @ Wx.T)",
        "The input reaches the candidate without passing the reset gate. Which of the two gradients is its "
        "own?",
    ),
    Mistake(
        "weights of the first step only",
        "gru_backward",
        "dWx = x.T @ da_x",
        "dWx = x[:N].T @ da_x[:N]",
        "The same weights are used at every step, so every step contributes to their gradient. An assignment "
        "inside the loop keeps the last that was computed.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "averaged over time",
        "gru_backward",
        "db = da_x.sum(axis=0)",
        "db = da_x.sum(axis=0) / T",
        "The loss is summed over time, so the contributions of the steps are added and not averaged.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient changed",
        "gru_backward",
        "dprev_h += dh[:, t]",
        "dh[:, t] += dprev_h\n        dprev_h = dh[:, t]",
        "What comes back from the future is added into dh itself. It is the caller's array: a second call "
        "would get another one.",
        kind=Kind.MUTATED,
    ),
]

MISTAKES = [*GRU_GATES, *GRU_STEP_FORWARD, *GRU_STEP_BACKWARD, *GRU_FORWARD, *GRU_BACKWARD]
