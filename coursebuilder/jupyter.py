"""A real Jupyter: one server has JupyterLab, and Notebook 7 where it is installed."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from captioning.errors import InputError

SECONDS = 60


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Start a server in a folder; yield its address.

    Args:
        folder: where the notebooks are.
        environment: of the kernels, beyond that of this process.

    Raises:
        InputError: it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nobody's own settings, and no answers of a student.
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    variables = os.environ | {place: str(folder / ".jupyter" / place) for place in places}
    variables |= {"JUPYTER_PLATFORM_DIRS": "1", **environment}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None",
    ]
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=folder,
            env=variables,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            end = time.monotonic() + SECONDS
            while not _answers(f"{address}/api"):
                if server.poll() is not None or time.monotonic() > end:
                    said = log.read_text(encoding="utf-8").strip()
                    raise InputError(f"Jupyter does not answer after {SECONDS} s, and says: {said}")
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
