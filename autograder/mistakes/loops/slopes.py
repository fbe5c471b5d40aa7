"""Mistakes in the derivatives of tanh and of gates, each with many a form."""

from autograder.mistakes.loops.making import in_step_and_sequence

TANH = [
    made
    for cell, right, value in (("rnn", "(1 - next_h**2)", "next_h"), ("lstm", "(1 - tanh_c**2)", "tanh_c"))
    for form in (
        "(1 - {})**2",
        "(1 + {}**2)",
        "({}**2 - 1)",
        "(1 - {}**2)**2",
        "(1 - np.tanh({}) ** 2)",
        "(1 - {}) * {}",
        "(1 - {})",
        "{}",
    )
    for made in in_step_and_sequence(
        cell,
        "backward",
        f"derivative {form.format('h', 'h')}",
        right,
        form.format(value, value),
        f"The derivative of tanh, written with its value h, is 1 minus its square. Yours, of {value}, is "
        f"another.",
    )
]
BEFORE_THE_TANH = [
    made
    for cell, right, value in (("rnn", "(1 - next_h**2)", "next_h"), ("lstm", "(1 - tanh_c**2)", "tanh_c"))
    for made in in_step_and_sequence(
        cell,
        "backward",
        "derivative from what goes into the tanh",
        right,
        f"(1 - np.arctanh({value}) ** 2)",
        "The derivative of tanh is 1 minus the square of its value. Yours squares what goes into the tanh.",
    )
]
# What a gate's gradient may be multiplied with, in place of what is right.
_FACTORS = {
    "input gate": ("di = dc * g", ("prev_c", "next_c", "f", "dnext_h")),
    "forget gate": ("df = dc * prev_c", ("g", "f", "prev_h", "dnext_h")),
    "output gate": ("do = dnext_h * tanh_c", ("np.tanh(prev_c)", "o", "dnext_c", "g")),
    "candidate": ("dg = dc * i", ("f", "o", "prev_c", "1")),
}
_SLOPES = {
    "input gate": ("di * i * (1 - i)", ("di * (1 - i)", "di * (1 - i**2)", "di * i * (1 + i)")),
    "forget gate": ("df * f * (1 - f)", ("df * (1 - f)", "df * (1 - f**2)", "df * f * (1 + f)")),
    "output gate": ("do * o * (1 - o)", ("do * (1 - o)", "do * (1 - o**2)", "do * o * (1 + o)")),
    "candidate": ("dg * (1 - g**2)", ("dg * (1 + g**2)", "dg * (1 - np.tanh(g) ** 2)", "dg * g")),
}
_REACHES = {
    "output gate": "The output gate was multiplied with the tanh of the cell after the step, and what comes "
    "back is the gradient of the hidden state",
    "input gate": "The input gate was multiplied with the candidate, and what comes back is the cell's "
    "gradient",
    "forget gate": "The forget gate was multiplied with the cell before the step, and what comes back is the "
    "cell's gradient",
    "candidate": "The candidate was multiplied with the input gate, and what comes back is the cell's "
    "gradient",
}
_DERIVATIVE = {
    "candidate": "The candidate is a tanh: its derivative, written with its value g, is 1 minus its square.",
}
GATES = [
    *(
        made
        for gate, (right, factors) in _FACTORS.items()
        for factor in factors
        for made in in_step_and_sequence(
            "lstm",
            "backward",
            f"{gate} times {factor}",
            right,
            f"{right.rpartition('*')[0]}* {factor}",
            f"{_REACHES[gate]}: the product of these two is the gradient of the {gate}. One of yours is "
            f"another.",
        )
    ),
    *(
        made
        for gate, (right, slopes) in _SLOPES.items()
        for number, slope in enumerate(slopes, start=1)
        for made in in_step_and_sequence(
            "lstm",
            "backward",
            f"{gate}: wrong derivative {number}",
            right,
            slope,
            _DERIVATIVE.get(
                gate,
                f"The {gate} is a sigmoid: its derivative, written with its value s, is s * (1 - s). "
                "Yours is another.",
            ),
        )
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "factors of input and forget gate exchanged",
        "df = dc * prev_c\n    dprev_c = dc * f\n    di = dc * g",
        "df = dc * g\n    dprev_c = dc * f\n    di = dc * prev_c",
        "Input and forget gate are taken for each other: the one was multiplied with the candidate, the "
        "other with the cell before the step.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "cell passed back by the input gate",
        "dprev_c = dc * f",
        "dprev_c = dc * i",
        "From one cell to the next the gradient passes the forget gate; yours passes another.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "hidden state's gradient from the inputs' weights",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = next_c",
        "Between the cell and the hidden state there is a tanh, and all that comes back through it needs "
        "its value.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "upstream gradients exchanged",
        "tanh_c = np.tanh(next_c)",
        "tanh_c = np.tanh(next_c)\n    dnext_h, dnext_c = dnext_c, dnext_h",
        "The two upstream gradients are taken for each other: first that of the hidden state, then that of "
        "the cell.",
    ),
    *in_step_and_sequence(
        "lstm",
        "backward",
        "hidden state's gradient with its own path",
        "dprev_h = da.dot(Wh.T)",
        "dprev_h = da.dot(Wh.T) + dnext_h",
        "The hidden state before the step reaches the new one only through the gates. What is added to its "
        "gradient?",
    ),
]
