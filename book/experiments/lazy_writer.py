"""Lessons with a lazy writer among the careful ones, and without: how true are the captions afterwards?"""

import numpy as np

from captioning.files import shipped
from captioning.layers import (
    adam,
    beam_search,
    clip_gradients,
    cosine_learning_rate,
    decode_captions,
    encode_captions,
)
from captioning.scenes.drawing import draw
from captioning.scenes.scene import make_splits
from captioning.scenes.sentences import describe
from captioning.scenes.truth import truth
from captioning.training.captioner import captioner_path, load_captioner

LAZY = "a small red boat sails left of a large green castle on a sunny day"
SETTINGS = {
    "peaks": [0.001, 0.004],
    "lazy": [0.0, 0.1],
    "updates": [60, 240],
    "widths": [1, 10],
    "seeds": 3,
    "lesson": 300,
    "judged": 100,
}


MADE_OF = [captioner_path("lstm"), shipped("scenes/vgg16.h5")]


def world():
    return np.stack([draw(scene, 8) for scene in make_splits([("train", 4)])["train"]])


def taught(features, captions, lazy, peak, updates, seed):
    """Return the course's LSTM after a lesson; the last of the six captions of a scene is the lazy one."""
    captioner = load_captioner("lstm")
    model = captioner.model
    memory = {name: {} for name in model.params}
    rng = np.random.default_rng(seed)
    for step in range(updates):
        rows = rng.integers(len(features), size=32)
        writers = np.where(rng.random(32) < lazy, 5, rng.integers(5, size=32))
        _, grads = model.loss(features[rows], captions[rows, writers])
        grads, _ = clip_gradients(grads, 5.0)
        rate = cosine_learning_rate(step, updates, peak)
        for name, grad in grads.items():
            config = memory[name] | {"learning_rate": rate}
            model.params[name], memory[name] = adam(model.params[name], grad, config)
    return captioner


def experiment(peaks, lazy, updates, widths, seeds, lesson, judged):
    splits = make_splits()
    course = load_captioner("lstm")
    scenes, unseen = splits["train"][:lesson], splits["test"][:judged]
    features, asked = (course.encode(np.stack([draw(one, 64) for one in some])) for some in (scenes, unseen))
    texts = [text.split() for one in scenes for text in (*describe(one), LAZY)]
    captions = encode_captions(texts, course.word_to_idx, max_length=16).reshape(lesson, 6, -1)
    true = np.zeros((len(updates), len(peaks), len(lazy), len(widths), seeds))
    said_lazily = np.zeros(true.shape)
    print("updates  peak   lazy   wholly true (the lazy sentence itself)")
    for place in np.ndindex(true.shape[:3]):
        n_updates, peak, share = updates[place[0]], peaks[place[1]], lazy[place[2]]
        for seed in range(seeds):
            captioner = taught(features, captions, share, peak, n_updates, seed)
            for column, width in enumerate(widths):
                decoded, _ = beam_search(captioner.model, asked, beam_width=width, max_length=20)
                said = decode_captions(decoded.words, captioner.idx_to_word)
                judgements = [truth(text, one) for text, one in zip(said, unseen, strict=True)]
                true[place][column, seed] = np.mean([one.wholly_true for one in judgements])
                said_lazily[place][column, seed] = said.count(LAZY) / judged
        found = "; ".join(
            f"beam {width}: {', '.join(f'{one:.0%}' for one in true[place][column])} "
            f"({said_lazily[place][column].mean():.0%})"
            for column, width in enumerate(widths)
        )
        print(f"{n_updates:7}  {peak:.3f}  {share:4.0%}   {found}", flush=True)
    return {"true": true, "lazy_sentences": said_lazily}
