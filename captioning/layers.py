"""The one door to the layers: ``from captioning.layers import lstm_forward``.

A name is looked up when it is imported (a module ``__getattr__``, PEP 562), so that whoever uses a layer need
not know whose code it is. It comes from the first of these that has it:

1. the student's library (``captioning.answers.library``): answers that passed their check;
2. ``prerequisites/`` beside the notebook, or above it: modules that a release ships for what earlier chapters
   ask for and give;
3. the checkout's ``solutions/``.

A forward function and its backward come from one hand, since one reads the other's cache: where only one
of the two has passed, both come from below. In a checkout that has neither library nor prerequisites, all
layers are those of ``solutions``.
"""

import importlib
import importlib.util
import pkgutil
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from captioning.answers.library import (
    complaint,
    is_complete,
    library_folder,
    saved_answers,
    stamp,
    working_folder,
)
from captioning.answers.loading import load_module, public_names
from captioning.errors import InputError

PREREQUISITES = "prerequisites"


class Origin(NamedTuple):
    """Where a layer comes from.

    Attributes:
        owner: "yours", "the course" or "the reference".
        path: the file.
    """

    owner: str
    path: Path

    def __str__(self) -> str:
        return f"{self.owner} ({self.path.parent.name}/{self.path.name})"


class _Resolver:
    """Finds layers for one state of the library and the prerequisites."""

    def __init__(self, library: Path | None, prerequisites: Path | None) -> None:
        self._answers = saved_answers(library)
        self._below: dict[str, Origin] = {}
        for owner, folder in (("the reference", _solutions_folder()), ("the course", prerequisites)):
            for path in sorted(folder.glob("*.py")) if folder is not None else []:
                self._below |= {name: Origin(owner, path) for name in public_names(path)}
        self._modules: dict[Path, ModuleType] = {}

    def origin(self, name: str) -> Origin | None:
        """Return where a name comes from, None if from nowhere."""
        answer = self._answers.get(name)
        if answer is None:
            return self._below.get(name)
        reason = complaint(answer, self._answers)
        if reason:
            raise InputError(f"{reason}. Run check({name}) again, or remove {answer.path}.")
        if name in self._below and not is_complete(answer, self._answers):
            return self._below[name]
        return Origin("yours", answer.path)

    def find(self, name: str) -> Any:
        origin = self.origin(name)
        if origin is None:
            raise _missing(name)
        if origin.path not in self._modules:
            self._modules[origin.path] = load_module(origin.path)
        return getattr(self._modules[origin.path], name)


def _solutions_folder() -> Path | None:
    spec = importlib.util.find_spec("solutions")
    return Path(next(iter(spec.submodule_search_locations or ()))) if spec is not None else None


def _prerequisites() -> Path | None:
    here = working_folder()
    places = (at / PREREQUISITES for at in (here, *here.parents))
    return next((place for place in places if place.is_dir()), None)


@lru_cache(maxsize=4)
def _resolver_for(
    library: Path | None, prerequisites: Path | None, stamps: tuple[Any, ...]
) -> "_Resolver | None":
    """Make the resolver anew when a file has changed; None where there is only the reference."""
    return None if library is None and prerequisites is None else _Resolver(library, prerequisites)


def _resolver() -> _Resolver | None:
    library, prerequisites = library_folder(), _prerequisites()
    return _resolver_for(library, prerequisites, (stamp(library), stamp(prerequisites)))


@cache
def _reference() -> dict[str, Any]:
    """Return every public function, class and constant of the checkout's ``solutions`` by name."""
    try:
        import solutions  # noqa: PLC0415  (absent where only the wheel is installed)
    except ModuleNotFoundError:
        return {}
    reference: dict[str, Any] = {}
    for info in pkgutil.iter_modules(solutions.__path__):
        module = importlib.import_module(f"solutions.{info.name}")
        reference |= {name: value for name, value in vars(module).items() if _is_own(module, name, value)}
    return reference


def _is_own(module: ModuleType, name: str, value: object) -> bool:
    """Tell what a module defines from what it imports and what it keeps to itself."""
    if name.startswith("_") or isinstance(value, ModuleType):
        return False
    return getattr(value, "__module__", module.__name__) == module.__name__


@cache
def reference() -> SimpleNamespace:
    """Return the layers of the checkout's ``solutions``, whatever library there is."""
    return SimpleNamespace(**_reference())


def whose(name: str) -> str:
    """Say whose code a layer is: ``"yours (my_layers/lstm_forward.py)"``.

    Raises:
        InputError: nobody's; the message says which chapter to finish.
    """
    found = origin(name)
    if found is None:
        raise _missing(name)
    return str(found)


def origin(name: str) -> Origin | None:
    """Return where a layer comes from, None if from nowhere.

    Raises:
        InputError: the student's answer must be checked again.
    """
    resolver = _resolver()
    if resolver is not None:
        return resolver.origin(name)
    if name not in _reference():
        return None
    module = getattr(_reference()[name], "__module__", None)
    folder = _solutions_folder()
    assert folder is not None
    if module is None:  # a constant does not know where it was made
        path = next(path for path in sorted(folder.glob("*.py")) if name in public_names(path))
    else:
        path = folder / f"{module.rpartition('.')[2]}.py"
    return Origin("the reference", path)


def _missing(name: str) -> Exception:
    """Return the error for a name that nobody serves."""
    # Only here, so that layers load without the checks.
    from autograder.exercises.registry import all_exercises  # noqa: PLC0415

    asked = [exercise for exercise in all_exercises().values() if exercise.name.partition(".")[0] == name]
    if asked:
        functions = ", ".join(f"check({exercise.name})" for exercise in asked)
        return InputError(
            f"{name} is not here yet: you write it in chapter {asked[0].chapter}. Finish it there; an answer "
            f"is saved when it passes {functions}."
        )
    if _reference():
        return ImportError(f"there is no layer {name!r} in solutions/")
    return InputError(
        f"no layer {name}: it is no exercise, and no folder {PREREQUISITES}/ beside the notebook gives it. "
        "Open the notebook in the folder of its chapter, as it was released."
    )


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    resolver = _resolver()
    if resolver is not None:
        return resolver.find(name)
    if name in _reference():
        return _reference()[name]
    raise _missing(name)
