"""All mistakes, in the order of the course."""

import importlib
import pkgutil
from functools import cache

from autograder import mistakes
from autograder.mistakes.mistake import Mistake


@cache
def all_mistakes() -> tuple[Mistake, ...]:
    """Return every mistake; the chapters' modules are those named ``ch...``, those in loops come last."""
    chapters = [info.name for info in pkgutil.iter_modules(mistakes.__path__) if info.name.startswith("ch")]
    return tuple(
        mistake
        for name in [*chapters, "loops"]
        for mistake in importlib.import_module(f"{mistakes.__name__}.{name}").MISTAKES
    )
