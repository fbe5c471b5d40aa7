"""The milestones of the course: what can be done once an exercise has passed, and the picture of it."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from captioning.answers.library import complaint, library_folder, saved_answers


@dataclass(frozen=True)
class Milestone:
    """A milestone.

    Attributes:
        exercise: it is reached when this has passed.
        title: "The first gradient".
        sentence: what it is good for; said when it is reached.
        picture: a function of ``captioning.figures.milestones``, which draws it by the layers that are there.
        alt: what the picture shows, for those who do not see it.
    """

    exercise: str
    title: str
    sentence: str
    picture: str
    alt: str


MILESTONES = (
    Milestone(
        "numeric_gradient",
        "The first gradient",
        "from here on every gradient that you write can be proved.",
        "draw_gradient",
        "The contours of a valley, and a path of dots from its edge down to the bottom.",
    ),
    Milestone(
        "softmax_loss",
        "The first network that learns",
        "with this loss a network learns. The experiment below trains one.",
        "draw_network",
        "A loss that falls, and three spiral arms of points, each on ground of its own.",
    ),
    Milestone(
        "CaptioningRNN.sample",
        "The first caption",
        "this says a caption, and on your layers if they are there.",
        "draw_captions",
        "Two drawings, a boat left of a lighthouse and a balloon above an elephant, each under its caption.",
    ),
    Milestone(
        "beam_search",
        "A captioner from end to end",
        "all that chapter 16 needs is there. It captions your pictures.",
        "draw_beams",
        "The same two drawings, each under the three likeliest captions.",
    ),
)


def milestone_of(exercise: str) -> Milestone | None:
    """Return the milestone that an exercise reaches, if it does."""
    return next((milestone for milestone in MILESTONES if milestone.exercise == exercise), None)


def reached() -> Iterator[tuple[Milestone, str]]:
    """Yield each milestone with the date when the saved answer passed, in UTC; "" where it has not yet."""
    answers = saved_answers(library_folder())
    for milestone in MILESTONES:
        answer = answers.get(milestone.exercise.partition(".")[0])
        has_passed = (
            answer is not None
            and milestone.exercise in answer.exercises
            and milestone.exercise not in answer.open
            and not complaint(answer, answers)
        )
        yield milestone, answer.checked[:10] if has_passed and answer is not None else ""


def draw_milestone(milestone: Milestone, path: Path, **look: object) -> None:
    """Draw the picture of a milestone.

    Args:
        milestone: which.
        path: the figure to write, ``.png``, ``.svg`` or ``.pdf``.
        look: the ``theme``, if not the light one.

    Raises:
        InputError: a layer that it takes is not here; the path cannot be written.
    """
    from captioning.figures import milestones as figures  # noqa: PLC0415  (Matplotlib takes a second)

    getattr(figures, milestone.picture)(path, **look)


def milestone_as_uri(milestone: Milestone) -> str:
    """Return the picture of a milestone as a data URI; errors as in ``draw_milestone``."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "milestone.svg"
        draw_milestone(milestone, path)
        return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"
