"""Tokens, vocabularies, captions as rows of numbers, and word vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.words import (
    SPECIAL_WORDS,
    build_vocabulary,
    decode_captions,
    encode_captions,
    load_word_vectors,
    tokenize,
    word_embedding_backward,
    word_embedding_forward,
)

CAPTIONS = [["tree", "a", "the"], ["a", "boat", "a", "tree"], ["red", "boat"]]
captions_of_words = st.lists(
    st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=6), min_size=1, max_size=5
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A small red boat.", ["a", "small", "red", "boat"]),
        ("two-year-old's 3 DOGS!\n", ["two", "year", "old", "s", "3", "dogs"]),
        ("", []),
        ("... --- !!", []),
        ("Ein Mädchen läuft über die Straße.", ["ein", "mädchen", "läuft", "über", "die", "straße"]),
        ("Une fille a\u0300 ve\u0301lo", ["une", "fille", "à", "vélo"]),
        ("«Собака» бежит; σκύλος τρέχει", ["собака", "бежит", "σκύλος", "τρέχει"]),
        ("कुत्ता दौड़ता है।", ["कुत्ता", "दौड़ता", "है"]),
        ("كلب يجري، على العشب", ["كلب", "يجري", "على", "العشب"]),
        ("一只狗。两只猫", ["一只狗", "两只猫"]),
        ("left_hand 🐕 dog", ["left", "hand", "dog"]),
    ],
)
def test_tokenize(text, expected):
    assert tokenize(text) == expected


def test_a_vocabulary_runs_from_frequent_to_rare_then_by_the_alphabet():
    idx_to_word, word_to_idx = build_vocabulary(CAPTIONS)
    assert idx_to_word == [*SPECIAL_WORDS, "a", "boat", "tree", "red", "the"]
    assert [word_to_idx[word] for word in idx_to_word] == list(range(len(idx_to_word)))


def test_rare_words_are_left_out():
    assert build_vocabulary(CAPTIONS, min_count=2)[0] == [*SPECIAL_WORDS, "a", "boat", "tree"]
    assert build_vocabulary(CAPTIONS, max_words=5)[0] == [*SPECIAL_WORDS, "a"]


def test_captions_become_rows():
    _, word_to_idx = build_vocabulary(CAPTIONS, min_count=2)
    encoded = encode_captions([["a", "red", "boat"], ["tree"], ["a"] * 9], word_to_idx, max_length=4)
    np.testing.assert_array_equal(encoded, [[1, 4, 3, 5, 2, 0], [1, 6, 2, 0, 0, 0], [1, 4, 4, 4, 4, 2]])
    assert encoded.dtype == np.int32


@pytest.mark.slow
@settings(deadline=None)
@given(captions_of_words)
def test_decoding_undoes_encoding(captions):
    idx_to_word, word_to_idx = build_vocabulary(captions)
    encoded = encode_captions(captions, word_to_idx, max_length=6)
    assert decode_captions(encoded, idx_to_word) == [" ".join(caption) for caption in captions]


def test_decoding_stops_at_the_first_end():
    idx_to_word, _ = build_vocabulary(CAPTIONS)
    assert decode_captions(np.array([[1, 4, 5, 2, 4, 2], [2, 4, 0, 0, 0, 0]]), idx_to_word) == ["a boat", ""]


def test_an_empty_caption_is_refused_by_number():
    _, word_to_idx = build_vocabulary(CAPTIONS)
    with pytest.raises(ValueError, match="caption 1 is empty"):
        encode_captions([["a"], []], word_to_idx, max_length=4)


def test_a_word_that_occurs_three_times_gets_three_gradients():
    W = np.zeros((5, 2))
    _, cache = word_embedding_forward(np.array([[1, 1, 3], [1, 0, 0]]), W)
    dW = word_embedding_backward(np.ones((2, 3, 2)), cache)
    np.testing.assert_array_equal(dW, [[2, 2], [3, 3], [0, 0], [1, 1], [0, 0]])


@pytest.mark.parametrize("word", [-1, 5])
def test_a_word_outside_the_vocabulary_is_refused(word):
    with pytest.raises(ValueError, match=rf"x holds .*{word}.*; the vocabulary has 0 to 4"):
        word_embedding_forward(np.array([[1, word]]), np.zeros((5, 2)))


GLOVE = "boat 1 2 3\nelephant 9 9 9\na -0.5 0 1e-3\n"


@pytest.mark.parametrize("text", [GLOVE, "3 3\n" + GLOVE.replace("\n", " \n")], ids=["glove", "word2vec"])
def test_word_vectors_are_read(tmp_path, text):
    path = tmp_path / "vectors.txt"
    path.write_text(text)
    idx_to_word, word_to_idx = build_vocabulary(CAPTIONS)
    W = np.random.default_rng(0).standard_normal((len(idx_to_word), 3)).astype(np.float32)
    before = W.copy()
    loaded, n_found = load_word_vectors(path, word_to_idx, W)
    np.testing.assert_array_equal(W, before)
    assert n_found == 2
    assert loaded.dtype == np.float32
    expected = before.copy()
    expected[word_to_idx["boat"]] = [1, 2, 3]
    expected[word_to_idx["a"]] = np.array([-0.5, 0, 1e-3], dtype=np.float32)
    np.testing.assert_array_equal(loaded, expected)


@pytest.mark.parametrize("line", ["boat 1 2", "boat 1 2 3 4", "boat"])
def test_word_vectors_of_another_size_are_refused_by_line(tmp_path, line):
    path = tmp_path / "vectors.txt"
    path.write_text(f"a 1 2 3\n{line}\n")
    _, word_to_idx = build_vocabulary(CAPTIONS)
    with pytest.raises(ValueError, match=r"vectors.txt, line 2: 'boat' has \d numbers, expected 3"):
        load_word_vectors(path, word_to_idx, np.zeros((9, 3)))


def test_what_glove_calls_a_word_may_have_a_space_in_it(tmp_path):
    # As in glove.840B.300d.txt, where “at”, “to”, “in” and others begin such lines.
    path = tmp_path / "vectors.txt"
    path.write_text("boat 1 2 3\nboat name@domain.com 7 8 9\nboat . . 7 8 9\n. . 4 5 6\n")
    _, word_to_idx = build_vocabulary(CAPTIONS)
    loaded, n_found = load_word_vectors(path, word_to_idx, np.zeros((9, 3)))
    assert n_found == 1
    np.testing.assert_array_equal(loaded[word_to_idx["boat"]], [1, 2, 3])


@pytest.mark.parametrize("number", ["nan", "inf", "1e999"])
def test_word_vectors_that_are_not_finite_are_refused_by_line(tmp_path, number):
    path = tmp_path / "vectors.txt"
    path.write_text(f"a 1 2 3\nboat 1 {number} 3\n")
    _, word_to_idx = build_vocabulary(CAPTIONS)
    with pytest.raises(ValueError, match=r"vectors.txt, line 2: the vector of 'boat' holds NaN or infinity"):
        load_word_vectors(path, word_to_idx, np.zeros((9, 3)))


def test_word_vectors_that_are_no_numbers_are_refused_by_line(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1 2 3\nboat 1 two 3\n")
    _, word_to_idx = build_vocabulary(CAPTIONS)
    with pytest.raises(ValueError, match=r"vectors.txt, line 2: .*two"):
        load_word_vectors(path, word_to_idx, np.zeros((9, 3)))


def test_a_byte_order_mark_belongs_to_no_word_and_lines_end_at_line_feeds_alone(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_bytes("\ufeffa 1 2 3\r\nx\u2028y 7 7 7\nx\u0085boat 7 7 7\nboat 4 5 6".encode())
    _, word_to_idx = build_vocabulary(CAPTIONS)
    loaded, n_found = load_word_vectors(path, word_to_idx, np.zeros((9, 3)))
    assert n_found == 2
    np.testing.assert_array_equal(loaded[word_to_idx["a"]], [1, 2, 3])
    np.testing.assert_array_equal(loaded[word_to_idx["boat"]], [4, 5, 6])


def test_lines_that_are_not_utf_8_are_passed_over_and_counted(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_bytes(b"caf\xe9 7 7 7\na 1 2 3\nboat\xff 7 7 7\nboat 4 5 6\n")
    _, word_to_idx = build_vocabulary(CAPTIONS)
    passed_over = []
    assert load_word_vectors(path, word_to_idx, np.zeros((9, 3)), passed_over)[1] == 2
    assert passed_over == [1, 3]
