"""What every test may ask for."""

import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from captioning import cli

Command = Callable[..., tuple[int, str, str]]

# A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C; the tests
# that press it need programs that do not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command line; it gives the exit code, stdout and stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        code = cli.run([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real captions, features and weights, which is not part of the project."""
    folder = Path(__file__).parents[2] / "shared" / "real"
    if not folder.is_dir():
        pytest.skip("the folder of real data is not here")
    return folder


@pytest.fixture(scope="session")
def quick_gradebooks() -> Iterator[None]:
    """Let nbgrader ask for the version of its database once: it starts a program for each new gradebook."""
    from nbgrader import api  # noqa: PLC0415  (most tests need no nbgrader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", cache(api.get_alembic_version))
        yield
