"""What every test may ask for."""

import gc
import os
import signal
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from autograder.exercises.registry import all_exercises
from autograder.student import loading
from autograder.student.files import AnswerFile
from captioning import cli
from captioning.answers import library
from captioning.errors import InputError
from captioning.scenes.scene import Scene, make_splits
from tests.wheel import ROOT, build_wheel, install_wheel

Command = Callable[..., tuple[int, str, str]]
Load = Callable[..., dict[str, Any]]

# A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C; the tests
# that press it need programs that do not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What several files of tests share, with fixtures of their own.
pytest.register_assert_rewrite("tests.grading")

# Whatever asks for one of these waits for a browser, a sandbox, a gradebook, a training or an installation.
SLOW_FIXTURES = {
    *("browser", "lab", "live_folder", "encoded", "python", "wheel"),
    *(
        "a_sandbox",
        "asked",
        "container",
        "machines",
        "judged",
        "strictest",
        "way",
        "quick_gradebooks",
        "released",
    ),
    *("long_run", "small_world", "training"),
}
# Files whose tests wait for processes of their own.
SLOW_FILES = {"test_demo", "test_worker"}

CHAPTERS = {path.stem: int(path.stem[:2]) for path in (ROOT / "book").glob("[0-9][0-9]_*.md")}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make proofs` ask for more of a test."""
    parser.addoption("--whole", action="store_true", help="try all of what is otherwise tried in part")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Test in three processes for two processors: each waits a third of its time, for a browser, say.

    What is quick waits for nothing.
    """
    processors = os.cpu_count() or 1
    return processors if "not slow" in config.option.markexpr else max(2, 3 * processors // 2)


def pytest_configure(config: pytest.Config) -> None:
    """Register a marker for each chapter: `pytest -m ch10`."""
    for name, number in sorted(CHAPTERS.items()):
        config.addinivalue_line("markers", f"ch{number:02}: concerns chapter {name}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and what concerns a chapter: by the exercise, mistake, layer, cell or chapter that a
    test is given, or by the name of its file: test_words.py is of 08_words. What is slow comes first, so that
    no processor is idle in the end.
    """
    chapter_of = CHAPTERS | {name[3:]: number for name, number in CHAPTERS.items()}
    for exercise in all_exercises().values():
        layer = exercise.name.partition(".")[0]
        chapter_of |= dict.fromkeys({exercise.name, layer, layer.removesuffix("_forward")}, exercise.chapter)
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())) or item.path.stem in SLOW_FILES:
            item.add_marker("slow")
        given = item.callspec.params.values() if hasattr(item, "callspec") else []
        names = [getattr(value, "exercise", getattr(value, "name", value)) for value in given]
        names = [name for name in names if isinstance(name, str)] + [item.path.stem.removeprefix("test_")]
        for number in {chapter_of[name] for name in names if name in chapter_of}:
            item.add_marker(f"ch{number:02}")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the collector of reference cycles look at what the tests make, not at what is there before them.

    It would go through all of that again and again, and free nothing: a third of what collecting takes.
    And it looks less often than it would: a syntax tree or a figure is many objects, and none is to be freed.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000)
        gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long text after its parameter: the bytes of a file would be an id of megabytes."""
    return argname if isinstance(val, str | bytes) and len(val) > 60 else None


@pytest.fixture
def whole(pytestconfig: pytest.Config) -> bool:
    """Tell whether a test is to try all that it has, as `make proofs` does, and not a part."""
    return bool(pytestconfig.getoption("--whole"))


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command line; it gives the exit code, stdout and stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        code = cli.run([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, where no answers are saved."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def lstm_notebook(tmp_path: Path) -> Load:
    """Return the definitions of an LSTM notebook, with one edit."""
    from tests.student import cells_of, write_notebook  # noqa: PLC0415  (most tests need no nbgrader)

    def load(*edit: str) -> dict[str, Any]:
        path = write_notebook(tmp_path / "10_lstm.ipynb", cells_of("lstm"), edit or None)
        return loading.load(AnswerFile.read(path)).names

    return load


@pytest.fixture(scope="session")
def splits() -> dict[str, list[Scene]]:
    """Return the scenes of the map, by split: they take a second to draw."""
    return make_splits()


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
def a_sandbox() -> str:
    """Return the strictest sandbox of this machine."""
    from autograder.grading.isolation import SANDBOXES  # noqa: PLC0415  (most tests need none)
    from autograder.grading.workers import Worker  # noqa: PLC0415

    for way in SANDBOXES:
        try:
            with Worker(way, []):
                return way
        except InputError:
            continue
    pytest.skip("there is no sandbox on this machine: apt-get install bubblewrap")


@pytest.fixture(scope="session")
def quick_gradebooks() -> Iterator[None]:
    """Let nbgrader ask for the version of its database once: it starts a program for each new gradebook."""
    from nbgrader import api  # noqa: PLC0415  (most tests need no nbgrader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", cache(api.get_alembic_version))
        yield


@pytest.fixture(scope="session")
def live_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the captioner for a web page, once."""
    from captioning.live.export import export  # noqa: PLC0415  (most tests need no Matplotlib)

    folder = tmp_path_factory.mktemp("live")
    assert export(folder)
    return folder
