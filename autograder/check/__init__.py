"""Check what you wrote, where you wrote it.

    from autograder import check
    check(lstm_step_forward)

says what is wrong, where, by how much, and most often why; a right answer is saved for the chapters that
follow. ``check`` is this package, which can be called; ``autograder.check.checking.check`` tells more.
"""

import sys
from types import ModuleType
from typing import Any

from autograder.check.checking import Checked, check

__all__ = ["Checked", "check"]


class _CallableModule(ModuleType):
    """``from autograder import check`` gives the package of that name, so that is what must be callable."""

    def __call__(self, *args: Any, **options: Any) -> Checked:
        return check(*args, **options)


sys.modules[__name__].__class__ = _CallableModule
