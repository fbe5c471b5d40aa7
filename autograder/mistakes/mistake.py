"""A mistake that people make: a small edit of the reference, and what to say to the one who made it."""

import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from autograder.judge.verdict import Kind
from autograder.mistakes import as_written
from captioning.layers import reference


@dataclass(frozen=True)
class Mistake:
    """An edit of the source of a reference function.

    Attributes:
        name: short, in words: "mask forgotten in the gradient".
        exercise: whose mistake it is: the name of a function, or ``CaptioningRNN.loss``.
        old: a piece of the source of the function, or of ``inside``; it must occur there exactly once.
        new: what stands there instead.
        sentence: to the student; it teaches what to think about and does not tell what to write.
        kind: what the diagnosis of the residual alone should call it; ``Kind.VALUE`` where it cannot know.
        inside: another function of the same module that is edited instead, such as one that the exercise
            calls; "" for the exercise itself.
        as_written: whether the function of ``as_written`` is edited instead of the reference's; the others of
            that module belong to it.
        only_grader: why only the comparison with the reference can catch it; "" if the student's side can.
    """

    name: str
    exercise: str
    old: str
    new: str
    sentence: str
    kind: Kind = Kind.VALUE
    inside: str = ""
    only_grader: str = ""
    as_written: bool = False

    def layers(self) -> SimpleNamespace:
        """Return all reference layers, with the mistake made in this one.

        Raises:
            ValueError: the old text is not there exactly once, or the edited source is not Python.
        """
        home = self.exercise.partition(".")[0]
        edited = self._edited_module()
        if self.as_written:
            return SimpleNamespace(**vars(reference()) | written(edited))
        return SimpleNamespace(**vars(reference()) | {home: getattr(edited, home)})

    def _edited_module(self) -> SimpleNamespace:
        """Run the edited source again: what a mistake keeps between calls begins empty."""
        module_name, code = _edited_code(self)
        names: dict[str, Any] = {"__name__": module_name}
        exec(code, names)
        return SimpleNamespace(**names)

    @property
    def title(self) -> str:
        """What stands for the name of a file where it is run."""
        return f"<{self.exercise}: {self.name}>"

    def source(self) -> tuple[str, str]:
        """Return the name of the module that is edited, and its edited source.

        Raises:
            ValueError: as ``layers``.
        """
        home, _, method = self.exercise.partition(".")
        module = as_written if self.as_written else _home(home)
        source = inspect.getsource(module)
        edited = getattr(module, self.inside or home)
        if method and not self.inside:
            edited = getattr(edited, method)
        piece = inspect.getsource(inspect.unwrap(edited))
        count = piece.count(self.old)
        if count != 1:
            raise ValueError(
                f"mistake {self.name!r} of {self.exercise}: the text to replace occurs {count} times in "
                f"{self.inside or self.exercise}, expected once:\n{self.old}"
            )
        return module.__name__, source.replace(piece, piece.replace(self.old, self.new))

    def _compile(self) -> tuple[str, CodeType]:
        name, source = self.source()
        try:
            return name, compile(source, self.title, "exec")
        except SyntaxError as error:
            raise ValueError(f"mistake {self.name!r} of {self.exercise} makes no Python: {error}") from error


def written(module: Any) -> dict[str, Any]:
    """Return the layers of ``as_written``, or of an edited one."""
    return {name: layer for name, layer in vars(module).items() if callable(layer) and name[0] != "_"}


@cache
def _edited_code(mistake: Mistake) -> tuple[str, CodeType]:
    return mistake._compile()


def _home(name: str) -> ModuleType:
    """Return the module of ``solutions`` that defines a function or a class."""
    return importlib.import_module(getattr(reference(), name).__module__)
