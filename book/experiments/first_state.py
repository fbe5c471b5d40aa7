"""Is a captioner any worse whose first state is held between -1 and 1 while it learns?

As in chapter 14 it is spared the pictures: it gets the attributes of a scene as a row of zeros and ones.
"""

import numpy as np

from captioning.layers import (
    CaptioningRNN,
    adam,
    affine_backward,
    affine_forward,
    build_vocabulary,
    clip_gradients,
    cosine_learning_rate,
    decode_captions,
    encode_captions,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.scenes.scene import LABELS, make_splits, scene_labels
from captioning.scenes.sentences import MAX_WORDS, describe
from captioning.scenes.truth import truth

SETTINGS = {
    "scenes": 2000,
    "updates": 400,
    "batch": 32,
    "hidden": 96,
    "peak": 0.01,
    "seeds": 3,
    "judged": 200,
}


def attributes(scenes):
    """Return the attributes of scenes as rows of zeros and ones."""
    labels = [scene_labels(scene) for scene in scenes]
    return np.hstack(
        [
            np.eye(len(values), dtype=np.float32)[[label[name] for label in labels]]
            for name, values in LABELS.items()
        ]
    )


class SquashedCaptioner(CaptioningRNN):
    """A captioner whose first state goes through a tanh."""

    def start(self, features):
        h0, *rest = super().start(features)
        return np.tanh(h0), *rest

    def loss(self, features, captions):
        p = self.params
        words_in, words_out, mask = self._split(captions)
        grads = {}
        projected, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        h0 = np.tanh(projected)
        x, embed_cache = word_embedding_forward(words_in, p["W_embed"])
        h, recurrent_cache = self.cell.forward(x, h0, *self._recurrent_params())
        logits, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dlogits = temporal_softmax_loss(logits, words_out, mask)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dlogits, vocab_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = self.cell.backward(dh, recurrent_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0 * (1 - h0**2), proj_cache)
        return loss, grads


def learn(model, features, captions, rng, updates, batch, peak):
    """Train a captioner."""
    memory = {name: {} for name in model.params}
    for step in range(updates):
        rows = rng.integers(len(features), size=batch)
        _, grads = model.loss(features[rows], captions[rows, rng.integers(captions.shape[1], size=batch)])
        grads, _ = clip_gradients(grads, 5.0)
        rate = cosine_learning_rate(step, updates, peak)
        for name, grad in grads.items():
            config = memory[name] | {"learning_rate": rate}
            model.params[name], memory[name] = adam(model.params[name], grad, config)


def experiment(scenes, updates, batch, hidden, peak, seeds, judged):
    splits = make_splits([("train", scenes), ("test", judged)])
    train, test = splits["train"], splits["test"]
    features, unseen = attributes(train), attributes(test)
    written = [[said.split() for said in describe(scene)] for scene in train]
    idx_to_word, word_to_idx = build_vocabulary([said for five in written for said in five])
    captions = np.stack([encode_captions(five, word_to_idx, MAX_WORDS) for five in written])
    kinds = {"as it is": CaptioningRNN, "squashed": SquashedCaptioner}
    shares, largest = np.zeros((2, 2, seeds)), np.zeros((2, 2, seeds))
    for row, cell in enumerate(("lstm", "gru")):
        for column, (name, Kind) in enumerate(kinds.items()):
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                model = Kind(word_to_idx, features.shape[1], 64, hidden, cell_type=cell, rng=rng)
                learn(model, features, captions, rng, updates, batch, peak)
                said = decode_captions(model.sample(unseen), idx_to_word)
                judgements = [truth(text, one) for text, one in zip(said, test, strict=True)]
                shares[row, column, seed] = np.mean([one.wholly_true for one in judgements])
                largest[row, column, seed] = np.abs(model.start(unseen)[0]).max()
            found = ", ".join(f"{share:.1%}" for share in shares[row, column])
            print(
                f"{cell.upper():4} {name:8}: {found} wholly true; largest {largest[row, column].mean():.1f}"
            )
    return {"shares": shares, "largest": largest}
