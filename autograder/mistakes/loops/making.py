"""How a mistake in an answer of ``as_written`` is made."""

from autograder.mistakes.mistake import Mistake

ONES_UPSTREAM = (
    "The upstream gradient is not used, or only its size: the gradients are those of the plain sum of the "
    "outputs. Multiply with what comes in."
)


def made(exercise: str, name: str, old: str, new: str, sentence: str, inside: str = "") -> Mistake:
    return Mistake(f"{name}, as written", exercise, old, new, sentence, inside=inside, as_written=True)


def in_step_and_sequence(
    cell: str, direction: str, name: str, old: str, new: str, sentence: str
) -> list[Mistake]:
    """Return the mistake of a step, and the same in the sequence that is made of such steps."""
    step, sequence = f"{cell}_step_{direction}", f"{cell}_{direction}"
    return [
        made(step, name, old, new, sentence),
        made(sequence, f"{name}, in the step", old, new, sentence, inside=step),
    ]
