"""The one exception for input that we cannot use."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message names the thing, what was expected and what came, and what to do next; the
    command line prints it without a traceback and exits with code 1.
    """

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in a notebook: the message, not the way through our code."""
        return [f"{type(self).__name__}: {self}"]
