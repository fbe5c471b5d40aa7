"""NumPy as it was: an answer that changes it changes every other, and what it is compared with."""

from typing import Any

import numpy as np

_MODULES = (np, np.linalg, np.random)
Names = list[dict[str, Any]]


def numpy_now() -> Names:
    """Return what the names of NumPy stand for."""
    return [dict(vars(module)) for module in _MODULES]


def put_back(before: Names) -> list[str]:
    """Let the names of NumPy stand again for what they did; return those that did not."""
    changed = []
    for module, names in zip(_MODULES, before, strict=True):
        for name, value in names.items():
            if vars(module).get(name) is not value:
                changed.append(f"{module.__name__}.{name}")
                setattr(module, name, value)
    return sorted(changed)
