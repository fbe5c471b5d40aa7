"""The model: what its loss means, that it learns, and that it can be asked wrongly."""

import numpy as np
import pytest

from solutions.attention import AttentionCaptioner
from solutions.captioner import CaptioningRNN
from solutions.cells import CELLS
from solutions.decoding import replay
from solutions.optimizers import adam

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "boat", "tree"]
WORD_TO_IDX = {word: n for n, word in enumerate(WORDS)}
CAPTIONS = np.array([[1, 4, 5, 6, 2], [1, 7, 2, 0, 0], [1, 4, 7, 5, 2]])
every_model = pytest.mark.parametrize("kind", [*CELLS, "attention"])


def make_model(kind, dtype=np.float64, seed=0):
    sizes = {"input_dim": 5, "wordvec_dim": 6, "hidden_dim": 16, "dtype": dtype}
    sizes["rng"] = np.random.default_rng(seed)
    if kind == "attention":
        return AttentionCaptioner(WORD_TO_IDX, **sizes)
    return CaptioningRNN(WORD_TO_IDX, cell_type=kind, **sizes)


def make_features(kind, dtype=np.float64):
    shape = (3, 5, 2, 3) if kind == "attention" else (3, 5)
    return np.random.default_rng(1).standard_normal(shape).astype(dtype)


@every_model
def test_the_loss_is_what_the_words_cost_when_they_are_read_one_by_one(kind):
    model, features = make_model(kind), make_features(kind)
    loss, _ = model.loss(features, CAPTIONS)
    words = CAPTIONS[:, 1:]
    log_probs = np.take_along_axis(replay(model, features, words).log_probs, words[:, :, None], axis=2)[
        :, :, 0
    ]
    assert loss == pytest.approx(-log_probs[words != 0].sum() / 3, rel=1e-12)


@every_model
def test_without_an_opinion_every_word_costs_log_v(kind):
    model = make_model(kind)
    model.params["W_vocab"][:] = 0
    loss, _ = model.loss(make_features(kind), CAPTIONS)
    assert loss == pytest.approx((4 + 2 + 4) * np.log(len(WORDS)) / 3, rel=1e-12)


@every_model
def test_more_padding_changes_nothing(kind):
    model, features = make_model(kind), make_features(kind)
    padded = np.pad(CAPTIONS, ((0, 0), (0, 3)))
    (loss, grads), (padded_loss, padded_grads) = model.loss(features, CAPTIONS), model.loss(features, padded)
    assert padded_loss == pytest.approx(loss, rel=1e-12)
    for name, grad in grads.items():
        np.testing.assert_allclose(padded_grads[name], grad, rtol=1e-9, atol=1e-12, err_msg=name)


@every_model
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_keeps_the_contract(kind, dtype):
    model, features, captions = make_model(kind, dtype), make_features(kind, dtype), CAPTIONS.copy()
    before = {name: array.copy() for name, array in model.params.items()}
    loss, grads = model.loss(features, captions)
    again, _ = model.loss(features, captions)
    assert loss == again
    assert loss.dtype == dtype
    assert grads.keys() == before.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(model.params[name], array)
        assert model.params[name].dtype == grads[name].dtype == dtype
        assert grads[name].shape == array.shape
    np.testing.assert_array_equal(captions, CAPTIONS)
    np.testing.assert_array_equal(features, make_features(kind, dtype))


@pytest.mark.slow
@every_model
def test_a_handful_of_captions_is_learnt_by_heart(kind):
    model, features = make_model(kind, np.float32), make_features(kind, np.float32)
    configs = {name: {"learning_rate": 0.02} for name in model.params}
    for _ in range(150):
        loss, grads = model.loss(features, CAPTIONS)
        for name, grad in grads.items():
            model.params[name], configs[name] = adam(model.params[name], grad, configs[name])
    assert loss < 0.1
    assert model.params["Wx"].dtype == np.float32
    np.testing.assert_array_equal(
        model.sample(features, max_length=6), np.pad(CAPTIONS[:, 1:], ((0, 0), (0, 2)))
    )


@every_model
def test_an_integer_seed_is_all_that_a_fresh_model_depends_on(kind):
    one, same, other = make_model(kind, seed=4), make_model(kind, seed=4), make_model(kind, seed=5)
    for name, array in one.params.items():
        np.testing.assert_array_equal(array, same.params[name])
    assert not np.array_equal(one.params["Wh"], other.params["Wh"])


@pytest.mark.parametrize("kind", CELLS)
def test_the_cell_says_how_wide_its_weights_are(kind):
    model = make_model(kind)
    G = {"rnn": 1, "lstm": 4, "gru": 3}[kind]
    assert len(model.cell.blocks) == G
    assert {name: array.shape for name, array in model.params.items()} == {
        "W_embed": (8, 6), "W_proj": (5, 16), "b_proj": (16,),
        "Wx": (6, G * 16), "Wh": (16, G * 16), "b": (G * 16,),
        "W_vocab": (16, 8), "b_vocab": (8,),
    }  # fmt: skip
    assert len(model.start(make_features(kind))) == model.cell.n_states


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell_type is 'lsmt', expected one of rnn, lstm, gru"):
        CaptioningRNN(WORD_TO_IDX, cell_type="lsmt")


@pytest.mark.parametrize("missing", ["<NULL>", "<START>", "<END>"])
def test_a_vocabulary_without_a_special_word_is_refused(missing):
    vocabulary = {word: n for word, n in WORD_TO_IDX.items() if word != missing}
    with pytest.raises(ValueError, match=f"the vocabulary has no {missing}"):
        CaptioningRNN(vocabulary)


@every_model
def test_input_that_does_not_fit_is_refused(kind):
    model, features = make_model(kind), make_features(kind)
    with pytest.raises(ValueError, match=r"\(.*\)"):
        model.loss(features[:2], CAPTIONS)
    with pytest.raises(ValueError, match=r"\(.*\)"):
        model.loss(features[:, :4], CAPTIONS)
    with pytest.raises(ValueError, match="the vocabulary has 0 to 7"):
        model.loss(features, np.where(CAPTIONS == 7, 8, CAPTIONS))
    with pytest.raises(TypeError, match="expected ints"):
        model.loss(features, CAPTIONS.astype(float))
