"""Chapter 2: measuring a gradient."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

ERROR = "np.max(np.abs(x - y) / np.where(size == 0, 1, size), initial=0.0)"
DIFFERENCE = "np.sum(upstream * (f(x + step) - f(x - step))) / (2 * h)"
IN_X = (
    "        step = np.zeros_like(x)\n        step[k] = h\n"
    "        gradient[k] = np.sum(upstream * (f(x + step) - f(x - step))) / (2 * h)\n"
)

RELATIVE_ERROR = [
    Mistake(
        "absolute error",
        "relative_error",
        ERROR,
        "np.max(np.abs(x - y), initial=0.0)",
        "An error of 0.001 is nothing for a gradient of 1000, and everything for one of 0.001. Relative to "
        "what is it measured?",
    ),
    Mistake(
        "mean for maximum",
        "relative_error",
        ERROR,
        "np.mean(np.abs(x - y) / np.where(size == 0, 1, size))",
        "One wrong entry in a million disappears in a mean. The worst entry counts.",
    ),
    Mistake(
        "zero by zero",
        "relative_error",
        "np.where(size == 0, 1, size)",
        "size",
        "Where both are 0 they agree, and you divide 0 by 0.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "a floor under the fraction",
        "relative_error",
        "np.where(size == 0, 1, size)",
        "np.maximum(1e-8, size)",
        "A fixed floor lets every gradient pass that is small beside it, even one with the wrong sign. "
        "Only where both are 0 there is nothing to divide by.",
    ),
    Mistake(
        "a small number added under the fraction",
        "relative_error",
        "np.where(size == 0, 1, size)",
        "(size + 1e-8)",
        "What is added under the fraction is a fixed tolerance: a gradient of that size passes whatever "
        "its sign. Only where both are 0 there is nothing to divide by.",
    ),
    Mistake(
        "sizes after the sum",
        "relative_error",
        "np.abs(x) + np.abs(y)",
        "np.abs(x + y)",
        "Two numbers of opposite signs cancel under your fraction line: the more wrong the sign, the "
        "stranger the error.",
    ),
    Mistake(
        "sizes with their signs",
        "relative_error",
        "np.abs(x) + np.abs(y)",
        "x + y",
        "A negative number has a size too. With yours under the fraction line an error comes out negative, "
        "and a maximum overlooks it.",
    ),
    Mistake(
        "difference with a sign",
        "relative_error",
        "np.abs(x - y)",
        "(x - y)",
        "Where y is too large your difference is negative, and a maximum overlooks it.",
    ),
    Mistake(
        "largest of each apart",
        "relative_error",
        ERROR,
        "np.abs(x - y).max() / (np.abs(x) + np.abs(y)).max()",
        "Each entry has its own relative error, and the largest of these is asked for. Yours divides one "
        "entry's error by another one's size.",
    ),
    Mistake(
        "relative to one of the two",
        "relative_error",
        "np.abs(x) + np.abs(y)",
        "np.abs(x)",
        "The error should not depend on which of the two is called x.",
    ),
]

NUMERIC_GRADIENT = [
    Mistake(
        "forward difference",
        "numeric_gradient",
        DIFFERENCE,
        "np.sum(upstream * (f(x + step) - f(x))) / h",
        "You look to one side only, and your error is of order h. Looking to both sides it is of order h "
        "squared, for one more call.",
        kind=Kind.NEARLY,
    ),
    Mistake(
        "half the way",
        "numeric_gradient",
        "/ (2 * h)",
        "/ h",
        "How far apart are the two points at which you call f?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "stepped back by h alone",
        "numeric_gradient",
        "(f(x + step) - f(x - step))",
        "(f(x + step) - f(x))",
        "Two points that are 2 h apart lie on both sides of x. The second of yours is x itself.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "sums multiplied",
        "numeric_gradient",
        "np.sum(upstream * (f(x + step) - f(x - step)))",
        "np.sum(upstream) * np.sum(f(x + step) - f(x - step))",
        "Each output's difference counts as much as its own upstream entry says. A product of two sums mixes "
        "them.",
    ),
    Mistake(
        "upstream gradient ignored",
        "numeric_gradient",
        "upstream * (f(x + step) - f(x - step))",
        "f(x + step) - f(x - step)",
        "What is differentiated is the sum of upstream times f. Yours takes all ones.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "step in all entries",
        "numeric_gradient",
        "step[k] = h",
        "step[...] = h",
        "You move all entries at once, and measure how f answers to that. What does a single one do?",
    ),
    Mistake(
        "steps pile up",
        "numeric_gradient",
        "for k in np.ndindex(x.shape):\n        step = np.zeros_like(x)\n",
        "step = np.zeros_like(x)\n    for k in np.ndindex(x.shape):\n",
        "When it is the second entry's turn, the first has not gone back to its place.",
    ),
    Mistake(
        "x not put back",
        "numeric_gradient",
        IN_X,
        "        x[k] += h\n        right = f(x)\n        x[k] -= 2 * h\n"
        "        gradient[k] = np.sum(upstream * (right - f(x))) / (2 * h)\n",
        "You move an entry of x itself and leave it where it is. x belongs to the caller, and the next "
        "entries are measured at another point.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "from right to left",
        "numeric_gradient",
        "f(x + step) - f(x - step)",
        "f(x - step) - f(x + step)",
        "If f grows with x, its derivative is positive.",
        kind=Kind.SIGN,
    ),
    Mistake(
        "step not obeyed",
        "numeric_gradient",
        "        step[k] = h\n",
        "        h = 1e-5\n        step[k] = h\n",
        "The step is an argument, so that one can see how the error depends on it.",
        kind=Kind.NEARLY,
    ),
    Mistake(
        "first column only",
        "numeric_gradient",
        "np.ndindex(x.shape)",
        "np.ndindex(x.shape[0], 1)",
        "x may have any number of axes, and each of its entries has a derivative.",
        kind=Kind.PLACE,
    ),
]

DIRECTIONAL_DERIVATIVE = [
    Mistake(
        "forward difference",
        "directional_derivative",
        "(f(x + h * direction) - f(x - h * direction))) / (2 * h)",
        "(f(x + h * direction) - f(x))) / h",
        "You look to one side only, and your error is of order h. Looking to both sides it is of order h "
        "squared, for the same two calls.",
        kind=Kind.NEARLY,
    ),
    Mistake(
        "half the way",
        "directional_derivative",
        "/ (2 * h)",
        "/ h",
        "How far apart are the two points at which you call f?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "upstream gradient ignored",
        "directional_derivative",
        "upstream * (f(x + h * direction) - f(x - h * direction))",
        "f(x + h * direction) - f(x - h * direction)",
        "What is differentiated is the sum of upstream times f. Yours takes all ones.",
    ),
    Mistake(
        "direction made a unit",
        "directional_derivative",
        "    slope = ",
        "    direction = direction / np.sqrt((direction**2).sum())\n    slope = ",
        "The slope along a direction twice as long is twice as large: it must agree with the sum of gradient "
        "times direction.",
    ),
    Mistake(
        "direction without the step",
        "directional_derivative",
        "f(x + h * direction) - f(x - h * direction)",
        "f(x + direction) - f(x - direction)",
        "You go the whole direction and divide by a tiny step.",
    ),
    Mistake(
        "step not obeyed",
        "directional_derivative",
        "    slope = ",
        "    h = 1e-5\n    slope = ",
        "The step is an argument, so that one can see how the error depends on it.",
        kind=Kind.NEARLY,
    ),
]

COMPLEX_STEP_GRADIENT = [
    Mistake(
        "real part",
        "complex_step_gradient",
        "f(z).imag",
        "f(z).real",
        "The step is imaginary, so the answer to it is. In which part of f is the derivative?",
    ),
    Mistake(
        "not divided by the step",
        "complex_step_gradient",
        ".imag) / h",
        ".imag)",
        "The imaginary part is the derivative times h.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "divided by two steps",
        "complex_step_gradient",
        ".imag) / h",
        ".imag) / (2 * h)",
        "There is only one step here, to one side. That is the beauty of it.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "real step",
        "complex_step_gradient",
        "1j * h",
        "h",
        "A real step of 1e-30 is lost when it is added to x. In which direction of the complex plane is "
        "there nothing that it could be lost in?",
    ),
    Mistake(
        "step not taken back",
        "complex_step_gradient",
        "        z[k] = x[k]\n",
        "",
        "When it is the second entry's turn, the first still has its imaginary part.",
    ),
    Mistake(
        "upstream gradient ignored",
        "complex_step_gradient",
        "upstream * f(z).imag",
        "f(z).imag",
        "What is differentiated is the sum of upstream times f. Yours takes all ones.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "difference instead",
        "complex_step_gradient",
        "np.sum(upstream * f(z).imag) / h",
        "np.sum(upstream * (f(z) - f(x)).real) / h",
        "Nothing is subtracted in this method, and that is why it is so exact.",
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "relative to the larger of the two",
        "relative_error",
        "np.abs(x) + np.abs(y)",
        "np.maximum(np.abs(x), np.abs(y))",
        "The difference is divided by the sum of both sizes. Yours, by the larger one, is up to twice as "
        "large.",
    ),
    Mistake(
        "squares",
        "relative_error",
        "np.max(np.abs(x - y) / np.where(size == 0, 1, size), initial=0.0)",
        "np.max((x - y) ** 2 / np.where(size == 0, 1, x**2 + y**2), initial=0.0)",
        "Sizes are compared, not their squares: the square of a small error is far too small.",
    ),
    Mistake(
        "step in a whole row",
        "numeric_gradient",
        "step[k] = h",
        "step[k[0]] = h",
        "The step goes to one entry alone. Yours moves a whole row.",
    ),
]

MISTAKES = [
    *RELATIVE_ERROR,
    *NUMERIC_GRADIENT,
    *DIRECTIONAL_DERIVATIVE,
    *COMPLEX_STEP_GRADIENT,
    *WRITTEN_OTHERWISE,
]
