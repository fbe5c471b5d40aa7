"""Chapter 14: training and measuring."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

COSINE_LEARNING_RATE = [
    Mistake(
        "not halved",
        "cosine_learning_rate",
        " / 2\n",
        "\n",
        "The cosine runs from 1 to -1, and 1 more is 2 to 0. At which rate does your training begin?",
        kind=Kind.FACTOR,
    ),
    Mistake(
        "a whole cosine",
        "cosine_learning_rate",
        "math.pi * step",
        "2 * math.pi * step",
        "Your rate is back at its peak in the end. Half a wave leads from the top to the bottom.",
    ),
    Mistake(
        "warm-up forgotten",
        "cosine_learning_rate",
        "warm_up * peak",
        "peak",
        "Right after the start Adam has seen one gradient and trusts it fully. What is to hold it back?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "warm-up in place of the cosine",
        "cosine_learning_rate",
        "rate = warm_up * peak * (1 + math.cos(math.pi * step / n_steps)) / 2",
        "rate = peak * (warm_up if step < n_warm_up else (1 + math.cos(math.pi * step / n_steps)) / 2)",
        "During the warm-up the cosine is falling already: the two are multiplied, and there is no jump "
        "where the warm-up ends.",
    ),
    Mistake(
        "warm-up begins at zero",
        "cosine_learning_rate",
        "min(1.0, (step + 1) / n_warm_up)",
        "min(1.0, step / n_warm_up)",
        "With a rate of exactly 0 the first minibatch is computed for nothing. Steps count from 0, parts of "
        "the way up from 1.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "warm-up without a limit",
        "cosine_learning_rate",
        "min(1.0, (step + 1) / n_warm_up) if",
        "(step + 1) / n_warm_up if",
        "After the warm-up the factor goes on rising. Where should it stay?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "division by no warm-up",
        "cosine_learning_rate",
        "min(1.0, (step + 1) / n_warm_up) if n_warm_up else 1.0",
        "min(1.0, (step + 1) / n_warm_up)",
        "n_warm_up may be 0: no warm-up at all.",
        kind=Kind.RAISED,
    ),
    Mistake(
        "falls along a line",
        "cosine_learning_rate",
        "(1 + math.cos(math.pi * step / n_steps)) / 2",
        "(1 - step / n_steps)",
        "A line falls from the first step on. The cosine stays high for a while, and slows down at the end.",
    ),
]

NGRAM_COUNTS = [
    Mistake(
        "last run forgotten",
        "ngram_counts",
        "len(words) - n + 1",
        "len(words) - n",
        "How many runs of 2 words has a sentence of 3? Count them on your fingers.",
    ),
    Mistake(
        "runs too short at the end",
        "ngram_counts",
        "range(len(words) - n + 1)",
        "range(len(words))",
        "A slice beyond the end of a list is shorter and raises no error. The last ones of yours have fewer "
        "than n words.",
        kind=Kind.SHAPE,
    ),
    Mistake(
        "runs do not overlap",
        "ngram_counts",
        "range(len(words) - n + 1)",
        "range(0, len(words) - n + 1, n)",
        "Runs overlap: each word but the last ones begins one.",
    ),
    Mistake(
        "each run counted once",
        "ngram_counts",
        "Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))",
        "Counter({tuple(words[start : start + n]) for start in range(len(words) - n + 1)})",
        "A run that occurs twice has the count 2. What does a set forget?",
    ),
    Mistake(
        "words in any order",
        "ngram_counts",
        "tuple(words[start : start + n])",
        "tuple(sorted(words[start : start + n]))",
        "“cat sees a” and “a sees cat” are two different runs.",
        kind=Kind.SHAPE,
    ),
]

BLEU = [
    Mistake(
        "brevity penalty forgotten",
        "bleu",
        "mean() + brevity",
        "mean()",
        "Who says only the words of which they are sure scores high with you: a single right word would be "
        "perfect. Which part of the score speaks for the length? Or is a length held against the shortest "
        "reference, and not against the nearest?",
    ),
    Mistake(
        "long captions rewarded",
        "bleu",
        "min(0.0, 1 - reference_length / candidate_length)",
        "1 - reference_length / candidate_length",
        "There is a penalty for brevity and no reward for length. What becomes of your factor where the "
        "candidates are longer than the references?",
    ),
    Mistake(
        "length punished instead of brevity",
        "bleu",
        "min(0.0, 1 - reference_length / candidate_length)",
        "max(0.0, 1 - reference_length / candidate_length)",
        "Your factor is 1 where the candidates are too short, and another where they are long enough. "
        "Which of the two is to be punished?",
    ),
    Mistake(
        "brevity the wrong way round",
        "bleu",
        "1 - reference_length / candidate_length",
        "1 - candidate_length / reference_length",
        "Which of the two lengths stands above the other? Put in a caption of half the length and see what "
        "comes out.",
    ),
    Mistake(
        "counts not clipped",
        "bleu",
        "(counts & most).total()",
        "sum(count for run, count in counts.items() if run in most)",
        "With you “the the the the” matches a reference with one “the” four times. Each run counts at most "
        "as often as in a reference.",
    ),
    Mistake(
        "references added up",
        "bleu",
        "most |= ngram_counts(other, n)",
        "most += ngram_counts(other, n)",
        "Five references that say “a boat” once each do not allow a candidate to say it five times.",
    ),
    Mistake(
        "first reference only",
        "bleu",
        "for other in others:\n                most",
        "for other in others[:1]:\n                most",
        "A run counts if any of the references has it. You look into one of them.",
    ),
    Mistake(
        "arithmetic mean",
        "bleu",
        "np.exp(np.log(shared / all_runs).mean() + brevity)",
        "(shared / all_runs).mean() * np.exp(brevity)",
        "The four shares are multiplied, and the fourth root is taken: a geometric mean. In yours, good "
        "single words make up for missing runs.",
    ),
    Mistake(
        "product without the root",
        "bleu",
        "np.log(shared / all_runs).mean()",
        "np.log(shared / all_runs).sum()",
        "You multiply the shares and take no root. How does the score then depend on how many there are?",
    ),
    Mistake(
        "shortest reference",
        "bleu",
        "min(lengths, key=lambda length: (abs(length - len(candidate)), length))",
        "min(lengths)",
        "The length to compare with is that of the reference nearest in length, not of the shortest.",
    ),
    Mistake(
        "of two equally near the longer",
        "bleu",
        "(abs(length - len(candidate)), length)",
        "(abs(length - len(candidate)), -length)",
        "Where two references are equally near in length, one longer and one shorter, the shorter counts.",
    ),
    Mistake(
        "logarithm of zero",
        "bleu",
        "    if not shared.all():\n        return 0.0\n",
        "    shared = np.maximum(shared, 1e-9)\n",
        "Where no run of some length is shared the score is 0, exactly.",
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "degrees for radians",
        "cosine_learning_rate",
        "math.cos(math.pi * step / n_steps)",
        "math.cos(step / n_steps)",
        "math.cos takes an angle in radians; half a wave is one of pi. How far does your cosine get?",
        kind=Kind.PLACE,
    ),
    Mistake(
        "cosine after the warm-up",
        "cosine_learning_rate",
        "(1 + math.cos(math.pi * step / n_steps)) / 2",
        "(1 + math.cos(math.pi * max(0, step - n_warm_up) / max(1, n_steps - n_warm_up))) / 2",
        "The cosine runs over all steps, from the first on; the warm-up is multiplied with it. Yours "
        "begins where the warm-up ends.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "whole steps of the training",
        "cosine_learning_rate",
        "math.pi * step / n_steps",
        "math.pi * (step // n_steps)",
        "// cuts off what comes after the point: step // n_steps is 0 until the end.",
        kind=Kind.PLACE,
    ),
    Mistake(
        "a step ahead",
        "cosine_learning_rate",
        "math.pi * step / n_steps",
        "math.pi * (step + 1) / n_steps",
        "At step 0 the cosine stands at its top. Yours is a step ahead: 1 is added for the warm-up only.",
    ),
    Mistake(
        "rising",
        "cosine_learning_rate",
        "(1 + math.cos(",
        "(1 - math.cos(",
        "The rate falls along the cosine. Yours rises.",
        kind=Kind.PLACE,
    ),
]

MISTAKES = [
    *COSINE_LEARNING_RATE,
    *NGRAM_COUNTS,
    *BLEU,
    *WRITTEN_OTHERWISE,
]
