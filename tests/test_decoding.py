"""Decoding: against enumeration of every caption, against itself, and against what it promises."""

import itertools
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from solutions.attention import AttentionCaptioner
from solutions.captioner import CaptioningRNN
from solutions.cells import CELLS
from solutions.decoding import (
    beam_search,
    greedy_decode,
    log_softmax,
    replay,
    sample_decode,
    sample_words,
    top_k_filter,
    top_p_filter,
)

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a"]
NULL, START, END = 0, 1, 2
V = len(WORDS)
FEATURE_SHAPES = {**dict.fromkeys(CELLS, (3,)), "attention": (3, 2, 2)}
MODELS = list(FEATURE_SHAPES)
assert_close = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)
every_model = pytest.mark.parametrize("kind", MODELS)


def make_model(kind, seed=0, n_words=V):
    """Return a captioner whose every word depends visibly on image and words before."""
    rng = np.random.default_rng(seed)
    word_to_idx = {word: n for n, word in enumerate([*WORDS, *map(str, range(V, n_words))])}
    sizes = {"input_dim": 3, "wordvec_dim": 4, "hidden_dim": 6, "dtype": np.float64, "rng": rng}
    if kind == "attention":
        model = AttentionCaptioner(word_to_idx, **sizes)
    else:
        model = CaptioningRNN(word_to_idx, cell_type=kind, **sizes)
    model.params = {name: 1.5 * rng.standard_normal(array.shape) for name, array in model.params.items()}
    return model


def make_features(kind, N, seed=1):
    return np.random.default_rng(seed).standard_normal((N, *FEATURE_SHAPES[kind]))


def log_probability_by_hand(model, features, caption):
    """Return the log-probability of one caption for one image, up to its first <END>."""
    state, read, total = model.start(features), START, 0.0
    for word in caption:
        logits, state = model.step(np.array([read]), state)
        probabilities = np.exp(logits[0] - logits[0].max())
        total += np.log(probabilities[word] / probabilities.sum())
        if word == END:
            break
        read = word
    return total


def decoders(model, features, **options):
    """Yield every way of decoding, by name."""
    yield "greedy", greedy_decode(model, features, **options)
    yield "sampling", sample_decode(model, features, np.random.default_rng(3), temperature=1.5, **options)
    yield "beam", beam_search(model, features, beam_width=3, **options)[0]


# Filters and single words.

logit_rows = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 7)), elements=st.floats(-9, 9)
)


@pytest.mark.slow
@settings(deadline=None)
@given(logit_rows)
def test_log_softmax_is_a_distribution(logits):
    log_probs = log_softmax(logits)
    assert_close(np.exp(log_probs).sum(axis=1), 1)
    assert_close(log_probs - log_probs[:, :1], logits - logits[:, :1])


def test_a_forbidden_word_stays_forbidden():
    np.testing.assert_array_equal(log_softmax(np.array([[0.0, -np.inf]])), [[0, -np.inf]])
    assert np.isfinite(log_softmax(np.array([[1000.0, -1000.0]]))).all()


@pytest.mark.slow
@settings(deadline=None)
@given(logit_rows, st.integers(1, 9))
def test_top_k_keeps_the_k_largest(logits, k):
    filtered = top_k_filter(logits, k)
    kept = np.isfinite(filtered)
    np.testing.assert_array_equal(filtered[kept], logits[kept])
    assert (kept.sum(axis=1) == min(k, logits.shape[1])).all()
    for row, row_kept in zip(logits, kept, strict=True):
        assert row[row_kept].min() >= row[~row_kept].max(initial=-np.inf)


@pytest.mark.slow
@settings(deadline=None)
@given(logit_rows, st.floats(0.01, 0.99))
def test_top_p_keeps_the_fewest_words_that_reach_p(logits, p):
    filtered = top_p_filter(logits, p)
    kept = np.isfinite(filtered)
    np.testing.assert_array_equal(filtered[kept], logits[kept])
    for row, row_kept in zip(logits, kept, strict=True):
        probs = np.exp(row) / np.exp(row).sum()
        assert row[row_kept].min() >= row[~row_kept].max(initial=-np.inf)
        assert probs[row_kept].sum() >= p - 1e-12
        assert probs[row_kept].sum() - probs[row_kept].min() < p + 1e-12


def test_filters_at_their_ends():
    logits = np.array([[1.0, 3.0, 3.0, 2.0]])
    likeliest = [[-np.inf, 3, -np.inf, -np.inf]]
    np.testing.assert_array_equal(top_k_filter(logits, 1), likeliest)
    np.testing.assert_array_equal(top_p_filter(logits, 1e-9), likeliest)
    np.testing.assert_array_equal(top_k_filter(logits, 9), logits)
    np.testing.assert_array_equal(top_p_filter(logits, 1.0), logits)


@pytest.mark.parametrize("k", [0, -1])
def test_top_k_of_none_is_refused(k):
    with pytest.raises(ValueError, match=f"k is {k}, expected at least 1"):
        top_k_filter(np.ones((1, 3)), k)


@pytest.mark.parametrize("p", [0, -0.5, 1.5, float("nan")])
def test_top_p_outside_0_to_1_is_refused(p):
    with pytest.raises(ValueError, match="expected 0 < p <= 1"):
        top_p_filter(np.ones((1, 3)), p)


class FixedNumbers:
    """A generator that draws what it is told."""

    def __init__(self, value):
        self.value = value

    def random(self, n):
        return np.full(n, self.value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("value", "word"), [(0.0, 1), (np.nextafter(1, 0), 3)])
def test_a_forbidden_word_is_not_drawn_even_at_the_ends(dtype, value, word):
    logits = np.array([[-np.inf, 1.0, 2.0, 0.5, -np.inf]], dtype=dtype)
    assert sample_words(logits, FixedNumbers(value)) == [word]


# n draws; the largest distance of the empirical from the true distribution function exceeds
# sqrt(log(2 / alpha) / (2 n)) with probability below alpha (Dvoretzky, Kiefer, Wolfowitz; Massart).
N_DRAWS, FALSE_ALARM = 20_000, 1e-10
DISTANCE = np.sqrt(np.log(2 / FALSE_ALARM) / (2 * N_DRAWS))  # 0.024


def distance(words, probabilities):
    """Return the largest distance between the empirical and the true distribution function."""
    shares = np.bincount(words, minlength=len(probabilities)) / len(words)
    return np.abs(np.cumsum(shares) - np.cumsum(probabilities)).max()


def first_words(model, **options):
    """Return the first words that are drawn for one image, again and again."""
    features = np.repeat(make_features("lstm", 1), N_DRAWS, axis=0)
    return sample_decode(model, features, np.random.default_rng(7), max_length=1, **options).words[:, 0]


def first_probabilities(model):
    logits, _ = model.step(np.array([START]), model.start(make_features("lstm", 1)))
    return np.exp(logits[0]) / np.exp(logits[0]).sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_words_are_drawn_as_likely_as_they_are(temperature):
    model = make_model("lstm", n_words=9)
    expected = first_probabilities(model) ** (1 / temperature)
    assert distance(first_words(model, temperature=temperature), expected / expected.sum()) < DISTANCE


def test_another_temperature_is_noticed():
    model = make_model("lstm", n_words=9)
    assert distance(first_words(model, temperature=1.2), first_probabilities(model)) > DISTANCE


@pytest.mark.parametrize("options", [{"top_k": 3}, {"top_p": 0.8}])
def test_filtered_words_share_the_probability_of_the_others(options):
    model = make_model("lstm", n_words=9)
    probabilities = first_probabilities(model)
    order = np.argsort(-probabilities)
    n_kept = options.get("top_k") or 1 + (np.cumsum(probabilities[order]) < options["top_p"]).sum()
    assert 1 < n_kept < 9
    expected = np.zeros(9)
    expected[order[:n_kept]] = probabilities[order[:n_kept]]
    words = first_words(model, **options)
    assert set(words) <= set(order[:n_kept])
    assert distance(words, expected / expected.sum()) < DISTANCE


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match="expected a positive number"):
        sample_decode(
            make_model("rnn"), make_features("rnn", 1), np.random.default_rng(0), temperature=temperature
        )


@every_model
def test_a_seed_decides_the_captions(kind):
    model, features = make_model(kind), make_features(kind, 5)
    one, same, other = (
        sample_decode(model, features, np.random.default_rng(s)).words.tolist() for s in (4, 4, 5)
    )
    assert one == same
    assert one != other


# Whole captions.


@every_model
@pytest.mark.parametrize("max_length", [1, 4, 12])
def test_behind_the_end_stands_nothing(kind, max_length):
    model, features = make_model(kind), make_features(kind, 20)
    model.params["b_vocab"][END] += 4
    seen_end = 0
    for name, decoded in decoders(model, features, max_length=max_length):
        assert decoded.words.shape == decoded.log_probs.shape, name
        assert decoded.words.shape[1] <= max_length
        for words, log_probs in zip(decoded.words, decoded.log_probs, strict=True):
            ends = np.flatnonzero(words == END)
            if ends.size:
                seen_end += 1
                assert (words[ends[0] + 1 :] == NULL).all(), name
                assert (log_probs[ends[0] + 1 :] == 0).all(), name
    assert seen_end > 5


@every_model
def test_decoding_stops_when_every_caption_has_ended(kind):
    model, features = make_model(kind), make_features(kind, 3)
    model.params["b_vocab"][END] += 100
    for _, decoded in decoders(model, features, max_length=30):
        np.testing.assert_array_equal(decoded.words, [[END]] * 3)


@every_model
def test_log_probs_are_the_models(kind):
    model, features = make_model(kind), make_features(kind, 6)
    for name, decoded in decoders(model, features, max_length=6):
        for n, words in enumerate(decoded.words):
            expected = log_probability_by_hand(model, features[n : n + 1], words)
            assert_close(decoded.log_probs[n].sum(), expected, err_msg=name)


@every_model
def test_an_image_is_captioned_alike_alone_and_among_others(kind):
    model, features = make_model(kind), make_features(kind, 8)
    for decode in (greedy_decode, lambda *args, **kw: beam_search(*args, **kw)[0]):
        together = decode(model, features, max_length=7)
        for n, words in enumerate(together.words):
            alone = decode(model, features[n : n + 1], max_length=7).words[0]
            np.testing.assert_array_equal(words[: len(alone)], alone)
            assert (words[len(alone) :] == NULL).all()


@every_model
def test_greedy_decoding_is_the_models_own_sample(kind):
    model, features = make_model(kind), make_features(kind, 8)
    words, sampled = greedy_decode(model, features, max_length=9).words, model.sample(features, max_length=9)
    assert sampled.shape == (8, 9)
    np.testing.assert_array_equal(sampled[:, : words.shape[1]], words)
    assert (sampled[:, words.shape[1] :] == NULL).all()


@every_model
def test_a_trace_tells_what_was_decoded(kind):
    model, features = make_model(kind), make_features(kind, 4)
    for name, decoded in decoders(model, features, max_length=6, trace=True):
        N, L = decoded.words.shape
        trace = decoded.trace
        assert trace.log_probs.shape == (N, L, V)
        assert trace.hidden_states.shape == (N, L, 6)
        said = np.take_along_axis(trace.log_probs, decoded.words[:, :, None], axis=2)[:, :, 0]
        before_end = np.cumsum(decoded.words == END, axis=1) - (decoded.words == END) == 0
        assert_close(said[before_end], decoded.log_probs[before_end], err_msg=name)
        assert_close(np.exp(trace.log_probs).sum(axis=2), 1)
        if kind == "rnn":
            assert trace.inside == {}
            continue
        n_gates = 3 if kind == "gru" else 4
        gates = trace.inside["gates"]
        assert gates.shape == (N, L, n_gates * 6)
        sigmoids = gates[:, :, : (n_gates - 1) * 6]
        assert (sigmoids >= 0).all()
        assert (sigmoids <= 1).all()
        assert (gates[:, :, -6:] < 0).any()
        if kind == "attention":
            assert trace.inside["attention"].shape == (N, L, 2, 2)
            assert_close(trace.inside["attention"].sum(axis=(2, 3)), 1)


def test_a_trace_is_made_only_when_asked():
    for _, decoded in decoders(make_model("lstm"), make_features("lstm", 2)):
        assert decoded.trace is None


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_lead_from_one_hidden_state_to_the_next(kind):
    model, features = make_model(kind), make_features(kind, 2)
    trace = replay(model, features, np.array([[4, 3, 4], [3, 3, 3]]))
    h = trace.hidden_states
    blocks = np.split(trace.inside["gates"], len(model.cell.blocks), axis=2)
    if kind == "gru":
        _, z, n = blocks
        assert_close(h[:, 1:], (1 - z[:, 1:]) * n[:, 1:] + z[:, 1:] * h[:, :-1])
    else:
        i, f, o, g = blocks
        c = np.zeros_like(h[:, 0])
        for t in range(3):
            c = f[:, t] * c + i[:, t] * g[:, t]
            assert_close(h[:, t], o[:, t] * np.tanh(c))


# Prefixes.


@every_model
def test_a_prefix_is_kept_and_continued(kind):
    model, features = make_model(kind), make_features(kind, 6)
    prefix = np.array([[4, 3]] * 5 + [[4, END]])
    for name, decoded in decoders(model, features, max_length=6, prefix=prefix):
        np.testing.assert_array_equal(decoded.words[:, :2], prefix, err_msg=name)
        assert decoded.words.shape[1] <= 6
        assert (decoded.words[5, 2:] == NULL).all()
        for n, words in enumerate(decoded.words):
            expected = log_probability_by_hand(model, features[n : n + 1], words)
            assert_close(decoded.log_probs[n].sum(), expected, err_msg=name)


@every_model
def test_greedy_decoding_goes_on_from_its_own_beginning(kind):
    model, features = make_model(kind), make_features(kind, 6)
    whole = greedy_decode(model, features, max_length=8)
    again = greedy_decode(model, features, max_length=8, prefix=whole.words[:, :3])
    np.testing.assert_array_equal(again.words, whole.words)
    assert_close(again.log_probs, whole.log_probs)


# Beam search.


def enumerate_captions(max_length):
    """Yield every caption: words without <END>, then <END>, or max_length words without one."""
    others = [word for word in range(V) if word != END]
    for length in range(max_length):
        for words in itertools.product(others, repeat=length):
            yield (*words, END)
    yield from itertools.product(others, repeat=max_length)


@every_model
@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
def test_a_beam_wide_enough_finds_every_caption_in_order(kind, length_penalty):
    max_length = 3
    model, features = make_model(kind), make_features(kind, 2)
    captions = list(enumerate_captions(max_length))
    decoded, beams = beam_search(
        model, features, beam_width=V**max_length, length_penalty=length_penalty, max_length=max_length
    )
    for n in range(len(features)):
        scores = {
            caption: log_probability_by_hand(model, features[n : n + 1], caption)
            / len(caption) ** length_penalty
            for caption in captions
        }
        ranked = sorted(captions, key=scores.get, reverse=True)
        found = np.isfinite(beams.scores[n])
        assert found.sum() == len(captions)
        padded = [[*caption, *[NULL] * (max_length - len(caption))] for caption in ranked]
        np.testing.assert_array_equal(beams.words[n][found], padded)
        assert_close(beams.scores[n][found], [scores[c] for c in ranked])
        np.testing.assert_array_equal(decoded.words[n], padded[0][: decoded.words.shape[1]])


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(MODELS),
    st.integers(0, 2**16),
    st.integers(1, 7),
    st.floats(0, 1.5),
    st.booleans(),
)
def test_a_narrow_beam_is_honest(kind, seed, beam_width, length_penalty, with_prefix):
    model, features = make_model(kind, seed), make_features(kind, 3, seed)
    prefix = np.array([[4], [END], [3]]) if with_prefix else None
    decoded, beams = beam_search(
        model, features, beam_width, length_penalty, max_length=5, prefix=prefix, trace=True
    )
    assert beams.words.shape[:2] == beams.scores.shape == (3, beam_width)
    longest = decoded.words.shape[1]
    np.testing.assert_array_equal(decoded.words, beams.words[:, 0, :longest])
    assert (beams.words[:, 0, longest:] == NULL).all()
    assert (beams.scores[:, :-1] >= beams.scores[:, 1:]).all()
    for n, k in np.argwhere(np.isfinite(beams.scores)):
        words = beams.words[n, k]
        ends = np.flatnonzero(words == END)
        length = ends[0] + 1 if ends.size else len(words)
        expected = log_probability_by_hand(model, features[n : n + 1], words) / length**length_penalty
        assert_close(beams.scores[n, k], expected)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(MODELS), st.integers(0, 2**16), st.floats(0, 1.5))
def test_one_beam_is_greedy(kind, seed, length_penalty):
    model, features = make_model(kind, seed), make_features(kind, 4, seed)
    decoded, _ = beam_search(model, features, 1, length_penalty, max_length=6)
    greedy = greedy_decode(model, features, max_length=6)
    np.testing.assert_array_equal(decoded.words, greedy.words)
    assert_close(decoded.log_probs, greedy.log_probs)


def test_the_steps_of_a_beam_lead_to_its_captions():
    model, features = make_model("gru"), make_features("gru", 3)
    _, beams = beam_search(model, features, beam_width=4, max_length=5)
    words = np.empty((3, 4, 0), dtype=int)
    images = np.arange(3)[:, None]
    for parents, chosen, _ in beams.steps:
        words = np.concatenate([words[images, parents], chosen[:, :, None]], axis=2)
    np.testing.assert_array_equal(words, beams.words)
    lengths = (np.cumsum(words == END, axis=2) - (words == END) == 0).sum(axis=2)
    assert_close(beams.steps[-1][2] / lengths, beams.scores)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length_penalty", [0, 1, 0.7])
def test_a_beam_search_computes_in_the_model_s_type(dtype, length_penalty):
    model, features = make_model("lstm"), make_features("lstm", 2).astype(dtype)
    model.params = {name: array.astype(dtype) for name, array in model.params.items()}
    decoded, beams = beam_search(model, features, 3, length_penalty, max_length=4)
    assert decoded.log_probs.dtype == beams.scores.dtype == dtype
    assert {totals.dtype for _, _, totals in beams.steps} == {np.dtype(dtype)}


def test_a_beam_of_none_is_refused():
    with pytest.raises(ValueError, match="beam_width is 0, expected at least 1"):
        beam_search(make_model("rnn"), make_features("rnn", 1), beam_width=0)
