"""Words as numbers: tokens, a vocabulary, captions as rows of indices, and vectors of words."""

import numpy as np


NULL, START, END, UNKNOWN = "<NULL>", "<START>", "<END>", "<UNK>"


SPECIAL_WORDS = (NULL, START, END, UNKNOWN)


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
