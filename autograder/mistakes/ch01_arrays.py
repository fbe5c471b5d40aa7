"""Chapter 1: arrays and shapes."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

STANDARDIZE = [
    Mistake(
        "along the rows",
        "standardize",
        "centred = from_first - from_first.mean(axis=0)\n"
        "    standardized = centred / np.sqrt((centred**2).mean(axis=0) + epsilon)",
        "centred = x - x.mean(axis=1, keepdims=True)\n"
        "    standardized = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)",
        "Each column is one quantity, each row one example. Over which of the two do you take the mean?",
    ),
    Mistake(
        "one mean for all",
        "standardize",
        "from_first - from_first.mean(axis=0)",
        "x - x.mean()",
        "Your mean is one number. Height in metres and weight in kilograms each have a mean of their own.",
    ),
    Mistake(
        "mean not subtracted",
        "standardize",
        "standardized = centred /",
        "standardized = x /",
        "The result has variance 1, and its mean is still somewhere. Two things were to be done.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "divided by the variance",
        "standardize",
        "np.sqrt((centred**2).mean(axis=0) + epsilon)",
        "((centred**2).mean(axis=0) + epsilon)",
        "The variance has the square of the unit of x. Divide by what has its unit.",
    ),
    Mistake(
        "epsilon outside the root",
        "standardize",
        "np.sqrt((centred**2).mean(axis=0) + epsilon)",
        "(np.sqrt((centred**2).mean(axis=0)) + epsilon)",
        "Epsilon is added to the variance, under the root. Look at the formula once more.",
    ),
    Mistake(
        "epsilon forgotten",
        "standardize",
        " + epsilon)\n    ###",
        ")\n    ###",
        "A column in which all numbers are equal has variance 0. What do you divide by there?",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "variance over N - 1",
        "standardize",
        "(centred**2).mean(axis=0)",
        "(centred**2).sum(axis=0) / max(len(x) - 1, 1)",
        "The variance here is the mean of the squares, over N. With N - 1 one estimates that of a "
        "population from a sample.",
    ),
    Mistake(
        "constant column of large numbers",
        "standardize",
        "from_first - from_first.mean(axis=0)",
        "x - x.mean(axis=0)",
        "The mean of equal numbers is rounded, and for large ones the rest is as large as anything. "
        "Subtract the first row before anything else: then a constant column is exactly 0.",
    ),
    Mistake(
        "x changed in place",
        "standardize",
        "from_first = x - x[0]",
        "x -= x[0].copy()\n    from_first = x",
        "An operator with an equals sign changes the array that was given to you, and its owner is not told.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "one variance for all",
        "standardize",
        "np.sqrt((centred**2).mean(axis=0) + epsilon)",
        "np.sqrt(((x - x.mean()) ** 2).mean() + epsilon)",
        "Your standard deviation is one number. Height in metres and weight in kilograms each vary on their "
        "own scale.",
    ),
]

LOG_SUM_EXP = [
    Mistake(
        "no shift",
        "log_sum_exp",
        "largest + np.log(np.exp(x - largest[:, None]).sum(axis=1))",
        "np.log(np.exp(x).sum(axis=1))",
        "The exponential of 800 is larger than any number a computer has. What can be taken out of the "
        "exponents first, and put back in the end?",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "shift not put back",
        "log_sum_exp",
        "total = largest + ",
        "total = ",
        "You have taken the largest number out of the exponents. Where has it gone?",
    ),
    Mistake(
        "shift with the wrong sign",
        "log_sum_exp",
        "total = largest + ",
        "total = -largest + ",
        "What was subtracted from the exponents comes back as a summand. With which sign?",
    ),
    Mistake(
        "one shift for all rows",
        "log_sum_exp",
        "x.max(axis=1)",
        "np.full(len(x), x.max())",
        "The largest of all numbers is far above those of some rows: their exponentials all vanish. Each row "
        "has its own largest number.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "along the columns",
        "log_sum_exp",
        "x.max(axis=1)\n    total = largest + np.log(np.exp(x - largest[:, None]).sum(axis=1))",
        "x.max(axis=0)\n    total = largest + np.log(np.exp(x - largest).sum(axis=0))",
        "There should be a number for each row. Over which axis does your sum run?",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "mean for sum",
        "log_sum_exp",
        ".sum(axis=1))",
        ".mean(axis=1))",
        "The exponentials are added up, not averaged. Yours is too small by the logarithm of their number.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "logarithm to base 2",
        "log_sum_exp",
        "np.log(",
        "np.log2(",
        "The exponential and the logarithm must be of one base, or they do not undo each other.",
    ),
]

PAIRWISE_SQUARED_DISTANCES = [
    Mistake(
        "mixed term once",
        "pairwise_squared_distances",
        "- 2 * (x @ y.T)",
        "- (x @ y.T)",
        "Multiply (x - y)(x - y) out: how often does the product of the two occur?",
    ),
    Mistake(
        "mixed term added",
        "pairwise_squared_distances",
        "- 2 * (x @ y.T)",
        "+ 2 * (x @ y.T)",
        "A row is at distance 0 from itself. Is it with you?",
        kind=Kind.SIGN,
    ),
    Mistake(
        "norms of y forgotten",
        "pairwise_squared_distances",
        " + (y**2).sum(axis=1)",
        "",
        "Three terms make up the square of a difference. Count yours.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "norms of x forgotten",
        "pairwise_squared_distances",
        "(x**2).sum(axis=1)[:, None] - 2 * (x @ y.T)",
        "-2 * (x @ y.T)",
        "Three terms make up the square of a difference. Count yours.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "root taken",
        "pairwise_squared_distances",
        "np.maximum(distances, 0)",
        "np.sqrt(np.maximum(distances, 0))",
        "The squares of the distances are asked for.",
    ),
    Mistake(
        "other way round",
        "pairwise_squared_distances",
        "distances = np.maximum(distances, 0)",
        "distances = np.maximum(distances, 0).T",
        "Rows of x make rows of the result, rows of y its columns.",
        kind=Kind.TRANSPOSED,
    ),
    Mistake(
        "mean of the squares",
        "pairwise_squared_distances",
        "distances = np.maximum(distances, 0)",
        "distances = np.maximum(distances, 0) / x.shape[1]",
        "The squares of the differences are added up over the D columns, and that is all.",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "differences without squares",
        "pairwise_squared_distances",
        "distances = (x**2).sum(axis=1)[:, None] - 2 * (x @ y.T) + (y**2).sum(axis=1)",
        "distances = np.abs(x[:, None] - y).sum(axis=2)",
        "You add up the differences along the streets of a city. As the crow flies, they are squared first.",
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "square of the sum",
        "pairwise_squared_distances",
        "distances = (x**2).sum(axis=1)[:, None] - 2 * (x @ y.T) + (y**2).sum(axis=1)",
        "distances = (x[:, None] - y).sum(axis=2) ** 2",
        "The squares of the differences are added up. You add up the differences, where some cancel, and "
        "square the sum.",
    ),
    Mistake(
        "between the smallest and the largest",
        "standardize",
        "centred / np.sqrt((centred**2).mean(axis=0) + epsilon)",
        "(x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + epsilon)",
        "That brings each column between 0 and 1. Asked for are a mean of 0 and a variance of 1.",
        kind=Kind.PLACE,
    ),
]

MISTAKES = [
    *STANDARDIZE,
    *LOG_SUM_EXP,
    *PAIRWISE_SQUARED_DISTANCES,
    *WRITTEN_OTHERWISE,
]
