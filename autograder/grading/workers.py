"""A student's notebook as a respondent: its code runs in a worker, and what comes back are values."""

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from autograder.exercises.exercise import Arguments, Exercise
from autograder.grading import fork_server, isolation
from autograder.grading.fork_server import Fork, ForkServer, NoWorkerError
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind
from autograder.worker import wire

__all__ = ["Cell", "NoWorkerError", "Worker"]

# Seconds of computing: for a question, for all questions of an exercise, and to load a notebook. A busy
# machine may take some times as long.
QUESTION, EXERCISE, LOADING = 10.0, 40.0, 10.0
WALL = 4
_START_SECONDS = 60.0
# Whether the kernel tells how long another process has computed.
_HAS_CLOCKS = hasattr(time, "clock_gettime") and os.path.isdir("/proc")
_LONGEST_REASON = 1_000
_POLL = 0.1
_MOST_LOST = 3


class Cell(NamedTuple):
    """A cell of code: where it stands, and its Python."""

    title: str
    source: str


class Worker:
    """Answers with the functions of a notebook, in a process of its own.

    Whatever goes wrong there costs the exercise that was asked, and the process is started again. A cell that
    its process does not survive is left out.

    Attributes:
        names: what the notebook defines.
        lost: names that could not be loaded, with the reason, as the process says.
        left_out: cells that were left out, with the reason.
    """

    def __init__(
        self,
        way: str,
        cells: Sequence[Cell],
        *,
        notebook: str = "notebook",
        prerequisites: Path | None = None,
        may_leave_out: int = 3,
    ) -> None:
        """Take a notebook's cells.

        Args:
            way, prerequisites: see ``isolation.command``.
            cells: of code, in their order; titles differ.
            notebook: the name of the file that they are of.
            may_leave_out: after so many cells that its process does not survive, none is loaded.

        Raises:
            NoWorkerError: its process cannot be started.
        """
        self._command = isolation.command(way, prerequisites)
        self._notebook = notebook
        self._cells = cells
        self._may_leave_out = may_leave_out
        self._failures: dict[str, Finding] = {}
        self._spent: dict[str, float] = {}
        self._waited: dict[str, float] = {}
        self._process: Fork | None = None
        self._server: ForkServer | None = None
        self._lost_servers = 0
        self.names: set[str] = set()
        self.lost: dict[str, str] = {}
        self.left_out: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._require_loaded()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def ask(self, exercise: Exercise, arguments: Arguments) -> Outcome:
        """See ``Respondent``; after its process failed, all questions about the exercise fail alike."""
        outcome = self._answer("ask", exercise, arguments)
        if isinstance(outcome, Outcome):
            return outcome
        return Outcome(None, None, failure=self._failures[exercise.name])

    def call(
        self, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> tuple[Any, ...] | None:
        """See ``Respondent``; what takes longer than ``within`` may be asked again."""
        outputs = self._answer("call", exercise, arguments, within)
        return outputs if isinstance(outputs, tuple) else None

    def _answer(
        self, verb: str, exercise: Exercise, arguments: Arguments, within: float | None = None
    ) -> Any:
        name = exercise.name
        if name in self._failures:
            return None
        seconds = round(min(QUESTION, EXERCISE - self._spent.get(name, 0.0)), 1)
        if within is not None:
            seconds = within
        try:
            self._require_loaded()
            answer = self._exchange([verb, name, arguments], seconds)
            if verb == "ask" and not isinstance(answer, Outcome):
                raise wire.WireError("not an outcome")
        except TimeoutError:
            if within is not None:
                self._stop()
                raise
            sentence = (
                f"{name} was stopped: it had not come to an end after {seconds:g} s of computing. Is there a "
                "loop whose condition never becomes false?"
            )
            self._fail(name, Kind.TIMEOUT, sentence)
        except wire.ClosedError:
            if self._lost_its_server():
                return self._answer(verb, exercise, arguments, within)
            sentence = f"{name} ended the program that called it, or took more memory than there is."
            self._fail(name, Kind.RAISED, sentence)
        except wire.WireError as error:
            self._fail(name, Kind.RAISED, f"What {name} gave back cannot be read ({error}).")
        else:
            return answer
        return None

    def _fail(self, name: str, kind: Kind, sentence: str) -> None:
        self._failures[name] = Finding(kind, "", sentence)
        self._stop()

    def _require_loaded(self) -> None:
        """Start a process with the definitions in it, unless there is one.

        Raises:
            NoWorkerError: it cannot be started.
        """
        while self._process is None:
            self._start()
            self._load()
            # Where cells were moved, a name may be used above the cell that defines it.
            if self._process is not None and any("NameError" in reason for reason in self.lost.values()):
                self._load()

    def _load(self) -> None:
        """Load the cells in their order; at one that its process does not survive it is stopped."""
        left = LOADING
        for cell in self._cells:
            if cell.title in self.left_out:
                continue
            began = self._cpu()
            try:
                loaded = self._exchange(["load", *cell], left)
                self._take(loaded)
            except (TimeoutError, wire.WireError) as error:
                if isinstance(error, wire.ClosedError) and self._lost_its_server():
                    return
                if len(self.left_out) >= self._may_leave_out:
                    self._cells = ()
                    self.names = set()
                reason = "it takes too long" if isinstance(error, TimeoutError) else f"{error}"
                self.left_out[cell.title] = f"{cell.title} was left out: when it is loaded, {reason}."
                self._stop()
                return
            left -= self._cpu() - began

    def _take(self, loaded: Any) -> None:
        if not isinstance(loaded, dict):
            raise wire.WireError("something goes wrong that Python does not tell")
        names, lost = loaded.get("names"), loaded.get("lost")
        if not isinstance(names, list) or not isinstance(lost, dict):
            raise wire.WireError("its process sends what cannot be read")
        texts = [*names, *lost, *lost.values()]
        if not all(isinstance(text, str) for text in texts):
            raise wire.WireError("its process sends what cannot be read")
        self.names = set(names)
        self.lost = {name: reason[:_LONGEST_REASON] for name, reason in lost.items()}

    def _start(self) -> None:
        server = fork_server.take(self._command)
        self._process, self._server = server.fork(self._notebook), server
        self._computed = 0.0
        try:
            if self._received(wire.until(time.monotonic() + _START_SECONDS)) != "ready":
                raise wire.WireError("it is not ready")
        except (TimeoutError, wire.WireError) as error:
            failure = server.failure()
            self._stop()
            raise failure from error

    def _stop(self) -> None:
        if self._process is not None:
            assert self._server is not None
            self._server.end(self._process)
            fork_server.give_back(self._server)
            self._process = self._server = None

    def _lost_its_server(self) -> bool:
        """Tell whether the worker has ended because what it was forked from has, which is not its doing.

        It is stopped then, to be asked the same again. No more than a few times: whatever could end the other
        process must not keep us.
        """
        assert self._process is not None
        assert self._server is not None
        server = self._server
        self._stop()
        if server.is_ready() or self._lost_servers == _MOST_LOST:
            return False
        self._lost_servers += 1
        return True

    def _exchange(self, question: list[Any], seconds: float) -> Any:
        """Ask, and return the answer.

        Raises:
            TimeoutError: it took longer, in time of computing or some times that.
            wire.WireError: what came is not an answer, or nothing came.
        """
        assert self._process is not None
        name = str(question[1])
        began, now = self._cpu(), time.monotonic()
        # What sleeps through each question must not take hours for all of them.
        left = WALL * EXERCISE - self._waited.get(name, 0.0)
        deadline = now + min(WALL * max(seconds, QUESTION), left)

        def wait() -> float:
            if self._cpu() - began > seconds or time.monotonic() > deadline:
                raise TimeoutError
            return _POLL

        try:
            wire.write(self._process.questions, wire.pack(question), wait)
            return self._received(wait)
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + self._cpu() - began
            self._waited[name] = self._waited.get(name, 0.0) + time.monotonic() - now

    def _received(self, wait: Any) -> Any:
        assert self._process is not None
        return wire.read(self._process.answers, wait)

    def _cpu(self) -> float:
        """Return for how long the process has computed: the kernel is asked, not the process."""
        if not _HAS_CLOCKS:
            return time.monotonic()
        # It has none once it has ended; what it had then is what it took.
        with contextlib.suppress(OSError):
            assert self._process is not None
            self._computed = time.clock_gettime((~self._process.pid << 3) | 2)  # CPUCLOCK_SCHED of a process
        return self._computed
