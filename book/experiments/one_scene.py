"""What the captioners of chapters 10 to 17 say of one scene when something is done to them.

The first pictures of these chapters show it, before their layers are written.
"""

from pathlib import Path

import numpy as np
from matplotlib import cbook

from captioning.files import shipped
from captioning.layers import (
    CaptioningRNN,
    adam,
    affine_forward,
    build_vocabulary,
    decode_captions,
    encode_captions,
    greedy_decode,
    gru_step_forward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_forward,
    sample_decode,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    vgg16_forward,
    vgg16_load,
    vgg16_preprocess,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.photos.images import open_photo
from captioning.scenes.drawing import draw
from captioning.scenes.scene import EXAMPLE, sample_scene
from captioning.scenes.sentences import describe
from captioning.training.captioner import captioner_path, load_captioner

SETTINGS = {"words": 18, "temperatures": [0.5, 1.0, 2.0], "silent_after": 20, "memorise": 60}
STEPS = {"rnn": rnn_step_forward, "lstm": lstm_step_forward, "gru": gru_step_forward}
MADE_OF = [captioner_path(name) for name in (*STEPS, "attention")] + [shipped("scenes/vgg16.h5")]


def world():
    rng = np.random.default_rng(0)
    return np.stack([draw(scene, 8) for scene in (EXAMPLE, *(sample_scene(rng) for _ in range(3)))])


def speak(name, words, change=np.asarray, forget=0):
    """Return what a captioner says of the scene, its first state changed or its forget biases shifted."""
    captioner = load_captioner(name)
    params, step = captioner.params, STEPS[name]
    h0, _ = affine_forward(captioner.encode(draw(EXAMPLE, 64)[None]), params["W_proj"], params["b_proj"])
    states = (change(h0), np.zeros_like(h0)) if name == "lstm" else (change(h0),)
    b, H = params["b"].copy(), h0.shape[1]
    b[H : 2 * H] += forget
    said = [captioner.word_to_idx["<START>"]]
    for _ in range(words):
        *states, _ = step(params["W_embed"][said[-1:]], *states, params["Wx"], params["Wh"], b)
        said.append(affine_forward(states[0], params["W_vocab"], params["b_vocab"])[0].argmax())
    texts = " ".join(captioner.idx_to_word[word] for word in said[1:])
    return texts.split(" <END>")[0]


def silent(masked, updates):
    """Return the likeliest words of chapter 12's network, trained with or without the mask."""
    rng = np.random.default_rng(0)
    sentences = [describe(sample_scene(rng))[0].split() for _ in range(64)]
    idx_to_word, word_to_idx = build_vocabulary(sentences)
    size, rng = 32, np.random.default_rng(1)
    shapes = {
        "W_embed": (len(idx_to_word), size), "Wx": (size, size), "Wh": (size, size),
        "W_vocab": (size, len(idx_to_word)),
    }  # fmt: skip
    p = {name: rng.standard_normal(shape) / np.sqrt(size) for name, shape in shapes.items()}
    p |= {"b": np.zeros(size), "b_vocab": np.zeros(len(idx_to_word))}
    p = {name: value.astype(np.float32) for name, value in p.items()}
    memory = {name: {"learning_rate": 5e-3} for name in p}
    captions = encode_captions(sentences, word_to_idx, 30)
    said, to_say = captions[:, :-1], captions[:, 1:]
    mask = to_say != word_to_idx["<NULL>"] if masked else np.ones(to_say.shape, dtype=bool)
    for _ in range(updates + 1):
        vectors, lookup = word_embedding_forward(said, p["W_embed"])
        h, steps = rnn_forward(vectors, np.zeros((64, size)), p["Wx"], p["Wh"], p["b"])
        logits, rows = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        _, upstream = temporal_softmax_loss(logits, to_say, mask)
        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(upstream, rows)
        dvectors, _, grads["Wx"], grads["Wh"], grads["b"] = rnn_backward(dh, steps)
        grads["W_embed"] = word_embedding_backward(dvectors, lookup)
        likeliest = logits.argmax(axis=2)
        for name, grad in grads.items():
            p[name], memory[name] = adam(p[name], grad, memory[name])
    return sentences[0], [idx_to_word[word] for word in likeliest[0][: len(sentences[0])]]


def memorised(updates):
    """Return what chapter 13's model says of a picture that it has memorised, and of a new one."""
    rng = np.random.default_rng(0)
    scenes = [EXAMPLE, *(sample_scene(rng) for _ in range(99))]
    weights = vgg16_load(shipped("scenes/vgg16.h5"))
    features = vgg16_forward(vgg16_preprocess(np.stack([draw(scene, 64) for scene in scenes])), weights)
    features = (features - features[:50].mean(axis=0)) / features[:50].std()
    sentences = [describe(scene)[0].split() for scene in scenes]
    idx_to_word, word_to_idx = build_vocabulary(sentences[:50])
    captions = encode_captions(sentences[:50], word_to_idx, max_length=16)
    model = CaptioningRNN(
        word_to_idx,
        input_dim=features.shape[1],
        wordvec_dim=32,
        hidden_dim=64,
        cell_type="lstm",
    )
    memory = {name: {"learning_rate": 1e-2} for name in model.params}
    for _ in range(updates):
        _, grads = model.loss(features[:50], captions)
        for name, grad in grads.items():
            model.params[name], memory[name] = adam(model.params[name], grad, memory[name])
    return decode_captions(model.sample(features[[0, 50]], max_length=18), idx_to_word)


def experiment(words, temperatures, silent_after, memorise):
    lstm, attention = load_captioner("lstm"), load_captioner("attention")
    picture = draw(EXAMPLE, 64)[None]
    gates = {name: speak("lstm", words, forget=shift) for name, shift in (("moving", 0), ("open", 100))}
    clipped = {
        name: [speak(name, words), speak(name, words, lambda h0: np.clip(h0, -1, 1))]
        for name in ("lstm", "gru")
    }
    drawn = [
        sample_decode(
            lstm.model, lstm.encode(picture), np.random.default_rng(0), temperature=t, max_length=20
        )
        for t in temperatures
    ]
    portrait = open_photo(Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)), 64)
    look = greedy_decode(attention.model, attention.encode(picture), trace=True)
    said = decode_captions(look.words, attention.idx_to_word)[0].split()
    found = {
        "gates_moving": gates["moving"],
        "gates_open": gates["open"],
        "lstm_clipped": clipped["lstm"],
        "gru_clipped": clipped["gru"],
        "true_words": silent(True, silent_after)[0],
        "without_mask": silent(False, silent_after)[1],
        "with_mask": silent(True, silent_after)[1],
        "memorised": memorised(memorise),
        "temperatures": [decode_captions(one.words, lstm.idx_to_word)[0] for one in drawn],
        "portrait": lstm.caption(portrait[None])[0],
        "attention_words": said,
        "attention": look.trace.inside["attention"][0, : len(said)].round(3),
    }
    for name, value in found.items():
        if name != "attention":
            print(f"{name}: {value}")
    return found
