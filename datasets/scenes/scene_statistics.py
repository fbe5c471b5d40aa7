"""Statistics of the picture scenes, or a contact sheet: ``python datasets/scenes/scene_statistics.py``."""

from collections import Counter
from pathlib import Path

import click
import numpy as np
from tabulate import tabulate

from captioning.files import atomic_write
from captioning.scenes.lexicon import vocabulary
from captioning.scenes.scene import HELD_OUT, LABELS, Scene, make_splits, scene_labels
from captioning.scenes.sentences import describe
from captioning.scenes.sheet import contact_sheet
from captioning.scenes.truth import truth


@click.command()
@click.option(
    "--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Draw a contact sheet (PNG) instead."
)
@click.option(
    "--split", type=click.Choice(["train", "val", "test", "unseen"]), default="test", show_default=True
)
@click.option(
    "--count", default=24, show_default=True, type=click.IntRange(min=1), help="Pictures on the sheet."
)
@click.option(
    "--columns", default=4, show_default=True, type=click.IntRange(min=1), help="Pictures in a row."
)
@click.option(
    "--size", default=256, show_default=True, type=click.IntRange(32, 1024), help="Pixels of a picture."
)
def main(sheet: Path | None, split: str, count: int, columns: int, size: int) -> None:
    """Print statistics of the picture scenes, or draw a contact sheet of them.

    Example: python datasets/scenes/scene_statistics.py --sheet scenes.png --split unseen
    """
    splits = make_splits()
    if sheet is None:
        click.echo(_statistics(splits))
        return
    scenes = splits[split][:count]
    picture = contact_sheet(scenes, [describe(scene)[0] for scene in scenes], columns=columns, size=size)
    with atomic_write(sheet) as path:
        picture.save(path, format="PNG")
    click.echo(f"{sheet}: {picture.width} x {picture.height} pixels, {len(scenes)} scenes of {split}")


def _statistics(splits: dict[str, list[Scene]]) -> str:
    """Return tables of the scenes and the captions, in Markdown."""
    rows, lengths, words = [], Counter[int](), Counter[str]()
    for split, scenes in splits.items():
        sentences = [sentence for scene in scenes for sentence in describe(scene)]
        pairs = {(thing.kind, thing.colour) for scene in scenes for thing in scene.things}
        n_words = [len(sentence.split()) for sentence in sentences]
        row = [
            split,
            len(scenes),
            sum(len(scene.things) for scene in scenes),
            len(pairs),
            len(pairs & HELD_OUT),
        ]
        rows.append([*row, len(sentences), len(set(sentences)), float(np.mean(n_words))])
        lengths.update(n_words)
        words.update(word for sentence in sentences for word in sentence.split())
    headers = ["split", "scenes", "things", "kind-colour pairs", "of them held out"]
    headers += ["captions", "distinct", "mean words"]
    counts = {head: Counter(scene_labels(scene)[head] for scene in splits["train"]) for head in LABELS}
    shares = [
        [head, ", ".join(f"{value} {counts[head][n]}" for n, value in enumerate(values))]
        for head, values in LABELS.items()
    ]
    said = Counter(
        statement.kind
        for scene in splits["train"]
        for sentence in describe(scene)
        for statement in truth(sentence, scene).statements
    )
    said_rows = [[kind, count / (5 * len(splits["train"]))] for kind, count in said.most_common()]
    parts = [
        tabulate(rows, headers, tablefmt="pipe", floatfmt=".2f"),
        tabulate(shares, ["attribute", "training scenes with each value"], tablefmt="pipe"),
        tabulate(sorted(lengths.items()), ["words", "captions"], tablefmt="pipe"),
        tabulate(said_rows, ["kind of statement", "per training caption"], tablefmt="pipe", floatfmt=".2f"),
        f"Vocabulary: {len(vocabulary())} words, {len(words)} of them used; "
        f"the rarest: {', '.join(f'{word} {count}' for word, count in words.most_common()[:-6:-1])}.",
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
