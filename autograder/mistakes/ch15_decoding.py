"""Chapter 15: decoding."""

from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake

LOG_SOFTMAX = [
    Mistake(
        "maximum not subtracted",
        "log_softmax",
        "shifted = logits - logits.max(axis=1, keepdims=True)",
        "shifted = logits",
        "The exponential of a large logit overflows. A softmax does not change when the same number is taken "
        "from all logits of a row; which number makes the largest exponential 1?",
    ),
    Mistake(
        "one maximum for all rows",
        "log_softmax",
        "logits.max(axis=1, keepdims=True)",
        "logits.max()",
        "The largest logit of all may be far above those of another row, whose exponentials are then all "
        "zero. Every row has a softmax of its own.",
        kind=Kind.NON_FINITE,
    ),
    Mistake(
        "logarithm of a probability",
        "log_softmax",
        "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))",
        "The probability of a word that is very unlikely is rounded to zero, and its logarithm is gone. Take "
        "the logarithm of the quotient on paper first: one exponential disappears.",
        kind=Kind.WHERE,
    ),
    Mistake(
        "probabilities, not their logarithms",
        "log_softmax",
        "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)",
        "Logarithms of probabilities are asked for: they are never above zero.",
    ),
    Mistake(
        "sum over the batch",
        "log_softmax",
        "np.exp(shifted).sum(axis=1, keepdims=True)",
        "np.exp(shifted).sum(axis=0, keepdims=True)",
        "The probabilities of the words of one row add up to one. Over which axis do yours?",
    ),
    Mistake(
        "logarithm to the base 2",
        "log_softmax",
        "np.log(",
        "np.log2(",
        "The exponential and the logarithm must be of one base, or the probabilities do not add up to one.",
    ),
    Mistake(
        "logits changed",
        "log_softmax",
        "shifted = logits - logits.max(axis=1, keepdims=True)",
        "logits -= logits.max(axis=1, keepdims=True)\n    shifted = logits",
        "The maximum is taken from the caller's logits themselves; an operator with an equals sign changes "
        "the array.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "maximum taken out of the sum alone",
        "log_softmax",
        "shifted - np.log(",
        "logits - np.log(",
        "The largest logit is taken out under the exponentials and not in front of them. Whatever is taken "
        "out must be so in both places.",
    ),
    *(
        Mistake(
            f"{small} under the logarithm",
            "log_softmax",
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            f"np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True) + {small})",
            "Something small is added under your logarithm so that it is never that of 0. What is very "
            "unlikely then comes out wrong. Take the logarithm of the sum alone; the rest is a difference.",
            kind=Kind.MISSING_TERM,
        )
        for small in ("1e-8", "1e-10", "1e-12")
    ),
]

KEEP_TOP_K = (
    '    kept = np.argsort(-logits, axis=1, kind="stable")[:, :k]\n'
    "    np.put_along_axis(filtered, kept, np.take_along_axis(logits, kept, axis=1), axis=1)\n"
)
TOP_K_FILTER = [
    Mistake(
        "smallest kept",
        "top_k_filter",
        "np.argsort(-logits",
        "np.argsort(logits",
        "Sorting goes from small to large: the first k of it are the least likely words.",
    ),
    Mistake(
        "zeros for the words left out",
        "top_k_filter",
        "np.full_like(logits, -np.inf)",
        "np.zeros_like(logits)",
        "A logit of 0 is a logit like any other, and exp of it is 1: words that are to be left out can "
        "still be drawn, and some are likelier than those that are kept.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "more than k where logits are equal",
        "top_k_filter",
        KEEP_TOP_K,
        "    smallest = np.sort(logits, axis=1)[:, -min(k, logits.shape[1])]\n"
        "    filtered = np.where(logits >= smallest[:, None], logits, filtered)\n",
        "Everything that is as large as the k-th is kept, and where several are equal that is more than k "
        "words.",
    ),
    Mistake(
        "the later of equal words kept",
        "top_k_filter",
        'np.argsort(-logits, axis=1, kind="stable")[:, :k]',
        'np.argsort(logits, axis=1, kind="stable")[:, ::-1][:, :k]',
        "A sort turned round turns equal words round as well. Among equals the earlier word is kept.",
    ),
    Mistake(
        "one word too many",
        "top_k_filter",
        "[:, :k]",
        "[:, : k + 1]",
        "Count the words that are left in a row.",
    ),
    Mistake(
        "k larger than the vocabulary",
        "top_k_filter",
        'np.argsort(-logits, axis=1, kind="stable")[:, :k]',
        "np.argpartition(-logits, k, axis=1)[:, :k]",
        "A partition finds the k largest quickly, but it wants that there are more than k words, and says "
        "nothing about equal ones.",
        kind=Kind.RAISED,
    ),
    Mistake(
        "logits changed",
        "top_k_filter",
        KEEP_TOP_K,
        '    dropped = np.argsort(-logits, axis=1, kind="stable")[:, k:]\n'
        "    filtered = logits\n"
        "    np.put_along_axis(filtered, dropped, -np.inf, axis=1)\n",
        "You forbid words in the caller's logits. A caller who asks for the probability of a word afterwards "
        "finds minus infinity.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "kept words all alike",
        "top_k_filter",
        "np.take_along_axis(logits, kept, axis=1)",
        "0.0",
        "The words that are kept keep their logits: among them a likely word is still likelier than another.",
    ),
    Mistake(
        "sorted along the examples",
        "top_k_filter",
        'kept = np.argsort(-logits, axis=1, kind="stable")[:, :k]',
        'kept = np.minimum(np.argsort(-logits, axis=0, kind="stable"), logits.shape[1] - 1)[:, :k]',
        "The words of one row are compared with each other. Along which axis do you sort?",
    ),
]

TOP_P_FILTER = [
    Mistake(
        "zeros for the words left out",
        "top_p_filter",
        "np.where(reached_before < p, sorted_logits, -np.inf)",
        "np.where(reached_before < p, sorted_logits, 0.0)",
        "A logit of 0 is a logit like any other, and exp of it is 1: words that are to be left out can "
        "still be drawn, and some are likelier than those that are kept.",
        kind=Kind.MISSING_TERM,
    ),
    Mistake(
        "the word that crosses p dropped",
        "top_p_filter",
        "reached_before < p",
        "np.cumsum(probs, axis=1) <= p",
        "The words that are left must reach p together. Yours stay below it, and where the likeliest word "
        "alone is above p no word is left at all.",
    ),
    Mistake(
        "the word that crosses p dropped, the likeliest kept",
        "top_p_filter",
        "reached_before < p",
        "(np.cumsum(probs, axis=1) <= p) | (np.arange(logits.shape[1]) == 0)",
        "The words that are left must reach p together. Yours stay below it, but where the likeliest word "
        "alone reaches it.",
    ),
    Mistake(
        "one word too many",
        "top_p_filter",
        "reached_before < p",
        "reached_before - probs < p",
        "The fewest words that reach p are kept. In your row the last one could go, and the others would "
        "still reach it.",
    ),
    Mistake(
        "unlikeliest first",
        "top_p_filter",
        "np.argsort(-logits",
        "np.argsort(logits",
        "Sorting goes from small to large: you collect the least likely words until they reach p.",
    ),
    Mistake(
        "not sorted back",
        "top_p_filter",
        "np.put_along_axis(filtered, order, kept, axis=1)",
        "filtered[...] = kept",
        "The logits come out sorted: column v does not belong to word v any more.",
    ),
    Mistake(
        "probabilities in another order than the logits",
        "top_p_filter",
        "log_softmax(sorted_logits)",
        "log_softmax(logits)",
        "The probabilities are added up in the order of the vocabulary, and the decision is applied to the "
        "sorted words.",
    ),
    Mistake(
        "a bound on each word",
        "top_p_filter",
        "reached_before < p",
        "probs > 1 - p",
        "p is not a bound for the probability of one word, but for the sum of those that are kept.",
    ),
    Mistake(
        "probabilities returned",
        "top_p_filter",
        "np.where(reached_before < p, sorted_logits,",
        "np.where(reached_before < p, probs,",
        "A filter takes logits and gives logits, so that a softmax can follow.",
    ),
    Mistake(
        "logits changed",
        "top_p_filter",
        "    np.put_along_axis(filtered, order, kept, axis=1)\n",
        "    filtered = logits\n    np.put_along_axis(filtered, order, kept, axis=1)\n",
        "You forbid words in the caller's logits. A caller who asks for the probability of a word afterwards "
        "finds minus infinity.",
        kind=Kind.MUTATED,
    ),
    Mistake(
        "logits added up",
        "top_p_filter",
        "np.cumsum(probs, axis=1) - probs",
        "np.cumsum(sorted_logits, axis=1) - sorted_logits",
        "What reaches p are probabilities. Logits can be negative, and their sum means nothing.",
    ),
]

SAMPLE_WORDS = [
    Mistake(
        "likeliest word, not a drawn one",
        "sample_words",
        "(cumulative <= thresholds[:, None]).sum(axis=1)",
        "logits.argmax(axis=1)",
        "This is greedy: the random numbers change nothing. A word is to be drawn as likely as it is.",
    ),
    Mistake(
        "one random number for all rows",
        "sample_words",
        "rng.random(len(logits))",
        "rng.random()",
        "Each row draws its own number. With one for all, the same image in two rows always gets the same "
        "word.",
    ),
    Mistake(
        "word before",
        "sample_words",
        "(cumulative <= thresholds[:, None]).sum(axis=1)",
        "np.maximum((cumulative <= thresholds[:, None]).sum(axis=1) - 1, 0)",
        "The word is the first whose cumulative probability exceeds the number. How many words come before "
        "it, and what is its index then?",
    ),
    Mistake(
        "words counted from the other end",
        "sample_words",
        "cumulative <= thresholds",
        "cumulative > thresholds",
        "You count the words behind the threshold. How many are passed before it is reached?",
    ),
    Mistake(
        "logits for probabilities",
        "sample_words",
        "np.exp(log_softmax(logits))",
        "log_softmax(logits)",
        "What is added up must be probabilities: positive, and one in all.",
    ),
    Mistake(
        "exponential overflows",
        "sample_words",
        "np.exp(log_softmax(logits))",
        "np.exp(logits)",
        "Dividing by the sum afterwards makes probabilities of exponentials, as long as these are finite. "
        "Large logits need the shift before.",
    ),
    Mistake(
        "all words equally likely",
        "sample_words",
        "np.exp(log_softmax(logits))",
        "np.ones_like(logits)",
        "The logits do not matter for your draw, and a word at minus infinity can be drawn.",
    ),
    Mistake(
        "another generator",
        "sample_words",
        "rng.random(len(logits))",
        "np.random.default_rng(0).random(len(logits))",
        "A generator that starts afresh at every call draws the same numbers every time. Draw from the one "
        "that is given.",
    ),
    Mistake(
        "global random numbers",
        "sample_words",
        "rng.random(len(logits))",
        "np.random.random(len(logits))",
        "Random numbers of the module belong to everybody, and nobody can repeat your result. Draw from the "
        "generator that is given.",
        kind=Kind.NOT_REPEATABLE,
    ),
]

BEAM_SEARCH = [
    Mistake(
        "not normalised by length",
        "beam_search",
        "(totals[:, :, None] + next_log_probs) / divisors",
        "totals[:, :, None] + next_log_probs",
        "Every further word makes a caption less likely, so short captions win. The score weighs this "
        "against the length.",
    ),
    Mistake(
        "goes on behind <END>",
        "beam_search",
        "        next_log_probs[finished] = -np.inf\n        next_log_probs[finished, model.null] = 0\n",
        "",
        "A caption that has ended has one way to go on: as it is, and at no cost. Yours get further words.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "finished captions grow longer",
        "beam_search",
        "lengths + ~finished",
        "lengths + 1",
        "Padding after <END> is not a word. As you count, a finished caption gets better at every step, "
        "without anything being added to it.",
    ),
    Mistake(
        "the length before the step",
        "beam_search",
        "next_lengths = lengths + ~finished",
        "next_lengths = np.maximum(lengths, 1)",
        "A candidate is one word longer than the beam that it goes on from; the length in its score is its "
        "own.",
    ),
    Mistake(
        "all beams alike",
        "beam_search",
        "    totals = np.full((N, K), -np.inf, dtype=logits.dtype)\n"
        "    totals[:, 0] = prefix_log_probs.sum(axis=1)\n",
        "    totals = np.repeat(prefix_log_probs.sum(axis=1)[:, None], K, axis=1)\n",
        "At first all K beams of an image are the same, and the best word of the first is the best word of "
        "all: K times one caption. How can they begin to differ?",
    ),
    Mistake(
        "state does not follow its beam",
        "beam_search",
        "        state = _select(state, (np.arange(N)[:, None] * K + parents).ravel())\n",
        "",
        "A beam goes on from another, and takes over its words; the hidden state stays behind. What the "
        "network reads next does not belong to what it remembers.",
    ),
    Mistake(
        "state of another image",
        "beam_search",
        "(np.arange(N)[:, None] * K + parents).ravel()",
        "parents.ravel()",
        "The rows of all images stand below each other. Counted within one image, the rows of all others "
        "point to the first image's.",
    ),
    Mistake(
        "words do not follow their beam",
        "beam_search",
        "np.concatenate([words[rows], chosen",
        "np.concatenate([words, chosen",
        "A word is put behind whatever stood in that row before. The beam it was chosen for stands in "
        "another row.",
    ),
    Mistake(
        "log-probabilities do not follow their beam",
        "beam_search",
        "np.concatenate([log_probs[rows], next",
        "np.concatenate([log_probs, next",
        "The words of a beam move with it and their log-probabilities stay: they belong to another caption.",
    ),
    Mistake(
        "finished does not follow its beam",
        "beam_search",
        "finished = finished[rows] | ",
        "finished = finished | ",
        "Whether a caption has ended belongs to the caption. When beams change places, yours leave this "
        "behind.",
    ),
    Mistake(
        "scores divided again at every step",
        "beam_search",
        "totals = totals[rows] + next_log_probs[(*rows, chosen)]",
        "totals = scores",
        "The division by the length is for comparing. The sum that goes on to the next step is the undivided "
        "one.",
    ),
    Mistake(
        "stops with the first <END>",
        "beam_search",
        "not finished.all()",
        "not finished.any()",
        "The first caption that ends need not be the best one. The search goes on as long as some beam can "
        "still grow.",
    ),
    Mistake(
        "lengths do not follow their beam",
        "beam_search",
        "lengths = next_lengths[rows]",
        "lengths = next_lengths",
        "The length belongs to the caption. When beams change places, yours leave it behind.",
    ),
    Mistake(
        "scores in float64",
        "beam_search",
        "np.full((N, K), -np.inf, dtype=logits.dtype)",
        "np.full((N, K), -np.inf)",
        "The model computes in float32, and your scores are twice as wide. An array that you make has a "
        "type, too, and the wider one wins in every sum.",
        kind=Kind.DTYPE,
    ),
]

WRITTEN_OTHERWISE = [
    Mistake(
        "all along the batch",
        "log_softmax",
        "logits - logits.max(axis=1, keepdims=True)\n    log_probs = shifted - "
        "np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "logits - logits.max(axis=0, keepdims=True)\n    log_probs = shifted - "
        "np.log(np.exp(shifted).sum(axis=0, keepdims=True))",
        "The probabilities of a row add up to one. Yours do so along the batch: which axis are the words "
        "along?",
    ),
    Mistake(
        "<END> does not end",
        "beam_search",
        "finished = finished[rows] | (chosen == model.end)",
        "finished = finished[rows]",
        "A beam that says <END> is finished. Yours goes on saying words.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "scores kept in place of log-probabilities",
        "beam_search",
        "steps.append((parents, chosen, totals))",
        "steps.append((parents, chosen, scores))",
        "The steps hold the log-probabilities so far. Yours hold the scores, which are divided by the "
        "length already.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "the past divided at every step",
        "beam_search",
        "totals = totals[rows] + next_log_probs[(*rows, chosen)]",
        "totals = scores",
        "What is carried on is the sum of the log-probabilities. Yours is divided by the length already, and "
        "at the next step its beginning is divided once more.",
        kind=Kind.NOT_CARRIED,
    ),
    Mistake(
        "states sorted after the step",
        "beam_search",
        "        state = _select(state, (np.arange(N)[:, None] * K + parents).ravel())\n"
        "        logits, state = model.step(chosen.ravel(), state)\n",
        "        logits, state = model.step(chosen.ravel(), state)\n"
        "        state = _select(state, (np.arange(N)[:, None] * K + parents).ravel())\n",
        "A word goes on from its parent's state. Yours is read beside the state that stood in its row.",
    ),
    Mistake(
        "logits for log-probabilities",
        "beam_search",
        "log_softmax(logits).reshape(N, K, V)",
        "logits.reshape(N, K, V).copy()",
        "Logits of different beams cannot be compared, nor added up: they become log-probabilities first.",
    ),
    Mistake(
        "probabilities added up",
        "beam_search",
        "log_softmax(logits).reshape(N, K, V)",
        "np.exp(log_softmax(logits)).reshape(N, K, V)",
        "Probabilities of words that follow each other are multiplied; it is their logarithms that add up.",
    ),
    Mistake(
        "the last word's log-probability alone",
        "beam_search",
        "(totals[:, :, None] + next_log_probs) / divisors",
        "(totals[:, :, None] * 0 + next_log_probs) / divisors",
        "A caption is as likely as all of its words together. Yours is ranked by its last word alone.",
    ),
    Mistake(
        "logarithm forgotten",
        "log_softmax",
        "np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
        "np.exp(shifted).sum(axis=1, keepdims=True)",
        "What is taken off is the logarithm of the sum. Yours takes off the sum.",
    ),
]

MISTAKES = [
    *LOG_SOFTMAX,
    *TOP_K_FILTER,
    *TOP_P_FILTER,
    *SAMPLE_WORDS,
    *BEAM_SEARCH,
    *WRITTEN_OTHERWISE,
]
