"""``captioning caption``: caption photos."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from captioning import layers
from captioning.commands.options import (
    CaptionerPath,
    beam_width_option,
    length_penalty_option,
    max_length_option,
    refuse_options_of_others,
    unknown_option,
)
from captioning.commands.shared import Count, Number, json_option, note, print_json, usable_photos
from captioning.photos.images import open_photo
from captioning.photos.names import written
from captioning.training.captioner import Captioner, load_captioner
from captioning.training.speaking import KnownWordsOnly

OPTIONS_OF = {
    "sample": {"temperature", "top_k", "top_p", "samples", "seed"},
    "beam": {"beam_width", "length_penalty"},
}


@click.command()
@click.argument(
    "photos", metavar="PHOTO...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option(
    "--model",
    "which",
    metavar="RUN",
    required=True,
    type=CaptionerPath(),
    help="Folder of a run of `captioning train`, its checkpoint, or the name of a captioner that comes with "
    "the course: rnn, lstm, gru or attention.",
)
@click.option(
    "--weights",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="VGG16's weights, Keras's or PyTorch's. [default: those that the model's data were made with]",
)
@click.option(
    "--features-pca",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File of the PCA that the model's features went through. [default: likewise]",
)
@click.option(
    "--decoding",
    type=click.Choice(["greedy", "sample", "beam"]),
    default="greedy",
    show_default=True,
    help="Say always the likeliest word, draw each at random, or look for the likeliest caption.",
)
@click.option(
    "--temperature",
    metavar="T",
    type=Number(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Below 1 likely words are drawn more often yet, above 1 less.",
)
@click.option("--top-k", metavar="N", type=Count(1), help="Draw among the N likeliest words only.")
@click.option(
    "--top-p",
    metavar="P",
    type=Number(0, 1, min_open=True),
    help="Draw among the fewest words whose probabilities reach P.",
)
@click.option(
    "--samples",
    metavar="N",
    type=Count(1),
    default=1,
    show_default=True,
    help="Captions to draw for each photo.",
)
@click.option(
    "--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="For what is drawn."
)
@beam_width_option
@length_penalty_option
@max_length_option
@click.option(
    "--explain",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw how the caption came about, word by word (.png, .svg or .pdf).",
)
@unknown_option
@json_option
def command(
    photos: tuple[Path, ...],
    which: str | Path,
    weights: Path | None,
    features_pca: Path | None,
    decoding: str,
    samples: int,
    explain: Path | None,
    unknown: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Caption photos, and say how likely the model finds each caption.

    The number after a caption is its log-probability. A photo that cannot be used is left out and named, and
    the exit code is 1.

    Example: captioning caption --model runs/lstm holiday/*.jpg --decoding beam
    """
    refuse_options_of_others(decoding, OPTIONS_OF)
    if explain is not None and len(photos) * samples > 1:
        raise click.UsageError("--explain draws one caption: give one photo, and no --samples.")
    captioner = load_captioner(which)
    if weights is not None:
        captioner.encoder = replace(captioner.encoder, weights=str(weights.resolve()))
    if features_pca is not None:
        captioner.encoder = replace(captioner.encoder, pca_features=True, pca=str(features_pca))
    photos, bad = usable_photos(photos)
    features = captioner.encode_photos(photos)
    decoded = _decode(
        captioner.model if unknown else KnownWordsOnly(captioner.model, captioner.word_to_idx),
        np.repeat(features, samples, axis=0),
        decoding,
        trace=explain is not None,
        **settings,
    )
    if explain is not None:
        # Matplotlib takes a second to load.
        from captioning.figures.explain import draw_explanation  # noqa: PLC0415

        assert decoded.trace is not None  # it was asked for
        draw_explanation(
            decoded.words[0],
            decoded.trace,
            explain,
            idx_to_word=captioner.idx_to_word,
            blocks=captioner.model.cell.blocks,
            picture=open_photo(photos[0]),
        )
    captions = _captions(
        captioner, decoded, [written(str(photo)) for photo in photos for _ in range(samples)]
    )
    if as_json:
        print_json({"model": which, "decoding": decoding, "captions": captions, "bad": bad})
    else:
        for caption in captions:
            end = "" if caption["complete"] else " ..."
            click.echo(f"{caption['photo']}: {caption['caption']}{end} ({caption['log_probability']:.2f})")
    for problem in bad:
        note(f"Left out: {problem}")
    if bad:
        note(f"{len(bad)} of {len(photos) + len(bad)} photos were left out.")
        click.get_current_context().exit(1)


def _decode(
    model: Any,
    features: np.ndarray,
    decoding: str,
    *,
    max_length: int,
    seed: int,
    beam_width: int,
    length_penalty: float,
    trace: bool,
    **sampling: Any,
) -> "layers.Decoded":
    if decoding == "greedy":
        return layers.greedy_decode(model, features, max_length, trace=trace)
    if decoding == "sample":
        rng = np.random.default_rng(seed)
        return layers.sample_decode(model, features, rng, max_length, **sampling, trace=trace)
    return layers.beam_search(model, features, beam_width, length_penalty, max_length, trace=trace)[0]


def _captions(captioner: Captioner, decoded: "layers.Decoded", photos: list[str]) -> list[dict[str, Any]]:
    """Return each caption as text, with its words and their log-probabilities."""
    sentences = layers.decode_captions(decoded.words, captioner.idx_to_word)
    captions = []
    for photo, sentence, idxs, log_probs in zip(
        photos, sentences, decoded.words, decoded.log_probs, strict=True
    ):
        words = [captioner.idx_to_word[idx] for idx in idxs]
        captions.append(
            {
                "photo": photo,
                "caption": sentence,
                "log_probability": float(log_probs.sum()),
                "complete": "<END>" in words,
                "words": [
                    {"word": word, "log_probability": float(log_prob)}
                    for word, log_prob in zip(words, log_probs, strict=True)
                    if word != "<NULL>"
                ],
            }
        )
    return captions
