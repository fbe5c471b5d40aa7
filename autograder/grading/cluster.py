"""Submissions judged on many machines: on the workers of a dask.distributed cluster that is there already.

Each of its machines needs this course at the same version, and a sandbox of its own. What is sent there is
the code of a notebook, what earlier chapters give, and the seeds of its inputs; what comes back are verdicts.
Neither the course folder nor the gradebook is needed there. dask runs whatever it is sent by whom it lets
connect, so its scheduler belongs behind a firewall, or behind its own TLS.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as StillAtWorkError
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from autograder.grading.graded import Grader
from autograder.grading.judging import Judged, Place, Task, checks_key, judge, this_place
from autograder.grading.probes import good_isolation
from autograder.grading.workers import NoWorkerError
from captioning.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

# Seconds: for the scheduler to answer, and for machines to come back after all of them were lost.
CONNECT, PATIENCE = 5.0, 60.0
_POLL = 2.0


@contextmanager
def cluster_at(address: str, isolation: str | None) -> Iterator[tuple[Grader, int]]:
    """Give a grader on a cluster, and how many submissions it is good to have there at once.

    Args:
        address: of the scheduler, "tcp://10.0.0.1:8786".
        isolation: of the workers; None for the strictest that holds, on each machine.

    Raises:
        InputError: dask is not installed, the address does not answer, there is no machine, or one of them
            has another version of the course or no sandbox; the message says which.
    """
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise InputError(
            "--scheduler needs dask.distributed, which is not installed. Run "
            "`pip install 'captioning-from-scratch[cluster]'`, or grade on this machine with --jobs."
        ) from error
    _require_answer(address)
    with Client(address, timeout=CONNECT, set_as_default=False) as client:
        places = _places(client, address, isolation)
        executor = client.get_executor(pure=False)
        # Enough that no machine waits for its next submission, few enough that all fit into memory.
        at_once = max(16, 2 * sum(client.nthreads().values()))

        def judge_there(task: Task) -> Judged:
            asked = executor.submit(judge_on_machine, task, isolation, checks_key())
            return _awaited(asked, client, address)

        yield Grader(judge_there, places), at_once


def judge_on_machine(task: Task, isolation: str | None, checks: str) -> Judged:
    """Judge a notebook on a machine of the cluster.

    Raises:
        NoWorkerError: it has another version of the course, or no sandbox that holds.
    """
    return judge(task, place_of_machine(isolation, checks).isolation)


@cache
def place_of_machine(isolation: str | None, checks: str) -> Place:
    """Return as what a machine judges: its sandbox is tried once for each of its processes.

    Raises:
        NoWorkerError: as ``judge_on_machine``.
    """
    if checks_key() != checks:
        raise NoWorkerError(
            "its checks are of another version of this course. Install the same checkout there, and start "
            "its worker again."
        )
    try:
        way = isolation if isolation == "none" else good_isolation(isolation)
    except NoWorkerError:
        raise
    except InputError as error:
        raise NoWorkerError(str(error)) from error
    return this_place(way)


def _require_answer(address: str) -> None:
    """Raise ``InputError`` unless a scheduler answers: a client that cannot reach one takes long to end."""
    from distributed.comm import connect  # noqa: PLC0415  (an extra)

    async def shake_hands() -> None:
        # Its own time-out is one of reaching the port: something else that listens there may say nothing.
        await (await asyncio.wait_for(connect(address, timeout=CONNECT), CONNECT)).close()

    try:
        asyncio.run(shake_hands())
    except Exception as error:  # something else may answer there, and say anything
        raise InputError(
            f"no dask scheduler answers at {address} within {CONNECT:g} s. `dask scheduler` prints its "
            "address when it starts, such as tcp://10.0.0.1:8786; is it running, and is its port open?"
        ) from error


def _places(client: "Client", address: str, isolation: str | None) -> tuple[Place, ...]:
    """Return as what the machines judge, each that differs from the others once."""
    try:
        client.wait_for_workers(1, timeout=CONNECT)
        found: dict[str, Any] = client.run(place_of_machine, isolation, checks_key(), on_error="return")
    except TimeoutError as error:
        raise InputError(
            f"the cluster at {address} has no machines. Start some: `dask worker {address}`, in an "
            "environment with this checkout."
        ) from error
    for machine, place in found.items():
        # What a machine cannot load comes back as the text of another exception.
        if "ModuleNotFoundError" in repr(place):
            raise InputError(
                f"the machine {machine} has not all of this course ({place}). Install this checkout there, "
                "`pip install --editable '.[book,cluster]'`, and start its worker again."
            )
        if isinstance(place, BaseException):
            raise InputError(f"the machine {machine} cannot grade: {place}")
    return tuple(sorted(set(found.values()), key=str))


def _awaited(asked: "Future[Judged]", client: "Client", address: str) -> Judged:
    """Wait for what a machine says of a task; one that is lost on the way is replaced by another.

    Raises:
        NoWorkerError: no machine is left, or the scheduler itself is gone.
        InputError: several machines were lost over this task.
    """
    from distributed import KilledWorker  # noqa: PLC0415  (an extra)

    alone_since = None
    while True:
        try:
            return asked.result(timeout=_POLL)
        except StillAtWorkError:
            alone_since = None if client.nthreads() else alone_since or time.monotonic()
            if alone_since is not None and time.monotonic() - alone_since > PATIENCE:
                raise NoWorkerError(
                    f"no machine of the cluster at {address} is left. What is graded is kept: start workers, "
                    "and run the command again."
                ) from None
        except KilledWorker as error:
            raise InputError(
                "the machines that were to grade it were lost one after the other, as when their memory "
                "runs out. Grade it alone, with --student, where there is more."
            ) from error
        except (CancelledError, OSError) as error:
            raise NoWorkerError(
                f"the cluster at {address} does not answer any more. What is graded is kept: run the command "
                "again when it does."
            ) from error
