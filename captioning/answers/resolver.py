"""Whose code a layer is: the student's answer, what the course gives, or the checkout's ``solutions``."""

import ast
import importlib
import importlib.util
import json
import os
import pkgutil
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from captioning.answers.library import (
    complaint,
    course_folder,
    is_checkout,
    is_complete,
    library_folder,
    saved_answers,
    stamp,
    working_folder,
)
from captioning.answers.loading import LAYERS, load_module, public_names
from captioning.answers.sources import method_sources
from captioning.answers.state import read_state
from captioning.errors import InputError
from captioning.source.names import names_used, text_of

PREREQUISITES = "prerequisites"
BORROWED = "borrowed"
YOURS = "yours"
LENT = "captioning.answers.lent"
# Set where the reference serves all that the student has not: an environment variable, so that processes that
# are started find it, too.
LENDING = "CAPTIONING_LENDING"
# Which exercises make up what a student writes, {"lstm_gates": {"chapter": 10, "exercises": [...]}}; made
# from the registry by `make starter`.
EXERCISES_FILE = "exercises.json"


class Origin(NamedTuple):
    """Where a layer comes from.

    Attributes:
        owner: "yours", "the course", "borrowed" or "the reference".
        path: the file.
    """

    owner: str
    path: Path

    def __str__(self) -> str:
        return f"{self.owner} ({self.path.parent.name}/{self.path.name})"


class _Below(Mapping[str, Origin]):
    """What modules define, by name; the first that does counts.

    To take all of them apart takes a fifth of what it takes to load NumPy, so one is only looked into where a
    line of it may define the name that is asked for.
    """

    def __init__(self, modules: list[tuple[Origin, Collection[str] | None]]) -> None:
        """Take modules, each with the names that count; None for all."""
        self._modules = modules
        self._texts = cache(lambda path: path.read_text(encoding="utf-8"))
        self._names = cache(public_names)

    def __getitem__(self, name: str) -> Origin:
        defining = re.compile(rf"^[ \t]*(?:(?:def|class) +|(?:\w+, *)*){re.escape(name)}\b", re.MULTILINE)
        for origin, counted in self._modules:
            if counted is not None and name not in counted:
                continue
            text = self._texts(origin.path)
            if name in text and defining.search(text) and name in self._names(origin.path):
                return origin
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        found: set[str] = set()
        for origin, counted in self._modules:
            names = self._names(origin.path)
            found |= names if counted is None else names & set(counted)
        return iter(found)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Resolver:
    """Finds layers for one state of the library and the prerequisites.

    In a folder of the course the reference, where it is installed, serves what is borrowed, and nothing else;
    unless all is lent.
    """

    def __init__(
        self, library: Path | None, prerequisites: Path | None, in_course: bool, lending: bool = False
    ) -> None:
        self._answers = saved_answers(library)
        borrowed = read_state(library).borrowed if in_course and not lending else None
        owner = BORROWED if in_course else "the reference"
        self._below = _Below(
            [
                *((Origin("the course", path), None) for path in _modules_of(prerequisites)),
                *((Origin(owner, path), borrowed) for path in _modules_of(_solutions_folder())),
            ]
        )
        self._modules: dict[Path, ModuleType] = {}
        self._loading: list[Path] = []

    def names(self) -> set[str]:
        return {*self._answers, *self._below}

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
        return Origin(YOURS, answer.path)

    def find(self, name: str) -> Any:
        origin = self.origin(name)
        if origin is None:
            raise _missing(name)
        if origin.path not in self._modules:
            if origin.path in self._loading:
                raise InputError(
                    f"{origin.path} cannot be loaded: it imports itself, by way of "
                    f"{' and '.join(str(path) for path in self._loading if path != origin.path)}. Write "
                    f"{name} without them, and check it again."
                )
            self._loading.append(origin.path)
            try:
                self._modules[origin.path] = load_module(
                    origin.path, LENT if origin.owner == BORROWED else LAYERS
                )
            finally:
                self._loading.remove(origin.path)
        return getattr(self._modules[origin.path], name)


def _modules_of(folder: Path | None) -> list[Path]:
    return sorted(folder.glob("*.py")) if folder is not None else []


def _solutions_folder() -> Path | None:
    spec = importlib.util.find_spec("solutions")
    return Path(next(iter(spec.submodule_search_locations or ()))) if spec is not None else None


def _prerequisites() -> Path | None:
    here = working_folder()
    places = [at / PREREQUISITES for at in (here, *here.parents)]
    if _solutions_folder() is None:
        # For a notebook that came alone, from a page of the book say.
        places.append(Path(__file__).resolve().parents[1] / "starter" / PREREQUISITES)
    return next((place for place in places if place.is_dir()), None)


@lru_cache(maxsize=4)
def _resolver_for(
    library: Path | None,
    prerequisites: Path | None,
    in_course: bool,
    lending: bool,
    stamps: tuple[Any, ...],
) -> "_Resolver | None":
    """Make a new resolver when a file has changed; None where there is only the reference."""
    if library is None and prerequisites is None and not in_course:
        return None
    return _Resolver(library, prerequisites, in_course, lending)


def _resolver() -> _Resolver | None:
    library, prerequisites = library_folder(), _prerequisites()
    in_course, lending = course_folder() is not None, LENDING in os.environ
    stamps = stamp(library), stamp(prerequisites)
    return _resolver_for(library, prerequisites, in_course, lending, stamps)


@cache
def reference() -> SimpleNamespace:
    """Return the layers of the checkout's ``solutions``, whatever library there is."""
    return SimpleNamespace(**_reference())


@cache
def _reference() -> dict[str, Any]:
    """Return every public function, class and constant of the checkout's ``solutions`` by name."""
    try:
        import solutions  # noqa: PLC0415  (absent where only the wheel is installed)
    except ModuleNotFoundError:
        return {}
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(solutions.__path__):
        module = importlib.import_module(f"solutions.{info.name}")
        found |= {name: value for name, value in vars(module).items() if _is_own(module, name, value)}
    return found


def _is_own(module: ModuleType, name: str, value: object) -> bool:
    """Tell what a module defines from what it imports and what it keeps to itself."""
    if name.startswith("_") or isinstance(value, ModuleType):
        return False
    return getattr(value, "__module__", module.__name__) == module.__name__


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


def find(name: str) -> Any:
    """Return a layer.

    Raises:
        InputError: it is still to be written, or the student's answer must be checked again.
        ImportError: in a checkout, there is no such layer.
    """
    resolver = _resolver()
    if resolver is not None:
        return resolver.find(name)
    if name in _reference():
        return _reference()[name]
    raise _missing(name)


def lend(names: Iterable[str]) -> None:
    """Let the reference serve all that the student has not written, in this process and those that it starts.

    Nothing is noted in the student's folder, where ``captioning borrow`` notes what is borrowed.

    Args:
        names: the layers that are needed.

    Raises:
        InputError: some are not written, and the reference is not installed; it names them.
    """
    os.environ[LENDING] = "1"
    missing: dict[int, list[str]] = {}
    for name in names:
        if origin(name) is None:
            asked = exercises_of(name)
            if asked is None:
                raise _missing(name)
            missing.setdefault(asked[0], []).append(name)
    if missing:
        chapters = "; ".join(f"chapter {number}: {', '.join(missing[number])}" for number in sorted(missing))
        raise InputError(
            "this runs on all layers of a captioner, and some are not written yet, nor is the reference "
            f"installed, which would lend them. Come back when these have passed their checks. {chapters}."
        )


def exercises_of(name: str) -> tuple[int, list[str]] | None:
    """Return the chapter in which a layer is written, and its exercises; None if it is not written at all."""
    asked = _exercises().get(name)
    return (asked["chapter"], list(asked["exercises"])) if asked is not None else None


def written_before(chapter: int) -> dict[str, int]:
    """Return the layers that are written in the chapters before one, each with its chapter."""
    return {name: asked["chapter"] for name, asked in _exercises().items() if asked["chapter"] < chapter}


def reference_source(name: str) -> str | None:
    """Return the source of the reference's version of a layer, which is read and not run; None without it.

    Of ``CaptioningRNN.loss`` it is that of the method; before it stand the private helpers that it uses.
    """
    top, _, method = name.partition(".")
    for path in _modules_of(_solutions_folder()):
        text = path.read_text(encoding="utf-8")
        there = {
            node.name: text_of(node, text.splitlines(keepends=True)).rstrip("\n")
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        if top in there:
            source = method_sources(there[top], top).get(method, "") if method else there[top]
            used = names_used(dedent(source))
            helpers = [there[other] for other in there if other.startswith("_") and other in used]
            return "\n\n\n".join([*helpers, source]) + "\n"
    return None


def layer_names() -> set[str]:
    """Return the names of all layers: those that are here, and those that the student is to write."""
    resolver = _resolver()
    here = resolver.names() if resolver is not None else set(_reference())
    return here | set(_exercises())


@cache
def _exercises() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name(EXERCISES_FILE).read_text("utf-8"))
    return table


def _who_lends(name: str) -> str:
    """Say how a layer is borrowed, or what would lend it to who has a chapter alone; "" in a sandbox."""
    if is_checkout():
        return f" Or run on the course's own for now: `captioning borrow {name}`."
    try:
        from captioning.installing import solutions_requirement  # noqa: PLC0415  (it reads what pip has noted)

        requirement = solutions_requirement()
    except (ImportError, StopIteration):  # where layers run in a sandbox nothing is installed
        return ""
    return (
        f' Or learn alone with the reference, which lends it: `python -m pip install "{requirement}"`; in a '
        "class the teacher decides."
    )


def _missing(name: str) -> Exception:
    """Return the error for a name that nobody serves."""
    asked = exercises_of(name)
    if asked is not None:
        functions = ", ".join(f"check({exercise})" for exercise in asked[1])
        folder = library_folder()
        file = folder / f"{name}.py" if folder is not None else None
        there = f" ({file} is not a file that check has written.)" if file and file.is_file() else ""
        return InputError(
            f"{name} is not here yet: you write it in chapter {asked[0]}. Finish it there; an answer "
            f"is saved when it passes {functions}.{there}{_who_lends(name)}"
        )
    if _reference() and course_folder() is None:
        return ImportError(f"there is no layer {name!r} in solutions/")
    return InputError(
        f"no layer {name}: it is not an exercise, and {PREREQUISITES}/ next to the notebook does not "
        "provide it. "
        "Open the notebook in the folder of its chapter, as it was released."
    )
