"""Captioners side by side: the same table in the terminal and on the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HELD_OUT, NEVER_SEEN = "test", "unseen"


@dataclass(frozen=True)
class Measured:
    """What was measured of a captioner.

    Attributes:
        parameters: how many numbers it has learned.
        train_seconds: how long that took; None where it came with the course.
        captions_per_second: how fast it captions pictures whose features are known, greedily.
        scores: for each split what ``captioning.training.metrics.evaluate_split`` says.
    """

    parameters: int
    train_seconds: float | None
    captions_per_second: float
    scores: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        name, note: what is measured, and in what.
        values: for each captioner, ready to print.
        best: whether each is the best of them; all False where there is no better and worse.
    """

    name: str
    note: str
    values: tuple[str, ...]
    best: tuple[bool, ...]


def compare(models: Mapping[str, Measured]) -> list[Row]:
    """Return the rows of the table whose columns are the captioners."""

    def score(split: str, name: str) -> list[float]:
        return [model.scores[split][name] for model in models.values()]

    two = "{:.2f}".format
    return [
        _row("loss", "nats a caption", score(HELD_OUT, "loss"), two, min),
        _row("perplexity", "a word", score(HELD_OUT, "perplexity"), two, min),
        _row("BLEU-4", "0 to 1", score(HELD_OUT, "BLEU-4"), "{:.3f}".format, max),
        _row("CIDEr", "0 to 10", score(HELD_OUT, "CIDEr"), two, max),
        _row("wholly true", "held-out scenes", score(HELD_OUT, "true captions"), percentage, max),
        _row("wholly true", "never-seen combinations", score(NEVER_SEEN, "true captions"), percentage, max),
        _row("parameters", "", [model.parameters for model in models.values()], _grouped),
        _row("training", "seconds", [model.train_seconds for model in models.values()], _seconds),
        _row(
            "speed",
            "captions a second",
            [model.captions_per_second for model in models.values()],
            _grouped,
        ),
    ]


def percentage(share: float) -> str:
    """Return a share as a percentage that no line break tears apart."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _grouped(number: float) -> str:
    """Return a number without decimals, its thousands apart."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _seconds(number: float | None) -> str:
    return "\N{EN DASH}" if number is None else f"{number:.0f}"


def _row(
    name: str,
    note: str,
    numbers: Sequence[Any],
    show: Callable[[Any], str],
    best: Callable[[Sequence[float]], float] | None = None,
) -> Row:
    values = tuple(show(number) for number in numbers)
    winners = tuple(best is not None and number == best(numbers) for number in numbers)
    return Row(name, note, values, winners)
