"""Check what you wrote, where you wrote it.

    from autograder import check
    check(lstm_step_forward)

says what is wrong, where, by how much, and most often why; a right answer is saved for the chapters that
follow.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.student.checking import Checked, check

__all__ = ["Checked", "check"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for (PEP 562): a sandbox imports the registry below, and not what checks with it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.student import checking  # noqa: PLC0415

    return getattr(checking, name)
