"""Mistakes in the steps of a vanilla recurrent network, and in the loop over them."""

from autograder.mistakes.loops.making import ONES_UPSTREAM, in_step_and_sequence, made

VIEW = (
    "What the cache holds for the first step has been overwritten since: it is a view of an array that the "
    "loop writes on. Keep a copy, or an array of its own for the initial state."
)
BUFFER = (
    "All steps have the same hidden state in their cache, the last one: it is one array that the loop "
    "writes on. Make a new array at each step, or keep copies."
)
RNN = [
    *in_step_and_sequence(
        "rnn",
        "forward",
        "no tanh",
        "np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)",
        "x.dot(Wx) + prev_h.dot(Wh) + b",
        "The sum passes a tanh: without it the step is linear.",
    ),
    *in_step_and_sequence("rnn", "forward", "no bias", " + b)", ")", "The bias b is not added anywhere."),
    made(
        "rnn_step_forward",
        "bias behind the tanh",
        "prev_h.dot(Wh) + b)",
        "prev_h.dot(Wh)) + b",
        "The bias shifts what goes into the tanh. Added behind it, it takes the state out of the range from "
        "-1 to 1.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "no tanh on the way back",
        "dnext_h * (1 - next_h**2)",
        "dnext_h",
        "The sum has passed a tanh on its way forward. Its derivative, 1 minus its square, belongs on the "
        "way back.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "derivative not squared",
        "(1 - next_h**2)",
        "(1 - next_h)",
        "The derivative of tanh is 1 minus its square. The square is missing.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "tanh twice",
        "(1 - next_h**2)",
        "(1 - np.tanh(next_h)**2)",
        "What the cache holds has been through the tanh already: its derivative is 1 minus its square. "
        "Yours goes through it once more.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "derivative of the sigmoid",
        "(1 - next_h**2)",
        "next_h * (1 - next_h)",
        "That is the derivative of a sigmoid. This step has a tanh.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "Wh not transposed",
        "da.dot(Wh.T)",
        "da.dot(Wh)",
        "Wh is square, so the shapes fit either way. On the way back a gradient goes from columns to rows: "
        "Wh transposed.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "next state for the previous one",
        "prev_h.T.dot(da)",
        "next_h.T.dot(da)",
        "The gradient of Wh needs what Wh was multiplied with on the way forward: the state before the step.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "dWh transposed",
        "prev_h.T.dot(da)",
        "da.T.dot(prev_h)",
        "dWh is transposed. It is square, so the shapes fit either way: rows belong to the old state.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "averaged bias",
        "np.sum(da, axis=0)",
        "np.mean(da, axis=0)",
        "The bias was added to each row, so each row contributes in full. The upstream gradient carries the "
        "1/N already.",
    ),
    *in_step_and_sequence(
        "rnn",
        "backward",
        "bias from the upstream",
        "np.sum(da, axis=0)",
        "np.sum(dnext_h, axis=0)",
        "The bias stands inside the tanh, so its gradient comes back through the tanh too.",
    ),
    *in_step_and_sequence(
        "rnn", "backward", "upstream not used", "dnext_h * (1 - next_h**2)", "1 - next_h**2", ONES_UPSTREAM
    ),
    made(
        "rnn_backward",
        "upstream gradient not used",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] * 0 + 1) * (t == T - 1) + dprev_h",
        ONES_UPSTREAM,
    ),
    made(
        "rnn_backward",
        "nothing handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A state matters twice: to the loss at its own step, and to the next step. Only the first way is "
        "counted: what comes back from step t + 1 is not added to dh of step t.",
    ),
    made(
        "rnn_backward",
        "handed back without the loss",
        "dh[:, t, :] + dprev_h",
        "(dh[:, t, :] if t == T - 1 else 0) + dprev_h",
        "A state matters twice: to the next step, and to the loss at its own step. From the last step on "
        "backwards dh of the step itself is left out.",
    ),
    made(
        "rnn_backward",
        "what comes back grows",
        "dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])",
        "dx[:, t, :], back, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, cache[t])\n        dprev_h = "
        "dprev_h + back",
        "What a step hands back is added to what later steps handed back before. Only the gradient of the "
        "state just before the step is wanted: replace it, do not add it up.",
    ),
    *(
        made(
            f"{cell}_backward",
            f"state of the {which} overwritten in the cache",
            "    return h, cache",
            f"    cache = [(c[0], prev_h, *c[2:]) if {condition} else c for t, c in enumerate(cache)]\n"
            "    return h, cache",
            sentence,
            inside=f"{cell}_forward",
        )
        for cell in ("rnn", "lstm", "gru")
        for which, condition, sentence in (("first step", "t == 0", VIEW), ("steps", "True", BUFFER))
    ),
    made(
        "rnn_backward",
        "forwards in time",
        "reversed(range(T))",
        "range(T)",
        "What flows into step t from its future must be known before step t. Begin at the last step.",
    ),
    made(
        "rnn_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    made(
        "rnn_backward",
        "recurrent weights of one step",
        "dWh += dWh_t",
        "dWh = dWh_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
    made(
        "rnn_backward",
        "bias of one step",
        "db += db_t",
        "db = db_t",
        "The bias is used at every step, so every step contributes to its gradient. An assignment keeps "
        "what came last.",
    ),
    made(
        "rnn_backward",
        "first step left out",
        "reversed(range(T))",
        "reversed(range(1, T))",
        "One step is left out: the loop ends before step 0, the first.",
    ),
    made(
        "rnn_forward",
        "initial state at every step",
        "rnn_step_forward(x[:, t, :], prev_h,",
        "rnn_step_forward(x[:, t, :], h0,",
        "Every step gets the initial state. Step t gets what step t - 1 has left.",
    ),
    made(
        "rnn_forward",
        "initial state ignored",
        "    prev_h = h0\n",
        "    prev_h = np.zeros((N, H))\n",
        "The network starts with zeros instead of h0, and in a captioner h0 is all it sees of the image.",
    ),
]
