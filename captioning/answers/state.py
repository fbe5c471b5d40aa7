"""What is kept beside a student's answers: which layers are borrowed, and what help was taken."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from captioning.files import exclusive, write_text

FILE = "state.json"
WAIT_SECONDS = 10


@dataclass
class Help:
    """How an exercise went.

    Attributes:
        failed: different answers that were not right.
        last: a digest of the last of them.
        hints: that were shown.
        solution: whether the course's own version was, before an answer passed.
    """

    failed: int = 0
    last: str = ""
    hints: int = 0
    solution: bool = False

    def __str__(self) -> str:
        parts = [f"{self.hints} hint{'s' if self.hints > 1 else ''}"] if self.hints else []
        return ", ".join([*parts, *(["solution seen"] if self.solution else [])])


@dataclass
class State:
    """What is kept.

    Attributes:
        borrowed: layers for which the course's own version runs until the student's passes.
        help: by exercise.
    """

    borrowed: set[str] = field(default_factory=set)
    help: dict[str, Help] = field(default_factory=dict)

    def help_with(self, exercise: str) -> Help:
        """Return how an exercise went so far."""
        return self.help.setdefault(exercise, Help())


def read_state(folder: Path | None) -> State:
    """Return what is kept in a library; nothing where the file is missing or damaged: it holds no answers."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8")) if folder is not None else {}
        return State(set(kept.get("borrowed", [])), {k: Help(**v) for k, v in kept.get("help", {}).items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return State()


@contextmanager
def changing_state(folder: Path) -> Iterator[State]:
    """Give what is kept in a library, to be changed; it is written when the block ends.

    Raises:
        InputError: the folder cannot be written.
    """
    with exclusive(folder, wait=WAIT_SECONDS):
        state = read_state(folder)
        yield state
        kept = {"borrowed": sorted(state.borrowed), "help": {k: asdict(v) for k, v in state.help.items()}}
        write_text(folder / FILE, json.dumps(kept, indent=1) + "\n")
