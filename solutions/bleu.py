"""BLEU: how near captions are to what people wrote, by the runs of words that they share."""

from collections import Counter

import numpy as np


def ngram_counts(words, n):
    """Count the runs of ``n`` words.

    Args:
        words: a list of words.
        n: at least 1.

    Returns:
        A ``Counter`` from tuples of ``n`` words to how often they occur; empty where there are fewer words.
    """
    ### BEGIN SOLUTION
    counts = Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
    ### END SOLUTION
    return counts


def bleu(candidates, references, max_n=4):
    """Compare captions with human ones by the runs of words that they share.

    The geometric mean, over n, of the share of runs of ``n`` words that occur in a reference too (each at
    most as often as in the reference that has it most often), times ``exp(1 - r / c)`` where all candidates
    together (``c`` words) are shorter than their references (``r``, for each the one nearest in length).

    Source: K. Papineni et al., “BLEU: a Method for Automatic Evaluation of Machine Translation”, 2002.

    Args:
        candidates: ``K`` captions, each a list of words.
        references: for each of them a list of captions.
        max_n: the longest runs to count.

    Returns:
        A number in [0, 1]; 0 where no run of some length is shared.

    Raises:
        TypeError: a caption is a string, or references are not nested: ``[["a", "cat"]]`` is one reference.
        ValueError: a candidate has no references.
    """
    _require_lists_of_words(candidates, references)
    ### BEGIN SOLUTION
    shared, all_runs = np.zeros(max_n), np.zeros(max_n)
    candidate_length = reference_length = 0
    for candidate, others in zip(candidates, references, strict=True):
        lengths = [len(other) for other in others]
        candidate_length += len(candidate)
        # Of two that are equally near the shorter.
        reference_length += min(lengths, key=lambda length: (abs(length - len(candidate)), length))
        for n in range(1, max_n + 1):
            counts = ngram_counts(candidate, n)
            most: Counter = Counter()
            for other in others:
                most |= ngram_counts(other, n)
            shared[n - 1] += (counts & most).total()
            all_runs[n - 1] += counts.total()
    if not shared.all():
        return 0.0
    brevity = min(0.0, 1 - reference_length / candidate_length)
    score = float(np.exp(np.log(shared / all_runs).mean() + brevity))
    ### END SOLUTION
    return score


def _require_lists_of_words(candidates, references):
    """Tell a caption from a list of captions, and words from letters."""
    if len(candidates) != len(references):
        raise ValueError(f"bleu: {len(candidates)} candidates, but {len(references)} lists of references")
    for n, (candidate, others) in enumerate(zip(candidates, references, strict=True)):
        if isinstance(others, str) or not len(others):
            raise ValueError(f"bleu: references[{n}] is {others!r}, expected a list of captions")
        for name, caption in [("candidates", candidate), *(("references", one) for one in others)]:
            if isinstance(caption, str) or not all(isinstance(word, str) for word in caption):
                raise TypeError(
                    f"bleu: {name}[{n}] has the caption {caption!r}, expected a list of words such as "
                    "['a', 'boat']; references[n] is a list of captions"
                )
