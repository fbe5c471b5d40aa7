"""What every test may ask for."""

import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from captioning import cli
from tests.wheel import build_wheel, install_wheel

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
def wheel(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the wheel that students install, built once for all processes that test."""
    return _made_once(tmp_path_factory, worker_id, "wheel", build_wheel)


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the Python of an environment with that wheel and without the checkout; see ``tests.wheel``."""
    return _made_once(tmp_path_factory, worker_id, "student", lambda folder: install_wheel(wheel, folder))


def _made_once(
    factory: pytest.TempPathFactory, worker_id: str, name: str, make: Callable[[Path], Path]
) -> Path:
    """Make something in a folder of the session; the processes of pytest-xdist wait for the first."""
    if worker_id == "master":
        return make(factory.mktemp(name))
    session = factory.getbasetemp().parent
    made = session / f"{name}.path"
    with FileLock(session / f"{name}.lock"):
        if not made.exists():
            made.write_text(str(make(session / name)))
    return Path(made.read_text())


@pytest.fixture(scope="session")
def quick_gradebooks() -> Iterator[None]:
    """Let nbgrader ask for the version of its database once: it starts a program for each new gradebook."""
    from nbgrader import api  # noqa: PLC0415  (most tests need no nbgrader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", cache(api.get_alembic_version))
        yield
