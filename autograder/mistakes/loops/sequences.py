"""Mistakes in the loop over steps, whichever cell takes them, and in steps that are written out."""

from autograder.mistakes.loops.making import in_step_and_sequence, made

CELLS = ("rnn", "lstm", "gru")
OVER_TIME = [
    *(
        made(
            f"{cell}_forward",
            "input of the step before",
            "x[:, t, :]",
            "x[:, t - 1, :]",
            "Step t reads the input of the step before it, and the first step that of the last. Which "
            "column of x belongs to step t?",
        )
        for cell in CELLS
    ),
    *(
        made(
            f"{cell}_forward",
            "backwards in time",
            "range(T)",
            "reversed(range(T))",
            "The way forward begins at the first step. Yours begins at the last: the state then comes from "
            "the future.",
        )
        for cell in CELLS
    ),
    *(
        made(
            f"{cell}_backward",
            name,
            old,
            new,
            sentence,
        )
        for cell in CELLS
        for name, old, new, sentence in (
            (
                "cache of the last step",
                "cache[t]",
                "cache[-1]",
                "Every step has a cache of its own. Yours goes back through the last step again and again.",
            ),
            (
                "cache of the step before",
                "cache[t]",
                "cache[t - 1]",
                "Step t goes back with the cache of the step before it. Each has its own.",
            ),
            (
                "initial state with a loss of its own",
                "dh0 = dprev_h",
                "dh0 = dprev_h + dh[:, 0, :]",
                "dh[:, 0] belongs to the state after the first step, and has gone back through it already. "
                "The state before that is not an output.",
            ),
            (
                "initial state's gradient not gone through the first step",
                "dh0 = dprev_h",
                "dh0 = dnext_h",
                "What you return as dh0 is the gradient of the state after the first step. h0 lies before "
                "it: go back through that step too.",
            ),
            (
                "upstream gradients from the other end",
                "dh[:, t, :]",
                "dh[:, T - 1 - t, :]",
                "The loop counts from the last step to the first already. Step t takes dh of step t, and "
                "yours that of the other end.",
            ),
            (
                "upstream gradient of the step after",
                "dh[:, t, :]",
                "dh[:, min(t + 1, T - 1), :]",
                "Step t gets the upstream gradient of the step after it. Which column of dh belongs to the "
                "state that step t returns?",
            ),
        )
    ),
    *(
        made(
            f"{cell}_backward",
            "first step left out",
            "reversed(range(T))",
            "reversed(range(1, T))",
            "One step is left out: the loop ends before step 0, the first.",
        )
        for cell in ("lstm", "gru")
    ),
    made(
        "lstm_forward",
        "cells returned",
        "h[:, t, :] = prev_h",
        "h[:, t, :] = prev_c",
        "The hidden states are asked for. Yours are the cells, which only the LSTM itself sees.",
    ),
    made(
        "lstm_forward",
        "states exchanged in the call",
        "x[:, t, :], prev_h, prev_c, Wx",
        "x[:, t, :], prev_c, prev_h, Wx",
        "A step takes the hidden state first, then the cell. Yours are exchanged.",
    ),
    made(
        "lstm_forward",
        "states exchanged on return",
        "prev_h, prev_c, step_cache =",
        "prev_c, prev_h, step_cache =",
        "A step returns the hidden state first, then the cell. You take them the other way round.",
    ),
    made(
        "lstm_backward",
        "cell's gradient for the initial state's",
        "dh0 = dprev_h",
        "dh0 = dprev_c",
        "h0 is the initial hidden state. What you return is the gradient of the initial cell.",
    ),
    made(
        "lstm_backward",
        "gradients exchanged on return",
        "dprev_h, dprev_c, dWx_t",
        "dprev_c, dprev_h, dWx_t",
        "A step returns the gradient of the hidden state before that of the cell. You take them the other "
        "way round.",
    ),
    made(
        "lstm_backward",
        "upstream gradient added to the cell",
        "lstm_step_backward(dnext_h, dprev_c,",
        "lstm_step_backward(dnext_h, dprev_c + dh[:, t, :],",
        "dh is the gradient of the hidden states. It reaches the cell inside the step; added to the cell's "
        "gradient before, it counts twice.",
    ),
]
IN_STEPS = [
    made(
        "rnn_step_forward",
        "state added behind the tanh",
        "np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)",
        "np.tanh(x.dot(Wx) + b) + prev_h.dot(Wh)",
        "All three terms are added up first, then bent once. Yours adds the state's part behind the tanh.",
    ),
    made(
        "rnn_backward",
        "handed back past the tanh",
        "dnext_h = dh[:, t, :] + dprev_h\n        dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = "
        "rnn_step_backward(dnext_h, cache[t])",
        "dx[:, t, :], back, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :], cache[t])\n"
        "        dprev_h = dprev_h + back",
        "What comes back from the later steps must go through the step too: add it to dh before, and not "
        "to what the step hands back.",
    ),
    made(
        "lstm_gates",
        "tanh for all",
        "return np.hstack([i, f, o, g])",
        "return np.tanh(a)",
        "Three of the four are gates between 0 and 1. All of yours pass a tanh.",
    ),
    *in_step_and_sequence(
        "lstm",
        "forward",
        "what is not kept is written",
        "i * g",
        "(1 - f) * g",
        "Here two gates decide, one what is kept, another what is written. In yours the forget gate does "
        "both; where is the input gate?",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "input gate and candidate exchanged in the product",
        "di = dc * g\n    dg = dc * i",
        "di = dc * i\n    dg = dc * g",
        "In the product of input gate and candidate each one's gradient is multiplied with the other: "
        "yours are exchanged.",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "direct path through the other gate",
        "dprev_h = dnext_h * z +",
        "dprev_h = dnext_h * (1 - z) +",
        "On the way forward the old state was multiplied by the update gate itself, the candidate by what is "
        "left of one.",
    ),
    *(
        made_here
        for name, gate in (("dar", "reset"), ("daz", "update"))
        for made_here in in_step_and_sequence(
            "gru",
            "backward",
            f"sigmoid of the {gate} gate not gone back through",
            f"{name} = d{name[-1]} * {name[-1]} * (1 - {name[-1]})",
            f"{name} = d{name[-1]}",
            f"The {gate} gate has passed a sigmoid. Its derivative is missing on the way back.",
        )
    ),
    *(
        mistake
        for name, old, new, sentence in (
            (
                "bias of the candidate behind the reset gate",
                "np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])",
                "np.tanh(xs[:, 2 * H :] - b[2 * H :] + r * (hs[:, 2 * H :] + b[2 * H :]))",
                "The bias of the candidate stands outside of what the reset gate holds back; PyTorch, "
                "which has two, has one inside.",
            ),
            (
                "bias of the candidate forgotten",
                "np.tanh(xs[:, 2 * H :] +",
                "np.tanh(xs[:, 2 * H :] - b[2 * H :] +",
                "The candidate has a bias as the gates have. It is missing.",
            ),
            (
                "reset gate the wrong way round",
                "r * hs[:, 2 * H :]",
                "(1 - r) * hs[:, 2 * H :]",
                "An open reset gate, r = 1, lets the old state in. In yours it keeps it out.",
            ),
            (
                "bias counted with the state as well",
                "hs = prev_h.dot(Wh)",
                "hs = prev_h.dot(Wh) + b",
                "The bias is added twice: with the inputs, and again with the state.",
            ),
        )
        for mistake in (
            made("gru_gates", name, old, new, sentence),
            *in_step_and_sequence("gru", "forward", name, old, new, sentence),
        )
    ),
]
ATTENDED = [
    made(
        "attention_lstm_step_forward",
        "weights of state and attended features exchanged",
        "prev_h.dot(Wh) + attended.dot(Wattn)",
        "attended.dot(Wh) + prev_h.dot(Wattn)",
        "Wh belongs to the hidden state, Wattn to what was looked at. They have one shape, so the exchange "
        "raises no error.",
    ),
    made(
        "dot_product_attention_forward",
        "softmax along the rows of the grid",
        "exps.sum(axis=1, keepdims=True)",
        "np.repeat(exps.reshape(N, R, C).sum(axis=2), C, axis=1)",
        "All cells of an image share one softmax: its weights add up to one over rows and columns "
        "together. Yours do so in every row.",
    ),
    made(
        "dot_product_attention_forward",
        "softmax along the columns of the grid",
        "exps.sum(axis=1, keepdims=True)",
        "np.tile(exps.reshape(N, R, C).sum(axis=1), (1, R))",
        "All cells of an image share one softmax: its weights add up to one over rows and columns "
        "together. Yours do so in every column.",
    ),
    made(
        "dot_product_attention_backward",
        "state's gradient past the softmax",
        'np.einsum("nl,nhl->nh", dscores, cells)',
        'np.einsum("nl,nhl->nh", dweights, cells)',
        "The state was compared with the cells before the softmax. Its gradient comes back through the "
        "softmax, and through the scale.",
    ),
    made(
        "attention_lstm_backward",
        "cell's gradient not carried back",
        "dprev_h, dprev_c, dattended, *weights =",
        "dprev_h, _, dattended, *weights =",
        "Two states are carried from step to step, and so two gradients come back. The cell's gets lost "
        "between the steps.",
    ),
    made(
        "attention_lstm_backward",
        "plain softmax in a step",
        "dweights - np.sum(weights * dweights, axis=1, keepdims=True)",
        "dweights",
        "In a step you go back through the softmax as if each weight depended on its own score alone. They "
        "add up to one: when one rises, the others fall.",
        inside="dot_product_attention_backward",
    ),
    *(
        made("attention_lstm_backward", name, old, new, sentence, inside="attention_lstm_step_backward")
        for name, old, new, sentence in (
            (
                "path through the hidden state forgotten in a step",
                "dnext_c + dnext_h * o * (1 - tanh_c**2)",
                "dnext_c",
                "The next cell state reaches the loss by two ways: through the cells that follow, and "
                "through the hidden state. The second is missing.",
            ),
            (
                "cell's own upstream forgotten in a step",
                "dnext_c + dnext_h * o",
                "dnext_h * o",
                "The next cell state is an output of the step too: what comes back to it from later steps is "
                "missing.",
            ),
            (
                "tanh of the cell not gone back through in a step",
                "dnext_h * o * (1 - tanh_c**2)",
                "dnext_h * o",
                "Between the cell and the hidden state there is a tanh. Its derivative belongs on the "
                "way back.",
            ),
        )
    ),
]
