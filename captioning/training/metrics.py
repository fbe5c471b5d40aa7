"""How good a captioner's captions are: against human ones, and, where it is known, the truth."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from captioning import layers
from captioning.data.coco_layout import CaptionData
from captioning.data.scenes import SCENES_FILE, load_scenes
from captioning.scenes.scene import Scene
from captioning.scenes.truth import truth
from captioning.training.captioner import Captioner
from captioning.training.examples import split_examples
from captioning.training.measures import caption_loss

# Words (N, L) that a model says to features (N, ...).
Decode = Callable[[Any, np.ndarray], np.ndarray]

DECODING_BATCH = 100


def evaluate_split(
    captioner: Captioner, data: CaptionData, split: str, decode: Decode, *, progress: bool = True
) -> dict[str, float]:
    """Measure a captioner on a split.

    Returns:
        ``loss`` (summed over time, averaged over captions) and ``perplexity`` of the human captions;
        for the model's own captions ``sentence_scores``, and on scenes ``truth_scores``.

    Raises:
        InputError: the data do not fit the captioner.
    """
    captioner.require_data(data)
    loss, perplexity = caption_loss(captioner.model, split_examples(captioner, data, split))
    captions = caption_images(captioner, data, split, decode, progress=progress)
    results = {"loss": loss, "perplexity": perplexity}
    results |= sentence_scores(human_captions(data, split), captions)
    if (data.folder / SCENES_FILE).exists():
        results |= truth_scores(captions, load_scenes(data.folder, split))
    return results


def caption_images(
    captioner: Captioner, data: CaptionData, split: str, decode: Decode, *, progress: bool = True
) -> dict[int, str]:
    """Caption every image of a split that people have captioned.

    Returns:
        Row of the features to caption.
    """
    rows = np.unique(data.image_idxs(split))
    captions: dict[int, str] = {}
    with tqdm(
        total=len(rows),
        desc=f"{captioner.cell}, {split}",
        unit=" images",
        leave=False,
        disable=None if progress else True,
    ) as bar:
        for start in range(0, len(rows), DECODING_BATCH):
            batch = rows[start : start + DECODING_BATCH]
            features = captioner.standardization.apply(data.features(split, batch))
            words = decode(captioner.model, features)
            captions |= zip(batch.tolist(), layers.decode_captions(words, captioner.idx_to_word), strict=True)
            bar.update(len(batch))
    return captions


def human_captions(data: CaptionData, split: str) -> dict[int, list[str]]:
    """Return the human captions of each image of a split, by row of the features."""
    captions: dict[int, list[str]] = {}
    sentences = layers.decode_captions(data.captions(split), data.idx_to_word)
    for row, sentence in zip(data.image_idxs(split).tolist(), sentences, strict=True):
        captions.setdefault(row, []).append(sentence)
    return captions


def sentence_scores(references: Mapping[int, Sequence[str]], captions: Mapping[int, str]) -> dict[str, float]:
    """Compare captions with human ones: BLEU, and by the scripts of the COCO challenge ROUGE-L and CIDEr.

    Sources: BLEU-1 to 4: K. Papineni et al., 2002; ROUGE-L: C.-Y. Lin, 2004; CIDEr (its variant CIDEr-D):
    R. Vedantam et al., 2015; X. Chen et al., “Microsoft COCO Captions”, 2015.

    Args:
        references: several sentences for each image, their words separated by spaces.
        captions: a sentence for each of the same images.

    Returns:
        ``BLEU-1`` ... ``BLEU-4``, and with the package ``pycocoevalcap`` ``ROUGE-L`` in [0, 1] and ``CIDEr``
        in [0, 10]. CIDEr weighs words by how few images they are said of, so it means nothing for a handful
        of images.
    """
    # A rare word of a reference is <UNK>; saying <UNK> is not the same as saying that word.
    people = {row: [text.replace("<UNK>", "<RARE>") for text in texts] for row, texts in references.items()}
    model = {row: [captions[row]] for row in people}
    words = (
        [captions[row].split() for row in people],
        [[t.split() for t in texts] for texts in people.values()],
    )
    scores = {f"BLEU-{n}": layers.bleu(*words, max_n=n) for n in range(1, 5)}
    return scores | {
        name: float(scorer.compute_score(people, model)[0]) for name, scorer in _scorers().items()
    }


def truth_scores(captions: Mapping[int, str], scenes: Sequence[Scene]) -> dict[str, float]:
    """Say how much of what captions of scenes say is true.

    Args:
        captions: a sentence for each row of the features.
        scenes: the scene of each row.

    Returns:
        ``true captions``: the share of captions of which every statement is understood and true;
        ``true statements``: the share of the statements of all captions that are.
    """
    judged = [truth(caption, scenes[row]) for row, caption in captions.items()]
    n_statements = sum(len(said.statements) for said in judged)
    return {
        "true captions": sum(said.wholly_true for said in judged) / len(judged),
        "true statements": sum(said.n_true for said in judged) / max(n_statements, 1),
    }


def _scorers() -> dict[str, Any]:
    """Return the scorers of ROUGE-L and CIDEr; none where their package is not installed."""
    try:
        from pycocoevalcap.cider.cider import Cider  # noqa: PLC0415  (an optional dependency)
        from pycocoevalcap.rouge.rouge import Rouge  # noqa: PLC0415
    except ModuleNotFoundError:
        return {}
    return {"ROUGE-L": Rouge(), "CIDEr": Cider()}
