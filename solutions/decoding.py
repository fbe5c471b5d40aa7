"""Decoding: from the probabilities of the next word to a whole caption.

Every decoder works on a batch of images, with any model that has ``start``, ``step`` and
``explain_step`` (see ``captioner``). A caption ends with ``<END>``; behind it stands ``<NULL>``.
"""

from typing import NamedTuple

import numpy as np

from solutions.shapes import shapes


class Decoded(NamedTuple):
    """Captions and how likely the model finds them.

    Attributes:
        words: ``(N, L)`` integers, the prefix included; ``L`` is the length of the longest caption.
        log_probs: ``(N, L)``, the log-probability of each word given those before it, under the model
            itself (whatever temperature or filter chose the word); 0 for ``<NULL>``.
        trace: what happened at each step, when it was asked for, else None.
    """

    words: np.ndarray
    log_probs: np.ndarray
    trace: "Trace | None"


class Trace(NamedTuple):
    """What happened inside the model while it said a caption.

    Attributes:
        hidden_states: ``(N, L, H)``, after reading the word before.
        log_probs: ``(N, L, V)``, of every word that could have been said.
        inside: what ``explain_step`` tells, stacked over time: ``gates`` ``(N, L, G * H)`` for cells with
            gates, ``attention`` ``(N, L, R, C)`` for models with attention.
    """

    hidden_states: np.ndarray
    log_probs: np.ndarray
    inside: dict[str, np.ndarray]


class Beams(NamedTuple):
    """Every caption that a beam search ended with, and how it came to them.

    Attributes:
        words: ``(N, K, L)`` integers, the best caption first.
        scores: ``(N, K)``, length-normalised log-probabilities, falling.
        steps: for each step, which beam each of the ``K`` kept beams goes on from, the word that it
            adds, and its log-probability so far: arrays ``(N, K)``.
    """

    words: np.ndarray
    scores: np.ndarray
    steps: list[tuple[np.ndarray, np.ndarray, np.ndarray]]


@shapes(logits="N V")
def log_softmax(logits):
    """Turn logits ``(N, V)`` into log-probabilities ``(N, V)``; a logit of minus infinity stays so."""
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    ### END SOLUTION
    return log_probs


@shapes(logits="N V")
def top_k_filter(logits, k):
    """Keep the ``k`` largest logits of each row; the others become minus infinity.

    Source: A. Fan et al., “Hierarchical Neural Story Generation”, 2018, section 5.

    Args:
        logits: ``(N, V)``.
        k: how many words may be said, at least 1; among equal logits the earlier words are kept.

    Returns:
        filtered: ``(N, V)``.

    Raises:
        ValueError: ``k`` is less than 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}, expected at least 1")
    filtered = np.full_like(logits, -np.inf)
    ### BEGIN SOLUTION
    kept = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    np.put_along_axis(filtered, kept, np.take_along_axis(logits, kept, axis=1), axis=1)
    ### END SOLUTION
    return filtered


@shapes(logits="N V")
def top_p_filter(logits, p):
    """Keep the fewest likeliest words whose probabilities reach ``p``; the others become minus infinity.

    Source: A. Holtzman et al., “The Curious Case of Neural Text Degeneration”, 2020, section 3.1.

    Args:
        logits: ``(N, V)``.
        p: the probability to reach, in (0, 1]; the likeliest word is always kept.

    Returns:
        filtered: ``(N, V)``.

    Raises:
        ValueError: ``p`` is not in (0, 1].
    """
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}, expected 0 < p <= 1")
    filtered = np.full_like(logits, -np.inf)
    ### BEGIN SOLUTION
    order = np.argsort(-logits, axis=1, kind="stable")
    sorted_logits = np.take_along_axis(logits, order, axis=1)
    probs = np.exp(log_softmax(sorted_logits))
    # A word is kept if those before it have not reached p: the word that crosses p is in.
    reached_before = np.cumsum(probs, axis=1) - probs
    kept = np.where(reached_before < p, sorted_logits, -np.inf)
    np.put_along_axis(filtered, order, kept, axis=1)
    ### END SOLUTION
    return filtered


def sample_words(logits, rng):
    """Draw a word for each row from the softmax of its logits.

    Args:
        logits: ``(N, V)``; words at minus infinity are never drawn.
        rng: a ``numpy.random.Generator``; one ``rng.random(N)`` is drawn.

    Returns:
        words: ``(N,)``: the first whose cumulative probability exceeds the random number.
    """
    ### BEGIN SOLUTION
    cumulative = np.cumsum(np.exp(log_softmax(logits)), axis=1, dtype=np.float64)
    thresholds = rng.random(len(logits)) * cumulative[:, -1]
    words = (cumulative <= thresholds[:, None]).sum(axis=1)
    ### END SOLUTION
    return words


def greedy_decode(model, features, max_length=30, prefix=None, trace=False):
    """Always say the likeliest word.

    Args:
        model: a captioner.
        features: image features, a row per image.
        max_length: words to say at most, the prefix included.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step.

    Returns:
        A ``Decoded``.
    """
    return _decode(model, features, lambda logits: logits.argmax(axis=1), max_length, prefix, trace)


def sample_decode(
    model, features, rng, max_length=30, temperature=1.0, top_k=None, top_p=None, prefix=None, trace=False
):
    """Draw each word at random, as likely as the model finds it.

    Args:
        model: a captioner.
        features: image features, a row per image.
        rng: a ``numpy.random.Generator``.
        max_length: words to say at most, the prefix included.
        temperature: the logits are divided by it: below 1 likely words grow likelier, above 1 all words
            come closer.
        top_k: draw among the ``k`` likeliest words only; None for all.
        top_p: draw among the fewest words whose probabilities reach ``p``; None for all.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step.

    Returns:
        A ``Decoded``.

    Raises:
        ValueError: ``temperature`` is not positive, ``top_k`` less than 1 or ``top_p`` not in (0, 1].
    """
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, expected a positive number")

    def choose(logits):
        logits = logits / temperature
        if top_k is not None:
            logits = top_k_filter(logits, top_k)
        if top_p is not None:
            logits = top_p_filter(logits, top_p)
        return sample_words(logits, rng)

    return _decode(model, features, choose, max_length, prefix, trace)


def _decode(model, features, choose, max_length, prefix, trace):
    """Say word after word, each chosen by ``choose(logits) -> words``."""
    N = len(features)
    logits, state, finished, words, log_probs = _read_prefix(model, features, prefix)
    while words.shape[1] < max_length and not finished.all():
        chosen = np.where(finished, model.null, choose(logits))
        chosen_log_probs = np.where(finished, 0, log_softmax(logits)[np.arange(N), chosen])
        words = np.column_stack([words, chosen])
        log_probs = np.column_stack([log_probs, chosen_log_probs])
        finished = finished | (chosen == model.end)
        logits, state = model.step(chosen, state)
    return Decoded(words, log_probs, replay(model, features, words) if trace else None)


def _read_prefix(model, features, prefix):
    """Let the model read the words that each caption begins with."""
    N = len(features)
    prefix = np.empty((N, 0), dtype=np.int64) if prefix is None else np.asarray(prefix)
    logits, state = model.step(np.full(N, model.start_word), model.start(features))
    finished = np.zeros(N, dtype=bool)
    log_probs = np.zeros(prefix.shape, dtype=logits.dtype)
    for t, words in enumerate(prefix.T):
        log_probs[:, t] = np.where(finished, 0, log_softmax(logits)[np.arange(N), words])
        finished |= words == model.end
        logits, state = model.step(words, state)
    return logits, state, finished, prefix, log_probs


def replay(model, features, words):
    """Let the model read given captions, and return what happened inside.

    Args:
        model: a captioner.
        features: image features, a row per image.
        words: captions ``(N, L)``, without ``<START>``.

    Returns:
        A ``Trace``; step ``t`` is the one that says ``words[:, t]``.
    """
    state = model.start(features)
    read = np.full(len(features), model.start_word)
    hidden_states, log_probs, inside = [], [], []
    for said in words.T:
        inside.append(model.explain_step(read, state))
        logits, state = model.step(read, state)
        hidden_states.append(state[0])
        log_probs.append(log_softmax(logits))
        read = said
    return Trace(
        np.stack(hidden_states, axis=1),
        np.stack(log_probs, axis=1),
        {name: np.stack([step[name] for step in inside], axis=1) for name in inside[0]},
    )


def beam_search(model, features, beam_width=5, length_penalty=1.0, max_length=30, prefix=None, trace=False):
    """Follow the ``beam_width`` best beginnings at once.

    A caption's score is ``log-probability / length ** length_penalty``, ``<END>`` counted: without the
    division every further word makes a caption worse, and short ones win. With a beam width of 1 it
    is greedy decoding.

    Source: Y. Wu et al., “Google's Neural Machine Translation System”, 2016, section 7 (with the
    simpler penalty of OpenNMT).

    Args:
        model: a captioner.
        features: image features, a row per image.
        beam_width: ``K``, at least 1.
        length_penalty: 0 ranks by log-probability alone, 1 by the mean per word.
        max_length: words to say at most, the prefix included.
        prefix: ``(N, P)`` words that each caption begins with, or None.
        trace: whether to return what happened at each step of the best captions.

    Returns:
        decoded: the best caption of each image, a ``Decoded``.
        beams: all of them, a ``Beams``.

    Raises:
        ValueError: ``beam_width`` is less than 1.
    """
    if beam_width < 1:
        raise ValueError(f"beam_width is {beam_width}, expected at least 1")
    N, K = len(features), beam_width
    logits, state, finished, prefix, prefix_log_probs = _read_prefix(model, features, prefix)
    V = logits.shape[1]
    ### BEGIN SOLUTION
    # The beams of an image stand in K rows. All begin alike, so only the first may be extended at first.
    logits, state = np.repeat(logits, K, axis=0), _select(state, np.repeat(np.arange(N), K))
    finished = np.repeat(finished, K).reshape(N, K)
    totals = np.full((N, K), -np.inf, dtype=logits.dtype)
    totals[:, 0] = prefix_log_probs.sum(axis=1)
    words = np.repeat(prefix[:, None], K, axis=1)
    log_probs = np.repeat(prefix_log_probs[:, None], K, axis=1)
    lengths = np.repeat((prefix != model.null).sum(axis=1)[:, None], K, axis=1)
    scores = totals
    steps = []
    while words.shape[2] < max_length and not finished.all():
        next_log_probs = log_softmax(logits).reshape(N, K, V)
        # A finished caption has one way to go on: as it is.
        next_log_probs[finished] = -np.inf
        next_log_probs[finished, model.null] = 0
        next_lengths = lengths + ~finished
        divisors = (next_lengths[:, :, None] ** length_penalty).astype(logits.dtype)
        candidates = (totals[:, :, None] + next_log_probs) / divisors
        best = np.argsort(-candidates.reshape(N, K * V), axis=1, kind="stable")[:, :K]
        parents, chosen = np.divmod(best, V)

        rows = np.arange(N)[:, None], parents
        scores = np.take_along_axis(candidates.reshape(N, K * V), best, axis=1)
        totals = totals[rows] + next_log_probs[(*rows, chosen)]
        lengths = next_lengths[rows]
        finished = finished[rows] | (chosen == model.end)
        words = np.concatenate([words[rows], chosen[:, :, None]], axis=2)
        log_probs = np.concatenate([log_probs[rows], next_log_probs[(*rows, chosen)][:, :, None]], axis=2)
        steps.append((parents, chosen, totals))
        state = _select(state, (np.arange(N)[:, None] * K + parents).ravel())
        logits, state = model.step(chosen.ravel(), state)
    ### END SOLUTION
    longest = max(prefix.shape[1], lengths[:, 0].max())  # other beams may be longer than the best
    best_words = words[:, 0, :longest]
    best_log_probs = log_probs[:, 0, :longest]
    decoded = Decoded(best_words, best_log_probs, replay(model, features, best_words) if trace else None)
    return decoded, Beams(words, scores, steps)


def _select(state, rows):
    """Take rows of every array of a state."""
    return tuple(array[rows] for array in state)
