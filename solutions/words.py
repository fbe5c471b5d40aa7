"""Words as numbers: tokens, a vocabulary, captions as rows of indices, and vectors of words."""

import unicodedata
from collections import Counter

import numpy as np

from solutions.shapes import require_shape, shapes

NULL, START, END, UNKNOWN = "<NULL>", "<START>", "<END>", "<UNK>"
SPECIAL_WORDS = (NULL, START, END, UNKNOWN)


def tokenize(text):
    """Split a sentence into lower-case words of letters and digits: what is between them is dropped.

    Letters are those of any script, with their marks: “Mädchen” and “vélo” are whole words, however their
    accents are stored. Where a script has no spaces between words, what stands together is one word.

    Args:
        text: a string.

    Returns:
        A list of strings.
    """
    ### BEGIN SOLUTION
    signs = unicodedata.normalize("NFC", text.lower())
    # The Unicode categories of letters, marks and numbers begin with L, M and N.
    kept = [sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in signs]
    words = "".join(kept).split()
    ### END SOLUTION
    return words


def build_vocabulary(captions, min_count=1, max_words=None):
    """Number the words of a set of captions.

    Args:
        captions: lists of words.
        min_count: words that occur less often are left out.
        max_words: at most so many words, the special ones included.

    Returns:
        idx_to_word: the special words ``<NULL>``, ``<START>``, ``<END>``, ``<UNK>``, then the words from
            the most to the least frequent, equally frequent ones in alphabetical order.
        word_to_idx: the inverse, a dictionary.
    """
    ### BEGIN SOLUTION
    counts = Counter(word for caption in captions for word in caption)
    frequent = sorted((word for word in counts if counts[word] >= min_count), key=lambda w: (-counts[w], w))
    idx_to_word = [*SPECIAL_WORDS, *frequent][:max_words]
    word_to_idx = {word: idx for idx, word in enumerate(idx_to_word)}
    ### END SOLUTION
    return idx_to_word, word_to_idx


def encode_captions(captions, word_to_idx, max_length):
    """Turn captions into rows of indices: ``<START> words... <END> <NULL> <NULL>...``.

    Args:
        captions: ``N`` lists of words.
        word_to_idx: from ``build_vocabulary``.
        max_length: words a caption may have; longer ones are cut.

    Returns:
        ``(N, max_length + 2)`` int32; a word that is not in the vocabulary is ``<UNK>``.

    Raises:
        ValueError: a caption has no words.
    """
    for n, caption in enumerate(captions):
        if not caption:
            raise ValueError(f"caption {n} is empty: a caption needs at least one word")
    encoded = np.full((len(captions), max_length + 2), word_to_idx[NULL], dtype=np.int32)
    ### BEGIN SOLUTION
    for row, caption in zip(encoded, captions, strict=True):
        words = [START, *caption[:max_length], END]
        row[: len(words)] = [word_to_idx.get(word, word_to_idx[UNKNOWN]) for word in words]
    ### END SOLUTION
    return encoded


def decode_captions(captions, idx_to_word):
    """Turn rows of indices back into sentences.

    Args:
        captions: ``(N, T)`` integers.
        idx_to_word: from ``build_vocabulary``.

    Returns:
        ``N`` strings: the words up to the first ``<END>``, without ``<START>`` and ``<NULL>``.
    """
    sentences = []
    ### BEGIN SOLUTION
    for row in captions:
        words = []
        for idx in row:
            word = idx_to_word[idx]
            if word == END:
                break
            if word not in {START, NULL}:
                words.append(word)
        sentences.append(" ".join(words))
    ### END SOLUTION
    return sentences


@shapes(x="int N T", W="V D")
def word_embedding_forward(x, W):
    """Look the vector of each word up.

    Args:
        x: words ``(N, T)``, integers in ``[0, V)``.
        W: a vector per word ``(V, D)``.

    Returns:
        out: ``(N, T, D)``, ``out[n, t] = W[x[n, t]]``.
        cache: what ``word_embedding_backward`` needs.

    Raises:
        ValueError: a word is not in ``[0, V)``.
    """
    if x.size and (x.min() < 0 or x.max() >= len(W)):
        raise ValueError(
            f"word_embedding_forward: x holds {x.min()} to {x.max()}; the vocabulary has 0 to {len(W) - 1}"
        )
    ### BEGIN SOLUTION
    out = W[x]
    ### END SOLUTION
    return out, (x, W)


def word_embedding_backward(dout, cache):
    """Add the upstream gradients up for each word: one that occurs three times gets three.

    Args:
        dout: upstream gradient ``(N, T, D)``.
        cache: from ``word_embedding_forward``.

    Returns:
        dW: ``(V, D)``. (Words are integers and have no gradient.)
    """
    x, W = cache
    require_shape("dout", dout, (*x.shape, W.shape[1]))
    ### BEGIN SOLUTION
    dW = np.zeros(W.shape, dtype=dout.dtype)
    np.add.at(dW, x, dout)
    ### END SOLUTION
    return dW


def load_word_vectors(path, word_to_idx, W, passed_over=None):
    """Start an embedding from a text file of word vectors, GloVe's or word2vec's.

    Each line is a word and its numbers, separated by spaces; word2vec puts a line with the number of
    words and dimensions before them. What GloVe lists as one word although it has a space in it, and there
    are such in its largest files, is left out. So is a line that is not UTF-8.

    Args:
        path: the file.
        word_to_idx: the vocabulary.
        W: the embedding so far ``(V, D)``; words that the file does not hold keep their rows.
        passed_over: a list, which gets the numbers of the lines that are not UTF-8.

    Returns:
        W: a new array ``(V, D)``.
        n_found: how many words of the vocabulary the file holds.

    Raises:
        ValueError: a line has another number of dimensions than ``W``, or a number that is not finite.
    """
    W = W.copy()
    found = set()
    with open(path, "rb") as file:
        for number, content in enumerate(file, start=1):
            try:
                line = content.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                if passed_over is not None:
                    passed_over.append(number)
                continue
            word, *values = line.rstrip().split(" ")
            if number == 1 and len(values) == 1:
                continue
            if word not in word_to_idx:
                continue
            if len(values) > W.shape[1] and not _is_number(values[0]):
                continue  # “at name@domain.com” says nothing of “at”
            if len(values) != W.shape[1]:
                raise ValueError(
                    f"{path}, line {number}: {word!r} has {len(values)} numbers, expected {W.shape[1]}"
                )
            try:
                with np.errstate(over="ignore"):  # what becomes infinite is refused below
                    vector = np.array(values, dtype=W.dtype)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            if not np.isfinite(vector).all():
                raise ValueError(f"{path}, line {number}: the vector of {word!r} holds NaN or infinity")
            W[word_to_idx[word]] = vector
            found.add(word)
    return W, len(found)


def _is_number(text):
    """Tell whether a piece of text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
