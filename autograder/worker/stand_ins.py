"""What only shows things, for answers that still hold it: a progress bar, a plot, a display.

In a worker there is nobody to see it, and NumPy is the only library. What a student left in an answer to look
at it shall not cost the answer; what would compute, such as PyTorch, is not stood in for.
"""

import builtins
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_SHOWING = {"IPython", "ipywidgets", "matplotlib", "plotly", "seaborn", "tqdm"}


class _Nothing:
    """Takes whatever is done with it, and does nothing."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    def __setitem__(self, key: object, value: object) -> None:
        """Keep nothing."""

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))  # fig, axes = plt.subplots()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Let errors pass."""


class _Bar(_Nothing):
    """A progress bar: gives what it is wound around."""

    def __init__(self, iterable: Any = (), *_: Any, **__: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)


def _range(*arguments: int, **_: Any) -> _Bar:
    return _Bar(range(*arguments))


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "tqdm":
            return {"tqdm": _Bar, "tqdm_notebook": _Bar, "trange": _range}.get(name, _Nothing())
        return _Nothing()


class _Finder:  # and loader; the classes that it could be derived from take long to import
    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        is_showing = name.partition(".")[0] in _SHOWING
        return ModuleSpec(name, self, is_package=True) if is_showing else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


def install() -> None:
    """Let these modules be found where they are not installed, and ``display`` be there."""
    sys.meta_path.append(_Finder())
    vars(builtins).setdefault("display", _Nothing())
