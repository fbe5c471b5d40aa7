"""Mistakes in a GRU's steps, and in the loop over them."""

from autograder.mistakes.loops.making import in_step_and_sequence, made

KERAS = (
    "The columns hold the gates in an order that is agreed on: here r, z, n. In yours z comes before r, "
    "which is the order of Keras."
)
BEFORE = (
    "The reset gate comes in before the product with the weights here; this course, as cuDNN does, applies "
    "it to the product of prev_h and Whn."
)
OTHER_Z = (
    "The update gate is the other way round: here z keeps the old state, and 1 - z lets the candidate in."
)
BOTH = f"Two conventions of other texts meet. {BEFORE} {OTHER_Z}"
GRU = [
    *in_step_and_sequence(
        "gru",
        "forward",
        "reset before the product, and the update gate the other way round",
        "n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    next_h = z * n + (1 - z) * "
        "prev_h",
        BOTH,
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "reset before the product",
        "r * hs[:, 2 * H :])",
        "(r * prev_h).dot(Wh[:, 2 * H :]))",
        BEFORE,
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "update gate the other way round",
        "(1 - z) * n + z * prev_h",
        "z * n + (1 - z) * prev_h",
        OTHER_Z,
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])",
        KERAS,
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "Keras's order and update gate",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = z * n + (1 - z) * prev_h",
        f"{KERAS} {OTHER_Z}",
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "Keras's order and reset before the product",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))",
        f"{KERAS} {BEFORE}",
    ),
    *in_step_and_sequence(
        "gru",
        "forward",
        "all of Cho's conventions in Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    next_h = (1 - z) * n + z * prev_h",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    next_h = z * n + (1 - z) "
        "* prev_h",
        f"{KERAS} {BEFORE} {OTHER_Z}",
    ),
    made(
        "gru_gates",
        "Keras's order, returned in it",
        "return np.concatenate([r, z, n], axis=1)",
        "return np.concatenate([z, r, n], axis=1)",
        "The gates are returned in the order z, r, n; here it is r, z, n.",
    ),
    made(
        "gru_gates",
        "Keras's order",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([r, z, n], axis=1)",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([z, r, n], axis=1)",
        KERAS,
    ),
    made(
        "gru_gates",
        "Keras's order and reset before the product",
        "r = _sigmoid(xs[:, :H] + hs[:, :H])\n    z = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + r * hs[:, 2 * H :])\n    return np.concatenate([r, z, n], axis=1)",
        "z = _sigmoid(xs[:, :H] + hs[:, :H])\n    r = _sigmoid(xs[:, H : 2 * H] + hs[:, H : 2 * H])\n"
        "    n = np.tanh(xs[:, 2 * H :] + (r * prev_h).dot(Wh[:, 2 * H :]))\n    return "
        "np.concatenate([z, r, n], axis=1)",
        f"{KERAS} {BEFORE}",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "direct path missing",
        "dnext_h * z + da_h.dot(Wh.T)",
        "da_h.dot(Wh.T)",
        "The old state enters the new one in two ways: through the gates, and directly, as what the update "
        "gate keeps. The direct way is missing.",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "gates' path missing",
        "dnext_h * z + da_h.dot(Wh.T)",
        "dnext_h * z",
        "The old state enters the new one in two ways: directly, and through the gates and the candidate. "
        "The second is missing.",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "no reset on the way back",
        "[dar, daz, dan * r]",
        "[dar, daz, dan]",
        "What comes from the old state into the candidate passes the reset gate on its way forward, and so "
        "on its way back.",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "reset for the inputs as well",
        "[dar, daz, dan], axis=1)",
        "[dar, daz, dan * r], axis=1)",
        "The reset gate holds back what comes from the old state alone. The gradients of x, Wx and b do not "
        "pass it.",
    ),
    *in_step_and_sequence(
        "gru",
        "backward",
        "update gate's sign",
        "(prev_h - n)",
        "(n - prev_h)",
        "When the update gate opens further, the state moves towards the old one. The gradient of your "
        "update gate has the other sign.",
    ),
    made(
        "gru_backward",
        "nothing handed back",
        "dh[:, t, :] + dprev_h",
        "dh[:, t, :]",
        "A state matters twice: to the loss at its own step, and to the next step. What comes back from "
        "step t + 1 is not added to dh of step t.",
    ),
    made(
        "gru_backward",
        "weights of one step",
        "dWx += dWx_t",
        "dWx = dWx_t",
        "The same weights are used at every step, so every step contributes to their gradient. An "
        "assignment keeps what came last.",
    ),
]
