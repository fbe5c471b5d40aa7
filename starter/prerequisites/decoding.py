"""Decoding: from the probabilities of the next word to a whole caption.

Every decoder works on a batch of images, with any model that has ``start``, ``step`` and
``explain_step`` (see ``captioner``). A caption ends with ``<END>``; behind it stands ``<NULL>``.
"""

import numpy as np
from captioning import layers
from typing import NamedTuple


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
            logits = layers.top_k_filter(logits, top_k)
        if top_p is not None:
            logits = layers.top_p_filter(logits, top_p)
        return layers.sample_words(logits, rng)

    return _decode(model, features, choose, max_length, prefix, trace)


def _decode(model, features, choose, max_length, prefix, trace):
    """Say word after word, each chosen by ``choose(logits) -> words``."""
    N = len(features)
    logits, state, finished, words, log_probs = _read_prefix(model, features, prefix)
    while words.shape[1] < max_length and not finished.all():
        chosen = np.where(finished, model.null, choose(logits))
        chosen_log_probs = np.where(finished, 0, layers.log_softmax(logits)[np.arange(N), chosen])
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
        log_probs[:, t] = np.where(finished, 0, layers.log_softmax(logits)[np.arange(N), words])
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
        log_probs.append(layers.log_softmax(logits))
        read = said
    return Trace(
        np.stack(hidden_states, axis=1),
        np.stack(log_probs, axis=1),
        {name: np.stack([step[name] for step in inside], axis=1) for name in inside[0]},
    )
